//! Making an asset of a file: read it as one version, name that version by its content, and take along what lies
//! beside it compressed. Who is told of it, and whether it is kept, is settled in `source.rs`.

use std::sync::Arc;

use bytes::Bytes;
use catzilla_content_coding::{Coding, Codings, Verdict, sidecar, verify};
use catzilla_hot_cache::Weight;
use catzilla_http_conditional::{ByteRange, EntityTag, Validators, is_racy};
use catzilla_path_security::{
    CONTENT_HEAD, Metadata, OpenError, Opened, RequestPath, contradiction,
};

use crate::asset::{Asset, Grade, Stored, Variant};
use crate::fetch::{Fetched, fetch};
use crate::fs::{OpenFile, Transfer, Wait};
use crate::lookup::{Found, locate};
use crate::mount::ReadMode;
use crate::quota::Share;
use crate::respond::Representation;
use crate::sealed::{Copied, Sealed};
use crate::source::Source;

/// Content up to this many bytes is read on the worker if the kernel has it in memory; more would hold the others
/// up.
const INLINE: u64 = 64 * 1024;

/// What a variant takes in memory beside its bytes, its fields above all: rather more than less, so that what is found
/// to fit does.
const VARIANT: u64 = 1_024;

/// From this many bytes on, sendfile from a memory file costs less than copying into the socket: equal at 100 KiB, 0.6 of
/// it at 1 MiB.
const SEALED: u64 = 128 * 1024;

/// What loading came to.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// The asset, and whether it may be kept.
    Asset(Box<Asset>, Keep),
    /// A file that is neither read into memory nor held open: there is no room for it. Each who wants it is sent the file
    /// itself.
    Pass(Opened, Arc<str>),
    /// A folder asked for without the slash at the end.
    Folder,
    /// Its bytes are not what its name says.
    Refused,
    /// The file changed while it was read.
    Changed,
}

/// Whether an asset may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    /// For those who wait for it now, and nobody after them: it has just changed and may change again without its time
    /// showing it, or there is no room.
    No,
}

/// What a look at the first bytes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    Fine,
    Refused,
    /// They are of another version than was opened.
    Changed,
}

impl Source {
    /// Loads what stands at the path. With `Wait::Never` it may fail with `WouldBlock`, having done nothing.
    pub(crate) fn load(&self, path: &RequestPath<'_>, wait: Wait) -> Result<Loaded, OpenError> {
        let found = locate(&*self.fs, &self.mount.root(), &self.mount, path, wait)?;
        let Found::File { opened, path } = found else { return Ok(Loaded::Folder) };
        match self.judge(&opened, &path, wait)? {
            Judged::Fine => {}
            Judged::Refused => return Ok(Loaded::Refused),
            Judged::Changed => return Ok(Loaded::Changed),
        }
        let seen = *opened.metadata();
        let (len, is_racy) = (seen.len(), self.is_racy(&seen));
        if len > self.store.max_content {
            return Ok(self.leave_in_file(opened, path, is_racy));
        }
        // Little content needs no room of its own: a connection takes as much.
        let _under_way = if len > INLINE {
            let Some(room) = self.store.room_for(len) else {
                return Ok(Loaded::Pass(opened, path));
            };
            Some(room)
        } else {
            None
        };
        let fits = self.fits(len, 0, 0);
        let keep = if fits && !is_racy { Keep::Yes } else { Keep::No };
        // Before the content, which would be read in vain if these had to be waited for.
        let sidecars = if fits { self.sidecars(&path, &seen, wait)? } else { Vec::new() };
        if keep == Keep::Yes
            && sidecars.is_empty()
            && let Some(descriptor) = self.place_to_seal(&path, len)
        {
            if wait == Wait::Never {
                return Err(OpenError::WouldBlock);
            }
            match Sealed::copy(&*self.fs, &opened, descriptor) {
                Copied::Sealed(sealed, hash) => {
                    let stored = Stored::Sealed(Arc::new(sealed));
                    let digest = Some(half(hash));
                    return Ok(self.asset(&seen, path, stored, digest, Vec::new(), keep));
                }
                Copied::Changed => return Ok(Loaded::Changed),
                Copied::Failed(err) => return Err(OpenError::Io(err)),
                Copied::Unavailable => tracing::debug!("there is no memory file to be had"),
            }
        }
        match self.read(&opened, ByteRange::whole(len), wait)? {
            Fetched::Content(content) => {
                let content = Bytes::from(content);
                let sidecars = self.verified(&path, sidecars, &content);
                // What may change unseen gets a weak tag, which needs no hash.
                let digest = (!is_racy).then(|| digest(&content));
                Ok(self.asset(&seen, path, Stored::Memory(content), digest, sidecars, keep))
            }
            Fetched::Changed => Ok(Loaded::Changed),
            Fetched::Failed(err) => Err(OpenError::Io(err)),
        }
    }

