//! The laws of paths and of opens, under proptest; the fuzz targets call the same.

use catzilla_testkit::laws;
use proptest::collection::vec;
use proptest::prelude::*;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn any_bytes_are_judged_by_the_rules(data in vec(any::<u8>(), 0..60)) {
        laws::request_path::check(&data);
    }

    #[test]
    fn what_attacks_are_made_of_is_judged_by_the_rules(data in "(/|\\.|%2e|%2f|%5c|%25|%00|%c3%a9|a|\\.\\.|\\\\|~1|:|\u{e9}| ){0,20}") {
        laws::request_path::check(data.as_bytes());
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn nothing_opens_that_is_not_beneath_the_root(data in vec(any::<u8>(), 0..200)) {
        laws::path_ops::check(&data);
    }
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn honest_files_pass_and_only_their_first_bytes_count(data in vec(any::<u8>(), 0..400)) {
        laws::content::check(&data);
    }
}
