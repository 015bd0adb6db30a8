//! Applications that can't be are refused when the server is built, with a reason.

use catzilla_server::{MountConfig, Server, ServerBuilder};
use http::Method;

use super::handlers::show;

#[track_caller]
fn check(server: ServerBuilder, expected: &str) {
    let err = server.build().expect_err(expected).to_string();
    assert!(err.contains(expected), "{err}");
}

#[test]
fn contradictions_and_dead_routes() {
    let dir = tempfile::tempdir().unwrap();
    let mounted = |prefix: &str| Server::builder().mount(MountConfig::new(prefix, dir.path()));
    check(
        mounted("/static").route(Method::GET, "/static/{*rest}", show),
        "route \"/static/{*rest}\" lies at or beneath mount \"/static\"",
    );
    check(
        mounted("/static").route(Method::POST, "/static", show),
        "route \"/static\" lies at or beneath mount \"/static\"",
    );
    let root = MountConfig::new("/", dir.path()).fallthrough(false);
    check(
        Server::builder().mount(root).route(Method::GET, "/a", show),
        "route \"/a\" lies at or beneath mount \"/\"",
    );
    let nothing = MountConfig::new("/x", dir.path()).fallthrough(true);
    check(
        Server::builder().mount(nothing),
        "mount \"/x\" falls through, but there is no application",
    );
    check(
        Server::builder().route(Method::GET, "/a", show).route(Method::GET, "/a", show),
        "route \"/a\": GET has a handler there already",
    );
    check(
        Server::builder().route(Method::GET, "a", show),
        "route \"a\": it must begin with a slash",
    );
    for fine in ["/statics/x", "/{any}/x", "/{*rest}"] {
        mounted("/static").route(Method::GET, fine, show).build().expect(fine);
    }
}
