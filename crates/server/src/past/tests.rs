use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use catzilla_content_coding::{Coding, Codings};
use catzilla_file_watcher::Invalidation;
use catzilla_hot_cache::{HotCache, Weight};
use catzilla_http_conditional::Validators;
use catzilla_path_security::{RequestPath, Root};

use super::*;
use crate::asset::{Grade, Stored, Variant};
use crate::load::coded;
use crate::mount::Mount;
use crate::mount_config::MountConfig;
use crate::respond::Representation;

/// Assets of so many bytes, with a variant or without one.
struct Maker {
    _dir: tempfile::TempDir,
    root: Root,
    mount: Arc<Mount>,
    cache: HotCache<u128, Asset>,
}

impl Maker {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.js"), "content").unwrap();
        let config = MountConfig::new("/", dir.path());
        let root = Root::open(dir.path(), config.policy.clone()).unwrap();
        let mount = Arc::new(Mount::open(0, config).unwrap());
        let weigh = |_: &u128, asset: &Asset| {
            Weight::content(asset.identity().representation.complete_length)
        };
        Self { _dir: dir, root, mount, cache: HotCache::builder().build(weigh) }
    }

    fn make(&self, digest: u128, len: usize, grade: Option<Grade>) -> Held<Asset> {
        let path = RequestPath::parse(b"/a.js").unwrap();
        let seen = *self.root.get(&path).unwrap().metadata();
        let plain = Representation {
            mount: Arc::clone(&self.mount),
            path: "a.js".into(),
            validators: Validators { etag: None, last_modified: None },
            complete_length: len as u64,
            coding: Coding::Identity,
            is_negotiated: true,
        };
        let made = grade.map(|grade| coded(&plain, Coding::Gzip, Bytes::from("gz"), grade));
        let content = Stored::Memory(Bytes::from(vec![0; len]));
        let first = Variant::new(plain, content, Grade::Given);
        let asset = Asset::new(
            seen,
            first,
            made.into_iter().collect(),
            Codings::NONE,
            Some(digest),
            Invalidation::Ttl,
            Duration::ZERO,
        );
        self.cache.hold(&digest, asset)
    }
}

#[test]
fn the_oldest_go_first_when_there_is_too_much() {
    let maker = Maker::new();
    let weight = maker.make(0, 1_000, None).weight().total();
    let past = Past::new(2 * weight);
    for digest in [1, 2, 1, 3] {
        past.keep(maker.make(digest, 1_000, Some(Grade::Quick)));
    }
    assert!(past.take(0, 2).is_none(), "one was kept anew meanwhile, and is younger");
    assert!(past.take(0, 1).is_some() && past.take(0, 3).is_some());
    assert!(past.take(0, 1).is_none(), "it was taken");
    past.keep(maker.make(4, 3_000, Some(Grade::Best)));
    assert!(past.take(0, 4).is_none(), "it is too large");
    assert_eq!(maker.cache.stats().pinned, 0);
}

#[test]
fn only_what_was_made_is_kept() {
    let maker = Maker::new();
    let past = Past::new(10_000);
    for (grade, is_kept) in [(None, false), (Some(Grade::Given), false), (Some(Grade::Quick), true)]
    {
        past.keep(maker.make(1, 10, grade));
        assert_eq!(past.take(0, 1).is_some(), is_kept, "{grade:?}");
        assert!(past.take(1, 1).is_none(), "of another mount");
    }
}

#[test]
fn what_nobody_takes_goes_with_the_second_sweep() {
    let maker = Maker::new();
    let past = Past::new(10_000);
    past.keep(maker.make(1, 10, Some(Grade::Best)));
    past.sweep();
    past.keep(maker.make(2, 10, Some(Grade::Best)));
    past.sweep();
    assert!(past.take(0, 1).is_none() && past.take(0, 2).is_some());
    past.keep(maker.make(3, 10, Some(Grade::Best)));
    past.clear();
    assert_eq!(maker.cache.stats().pinned, 0);
}

#[test]
fn of_a_mount_that_goes_nothing_stays_nor_comes() {
    let maker = Maker::new();
    let past = Past::new(10_000);
    past.keep(maker.make(1, 10, Some(Grade::Best)));
    past.forget_mount(1);
    assert!(past.take(0, 1).is_some(), "that was another one");
    past.keep(maker.make(2, 10, Some(Grade::Best)));
    maker.mount.retire();
    past.forget_mount(0);
    assert!(past.take(0, 2).is_none());
    past.keep(maker.make(3, 10, Some(Grade::Best)));
    assert_eq!(maker.cache.stats().pinned, 0);
}
