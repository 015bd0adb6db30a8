//! The pipeline as a `tower::Service`: on a runtime of several threads, with whoever calls it.

mod differential;
mod hyper;
mod in_axum;
mod types;

use std::fs;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use catzilla_path_security::{OpenError, Opened, RequestPath, Root};
use catzilla_server::{
    Freshness, Fs, HostFs, Invalidation, Limits, MountConfig, Retired, StaticBody, StaticService,
    Wait,
};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::{Hyper, runtime};
use tempfile::TempDir;

use crate::gate::Gate;
use crate::site::{TestClock, eventually, noise, write};

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        write(&dir.path().join(name), content);
    }
    dir
}

fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

fn request(path: &str) -> Request<()> {
    Request::get(path).header("host", "localhost").body(()).unwrap()
}

async fn get(service: &StaticService, path: &str) -> Response<StaticBody> {
    let Ok(response) = service.serve(request(path)).await;
    response
}

/// Status and content.
async fn read(service: &StaticService, path: &str) -> (u16, Vec<u8>) {
    let response = get(service, path).await;
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes().into())
}

#[test]
fn many_tasks_on_many_threads_are_answered() {
    let large = noise(3_000_000, 1);
    let dir = folder(&[("a.txt", b"content"), ("large.bin", &large)]);
    let service = StaticService::new(dir.path()).unwrap();
    runtime().block_on(async {
        let tasks: Vec<_> = (0..64)
            .map(|number| {
                let service = service.clone();
                let path = if number % 4 == 0 { "/large.bin" } else { "/a.txt" };
                tokio::spawn(async move { (path, read(&service, path).await) })
            })
            .collect();
        for task in tasks {
            let (path, (status, body)) = task.await.unwrap();
            let expected = if path == "/a.txt" { b"content" } else { &large[..] };
            assert!(status == 200 && body == expected, "{path}");
        }
    });
    assert_eq!(service.cache_stats().unwrap().entries, 2);
}

#[test]
fn what_is_wrong_is_said_when_it_is_built() {
    let dir = folder(&[]);
    let missing = dir.path().join("missing");
    let err = StaticService::new(&missing).unwrap_err().to_string();
    assert!(err.contains("missing"), "{err}");
    let limits = limits(|limits| limits.max_fields = 0);
    let err = StaticService::builder().limits(limits).build().unwrap_err().to_string();
    assert!(err.contains("max_fields"), "{err}");
    let cache = catzilla_server::CacheConfig::new().preload("a[");
    let err = StaticService::builder().cache(cache).build().unwrap_err().to_string();
    assert!(err.contains("a["), "{err}");
}

/// How content comes: in which pieces.
fn check_pieces(service: &StaticService, path: &str, content: &[u8], largest: usize) {
    runtime().block_on(async {
        let mut body = get(service, path).await.into_body();
        let (mut came, mut most) = (Vec::new(), 0);
        loop {
            let left = (content.len() - came.len()) as u64;
            assert_eq!(http_body::Body::size_hint(&body).exact(), Some(left));
            assert_eq!(http_body::Body::is_end_stream(&body), left == 0);
            let Some(frame) = body.frame().await else { break };
            let data = frame.unwrap().into_data().unwrap();
            most = most.max(data.len());
            came.extend_from_slice(&data);
        }
        assert!(came == content, "{path}");
        assert!(most <= largest, "{path}: {most} bytes at once");
    });
}

#[test]
fn large_content_comes_in_pieces_and_what_is_held_as_it_is() {
    let (held, sealed, large) = (noise(100_000, 1), noise(500_000, 2), noise(2_000_000, 3));
    let dir = folder(&[("held.bin", &held), ("sealed.bin", &sealed), ("large.bin", &large)]);
    let cache = catzilla_server::CacheConfig::new().max_file(1_000_000);
    let mount = || MountConfig::new("/", dir.path());
    let cached = StaticService::builder().mount(mount()).cache(cache).build().unwrap();
    let uncached = StaticService::builder().mount(mount()).no_cache().build().unwrap();
    for _ in 0..2 {
        check_pieces(&cached, "/held.bin", &held, held.len());
        check_pieces(&cached, "/sealed.bin", &sealed, 64 * 1024);
        check_pieces(&cached, "/large.bin", &large, 64 * 1024);
        check_pieces(&uncached, "/large.bin", &large, 64 * 1024);
    }
}

/// A file system that fails in ways that are told it.
#[derive(Debug, Default)]
struct Faults {
    gate: Option<Arc<Gate>>,
    panics: AtomicBool,
    /// Nothing is in memory.
    is_cold: AtomicBool,
    opens: AtomicUsize,
}

#[derive(Debug, Clone, Default)]
struct Faulty(Arc<Faults>);

