//! From what a request came to, to its response: the only place where statuses are chosen.
//! How a response travels is the engine's business (`http1`).

mod fields;

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use catzilla_content_coding::Coding;
use catzilla_hot_cache::Held;
use catzilla_http_conditional::{ByteRange, ByteRanges, ContentRange, Validators};
use catzilla_middleware_engine::{Content, Overlay, Response};
use catzilla_path_security::{Refusal, RefusalClass, RequestPath};

use crate::asset::Asset;
use crate::error_page::{ErrorPage, Form};
use crate::exchange::Env;
use crate::held::HeldBlock;
use crate::http1::{self, Known, Method, Request};
use crate::mount::Mount;
use crate::multipart;
use crate::outcome::Failure;
use crate::plan::{Block, Body, Piece, ResponsePlan};
use crate::status::Status;
use fields::Fields;

/// What static content answers to, as `Allow` has it (RFC 9110 section 10.2.1).
pub(crate) const STATIC: &str = "GET, HEAD, OPTIONS";

/// A file as a response describes it.
#[derive(Debug, Clone)]
pub(crate) struct Representation {
    pub(crate) mount: Arc<Mount>,
    /// The path beneath the mount: what rules by name look at.
    pub(crate) path: Arc<str>,
    pub(crate) validators: Validators,
    /// Bytes of all of it.
    pub(crate) complete_length: u64,
    pub(crate) coding: Coding,
    /// Whether another request could get it in another coding.
    pub(crate) is_negotiated: bool,
}

/// 200 of what the cache holds: its field lines are rendered already.
pub(crate) fn held(asset: &Held<Asset>, variant: usize, body: Body) -> ResponsePlan {
    let length = asset.variants()[variant].representation.complete_length;
    ResponsePlan {
        status: Status::OK,
        block: Block::Held(HeldBlock::new(asset, variant)),
        overlay: Overlay::default(),
        length: Some(length),
        body,
        close: false,
    }
}

/// The field lines of a 200.
pub(crate) fn block(representation: &Representation) -> Vec<u8> {
    let mut fields = Fields::new(Vec::new());
    fields.whole(representation);
    fields.lines
}

/// 200 or 206: the content, or one part of it. With `Body::None` it answers HEAD.
pub(crate) fn content(
    representation: &Representation,
    range: ByteRange,
    whole: bool,
    body: Body,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    if !whole {
        fields.content_range(ContentRange::part(range, representation.complete_length));
    }
    fields.whole(representation);
    let status = if whole { Status::OK } else { Status::PARTIAL_CONTENT };
    plan(status, fields, Some(range.len()), body)
}

/// 206: several parts as `multipart/byteranges` (RFC 9110 section 14.6).
///
/// `slice` says where the bytes of a part come from.
pub(crate) fn ranges(
    representation: &Representation,
    ranges: &ByteRanges,
    slice: impl FnMut(ByteRange) -> Piece,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let content_type = content_type(representation);
    let len = representation.complete_length;
    let assembled = multipart::assemble(ranges, &content_type, len, slice);
    let mut fields = Fields::new(scratch);
    fields.line("content-type", &assembled.content_type);
    fields.coding(representation);
    fields.validators(representation);
    fields.rules(representation);
    fields.line("accept-ranges", "bytes");
    fields.mount(Some(&representation.mount));
    plan(Status::PARTIAL_CONTENT, fields, Some(assembled.len), Body::Parts(assembled.pieces))
}

/// 304: what the client holds is good.
pub(crate) fn not_modified(representation: &Representation, scratch: Vec<u8>) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    fields.vary(representation);
    fields.validators(representation);
    fields.rules(representation);
    fields.mount(Some(&representation.mount));
    plan(Status::NOT_MODIFIED, fields, None, Body::None)
}

/// 412: the client's idea of the file is out of date.
pub(crate) fn precondition_failed(
    request: Request<'_>,
    representation: &Representation,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    fields.validators(representation);
    error(Status::PRECONDITION_FAILED, fields, Some(request), Some(&representation.mount))
}

/// 416: the file has no such part.
pub(crate) fn range_not_satisfiable(
    request: Request<'_>,
    representation: &Representation,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    fields.content_range(ContentRange::unsatisfied(representation.complete_length));
    fields.validators(representation);
    error(Status::RANGE_NOT_SATISFIABLE, fields, Some(request), Some(&representation.mount))
}

