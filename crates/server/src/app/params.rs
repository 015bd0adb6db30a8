//! What a request's path has where the pattern of its route has names, parsed when it is asked for.

use std::fmt;
use std::str::FromStr;

/// The parameters of a path, in the extensions of each request to a route.
///
/// Values are text: decoded, and judged as every path is, so there is no slash in one but of `{*rest}`, and never a
/// `..`.
///
/// ```
/// use bytes::Bytes;
/// use catzilla_server::{Params, RequestBody};
/// use http::{Request, Response, StatusCode};
/// use http_body_util::Full;
///
/// async fn user(request: Request<RequestBody>) -> Response<Full<Bytes>> {
///     match Params::of(&request).get::<u64>("id") {
///         Ok(id) => Response::new(format!("user number {id}").into()),
///         Err(err) => {
///             let mut response = Response::new(err.to_string().into());
///             *response.status_mut() = StatusCode::BAD_REQUEST;
///             response
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(Box<str>, Box<str>)>);

static NONE: Params = Params(Vec::new());

impl Params {
    pub(super) fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// Those of this request; none for one that came to the fallback.
    pub fn of<B>(request: &http::Request<B>) -> &Self {
        request.extensions().get().unwrap_or(&NONE)
    }

    /// The value of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// The value of this name as something else, such as a number.
    ///
    /// # Errors
    /// When the route has no such name, or the value is none of these.
    pub fn get<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<T, ParamError> {
        let fail = |kind| ParamError { name: name.to_owned(), kind };
        let Some(value) = self.text(name) else { return Err(fail(Kind::Unknown)) };
        value.parse().map_err(|err: T::Err| {
            fail(Kind::Malformed {
                value: value.to_owned(),
                wanted: std::any::type_name::<T>(),
                why: err.to_string(),
            })
        })
    }

    /// All names with their values, in the order of the pattern.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// A path parameter that isn't what the handler asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParamError {
    name: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Unknown,
    Malformed { value: String, wanted: &'static str, why: String },
}

impl ParamError {
    /// The name that was asked for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the route has no such name: a mistake of the program, and not of the client.
    pub fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.kind {
            Kind::Unknown => write!(f, "the route has no path parameter {name:?}"),
            Kind::Malformed { value, wanted, why } => {
                write!(f, "path parameter {name:?}: {value:?} is no {wanted}: {why}")
            }
        }
    }
}

impl std::error::Error for ParamError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_parsed_when_they_are_asked_for() {
        let params = Params::new([("id", "42"), ("name", "käse")].into_iter());
        assert_eq!(params.get::<u64>("id"), Ok(42));
        assert_eq!(params.get::<String>("name").unwrap(), "käse");
        assert_eq!(params.text("id"), Some("42"));
        assert_eq!(params.iter().collect::<Vec<_>>(), [("id", "42"), ("name", "käse")]);
        let err = params.get::<u64>("name").unwrap_err();
        assert_eq!(
            err.to_string(),
            "path parameter \"name\": \"käse\" is no u64: invalid digit found in string"
        );
        assert!(!err.is_unknown());
        let err = params.get::<u64>("di").unwrap_err();
        assert_eq!(err.to_string(), "the route has no path parameter \"di\"");
        assert!(err.is_unknown() && err.name() == "di");
    }

    #[test]
    fn a_request_without_route_has_none() {
        assert_eq!(Params::of(&http::Request::new(())), &Params::default());
    }
}
