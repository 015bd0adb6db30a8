//! The router of the example, as its server drives it.

use std::net::SocketAddr;

use ::axum::body::Body;
use ::axum::extract::ConnectInfo;
use http::Request;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

#[path = "../../../examples/middleware_axum.rs"]
#[expect(dead_code, reason = "its main listens on a port of its own")]
mod example;

async fn check(path: &str, token: Option<&str>, status: u16, content: &str) {
    let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 80)));
    let mut request = Request::get(path).extension(peer);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let app = example::app().unwrap();
    let Ok(response) = app.oneshot(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), status);
    assert_eq!(response.headers()["x-from"], "192.0.2.1");
    assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
    let found = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(found, content);
}

#[tokio::test]
async fn routes_are_guarded_each_by_its_chain() {
    check("/", None, 200, "hello\n").await;
    check("/me", Some("let-me-in"), 200, "you are a friend\n").await;
    check("/me", Some("something"), 401, "401 Unauthorized\n").await;
    check("/me", None, 401, "401 Unauthorized\n").await;
    check("/nowhere", None, 404, "").await;
}