/// 204: what may be asked.
pub(crate) fn options(allow: &str, mount: Option<&Mount>, scratch: Vec<u8>) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    fields.line("allow", allow);
    fields.mount(mount);
    plan(Status::NO_CONTENT, fields, None, Body::None)
}

/// 301: the same folder, with the slash that its relative links need. The target is made from the judged
/// path, never from `Host` or the raw request, so it can't lead to another host.
pub(crate) fn redirect(
    folder: &RequestPath<'_>,
    query: Option<&[u8]>,
    mount: &Mount,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    fields.lines.extend_from_slice(b"location: ");
    let _ = write!(fields.lines, "{folder}/");
    if let Some(query) = query {
        fields.lines.push(b'?');
        for &byte in query {
            if byte.is_ascii_graphic() {
                fields.lines.push(byte);
            } else {
                let _ = write!(fields.lines, "%{byte:02X}");
            }
        }
    }
    fields.lines.extend_from_slice(b"\r\n");
    fields.mount(Some(mount));
    plan(Status::MOVED_PERMANENTLY, fields, Some(0), Body::None)
}

/// 405: something else may be asked.
pub(crate) fn not_allowed(
    allow: &str,
    request: Request<'_>,
    mount: Option<&Mount>,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let mut fields = Fields::new(scratch);
    fields.line("allow", allow);
    error(Status::METHOD_NOT_ALLOWED, fields, Some(request), mount)
}

/// What a middleware answers. The status is its own.
pub(crate) fn by_middleware(
    response: Response,
    request: Request<'_>,
    env: &mut Env<'_>,
) -> ResponsePlan {
    let mount = env.site.mount_of(request).map(|mount| &**mount);
    let status = Status::new(response.status()).unwrap_or(Status::INTERNAL_SERVER_ERROR);
    let mut fields = Fields::new(env.buffers.take());
    match response.into_content() {
        Content::Bytes { content_type, bytes } => {
            fields.line("content-type", content_type);
            fields.mount(mount);
            let length = Some(bytes.len() as u64);
            let is_head = request.method() == Method::Head;
            plan(status, fields, length, if is_head { Body::None } else { Body::Memory(bytes) })
        }
        _ if status.code() >= 400 => error(status, fields, Some(request), mount),
        _ => {
            fields.mount(mount);
            plan(status, fields, (!status.is_bodiless()).then_some(0), Body::None)
        }
    }
}

/// Whether it answers like a missing file.
pub(crate) fn is_missing(failure: Failure) -> bool {
    failure_status(failure) == Status::NOT_FOUND
}

/// Everything that gets no content.
pub(crate) fn failure(
    failure: Failure,
    request: Option<Request<'_>>,
    mount: Option<&Mount>,
    scratch: Vec<u8>,
) -> ResponsePlan {
    let status = failure_status(failure);
    let mut fields = Fields::new(scratch);
    match failure {
        Failure::Gate(http1::Refusal::Tls) => return advice(status, fields, SPEAKS_PLAIN),
        Failure::Gate(http1::Refusal::NoTls) => return advice(status, fields, SPEAKS_TLS),
        Failure::Changing | Failure::Overloaded => fields.line("retry-after", "1"),
        _ => {}
    }
    let mut plan = error(status, fields, request, mount);
    // The engine closes after a refusal by itself; here it is said that nothing else may follow.
    plan.close |= matches!(failure, Failure::Gate(_) | Failure::HeadTooSlow);
    plan
}

fn failure_status(failure: Failure) -> Status {
    match failure {
        Failure::Gate(refusal) => gate_status(refusal),
        Failure::HeadTooSlow => Status::REQUEST_TIMEOUT,
        Failure::Path(refusal) => path_status(refusal),
        Failure::NotFound => Status::NOT_FOUND,
        Failure::Content | Failure::PermissionDenied => Status::FORBIDDEN,
        Failure::Changing | Failure::Overloaded => Status::SERVICE_UNAVAILABLE,
        Failure::Io | Failure::Panicked | Failure::Application => Status::INTERNAL_SERVER_ERROR,
        Failure::ApplicationTooSlow => Status::GATEWAY_TIMEOUT,
    }
}

