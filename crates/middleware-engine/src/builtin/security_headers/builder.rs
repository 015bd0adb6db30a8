//! From options to a [`SecurityHeaders`].

use std::borrow::Cow;

use super::SecurityHeaders;
use super::values::{
    EmbedderPolicy, FrameOptions, Hsts, OpenerPolicy, ReferrerPolicy, ResourcePolicy,
};
use crate::builtin::config_error::ConfigError;
use crate::overlay::{FieldLines, is_field_value};

/// What <https://hstspreload.org> asks for: a year.
const PRELOAD_SECONDS: u64 = 31_536_000;

/// The options of [`SecurityHeaders`]. `None` leaves a field out.
#[derive(Debug, Clone)]
pub struct SecurityHeadersBuilder {
    name: Cow<'static, str>,
    hsts: Option<Hsts>,
    behind_tls: bool,
    no_sniff: bool,
    frame_options: Option<FrameOptions>,
    referrer_policy: Option<ReferrerPolicy>,
    opener_policy: Option<OpenerPolicy>,
    embedder_policy: Option<EmbedderPolicy>,
    resource_policy: Option<ResourcePolicy>,
    permissions_policy: Option<String>,
    content_security_policy: Option<String>,
    report_only: Option<String>,
    overrides: bool,
}

impl Default for SecurityHeadersBuilder {
    fn default() -> Self {
        Self {
            name: Cow::Borrowed("security-headers"),
            hsts: Some(Hsts::default()),
            behind_tls: false,
            no_sniff: true,
            frame_options: Some(FrameOptions::SameOrigin),
            referrer_policy: Some(ReferrerPolicy::StrictOriginWhenCrossOrigin),
            opener_policy: Some(OpenerPolicy::SameOrigin),
            embedder_policy: None,
            resource_policy: Some(ResourcePolicy::SameOrigin),
            permissions_policy: None,
            content_security_policy: Some(
                "base-uri 'self'; frame-ancestors 'self'; object-src 'none'".to_owned(),
            ),
            report_only: None,
            overrides: false,
        }
    }
}

impl SecurityHeadersBuilder {
    /// Its name in the chain. Default: `security-headers`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// `Strict-Transport-Security`. Default: half a year, without subdomains.
    pub fn hsts(mut self, hsts: impl Into<Option<Hsts>>) -> Self {
        self.hsts = hsts.into();
        self
    }

    /// Whether all clients come by TLS even where the connection that arrives here is plain, as a proxy in front ends it:
    /// `Strict-Transport-Security` is sent over plain connections, too, then. Default: no.
    pub fn behind_tls(mut self, behind_tls: bool) -> Self {
        self.behind_tls = behind_tls;
        self
    }

    /// `X-Content-Type-Options: nosniff` (Fetch standard, section 3.6). Default: yes.
    pub fn no_sniff(mut self, no_sniff: bool) -> Self {
        self.no_sniff = no_sniff;
        self
    }

    /// `X-Frame-Options`. Default: `SAMEORIGIN`.
    pub fn frame_options(mut self, options: impl Into<Option<FrameOptions>>) -> Self {
        self.frame_options = options.into();
        self
    }

    /// `Referrer-Policy`. Default: `strict-origin-when-cross-origin`.
    pub fn referrer_policy(mut self, policy: impl Into<Option<ReferrerPolicy>>) -> Self {
        self.referrer_policy = policy.into();
        self
    }

    /// `Cross-Origin-Opener-Policy`. Default: `same-origin`.
    pub fn opener_policy(mut self, policy: impl Into<Option<OpenerPolicy>>) -> Self {
        self.opener_policy = policy.into();
        self
    }

    /// `Cross-Origin-Embedder-Policy`. Default: none, as it keeps pages from loading what doesn't know of it.
    pub fn embedder_policy(mut self, policy: impl Into<Option<EmbedderPolicy>>) -> Self {
        self.embedder_policy = policy.into();
        self
    }

    /// `Cross-Origin-Resource-Policy`. Default: `same-origin`; a server whose images or scripts are for pages of others says
    /// [`CrossOrigin`](ResourcePolicy::CrossOrigin).
    pub fn resource_policy(mut self, policy: impl Into<Option<ResourcePolicy>>) -> Self {
        self.resource_policy = policy.into();
        self
    }

    /// `Permissions-Policy` ([W3C](https://www.w3.org/TR/permissions-policy/)), such as `camera=(), geolocation=(self)`.
    /// Default: none.
    pub fn permissions_policy(mut self, policy: impl Into<Option<String>>) -> Self {
        self.permissions_policy = policy.into();
        self
    }

    /// `Content-Security-Policy` ([W3C](https://www.w3.org/TR/CSP3/)). Default: `base-uri 'self'; frame-ancestors 'self';
    /// object-src 'none'`, which leaves scripts and styles alone, as only who writes the pages knows what they need.
    pub fn content_security_policy(mut self, policy: impl Into<Option<String>>) -> Self {
        self.content_security_policy = policy.into();
        self
    }

    /// `Content-Security-Policy-Report-Only`: a policy to try out. Default: none.
    pub fn content_security_policy_report_only(
        mut self,
        policy: impl Into<Option<String>>,
    ) -> Self {
        self.report_only = policy.into();
        self
    }

