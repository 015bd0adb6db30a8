//! Mounts that come, go and are replaced while the server runs.

mod handlers;
mod stress;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use catzilla_path_security::{OpenError, Opened, RequestPath, Root};
use catzilla_server::{
    CacheConfig, CacheControl, Freshness, Fs, Handle, HostFs, Invalidation, MountConfig, Policy,
    RequestBody, Retired, ServerBuilder, SiteError, Wait,
};
use tempfile::TempDir;

use crate::client::Client;
use crate::gate::Gate;
use crate::site::{Site, TestClock, eventually, noise, write};

/// A folder with these files, an hour old.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        write(&dir.path().join(name), content);
    }
    dir
}

fn entries(site: &Site) -> u64 {
    site.handle.cache_stats().unwrap().entries
}

#[track_caller]
fn gone(site: &Site) {
    let gone = || (site.handle.retired() == Retired::default()).then_some(());
    assert!(eventually(gone).is_some(), "{:?}", site.handle.retired());
}

#[test]
fn mounts_come_are_replaced_and_go_and_nothing_of_them_stays() {
    let (one, two) = (folder(&[("a.txt", b"one")]), folder(&[("a.txt", b"two")]));
    let site = Site::start(&[("a.txt", b"root"), ("x/a.txt", b"beneath root")]);
    let mut client = site.connect();
    let mut check = |body: &str, field: Option<&str>| {
        for _ in 0..3 {
            let answer = client.get("/x/a.txt");
            assert_eq!((answer.text(), answer.field("x-mount")), (body, field));
        }
    };
    check("beneath root", None);

    let named = |name: &str, dir: &TempDir| {
        MountConfig::new("/x", dir.path()).header("X-Mount", name).unwrap()
    };
    site.handle.mount(named("one", &one)).unwrap();
    assert_eq!(site.handle.prefixes(), ["/x", "/"]);
    check("one", Some("one"));
    site.handle.replace(named("two", &two)).unwrap();
    check("two", Some("two"));
    // The same folder with other rules: what was held has the fields of the old ones.
    site.handle.replace(named("three", &two)).unwrap();
    check("two", Some("three"));
    site.handle.unmount("/%78/").unwrap();
    check("beneath root", None);
    assert_eq!(site.handle.prefixes(), ["/"]);
    assert_eq!(entries(&site), 1, "what is held of those that have gone is forgotten");
    site.handle.mount(named("one", &one)).unwrap();
    check("one", Some("one"));
    site.handle.unmount("/x").unwrap();
    site.handle.unmount("/").unwrap();
    assert_eq!(site.get("/a.txt").status, 404);
    assert_eq!(entries(&site), 0);
    gone(&site);
}

#[track_caller]
fn refused(result: Result<(), SiteError>, parts: &[&str]) {
    let text = result.expect_err("it is refused").to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in {text:?}");
    }
}

#[test]
fn what_is_refused_when_a_server_is_built_is_refused_later_and_changes_nothing() {
    let dir = folder(&[("a.txt", b"other")]);
    let site = Site::start(&[("a.txt", b"root")]);
    let at = |prefix: &str| MountConfig::new(prefix, dir.path());
    let (handle, missing) = (&site.handle, dir.path().join("missing"));
    refused(handle.mount(at("/")), &["\"/\"", "mounted twice"]);
    refused(handle.mount(at("x")), &["must begin with a slash", "\"/x\""]);
    refused(handle.mount(at("/../x")), &["\"/../x\"", "not a safe path"]);
    refused(handle.mount(MountConfig::new("/x", &missing)), &["\"/x\"", "missing"]);
    refused(handle.mount(at("/x").index(["a/b"])), &["\"a/b\"", "without a slash"]);
    refused(handle.replace(MountConfig::new("/", &missing)), &["\"/\"", "missing"]);
    refused(handle.replace(at("/x")), &["nothing is mounted at \"/x\"", "\"/\""]);
    refused(handle.unmount("/x"), &["nothing is mounted at \"/x\"", "\"/\""]);
    refused(handle.unmount("x"), &["nothing is mounted at \"x\""]);
    refused(handle.set_mounts([at("/x"), at("/y"), at("/%78")]), &["mounted twice"]);
    refused(handle.set_mounts([at("/x"), MountConfig::new("/y", &missing)]), &["\"/y\""]);
    assert_eq!(handle.prefixes(), ["/"]);
    assert_eq!(site.get("/a.txt").text(), "root");
    assert_eq!(handle.retired(), Retired::default(), "nothing has changed");
    handle.unmount("/").unwrap();
    refused(handle.unmount("/"), &["nothing is mounted at \"/\"", "nor anywhere else"]);
}

