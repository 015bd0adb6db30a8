//! Who asks, by name and password.

use std::time::Duration;

use catzilla_middleware_engine::builtin::{
    BasicAuth, BasicAuthBuilder, BasicUser, BasicUsers, BasicUsersHandle, Cors, LogFormat,
    RequestLog,
};
use catzilla_middleware_engine::{Before, Chain, Moment};
use http::Request;
use http::request::Builder;
use proptest::prelude::*;

use crate::allocation;
use crate::drive::{Answer, Driven, Host};

const CHALLENGE: &str = "Basic realm=\"restricted\", charset=\"UTF-8\"";

/// Of `bcrypt`, with as little work as it allows.
fn users() -> BasicUsersHandle {
    let list = format!("alice:{}\nb\u{f6}b:{}\n", hash("s\u{e9}same"), hash("a:b"));
    BasicUsersHandle::new(BasicUsers::parse(&list).unwrap())
}

fn hash(password: &str) -> String {
    bcrypt::hash(password, 4).unwrap()
}

fn host(auth: BasicAuthBuilder) -> Host {
    Host::new(Chain::builder().with(auth.build().unwrap()).build().unwrap())
}

fn sends(field: impl AsRef<[u8]>) -> Builder {
    Request::get("/").header("authorization", field.as_ref())
}

fn as_user(name: &str, password: &str) -> Builder {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    sends(format!("Basic {encoded}"))
}

fn alice() -> Builder {
    as_user("alice", "s\u{e9}same")
}

#[track_caller]
fn let_in(driven: &Driven, name: &str, jobs: usize) {
    assert!(driven.status == 200 && driven.handled, "{driven:?}");
    assert_eq!(driven.field("www-authenticate"), None);
    assert_eq!(driven.extensions.get::<BasicUser>().unwrap().name(), name);
    assert_eq!(driven.jobs, jobs);
}

#[track_caller]
fn refused(driven: &Driven, jobs: usize) {
    assert!(driven.status == 401 && !driven.handled, "{driven:?}");
    assert_eq!(driven.field("www-authenticate"), Some(CHALLENGE));
    assert_eq!((driven.jobs, driven.error.as_deref()), (jobs, None));
}

#[test]
fn users_come_in_and_are_remembered() {
    let mut host = host(BasicAuth::builder(users()));
    let_in(&host.drive(alice()), "alice", 1);
    let_in(&host.drive(alice()), "alice", 0);
    let_in(&host.drive(as_user("b\u{f6}b", "a:b")), "b\u{f6}b", 1);
    let_in(&host.drive(alice()), "alice", 0);
    host.pass(Duration::from_secs(299));
    let_in(&host.drive(alice()), "alice", 0);
    // From when they were verified, not from when they were seen last.
    host.pass(Duration::from_secs(1));
    let_in(&host.drive(alice()), "alice", 1);
}

#[test]
fn without_a_cache_each_request_waits() {
    let mut host = host(BasicAuth::builder(users()).cache(0, Duration::MAX));
    let_in(&host.drive(alice()), "alice", 1);
    let_in(&host.drive(alice()), "alice", 1);
}

#[test]
fn wrong_ones_take_as_long_as_right_ones() {
    let mut host = host(BasicAuth::builder(users()));
    for _ in 0..2 {
        refused(&host.drive(as_user("alice", "a:b")), 1);
        refused(&host.drive(as_user("alice", "")), 1);
        // Nobody of that name, with the passwords of others.
        for name in ["mallory", "", "Alice", "alice ", "bob"] {
            refused(&host.drive(as_user(name, "s\u{e9}same")), 1);
            refused(&host.drive(as_user(name, "a:b")), 1);
        }
    }
}

#[test]
fn what_is_malformed_costs_nothing() {
    let mut host = host(BasicAuth::builder(users()));
    refused(&host.drive(Request::get("/")), 0);
    for field in ["", "Basic", "Basic *", "Basic YWxpY2U=", "Bearer YTpi", "Basic YTpi YTpi"] {
        refused(&host.drive(sends(field)), 0);
    }
    refused(&host.drive(sends(b"Basic \xff")), 0);
    refused(&host.drive(as_user("alice\n", "x")), 0);
    refused(&host.drive(as_user("alice", &"x".repeat(4096))), 0);
    let twice = alice().header("authorization", "Basic YTpi");
    refused(&host.drive(twice), 0);
}

