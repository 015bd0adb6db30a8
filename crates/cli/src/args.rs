//! The flags, and what clap makes of them. What they mean together is settled in `serve.rs`.

mod access;

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use catzilla_server::{Coding, Invalidation, Level, Symlinks};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::access::Access;

use crate::units;

/// Serve a folder over HTTP: fast, safe by default, by the RFCs.
#[derive(Debug, Parser)]
#[command(name = "catzilla", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve folders; `catzilla DIR` is short for `catzilla serve DIR`
    Serve(Box<Serve>),
    /// Read a password and print what --auth takes in its place
    HashPassword {
        /// The name that goes before it
        user: Option<String>,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Serve {
    /// The folder to serve at / [default: . when there is no --mount]
    pub(crate) dir: Option<PathBuf>,

    /// Serve DIR under the URL prefix /PREFIX; repeatable
    #[arg(long, value_name = "/PREFIX=DIR", value_parser = mount)]
    pub(crate) mount: Vec<(String, PathBuf)>,

    /// The address to listen on; repeatable. 0.0.0.0 serves the network, :: IPv6 too
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: Vec<IpAddr>,

    /// The port; 0 takes a free one [default: 8080, or the next that is free]
    #[arg(short, long)]
    pub(crate) port: Option<u16>,

    /// Share the port with other servers that say the same
    #[arg(long)]
    pub(crate) reuse_port: bool,

    /// Speak HTTP/2 without TLS to clients that begin with it
    #[arg(
        long,
        value_name = "BOOL",
        default_value_t = true,
        action = ArgAction::Set
    )]
    pub(crate) http2_prior_knowledge: bool,

    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,

    /// Threads per worker that may wait for disks
    #[arg(long, value_name = "N", default_value = "16")]
    pub(crate) blocking_threads: NonZeroUsize,

    /// File names that answer for a folder, tried in order; an empty list has none
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "index.html")]
    pub(crate) index: Vec<String>,

    /// Serve hidden files, too: names that begin with a dot
    #[arg(long)]
    pub(crate) hidden: bool,

    /// Serve names with a meaning on Windows, too: devices (aux.html), colons, dots and spaces at the end
    #[arg(long)]
    pub(crate) windows_names: bool,

    /// Which symbolic links are followed
    #[arg(long, value_enum, default_value_t = SymlinkRule::Never)]
    pub(crate) symlinks: SymlinkRule,

    /// Refuse larger files with 413
    #[arg(long, value_name = "SIZE", default_value = "100MiB", value_parser = units::size)]
    pub(crate) max_file_size: u64,

    /// Serve only files with these extensions
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) allow_ext: Vec<String>,

    /// Refuse files with these extensions
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) block_ext: Vec<String>,

    /// Refuse paths that match this glob; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) block_pattern: Vec<String>,

    /// Refuse files whose first bytes contradict the extension of an image, font, archive or text (403, logged)
    #[arg(long)]
    pub(crate) validate_content: bool,

    /// Add a field to every response to a path, errors too (not to malformed requests); repeatable
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,

    /// Send no ETag
    #[arg(long)]
    pub(crate) no_etag: bool,

    /// Send no Last-Modified
    #[arg(long)]
    pub(crate) no_last_modified: bool,

    /// Ignore Range
    #[arg(long)]
    pub(crate) no_ranges: bool,

    /// Send files through memory instead of by sendfile: what is written in place can then not change what is on its way
    #[arg(long)]
    pub(crate) no_sendfile: bool,

    /// Memory for what is hot, compressed variants included; 0 is the same as --no-cache
    #[arg(long, value_name = "SIZE", default_value = "100MiB", value_parser = units::size)]
    pub(crate) cache_size: u64,

    /// How long the cache believes what it holds, at the most
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = units::duration)]
    pub(crate) cache_ttl: Duration,

    /// Larger files are held open instead of in memory
    #[arg(long, value_name = "SIZE", default_value = "10MiB", value_parser = units::size)]
    pub(crate) cache_max_file: u64,

    /// Hold nothing: each request goes to its file, and nothing is compressed
    #[arg(
        long,
        conflicts_with_all = [
            "cache_size", "cache_ttl", "cache_max_file", "invalidation", "cache_status", "preload", "compress",
            "compress_level", "compress_min_size", "precompressed", "validate_content",
        ]
    )]
    pub(crate) no_cache: bool,

    /// How changes of held files are noticed: by events, by looking when asked, or not before --cache-ttl
    #[arg(long, value_name = "HOW", default_value = "immediate", value_parser = invalidation)]
    pub(crate) invalidation: Invalidation,

    /// Say in Cache-Status how the cache was used for a response
    #[arg(long)]
    pub(crate) cache_status: bool,

    /// Load files whose path matches this glob at the start; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) preload: Vec<String>,

    /// Compress text in these codings, for clients that accept them
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "br,zstd,gzip",
        value_parser = coding
    )]
    pub(crate) compress: Vec<Coding>,

    /// Compress nothing
    #[arg(long, conflicts_with_all = ["compress", "compress_level", "compress_min_size"])]
    pub(crate) no_compress: bool,

    /// How hard to compress while a client waits, 1 to 9
    #[arg(long, value_name = "LEVEL", default_value = "6", value_parser = level)]
    pub(crate) compress_level: Level,

    /// Leave smaller files as they are
    #[arg(long, value_name = "SIZE", default_value = "1024", value_parser = units::size)]
    pub(crate) compress_min_size: u64,

    /// Send FILE.br, FILE.zst or FILE.gz in place of FILE, if they decode to it
    #[arg(long, value_name = "BOOL", default_value = "true", action = ArgAction::Set)]
    pub(crate) precompressed: bool,

    /// Speak TLS (HTTPS): the server's own certificate, then those above it, in PEM form. SIGHUP or a change of the files
    /// exchanges it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The private key of --tls-cert, in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,

    /// How long requests under way may take after SIGTERM or SIGINT
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = units::duration)]
    pub(crate) grace_period: Duration,

    /// Print nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    // Last, as its heading stands over all that follows.
    #[command(flatten)]
    pub(crate) access: Access,
}

