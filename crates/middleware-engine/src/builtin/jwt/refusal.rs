//! Why a request is refused, and how it is told: the statuses and challenges of RFC 6750 section 3.

use std::fmt::Write as _;

use crate::context::Context;
use crate::flow::{Flow, Result};
use crate::response::Response;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    NoToken,
    Repeated,
    Scope,
    TooManyJobs,
    Malformed,
    Header,
    Algorithm,
    UnknownKey,
    Signature,
    Claims,
    Type,
    NoExpiry,
    Expired,
    NotYet,
    Audience,
    Issuer,
    MissingClaim,
}

impl Refusal {
    fn status(self) -> u16 {
        match self {
            Self::Repeated => 400,
            Self::Scope => 403,
            Self::TooManyJobs => 503,
            _ => 401,
        }
    }

    /// `error` and `error_description`. Who has sent no token is told no error.
    fn error(self) -> Option<(&'static str, &'static str)> {
        let description = match self {
            Self::NoToken | Self::TooManyJobs => return None,
            Self::Repeated => {
                return Some(("invalid_request", "more than one Authorization field"));
            }
            Self::Scope => {
                return Some(("insufficient_scope", "the token does not grant what it takes"));
            }
            Self::Malformed => "the token is malformed",
            Self::Header => "the header of the token is not understood",
            Self::Algorithm => "the algorithm of the token is not accepted",
            Self::UnknownKey => "the key of the token is not known",
            Self::Signature => "the signature of the token is wrong",
            Self::Claims => "the claims of the token are malformed",
            Self::Type => "the token is of another type",
            Self::NoExpiry => "the token never expires",
            Self::Expired => "the token has expired",
            Self::NotYet => "the token is not valid yet",
            Self::Audience => "the token is for another audience",
            Self::Issuer => "the token is of another issuer",
            Self::MissingClaim => "the token lacks a claim",
        };
        Some(("invalid_token", description))
    }

    /// Answers with it. `realm` and `scope` need no escape.
    pub(super) fn answer(self, cx: &mut Context<'_>, realm: &str, scope: &str) -> Result<Flow> {
        if self == Self::TooManyJobs {
            cx.response.replace("retry-after", "1")?;
            return Ok(Flow::Stop(Response::new(self.status())));
        }
        let mut challenge = format!("Bearer realm=\"{realm}\"");
        if let Some((error, description)) = self.error() {
            write!(challenge, ", error=\"{error}\", error_description=\"{description}\"")?;
        }
        if self == Self::Scope {
            write!(challenge, ", scope=\"{scope}\"")?;
        }
        cx.response.append("www-authenticate", challenge)?;
        Ok(Flow::Stop(Response::new(self.status())))
    }
}
