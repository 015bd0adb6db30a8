//! When a request came to the first built-in that measures.

use std::time::Duration;

use crate::arena::ArenaFull;
use crate::context::Context;

/// In the arena of a request; on the clock that never goes back.
struct Began(Duration);

/// Remembers the time, unless somebody did before.
pub(super) fn begin(cx: &Context<'_>) -> Result<(), ArenaFull> {
    if cx.arena.get::<Began>().is_none() {
        cx.arena.insert(Began(cx.moment.monotonic))?;
    }
    Ok(())
}

/// How long ago that was; `None` where the request was answered before.
pub(super) fn took(cx: &Context<'_>) -> Option<Duration> {
    let began = cx.arena.get::<Began>()?;
    Some(cx.moment.monotonic.saturating_sub(began.0))
}
