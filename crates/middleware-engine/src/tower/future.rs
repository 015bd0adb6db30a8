//! One request on its way through a chain and a service.

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::body::MiddlewareBody;
use super::shared::Shared;
use super::way::{Last, Next, Running, Way};
use crate::flow::{Done, Flow};

pin_project! {
    /// The answer to a request, to be awaited. It is `Send` where the service, its future and the bodies are: what the
    /// request has in memory is owned by it, and nothing is borrowed while it waits.
    ///
    /// It may be dropped at any time: values of the request are dropped then, and its memory goes back to the layer.
    /// A job that is running ends by itself, and what it brings is dropped.
    pub struct MiddlewareFuture<S, B, R>
    where
        S: Service<Request<B>>,
    {
        way: Way,
        // While a job of the phase before is waited for. In a box, as that is seldom, and futures are moved often.
        asked: Option<Box<Asked<S, B>>>,
        #[pin]
        stage: Stage<S::Future, R>,
    }
}

/// A request, and who is to handle it.
struct Asked<S, B> {
    /// It is ready.
    service: S,
    parts: Parts,
    body: B,
}

pin_project! {
    #[project = StageProj]
    enum Stage<F, R> {
        Before { job: Running<Flow> },
        Handler { #[pin] future: F },
        After { job: Running<Done>, response: Option<Response<MiddlewareBody<R>>> },
        Answered { response: Option<Response<MiddlewareBody<R>>> },
        Gone,
    }
}

impl<S, B, R> MiddlewareFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: Body,
{
    pub(super) fn new(shared: &Arc<Shared>, service: &mut S, request: Request<B>) -> Self {
        let (mut parts, body) = request.into_parts();
        let mut way = Way::begin(shared, &parts);
        match way.before(&parts) {
            Next::Handle => {
                let stage = handle(&mut way, service, parts, body);
                Self { way, asked: None, stage }
            }
            Next::Answer(answer) => {
                way.leave(&mut parts);
                let stage = last(way.after_answer(answer));
                Self { way, asked: None, stage }
            }
            Next::Wait(job) => {
                // The clone isn't ready, so it takes the place of the one that is.
                let unready = service.clone();
                let service = mem::replace(service, unready);
                let asked = Some(Box::new(Asked { service, parts, body }));
                Self { way, asked, stage: Stage::Before { job } }
            }
        }
    }
}

impl<S, B, R> Future for MiddlewareFuture<S, B, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Output = Result<Response<MiddlewareBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.stage.as_mut().project() {
                StageProj::Before { job } => {
                    // A job that hasn't run for the end of its runtime brings nothing.
                    let brought = ready!(Pin::new(job).poll(cx)).ok();
                    let mut asked = this.asked.take().expect("it waits for the job");
                    match this.way.resume(&asked.parts, brought) {
                        Next::Handle => {
                            let Asked { mut service, parts, body } = *asked;
                            handle(this.way, &mut service, parts, body)
                        }
                        Next::Answer(answer) => {
                            this.way.leave(&mut asked.parts);
                            last(this.way.after_answer(answer))
                        }
                        Next::Wait(job) => {
                            *this.asked = Some(asked);
                            Stage::Before { job }
                        }
                    }
                }
                StageProj::Handler { future } => {
                    match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
                        Ok(Poll::Pending) => return Poll::Pending,
                        Ok(Poll::Ready(Ok(response))) => {
                            last(this.way.after(response.map(MiddlewareBody::inner)))
                        }
                        Ok(Poll::Ready(Err(error))) => {
                            this.stage.set(Stage::Gone);
                            return Poll::Ready(Err(error));
                        }
                        Err(payload) => {
                            let answer = this.way.panicked(&*payload);
                            last(this.way.after_answer(answer))
                        }
                    }
                }
                StageProj::After { job, response } => {
                    let brought = ready!(Pin::new(job).poll(cx)).ok();
                    let response = response.take().expect("it waits for the job");
                    last(this.way.resume_after(response, brought))
                }
                StageProj::Answered { response } => {
                    let response = response.take().expect("polled after it was ready");
                    return Poll::Ready(Ok(response));
                }
                StageProj::Gone => panic!("polled after it was ready"),
            };
            this.stage.set(next);
        }
    }
}

/// Asks the service.
fn handle<S, B, R>(way: &mut Way, service: &mut S, mut parts: Parts, body: B) -> Stage<S::Future, R>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    way.leave(&mut parts);
    let request = Request::from_parts(parts, body);
    match catch_unwind(AssertUnwindSafe(|| service.call(request))) {
        Ok(future) => Stage::Handler { future },
        Err(payload) => {
            let answer = way.panicked(&*payload);
            last(way.after_answer(answer))
        }
    }
}

fn last<F, R>(last: Last<R>) -> Stage<F, R> {
    match last {
        Last::Answer(response) => Stage::Answered { response: Some(response) },
        Last::Wait(job, response) => Stage::After { job, response: Some(response) },
    }
}

impl<S, B, R> fmt::Debug for MiddlewareFuture<S, B, R>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MiddlewareFuture")
    }
}
