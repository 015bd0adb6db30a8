//! What a mount is made from: a URL prefix, a folder, and the rules its files are served by.
//! What becomes of it in service is told in `mount.rs`.

use std::path::PathBuf;

use catzilla_content_coding::{Coding, Codings, Level, worth};
use catzilla_file_watcher::Freshness;
use catzilla_middleware_engine::Chain;
use catzilla_path_security::Policy;

use crate::cache_control::CacheControl;
use crate::headers::{HeaderError, ResponseHeaders};
use crate::mime::MimeTypes;

/// What a mount is made from. Setters consume and return it; `Site` checks everything once.
/// Two are equal if everything that was set is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct MountConfig {
    pub(crate) prefix: String,
    pub(crate) dir: PathBuf,
    pub(crate) policy: Policy,
    pub(crate) index: Vec<String>,
    pub(crate) mime: MimeTypes,
    pub(crate) cache_control: CacheControl,
    pub(crate) headers: ResponseHeaders,
    pub(crate) etag: bool,
    pub(crate) last_modified: bool,
    pub(crate) ranges: bool,
    pub(crate) sendfile: bool,
    pub(crate) compress: Codings,
    pub(crate) compress_level: Level,
    pub(crate) compress_min_size: u64,
    pub(crate) precompressed: bool,
    pub(crate) validate_content: bool,
    pub(crate) freshness: Freshness,
    pub(crate) cache_status: bool,
    /// `None`: if it is at the root.
    pub(crate) fallthrough: Option<bool>,
    pub(crate) middleware: Option<Chain>,
}

impl MountConfig {
    /// Serves `dir` under the URL prefix `prefix`, which begins with a slash.
    pub fn new(prefix: impl Into<String>, dir: impl Into<PathBuf>) -> Self {
        Self {
            prefix: prefix.into(),
            dir: dir.into(),
            policy: Policy::default(),
            index: vec!["index.html".to_owned()],
            mime: MimeTypes::new(),
            cache_control: CacheControl::new(),
            headers: ResponseHeaders::default(),
            etag: true,
            last_modified: true,
            ranges: true,
            sendfile: true,
            compress: Codings::BUILT.without(Coding::Identity),
            compress_level: Level::DEFAULT,
            compress_min_size: worth::DEFAULT_MIN_SIZE,
            precompressed: true,
            validate_content: false,
            freshness: Freshness::default(),
            cache_status: false,
            fallthrough: None,
            middleware: None,
        }
    }

    /// Which files may be served. Default: `Policy::default()`.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// File names that answer for a folder in which they lie, tried in order. Default: `index.html`.
    pub fn index<I: IntoIterator<Item = S>, S: Into<String>>(mut self, names: I) -> Self {
        self.index = names.into_iter().map(Into::into).collect();
        self
    }

    /// Media types by extension. Default: the built-in table.
    pub fn mime_types(mut self, types: MimeTypes) -> Self {
        self.mime = types;
        self
    }

    /// Rules for `Cache-Control`. Default: fingerprinted names are immutable, others `no-cache`.
    pub fn cache_control(mut self, rules: CacheControl) -> Self {
        self.cache_control = rules;
        self
    }

    /// A response field for every answer of this mount, instead of the server's own: content, redirects, and refusals
    /// of what lies beneath its prefix. `Vary` is added to what an answer varies by.
    ///
    /// Answers that belong to no mount don't have it: what the gate refuses as no proper request, `OPTIONS *`, and the
    /// 500 after a panic.
    ///
    /// # Errors
    /// When name or value is not valid, or the field is one that the server itself decides.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HeaderError> {
        self.headers.add(name, value)?;
        Ok(self)
    }

    /// Whether answers carry `ETag`. Default: yes.
    pub fn etag(mut self, on: bool) -> Self {
        self.etag = on;
        self
    }

    /// Whether answers carry `Last-Modified`. Default: yes.
    pub fn last_modified(mut self, on: bool) -> Self {
        self.last_modified = on;
        self
    }

    /// Whether `Range` is honoured. Default: yes.
    pub fn ranges(mut self, on: bool) -> Self {
        self.ranges = on;
        self
    }

    /// In which codings text travels to those who accept them. What is compressed is held, so without a cache nothing
    /// is. Default: brotli, zstd and gzip.
    pub fn compress(mut self, codings: Codings) -> Self {
        self.compress = codings.intersection(Codings::BUILT).without(Coding::Identity);
        self
    }

    /// How hard to compress while a client waits. Default: 6 of 1 to 9.
    pub fn compress_level(mut self, level: Level) -> Self {
        self.compress_level = level;
        self
    }

    /// Content of fewer bytes is not compressed. Default: 1,024.
    pub fn compress_min_size(mut self, bytes: u64) -> Self {
        self.compress_min_size = bytes;
        self
    }

    /// Whether files that lie beside others, compressed, are sent in their place: `app.js.br` (and `.zst`, `.gz`) for
    /// `app.js`, whatever its type, if it is no older, smaller, and decodes to the same. The rules of
    /// the [policy](Self::policy) about extensions and patterns are those for `app.js`. Needs the cache, and isn't for
    /// files beyond its [limit](crate::CacheConfig::max_file). Default: yes.
    pub fn precompressed(mut self, on: bool) -> Self {
        self.precompressed = on;
        self
    }

    /// Whether files are refused (403) and logged whose first bytes contradict the extension of an image, font, archive
    /// or text, by the rules of [`contradiction`](catzilla_path_security::contradiction). They are looked at once per
    /// load, so it needs the cache: without one, building the server fails. Default: no.
    pub fn validate_content(mut self, on: bool) -> Self {
        self.validate_content = on;
        self
    }

    /// By what it is found out that a file has changed which the cache holds. Default: `immediate`.
    pub fn freshness(mut self, freshness: Freshness) -> Self {
        self.freshness = freshness;
        self
    }

    /// Whether answers say how the cache was used, in `Cache-Status` (RFC 9211). Default: no.
    pub fn cache_status(mut self, on: bool) -> Self {
        self.cache_status = on;
        self
    }

    /// Whether a GET or HEAD of what isn't there goes on to the application
    /// ([`route`](crate::ServerBuilder::route), [`fallback`](crate::ServerBuilder::fallback)) instead of being answered
    /// 404. What is there is answered by the mount, whatever routes there are; a redirect from the name of a folder to
    /// the same with a slash is no such answer, so that a route of that name (not the fallback) goes before. Without an application, saying yes is an
    /// error of the build. Default: yes for a mount at `/` beside an application, else no.
    pub fn fallthrough(mut self, on: bool) -> Self {
        self.fallthrough = Some(on);
        self
    }

    /// Who has a say in all requests of this mount, after [those of the server](crate::ServerBuilder::middleware) and before
    /// that of a route which they fall through to. Refusals, redirects and error pages go through it as files do.
    /// Default: nobody.
    pub fn middleware(mut self, chain: Chain) -> Self {
        self.middleware = Some(chain);
        self
    }

    /// Whether large files travel by sendfile where the platform and the file system have it. Default: yes.
    pub fn sendfile(mut self, on: bool) -> Self {
        self.sendfile = on;
        self
    }
}
