//! Loading ahead: what is loaded, and when that ends.

use catzilla_server::{CacheConfig, MountConfig};

use crate::site::{Site, eventually, noise, write};

#[test]
fn what_is_loaded_ahead_is_a_hit_the_first_time() {
    let site = Site::with(
        &[
            ("index.html", b"index"),
            ("css/a.css", b"css"),
            ("docs/index.html", b"docs"),
            ("a.bin", b"bin"),
            (".hidden.css", b"hidden"),
        ],
        |server| server.cache(CacheConfig::new().preload("*.{css,html}").preload("nothing/*")),
        |mount| mount,
    );
    let loaded = || site.handle.cache_stats().filter(|stats| stats.entries == 3);
    assert!(eventually(loaded).is_some());
    for path in ["/", "/css/a.css", "/docs/"] {
        assert_eq!(site.get(path).status, 200);
    }
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.hits, stats.misses), (3, 0));
}

#[test]
fn loading_ahead_ends_when_the_cache_is_full() {
    let files: Vec<_> = (0..50).map(|n| (format!("{n:02}.bin"), noise(10_000, n))).collect();
    let files: Vec<_> = files.iter().map(|(name, content)| (&**name, &**content)).collect();
    let site = Site::with(
        &files,
        |server| server.cache(CacheConfig::new().size(200_000).preload("*")),
        |mount| mount,
    );
    let loaded = || site.handle.cache_stats().filter(|stats| stats.entries >= 10);
    assert!(eventually(loaded).is_some());
    assert_eq!(site.get("/49.bin").status, 200);
    let stats = site.handle.cache_stats().unwrap();
    assert!(stats.resident.total() <= 200_000, "{stats:?}");
}

#[test]
fn of_many_small_files_as_many_are_loaded_ahead_as_fit_and_none_for_another() {
    let files: Vec<_> = (0..3_000).map(|n| (format!("{n}.txt"), [b'x'])).collect();
    let files: Vec<_> = files.iter().map(|(name, content)| (&**name, &content[..])).collect();
    let cache = CacheConfig::new().size(1 << 20).preload("*");
    let site = Site::with(&files, |server| server.cache(cache), |mount| mount);
    let stats = || site.handle.cache_stats().unwrap();
    let full = || (stats().resident.total() > (1 << 20) - 4_000).then_some(());
    assert!(eventually(full).is_some(), "{:?}", stats());
    assert_eq!((stats().evictions, stats().rejected), (0, 0), "{:?}", stats());
}

#[test]
fn a_file_as_large_as_one_may_be_does_not_end_it() {
    // The first has the most content that one may have; its name and fields come on top of that.
    let files: &[(&str, &[u8])] = &[("a.bin", &noise(5_000, 1)), ("b.bin", &noise(4_000, 2))];
    let cache = CacheConfig::new().max_file(5_000).preload("*");
    let site = Site::with(files, |server| server.cache(cache), |mount| mount);
    let both = || site.handle.cache_stats().filter(|stats| stats.entries == 2);
    assert!(eventually(both).is_some(), "{:?}", site.handle.cache_stats());
}

#[test]
fn what_another_mount_answers_for_is_not_loaded_ahead() {
    let beneath = tempfile::tempdir().unwrap();
    write(&beneath.path().join("a.txt"), b"of the mount beneath");
    let site = Site::with(
        &[("docs/a.txt", b"shadowed"), ("docs/b/c.txt", b"shadowed"), ("z.txt", b"last")],
        |server| {
            let mount = MountConfig::new("/docs", beneath.path());
            server.mount(mount).cache(CacheConfig::new().preload("*"))
        },
        |mount| mount,
    );
    let loaded = || site.handle.cache_stats().filter(|stats| stats.entries >= 2);
    assert!(eventually(loaded).is_some());
    assert_eq!(site.get("/z.txt").text(), "last");
    assert_eq!(site.get("/docs/a.txt").text(), "of the mount beneath");
    let stats = site.handle.cache_stats().unwrap();
    assert_eq!((stats.hits, stats.entries), (2, 2), "{stats:?}");
}

#[test]
fn a_malformed_pattern_is_an_error_of_the_start() {
    let config = CacheConfig::new().preload("a[");
    let err = catzilla_server::Server::builder().cache(config).build().unwrap_err();
    assert!(err.to_string().contains("a["), "{err}");
}
