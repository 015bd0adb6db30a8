//! From options to a [`Cors`].

use std::borrow::Cow;
use std::time::Duration;

use super::origin::Origin;
use super::{Cors, Known, Origins, Predicate};
use crate::builtin::config_error::{ConfigError, is_token};
use crate::overlay::FieldLines;

/// The options of a [`Cors`].
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct CorsBuilder {
    name: Cow<'static, str>,
    origins: Vec<String>,
    predicate: Option<Predicate>,
    any_origin: bool,
    credentials: bool,
    methods: Vec<String>,
    headers: Vec<String>,
    mirror_headers: bool,
    exposed: Vec<String>,
    max_age: Duration,
    private_network: bool,
}

impl Default for CorsBuilder {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed("cors"),
            origins: Vec::new(),
            predicate: None,
            any_origin: false,
            credentials: false,
            methods: ["GET", "HEAD", "POST"].map(str::to_owned).into(),
            headers: Vec::new(),
            mirror_headers: false,
            exposed: Vec::new(),
            max_age: Duration::from_mins(10),
            private_network: false,
        }
    }
}

impl CorsBuilder {
    /// Its name in the chain. Default: `cors`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Pages of these origins may read answers: scheme, host and, where it is not that of the scheme, port, as in
    /// `https://app.example.com`. Called again, it adds to them. Default: none.
    pub fn origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.origins.extend(origins.into_iter().map(Into::into));
        self
    }

    /// Pages of origins of which this says so may read answers, too. It is asked for each request with a well-formed
    /// origin that is not on the list, gets it normalised, and mustn't block. Beware of `ends_with("example.com")`,
    /// which holds for `https://evilexample.com`. Default: nobody is asked.
    pub fn origins_where(
        mut self,
        is_allowed: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.predicate = Some(Predicate(Box::new(is_allowed)));
        self
    }

    /// Pages of all origins may read answers, those without an origin (`null`) among them: `*`. Default: not so.
    pub fn any_origin(mut self) -> Self {
        self.any_origin = true;
        self
    }

    /// Whether pages may send cookies and other credentials along. Default: no.
    pub fn credentials(mut self, allowed: bool) -> Self {
        self.credentials = allowed;
        self
    }

    /// The methods that pages may use; browsers let GET, HEAD and POST pass whatever is here. Case matters, as it does in
    /// browsers: `PATCH`. Default: GET, HEAD, POST.
    pub fn methods<M: Into<String>>(mut self, methods: impl IntoIterator<Item = M>) -> Self {
        self.methods = methods.into_iter().map(Into::into).collect();
        self
    }

    /// The request fields that pages may set, beside the harmless ones that the Fetch standard lists. Default: none.
    pub fn headers<H: Into<String>>(mut self, headers: impl IntoIterator<Item = H>) -> Self {
        self.headers = headers.into_iter().map(Into::into).collect();
        self
    }

    /// Pages may set all request fields: what a preflight asks for is what it gets. Default: not so.
    pub fn mirror_headers(mut self) -> Self {
        self.mirror_headers = true;
        self
    }

    /// The response fields that pages may read, beside the harmless ones that the Fetch standard lists; `*` for all,
    /// where credentials aren't allowed. Default: none.
    pub fn exposed_headers<H: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = H>,
    ) -> Self {
        self.exposed = headers.into_iter().map(Into::into).collect();
        self
    }

    /// For how long a browser may remember the answer to a preflight, in whole seconds; zero for not at all. Browsers
    /// have limits of their own: two hours in Chromium, a day in Firefox. Default: ten minutes.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Whether public pages may ask this server in a private network (`Access-Control-Allow-Private-Network`). Default:
    /// no.
    pub fn private_network(mut self, allowed: bool) -> Self {
        self.private_network = allowed;
        self
    }

    /// The middleware.
    ///
    /// # Errors
    /// When no origin is named, or all and some of them; when all origins are allowed with credentials; and when an
    /// origin, a method or the name of a field is none.
    pub fn build(mut self) -> Result<Cors, ConfigError> {
        let origins = self.allowed_origins()?;
        let error = |option, problem: String| ConfigError::new("cors", option, problem);
        for method in &self.methods {
            if !is_token(method.as_bytes()) || method == "*" {
                let problem = format!("{method:?} is no method: write each one, such as PATCH");
                return Err(error("methods", problem));
            }
            // Fetch standard, section 2.2.1: browsers refuse these themselves.
            if ["CONNECT", "TRACE", "TRACK"].contains(&method.to_ascii_uppercase().as_str()) {
                let problem = format!("no browser sends {method} for a page: leave it out");
                return Err(error("methods", problem));
            }
        }
        if self.mirror_headers && !self.headers.is_empty() {
            let problem = "a list and mirror_headers contradict each other: choose one".to_owned();
            return Err(error("headers", problem));
        }
        for header in &self.headers {
            if !is_token(header.as_bytes()) || header == "*" {
                let problem = format!(
                    "{header:?} is no name of a field: write each one, or allow all by mirror_headers"
                );
                return Err(error("headers", problem));
            }
        }
        for header in &self.exposed {
            if !is_token(header.as_bytes()) {
                return Err(error("exposed_headers", format!("{header:?} is no name of a field")));
            }
            if header == "*" && self.credentials {
                let problem = "with credentials, `*` is a name and not all of them: write each one";
                return Err(error("exposed_headers", problem.to_owned()));
            }
        }
        let depends = !matches!(origins, Origins::Any(_));
        Ok(Cors {
            simple: lines("exposed_headers", self.simple())?,
            preflight: lines("headers", self.preflight(depends))?,
            refusal: lines("origins", [("vary", self.vary(depends))])?,
            name: self.name,
            origins,
            mirror_headers: self.mirror_headers,
            private_network: self.private_network,
        })
    }

    fn allowed_origins(&mut self) -> Result<Origins, ConfigError> {
        let error = |problem: String| ConfigError::new("cors", "origins", problem);
        let is_listed = !self.origins.is_empty() || self.predicate.is_some();
        if self.any_origin {
            if is_listed {
                let problem = "some origins and any_origin contradict each other: choose one";
                return Err(error(problem.to_owned()));
            }
            if self.credentials {
                let problem = "with any_origin, every page of the world could act as the user who \
                               looks at it, and browsers refuse that: name the origins";
                return Err(ConfigError::new("cors", "credentials", problem));
            }
            return Ok(Origins::Any(allow_origin(b"*")?));
        }
        if !is_listed {
            let problem = "no origin is allowed: name some, such as https://app.example.com, or \
                           leave this middleware out";
            return Err(error(problem.to_owned()));
        }
        let mut known = Vec::new();
        for text in &self.origins {
            let origin = Origin::parse(text.as_bytes()).ok_or_else(|| error(advice(text)))?;
            let line = allow_origin(origin.as_bytes())?;
            known.push(Known { origin: origin.as_bytes().into(), line });
        }
        known.sort_by(|a, b| a.origin.cmp(&b.origin));
        known.dedup_by(|a, b| a.origin == b.origin);
        Ok(Origins::Some { known: known.into(), predicate: self.predicate.take() })
    }

    /// What follows `Access-Control-Allow-Origin` in an answer.
    fn simple(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        if self.credentials {
            fields.push(("access-control-allow-credentials", "true".to_owned()));
        }
        if !self.exposed.is_empty() {
            fields.push(("access-control-expose-headers", self.exposed.join(", ")));
        }
        fields
    }

    /// What follows it in the answer to a preflight.
    fn preflight(&self, depends: bool) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        if self.credentials {
            fields.push(("access-control-allow-credentials", "true".to_owned()));
        }
        if !self.methods.is_empty() {
            fields.push(("access-control-allow-methods", self.methods.join(", ")));
        }
        if !self.headers.is_empty() {
            fields.push(("access-control-allow-headers", self.headers.join(", ")));
        }
        fields.push(("access-control-max-age", self.max_age.as_secs().to_string()));
        fields.push(("vary", self.vary(depends)));
        fields
    }

    fn vary(&self, depends: bool) -> String {
        let mut names = vec!["Access-Control-Request-Method", "Access-Control-Request-Headers"];
        if depends {
            names.insert(0, "Origin");
        }
        if self.private_network {
            names.push("Access-Control-Request-Private-Network");
        }
        names.join(", ")
    }
}

fn allow_origin(value: &[u8]) -> Result<FieldLines, ConfigError> {
    lines("origins", [("access-control-allow-origin", value)])
}

fn lines<V: AsRef<[u8]>>(
    option: &'static str,
    fields: impl IntoIterator<Item = (&'static str, V)>,
) -> Result<FieldLines, ConfigError> {
    FieldLines::new(fields).map_err(|error| ConfigError::new("cors", option, error.to_string()))
}

/// What is wrong with an origin, and how to mend it.
fn advice(text: &str) -> String {
    let advice = match text {
        "*" => "all origins are allowed by any_origin",
        "null" => "everybody can send that, from a sandbox or a file, so it can't be allowed",
        _ if !text.contains("://") => "write its scheme, too: https://app.example.com",
        _ if text.splitn(4, '/').count() > 3 => {
            "an origin ends with its host or port: no slash, no path"
        }
        _ if text.contains('*') => "patterns are left to origins_where",
        _ if !text.is_ascii() => "write the host as the DNS has it: xn--...",
        _ => "write it as in https://app.example.com:8443",
    };
    format!("{text:?} is no origin: {advice}")
}
