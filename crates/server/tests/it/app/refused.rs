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
    let nested = || MountConfig::new("/static/api", dir.path()).fallthrough(true);
    check(
        mounted("/static").mount(nested()).route(Method::GET, "/static/x", show),
        "route \"/static/x\" lies at or beneath mount \"/static\"",
    );
    check(
        mounted("/static/api")
            .mount(MountConfig::new("/static", dir.path()).fallthrough(true))
            .route(Method::GET, "/static/api/x", show),
        "route \"/static/api/x\" lies at or beneath mount \"/static/api\"",
    );
    let between = mounted("/static").mount(nested()).route(Method::GET, "/static/api/x", show);
    let server = between.build().expect("the longest prefix counts").start().expect("start");
    server.mount(MountConfig::new("/", dir.path())).expect("as when it is built");
    let err = server.unmount("/static/api").expect_err("it would hide the route").to_string();
    assert!(err.contains("route \"/static/api/x\" lies at or beneath mount \"/static\""), "{err}");
    for fine in ["/statics/x", "/{any}/x", "/{*rest}"] {
        mounted("/static").route(Method::GET, fine, show).build().expect(fine);
    }
}
