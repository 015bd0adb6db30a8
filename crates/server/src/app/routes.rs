//! The table of routes: which handler answers which path and method.
//! That paths are judged before, and which of them are static, is `exchange.rs`'s business.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use catzilla_middleware_engine::Chain;
use catzilla_path_security::RequestPath;
use http::Method;

use super::handler::Endpoint;
use super::methods::Methods;
use super::params::Params;
use super::pattern::{self, PatternFault};

/// A route as it was given.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) methods: Methods,
    pub(crate) pattern: String,
    pub(crate) answerer: Answerer,
}

/// A handler, and who has a say in what it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Answerer {
    pub(crate) endpoint: Arc<dyn Endpoint>,
    pub(crate) chain: Option<Chain>,
}

impl Answerer {
    pub(crate) fn new(endpoint: impl Endpoint + 'static, chain: Option<Chain>) -> Self {
        Self { endpoint: Arc::new(endpoint), chain: chain.filter(|chain| !chain.is_empty()) }
    }
}

/// All routes, and what answers where there is none.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    table: matchit::Router<Entry>,
    patterns: Vec<String>,
    fallback: Option<Answerer>,
}

type ByMethod = Vec<(Method, Answerer)>;

/// What stands at one pattern.
#[derive(Debug)]
struct Entry {
    pattern: Arc<str>,
    by_method: ByMethod,
    /// The value of `Allow`.
    allow: Arc<str>,
}

/// A request on its way to the application.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) endpoint: Arc<dyn Endpoint>,
    /// None for the fallback.
    pub(crate) params: Option<Params>,
    pattern: Option<Arc<str>>,
    /// Who has a say in it beside those of the place that was asked for.
    chain: Option<Chain>,
    /// What they have put in for the handler.
    given: http::Extensions,
}

impl Call {
    fn new(answerer: &Answerer, params: Option<Params>, pattern: Option<Arc<str>>) -> Self {
        Self {
            endpoint: Arc::clone(&answerer.endpoint),
            params,
            pattern,
            chain: answerer.chain.clone(),
            given: http::Extensions::new(),
        }
    }

    /// That of the route; none for the fallback.
    pub(crate) fn pattern(&self) -> Option<Arc<str>> {
        self.pattern.clone()
    }

    /// The chain, once.
    pub(crate) fn take_chain(&mut self) -> Option<Chain> {
        self.chain.take()
    }

    /// What the handler is given beside the request.
    pub(crate) fn given(&mut self) -> &mut http::Extensions {
        &mut self.given
    }
}

/// What the table says of a path and a method.
#[derive(Debug)]
pub(crate) enum Routed {
    To(Call),
    /// The path is known, and answers to these methods.
    Method(Arc<str>),
    Nothing,
}

impl Routes {
    /// Checks and sorts the routes.
    ///
    /// # Errors
    /// When a pattern is malformed, could never match, or contradicts another.
    pub(crate) fn build(
        routes: Vec<Route>,
        fallback: Option<Answerer>,
    ) -> Result<Self, RouteError> {
        let mut entries: BTreeMap<String, ByMethod> = BTreeMap::new();
        for Route { methods, pattern, answerer } in routes {
            let fail = |fault| RouteError { pattern: pattern.clone(), fault };
            pattern::check(&pattern).map_err(|fault| fail(Fault::Pattern(fault)))?;
            let mut methods = methods.iter().peekable();
            if methods.peek().is_none() {
                return Err(fail(Fault::NoMethod));
            }
            let entry = entries.entry(pattern.clone()).or_default();
            for method in methods {
                if *method == Method::CONNECT {
                    return Err(fail(Fault::Connect));
                }
                if entry.iter().any(|(known, _)| known == method) {
                    return Err(fail(Fault::Twice(method.clone())));
                }
                entry.push((method.clone(), answerer.clone()));
            }
        }
        let mut built = Self { fallback, ..Self::default() };
        for (pattern, by_method) in entries {
            let allow = allow(&by_method);
            let entry = Entry { pattern: pattern.as_str().into(), by_method, allow };
            built.table.insert(pattern.as_str(), entry).map_err(|err| RouteError {
                pattern: pattern.clone(),
                fault: match err {
                    matchit::InsertError::Conflict { with } => Fault::Conflict(with),
                    other => Fault::Syntax(other.to_string()),
                },
            })?;
            built.patterns.push(pattern);
        }
        Ok(built)
    }

