//! The service in an axum application, as `examples/static_axum.rs` has it.

use axum::Router;
use axum::routing::get;
use catzilla_server::{MountConfig, StaticService};
use tokio::net::TcpListener;

use super::folder;
use super::hyper::runtime;
use crate::client::Client;

#[test]
fn routes_come_first_and_prefixes_stay() {
    let (site, docs) = (
        folder(&[("a.txt", b"file"), ("api/hello", b"never seen")]),
        folder(&[("guide/index.html", b"guide")]),
    );
    let files = StaticService::builder()
        .mount(MountConfig::new("/", site.path()))
        .mount(MountConfig::new("/docs", docs.path()))
        .build()
        .unwrap();
    let app = Router::new()
        .route("/api/hello", get(async || "hello"))
        .route_service("/docs/{*path}", files.clone())
        .fallback_service(files);
    let runtime = runtime();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async { axum::serve(listener, app).await });

    let mut client = Client::connect(address);
    assert_eq!(client.get("/api/hello").text(), "hello");
    assert_eq!(client.get("/a.txt").text(), "file");
    assert_eq!(client.ask("HEAD", "/a.txt", &[]).field("content-length"), Some("4"));
    assert_eq!(client.get("/missing").status, 404);
    let redirect = client.get("/docs/guide");
    assert_eq!((redirect.status, redirect.field("location")), (301, Some("/docs/guide/")));
    assert_eq!(client.get("/docs/guide/").text(), "guide");
    let part = client.ask("GET", "/a.txt", &[("Range", "bytes=1-2")]);
    assert_eq!((part.status, part.text()), (206, "il"));
    let tag = client.get("/a.txt").field("etag").unwrap().to_owned();
    assert_eq!(client.ask("GET", "/a.txt", &[("If-None-Match", &tag)]).status, 304);
}
