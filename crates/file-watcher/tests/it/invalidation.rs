//! Who has to look, and when.

use std::path::Path;
use std::time::Duration;

use catzilla_file_watcher::{
    Change, ChangeKind, Coverage, Freshness, Invalidation, Reason, RootId,
};

const MS: fn(u64) -> Duration = Duration::from_millis;

fn lazy(interval: Duration) -> Invalidation {
    Invalidation::Lazy { interval }
}

#[track_caller]
fn check_due(invalidation: Invalidation, now: u64, last: u64, expected: bool) {
    assert_eq!(invalidation.is_due(MS(now), MS(last)), expected, "{invalidation:?}");
}

#[test]
fn entries_are_looked_at_once_in_an_interval() {
    check_due(Invalidation::Immediate, 1999, 1000, false);
    check_due(Invalidation::Immediate, 2000, 1000, true);
    check_due(lazy(MS(250)), 1249, 1000, false);
    check_due(lazy(MS(250)), 1250, 1000, true);
    check_due(lazy(Duration::ZERO), 1000, 1000, true);
    check_due(lazy(Duration::MAX), u64::MAX, 0, false);
    check_due(Invalidation::Ttl, u64::MAX, 0, false);
    // Another thread was faster, or saw a later time.
    check_due(Invalidation::Immediate, 1000, 1001, false);
    check_due(lazy(Duration::ZERO), 1000, 1001, false);
}

#[track_caller]
fn check_text(text: &str, expected: Option<Invalidation>) {
    assert_eq!(text.parse().ok(), expected, "{text:?}");
    if let Some(invalidation) = expected {
        assert_eq!(invalidation.to_string(), text);
    }
}

#[test]
fn strategies_are_read_from_their_names() {
    check_text("immediate", Some(Invalidation::Immediate));
    check_text("lazy", Some(lazy(MS(1000))));
    check_text("ttl", Some(Invalidation::Ttl));
    for other in ["", "Lazy", " lazy", "lazy ", "none", "imediate"] {
        check_text(other, None);
    }
    let error = "Lazy".parse::<Invalidation>().unwrap_err().to_string();
    assert_eq!(error, r#""Lazy" is no invalidation: use immediate, lazy or ttl"#);
}

#[test]
fn without_events_immediate_is_lazy_and_nothing_else_changes() {
    let none = Coverage::None(Reason::Instances);
    let partial = Coverage::Partial(Reason::Unreadable("/home".into()));
    for (invalidation, coverage, expected) in [
        (Invalidation::Immediate, &none, lazy(MS(1000))),
        (Invalidation::Immediate, &partial, Invalidation::Immediate),
        (Invalidation::Immediate, &Coverage::Full, Invalidation::Immediate),
        (lazy(MS(5)), &none, lazy(MS(5))),
        (Invalidation::Ttl, &none, Invalidation::Ttl),
    ] {
        assert_eq!(invalidation.under(coverage), expected, "{invalidation:?} under {coverage}");
    }
}

#[test]
fn the_longest_rule_holds_whatever_their_order() {
    let rules =
        [("a", Invalidation::Ttl), ("a/b", lazy(MS(1))), ("a/b/c.txt", Invalidation::Immediate)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut freshness = Freshness::new(lazy(MS(9)));
        for (path, invalidation) in order.map(|index| rules[index]) {
            freshness = freshness.rule(path, invalidation);
        }
        for (path, expected) in [
            ("", lazy(MS(9))),
            ("x", lazy(MS(9))),
            ("ab", lazy(MS(9))),
            ("a", Invalidation::Ttl),
            ("a/x", Invalidation::Ttl),
            ("a/b", lazy(MS(1))),
            ("a/bc", Invalidation::Ttl),
            ("a/b/c", lazy(MS(1))),
            ("a/b/c.txt", Invalidation::Immediate),
        ] {
            assert_eq!(freshness.of(Path::new(path)), expected, "{path}");
        }
        assert!(freshness.wants_events());
        let fallen = freshness.under(&Coverage::None(Reason::Instances));
        assert_eq!(fallen.of(Path::new("a/b/c.txt")), lazy(MS(1000)));
        assert!(!fallen.wants_events());
    }
}

#[test]
fn a_second_rule_for_a_path_replaces_the_first() {
    let freshness = Freshness::new(Invalidation::Ttl)
        .rule("a", Invalidation::Immediate)
        .rule("a", Invalidation::Ttl);
    assert_eq!(freshness, Freshness::new(Invalidation::Ttl).rule("a", Invalidation::Ttl));
    assert!(!freshness.wants_events());
}

#[track_caller]
fn check_concerns(kind: ChangeKind, path: &str, of: &str, expected: bool) {
    let change = Change::new(RootId::FIRST, kind, path);
    assert_eq!(change.concerns(Path::new(of)), expected, "{change:?} of {of}");
}

#[test]
fn changes_concern_what_they_reach() {
    check_concerns(ChangeKind::File, "a/b", "a/b", true);
    check_concerns(ChangeKind::File, "a/b", "a", false);
    check_concerns(ChangeKind::File, "a/b", "a/b/c", false);
    check_concerns(ChangeKind::Folder, "a/b", "a/b", true);
    check_concerns(ChangeKind::Folder, "a/b", "a/b/c/d", true);
    check_concerns(ChangeKind::Folder, "a/b", "a/bc", false);
    check_concerns(ChangeKind::Folder, "", "x", true);
    check_concerns(ChangeKind::Root, "", "x", true);
    check_concerns(ChangeKind::Rescan, "", "x", true);
}