/// `--symlinks`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SymlinkRule {
    /// A link answers like a missing file
    Never,
    /// Relative links that stay inside the folder
    Within,
    /// All links, wherever they lead: containment is given up
    Follow,
}

impl From<SymlinkRule> for Symlinks {
    fn from(rule: SymlinkRule) -> Self {
        match rule {
            SymlinkRule::Never => Self::Never,
            SymlinkRule::Within => Self::Within,
            SymlinkRule::Follow => Self::Follow,
        }
    }
}

/// Parses the command line, or prints help or what is wrong with it and ends the process, as clap does.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Command {
    Cli::parse_from(with_command(args)).command
}

/// Puts `serve` before a folder or a flag that stands where a command would.
fn with_command(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    const COMMANDS: [&str; 7] =
        ["serve", "hash-password", "help", "-h", "--help", "-V", "--version"];
    let mut args: Vec<OsString> = args.into_iter().collect();
    if args.get(1).is_some_and(|first| !COMMANDS.iter().any(|command| first == command)) {
        args.insert(1, "serve".into());
    }
    args
}

fn mount(text: &str) -> Result<(String, PathBuf), String> {
    let (prefix, dir) = text.split_once('=').ok_or("write it as /prefix=folder")?;
    if dir.is_empty() {
        return Err("the folder is missing: write it as /prefix=folder".to_owned());
    }
    Ok((prefix.to_owned(), PathBuf::from(dir)))
}

fn invalidation(text: &str) -> Result<Invalidation, String> {
    text.parse().map_err(|err: catzilla_server::UnknownInvalidation| err.to_string())
}

fn coding(text: &str) -> Result<Coding, String> {
    match Coding::from_token(text.trim().as_bytes()) {
        Some(coding) if coding != Coding::Identity => Ok(coding),
        _ => Err("use br, zstd or gzip".to_owned()),
    }
}

