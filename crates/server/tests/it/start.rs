//! What is wrong with a configuration is said before anything is served.

use catzilla_server::{Limits, MountConfig, Server, ServerBuilder};

#[track_caller]
fn check(mounts: Vec<MountConfig>, says: &[&str]) {
    let builder = mounts.into_iter().fold(Server::builder(), ServerBuilder::mount);
    let err = builder.build().expect_err("a wrong configuration").to_string();
    for part in says {
        assert!(err.contains(part), "{err:?} should say {part:?}");
    }
}

#[test]
fn mounts_that_can_not_be() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let here = || MountConfig::new("/", dir.path());
    check(
        vec![MountConfig::new("static", dir.path())],
        &["\"static\"", "must begin with a slash", "\"/static\""],
    );
    check(vec![MountConfig::new("/../x", dir.path())], &["\"/../x\"", "not a safe path"]);
    check(vec![MountConfig::new("/", dir.path().join("missing"))], &["missing"]);
    check(vec![MountConfig::new("/", &file)], &["file", "folder"]);
    check(vec![here(), MountConfig::new("//", dir.path())], &["mounted twice"]);
    check(
        vec![MountConfig::new("/a", dir.path()), MountConfig::new("/a/", dir.path())],
        &["/a", "mounted twice"],
    );
    check(vec![here().index(["../index.html"])], &["../index.html"]);
    check(vec![here().index(["a/"])], &["a/"]);
    check(vec![here().index(["sub/index.html"])], &["sub/index.html", "without a slash"]);
}

#[test]
fn a_folder_that_may_not_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let closed = dir.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if std::fs::read_dir(&closed).is_ok() {
        // A superuser may.
        return;
    }
    check(vec![MountConfig::new("/", &closed)], &["closed"]);
}

#[test]
fn a_busy_port_is_named() {
    let first = Server::builder().build().unwrap();
    let address = first.addresses()[0];
    let err = Server::builder().listen(address).build().unwrap_err().to_string();
    assert!(err.contains(&address.to_string()) && err.contains("in use"), "{err}");
}

#[track_caller]
fn check_limit(change: impl FnOnce(&mut Limits), says: Option<&str>) {
    let mut limits = Limits::default();
    change(&mut limits);
    let said = Server::builder().limits(limits).build().err().map(|err| err.to_string());
    assert_eq!(said.as_deref(), says);
}

#[test]
fn limits_that_a_server_can_not_work_with_are_named() {
    let at_least_1 = |name: &str| format!("the limit {name} can't be 0: choose 1 or more");
    check_limit(|_| {}, None);
    check_limit(|limits| limits.max_batch = 0, Some(&at_least_1("max_batch")));
    check_limit(|limits| limits.max_batch_bytes = 0, Some(&at_least_1("max_batch_bytes")));
    check_limit(|limits| limits.max_target_bytes = 0, Some(&at_least_1("max_target_bytes")));
    check_limit(|limits| limits.max_connections = Some(0), Some(&at_least_1("max_connections")));
    check_limit(
        |limits| limits.max_connections_per_address = 0,
        Some(&at_least_1("max_connections_per_address")),
    );
    check_limit(
        |limits| limits.max_requests_per_connection = 0,
        Some(&at_least_1("max_requests_per_connection")),
    );
    for wrong in [0, 257] {
        let says = format!("the limit max_fields can't be {wrong}: choose a number from 1 to 256");
        check_limit(|limits| limits.max_fields = wrong, Some(&says));
    }
    check_limit(|limits| limits.max_fields = 256, None);
    let says = "the limit max_head_bytes can't be 0: choose a number from 1 to 4294967295";
    check_limit(|limits| limits.max_head_bytes = 0, Some(says));
    check_limit(
        |limits| {
            (limits.max_batch, limits.max_batch_bytes) = (1, 1);
            (limits.max_discard_bytes, limits.max_queued_jobs) = (0, 0);
        },
        None,
    );
}
