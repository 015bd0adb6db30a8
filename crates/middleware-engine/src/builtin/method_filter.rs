//! Which methods may be used at all.

use std::borrow::Cow;

use super::config_error::{ConfigError, is_token};
use crate::context::Context;
use crate::flow::{Flow, Result};
use crate::middleware::Middleware;
use crate::overlay::FieldLines;
use crate::phase::Phases;
use crate::response::Response;

/// The method is not on the list (RFC 9110 section 15.5.6).
const NOT_ALLOWED: u16 = 405;
/// To `OPTIONS`: `Allow` says it all (RFC 9110 section 9.3.7).
const OPTIONS: u16 = 204;

/// Lets requests with some methods pass, and answers others 405 with `Allow` (RFC 9110 section 15.5.6).
///
/// The names are compared as they are, as RFC 9110 section 9.1 has it: `get` is not `GET`. It stands right behind
/// [`Cors`](super::Cors), so that the preflights which that answers needn't be on the list.
///
/// ```
/// use catzilla_middleware_engine::builtin::MethodFilter;
///
/// let read_only = MethodFilter::allow(["GET", "HEAD"])?.answer_options(true);
/// # Ok::<(), catzilla_middleware_engine::builtin::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct MethodFilter {
    name: Cow<'static, str>,
    methods: Box<[String]>,
    answers_options: bool,
    allow: FieldLines,
    with_options: FieldLines,
}

impl MethodFilter {
    /// Only these.
    ///
    /// # Errors
    /// When there is none, when one is no token, and when GET is there without HEAD, which is the same without content (RFC
    /// 9110 section 9.1 asks for both).
    pub fn allow<M: Into<String>>(
        methods: impl IntoIterator<Item = M>,
    ) -> Result<Self, ConfigError> {
        let error = |problem: String| Err(ConfigError::new("method-filter", "allow", problem));
        let mut list: Vec<String> = Vec::new();
        for method in methods.into_iter().map(Into::into) {
            if !is_token(method.as_bytes()) {
                return error(format!("{method:?} is no method: write one per entry, such as GET"));
            }
            if !list.contains(&method) {
                list.push(method);
            }
        }
        let has = |method: &str| list.iter().any(|it| it == method);
        if list.is_empty() {
            return error("no method is allowed: name some, such as GET and HEAD".to_owned());
        }
        if has("GET") && !has("HEAD") {
            return error("GET is allowed without HEAD: add HEAD, too".to_owned());
        }
        let lines = |names: String| {
            let lines = FieldLines::new([("allow", names)]);
            lines.map_err(|error| ConfigError::new("method-filter", "allow", error.to_string()))
        };
        let allow = list.join(", ");
        let with_options = if has("OPTIONS") { allow.clone() } else { format!("{allow}, OPTIONS") };
        Ok(Self {
            name: "method-filter".into(),
            allow: lines(allow)?,
            with_options: lines(with_options)?,
            methods: list.into(),
            answers_options: false,
        })
    }

    /// Its name in the chain. Default: `method-filter`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Whether `OPTIONS` is answered here, 204 with `Allow`, on the list or not. Default: no, it is a method as any other.
    pub fn answer_options(mut self, answer: bool) -> Self {
        self.answers_options = answer;
        self
    }
}

impl Middleware for MethodFilter {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        27
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        let method = cx.request.method();
        let status = if self.answers_options && method == "OPTIONS" {
            OPTIONS
        } else if self.methods.iter().any(|it| it == method) {
            return Ok(Flow::Next);
        } else {
            NOT_ALLOWED
        };
        let allow = if self.answers_options { &self.with_options } else { &self.allow };
        cx.response.append_lines(allow);
        Ok(Flow::Stop(Response::new(status)))
    }
}
