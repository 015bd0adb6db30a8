//! Making an asset of a file: read it as one version, name that version by its content, and take along what lies
//! beside it compressed. Who is told of it, and whether it is kept, is settled in `source.rs`.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use catzilla_content_coding::{Coding, Codings, Verdict, sidecar, verify};
use catzilla_http_conditional::{ByteRange, EntityTag, Validators, is_racy};
use catzilla_path_security::{
    CONTENT_HEAD, Metadata, OpenError, Opened, RequestPath, contradiction,
};

use crate::asset::{Asset, Grade, Stored, Variant};
use crate::fetch::{Fetched, fetch};
use crate::fs::{Fs, OpenFile, Wait};
use crate::lookup::{Found, locate};
use crate::mount::{Mount, ReadMode};
use crate::respond::Representation;
use crate::store::Store;

/// Content up to this many bytes is read on the worker if the kernel has it in memory; more would hold the others
/// up.
const INLINE: u64 = 64 * 1024;

/// How often a file is read anew because it changed while it was read.
const MAX_RETRIES: usize = 2;

/// What loading came to.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// The asset, and whether it may be kept: a file that has just changed may change again without its time showing
    /// it.
    Asset(Box<Asset>, Keep),
    /// A folder asked for without the slash at the end.
    Folder,
    /// Its bytes are not what its name says.
    Refused,
    /// The file kept changing while it was read.
    Changing,
}

/// Whether an asset may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Yes,
    /// For those who wait for it now, and nobody after them.
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

/// What loading works with.
#[derive(Debug)]
pub(crate) struct Loading<'a> {
    pub(crate) fs: &'a dyn Fs,
    pub(crate) mount: &'a Arc<Mount>,
    pub(crate) path: &'a RequestPath<'a>,
    pub(crate) store: &'a Store,
    /// The time that the answer will show at the earliest.
    pub(crate) now: SystemTime,
    /// The time on the clock that limits are measured by.
    pub(crate) monotonic: Duration,
}