impl Fs for Faulty {
    fn open(&self, root: &Root, path: &RequestPath<'_>, wait: Wait) -> Result<Opened, OpenError> {
        assert!(!self.0.panics.load(Ordering::SeqCst), "on purpose");
        if let Some(gate) = &self.0.gate {
            if wait == Wait::Never {
                return Err(OpenError::WouldBlock);
            }
            gate.pass();
        }
        self.0.opens.fetch_add(1, Ordering::SeqCst);
        HostFs.open(root, path, wait)
    }

    fn read_at(&self, file: &Opened, to: &mut [u8], at: u64, wait: Wait) -> io::Result<usize> {
        if wait == Wait::Never && self.0.is_cold.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        HostFs.read_at(file, to, at, wait)
    }
}

fn faulty(dir: &TempDir, faults: Faults, limits: Limits) -> (StaticService, Arc<Faults>) {
    let fs = Faulty(Arc::new(faults));
    let faults = Arc::clone(&fs.0);
    let mount = MountConfig::new("/", dir.path()).precompressed(false);
    let service = StaticService::builder().mount(mount).fs(fs).limits(limits).build().unwrap();
    (service, faults)
}

#[test]
fn who_gives_up_leaves_the_others_what_was_loaded() {
    let dir = folder(&[("a.txt", b"content")]);
    let gate = Arc::new(Gate::default());
    let faults = Faults { gate: Some(Arc::clone(&gate)), ..Faults::default() };
    let (service, faults) = faulty(&dir, faults, Limits::default());
    runtime().block_on(async {
        let mut first = service.serve(request("/a.txt"));
        let mut second = service.serve(request("/a.txt"));
        let mut context = Context::from_waker(Waker::noop());
        for answer in [&mut first, &mut second] {
            assert!(pin!(answer).poll(&mut context).is_pending());
        }
        gate.wait_for(1);
        drop(first);
        gate.open();
        let Ok(response) = second.await;
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "content");
    });
    assert_eq!(faults.opens.load(Ordering::SeqCst), 1, "it was loaded once");
}

#[test]
fn who_gives_up_a_body_leaves_nothing_behind() {
    let dir = folder(&[("large.bin", &noise(2_000_000, 3))]);
    let faults = Arc::new(Faults::default());
    let service = StaticService::builder()
        .mount(MountConfig::new("/", dir.path()))
        .no_cache()
        .fs(Faulty(Arc::clone(&faults)))
        .limits(limits(|limits| limits.max_queued_jobs = 1))
        .build()
        .unwrap();
    runtime().block_on(async {
        for _ in 0..3 {
            faults.is_cold.store(true, Ordering::SeqCst);
            let mut body = get(&service, "/large.bin").await.into_body();
            // A piece, and a half one that is on its way.
            body.frame().await.unwrap().unwrap();
            let mut context = Context::from_waker(Waker::noop());
            let _ = http_body::Body::poll_frame(pin!(&mut body), &mut context);
            drop(body);
            // The place of the job is free when the job has ended; then all of it comes.
            let whole = async || {
                let body = get(&service, "/large.bin").await.into_body();
                body.collect().await.ok().map(|body| body.to_bytes().len())
            };
            let mut came = whole().await;
            while came.is_none() {
                tokio::task::yield_now().await;
                came = whole().await;
            }
            assert_eq!(came, Some(2_000_000));
        }
    });
}

#[test]
fn a_file_that_changes_while_it_is_sent_ends_the_body_with_an_error() {
    let dir = folder(&[("large.bin", &noise(2_000_000, 3))]);
    let service =
        StaticService::builder().mount(MountConfig::new("/", dir.path())).no_cache().build();
    let service = service.unwrap();
    let hyper = Hyper::of(&service);
    let change = || {
        let file = fs::File::options().write(true).open(dir.path().join("large.bin")).unwrap();
        file.set_len(1_000_000).unwrap();
        file.set_len(2_000_000).unwrap();
    };
    runtime().block_on(async {
        let mut body = get(&service, "/large.bin").await.into_body();
        body.frame().await.unwrap().unwrap();
        change();
        let err = body.frame().await.unwrap().unwrap_err();
        assert!(err.to_string().contains("changed"), "{err}");
        assert!(body.frame().await.is_none() && http_body::Body::is_end_stream(&body));
    });
    // Over a connection: it is cut, and nothing is made up. What sockets hold has to run full first.
    write(&dir.path().join("large.bin"), &noise(60_000_000, 4));
    let mut client = hyper.connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.wait();
    change();
    let Err(came) = client.try_answer(false) else { panic!("it was complete") };
    assert!(came.len() < 60_000_000);
}

