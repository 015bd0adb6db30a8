//! A request that the cache answers: what it asks for is held, or loaded, or being loaded by another.
//! Which of its codings is sent is decided here; how assets are made, in `load.rs` and `improve.rs`.

use std::sync::Arc;

use catzilla_content_coding::{AcceptEncoding, Coding};
use catzilla_hot_cache::{Begin, Held, Load, Waited};
use catzilla_http_conditional::ByteRange;
use catzilla_path_security::{OpenError, RequestPath};

use crate::asset::{Asset, Claimed, Stored};
use crate::asset_key::{AssetKey, Key};
use crate::cache_status::{Came, Why};
use crate::decision::{Decision, decide};
use crate::direct::By;
use crate::exchange::{Env, Job, Next, Stage};
use crate::fs::Wait;
use crate::held::HeldSlice;
use crate::http1::{Known, Method, Request};
use crate::improve::{self, Quick};
use crate::look::{Look, Seen};
use crate::mount::Mount;
use crate::notes::Claim;
use crate::plan::{Body, FileSlice, Piece, ResponsePlan};
use crate::quota::Share;
use crate::respond;
use crate::source::{Source, key_of};
use crate::store::Store;

/// Up to this many bytes a client waits for its coding, some milliseconds; beyond, it gets the plain bytes at once
/// and the next client the coded ones.
const MAX_QUICK: u64 = 1 << 20;

/// Answers with what the cache holds, or says how to come by it.
pub(crate) fn begin(
    request: Request<'_>,
    env: &mut Env<'_>,
    store: &Arc<Store>,
    mount: &Arc<Mount>,
    path: &RequestPath<'_>,
    waited: Option<Waited<AssetKey, Asset>>,
    why: Why,
) -> Next {
    let key = key_of(mount, path);
    let key: &dyn Key = &key;
    let load = match waited {
        Some(Waited::Value(asset)) => {
            return answer(request, env, store, key, &asset, Came::Collapsed(why), Tried::No);
        }
        Some(Waited::Load(load)) => Some(load),
        Some(Waited::Declined) => None,
        None => {
            if let Some(asset) = store.get(key) {
                if let Some(look) = Look::new(&asset, env.monotonic) {
                    match look.at(&**env.fs, mount, path, store, Wait::Never) {
                        Seen::AsHeld => {}
                        Seen::Another => return Next::Stage(Stage::Stale),
                        Seen::WouldBlock(look) => {
                            return on_the_pool(look, env, store, mount, path);
                        }
                    }
                }
                return answer(request, env, store, key, &asset, Came::Hit, Tried::No);
            }
            match store.begin(AssetKey::from(key)) {
                Begin::Hit(asset) => {
                    return answer(request, env, store, key, &asset, Came::Hit, Tried::No);
                }
                Begin::Wait(wait) => return Next::Wait(wait),
                Begin::Load(load) => Some(load),
            }
        }
    };
    let is_renewal = load.as_ref().is_some_and(Load::is_renewal);
    let source = Source {
        fs: Arc::clone(env.fs),
        store: Arc::clone(store),
        mount: Arc::clone(mount),
        now: env.now,
        monotonic: env.monotonic,
        why: if is_renewal { Why::Stale } else { why },
    };
    match source.load(path, Wait::Never) {
        Err(OpenError::WouldBlock) => {
            let path = path.clone().into_owned();
            Next::Park(Box::new(move || {
                let loaded = source.load(&path, Wait::Allowed);
                source.settle(&path, load, loaded, By::Job)
            }))
        }
        loaded => Next::Stage(source.settle(path, load, loaded, By::Worker)),
    }
}

/// Looks at a file on the pool, and goes on with what comes of it.
fn on_the_pool(
    look: Look,
    env: &Env<'_>,
    store: &Arc<Store>,
    mount: &Arc<Mount>,
    path: &RequestPath<'_>,
) -> Next {
    let (fs, store, mount) = (Arc::clone(env.fs), Arc::clone(store), Arc::clone(mount));
    let path = path.clone().into_owned();
    // If the pool has no place for it, what is held is believed until the next look.
    let instead = Stage::Held {
        key: AssetKey::from(&key_of(&mount, &path) as &dyn Key),
        asset: look.asset().clone(),
        came: Came::Hit,
        tried: Tried::No,
    };
    // Likewise if so many looks at this mount are under way that its disk must hang: the pool is for others, too.
    let place = mount.looks.take(1);
    if place.is_none() && !look.asset().is_looked_at_by_each() {
        return Next::Stage(instead);
    }
    let job = Box::new(move || {
        let _place = place;
        let asset = look.asset().clone();
        match look.at(&*fs, &mount, &path, &store, Wait::Allowed) {
            Seen::AsHeld => Stage::Held {
                key: AssetKey::from(&key_of(&mount, &path) as &dyn Key),
                asset,
                came: Came::Hit,
                tried: Tried::No,
            },
            Seen::Another | Seen::WouldBlock(_) => Stage::Stale,
        }
    });
    Next::ParkOr(job, instead)
}

