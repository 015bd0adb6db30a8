//! Chains of middlewares around whatever is answered.

mod application;
mod waiting;

use std::time::{Duration, Instant};

use catzilla_server::middleware::{
    Chain, Context, Done, Flow, Middleware, Peer, Phases, Response, Result, Timings, after, before,
};
use catzilla_server::{MountConfig, Server, ServerBuilder, StaticService};
use http::Method;

use crate::app::handlers::show;
use crate::http2::client::Client as Http2;
use crate::site::Site;

const FILES: &[(&str, &[u8])] = &[
    ("index.html", b"index"),
    ("a.txt", b"0123456789"),
    ("sub/b.txt", b"b"),
    ("secret/key.txt", b"key"),
];

/// Says what it sees of requests and answers.
struct Seen(&'static str);

impl Middleware for Seen {
    fn name(&self) -> &str {
        self.0
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, cx: &mut Context<'_>) -> Result {
        let request = cx.request;
        let path = String::from_utf8_lossy(request.path()).into_owned();
        let asked = format!(
            "{} {path} {} {} {} {}",
            request.method(),
            request.protocol(),
            request.matched().unwrap_or("-"),
            request.peer().is_some_and(|peer| peer.ip().is_loopback()),
            request.is_secure(),
        );
        cx.response.append(self.0, asked)?;
        Ok(Flow::Next)
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        let status = cx.response.status().unwrap();
        let has_type = cx.response.field("content-type").is_some();
        let answered = format!("{status} {:?} {has_type}", cx.response.content_length());
        cx.response.append(&format!("{}-after", self.0), answered)?;
        Ok(Done::Next)
    }
}

/// Takes half a millisecond, and says how long that was by the time that it was told.
struct Slow;

impl Middleware for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }

    fn phases(&self) -> Phases {
        Phases::BEFORE | Phases::AFTER
    }

    fn before(&self, cx: &mut Context<'_>) -> Result {
        cx.arena.insert(cx.moment.monotonic)?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_micros(500) {}
        Ok(Flow::Next)
    }

    fn after(&self, cx: &mut Context<'_>) -> Result<Done> {
        let began = cx.arena.get::<Duration>().expect("it was put in before");
        let took = cx.moment.monotonic.saturating_sub(*began);
        cx.response.append("x-took", took.as_micros().to_string())?;
        Ok(Done::Next)
    }
}

#[test]
fn whoever_measures_is_told_the_time_to_the_microsecond() {
    let site = site(|server| server.middleware(Chain::builder().with(Slow).build().unwrap()));
    for _ in 0..5 {
        let took: u64 = site.get("/a.txt").field("x-took").unwrap().parse().unwrap();
        assert!(took >= 500, "{took} us");
    }
}

fn seen(name: &'static str) -> Chain {
    Chain::builder().with(Seen(name)).build().unwrap()
}

/// Refuses whoever doesn't know the word.
fn guarded(name: &'static str) -> Chain {
    let guard = before(name, move |cx| {
        let knows = cx.request.field("X-Word") == Some(b"please");
        Ok(if knows { Flow::Next } else { Flow::Stop(Response::new(401)) })
    });
    let challenge = after(format!("{name}-after"), |cx| {
        if cx.response.status() == Some(401) {
            cx.response.replace("www-authenticate", "Word")?;
        }
        Ok(Done::Next)
    });
    Chain::builder().with(guard).with(challenge).build().unwrap()
}

