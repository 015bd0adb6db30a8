//! Mounts that go while handlers are at work.

use catzilla_server::{MountConfig, RequestBody, Server};

use super::{folder, gone};
use crate::site::Site;

#[test]
fn a_handler_at_work_keeps_no_mount() {
    let dir = folder(&[("a.txt", b"a")]);
    let endless = |_: http::Request<RequestBody>| {
        std::future::pending::<http::Response<http_body_util::Empty<bytes::Bytes>>>()
    };
    let site = Site::of(Server::builder().mount(MountConfig::new("/files", dir.path())).route(
        http::Method::GET,
        "/endless",
        endless,
    ));
    let mut client = site.connect();
    client.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.app_requests == 1);
    site.handle.unmount("/files").unwrap();
    gone(&site);
}