/// Answers with what is held, in the coding that the client likes best of those at hand; or has that coding made
/// first.
pub(crate) fn answer(
    request: Request<'_>,
    env: &mut Env<'_>,
    store: &Arc<Store>,
    key: &dyn Key,
    asset: &Held<Asset>,
    came: Came,
    tried: Tried,
) -> Next {
    if let Stored::File(file) = &asset.identity().content
        && asset.is_resident()
        && !matches!(file.is_unchanged(&**env.fs), Ok(true))
    {
        // It was written in place: whoever sends it would have to stop at the first look.
        store.forget_version(key, asset);
        return Next::Stage(Stage::Stale);
    }
    let variant = if asset.identity().representation.is_negotiated {
        match choose(request, store, key, asset, tried) {
            Choice::Variant(variant) => variant,
            Choice::Make(work) => {
                let (key, asset, tried) = (AssetKey::from(key), asset.clone(), Tried::Yes);
                let instead = Stage::Held { key: key.clone(), asset, came, tried };
                return Next::ParkOr(make(store, key, work, came), instead);
            }
        }
    } else {
        0
    };
    let mut plan = deliver(request, env, asset, variant);
    if asset.identity().representation.mount.config.cache_status {
        came.tell(&mut plan.overlay);
    }
    Next::Answer(plan)
}

/// Whether a variant was tried to be made for this request already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tried {
    Yes,
    No,
}

enum Choice {
    Variant(usize),
    /// None yet: one has to be made.
    Make(Making),
}

/// A variant that is to be made while a client waits.
struct Making {
    claimed: Claimed,
    coding: Coding,
    /// One of those that may be under way at the same time.
    _turn: Share,
}

/// Which variant this client gets.
fn choose(
    request: Request<'_>,
    store: &Arc<Store>,
    key: &dyn Key,
    asset: &Held<Asset>,
    tried: Tried,
) -> Choice {
    store.improve_if_hot(key, asset);
    let accepted = AcceptEncoding::parse(request.field(Known::AcceptEncoding));
    // The usual case: what is liked best of all is there.
    if let Some(variant) = asset.find(accepted.choose(asset.codings())) {
        return Choice::Variant(variant);
    }
    // What is liked best is made, and only that: while it is, others do with what there is.
    let mut may_make = tried == Tried::No;
    for coding in accepted.preferences(asset.codings()) {
        if let Some(variant) = asset.find(coding) {
            return Choice::Variant(variant);
        }
        // What isn't kept for want of room would be made anew each time; what has just changed, for two seconds.
        if !may_make || (asset.is_named_by_content() && !asset.is_resident()) {
            continue;
        }
        may_make = false;
        let claim = Claim::Make(coding);
        if asset.identity().representation.complete_length > MAX_QUICK {
            if asset.is_resident() {
                store.make_later(key, asset, claim);
            }
        } else if let Some(claimed) = Claimed::new(asset, claim)
            && let Some(turn) = store.quick.take(1)
        {
            return Choice::Make(Making { claimed, coding, _turn: turn });
        }
    }
    Choice::Variant(0)
}

/// Makes a variant on the pool, and goes on with the asset that has it.
fn make(store: &Arc<Store>, key: AssetKey, making: Making, came: Came) -> Job {
    let store = Arc::clone(store);
    Box::new(move || {
        let Making { mut claimed, coding, _turn } = making;
        let asset = match improve::quick(&store.encoders, claimed.asset(), coding) {
            Quick::Made(variant) => {
                claimed.settle();
                store.add(&key, claimed.asset(), &[*variant])
            }
            Quick::NotWorthIt => {
                claimed.settle();
                claimed.asset().clone()
            }
            Quick::NoMemory => claimed.asset().clone(),
        };
        Stage::Held { key, asset, came, tried: Tried::Yes }
    })
}

/// The answer, from one variant.
fn deliver(
    request: Request<'_>,
    env: &mut Env<'_>,
    asset: &Held<Asset>,
    variant: usize,
) -> ResponsePlan {
    let representation = &asset.variants()[variant].representation;
    let (range, whole) = match decide(request, env, representation) {
        Decision::Whole => (ByteRange::whole(representation.complete_length), true),
        Decision::Part(range) => (range, false),
        // A multipart body isn't in the coding that its parts are of, so there is no field that would tell both.
        Decision::Parts(_) if representation.coding != Coding::Identity => {
            (ByteRange::whole(representation.complete_length), true)
        }
        Decision::Parts(ranges) => {
            let slice = |range: ByteRange| piece(asset, variant, range);
            let scratch = env.buffers.take();
            return respond::ranges(representation, &ranges, slice, scratch);
        }
        Decision::Answer(plan) => return plan,
    };
    let body = if request.method() == Method::Head || range.is_empty() {
        Body::None
    } else {
        match piece(asset, variant, range) {
            Piece::Held(slice) => Body::Held(slice),
            Piece::File(slice) => Body::File(slice),
            Piece::Bytes(bytes) => Body::Memory(bytes),
        }
    };
    if whole {
        respond::held(asset, variant, body)
    } else {
        respond::content(representation, range, false, body, env.buffers.take())
    }
}

/// A part of a variant, from where it lies.
fn piece(asset: &Held<Asset>, variant: usize, range: ByteRange) -> Piece {
    match &asset.variants()[variant].content {
        Stored::Memory(_) | Stored::Sealed(_) => {
            HeldSlice::new(asset, variant, range.start(), range.len())
                .map_or_else(|| Piece::Bytes(bytes::Bytes::new()), Piece::Held)
        }
        Stored::File(file) => Piece::File(FileSlice {
            file: Arc::clone(file),
            offset: range.start(),
            len: range.len(),
        }),
    }
}
