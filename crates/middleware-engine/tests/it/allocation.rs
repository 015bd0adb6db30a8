//! What the usual path of each built-in allocates: nothing.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use catzilla_middleware_engine::builtin::{ForwardedField, IpFilter, IpRules, TrustedProxies};
use catzilla_middleware_engine::{ArenaPool, Before, Chain, Middleware, Moment, Peer};
use catzilla_testkit::counting::allocations;
use http::Request;
use http::request::Parts;

fn request(fields: &[(&str, &str)]) -> Parts {
    let mut request = Request::get("/a").extension(Peer(([10, 0, 0, 1], 1).into()));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

#[test]
fn the_client_behind_proxies() {
    let proxies = TrustedProxies::new(["10.0.0.0/8"]).unwrap();
    for field in [ForwardedField::XForwardedFor, ForwardedField::Forwarded] {
        let proxies = proxies.clone().field(field);
        let fields = [("x-forwarded-for", "1.1.1.1, 10.0.0.2"), ("forwarded", "for=\"1\\.1.1.1\"")];
        let request = request(&fields);
        let count = allocations(|| {
            assert_eq!(black_box(proxies.client(&request)), Some([1, 1, 1, 1].into()));
        });
        assert_eq!(count, 0);
    }
}

/// What a request allocates in the phase before, when one like it has been there before.
#[track_caller]
fn check(middleware: impl Middleware, request: &Parts) {
    let chain = Chain::builder().with(middleware).build().unwrap();
    let mut pool = ArenaPool::default();
    let moment = Moment { real: SystemTime::UNIX_EPOCH, monotonic: Duration::from_secs(1) };
    let mut lines = Vec::with_capacity(1024);
    for is_first in [true, false] {
        let arena = pool.take();
        let count = allocations(|| {
            let mut run = chain.begin(arena, std::mem::take(&mut lines));
            let mut before = chain.before(&mut run, request, moment);
            while let Before::Wait(job) = before {
                before = chain.resume(&mut run, request, moment, job.run());
            }
            assert!(matches!(before, Before::Handle), "{before:?}");
            let finished = run.finish();
            lines = finished.overlay.into_buffer();
            pool.put(finished.arena);
        });
        assert!(is_first || count == 0, "{count} allocations");
    }
}

#[test]
fn ip_filter() {
    let proxies = TrustedProxies::new(["10.0.0.0/8"]).unwrap();
    let filter = IpFilter::new(IpRules::allow_only(["1.0.0.0/8"]).unwrap()).proxies(proxies);
    check(filter, &request(&[("x-forwarded-for", "1.1.1.1, 10.0.0.2")]));
}

#[cfg(feature = "rate-limit")]
#[test]
fn rate_limit() {
    use catzilla_middleware_engine::builtin::RateLimit;
    let limit = RateLimit::builder(100, Duration::from_secs(1)).announce(true);
    check(limit.build().unwrap(), &request(&[]));
}

/// The second time it comes from the cache, whatever the first one took.
#[cfg(feature = "jwt")]
#[test]
fn jwt() {
    use crate::jwt::issuer::Issuer;
    for issuer in [Issuer::secret(), Issuer::ecdsa("1")] {
        let token = format!("Bearer {}", issuer.token(&serde_json::json!({ "exp": 100 })));
        let jwt = issuer.judge().build().unwrap();
        check(jwt, &request(&[("authorization", &token)]));
    }
}
