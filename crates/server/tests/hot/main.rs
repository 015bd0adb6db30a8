//! A hot request allocates nothing, from the socket to the socket.
//!
//! Alone in its process: what all threads of it allocate is counted, the client's included.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime};

use catzilla_server::middleware::{Chain, Done, FieldLines, Flow, after, before};
use catzilla_server::{CacheConfig, Handle, MountConfig, Server};
use catzilla_testkit::counting::{Counting, allocations_of_all_threads};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Requests of each kind.
const REQUESTS: usize = 10_000;

/// What may be allocated meanwhile, in all: once a second somebody looks at mounts, memory and a file, and the watcher
/// hears of whatever others do in the folder of temporary files. If each request made one it would be twice as many.
const BESIDE: usize = REQUESTS / 2;

struct Site {
    _dir: TempDir,
    handle: Handle,
}

/// A connection that allocates nothing once it is there.
struct Client {
    stream: TcpStream,
    buffer: Box<[u8]>,
}

impl Site {
    fn start(files: &[(String, &[u8])], cache: CacheConfig) -> Self {
        Self::behind(Chain::builder().build().unwrap(), files, cache)
    }

    fn behind(chain: Chain, files: &[(String, &[u8])], cache: CacheConfig) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join(name);
            fs::write(&path, content).unwrap();
            let old = SystemTime::now() - Duration::from_hours(1);
            fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
        }
        let server = Server::builder()
            .threads(NonZeroUsize::MIN)
            .cache(cache)
            .middleware(chain)
            .mount(MountConfig::new("/", dir.path()))
            .build();
        Self { handle: server.unwrap().start().unwrap(), _dir: dir }
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.handle.addresses()[0]).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Client { stream, buffer: vec![0; 64 * 1024].into_boxed_slice() }
    }
}

impl Client {
    /// Sends a request, and reads an answer of known length.
    fn turn(&mut self, request: &[u8], len: usize) -> &[u8] {
        self.stream.write_all(request).unwrap();
        self.stream.read_exact(&mut self.buffer[..len]).unwrap();
        &self.buffer[..len]
    }

    /// Sends a request, and reads what comes of it, however long it is.
    fn first_turn(&mut self, request: &[u8]) -> Vec<u8> {
        self.stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        loop {
            let read = self.stream.read(&mut self.buffer[..]).unwrap();
            assert!(read > 0, "closed");
            answer.extend_from_slice(&self.buffer[..read]);
            let len = catzilla_testkit::response::read(&answer, false).unwrap();
            if let Some((_, len)) = len {
                assert_eq!(len, answer.len());
                return answer;
            }
        }
    }
}

#[track_caller]
fn check(site: &Site, request: &str, status: &str) {
    let request = request.as_bytes();
    let mut client = site.connect();
    // The first makes what is asked for, the second finds it; from then on all are alike.
    client.first_turn(request);
    let expected = client.first_turn(request);
    let begin = format!("HTTP/1.1 {status} ");
    assert!(expected.starts_with(begin.as_bytes()), "{}", String::from_utf8_lossy(&expected));
    for _ in 0..100 {
        client.turn(request, expected.len());
    }
    let hits = site.handle.cache_stats().unwrap().hits;
    let made = allocations_of_all_threads(|| {
        for _ in 0..REQUESTS {
            assert!(client.turn(request, expected.len()).starts_with(begin.as_bytes()));
        }
    });
    assert!(site.handle.cache_stats().unwrap().hits >= hits + REQUESTS as u64, "they weren't hot");
    assert!(
        made < BESIDE,
        "{made} allocations for {REQUESTS} requests that were answered {status}"
    );
}

/// One test: a second one beside it would be counted, too.
#[test]
fn a_hot_request_allocates_nothing() {
    let text = b"catzilla serves files. ".repeat(2_000);
    let files = [("page.html".to_owned(), &text[..1024]), ("app.js".to_owned(), &text[..])];
    // Making variants smaller in the background is work of another thread, and not of a request.
    let site = Site::start(&files, CacheConfig::new().improve_after(u64::MAX));
    let get = |path: &str, fields: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
    };
    let gzip = "Accept-Encoding: gzip\r\n";
    check(&site, &get("/page.html", ""), "200");
    check(&site, &get("/app.js", gzip), "200");
    check(&site, &get("/app.js", "Range: bytes=100-1099\r\n"), "206");
    check(&site, &get("/app.js", &format!("{gzip}Range: bytes=100-\r\n")), "206");
    for (path, accept) in [("/page.html", ""), ("/app.js", gzip)] {
        let answer = site.connect().first_turn(get(path, accept).as_bytes());
        let (answer, _) = catzilla_testkit::response::read(&answer, false).unwrap().unwrap();
        let is_tag = |name: &str| name.eq_ignore_ascii_case("etag");
        let (_, tag) = answer.fields.iter().find(|(name, _)| is_tag(name)).unwrap();
        let tag = String::from_utf8_lossy(tag);
        check(&site, &get(path, &format!("{accept}If-None-Match: {tag}\r\n")), "304");
    }
    assert_eq!(site.handle.stats().panics, 0);

    // Nor does one that goes through a chain, unless the chain does.
    let lines = FieldLines::new([("x-content-type-options", "nosniff")]).unwrap();
    let chain = (0..8).fold(Chain::builder(), |chain, number| {
        chain.with(before(format!("before {number}"), move |cx| {
            let value = cx.request.field("x-number").map_or(number, |value| value.len() as u64);
            let value = cx.arena.insert(value)?;
            cx.response.append("x-number", itoa::Buffer::new().format(*value))?;
            Ok(Flow::Next)
        }))
    });
    let chain = chain.with(after("after", move |cx| {
        cx.response.replace_lines(&lines);
        Ok(Done::Next)
    }));
    let site =
        Site::behind(chain.build().unwrap(), &files, CacheConfig::new().improve_after(u64::MAX));
    check(&site, &get("/page.html", ""), "200");
    check(&site, &get("/app.js", "Range: bytes=100-1099\r\n"), "206");

    // Nor does one of a file that has to wait until others were made smaller: more than there is room for in the queue,
    // each of them a matter of a second.
    let text = noise(250_000);
    let files: Vec<_> = (0..80).map(|n| (format!("{n}.js"), &text[..])).collect();
    let site = Site::start(&files, CacheConfig::new().improve_after(1));
    let brotli = "Accept-Encoding: br\r\n";
    for (name, _) in &files {
        let mut client = site.connect();
        for _ in 0..3 {
            client.first_turn(get(&format!("/{name}"), brotli).as_bytes());
        }
    }
    check(&site, &get("/79.js", &format!("{brotli}Range: bytes=0-99\r\n")), "206");
}

/// Text of random hexadecimal digits: it shrinks by half, and takes long.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b"0123456789abcdef"[(state >> 32) as usize & 15]
    };
    (0..len).map(|_| next()).collect()
}