fn site(server: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Site {
    Site::with(FILES, server, |mount| mount)
}

/// What the chain has seen, over both versions of HTTP: the request, and the answer.
#[track_caller]
fn check(site: &Site, method: &str, path: &str, fields: &[(&str, &str)], expected: &[&str; 2]) {
    let first = site.ask(method, path, fields);
    let [asked, answered] = *expected;
    let status: u16 = answered[..3].parse().unwrap();
    assert_eq!(first.status, status, "{method} {path}");
    assert_eq!(first.field("x-seen"), Some(asked), "{method} {path}");
    assert_eq!(first.field("x-seen-after"), Some(answered), "{method} {path}");
    let second = Http2::connect(site.address()).ask(method, path, fields, b"");
    assert_eq!(second.status, status, "{method} {path}");
    let asked = asked.replace("HTTP/1.1", "HTTP/2.0");
    assert_eq!(second.field("x-seen"), Some(&*asked), "{method} {path}");
    assert_eq!(second.field("x-seen-after"), Some(answered), "{method} {path}");
    assert_eq!(first.body, second.body);
}

#[test]
fn all_answers_go_through_it() {
    let site = site(|server| server.middleware(seen("x-seen")));
    let asked = |what: &str| format!("{what} HTTP/1.1 / true false");
    for (method, path, fields, answered) in [
        ("GET", "/a.txt", &[][..], "200 Some(10) true"),
        ("GET", "/", &[], "200 Some(5) true"),
        ("HEAD", "/a.txt", &[], "200 Some(10) true"),
        ("GET", "/a.txt", &[("range", "bytes=2-4")], "206 Some(3) true"),
        ("GET", "/a.txt", &[("range", "bytes=20-")], "416 Some(207) true"),
        ("GET", "/a.txt", &[("if-none-match", "*")], "304 None false"),
        ("GET", "/a.txt", &[("if-match", "\"x\"")], "412 Some(197) true"),
        ("GET", "/sub", &[], "301 Some(0) false"),
        ("GET", "/missing", &[], "404 Some(181) true"),
        ("GET", "/.hidden", &[], "404 Some(181) true"),
        ("OPTIONS", "/a.txt", &[], "204 None false"),
        ("POST", "/a.txt", &[], "405 Some(197) true"),
    ] {
        let answer = site.ask(method, path, fields);
        // The length of an error page is its own business.
        let answered = match answer.status {
            400.. => {
                format!("{} Some({}) true", &answered[..3], answer.field("content-length").unwrap())
            }
            _ => answered.to_owned(),
        };
        check(&site, method, path, fields, &[&asked(&format!("{method} {path}")), &answered]);
    }
}

#[test]
fn so_do_those_without_a_place() {
    let site = Site::of(Server::builder().middleware(seen("x-seen")));
    let all = site.ask("OPTIONS", "*", &[]);
    assert_eq!((all.status, all.field("x-seen")), (204, Some("OPTIONS * HTTP/1.1 - true false")));
    let nowhere = site.ask("GET", "/nowhere", &[]);
    assert_eq!((nowhere.status, nowhere.field("x-seen").is_some()), (404, true));
}

#[test]
fn what_the_gate_refuses_does_not() {
    let site = site(|server| server.middleware(seen("x-seen")));
    let mut client = site.connect();
    client.send("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n");
    let refused = client.answer(false);
    assert_eq!((refused.status, refused.field("x-seen")), (400, None));
}

#[test]
fn who_stops_keeps_the_file_back_and_the_connection_goes_on() {
    let site = site(|server| server.middleware(guarded("guard")));
    let mut client = site.connect();
    for _ in 0..3 {
        let refused = client.get("/a.txt");
        assert_eq!((refused.status, refused.field("www-authenticate")), (401, Some("Word")));
        assert!(!refused.text().contains("0123456789"));
        let let_in = client.ask("GET", "/a.txt", &[("x-word", "please")]);
        assert_eq!((let_in.status, let_in.text()), (200, "0123456789"));
    }
    let head = client.ask("HEAD", "/a.txt", &[]);
    assert_eq!((head.status, head.body.len()), (401, 0));
}

#[test]
fn mounts_have_their_own_after_that_of_all() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("key.txt"), "key").unwrap();
    let mount = |prefix| MountConfig::new(prefix, dir.path());
    let server = Server::builder()
        .middleware(seen("x-seen"))
        .mount(mount("/open"))
        .mount(mount("/closed").middleware(guarded("guard")))
        .mount(mount("/closed/inner").middleware(seen("x-inner")));
    let site = Site::of(server);
    assert_eq!(site.get("/open/key.txt").status, 200);
    let refused = site.get("/closed/key.txt");
    assert_eq!((refused.status, refused.field("x-seen-after").is_some()), (401, true));
    // The longest prefix is the one that counts, for chains as for files.
    let inner = site.get("/closed/inner/key.txt");
    assert_eq!(inner.status, 200);
    let names = ["x-seen", "x-inner", "x-seen-after", "x-inner-after"];
    assert!(names.iter().all(|name| inner.field(name).is_some()));
    // What will be refused goes through the chain of the mount which it seems to mean.
    for path in ["/closed/%00", "/closed/..%2fkey.txt", "/closed", "/closed/missing"] {
        assert_eq!(site.get(path).status, 401, "{path}");
    }
}

