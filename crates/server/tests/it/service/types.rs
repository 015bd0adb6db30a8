//! What the types of the service are and what its requests are, for those who are strict about it.

use catzilla_server::{StaticAnswer, StaticBody, StaticBodyError, StaticService};
use http::{Request, Response, Version};

use super::{folder, runtime};

#[test]
fn it_is_what_tower_and_axum_ask_for() {
    fn service<S, B>()
    where
        S: tower_service::Service<
                Request<B>,
                Response = Response<StaticBody>,
                Error = std::convert::Infallible,
                Future = StaticAnswer,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
    }
    fn body<B>()
    where
        B: http_body::Body<Data = bytes::Bytes, Error = StaticBodyError>
            + Send
            + Sync
            + Unpin
            + 'static,
    {
    }
    fn sends<T: Send + Unpin + 'static>() {}
    fn shares<T: Sync>() {}
    service::<StaticService, ()>();
    service::<StaticService, ::hyper::body::Incoming>();
    body::<StaticBody>();
    sends::<StaticAnswer>();
    sends::<StaticBodyError>();
    shares::<StaticBodyError>();
}

#[test]
fn a_request_that_never_travelled_is_judged_by_its_version() {
    let dir = folder(&[("a.txt", b"content")]);
    let service = StaticService::new(dir.path()).unwrap();
    let here = || Request::get("/a.txt");
    let absolute = || Request::get("http://h/a.txt");
    let runtime = runtime();
    for (request, status) in [
        (here(), 400),
        (here().header("host", "h"), 200),
        (absolute(), 400),
        (absolute().header("host", "other"), 200),
        (here().version(Version::HTTP_10), 200),
        (here().version(Version::HTTP_2), 400),
        (here().version(Version::HTTP_2).header("host", "h"), 200),
        (absolute().version(Version::HTTP_2), 200),
        (absolute().version(Version::HTTP_2).header("host", "other"), 400),
    ] {
        let what = format!("{request:?}");
        let Ok(response) = runtime.block_on(service.serve(request.body(()).unwrap()));
        assert_eq!(response.status(), status, "{what}");
    }
}