    /// Whether the cache has room for content with so many bytes in so many variants.
    fn fits(&self, content: u64, variants: u64, count: usize) -> bool {
        let overhead = (1 + count as u64) * VARIANT;
        self.store.cache.room_for(Weight { content, variants, overhead })
    }

    /// Whether a file may change again without its times showing it. Both have to be young, or in the future: a program
    /// can set the time of modification to any date, but the next writing sets it anew, and the time of change is the
    /// kernel's.
    fn is_racy(&self, seen: &Metadata) -> bool {
        is_racy(seen.modified(), self.now) && is_racy(seen.changed(), self.now)
    }

    /// Holds the first bytes of a file against its name, if the mount wants that: before the rest is read, so that what
    /// is refused costs one page however often it is asked for. The rest is of the same version, as far as metadata tell.
    fn judge(&self, opened: &Opened, path: &str, wait: Wait) -> Result<Judged, OpenError> {
        if !self.mount.config.validate_content {
            return Ok(Judged::Fine);
        }
        let len = opened.metadata().len().min(CONTENT_HEAD as u64);
        let head = match self.read(opened, ByteRange::whole(len), wait)? {
            Fetched::Content(head) => head,
            Fetched::Changed => return Ok(Judged::Changed),
            Fetched::Failed(err) => return Err(OpenError::Io(err)),
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(why) = contradiction(name, &head) else { return Ok(Judged::Fine) };
        tracing::warn!(mount = self.mount.prefix(), path, %why, "a file is not what its name says; it is refused");
        Ok(Judged::Refused)
    }

    /// Reads a part of a file, or says that this would take long.
    fn read(&self, opened: &Opened, range: ByteRange, wait: Wait) -> Result<Fetched, OpenError> {
        let len = range.len();
        let read_as = match (wait, self.mount.read_mode()) {
            (Wait::Allowed, _) => Wait::Allowed,
            (Wait::Never, ReadMode::Direct) if len <= INLINE => Wait::Allowed,
            (Wait::Never, ReadMode::NoWait) if len <= INLINE => Wait::Never,
            (Wait::Never, _) => return Err(OpenError::WouldBlock),
        };
        fetch(&*self.fs, opened, range, Vec::new(), read_as).map_err(|blocked| {
            if blocked.unsupported {
                self.mount.learn_read_mode(opened);
            }
            OpenError::WouldBlock
        })
    }

    fn asset(
        &self,
        seen: &Metadata,
        path: Arc<str>,
        stored: Stored,
        digest: Option<u128>,
        sidecars: Vec<(Coding, Bytes)>,
        keep: Keep,
    ) -> Loaded {
        let makeable = self.mount.makeable(&path, seen.len());
        let tag = digest.map_or_else(
            || EntityTag::from_metadata(seen.modified(), seen.len(), true),
            EntityTag::from_digest,
        );
        let representation = Representation {
            validators: self.validators(seen, tag),
            complete_length: seen.len(),
            coding: Coding::Identity,
            is_negotiated: !sidecars.is_empty() || self.mount.is_negotiated(&path),
            mount: Arc::clone(&self.mount),
            path,
        };
        let mut beside: Vec<_> = sidecars
            .into_iter()
            .map(|(coding, bytes)| coded(&representation, coding, bytes, Grade::Given))
            .collect();
        if keep == Keep::Yes
            && let Some(digest) = digest
        {
            self.bring_back(&representation, digest, &mut beside);
        }
        let first = Variant::new(representation, stored, Grade::Given);
        let invalidation = self.mount.invalidation(&first.representation.path);
        let asset =
            Asset::new(*seen, first, beside, makeable, digest, invalidation, self.monotonic);
        Loaded::Asset(Box::new(asset), keep)
    }

    /// The variants that were made of this content when it was held before, beside those there are: they have the tags
    /// that clients know, and needn't be made again.
    fn bring_back(&self, plain: &Representation, digest: u128, variants: &mut Vec<Variant>) {
        // The same bytes under a name of another kind: nobody could choose them.
        if !plain.is_negotiated {
            return;
        }
        let mut bytes_of_all: u64 =
            variants.iter().map(|it| it.representation.complete_length).sum();
        for variant in self.store.past.take_made(self.mount.id, digest) {
            let Representation { coding, complete_length, validators, .. } = variant.representation;
            let is_there = variants.iter().any(|it| it.representation.coding == coding);
            let (more, count) = (bytes_of_all + complete_length, variants.len() + 1);
            if is_there || !self.fits(plain.complete_length, more, count) {
                continue;
            }
            bytes_of_all = more;
            let validators = Validators { etag: validators.etag, ..plain.validators };
            let representation =
                Representation { validators, complete_length, coding, ..plain.clone() };
            variants.push(Variant::new(representation, variant.content, variant.grade));
        }
    }

    /// A place among the memory files, if this file is better sent from one. What can be
    /// compressed stays at hand for that.
    fn place_to_seal(&self, path: &str, len: u64) -> Option<Share> {
        let is_better = len >= SEALED
            && !self.mount.is_negotiated(path)
            && self.mount.transfer() == Transfer::SendFile
            && cfg!(target_os = "linux");
        is_better.then(|| self.store.sealed.take(1)).flatten()
    }

    /// A file that is too large for memory: it is named by its metadata, and held open if
    /// it hasn't just changed and there is a place for it.
    fn leave_in_file(&self, opened: Opened, path: Arc<str>, is_racy: bool) -> Loaded {
        let store = &self.store;
        let place = (!is_racy).then(|| store.open_files.place(&store.cache)).flatten();
        let Some(place) = place else { return Loaded::Pass(opened, path) };
        let seen = *opened.metadata();
        let tag = EntityTag::from_metadata(seen.modified(), seen.len(), false);
        let representation = Representation {
            validators: self.validators(&seen, tag),
            complete_length: seen.len(),
            coding: Coding::Identity,
            is_negotiated: self.mount.is_negotiated(&path),
            mount: Arc::clone(&self.mount),
            path,
        };
        let file = OpenFile::new(opened, self.mount.transfer()).in_place(place);
        let first = Variant::new(representation, Stored::File(Arc::new(file)), Grade::Given);
        let invalidation = self.mount.invalidation(&first.representation.path);
        let asset =
            Asset::new(seen, first, Vec::new(), Codings::NONE, None, invalidation, self.monotonic);
        Loaded::Asset(Box::new(asset), Keep::Yes)
    }

    fn validators(&self, seen: &Metadata, tag: EntityTag) -> Validators {
        let config = &self.mount.config;
        // A date in the future says nothing, and `Last-Modified` must not be later than `Date`.
        let modified =
            if seen.modified() > self.now { seen.changed() } else { seen.modified() }.min(self.now);
        Validators {
            etag: config.etag.then_some(tag),
            last_modified: config.last_modified.then(|| modified.into()),
        }
    }

    /// What lies beside the file, by its name compressed, and could be of use: opened, and not yet read. The rules for
    /// names have judged the file itself.
    fn sidecars(
        &self,
        path: &str,
        seen: &Metadata,
        wait: Wait,
    ) -> Result<Vec<(Coding, Opened)>, OpenError> {
        let (mut found, len) = (Vec::new(), seen.len());
        if !self.mount.config.precompressed || len == 0 {
            return Ok(found);
        }
        let (mut name, mut variants) = (String::new(), 0);
        for coding in Codings::BUILT.without(Coding::Identity).iter() {
            let Some(name) = sidecar::name(path, coding, &mut name) else { continue };
            let Ok(name) = RequestPath::parse(b"/").and_then(|root| root.join(name)) else {
                continue;
            };
            let opened = match self.fs.open(&self.mount.root_of_sidecars(), &name, wait) {
                Ok(opened) => opened,
                Err(OpenError::NotFound | OpenError::Refused(_) | OpenError::PermissionDenied) => {
                    continue;
                }
                Err(OpenError::WouldBlock) => return Err(OpenError::WouldBlock),
                Err(err) => {
                    tracing::warn!(path, %coding, %err, "a sidecar can't be opened");
                    continue;
                }
            };
            let metadata = opened.metadata();
            let is_of_use = metadata.is_file()
                && metadata.len() < len
                && sidecar::is_fresh(metadata.modified(), seen.modified());
            // What there is no room for is left out, and the file itself kept.
            if !is_of_use || !self.fits(len, variants + metadata.len(), found.len() + 1) {
                continue;
            }
            variants += metadata.len();
            if wait == Wait::Never {
                // It has to be read and decoded: not here.
                return Err(OpenError::WouldBlock);
            }
            found.push((coding, opened));
        }
        Ok(found)
    }

    /// Those of them that decode to the content.
    fn verified(
        &self,
        path: &str,
        sidecars: Vec<(Coding, Opened)>,
        content: &[u8],
    ) -> Vec<(Coding, Bytes)> {
        let verify = |(coding, opened): (Coding, Opened)| {
            let whole = ByteRange::whole(opened.metadata().len());
            let bytes = match fetch(&*self.fs, &opened, whole, Vec::new(), Wait::Allowed) {
                Ok(Fetched::Content(bytes)) => bytes,
                Ok(Fetched::Failed(err)) => {
                    tracing::warn!(path, %coding, %err, "a sidecar can't be read");
                    return None;
                }
                // It is being written.
                Ok(Fetched::Changed) | Err(_) => return None,
            };
            match verify(coding, &bytes, content) {
                Verdict::Same => Some((coding, Bytes::from(bytes))),
                verdict => {
                    tracing::warn!(path, %coding, ?verdict, "a sidecar is not what it stands beside; it is ignored");
                    None
                }
            }
        };
        sidecars.into_iter().filter_map(verify).collect()
    }
}

/// This representation in another coding: the same file, another name, for it is other bytes.
pub(crate) fn coded(plain: &Representation, coding: Coding, bytes: Bytes, grade: Grade) -> Variant {
    let etag = plain.validators.etag.map(|of_plain| {
        let tag = EntityTag::from_digest(digest(&bytes));
        let tag = tag.with_suffix(suffix(coding)).unwrap_or(tag);
        if of_plain.is_weak() { tag.to_weak() } else { tag }
    });
    let representation = Representation {
        validators: Validators { etag, ..plain.validators },
        complete_length: bytes.len() as u64,
        coding,
        ..plain.clone()
    };
    Variant::new(representation, Stored::Memory(bytes), grade)
}

/// What a tag ends with, so that a person can tell codings apart.
fn suffix(coding: Coding) -> &'static str {
    match coding {
        Coding::Brotli => "-br",
        Coding::Zstd => "-zst",
        Coding::Gzip => "-gz",
        Coding::Identity => "",
    }
}

/// What a tag of content is made of: 128 bits of its BLAKE3 hash. Who can write files still can't make two of one tag.
fn digest(content: &[u8]) -> u128 {
    half(blake3::hash(content))
}

fn half(hash: blake3::Hash) -> u128 {
    let half = hash.as_bytes().first_chunk().copied().unwrap_or_default();
    u128::from_be_bytes(half)
}

#[cfg(test)]
mod tests;