#[test]
fn what_is_matched_is_what_serves_however_the_path_is_spelt() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("key.txt"), "key").unwrap();
    let mount = |prefix| MountConfig::new(prefix, dir.path()).header("x-of", "it").unwrap();
    let guard = before("guard", |cx| {
        let is_closed = cx.request.matched() == Some("/café");
        assert_eq!(is_closed, cx.request.is_beneath("/café"));
        Ok(if is_closed { Flow::Stop(Response::new(403)) } else { Flow::Next })
    });
    let server = Server::builder()
        .middleware(Chain::builder().with(guard).build().unwrap())
        .mount(MountConfig::new("/", dir.path()))
        .mount(mount("/café"));
    let site = Site::of(server);
    assert_eq!(site.get("/key.txt").status, 200);
    for path in ["/caf%C3%A9/key.txt", "//caf%c3%a9/key.txt", "/./c%61f%C3%A9/key.txt"] {
        let refused = site.get(path);
        assert_eq!((refused.status, refused.field("x-of")), (403, Some("it")), "{path}");
    }
}

#[test]
fn mounts_that_come_later_have_them_too() {
    let site = site(|server| server.middleware(seen("x-seen")));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("key.txt"), "key").unwrap();
    let mount = || MountConfig::new("/late", dir.path());
    site.handle.mount(mount().middleware(guarded("guard"))).unwrap();
    let refused = site.get("/late/key.txt");
    assert_eq!((refused.status, refused.field("x-seen").is_some()), (401, true));
    site.handle.replace(mount()).unwrap();
    assert_eq!(site.get("/late/key.txt").status, 200);
    let twice = site.handle.replace(mount().middleware(seen("x-seen"))).unwrap_err().to_string();
    assert!(twice.contains("\"/late\"") && twice.contains("\"x-seen\""), "{twice}");
    assert_eq!(site.get("/late/key.txt").status, 200);
}

#[test]
fn a_panic_is_500_for_this_request_alone() {
    let panics = before("panics", |cx| {
        assert!(cx.request.path() != b"/a.txt", "on purpose");
        Ok(Flow::Next)
    });
    let late = after("late", |cx| {
        assert!(cx.request.path() != b"/sub/b.txt", "on purpose");
        Ok(Done::Next)
    });
    let chain = Chain::builder().with(panics).with(late).with(Seen("x-seen")).build().unwrap();
    let site = site(|server| server.middleware(chain));
    let mut client = site.connect();
    for (path, status) in [("/a.txt", 500), ("/", 200), ("/sub/b.txt", 500), ("/", 200)] {
        let answer = client.get(path);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.field("x-seen-after").unwrap().starts_with(&status.to_string()));
    }
}

#[test]
fn a_status_may_be_another_but_for_those_that_say_what_the_content_is() {
    let teapot = after("teapot", |cx| {
        let _ = cx.response.set_status(418);
        Ok(Done::Next)
    });
    let chain = Chain::builder().with(teapot).build().unwrap();
    let site = site(|server| server.middleware(chain));
    assert_eq!((site.get("/a.txt").status, site.get("/a.txt").text()), (418, "0123456789"));
    assert_eq!(site.ask("GET", "/a.txt", &[("range", "bytes=0-1")]).status, 206);
    assert_eq!(site.ask("GET", "/a.txt", &[("if-none-match", "*")]).status, 304);
    assert_eq!(site.ask("OPTIONS", "/a.txt", &[]).status, 204);
}

