//! What the conditions and the range of a request make of a representation. The rules are those of
//! `catzilla-http-conditional`; here they meet a request and a mount.

use catzilla_http_conditional::{self as conditional, ByteRange, ByteRanges, Outcome, RangeLimits};

use crate::conditions::Conditions;
use crate::exchange::Env;
use crate::http1::{Known, Method, Request};
use crate::multipart;
use crate::plan::ResponsePlan;
use crate::respond::{self, Representation};

/// What a request gets of a representation.
pub(crate) enum Decision {
    /// All of it.
    Whole,
    /// One part.
    Part(ByteRange),
    /// Several.
    Parts(ByteRanges),
    /// Nothing of it, but this answer.
    Answer(ResponsePlan),
}

pub(crate) fn decide(
    request: Request<'_>,
    env: &mut Env<'_>,
    representation: &Representation,
) -> Decision {
    let method = match request.method() {
        Method::Get => conditional::Method::Get,
        _ => conditional::Method::Head,
    };
    let limits = (representation.mount.config.ranges && request.has(Known::Range))
        .then(|| range_limits(representation));
    let outcome = conditional::decide(
        method,
        &Conditions(request),
        &representation.validators,
        representation.complete_length,
        env.now,
        limits.as_ref(),
    );
    match outcome {
        Outcome::Full => Decision::Whole,
        Outcome::Range(range) => Decision::Part(range),
        Outcome::Ranges(ranges) => Decision::Parts(ranges),
        Outcome::NotModified => {
            Decision::Answer(respond::not_modified(representation, env.buffers.take()))
        }
        Outcome::PreconditionFailed => Decision::Answer(respond::precondition_failed(
            request,
            representation,
            env.buffers.take(),
        )),
        Outcome::RangeNotSatisfiable => Decision::Answer(respond::range_not_satisfiable(
            request,
            representation,
            env.buffers.take(),
        )),
    }
}

/// What parts of this representation may cost.
fn range_limits(representation: &Representation) -> RangeLimits {
    let content_type = respond::content_type(representation);
    let part_overhead = multipart::part_overhead(&content_type, representation.complete_length);
    RangeLimits { part_overhead, ..RangeLimits::DEFAULT }
}
