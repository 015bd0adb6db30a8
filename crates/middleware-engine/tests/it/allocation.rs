//! What a request allocates on its way through a chain.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use catzilla_middleware_engine::builtin::{ForwardedField, IpFilter, IpRules, TrustedProxies};
use catzilla_middleware_engine::{After, ArenaPool, Before, Chain, Middleware, Moment, Peer};
use catzilla_testkit::counting::allocations;
use http::Request;
use http::request::Builder;

use crate::drive::Answer;

/// Nothing is allocated by a middleware, once a first request has made room.
#[track_caller]
pub(crate) fn check(middleware: impl Middleware, request: Builder) {
    let chain = Chain::builder().with(middleware).build().unwrap();
    let mut parts = request.body(()).unwrap().into_parts().0;
    let stranger = || Peer(SocketAddr::from(([192, 0, 2, 1], 1000)));
    parts.extensions.get_or_insert_with(stranger);
    let real = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let moment = Moment { real, monotonic: Duration::from_secs(1000) };
    // With what fields are edited for.
    let fields = [("content-type", "text/plain"), ("cache-control", "public, max-age=60")];
    let answer = Answer::new(200, &fields, "hello");
    let (mut pool, mut lines) = (ArenaPool::default(), Vec::new());
    let mut request = || {
        let mut run = chain.begin(pool.take(), std::mem::take(&mut lines));
        let mut before = chain.before(&mut run, &parts, moment);
        while let Before::Wait(job) = before {
            before = chain.resume(&mut run, &parts, moment, job.run());
        }
        assert!(matches!(chain.after(&mut run, &parts, moment, &answer), After::Done));
        let finished = run.finish();
        lines = finished.overlay.into_buffer();
        pool.put(finished.arena);
    };
    request();
    request();
    let count = allocations(|| (0..10).for_each(|_| request()));
    assert_eq!(count, 0, "allocations of ten requests");
}

fn request(fields: &[(&str, &str)]) -> Builder {
    let mut request = Request::get("/a").extension(Peer(([10, 0, 0, 1], 1).into()));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request
}

#[test]
fn the_client_behind_proxies() {
    let proxies = TrustedProxies::new(["10.0.0.0/8"]).unwrap();
    for field in [ForwardedField::XForwardedFor, ForwardedField::Forwarded] {
        let proxies = proxies.clone().field(field);
        let fields = [("x-forwarded-for", "1.1.1.1, 10.0.0.2"), ("forwarded", "for=\"1\\.1.1.1\"")];
        let request = request(&fields).body(()).unwrap().into_parts().0;
        let count = allocations(|| {
            assert_eq!(black_box(proxies.client(&request)), Some([1, 1, 1, 1].into()));
        });
        assert_eq!(count, 0);
    }
}

#[test]
fn ip_filter() {
    let proxies = TrustedProxies::new(["10.0.0.0/8"]).unwrap();
    let filter = IpFilter::new(IpRules::allow_only(["1.0.0.0/8"]).unwrap()).proxies(proxies);
    check(filter, request(&[("x-forwarded-for", "1.1.1.1, 10.0.0.2")]));
}

#[cfg(feature = "rate-limit")]
#[test]
fn rate_limit() {
    use catzilla_middleware_engine::builtin::RateLimit;
    let limit = RateLimit::builder(100, Duration::from_secs(1)).announce(true);
    check(limit.build().unwrap(), request(&[]));
}

/// The second time it comes from the cache, whatever the first one took.
#[cfg(feature = "jwt")]
#[test]
fn jwt() {
    use crate::jwt::issuer::Issuer;
    for issuer in [Issuer::secret(), Issuer::ecdsa("1")] {
        let token =
            format!("Bearer {}", issuer.token(&serde_json::json!({ "exp": 2_000_000_000 })));
        let jwt = issuer.judge().build().unwrap();
        check(jwt, request(&[("authorization", &token)]));
    }
}