/// What a refused path or a refused file answers. What must not be known of answers as if it weren't there.
pub(crate) fn path_status(refusal: Refusal) -> Status {
    match (refusal, refusal.class()) {
        (Refusal::TooLong, _) => Status::URI_TOO_LONG,
        (_, RefusalClass::Malformed) => Status::BAD_REQUEST,
        (_, RefusalClass::Absent) => Status::NOT_FOUND,
        (_, RefusalClass::Blocked) => Status::FORBIDDEN,
        (_, RefusalClass::TooLarge) => Status::CONTENT_TOO_LARGE,
    }
}

impl http1::Refusal {
    /// The status that a server answers it with.
    pub fn status(self) -> Status {
        gate_status(self)
    }
}

fn gate_status(refusal: http1::Refusal) -> Status {
    use http1::Refusal as Gate;

    match refusal {
        Gate::TargetTooLong => Status::URI_TOO_LONG,
        Gate::HeadTooLarge | Gate::TooManyFields => Status::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Gate::UnsupportedTransferCoding => Status::NOT_IMPLEMENTED,
        Gate::UnsupportedVersion => Status::HTTP_VERSION_NOT_SUPPORTED,
        Gate::Expectation => Status::EXPECTATION_FAILED,
        Gate::BodyTooLarge => Status::CONTENT_TOO_LARGE,
        Gate::NotHttp
        | Gate::Tls
        | Gate::NoTls
        | Gate::RequestLine
        | Gate::Target
        | Gate::Version
        | Gate::BareLineFeed
        | Gate::ObsoleteFolding
        | Gate::Field
        | Gate::HostCount
        | Gate::Host
        | Gate::ContentLength
        | Gate::Framing
        | Gate::TransferCoding
        | Gate::Chunk
        | Gate::Trailer => Status::BAD_REQUEST,
    }
}

fn plan(status: Status, fields: Fields, length: Option<u64>, body: Body) -> ResponsePlan {
    ResponsePlan {
        status,
        block: Block::Scratch(fields.lines),
        overlay: Overlay::default(),
        length,
        body,
        close: false,
    }
}

/// For who uses the wrong scheme: no page, because what shows it is a command or a log.
const SPEAKS_PLAIN: &str =
    "This port speaks plain HTTP, and TLS was begun on it: write http:// in place of https://.\n";
const SPEAKS_TLS: &str = "This port speaks HTTPS, and a plain HTTP request was sent to it: write https:// in place of http://.\n";

/// An error that says in plain text what to do, on a connection that ends.
fn advice(status: Status, mut fields: Fields, text: &'static str) -> ResponsePlan {
    fields.line("content-type", "text/plain; charset=utf-8");
    fields.line("cache-control", "no-store");
    fields.mount(None);
    let body = Body::Memory(Bytes::from_static(text.as_bytes()));
    let mut plan = plan(status, fields, Some(text.len() as u64), body);
    plan.close = true;
    plan
}

/// A response with an error page, in the form the client asked for.
fn error(
    status: Status,
    mut fields: Fields,
    request: Option<Request<'_>>,
    mount: Option<&Mount>,
) -> ResponsePlan {
    let form = match request {
        Some(request) => {
            fields.varies_by = b"accept";
            Form::preferred(request.field(Known::Accept))
        }
        // Nobody could be asked.
        None => Form::Html,
    };
    let page = ErrorPage::new(status, form);
    fields.line("content-type", page.content_type);
    // Neither form is worth keeping.
    if !mount.is_some_and(|mount| mount.config.headers.has("cache-control")) {
        fields.line("cache-control", "no-store");
    }
    fields.mount(mount);
    let body = match request {
        Some(request) if request.method() == Method::Head => Body::None,
        _ => Body::Buffer(page.body.clone().into_bytes()),
    };
    plan(status, fields, Some(page.body.len() as u64), body)
}

pub(crate) fn content_type(representation: &Representation) -> std::borrow::Cow<'_, str> {
    let path = representation.path.as_bytes();
    let name = memchr::memrchr(b'/', path).map_or(path, |slash| &path[slash + 1..]);
    representation.mount.config.mime.content_type(name)
}