#[test]
fn routes_and_mounts_are_refused_and_asked_as_when_the_server_is_built() {
    async fn hello(_: http::Request<RequestBody>) -> http::Response<String> {
        http::Response::new("hello".to_owned())
    }
    let dir = folder(&[("a.txt", b"file")]);
    let site = Site::with(
        &[],
        |server| server.route(http::Method::GET, "/app/{name}", hello),
        |mount| mount,
    );
    let at = |prefix: &str| MountConfig::new(prefix, dir.path());
    refused(site.handle.mount(at("/app")), &["\"/app/{name}\"", "\"/app\""]);
    assert_eq!(site.get("/app/a.txt").text(), "hello");
    site.handle.mount(at("/app").fallthrough(true)).unwrap();
    assert_eq!(site.get("/app/a.txt").text(), "file");
    assert_eq!(site.get("/app/b.txt").text(), "hello");
    site.handle.unmount("/app").unwrap();
    assert_eq!(site.get("/app/a.txt").text(), "hello");
    gone(&site);
}

#[test]
fn content_is_not_validated_without_a_cache() {
    let dir = folder(&[]);
    let site = Site::with(&[], ServerBuilder::no_cache, |mount| mount);
    let config = MountConfig::new("/x", dir.path()).validate_content(true);
    refused(site.handle.mount(config), &["\"/x\"", "more than 0 bytes"]);
}

#[test]
fn of_a_whole_new_site_what_is_equal_stays_with_all_that_is_held() {
    let (same, other) = (folder(&[("a.txt", b"same")]), folder(&[("a.txt", b"other")]));
    let site = Site::start(&[("a.txt", b"root")]);
    let equal = || {
        MountConfig::new("/same", same.path())
            .policy(Policy::default().block_pattern("*.bak").unwrap())
            .cache_control(CacheControl::new().with("*.txt", "max-age=1").unwrap())
            .header("X-Mount", "same")
            .unwrap()
    };
    site.handle.mount(equal()).unwrap();
    assert_eq!(site.get("/same/a.txt").text(), "same");
    assert_eq!(site.get("/a.txt").text(), "root");
    let before = site.handle.cache_stats().unwrap();

    let next = || [MountConfig::new("/other", other.path()), equal()];
    site.handle.set_mounts(next()).unwrap();
    assert_eq!(site.handle.prefixes(), ["/other", "/same"]);
    assert_eq!(site.get("/same/a.txt").text(), "same");
    let after = site.handle.cache_stats().unwrap();
    assert_eq!((after.hits, after.misses, after.entries), (before.hits + 1, before.misses, 1));
    assert_eq!(site.get("/other/a.txt").text(), "other");
    assert_eq!(site.get("/a.txt").status, 404);

    site.handle.set_mounts(next()).unwrap();
    assert_eq!(entries(&site), 2, "nothing was different");
    let changed = equal().cache_control(CacheControl::new().with("*.txt", "max-age=2").unwrap());
    site.handle.set_mounts([changed]).unwrap();
    assert_eq!(site.get("/same/a.txt").field("cache-control"), Some("max-age=2"));
    assert_eq!(entries(&site), 1);
    site.handle.set_mounts([]).unwrap();
    assert_eq!((site.get("/same/a.txt").status, entries(&site)), (404, 0));
    gone(&site);
}

/// A file system in which nothing is known without waiting, and who waits for `a.txt` waits at a gate. Whatever is read
/// is touched the first time, so that it has to be read once more.
#[derive(Debug, Clone)]
struct Gated {
    gate: Arc<Gate>,
    touches: Arc<AtomicBool>,
}

