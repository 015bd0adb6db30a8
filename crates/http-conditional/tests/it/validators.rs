use std::time::{Duration, SystemTime};

use catzilla_http_conditional::{HttpDate, RACY_WINDOW, Validators, is_racy};

use crate::request::now;

const NANOSECOND: Duration = Duration::from_nanos(1);

#[test]
fn nothing_known_is_the_default() {
    assert_eq!(Validators::none(), Validators::default());
    assert_eq!(Validators::none().etag, None);
    assert_eq!(Validators::none().last_modified, None);
}

#[test]
fn a_file_changed_less_than_two_seconds_ago_is_racy() {
    #[track_caller]
    fn check(modified: SystemTime, racy: bool) {
        assert_eq!(is_racy(modified, now()), racy);
        let validators = Validators::of_file(modified, 1, now());
        assert_eq!(validators.etag.unwrap().is_weak(), racy);
    }
    check(now(), true);
    check(now() - RACY_WINDOW + NANOSECOND, true);
    check(now() - RACY_WINDOW, false);
    check(now() - Duration::from_hours(1), false);
    check(now() + NANOSECOND, true);
    check(now() + Duration::from_hours(1), true);
}

#[test]
fn a_tag_stays_the_same_when_the_file_is_no_longer_racy() {
    let modified = now();
    let early = Validators::of_file(modified, 1, now()).etag.unwrap();
    let late = Validators::of_file(modified, 1, now() + RACY_WINDOW).etag.unwrap();
    assert!(early.weak_eq(&late) && !early.strong_eq(&late));
}

#[test]
fn rfc9110_8_8_2_1_last_modified_is_never_later_than_now() {
    let last_modified = |modified| Validators::of_file(modified, 1, now()).last_modified;
    assert_eq!(last_modified(now() + Duration::from_hours(1)), Some(HttpDate::from(now())));
    let an_hour_ago = now() - Duration::from_hours(1);
    assert_eq!(last_modified(an_hour_ago), Some(HttpDate::from(an_hour_ago)));
}
