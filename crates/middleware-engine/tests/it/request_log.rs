//! A line for each request.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use catzilla_middleware_engine::builtin::{
    LogFormat, RequestId, RequestLog, RequestLogBuilder, RequestLogHandle, TrustedProxies,
};
use catzilla_middleware_engine::{Chain, Flow, Response, before};
use http::Request;
use http::request::Builder;

use crate::allocation;
use crate::drive::{Answer, Host};

/// Long enough for any machine; nobody waits for it.
const LONG: Duration = Duration::from_mins(1);
const SMALLEST: usize = 7 * 6 * 4096;

/// What was written, to look at.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn log(format: LogFormat) -> RequestLogBuilder {
    RequestLog::builder().format(format)
}

fn host(log: RequestLogBuilder, out: impl Write + Send + 'static) -> (Host, RequestLogHandle) {
    let log = log.start(out).unwrap();
    let handle = log.handle();
    let mut host = Host::new(Chain::builder().with(log).build().unwrap());
    host.takes = Duration::from_micros(1234);
    (host, handle)
}

/// What is written of a request by the time the chain is gone.
fn written(log: RequestLogBuilder, request: Builder) -> String {
    let out = Written::default();
    let (mut host, handle) = host(log.linger(LONG), out.clone());
    host.drive(request);
    drop(host);
    assert!(handle.close(LONG));
    out.text()
}

#[track_caller]
fn check(format: LogFormat, request: Builder, line: &str) {
    assert_eq!(written(log(format), request), format!("{line}\n"));
}

fn page() -> Builder {
    Request::get("/a%20b?c=d")
        .header("referer", "https://example.com/?e=f#g")
        .header("user-agent", "Agent/1 (x)")
        .header("host", "example.com")
        .header("authorization", "Basic c2VjcmV0")
        .header("cookie", "secret=1")
}

#[test]
fn lines_are_as_everybody_reads_them() {
    let line = "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a%20b?c=d HTTP/1.1\" 200 5";
    check(LogFormat::Common, page(), line);
    let combined = format!("{line} \"https://example.com/?e=f#g\" \"Agent/1 (x)\"");
    check(LogFormat::Combined, page(), &combined);
    let line = "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"HEAD / HTTP/2.0\" 200 - \"-\" \"-\"";
    check(LogFormat::Combined, Request::head("/").version(http::Version::HTTP_2), line);
    let json = r#"{"time":"2023-11-14T22:13:20.001Z","client":"192.0.2.1","host":"example.com","method":"GET","path":"/a%20b","query":"c=d","protocol":"HTTP/1.1","referer":"https://example.com/?e=f#g","user_agent":"Agent/1 (x)","status":200,"bytes":5,"duration_us":1234}"#;
    check(LogFormat::Json, page(), json);
    let json = r#"{"time":"2023-11-14T22:13:20.001Z","client":"192.0.2.1","method":"GET","path":"/","protocol":"HTTP/1.1","status":200,"bytes":5,"duration_us":1234}"#;
    check(LogFormat::Json, Request::get("/"), json);
}

