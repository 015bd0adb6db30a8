//! Handlers that tests have in common.

use bytes::Bytes;
use catzilla_server::{Params, RequestBody};
use http::{Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use tokio::sync::Semaphore;

pub(crate) type Text = Response<Full<Bytes>>;

pub(crate) fn text(text: impl Into<Bytes>) -> Text {
    Response::new(Full::new(text.into()))
}

pub(crate) fn status(status: u16) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// Says what it was given: method, URI, host, parameters.
pub(crate) async fn show(request: Request<RequestBody>) -> Text {
    let host = request.headers().get("host").map_or("-", |host| host.to_str().unwrap());
    let params: Vec<_> =
        Params::of(&request).iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (method, uri) = (request.method(), request.uri());
    text(format!("{method} {uri} @{host} {}", params.join(" ")).trim_end().to_owned())
}

/// Says how many bytes the body has.
pub(crate) async fn count(mut request: Request<RequestBody>) -> Text {
    match request.body_mut().bytes().await {
        Ok(bytes) => text(bytes.len().to_string()),
        Err(err) => text(err.to_string()),
    }
}

/// Sends the body back as it comes.
pub(crate) async fn echo(request: Request<RequestBody>) -> Response<RequestBody> {
    Response::new(request.into_body())
}

/// A door that handlers wait at. Whoever goes through takes one permit with him.
pub(crate) async fn pass(door: &Semaphore) {
    door.acquire().await.unwrap().forget();
}