    /// Who answers.
    pub(crate) fn find(&self, path: &RequestPath<'_>, method: &[u8]) -> Routed {
        let text = if path.is_directory() && !path.is_root() {
            format!("/{}/", path.as_str())
        } else {
            format!("/{}", path.as_str())
        };
        if let Ok(found) = self.table.at(&text) {
            let entry = found.value;
            return match entry.answerer(method) {
                Some(answerer) => {
                    let params = Params::new(found.params.iter());
                    let pattern = Arc::clone(&entry.pattern);
                    Routed::To(Call::new(answerer, Some(params), Some(pattern)))
                }
                None => Routed::Method(Arc::clone(&entry.allow)),
            };
        }
        match &self.fallback {
            Some(answerer) => Routed::To(Call::new(answerer, None, None)),
            None => Routed::Nothing,
        }
    }

    /// The handler of a route for this path and method, the fallback aside.
    pub(crate) fn route(&self, path: &RequestPath<'_>, method: &[u8]) -> Option<Call> {
        match self.find(path, method) {
            Routed::To(call) if call.params.is_some() => Some(call),
            _ => None,
        }
    }

    /// The patterns, each of which stands once.
    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether a pattern is matched by paths at or beneath this prefix only.
    pub(crate) fn is_beneath(pattern: &str, prefix: &RequestPath<'_>) -> bool {
        pattern::is_beneath(pattern, prefix)
    }
}

impl Entry {
    /// Methods are compared as they were written (RFC 9110 section 9.1). HEAD is what GET answers, without content.
    fn answerer(&self, method: &[u8]) -> Option<&Answerer> {
        let of = |method: &[u8]| {
            self.by_method.iter().find(|(known, _)| known.as_str().as_bytes() == method)
        };
        let found = of(method).or_else(|| if method == b"HEAD" { of(b"GET") } else { None });
        found.map(|(_, answerer)| answerer)
    }
}

/// RFC 9110 section 10.2.1. OPTIONS is answered everywhere.
fn allow(by_method: &ByMethod) -> Arc<str> {
    let mut names: Vec<&str> = by_method.iter().map(|(method, _)| method.as_str()).collect();
    for (implied, because) in [("HEAD", Some("GET")), ("OPTIONS", None)] {
        if because.is_none_or(|because| names.contains(&because)) && !names.contains(&implied) {
            names.push(implied);
        }
    }
    names.sort_unstable();
    names.join(", ").into()
}

/// A route that can't be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteError {
    pattern: String,
    fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    Pattern(PatternFault),
    Syntax(String),
    Conflict(String),
    Twice(Method),
    NoMethod,
    Connect,
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "route {:?}: ", self.pattern)?;
        match &self.fault {
            Fault::Pattern(fault) => fault.fmt(f),
            Fault::Syntax(err) => {
                write!(f, "{err}; a parameter is written {{name}}, the rest of a path {{*name}}")
            }
            Fault::Conflict(with) => {
                write!(
                    f,
                    "the same paths are those of route {with:?}: give their parameters the same names, or remove one"
                )
            }
            Fault::Twice(method) => write!(f, "{method} has a handler there already: remove one"),
            Fault::NoMethod => f.write_str("it answers no method: name one, such as GET"),
            Fault::Connect => {
                f.write_str("CONNECT names a host and no path: no route can answer it")
            }
        }
    }
}

impl std::error::Error for RouteError {}

#[cfg(test)]
mod tests;
