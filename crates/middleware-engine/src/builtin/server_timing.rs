//! How long the server took, for the tools of a browser.

use std::borrow::Cow;
use std::io::Write as _;

use super::began;
use super::config_error::{ConfigError, is_token};
use crate::context::Context;
use crate::flow::{Done, Flow, Result};
use crate::middleware::Middleware;
use crate::overlay::is_field_value;
use crate::phase::Phases;

/// What stands around the time.
const MAX_LABEL: usize = 128;
/// A label, `;dur=` and a number.
const MAX_VALUE: usize = 192;

/// Writes [`Server-Timing`](https://www.w3.org/TR/server-timing/) with the time from the phase before the handler to the
/// phase after, in milliseconds to the microsecond: `Server-Timing: total;dur=1.234`.
///
/// Those of others stay beside it. Pages of other origins see it only where `Timing-Allow-Origin` says so, but anybody who
/// asks without a browser does: how long an answer took can tell what was found and what wasn't, so a site whose secrets
/// depend on that leaves this out. Where the request was answered before it came here, there is no field.
#[derive(Debug, Clone)]
pub struct ServerTiming {
    name: Cow<'static, str>,
    metric: Cow<'static, str>,
    description: Option<String>,
}

impl Default for ServerTiming {
    fn default() -> Self {
        Self { name: "server-timing".into(), metric: "total".into(), description: None }
    }
}

impl ServerTiming {
    /// With a metric that is named `total`.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name in the chain. Default: `server-timing`.
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How the time is named in the field. Default: `total`.
    ///
    /// # Errors
    /// When it is not 1 to 128 token characters.
    pub fn metric(mut self, metric: impl Into<Cow<'static, str>>) -> Result<Self, ConfigError> {
        self.metric = metric.into();
        if !is_token(self.metric.as_bytes()) || self.metric.len() > MAX_LABEL {
            let problem = format!(
                "{:?} is no name of a metric: write 1 to {MAX_LABEL} letters, digits and -._ only",
                self.metric
            );
            return Err(ConfigError::new("server-timing", "metric", problem));
        }
        self.check_length("metric")
    }

    /// What the tools of a browser show beside it. Default: nothing.
    ///
    /// # Errors
    /// When it is not ASCII without control characters, or longer than 128 bytes with the metric.
    pub fn description(mut self, description: &str) -> Result<Self, ConfigError> {
        if !description.is_ascii() || !is_field_value(description.as_bytes()) {
            let problem = "write ASCII without control characters and without spaces around it";
            return Err(ConfigError::new("server-timing", "description", problem));
        }
        self.description = Some(description.replace('\\', "\\\\").replace('"', "\\\""));
        self.check_length("description")
    }

    fn check_length(self, option: &'static str) -> Result<Self, ConfigError> {
        let len = self.metric.len() + self.description.as_ref().map_or(0, String::len);
        if len > MAX_LABEL {
            let problem =
                format!("metric and description have {len} bytes, and {MAX_LABEL} at most");
            return Err(ConfigError::new("server-timing", option, problem));
        }
        Ok(self)
    }
}

impl Middleware for ServerTiming {
    fn name(&self) -> &str {
        &self.name
    }

    fn priority(&self) -> i32 {
        0
    }

    fn is_last(&self) -> bool {
        true
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, cx: &mut Context<'_>) -> Result<Flow> {
        began::begin(cx)?;
        Ok(Flow::Next)
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        let Some(took) = began::took(cx) else { return Ok(Done::Next) };
        let mut value = [0; MAX_VALUE];
        let mut rest = &mut value[..];
        rest.write_all(self.metric.as_bytes())?;
        if let Some(description) = &self.description {
            write!(rest, ";desc=\"{description}\"")?;
        }
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let micros = took.subsec_micros() % 1000;
        let digit = |of: u32| b'0' + (micros / of % 10) as u8;
        write!(rest, ";dur={millis}.")?;
        rest.write_all(&[digit(100), digit(10), digit(1)])?;
        let len = MAX_VALUE - rest.len();
        cx.response.append("server-timing", &value[..len])?;
        Ok(Done::Next)
    }
}
