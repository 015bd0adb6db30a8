//! A queue of events that runs over, for real: whatever was lost is forgotten along with everything else.

use std::fs;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use crate::site::{Site, eventually, skip, write};

/// More than this takes too long to fill.
const MOST: usize = 1 << 17;

/// How often it is tried to be faster than the watcher.
const ROUNDS: usize = 20;

#[test]
fn when_events_are_lost_nothing_stays_stale() {
    let queue = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let queue: usize = queue.trim().parse().unwrap();
    if queue > MOST {
        return skip(&format!("fs.inotify.max_queued_events is {queue}, more than can be filled"));
    }
    let site = Site::start(&[
        ("steady.txt", b"steady"),
        ("changed.txt", b"old"),
        ("busy/a", b"x"),
        ("busy/b", b"x"),
    ]);
    let open = |name| fs::File::options().write(true).open(site.path(name)).unwrap();
    let busy = [open("busy/a"), open("busy/b")];
    for round in 0..ROUNDS {
        for _ in 0..2 {
            assert_eq!(site.get("/steady.txt").text(), "steady");
            site.get("/changed.txt");
        }
        // Equal events in a row are one event, so two files take turns.
        let events = 4 * queue * (1 + round);
        for n in 0..events {
            busy[n % 2].write_at(b"y", 0).unwrap();
            if n == events - 100 {
                write(&site.path("changed.txt"), format!("round {round}").as_bytes());
            }
        }
        let seen = eventually(|| {
            (site.get("/changed.txt").text() == format!("round {round}")).then_some(())
        });
        assert!(seen.is_some(), "stale after {events} events");
        // Nothing has happened to this one: if it is no hit, all was forgotten.
        std::thread::sleep(Duration::from_millis(50));
        let misses = || site.handle.cache_stats().unwrap().misses;
        let before = misses();
        assert_eq!(site.get("/steady.txt").text(), "steady");
        if misses() > before {
            return;
        }
    }
    skip("the watcher was faster than we: its queue never ran over");
}