impl Loading<'_> {
    /// Loads what stands at the path. With `Wait::Never` it may fail with `WouldBlock`, having done nothing.
    pub(crate) fn load(&self, wait: Wait) -> Result<Loaded, OpenError> {
        for _ in 0..=MAX_RETRIES {
            let found = locate(self.fs, &self.mount.root(), self.mount, self.path, wait)?;
            let Found::File { opened, path } = found else { return Ok(Loaded::Folder) };
            match self.judge(&opened, &path, wait)? {
                Judged::Fine => {}
                Judged::Refused => return Ok(Loaded::Refused),
                Judged::Changed => continue,
            }
            let len = opened.metadata().len();
            if len > self.store.max_content {
                return Ok(self.leave_in_file(opened, path, Keep::Yes));
            }
            // Little content needs no room of its own: a connection takes as much.
            let room = (len > INLINE).then(|| self.store.room_for(len));
            if matches!(room, Some(None)) {
                return Ok(self.leave_in_file(opened, path, Keep::No));
            }
            match self.read(&opened, ByteRange::whole(len), wait)? {
                Fetched::Content(content) => {
                    let content = Bytes::from(content);
                    let sidecars = self.sidecars(&path, opened.metadata(), &content, wait)?;
                    return Ok(self.asset(opened.metadata(), path, content, sidecars));
                }
                Fetched::Changed => {}
                Fetched::Failed(err) => return Err(OpenError::Io(err)),
            }
        }
        Ok(Loaded::Changing)
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
        fetch(self.fs, opened, range, Vec::new(), read_as).map_err(|blocked| {
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
        content: Bytes,
        sidecars: Vec<(Coding, Bytes)>,
    ) -> Loaded {
        let racy = is_racy(seen.modified(), self.now);
        let representation = Representation {
            validators: self.validators(seen, content_tag(&content), racy),
            complete_length: content.len() as u64,
            coding: Coding::Identity,
            is_negotiated: self.mount.is_negotiated(&path),
            mount: Arc::clone(self.mount),
            path,
        };
        let beside = sidecars
            .into_iter()
            .map(|(coding, bytes)| coded(&representation, coding, bytes, Grade::Given))
            .collect();
        let first = Variant::new(representation, Stored::Memory(content), Grade::Given);
        self.loaded(seen, first, beside, racy)
    }

    /// A file that is too large for memory, or for what is left of it: it is named by its metadata, and held open if
    /// that is wanted and there is a place for it.
    fn leave_in_file(&self, opened: Opened, path: Arc<str>, keep: Keep) -> Loaded {
        let seen = *opened.metadata();
        let racy = is_racy(seen.modified(), self.now);
        let tag = EntityTag::from_metadata(seen.modified(), seen.len(), racy);
        let representation = Representation {
            validators: self.validators(&seen, tag, racy),
            complete_length: seen.len(),
            coding: Coding::Identity,
            is_negotiated: self.mount.is_negotiated(&path),
            mount: Arc::clone(self.mount),
            path,
        };
        let wanted = !racy && keep == Keep::Yes;
        let place = wanted.then(|| self.store.handles.take(1)).flatten();
        // Without a place the file is sent and closed.
        let pass = place.is_none();
        let file = OpenFile::new(opened, self.mount.transfer()).in_place(place);
        let first = Variant::new(representation, Stored::File(Arc::new(file)), Grade::Given);
        self.loaded(&seen, first, Vec::new(), pass)
    }

    fn loaded(&self, seen: &Metadata, first: Variant, beside: Vec<Variant>, pass: bool) -> Loaded {
        let invalidation = self.mount.invalidation(&first.representation.path);
        let asset = Asset::new(*seen, first, beside, invalidation, self.monotonic);
        Loaded::Asset(Box::new(asset), if pass { Keep::No } else { Keep::Yes })
    }

    fn validators(&self, seen: &Metadata, tag: EntityTag, racy: bool) -> Validators {
        let config = &self.mount.config;
        let tag = if racy { tag.to_weak() } else { tag };
        Validators {
            etag: config.etag.then_some(tag),
            last_modified: config.last_modified.then(|| seen.modified().min(self.now).into()),
        }
    }

    /// What lies beside the file, compressed: as old as the file at the most, and of the same content.
    fn sidecars(
        &self,
        path: &str,
        seen: &Metadata,
        content: &[u8],
        wait: Wait,
    ) -> Result<Vec<(Coding, Bytes)>, OpenError> {
        let mut found = Vec::new();
        if !self.mount.config.precompressed || content.is_empty() || !self.mount.is_negotiated(path)
        {
            return Ok(found);
        }
        for coding in Codings::BUILT.without(Coding::Identity).iter() {
            match self.sidecar(path, coding, seen, content, wait) {
                Ok(Some(bytes)) => found.push((coding, bytes)),
                Ok(None) => {}
                Err(OpenError::WouldBlock) => return Err(OpenError::WouldBlock),
                Err(err) => tracing::warn!(path, %coding, %err, "a sidecar can't be read"),
            }
        }
        Ok(found)
    }

    fn sidecar(
        &self,
        path: &str,
        coding: Coding,
        seen: &Metadata,
        content: &[u8],
        wait: Wait,
    ) -> Result<Option<Bytes>, OpenError> {
        let mut name = String::new();
        let Some(name) = sidecar::name(path, coding, &mut name) else { return Ok(None) };
        let Ok(name) = RequestPath::parse(b"/").and_then(|root| root.join(name)) else {
            return Ok(None);
        };
        let opened = match self.fs.open(&self.mount.root(), &name, wait) {
            Ok(opened) => opened,
            Err(OpenError::NotFound | OpenError::Refused(_) | OpenError::PermissionDenied) => {
                return Ok(None);
            }
            Err(err) => return Err(err),
        };
        let metadata = *opened.metadata();
        let is_of_use = metadata.is_file()
            && metadata.len() < content.len() as u64
            && sidecar::is_fresh(metadata.modified(), seen.modified());
        if !is_of_use {
            return Ok(None);
        }
        if wait == Wait::Never {
            // It has to be read and decoded: not here.
            return Err(OpenError::WouldBlock);
        }
        let whole = ByteRange::whole(metadata.len());
        let bytes = match fetch(self.fs, &opened, whole, Vec::new(), Wait::Allowed) {
            Ok(Fetched::Content(bytes)) => bytes,
            // It is being written.
            Ok(Fetched::Changed) => return Ok(None),
            Ok(Fetched::Failed(err)) => return Err(OpenError::Io(err)),
            Err(_) => return Err(OpenError::Io(io::ErrorKind::WouldBlock.into())),
        };
        match verify(coding, &bytes, content) {
            Verdict::Same => Ok(Some(Bytes::from(bytes))),
            verdict => {
                tracing::warn!(path, %coding, ?verdict, "a sidecar is not what it stands beside; it is ignored");
                Ok(None)
            }
        }
    }
}

/// This representation in another coding: the same file, another name, for it is other bytes.
pub(crate) fn coded(plain: &Representation, coding: Coding, bytes: Bytes, grade: Grade) -> Variant {
    let weak = plain.validators.etag.is_some_and(|tag| tag.is_weak());
    let etag = plain.validators.etag.map(|_| {
        let tag = content_tag(&bytes);
        let tag = tag.with_suffix(suffix(coding)).unwrap_or(tag);
        if weak { tag.to_weak() } else { tag }
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

/// The tag of content: 128 bits of its BLAKE3 hash. Who can write files still can't make two of one tag.
fn content_tag(content: &[u8]) -> EntityTag {
    let digest = blake3::hash(content);
    let half = digest.as_bytes().first_chunk().copied().unwrap_or_default();
    EntityTag::from_digest(u128::from_be_bytes(half))
}