#[test]
fn an_answer_may_be_replaced() {
    let replaced =
        after("replaced", |_| Ok(Done::Replace(Response::new(203).with("text/plain", "instead"))));
    let chain = Chain::builder().with(replaced).with(Seen("x-seen")).build().unwrap();
    let site = site(|server| server.middleware(chain));
    for (method, text) in [("GET", "instead"), ("HEAD", "")] {
        let answer = site.ask(method, "/a.txt", &[]);
        assert_eq!((answer.status, answer.text()), (203, text));
        assert_eq!(answer.field("x-seen-after"), Some("203 Some(7) true"));
        assert_eq!((answer.field("etag"), answer.field("content-length")), (None, Some("7")));
    }
}

#[test]
fn a_handle_shows_who_is_in_it_and_how_long_they_take() {
    let chain = Chain::builder().timings(Timings::Always).with(Seen("x-seen")).build().unwrap();
    let site = Site::with(
        FILES,
        |server| server.middleware(chain),
        |mount| mount.middleware(guarded("guard")),
    );
    site.get("/a.txt");
    let chain = site.handle.chain("/a.txt").unwrap();
    let shown = "before: x-seen (50), guard (50)\nafter: x-seen (50), guard-after (50)\nerror: -\n";
    assert_eq!(chain.to_string(), shown);
    let counts: Vec<_> = chain.figures().map(|(name, figures)| (name, figures.count)).collect();
    assert_eq!(counts, [("x-seen", 2), ("guard", 1), ("guard-after", 1)]);
}

#[test]
fn a_service_has_them_too() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.txt"), "0123456789").unwrap();
    let service = StaticService::builder()
        .middleware(seen("x-seen"))
        .mount(MountConfig::new("/", dir.path()).middleware(waiting::slow()))
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    for version in [http::Version::HTTP_11, http::Version::HTTP_2] {
        let peer = Peer(([127, 0, 0, 1], 1).into());
        let request = http::Request::get("https://h/a.txt").version(version).extension(peer);
        let request = request.header("host", "h").body(()).unwrap();
        let Ok(response) = runtime.block_on(service.serve(request));
        let field = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
        let protocol = if version == http::Version::HTTP_2 { "HTTP/2.0" } else { "HTTP/1.1" };
        let asked = format!("GET /a.txt {protocol} / true true");
        assert_eq!((response.status().as_u16(), field("x-seen")), (200, Some(&*asked)));
        assert_eq!((field("x-job"), field("x-committed")), (Some("open"), Some("200")));
    }
}

#[test]
fn what_one_request_gets_is_not_in_the_answer_to_another() {
    let echo = after("echo", |cx| {
        if let Some(value) = cx.request.field("x-ask") {
            cx.response.append("x-answer", value)?;
        }
        Ok(Done::Next)
    });
    let chain = Chain::builder().with(echo).build().unwrap();
    let site = site(|server| server.middleware(chain));
    let client = Http2::connect(site.address());
    // The fields of the file are made once; what is added to them is each one's own.
    for ask in [Some("1"), Some("2"), None, Some("3"), None] {
        let fields: Vec<_> = ask.map(|ask| ("x-ask", ask)).into_iter().collect();
        let answer = client.ask("GET", "/a.txt", &fields, b"");
        let answers: Vec<_> = answer.fields.get_all("x-answer").iter().collect();
        assert_eq!(answers, ask.into_iter().collect::<Vec<_>>());
        assert_eq!(answer.field("content-length"), Some("10"));
    }
}

#[test]
fn chains_that_are_empty_are_none() {
    let empty = || Chain::builder().build().unwrap();
    let site = site(|server| {
        server.middleware(empty()).route_through(empty(), Method::GET, "/show", show)
    });
    assert_eq!((site.get("/a.txt").status, site.get("/show").status), (200, 200));
}
