//! What the usual path of each built-in allocates: nothing.

use std::hint::black_box;

use catzilla_middleware_engine::builtin::{ForwardedField, TrustedProxies};
use catzilla_middleware_engine::Peer;
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
