//! Without the server there is no application: nothing of what the pipeline asks of one can come to be.

use std::convert::Infallible;
use std::error;
use std::fmt;
use std::sync::Arc;

use catzilla_middleware_engine::Chain;
use catzilla_path_security::RequestPath;

#[derive(Debug)]
pub(crate) enum Call {}

#[derive(Debug)]
pub(crate) enum AnswerBody {}

impl Call {
    pub(crate) fn take_chain(&mut self) -> Option<Chain> {
        match *self {}
    }

    pub(crate) fn pattern(&self) -> Option<Arc<str>> {
        match *self {}
    }

    pub(crate) fn given(&mut self) -> &mut http::Extensions {
        match *self {}
    }
}

#[derive(Debug)]
pub(crate) enum Routes {}

/// A route that can't be: there are none without the server.
// With it the same code compiles: a feature of one crate is on for all that depend on it, so what is seen of this type is
// what is seen of the real one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteError(Infallible);

const _: () = {
    const fn is_what_the_real_one_is<T: error::Error + Clone + Eq + Send + Sync>() {}
    is_what_the_real_one_is::<RouteError>();
};

pub(crate) enum Routed {
    To(Call),
    Method(Arc<str>),
    Nothing,
}

impl Routes {
    pub(crate) fn find(&self, _: &RequestPath<'_>, _: &[u8]) -> Routed {
        match *self {}
    }

    pub(crate) fn route(&self, _: &RequestPath<'_>, _: &[u8]) -> Option<Call> {
        match *self {}
    }

    pub(crate) fn patterns(&self) -> &[String] {
        match *self {}
    }

    pub(crate) fn is_beneath(_: &str, _: &RequestPath<'_>) -> bool {
        false
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}

impl error::Error for RouteError {}
