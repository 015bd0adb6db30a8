//! What the types of the service are, for those who are strict about it.

use catzilla_server::{StaticAnswer, StaticBody, StaticBodyError, StaticService};
use http::{Request, Response};

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
    fn sends<T: Send + Sync + Unpin + 'static>() {}
    service::<StaticService, ()>();
    service::<StaticService, ::hyper::body::Incoming>();
    body::<StaticBody>();
    sends::<StaticAnswer>();
    sends::<StaticBodyError>();
}