#[test]
fn a_panic_ends_one_request() {
    let dir = folder(&[("a.txt", b"content")]);
    let (service, faults) = faulty(&dir, Faults::default(), Limits::default());
    runtime().block_on(async {
        faults.panics.store(true, Ordering::SeqCst);
        assert_eq!(read(&service, "/a.txt").await.0, 500);
        faults.panics.store(false, Ordering::SeqCst);
        assert_eq!(read(&service, "/a.txt").await.0, 200);
    });
}

#[test]
fn what_finds_no_place_in_the_queue_is_answered_503() {
    let dir = folder(&[("a.txt", b"content"), ("b.txt", b"content")]);
    let gate = Arc::new(Gate::default());
    let faults = Faults { gate: Some(Arc::clone(&gate)), ..Faults::default() };
    let limits = limits(|limits| limits.max_queued_jobs = 1);
    let (service, _) = faulty(&dir, faults, limits);
    runtime().block_on(async {
        let waits = tokio::spawn({
            let service = service.clone();
            async move { read(&service, "/a.txt").await }
        });
        tokio::task::block_in_place(|| gate.wait_for(1));
        let refused = get(&service, "/b.txt").await;
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        gate.open();
        assert_eq!(waits.await.unwrap(), (200, b"content".to_vec()));
    });
}

#[test]
fn a_folder_that_was_replaced_is_opened_again() {
    let place = folder(&[("dist/a.txt", b"old")]);
    let dist = place.path().join("dist");
    // Nothing is told: this is for who looks.
    let mount = MountConfig::new("/", &dist).freshness(Freshness::new(Invalidation::Ttl));
    let service = StaticService::builder().mount(mount).tick(Duration::from_millis(5)).build();
    let service = service.unwrap();
    let runtime = runtime();
    let body = || runtime.block_on(read(&service, "/a.txt")).1;
    assert_eq!(body(), b"old");
    fs::rename(&dist, place.path().join("gone")).unwrap();
    write(&dist.join("a.txt"), b"new");
    assert!(eventually(|| (body() == b"new").then_some(())).is_some());
}

#[test]
#[cfg(target_os = "linux")]
fn the_watcher_lives_as_long_as_the_last_clone() {
    let dir = folder(&[("a.txt", b"old")]);
    // The time stands: nobody looks at a file, so what is seen was told.
    let clock = TestClock::default();
    clock.0.set_real(std::time::SystemTime::now());
    let mount = MountConfig::new("/", dir.path());
    let service = StaticService::builder().mount(mount).clock(clock).build().unwrap();
    let clone = service.clone();
    drop(service);
    assert_eq!(crate::site::watches(dir.path()), 1);
    let runtime = runtime();
    let body = || runtime.block_on(read(&clone, "/a.txt")).1;
    assert_eq!(body(), b"old");
    write(&dir.path().join("new.txt"), b"new");
    fs::rename(dir.path().join("new.txt"), dir.path().join("a.txt")).unwrap();
    assert!(eventually(|| (body() == b"new").then_some(())).is_some());
    let answer = clone.serve(request("/a.txt"));
    drop(clone);
    assert_eq!(crate::site::watches(dir.path()), 1, "it is awaited still");
    let Ok(response) = runtime.block_on(answer);
    assert_eq!(crate::site::watches(dir.path()), 0);
    // What is held outlives it.
    let body = runtime.block_on(response.into_body().collect()).unwrap();
    assert_eq!(body.to_bytes(), "new");
}

#[test]
fn mounts_come_and_go_in_all_clones() {
    let (one, two) = (folder(&[("a.txt", b"one")]), folder(&[("a.txt", b"two")]));
    let service = StaticService::builder().mount(MountConfig::new("/x", one.path())).build();
    let (service, runtime) = (service.unwrap(), runtime());
    let clone = service.clone();
    let body = || runtime.block_on(read(&clone, "/x/a.txt"));
    assert_eq!(body(), (200, b"one".to_vec()));
    service.replace(MountConfig::new("/x", two.path())).unwrap();
    assert_eq!(body(), (200, b"two".to_vec()));
    service.unmount("/x").unwrap();
    assert_eq!(body().0, 404);
    service.mount(MountConfig::new("/", one.path())).unwrap();
    service.set_mounts([MountConfig::new("/x", two.path())]).unwrap();
    assert_eq!((body().1, clone.prefixes()), (b"two".to_vec(), vec!["/x".to_owned()]));
    assert!(service.mount(MountConfig::new("/x", one.path())).is_err());
    let gone = || (service.retired() == Retired::default()).then_some(());
    assert!(eventually(gone).is_some());
}

#[test]
fn what_is_held_is_answered_without_a_runtime() {
    let dir = folder(&[("a.txt", b"content")]);
    let service = StaticService::new(dir.path()).unwrap();
    runtime().block_on(read(&service, "/a.txt"));
    let answer =
        pin!(service.serve(request("/a.txt"))).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(response)) = answer else { panic!("it waits") };
    assert_eq!(response.status(), 200);
}
