//! The streams of a connection, and what has to be known of those that are over.

use std::collections::VecDeque;

use super::error_code::ErrorCode;
use super::stream::{Side, Stream};

/// As many streams are remembered that this side has given up: the client may not know yet (RFC 9113 section 5.1).
const MAX_GIVEN_UP: usize = 64;

/// As many runs of streams are remembered that the client has passed over.
const MAX_SKIPPED: usize = 16;

/// Streams by their identifiers.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// In order of their identifiers. Nearly always the one that is asked for is the last.
    live: Vec<Stream>,
    /// The highest that the client has begun.
    last: u32,
    given_up: VecDeque<u32>,
    /// The highest that had to be forgotten: of those up to it nobody knows who has ended them.
    forgotten: u32,
    /// The first and the last of each run.
    skipped: VecDeque<(u32, u32)>,
}

/// What an identifier is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A stream at this index, which nobody has given up.
    Live(usize),
    /// One that was never begun and can be.
    Idle,
    /// One that is over.
    Closed,
    /// One that this side has given up, which the client may not know yet.
    GivenUp,
}

impl Streams {
    /// Begins one, which has the highest identifier of all.
    pub(super) fn begin(&mut self, stream: Stream) {
        self.live.push(stream);
    }

    /// The client has begun the next one, whatever becomes of it.
    ///
    /// # Errors
    /// It isn't the client's to begin.
    pub(super) fn note(&mut self, id: u32) -> Result<(), ErrorCode> {
        if id.is_multiple_of(2) || id <= self.last {
            return Err(ErrorCode::PROTOCOL_ERROR);
        }
        let next = if self.last == 0 { 1 } else { self.last + 2 };
        if next < id {
            if self.skipped.len() == MAX_SKIPPED {
                self.skipped.pop_front();
            }
            self.skipped.push_back((next, id - 2));
        }
        self.last = id;
        Ok(())
    }

    pub(super) fn place(&self, id: u32) -> Place {
        // Even ones are this side's, which begins none.
        if id > self.last || id.is_multiple_of(2) {
            return Place::Idle;
        }
        match self.find(id).map(|index| (index, self.live[index].gone)) {
            Some((index, None)) => Place::Live(index),
            Some((_, Some(Side::Us))) => Place::GivenUp,
            None if id <= self.forgotten || self.given_up.contains(&id) => Place::GivenUp,
            Some((_, Some(Side::Client))) | None => Place::Closed,
        }
    }

    fn find(&self, id: u32) -> Option<usize> {
        match self.live.last() {
            Some(last) if last.id == id => Some(self.live.len() - 1),
            _ => self.live.binary_search_by_key(&id, |stream| stream.id).ok(),
        }
    }

    /// Whether the client passed it over when it began a later one, which it may not go back from (section 5.1.1).
    pub(super) fn is_skipped(&self, id: u32) -> bool {
        self.skipped.iter().any(|(first, last)| (*first..=*last).contains(&id))
    }

    pub(super) fn at(&mut self, index: usize) -> &mut Stream {
        &mut self.live[index]
    }

    /// One that its owner hasn't let go.
    pub(super) fn get(&mut self, id: u32) -> Option<&mut Stream> {
        self.find(id).map(|index| &mut self.live[index])
    }

    pub(super) fn remove(&mut self, id: u32) -> Option<Stream> {
        self.find(id).map(|index| self.live.remove(index))
    }

    /// This side has given it up.
    pub(super) fn give_up(&mut self, id: u32) {
        if self.given_up.len() == MAX_GIVEN_UP
            && let Some(oldest) = self.given_up.pop_front()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        self.given_up.push_back(id);
    }

    /// The highest that the client has begun; 0 before the first.
    pub(super) fn last(&self) -> u32 {
        self.last
    }

    /// How many the client has under way.
    pub(super) fn active(&self) -> usize {
        self.live.iter().filter(|stream| stream.is_active()).count()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.live.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(begun: &[u32]) -> Streams {
        let mut streams = Streams::default();
        for &id in begun {
            streams.note(id).unwrap();
            streams.begin(Stream::new(id, false, None, 0));
        }
        streams
    }

    #[test]
    fn identifiers_rise_and_are_odd() {
        let mut streams = streams(&[1, 5]);
        for id in [0, 2, 6, 1, 3, 5] {
            assert_eq!(streams.note(id), Err(ErrorCode::PROTOCOL_ERROR), "{id}");
        }
        assert_eq!(streams.note(7), Ok(()));
        assert_eq!(streams.last(), 7);
    }

    #[test]
    fn what_is_over_is_told_from_what_never_was() {
        let mut streams = streams(&[1, 3, 9]);
        streams.remove(3);
        streams.remove(1);
        streams.give_up(3);
        let places = [1, 3, 5, 9, 11].map(|id| streams.place(id));
        let expected = [Place::Closed, Place::GivenUp, Place::Closed, Place::Live(0), Place::Idle];
        assert_eq!(places, expected);
        let skipped = [1, 3, 5, 7, 9].map(|id| streams.is_skipped(id));
        assert_eq!(skipped, [false, false, true, true, false]);
        assert_eq!([0, 2, 4].map(|id| streams.place(id)), [Place::Idle; 3]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut streams = Streams::default();
        for id in 0..1_000 {
            streams.note(4 * id + 1).unwrap();
            streams.give_up(4 * id + 1);
        }
        let remembered = (streams.given_up.len(), streams.skipped.len());
        assert_eq!(remembered, (MAX_GIVEN_UP, MAX_SKIPPED));
        // What was forgotten is taken for one of those, too.
        assert_eq!([3_997, 1].map(|id| streams.place(id)), [Place::GivenUp; 2]);
        assert!(streams.is_skipped(3_995));
    }
}