#[test]
fn queries_may_be_left_out() {
    let line = written(log(LogFormat::Combined).query(false), page());
    assert!(line.contains("\"GET /a%20b HTTP/1.1\" 200 5 \"https://example.com/\""), "{line}");
    let line = written(log(LogFormat::Json).query(false), page());
    assert!(line.contains(r#""path":"/a%20b","protocol""#), "{line}");
}

#[test]
fn nobody_forges_a_line() {
    let hostile = || {
        Request::get("/a\"b")
            .header("user-agent", &b"x\" 200 5\t\\\xff\xe2\x80\xae\","[..])
            .header("referer", "\"}\\")
            .header("host", "\u{e4}")
    };
    for format in [LogFormat::Common, LogFormat::Combined] {
        let line = written(log(format), hostile());
        assert_eq!(line.lines().count(), 1);
        let quotes = if format == LogFormat::Common { 2 } else { 6 };
        assert_eq!(line.matches('"').count(), quotes, "{line}");
    }
    let line = written(log(LogFormat::Json), hostile());
    let value: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["path"], "/a\"b");
    assert_eq!(value["user_agent"], "x\" 200 5\t\\\u{fffd}\u{202e}\",");
    assert_eq!(value["referer"], "\"}\\");
    assert!(line.bytes().all(|byte| byte == b'\n' || byte >= b' ') && !line.contains('\u{202e}'));
}

#[test]
fn a_line_has_an_end() {
    let long = "a\"".repeat(10_000);
    let request = || Request::get("/").header("user-agent", &long).header("referer", &long);
    for format in [LogFormat::Combined, LogFormat::Json] {
        let line = written(log(format), request());
        assert!(line.len() < SMALLEST && line.contains("..."), "{}", line.len());
    }
}

#[test]
fn secrets_are_not_logged() {
    for format in [LogFormat::Common, LogFormat::Combined, LogFormat::Json] {
        let line = written(log(format), page());
        assert!(!line.contains("c2VjcmV0") && !line.contains("secret"), "{line}");
    }
}

#[test]
fn every_answer_has_a_line() {
    let out = Written::default();
    let log = log(LogFormat::Json).start(out.clone()).unwrap();
    let handle = log.handle();
    let stop = before("stop", |_| Ok(Flow::Stop(Response::new(403))));
    let chain = Chain::builder().with_priority(-1, stop).with(log).with(RequestId::new());
    let driven = Host::new(chain.build().unwrap()).drive(Request::get("/"));
    assert!(handle.close(LONG));
    let line: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
    // It never came to the phase before, so nobody knows how long it took.
    assert_eq!((&line["status"], line.get("duration_us")), (&403.into(), None));
    assert_eq!(line["request_id"].as_str(), driven.field("x-request-id"));
}

#[test]
#[cfg(feature = "jwt")]
fn the_subject_of_a_token_is_the_user() {
    let issuer = crate::jwt::issuer::Issuer::secret();
    let token = |subject: &str| {
        let token = issuer.token(&serde_json::json!({ "sub": subject, "exp": 1_800_000_000 }));
        Request::get("/").header("authorization", format!("Bearer {token}"))
    };
    let out = Written::default();
    let log = log(LogFormat::Common).linger(LONG).start(out.clone()).unwrap();
    let handle = log.handle();
    let chain = Chain::builder().with(log).with(issuer.judge().build().unwrap());
    let mut host = Host::new(chain.build().unwrap());
    assert!(host.drive(token("somebody")).handled);
    assert!(host.drive(token("a \"b\"\n")).handled);
    assert!(handle.close(LONG));
    let text = out.text();
    let users: Vec<_> = text.lines().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(users, ["somebody", "a\\x20\\x22b\\x22\\x0A"]);
}

#[test]
fn a_trusted_proxy_says_who_the_client_is() {
    let proxies = TrustedProxies::new(["192.0.2.0/24"]).unwrap();
    let log = log(LogFormat::Common).proxies(proxies);
    let line = written(log, Request::get("/").header("x-forwarded-for", "2001:db8::1"));
    assert!(line.starts_with("2001:db8::1 - - ["), "{line}");
}

#[test]
fn a_flush_waits_for_what_was_logged() {
    let out = Written::default();
    let (mut host, handle) = host(log(LogFormat::Common).linger(LONG), out.clone());
    for count in 1..4 {
        host.drive(Request::get("/"));
        assert!(handle.flush(LONG));
        assert_eq!(out.text().lines().count(), count);
    }
    assert_eq!((handle.dropped(), handle.failed()), (0, 0));
    drop(host);
    assert!(handle.flush(LONG));
}

/// Tells when it is asked to write, and waits to be let go.
struct Slow(Sender<()>, Receiver<()>);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(());
        let _ = self.1.recv();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_slow_disk_costs_lines_and_not_requests() {
    let ((asked, asks), (go, goes)) = (channel(), channel());
    let log = log(LogFormat::Common).buffer(SMALLEST).linger(Duration::ZERO);
    let (mut host, handle) = host(log, Slow(asked, goes));
    host.drive(Request::get("/"));
    asks.recv().unwrap();
    // 74 bytes each: more than the buffer holds.
    let requests = 3000;
    for _ in 0..requests {
        assert_eq!(host.drive(Request::get("/")).status, 200);
    }
    let len = "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 5\n".len() as u64;
    let room = SMALLEST as u64 / len;
    assert_eq!(handle.dropped(), requests - room);
    assert!(!handle.flush(Duration::ZERO));
    drop(go);
    assert!(handle.flush(LONG));
    host.drive(Request::get("/"));
    assert_eq!(handle.dropped(), requests - room);
}

#[test]
fn a_log_that_hangs_does_not_hang_others() {
    let ((asked, asks), (_go, goes)) = (channel(), channel());
    let log = log(LogFormat::Common).linger(Duration::ZERO);
    let (mut host, handle) = host(log, Slow(asked, goes));
    host.drive(Request::get("/"));
    asks.recv().unwrap();
    drop(host);
    assert!(!handle.close(Duration::ZERO));
}

#[test]
fn a_closed_log_has_written_all_and_counts_what_comes_later() {
    let out = Written::default();
    let (mut host, handle) = host(log(LogFormat::Common).linger(LONG), out.clone());
    host.drive(Request::get("/"));
    assert!(handle.close(LONG));
    assert_eq!(out.text().lines().count(), 1);
    host.drive(Request::get("/"));
    assert_eq!((handle.dropped(), out.text().lines().count()), (1, 1));
}

/// Fails in one way, then in another, and works then.
struct Broken(u32, Written);

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::Error::other("no space left")),
            2 => panic!("on purpose"),
            _ => self.1.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_can_not_be_written_is_counted_and_the_next_is_tried() {
    let out = Written::default();
    let (mut host, handle) = host(log(LogFormat::Common).linger(LONG), Broken(0, out.clone()));
    for failed in [2, 4, 4] {
        host.drive(Request::get("/"));
        host.drive(Request::get("/"));
        assert!(handle.flush(LONG));
        assert_eq!(handle.failed(), failed);
    }
    assert_eq!(out.text().lines().count(), 2);
}

#[test]
fn what_can_not_be_asked_for() {
    let error = RequestLog::builder().buffer(1000).start(io::sink()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    let text = format!("request-log: buffer: 1000 bytes are too few: give it {SMALLEST} or more");
    assert_eq!(error.to_string(), text);
}

#[test]
fn many_threads_write_whole_lines() {
    let out = Written::default();
    let log = log(LogFormat::Json).linger(Duration::ZERO).start(out.clone()).unwrap();
    let handle = log.handle();
    let chain = Chain::builder().with(log).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let mut host = Host::new(chain.clone());
            host.handler = |_| Answer::new(200, &[], "");
            scope.spawn(move || {
                for count in 0..500 {
                    host.drive(Request::get(format!("/{thread}/{count}")));
                }
            });
        }
    });
    drop(chain);
    assert!(handle.close(LONG));
    let mut paths: Vec<String> = Vec::new();
    for line in out.text().lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        paths.push(value["path"].as_str().unwrap().to_owned());
    }
    paths.sort();
    paths.dedup();
    assert_eq!(paths.len(), 2000);
}

#[test]
fn nothing_is_allocated() {
    for format in [LogFormat::Common, LogFormat::Combined, LogFormat::Json] {
        allocation::check(log(format).start(io::sink()).unwrap(), page());
    }
}