impl Gated {
    fn at(gate: &Arc<Gate>) -> Self {
        Self { gate: Arc::clone(gate), touches: Arc::default() }
    }
}

impl Fs for Gated {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        if wait == Wait::Never {
            return Err(OpenError::WouldBlock);
        }
        if path.as_str() == "a.txt" {
            self.gate.pass();
        }
        HostFs.open(root, path, wait)
    }

    fn read_at(&self, file: &Opened, to: &mut [u8], at: u64, wait: Wait) -> io::Result<usize> {
        let read = HostFs.read_at(file, to, at, wait)?;
        if self.touches.swap(false, Ordering::SeqCst) {
            file.file().set_modified(SystemTime::now() - Duration::from_hours(2))?;
        }
        Ok(read)
    }
}

fn ask(site: &Site, path: &str) -> Client {
    let mut client = site.connect();
    client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    client
}

/// What a load under way brings, and who waits for it, while its mount goes.
#[track_caller]
fn check_under_way(change: impl FnOnce(&Handle, &Path), then: (u16, &str)) {
    let gate = Arc::new(Gate::default());
    let fs = Gated::at(&gate);
    let (old, new) = (folder(&[("a.txt", b"old")]), folder(&[("a.txt", b"new")]));
    let site = Site::with(&[], |server| server.fs(fs), |mount| mount);
    site.handle.mount(MountConfig::new("/x", old.path())).unwrap();
    let mut first = ask(&site, "/x/a.txt");
    gate.wait_for(1);
    let mut others: Vec<_> = (0..9).map(|_| ask(&site, "/x/a.txt")).collect();
    let waiting = || site.handle.cache_stats().filter(|stats| stats.waits == 9);
    assert!(eventually(waiting).is_some());

    change(&site.handle, new.path());
    let retired = site.handle.retired();
    assert_eq!((retired.sites, retired.mounts), (1, 1), "ten requests began with it");
    gate.open();
    for client in others.iter_mut().chain([&mut first]) {
        let answer = client.answer(false);
        assert_eq!((answer.status, answer.text()), (200, "old"));
    }
    assert_eq!(entries(&site), 0, "what was under way isn't kept");
    let answer = site.get("/x/a.txt");
    assert_eq!(answer.status, then.0);
    if then.0 == 200 {
        assert_eq!(answer.text(), then.1);
    }
    gone(&site);
}

#[test]
fn requests_under_way_end_with_what_they_began_with() {
    check_under_way(
        |handle, new| handle.replace(MountConfig::new("/x", new)).unwrap(),
        (200, "new"),
    );
    check_under_way(|handle, _| handle.unmount("/x").unwrap(), (404, ""));
    check_under_way(
        |handle, new| {
            handle.unmount("/x").unwrap();
            handle.mount(MountConfig::new("/x", new)).unwrap();
        },
        (200, "new"),
    );
}

#[test]
fn what_is_loaded_once_more_for_a_mount_that_has_gone_is_not_kept() {
    let gate = Arc::new(Gate::default());
    let fs = Gated::at(&gate);
    let touches = Arc::clone(&fs.touches);
    let old = folder(&[("a.txt", b"old")]);
    let site = Site::with(&[], |server| server.fs(fs), |mount| mount);
    site.handle.mount(MountConfig::new("/x", old.path())).unwrap();
    touches.store(true, Ordering::SeqCst);
    let mut waits = ask(&site, "/x/a.txt");
    gate.wait_for(1);
    site.handle.unmount("/x").unwrap();
    gate.open();
    assert_eq!(waits.answer(false).text(), "old");
    assert!(!touches.load(Ordering::SeqCst), "it was read twice");
    assert_eq!(entries(&site), 0);
    gone(&site);
}

#[test]
fn without_a_cache_a_request_ends_with_what_it_began_with_too() {
    let gate = Arc::new(Gate::default());
    let fs = Gated::at(&gate);
    let (old, new) = (folder(&[("a.txt", b"old")]), folder(&[("a.txt", b"new")]));
    let site = Site::with(&[], |server| server.fs(fs).no_cache(), |mount| mount);
    site.handle.mount(MountConfig::new("/x", old.path())).unwrap();
    let mut waits = ask(&site, "/x/a.txt");
    gate.wait_for(1);
    site.handle.replace(MountConfig::new("/x", new.path())).unwrap();
    gate.open();
    assert_eq!(waits.answer(false).text(), "old");
    assert_eq!(site.get("/x/a.txt").text(), "new");
    gone(&site);
}

