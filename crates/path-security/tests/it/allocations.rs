//! What an ordinary path costs: nothing but time.

use catzilla_path_security::{Policy, RequestPath};
use catzilla_testkit::counting::allocations;

const PLAIN: &[u8] = b"/static.files/rustdoc-9bb858ba049f1f21.css";

#[test]
fn parsing_a_plain_path_allocates_nothing() {
    assert_eq!(allocations(|| drop(RequestPath::parse(PLAIN))), 0);
    assert_eq!(allocations(|| drop(RequestPath::parse(b"/"))), 0);
    assert_eq!(allocations(|| drop(RequestPath::parse(b"/a/b/"))), 0);
    assert!(allocations(|| drop(RequestPath::parse(b"/a%20b"))) > 0, "the counter counts");
}

#[test]
fn judging_one_by_the_default_policy_allocates_nothing() {
    let (path, policy) = (RequestPath::parse(PLAIN).unwrap(), Policy::default());
    let with_lists = Policy::default()
        .block_extensions(["php", "exe"])
        .unwrap()
        .allow_extensions(["css"])
        .unwrap();
    assert_eq!(allocations(|| policy.judge(&path).unwrap()), 0);
    assert_eq!(allocations(|| with_lists.judge(&path).unwrap()), 0);
}
