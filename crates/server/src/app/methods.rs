//! The methods that a route answers.

use http::Method;

/// One method or several, as [`ServerBuilder::route`](crate::ServerBuilder::route) takes them.
#[derive(Debug, Clone)]
pub struct Methods(Vec<Method>);

impl Methods {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Method> {
        self.0.iter()
    }
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self(vec![method])
    }
}

impl<const N: usize> From<[Method; N]> for Methods {
    fn from(methods: [Method; N]) -> Self {
        Self(methods.into())
    }
}

impl From<&[Method]> for Methods {
    fn from(methods: &[Method]) -> Self {
        Self(methods.into())
    }
}
