//! The value of `Date`, made once a second.

use std::time::{Duration, SystemTime};

use ::http::HeaderValue;
use arc_swap::ArcSwap;

use crate::http1::DateLine;

/// The date that was asked for last.
#[derive(Debug)]
pub(super) struct Dates(ArcSwap<(u64, HeaderValue)>);

impl Dates {
    pub(super) fn new(now: SystemTime) -> Self {
        Self(ArcSwap::from_pointee((second(now), DateLine::new(now).value())))
    }

    /// The date of this time.
    pub(super) fn of(&self, now: SystemTime) -> HeaderValue {
        let held = self.0.load();
        if held.0 == second(now) {
            return held.1.clone();
        }
        let value = DateLine::new(now).value();
        self.0.store((second(now), value.clone()).into());
        value
    }
}

fn second(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_that_of_its_second() {
        let at = |second| SystemTime::UNIX_EPOCH + Duration::from_millis(second);
        let dates = Dates::new(at(0));
        assert_eq!(dates.of(at(999)), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(dates.of(at(1_000)), "Thu, 01 Jan 1970 00:00:01 GMT");
        assert_eq!(dates.of(at(500)), "Thu, 01 Jan 1970 00:00:00 GMT", "a clock that was set back");
    }
}
