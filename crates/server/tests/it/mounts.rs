//! Several folders under one server: which of them answers, and with whose rules.

use catzilla_server::{MountConfig, Policy, Server};

use crate::site::{Site, write};

#[test]
fn the_longest_prefix_on_segment_borders_wins() {
    let other = tempfile::tempdir().unwrap();
    write(&other.path().join("a.txt"), b"other");
    write(&other.path().join("index.html"), b"other index");
    let deep = tempfile::tempdir().unwrap();
    write(&deep.path().join("a.txt"), b"deep");
    let site = Site::with(
        &[("a.txt", b"root"), ("static.txt", b"root"), ("staticfiles/a.txt", b"beside")],
        |server| {
            server
                .mount(
                    MountConfig::new("/static", other.path()).header("X-Mount", "other").unwrap(),
                )
                .mount(MountConfig::new("/static/deep/", deep.path()))
        },
        |mount| mount,
    );
    for (path, body) in [
        ("/a.txt", "root"),
        ("/static.txt", "root"),
        ("/staticfiles/a.txt", "beside"),
        ("/static/a.txt", "other"),
        ("/static/", "other index"),
        ("//static//a.txt", "other"),
        ("/%73tatic/a.txt", "other"),
        ("/static/deep/a.txt", "deep"),
    ] {
        assert_eq!(site.get(path).text(), body, "{path}");
    }
    let redirect = site.get("/static");
    assert_eq!((redirect.status, redirect.field("location")), (301, Some("/static/")));
    for path in ["/static/a.txt", "/static/missing", "/static"] {
        assert_eq!(site.get(path).field("x-mount"), Some("other"), "{path}");
    }
    assert_eq!(site.get("/a.txt").field("x-mount"), None);
    assert_eq!(site.handle.prefixes(), ["/static/deep/", "/static", "/"]);
}

#[test]
fn fields_of_a_mount_replace_those_of_the_server() {
    let site = Site::with(
        &[("a.txt", b"a")],
        |server| server,
        |mount| {
            mount
                .header("Cache-Control", "max-age=60")
                .unwrap()
                .header("X-Content-Type-Options", "off")
                .unwrap()
        },
    );
    for path in ["/a.txt", "/missing"] {
        let answer = site.get(path);
        assert_eq!(answer.field("cache-control"), Some("max-age=60"), "{path}");
        assert_eq!(answer.field("x-content-type-options"), Some("off"), "{path}");
    }
}

#[test]
fn nothing_is_mounted_nothing_is_found() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("a.txt"), b"a");
    let server = Server::builder().mount(MountConfig::new("/only", dir.path())).build().unwrap();
    let handle = server.start().unwrap();
    let mut client = crate::client::Client::connect(handle.addresses()[0]);
    assert_eq!(client.get("/").status, 404);
    assert_eq!(client.get("/onlya.txt").status, 404);
    assert_eq!(client.get("/only/a.txt").status, 200);
}

#[test]
fn each_mount_has_its_own_policy() {
    let open = tempfile::tempdir().unwrap();
    write(&open.path().join(".x"), b"x");
    let site = Site::with(
        &[(".x", b"x")],
        |server| {
            server.mount(
                MountConfig::new("/open", open.path()).policy(Policy::default().hidden(true)),
            )
        },
        |mount| mount,
    );
    assert_eq!(site.get("/.x").status, 404);
    assert_eq!(site.get("/open/.x").status, 200);
}