    /// Whether these fields take the place of those that the handler has set. Default: no, who knows the content knows
    /// better.
    pub fn override_handler(mut self, overrides: bool) -> Self {
        self.overrides = overrides;
        self
    }

    /// The middleware.
    ///
    /// # Errors
    /// When no field is left, when `preload` asks for more than the rest of HSTS gives, and when a policy isn't one.
    pub fn build(self) -> Result<SecurityHeaders, ConfigError> {
        let mut fields: Vec<(&'static str, String)> = Vec::new();
        if let Some(policy) = &self.content_security_policy {
            fields.push(("content-security-policy", csp("content_security_policy", policy)?));
        }
        if let Some(policy) = &self.report_only {
            let option = "content_security_policy_report_only";
            fields.push(("content-security-policy-report-only", csp(option, policy)?));
        }
        if let Some(policy) = &self.permissions_policy {
            fields.push(("permissions-policy", permissions(policy)?));
        }
        let words = [
            ("x-content-type-options", self.no_sniff.then_some("nosniff")),
            ("x-frame-options", self.frame_options.map(FrameOptions::as_str)),
            ("referrer-policy", self.referrer_policy.map(ReferrerPolicy::as_str)),
            ("cross-origin-opener-policy", self.opener_policy.map(OpenerPolicy::as_str)),
            ("cross-origin-embedder-policy", self.embedder_policy.map(EmbedderPolicy::as_str)),
            ("cross-origin-resource-policy", self.resource_policy.map(ResourcePolicy::as_str)),
        ];
        for (name, value) in words {
            fields.extend(value.map(|value| (name, value.to_owned())));
        }
        let hsts = self.hsts.map(hsts).transpose()?;
        if fields.is_empty() && hsts.is_none() {
            let problem = "every field is switched off: leave this middleware out";
            return Err(ConfigError::new("security-headers", "build", problem));
        }
        let always = fields.iter().map(|field| line(field)).collect::<Result<_, _>>()?;
        fields.extend(hsts.clone().map(|value| ("strict-transport-security", value)));
        Ok(SecurityHeaders {
            name: self.name,
            names: fields.iter().map(|(name, _)| *name).collect(),
            plain: all(&fields[..fields.len() - usize::from(hsts.is_some())])?,
            secure: all(&fields)?,
            always,
            hsts: hsts.map(|value| line(&("strict-transport-security", value))).transpose()?,
            behind_tls: self.behind_tls,
            overrides: self.overrides,
        })
    }
}

fn line(field: &(&'static str, String)) -> Result<(&'static str, FieldLines), ConfigError> {
    Ok((field.0, all(std::slice::from_ref(field))?))
}

fn all(fields: &[(&'static str, String)]) -> Result<FieldLines, ConfigError> {
    let lines = FieldLines::new(fields.iter().map(|(name, value)| (*name, value)));
    lines.map_err(|error| ConfigError::new("security-headers", "build", error.to_string()))
}

fn hsts(hsts: Hsts) -> Result<String, ConfigError> {
    let seconds = hsts.max_age.as_secs();
    if hsts.preload && (seconds < PRELOAD_SECONDS || !hsts.include_subdomains) {
        let problem = format!(
            "preload is only accepted with include_subdomains and a max_age of {PRELOAD_SECONDS} s \
             or more: set both, or leave preload out"
        );
        return Err(ConfigError::new("security-headers", "hsts", problem));
    }
    let mut value = format!("max-age={seconds}");
    if hsts.include_subdomains {
        value.push_str("; includeSubDomains");
    }
    if hsts.preload {
        value.push_str("; preload");
    }
    Ok(value)
}

/// A policy of the content: directives, each a name and values (CSP 3 section 2.2).
fn csp(option: &'static str, policy: &str) -> Result<String, ConfigError> {
    let error = |problem: String| Err(ConfigError::new("security-headers", option, problem));
    let policy = policy.trim().trim_end_matches(';');
    if !policy.is_ascii() || !is_field_value(policy.as_bytes()) {
        return error("write one line of ASCII".to_owned());
    }
    for directive in policy.split([';', ',']) {
        let mut words = directive.split_ascii_whitespace();
        let Some(name) = words.next() else {
            return error("a directive is empty: write such as default-src 'self'".to_owned());
        };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return error(format!("{name:?} is no name of a directive, such as default-src"));
        }
        // The commonest mistake: a host of that name.
        let bare = ["self", "none", "unsafe-inline", "unsafe-eval", "strict-dynamic"];
        if let Some(word) = words.find(|word| bare.contains(word)) {
            return error(format!("{word} in {name} is a host: the keyword is '{word}'"));
        }
    }
    Ok(policy.to_owned())
}

/// A dictionary of features (RFC 9651 section 3.2), as far as their names.
fn permissions(policy: &str) -> Result<String, ConfigError> {
    let option = "permissions_policy";
    let policy = policy.trim();
    let is_line = policy.is_ascii() && is_field_value(policy.as_bytes());
    for feature in policy.split(',').map(str::trim) {
        let name = feature.split_once('=').map_or("", |(name, _)| name);
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !is_line || name.is_empty() || !name.bytes().all(is_name) {
            let problem = format!(
                "{feature:?} is no feature with its list: write such as camera=(), geolocation=(self)"
            );
            return Err(ConfigError::new("security-headers", option, problem));
        }
    }
    Ok(policy.to_owned())
}
