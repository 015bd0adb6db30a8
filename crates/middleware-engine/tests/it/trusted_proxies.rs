//! Whose request it is.

use std::net::IpAddr;

use catzilla_middleware_engine::Peer;
use catzilla_middleware_engine::builtin::{ForwardedField, TrustedProxies};
use http::Request;

const PROXIES: [&str; 3] = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"];

#[track_caller]
fn check_from(peer: &str, field: ForwardedField, lines: &[&str], expected: &str) {
    let name = match field {
        ForwardedField::Forwarded => "forwarded",
        ForwardedField::XRealIp => "x-real-ip",
        _ => "x-forwarded-for",
    };
    let mut request = Request::get("/").header("accept", "x");
    for line in lines {
        request = request.header(name, *line);
    }
    let peer: IpAddr = peer.parse().unwrap();
    let request = request.extension(Peer((peer, 1).into())).body(()).unwrap().into_parts().0;
    let proxies = TrustedProxies::new(PROXIES).unwrap().field(field);
    assert_eq!(proxies.client(&request).unwrap().to_string(), expected);
}

#[test]
fn x_real_ip() {
    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        check_from("10.0.0.1", ForwardedField::XRealIp, lines, expected);
    }
    check(&[], "10.0.0.1");
    check(&["203.0.113.9"], "203.0.113.9");
    check(&["[2001:db9::1]:443"], "2001:db9::1");
    // One that is trusted is believed nonetheless: there is nobody before it.
    check(&["10.0.0.7"], "10.0.0.7");
    for none in ["", "nonsense", "203.0.113.9, 198.51.100.7", "203.0.113.9 198.51.100.7"] {
        check(&[none], "10.0.0.1");
    }
    check(&["203.0.113.9", "203.0.113.9"], "10.0.0.1");
    check_from("203.0.113.1", ForwardedField::XRealIp, &["198.51.100.7"], "203.0.113.1");
}

#[test]
fn x_forwarded_for() {
    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        check_from("10.0.0.1", ForwardedField::XForwardedFor, lines, expected);
    }
    check(&[], "10.0.0.1");
    check(&[""], "10.0.0.1");
    check(&["203.0.113.9"], "203.0.113.9");
    check(&["203.0.113.9, 198.51.100.7"], "198.51.100.7");
    check(&["203.0.113.9,198.51.100.7,10.9.9.9 , 192.0.2.1"], "198.51.100.7");
    check(&["203.0.113.9", "198.51.100.7, 10.0.0.2", "10.0.0.3"], "198.51.100.7");
    check(&["10.0.0.4, 10.0.0.3"], "10.0.0.4");
    check(&["203.0.113.9, nonsense, 10.0.0.2"], "10.0.0.2");
    check(&["203.0.113.9, unknown"], "10.0.0.1");
    check(&["203.0.113.9, , 10.0.0.2,,"], "203.0.113.9");
    // With ports, and IPv6 in each way of writing.
    check(&["198.51.100.7:4711"], "198.51.100.7");
    check(&["2001:db9::1"], "2001:db9::1");
    check(&["[2001:db9::1]"], "2001:db9::1");
    check(&["[2001:db9::1]:443, 2001:db8::2"], "2001:db9::1");
    check(&["::ffff:198.51.100.7, ::ffff:10.0.0.7"], "198.51.100.7");
    // No addresses.
    for garbage in [
        "198.51.100.07",
        "198.51.100",
        "198.51.100.7/32",
        "198.51.100.7:",
        "198.51.100.7:123456",
        "198.51.100.7:-1",
        "[198.51.100.7]",
        "[::1",
        "::1]",
        "[::1]x",
        "fe80::1%eth0",
        "\"198.51.100.7\"",
        "for=198.51.100.7",
        "198.51.100.7 198.51.100.8",
        "\u{663}.0.0.1",
    ] {
        check(&[garbage], "10.0.0.1");
    }
}

