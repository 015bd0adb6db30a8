//! Functions as middlewares.

use std::borrow::Cow;

use crate::context::Context;
use crate::error::RunError;
use crate::flow::{Done, Flow, Result};
use crate::middleware::Middleware;
use crate::phase::Phases;
use crate::response::Response;

/// A function that is called before the handler, as a middleware of this name.
///
/// ```
/// use catzilla_middleware_engine::{Chain, Flow, Response, before};
///
/// let chain = Chain::builder()
///     .with(before("no-post", |cx| {
///         let is_post = cx.request.method() == "POST";
///         Ok(if is_post { Flow::Stop(Response::new(405)) } else { Flow::Next })
///     }))
///     .build()?;
/// # Ok::<(), catzilla_middleware_engine::BuildError>(())
/// ```
pub fn before<F>(name: impl Into<Cow<'static, str>>, function: F) -> Before<F>
where
    F: Fn(&mut Context<'_>) -> Result<Flow> + Send + Sync + 'static,
{
    Before { name: name.into(), function }
}

/// A function that is called when there is an answer, as a middleware of this name.
pub fn after<F>(name: impl Into<Cow<'static, str>>, function: F) -> After<F>
where
    F: Fn(&mut Context<'_>) -> Result<Done> + Send + Sync + 'static,
{
    After { name: name.into(), function }
}

/// A function that is called when something has failed, as a middleware of this name.
pub fn on_error<F>(name: impl Into<Cow<'static, str>>, function: F) -> OnError<F>
where
    F: Fn(&mut Context<'_>, &RunError) -> Result<Option<Response>> + Send + Sync + 'static,
{
    OnError { name: name.into(), function }
}

/// What [`before`] returns.
#[derive(Debug, Clone)]
pub struct Before<F> {
    name: Cow<'static, str>,
    function: F,
}

/// What [`after`] returns.
#[derive(Debug, Clone)]
pub struct After<F> {
    name: Cow<'static, str>,
    function: F,
}

/// What [`on_error`] returns.
#[derive(Debug, Clone)]
pub struct OnError<F> {
    name: Cow<'static, str>,
    function: F,
}

impl<F> Middleware for Before<F>
where
    F: Fn(&mut Context<'_>) -> Result<Flow> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        (self.function)(cx)
    }
}

impl<F> Middleware for After<F>
where
    F: Fn(&mut Context<'_>) -> Result<Done> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn phases(&self) -> Phases {
        Phases::AFTER
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        (self.function)(cx)
    }
}

impl<F> Middleware for OnError<F>
where
    F: Fn(&mut Context<'_>, &RunError) -> Result<Option<Response>> + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn phases(&self) -> Phases {
        Phases::ERROR
    }

    fn on_error(&self, cx: &mut Context<'_>, error: &RunError) -> Result<Option<Response>> {
        (self.function)(cx, error)
    }
}
