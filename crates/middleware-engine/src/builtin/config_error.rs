//! Why a built-in can't be made as it was asked for.

use std::fmt;

use crate::overlay::is_token_byte;

/// An option of a built-in has a value that it can't have. The text names both and says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    built_in: &'static str,
    option: &'static str,
    problem: String,
}

impl ConfigError {
    pub(crate) fn new(
        built_in: &'static str,
        option: &'static str,
        problem: impl Into<String>,
    ) -> Self {
        Self { built_in, option, problem: problem.into() }
    }

    /// The option, as its setter is named, or the argument of the function that began.
    pub fn option(&self) -> &'static str {
        self.option
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.built_in, self.option, self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// RFC 9110 section 5.6.2.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}