#[test]
fn forwarded() {
    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        check_from("10.0.0.1", ForwardedField::Forwarded, lines, expected);
    }
    check(&["for=198.51.100.7"], "198.51.100.7");
    check(&["For=198.51.100.7;proto=http;by=203.0.113.43"], "198.51.100.7");
    check(&["proto=http; for=198.51.100.7 ; by=_x;"], "198.51.100.7");
    check(&["for=203.0.113.9, for=198.51.100.7, for=10.0.0.2"], "198.51.100.7");
    check(&["for=203.0.113.9", "for=198.51.100.7", "for=10.0.0.2"], "198.51.100.7");
    check(&["for=\"[2001:db9:cafe::17]:4711\""], "2001:db9:cafe::17");
    check(&["for=\"[2001:db9:cafe::17]\""], "2001:db9:cafe::17");
    check(&["for=\"198.51.100.7:_port\""], "198.51.100.7");
    check(&["for=\"\\198\\.51.100.7\""], "198.51.100.7");
    check(&["for=198.51.100.7;host=\"a,b;for=\\\"1.1.1.1\\\\\""], "198.51.100.7");
    // Hidden ones and those without a client end the walk.
    check(&["for=198.51.100.7, for=unknown, for=10.0.0.2"], "10.0.0.2");
    check(&["for=198.51.100.7, for=_hidden"], "10.0.0.1");
    check(&["for=198.51.100.7, proto=https"], "10.0.0.1");
    // What a client has left open doesn't reach what its proxy has appended.
    check(&["for=\", for=198.51.100.7"], "198.51.100.7");
    check(&["for=\"10.0.0.1\\\", for=\"198.51.100.7\""], "198.51.100.7");
    check(&["for=\", for=198.51.100.7, for=\"10.0.0.2\""], "198.51.100.7");
    for garbage in [
        "198.51.100.7",
        "for=198.51.100.7:80",
        "for=[2001:db9::1]",
        "for=\"2001:db9::1\"",
        "for=2001:db9::1",
        "for = 198.51.100.7",
        "for=198.51.100.7;for=198.51.100.7",
        "for=198.51.100.7 proto=http",
        "for=\"198.51.100.7",
        "for=198.51.100.7\"",
        "for=\"198.51.100.7\\\"",
        "for=",
        "=198.51.100.7",
        "xfor=198.51.100.7",
        ";",
    ] {
        check(&[garbage], "10.0.0.1");
    }
}

#[test]
fn a_peer_that_is_not_trusted_is_believed_nothing() {
    for field in [ForwardedField::Forwarded, ForwardedField::XForwardedFor] {
        check_from("11.0.0.1", field, &["for=198.51.100.7", "198.51.100.7"], "11.0.0.1");
        check_from("::ffff:11.0.0.1", field, &["for=198.51.100.7"], "11.0.0.1");
    }
    check_from("::ffff:10.0.0.1", ForwardedField::XForwardedFor, &["1.1.1.1"], "1.1.1.1");
    check_from("2001:db8::9", ForwardedField::XForwardedFor, &["1.1.1.1"], "1.1.1.1");
}

#[test]
fn only_one_field_is_read() {
    check_from("10.0.0.1", ForwardedField::XForwardedFor, &["for=1.1.1.1"], "10.0.0.1");
    let both = Request::get("/")
        .header("x-forwarded-for", "1.1.1.1")
        .header("forwarded", "for=2.2.2.2")
        .extension(Peer(([10, 0, 0, 1], 1).into()));
    let both = both.body(()).unwrap().into_parts().0;
    let proxies = TrustedProxies::new(PROXIES).unwrap();
    assert_eq!(proxies.client(&both), Some([1, 1, 1, 1].into()));
    let proxies = proxies.field(ForwardedField::Forwarded);
    assert_eq!(proxies.client(&both), Some([2, 2, 2, 2].into()));
}

#[test]
fn without_proxies_the_peer_is_the_client() {
    let request = Request::get("/").header("x-forwarded-for", "1.1.1.1");
    let mut request = request.body(()).unwrap().into_parts().0;
    for proxies in [TrustedProxies::default(), TrustedProxies::new::<&str>([]).unwrap()] {
        assert_eq!(proxies.client(&request), None);
        request.extensions.insert(Peer(([10, 0, 0, 1], 1).into()));
        assert_eq!(proxies.client(&request), Some([10, 0, 0, 1].into()));
        request.extensions.clear();
    }
}

#[test]
fn a_network_that_is_none_is_refused() {
    let error = TrustedProxies::new(["10.0.0.0/8", "10.0.0.1/8"]).unwrap_err().to_string();
    assert_eq!(
        error,
        "\"10.0.0.1/8\" has bits beyond its prefix: write 10.0.0.0/8, if that is meant"
    );
}
