//! Names of fields that needn't be parsed again.

use http::HeaderName;

/// More are not kept, and no longer ones.
const MAX_KEPT: usize = 32;
const MAX_LEN: usize = 64;

/// The names of the lines that were added to the response that had this memory before, by their places: the next one mostly gets
/// the same, in the same order. A name of the standard costs a search when it is parsed, and any other an allocation.
#[derive(Debug, Default)]
pub(super) struct Names(Vec<HeaderName>);

impl Names {
    /// The name of the line at this place.
    pub(super) fn parse(&mut self, place: usize, name: &[u8]) -> Option<HeaderName> {
        if let Some(known) = self.0.get(place)
            && known.as_str().as_bytes() == name
        {
            return Some(known.clone());
        }
        let parsed = HeaderName::from_bytes(name).ok()?;
        if name.len() > MAX_LEN {
            return Some(parsed);
        }
        match self.0.get_mut(place) {
            Some(known) => *known = parsed.clone(),
            None if place < MAX_KEPT => self.0.push(parsed.clone()),
            None => {}
        }
        Some(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_not_taken_for_another() {
        let mut names = Names::default();
        for round in [["vary", "x-a", "x-b"], ["vary", "x-a", "x-b"], ["x-a", "vary", "x-longer"]] {
            for (place, name) in round.into_iter().enumerate() {
                assert_eq!(names.parse(place, name.as_bytes()).unwrap(), name);
            }
        }
        assert_eq!(names.parse(0, b"no name"), None);
        assert_eq!(names.parse(0, b"x-a").unwrap(), "x-a");
        for place in 3..100 {
            assert_eq!(names.parse(place, b"x-more").unwrap(), "x-more");
        }
        assert_eq!(names.0.len(), MAX_KEPT);
        let long = "x".repeat(MAX_LEN + 1);
        assert_eq!(names.parse(0, long.as_bytes()).unwrap().as_str(), long);
        assert!(names.0.iter().all(|name| name.as_str().len() <= MAX_LEN));
    }
}
