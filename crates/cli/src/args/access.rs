//! Who may ask, and how often: the flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::units;

/// Flags of the middlewares that stand before every request.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Access")]
pub(crate) struct Access {
    /// Let pages of this origin read answers (CORS), as in `https://example.com`, or * for all; repeatable
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) cors: Vec<String>,

    /// Ask for a name and a password; `catzilla hash-password USER` prints what to write; repeatable
    #[arg(long, value_name = "USER:HASH", conflicts_with = "auth_file")]
    pub(crate) auth: Vec<String>,

    /// Ask for a name and a password of this file, as `htpasswd -B` writes it. SIGHUP or a change of the file exchanges
    /// them
    #[arg(long, value_name = "FILE")]
    pub(crate) auth_file: Option<PathBuf>,

    /// Answer so many requests of a client per second (s), minute (m) or hour (h), as in 100/s, and 429 beyond
    #[arg(long, value_name = "RATE", value_parser = units::rate)]
    pub(crate) rate_limit: Option<(u32, Duration)>,

    /// Believe proxies of these networks, as in 10.0.0.0/8, when they say in X-Forwarded-For who the client is
    #[arg(long, value_name = "CIDR", value_delimiter = ',', requires = "rate_limit")]
    pub(crate) trusted_proxies: Vec<String>,
}