#[test]
fn a_new_list_counts_at_once() {
    let users = users();
    let mut host = host(BasicAuth::builder(users.clone()));
    let_in(&host.drive(alice()), "alice", 1);
    let list = format!("alice:{}\n", hash("another"));
    users.set(BasicUsers::parse(&list).unwrap());
    refused(&host.drive(alice()), 1);
    let_in(&host.drive(as_user("alice", "another")), "alice", 1);
    users.set(BasicUsers::default());
    // There is nobody to be told from.
    refused(&host.drive(as_user("alice", "another")), 0);
}

#[test]
fn what_was_verified_by_an_old_list_is_not_remembered_for_a_new_one() {
    let users = users();
    let mut host = host(BasicAuth::builder(users.clone()));
    let parts = alice().body(()).unwrap().into_parts().0;
    let mut run = host.chain.begin(host.pool.take(), Vec::new());
    let Before::Wait(job) = host.chain.before(&mut run, &parts, host.moment) else { panic!() };
    users.set(BasicUsers::parse(&format!("alice:{}\n", hash("another"))).unwrap());
    let brought = job.run();
    let before = host.chain.resume(&mut run, &parts, host.moment, brought);
    assert!(matches!(before, Before::Handle));
    refused(&host.drive(alice()), 1);
}

#[test]
fn guessing_does_not_fill_the_pool() {
    let mut host = host(BasicAuth::builder(users()).max_verifications(2));
    let_in(&host.drive(alice()), "alice", 1);
    let parts = as_user("alice", "guess").body(()).unwrap().into_parts().0;
    let moment = Moment { ..host.moment };
    let mut guess = || {
        let mut run = host.chain.begin(host.pool.take(), Vec::new());
        match host.chain.before(&mut run, &parts, moment) {
            Before::Wait(job) => job,
            other => panic!("{other:?}"),
        }
    };
    let (first, second) = (guess(), guess());
    let busy = host.drive(as_user("alice", "one more"));
    assert_eq!((busy.status, busy.field("retry-after"), busy.jobs), (503, Some("1"), 0));
    // Those who are remembered are let in, and those who send nothing are asked.
    let_in(&host.drive(alice()), "alice", 0);
    refused(&host.drive(Request::get("/")), 0);
    // A job that is never run makes room, as one that was.
    drop(first);
    refused(&host.drive(as_user("alice", "one more")), 1);
    let _ = second.run();
    refused(&host.drive(as_user("alice", "one more")), 1);
}

#[test]
fn of_many_that_come_at_once_one_is_verified() {
    let auth = BasicAuth::builder(users()).build().unwrap();
    let mut host = Host::new(Chain::builder().with(auth).build().unwrap());
    let parts = alice().body(()).unwrap().into_parts().0;
    let mut runs: Vec<_> = (0..2).map(|_| host.chain.begin(host.pool.take(), Vec::new())).collect();
    let jobs: Vec<_> = runs
        .iter_mut()
        .map(|run| match host.chain.before(run, &parts, host.moment) {
            Before::Wait(job) => job,
            other => panic!("{other:?}"),
        })
        .collect();
    for (run, job) in runs.iter_mut().zip(jobs) {
        let before = host.chain.resume(run, &parts, host.moment, job.run());
        assert!(matches!(before, Before::Handle));
    }
}

#[test]
fn argon2id_is_verified_too() {
    // By the reference implementation: argon2 somesalt -id -t 2 -k 256 -p 1, of "password".
    let list = "carol:$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n";
    let mut host =
        host(BasicAuth::builder(BasicUsersHandle::new(BasicUsers::parse(list).unwrap())));
    let_in(&host.drive(as_user("carol", "password")), "carol", 1);
    refused(&host.drive(as_user("carol", "passwort")), 1);
}

