//! Chains around services of tower.

mod axum;
mod cancelled;
mod failing;
mod jobs;
mod passing;

use std::convert::Infallible;

use bytes::Bytes;
use catzilla_middleware_engine::{Chain, ChainBuilder, MiddlewareBody, MiddlewareLayer};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

pub(crate) type Inner = Full<Bytes>;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: HeaderMap,
    pub(crate) content: String,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) async fn of(response: Response<MiddlewareBody<Inner>>) -> Self {
        let (parts, body) = response.into_parts();
        let content = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status.as_u16(),
            fields: parts.headers,
            content: String::from_utf8(content.to_vec()).unwrap(),
        }
    }
}

/// Answers as it is told to by the path: a number is a status.
pub(crate) async fn hello(request: Request<Empty<Bytes>>) -> Result<Response<Inner>, Infallible> {
    let status = request.uri().path()[1..].parse().unwrap_or(200_u16);
    let seen = request.extensions().get::<u32>().map_or(String::new(), u32::to_string);
    let response = Response::builder().status(status).header("x-a", "1").header("x-b", "1");
    Ok(response.body(Full::from(format!("hello{seen}"))).unwrap())
}

pub(crate) fn request(method: &str, path: &str) -> Request<Empty<Bytes>> {
    Request::builder().method(method).uri(path).header("x-asked", "1").body(Empty::new()).unwrap()
}

/// Takes one request through a chain around `hello`.
pub(crate) async fn ask(chain: ChainBuilder, method: &str, path: &str) -> Answer {
    let layer = MiddlewareLayer::new(build(chain));
    through(&layer, service_fn(hello), request(method, path)).await
}

pub(crate) async fn through<S>(
    layer: &MiddlewareLayer,
    service: S,
    request: Request<Empty<Bytes>>,
) -> Answer
where
    S: Service<Request<Empty<Bytes>>, Response = Response<Inner>, Error = Infallible> + Clone,
{
    let Ok(response) = layer.layer(service).oneshot(request).await;
    Answer::of(response).await
}

pub(crate) fn build(chain: ChainBuilder) -> Chain {
    chain.build().unwrap()
}