#[test]
fn a_mount_stays_until_the_last_answer_of_it_is_sent() {
    let content = noise(9_000_000, 7);
    let (old, new) = (folder(&[("a.bin", &content)]), folder(&[("a.bin", b"new")]));
    let site = Site::start(&[]);
    site.handle.mount(MountConfig::new("/x", old.path()).sendfile(false)).unwrap();
    assert!(site.get("/x/a.bin").body == content);
    let mut slow = ask(&site, "/x/a.bin");
    site.wait_for(|stats| stats.success == 2);
    site.handle.replace(MountConfig::new("/x", new.path())).unwrap();
    assert_eq!(site.handle.retired().mounts, 1);
    assert_eq!(site.get("/x/a.bin").text(), "new");
    assert!(slow.answer(false).body == content);
    gone(&site);
}

#[test]
#[cfg(target_os = "linux")]
fn folders_are_watched_for_as_long_as_they_are_mounted() {
    let dir = folder(&[("sub/a.txt", b"old")]);
    let sub = dir.path().join("sub");
    // The time stands: nobody looks at a file, so what is seen was told.
    let clock = TestClock::default();
    clock.0.set_real(SystemTime::now());
    let site = Site::with(
        &[],
        |server| server.clock(clock),
        |mount| mount.freshness(Freshness::new(Invalidation::Ttl)),
    );
    assert_eq!(crate::site::watches(&sub), 0);
    site.handle.mount(MountConfig::new("/x", dir.path())).unwrap();
    assert_eq!(crate::site::watches(&sub), 1);
    assert_eq!(site.get("/x/sub/a.txt").text(), "old");
    write(&sub.join("new.txt"), b"new");
    fs::rename(sub.join("new.txt"), sub.join("a.txt")).unwrap();
    let new = || (site.get("/x/sub/a.txt").text() == "new").then_some(());
    assert!(eventually(new).is_some(), "it isn't told");

    site.handle.replace(MountConfig::new("/x", dir.path()).etag(false)).unwrap();
    assert_eq!(crate::site::watches(&sub), 1);
    write(&sub.join("new.txt"), b"newer");
    assert_eq!(site.get("/x/sub/a.txt").text(), "new");
    fs::rename(sub.join("new.txt"), sub.join("a.txt")).unwrap();
    let new = || (site.get("/x/sub/a.txt").text() == "newer").then_some(());
    assert!(eventually(new).is_some(), "it isn't told");

    site.handle.mount(MountConfig::new("/y", dir.path())).unwrap();
    site.handle.unmount("/x").unwrap();
    assert_eq!(crate::site::watches(&sub), 1, "another one needs it");
    site.handle.unmount("/y").unwrap();
    assert_eq!((crate::site::watches(&sub), crate::site::watches(dir.path())), (0, 0));
}

#[test]
fn what_is_added_is_loaded_ahead_as_well() {
    let (first, second) = (folder(&[("a.css", b"one")]), folder(&[("b/c.css", b"two")]));
    let preload = CacheConfig::new().preload("*.css");
    let site = Site::with(&[], |server| server.cache(preload), |mount| mount);
    let held = |count| move |site: &Site| (entries(site) == count).then_some(());
    site.handle.mount(MountConfig::new("/x", first.path())).unwrap();
    assert!(eventually(|| held(1)(&site)).is_some());
    site.handle.replace(MountConfig::new("/x", second.path())).unwrap();
    assert!(eventually(|| held(1)(&site)).is_some());
    let hit = || {
        assert_eq!(site.get("/x/b/c.css").text(), "two");
        let stats = site.handle.cache_stats().unwrap();
        (stats.hits > 0).then_some(())
    };
    assert!(eventually(hit).is_some());
}

#[test]
fn a_handle_goes_from_thread_to_thread() {
    fn check<T: Send + Sync>() {}
    check::<Handle>();
}
