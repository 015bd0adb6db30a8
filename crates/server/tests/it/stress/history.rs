//! What a file was when: the states that an answer may show, by the moments between which it came about.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    Version(u64),
}

/// A change, which takes a moment: while it is made, the state before and the state after are both right.
#[derive(Debug)]
struct Change {
    begin: Instant,
    /// Announced: the writer's call has returned.
    end: Option<Instant>,
    state: State,
}

/// All changes of one name, by one writer.
#[derive(Debug)]
pub(super) struct History(Mutex<Vec<Change>>);

impl History {
    pub(super) fn begun_with(state: State) -> Self {
        let now = Instant::now();
        Self(Mutex::new(vec![Change { begin: now, end: Some(now), state }]))
    }

    /// Notes down a change around the work that makes it.
    pub(super) fn change(&self, state: State, work: impl FnOnce()) {
        self.0.lock().unwrap().push(Change { begin: Instant::now(), end: None, state });
        work();
        self.0.lock().unwrap().last_mut().expect("just begun").end = Some(Instant::now());
    }

    /// Every state that was right at some moment between these two.
    pub(super) fn possible(&self, from: Instant, to: Instant) -> Vec<State> {
        let changes = self.0.lock().unwrap();
        let mut states = Vec::new();
        for change in changes.iter().rev().filter(|change| change.begin <= to) {
            states.push(change.state);
            if change.end.is_some_and(|end| end <= from) {
                break;
            }
        }
        states
    }

    /// How long ago, at a moment, this version had been replaced; zero if it hadn't.
    pub(super) fn age_at(&self, version: u64, now: Instant) -> Duration {
        let changes = self.0.lock().unwrap();
        let next = changes
            .iter()
            .rev()
            .take_while(|change| change.state != State::Version(version))
            .last()
            .and_then(|change| change.end);
        next.map_or(Duration::ZERO, |end| now.saturating_duration_since(end))
    }

    pub(super) fn last(&self) -> State {
        self.0.lock().unwrap().last().expect("never empty").state
    }
}

#[test]
fn possible_is_what_was_right_at_some_moment() {
    let second = Duration::from_secs(1);
    let begin = Instant::now();
    let at = |seconds: u32| begin + second * seconds;
    let change = |from, to: Option<u32>, state| Change { begin: at(from), end: to.map(at), state };
    let history = History(Mutex::new(vec![
        change(0, Some(0), State::Version(1)),
        change(10, Some(12), State::Absent),
        change(20, Some(22), State::Version(2)),
        change(30, None, State::Version(3)),
    ]));
    for (from, to, expected) in [
        (5, 6, &[State::Version(1)][..]),
        (5, 11, &[State::Absent, State::Version(1)]),
        (11, 11, &[State::Absent, State::Version(1)]),
        (12, 19, &[State::Absent]),
        (13, 25, &[State::Version(2), State::Absent]),
        (25, 29, &[State::Version(2)]),
        (25, 99, &[State::Version(3), State::Version(2)]),
    ] {
        assert_eq!(history.possible(at(from), at(to)), expected, "from {from} to {to}");
    }
    assert_eq!(history.age_at(1, at(15)), second * 3);
    assert_eq!(history.age_at(2, at(35)), Duration::ZERO, "its successor isn't announced");
}
