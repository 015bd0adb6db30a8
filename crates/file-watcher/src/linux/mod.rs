//! Linux: inotify through rustix, so that the mask of events is ours (see `docs/decisions/0005-inotify-with-our-own-mask.md`).

mod event_loop;
mod inotify;

pub(crate) use event_loop::Loop;