fn level(text: &str) -> Result<Level, String> {
    text.parse().ok().and_then(Level::new).ok_or_else(|| "use a number from 1 to 9".to_owned())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it as 'Name: value'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn serve(args: &[&str]) -> Result<Box<Serve>, clap::Error> {
        let args = std::iter::once("catzilla").chain(args.iter().copied()).map(OsString::from);
        Cli::try_parse_from(with_command(args)).map(|cli| {
            let Command::Serve(serve) = cli.command else { panic!("another command") };
            serve
        })
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_folder_alone_is_served() {
        assert_eq!(serve(&["site"]).unwrap().dir, Some("site".into()));
        assert_eq!(serve(&["serve", "site"]).unwrap().dir, Some("site".into()));
        assert_eq!(serve(&["-p", "0", "site"]).unwrap().port, Some(0));
        assert_eq!(serve(&["serve"]).unwrap().dir, None);
        assert_eq!(serve(&["./serve"]).unwrap().dir, Some("./serve".into()));
    }

    #[track_caller]
    fn refused(args: &[&str], says: &str) {
        let err = serve(args).unwrap_err().to_string();
        assert!(err.contains(says), "{args:?}: {err}");
    }

    #[test]
    fn a_certificate_and_its_key_belong_together() {
        let serve = serve(&["--tls-cert", "a", "--tls-key", "b"]).unwrap();
        assert_eq!((serve.tls_cert, serve.tls_key), (Some("a".into()), Some("b".into())));
        refused(&["--tls-cert", "a"], "--tls-key <FILE>");
        refused(&["--tls-key", "b"], "--tls-cert <FILE>");
    }

    #[test]
    fn wrong_values_say_how_to_mend_them() {
        refused(&["--mount", "static"], "/prefix=folder");
        refused(&["--mount", "/static="], "the folder is missing");
        refused(&["--header", "nonsense"], "'Name: value'");
        refused(&["--max-file-size", "10 elephants"], "100MiB");
        refused(&["--grace-period", "soon"], "10s");
        refused(&["--symlinks", "maybe"], "never, within, follow");
        refused(&["--threads", "0"], "--threads");
        refused(&["--port", "65536"], "--port");
        refused(&["--host", "localhost"], "--host");
        refused(&["--cache-size", "much"], "100MiB");
        refused(&["--invalidation", "eager"], "immediate, lazy or ttl");
        refused(&["--compress", "deflate"], "br, zstd or gzip");
        refused(&["--compress", "identity"], "br, zstd or gzip");
        refused(&["--compress-level", "10"], "1 to 9");
        refused(&["--precompressed", "maybe"], "true, false");
        refused(&["--no-cache", "--preload", "*"], "cannot be used with");
        refused(&["--no-cache", "--compress", "gzip"], "cannot be used with");
        refused(&["--no-cache", "--validate-content"], "cannot be used with");
        refused(&["--no-compress", "--compress", "gzip"], "cannot be used with");
        refused(&["--rate-limit", "100"], "100/s");
        refused(&["--rate-limit", "0/s"], "100/s");
        refused(&["--rate-limit", "5/week"], "100/s");
        refused(&["--trusted-proxies", "10.0.0.0/8"], "--rate-limit");
        refused(&["--auth", "a:b", "--auth-file", "c"], "cannot be used with");
    }

    #[test]
    fn flags_of_later_days_are_absent() {
        for flag in ["--browse", "--config", "--admin"] {
            refused(&["site", flag], "unexpected argument");
        }
    }

    #[test]
    fn content_is_validated_on_request() {
        assert!(serve(&["--validate-content", "."]).unwrap().validate_content);
        assert!(!serve(&["."]).unwrap().validate_content);
    }

    #[test]
    fn lists_are_split_at_commas() {
        let serve =
            serve(&["--index", "index.html,index.htm", "--block-ext", "php,exe", "."]).unwrap();
        assert_eq!(serve.index, ["index.html", "index.htm"]);
        assert_eq!(serve.block_ext, ["php", "exe"]);
    }
}
