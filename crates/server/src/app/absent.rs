//! Without the server there is no application: nothing of what the pipeline asks of one can come to be.

use std::error;
use std::fmt;
use std::sync::Arc;

use catzilla_path_security::RequestPath;

#[derive(Debug)]
pub(crate) enum Call {}

#[derive(Debug)]
pub(crate) enum Routes {}

/// A route that is wrong: there are none.
#[derive(Debug)]
pub enum RouteError {}

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
        match *self {}
    }
}

impl error::Error for RouteError {}
