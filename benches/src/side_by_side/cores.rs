//! On which cores servers and load run.

use std::fs;

use anyhow::Result;
use rustix::thread::{CpuSet, sched_getaffinity};

/// One core for the server, another for the load; none of both where there is only one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cores {
    pub(super) server: Option<usize>,
    pub(super) load: Option<usize>,
}

impl Cores {
    /// Of those that this process may use.
    pub(super) fn here() -> Result<Self> {
        let set = sched_getaffinity(None)?;
        let allowed: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&core| set.is_set(core)).collect();
        Ok(Self::choose(&allowed, siblings))
    }

    /// The first, and the first that shares no execution units with it, or else the second.
    fn choose(allowed: &[usize], siblings: impl Fn(usize) -> Vec<usize>) -> Self {
        let &[server, second, ..] = allowed else { return Self { server: None, load: None } };
        let close = siblings(server);
        let far = allowed.iter().copied().find(|core| *core != server && !close.contains(core));
        Self { server: Some(server), load: Some(far.unwrap_or(second)) }
    }

    /// For the record.
    pub(super) fn text(&self) -> String {
        match (self.server, self.load) {
            (Some(server), Some(load)) => {
                format!("Each server has core {server} and the load core {load}")
            }
            _ => "Servers and load share the only core there is, unpinned".to_owned(),
        }
    }
}

fn siblings(core: usize) -> Vec<usize> {
    let file = format!("/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list");
    list(&fs::read_to_string(file).unwrap_or_default())
}

/// `0,4-6` and the like.
fn list(text: &str) -> Vec<usize> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse::<usize>().ok()?..=last.parse().ok()?)
    };
    text.trim().split(',').filter_map(range).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(allowed: &[usize], siblings: &str, server: Option<usize>, load: Option<usize>) {
        let chosen = Cores::choose(allowed, |_| list(siblings));
        assert_eq!(chosen, Cores { server, load }, "{allowed:?}, {siblings}");
    }

    #[test]
    fn the_two_share_as_little_as_they_can() {
        check(&[0, 1], "0-1\n", Some(0), Some(1));
        check(&[0, 1, 2, 3], "0-1\n", Some(0), Some(2));
        check(&[4, 5, 6], "4,12\n", Some(4), Some(5));
        check(&[2, 3], "", Some(2), Some(3));
        check(&[3], "3", None, None);
        check(&[], "", None, None);
    }
}