#[test]
fn the_challenge_names_a_realm() {
    let challenge = |auth: BasicAuthBuilder| {
        let driven = host(auth).drive(Request::get("/"));
        driven.field("www-authenticate").unwrap().to_owned()
    };
    let auth = || BasicAuth::builder(users());
    assert_eq!(
        challenge(auth().realm(r#"the "best" \o/"#).charset(false)),
        r#"Basic realm="the \"best\" \\o/""#
    );
    for realm in ["", " a", "a\r\nb", "k\u{fc}che"] {
        let error = auth().realm(realm).build().unwrap_err();
        assert_eq!(error.option(), "realm");
    }
    let error = auth().max_verifications(0).build().unwrap_err();
    assert_eq!(error.option(), "max_verifications");
}

#[test]
fn answers_for_users_stay_out_of_shared_caches() {
    #[track_caller]
    fn check(handler: fn(&http::request::Parts) -> Answer, expected: Option<&str>) {
        let mut host = host(BasicAuth::builder(users()));
        host.handler = handler;
        assert_eq!(host.drive(alice()).field("cache-control"), expected);
    }
    fn with(value: &str) -> Answer {
        Answer::new(200, &[("cache-control", value)], "")
    }
    check(|_| Answer::new(200, &[], ""), None);
    check(|_| with("no-cache"), Some("no-cache"));
    check(
        |_| with("public, max-age=31536000, immutable"),
        Some("private, max-age=31536000, immutable"),
    );
    check(|_| with("S-MaxAge=5 ,max-age=1"), Some("private, max-age=1"));
    check(|_| with("must-revalidate"), Some("private, must-revalidate"));
    check(|_| with("private, must-revalidate"), Some("private, must-revalidate"));
    check(|_| with("public, no-store"), Some("public, no-store"));
    check(|_| with("public, private=\"set-cookie\""), Some("private, private=\"set-cookie\""));
    // Longer than anybody writes.
    let long = |_: &_| {
        let value = format!("public, {}", "a".repeat(512));
        Answer::new(200, &[("cache-control", &value)], "")
    };
    check(long, Some("no-store"));
    // Lines are one list.
    let two = |_: &_| {
        let lines = [("cache-control", "no-transform"), ("cache-control", "public, max-age=5")];
        Answer::new(200, &lines, "")
    };
    check(two, Some("private, no-transform, max-age=5"));
}

#[test]
fn secrets_are_not_printed() {
    let users = users();
    let auth = BasicAuth::builder(users.clone()).build().unwrap();
    let printed = format!("{users:?} {auth:?}");
    assert!(printed.contains("alice") && !printed.contains("$2b$"), "{printed}");
}

#[test]
fn the_log_names_the_user_and_preflights_need_none() {
    use std::io::Write;
    #[derive(Clone)]
    struct Sent(std::sync::mpsc::Sender<Vec<u8>>);
    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(std::io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (sender, lines) = std::sync::mpsc::channel();
    let log = RequestLog::builder().format(LogFormat::Common).start(Sent(sender)).unwrap();
    let cors = Cors::builder().origins(["https://a.example"]).build().unwrap();
    let auth = BasicAuth::builder(users()).build().unwrap();
    let mut host = Host::new(Chain::builder().with(auth).with(cors).with(log).build().unwrap());
    let preflight = Request::options("/")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "GET");
    assert_eq!(host.drive(preflight).status, 204);
    let driven = host.drive(Request::get("/").header("origin", "https://a.example"));
    assert_eq!(driven.status, 401);
    assert_eq!(driven.field("access-control-allow-origin"), Some("https://a.example"));
    host.drive(as_user("b\u{f6}b", "a:b"));
    drop(host);
    let text: Vec<u8> = lines.iter().flatten().collect();
    let text = String::from_utf8(text).unwrap();
    let users: Vec<_> = text.lines().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(users, ["-", "-", "b\\xC3\\xB6b"]);
}

#[test]
fn nothing_is_allocated_for_those_who_are_remembered() {
    allocation::check(BasicAuth::builder(users()).build().unwrap(), alice());
    allocation::check(BasicAuth::builder(users()).build().unwrap(), Request::get("/"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever is sent, nobody comes in with it, and nothing fails.
    #[test]
    fn noise_does_not_come_in(
        is_encoded in any::<bool>(),
        scheme in "(Basic|basic|Bearer|Basic  )?",
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        use base64::Engine as _;
        let standard = base64::engine::general_purpose::STANDARD;
        let noise = if is_encoded { standard.encode(noise).into_bytes() } else { noise };
        let field = [scheme.as_bytes(), b" ", &noise].concat();
        if let Ok(value) = http::HeaderValue::from_bytes(&field) {
            let driven = host(BasicAuth::builder(users())).drive(Request::get("/").header("authorization", value));
            prop_assert_eq!((driven.status, driven.handled, driven.error), (401, false, None));
        }
    }
}
