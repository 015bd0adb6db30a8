//! The gate, row by row: bytes in, a request or the rule that refuses it.

use catzilla_server::http1::Refusal::{self, *};

use crate::driver::run;

#[track_caller]
fn ok(bytes: &[u8], understood: &str) {
    let driver = run(bytes);
    assert_eq!(driver.refused, None, "{:?}", String::from_utf8_lossy(bytes));
    assert_eq!(driver.understood(), [understood], "{:?}", String::from_utf8_lossy(bytes));
}

#[track_caller]
fn refused(bytes: &[u8], refusal: Refusal) {
    let driver = run(bytes);
    assert_eq!(driver.refused, Some(refusal), "{:?}", String::from_utf8_lossy(bytes));
    let responses = driver.responses();
    assert_eq!(responses.len(), 1, "one answer, and nothing after it");
    assert!(responses[0].closes());
    assert_eq!(driver.closed, Some(true), "it ends, and lets the client read the answer");
}

fn get(line: &str) -> Vec<u8> {
    format!("{line}\r\nHost: a\r\n\r\n").into_bytes()
}

fn with(fields: &str) -> Vec<u8> {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes()
}

#[test]
fn rfc9112_3_request_lines() {
    ok(&get("GET / HTTP/1.1"), "GET / @a");
    ok(&get("GET /a/b?c=d?e HTTP/1.1"), "GET /a/b?c=d?e @a");
    ok(&get("BREW /pot HTTP/1.1"), "BREW /pot @a");
    ok(&get("get / HTTP/1.1"), "get / @a");
    for line in [
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /",
        "GET",
        "GET / a HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "G(T / HTTP/1.1",
        "GET /\x01 HTTP/1.1",
        "GET /\x7f HTTP/1.1",
        "GET /\rx HTTP/1.1",
        "GET HTTP/1.1",
    ] {
        let driver = run(&get(line));
        assert!(
            matches!(driver.refused, Some(RequestLine | NotHttp)),
            "{line:?}: {:?}",
            driver.refused
        );
        assert_eq!(driver.responses().len(), 1);
    }
    refused(&get(&format!("{} / HTTP/1.1", "X".repeat(33))), RequestLine);
    refused(b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", RequestLine);
}

#[test]
fn rfc9112_2_3_versions() {
    ok(&get("GET / HTTP/1.2"), "GET / @a");
    ok(&get("GET / HTTP/1.9"), "GET / @a");
    ok(b"GET / HTTP/1.0\r\n\r\n", "GET / @-");
    for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/3.1"] {
        refused(&get(&format!("GET / {version}")), UnsupportedVersion);
    }
    for version in ["HTTP/1", "HTTP/1.", "HTTP/1.10", "http/1.1", "HTTQ/1.1", "HTTP/a.b", "1.1"] {
        refused(&get(&format!("GET / {version}")), Version);
    }
}

#[test]
fn rfc9112_3_2_targets() {
    ok(&get("GET http://b/c?d HTTP/1.1"), "GET /c?d @b");
    ok(&get("GET HTTPS://B:443 HTTP/1.1"), "GET / @B:443");
    ok(&get("GET http://b?d HTTP/1.1"), "GET /?d @b");
    ok(&get("OPTIONS * HTTP/1.1"), "OPTIONS * @a");
    ok(&get("CONNECT b:80 HTTP/1.1"), "CONNECT authority @b:80");
    ok(&get("GET /a:b@c HTTP/1.1"), "GET /a:b@c @a");
    for target in ["*", "a", "b:80", "ftp://b/", "http:/b", "://b", "?q", "../x"] {
        refused(&get(&format!("GET {target} HTTP/1.1")), Target);
    }
    for target in ["http:///c", "http://u@b/", "http://b:x/", "http://[b]/", "http://"] {
        refused(&get(&format!("GET {target} HTTP/1.1")), Host);
    }
    ok(&get("CONNECT [::1]:443 HTTP/1.1"), "CONNECT authority @[::1]:443");
    for target in ["/", "*", "b", "b:", ":80", "[::1]", "b:x", "b:65536", "u@b:80", "http://b:80/"]
    {
        refused(&get(&format!("CONNECT {target} HTTP/1.1")), Target);
    }
    // A fragment is the client's own business.
    for target in ["/a#b", "/a?b#c", "#", "/#/../b", "http://b/#c", "http://b#c"] {
        refused(&get(&format!("GET {target} HTTP/1.1")), Target);
    }
}

#[test]
fn rfc9112_3_2_host() {
    ok(b"GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / @");
    ok(b"GET / HTTP/1.1\r\nhost:  a:80 \r\n\r\n", "GET / @a:80");
    ok(b"GET / HTTP/1.1\r\nHOST: [::1]:80\r\n\r\n", "GET / @[::1]:80");
    refused(b"GET / HTTP/1.1\r\n\r\n", HostCount);
    refused(b"GET http://a/ HTTP/1.1\r\n\r\n", HostCount);
    refused(b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", HostCount);
    refused(b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", HostCount);
    for host in
        ["a b", "u@a", "a/b", "a?b", "a#b", "a:b", "a:99999", "[::1", "[x]", "a,b c", "a\\b"]
    {
        refused(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(), Host);
    }
}

#[test]
fn rfc9112_5_field_lines() {
    ok(&with("A:b\r\n"), "GET / @a");
    ok(&with("A:\r\nB: \t c \t\r\n"), "GET / @a");
    ok(&with("A: caf\u{e9}\r\n"), "GET / @a");
    for fields in [
        "A : b\r\n",
        "A\r\n",
        ": b\r\n",
        "A(: b\r\n",
        "A\t: b\r\n",
        "A b: c\r\n",
        "A: b\x01\r\n",
        "A: \x7f\r\n",
        "A: b\rc\r\n",
    ] {
        refused(&with(fields), Field);
    }
    refused(b"GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n", Field);
    refused(&with("A: b\r\n c\r\n"), ObsoleteFolding);
    refused(&with("A: b\r\n\tc\r\n"), ObsoleteFolding);
    refused(b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", ObsoleteFolding);
}

#[test]
fn rfc9112_2_2_line_breaks() {
    refused(b"GET / HTTP/1.1\nHost: a\r\n\r\n", BareLineFeed);
    refused(b"GET / HTTP/1.1\r\nHost: a\n\r\n", BareLineFeed);
    refused(b"GET / HTTP/1.1\r\nHost: a\r\n\n", BareLineFeed);
    refused(b"GET / HTTP/1.1\r\nHost: a\r\nA: b\nC: d\r\n\r\n", BareLineFeed);
    ok(b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / @a");
    ok(b"\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / @a");
    refused(b"\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", RequestLine);
    let driver = run(b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(driver.refused.is_some());
}

#[test]
fn rfc9112_6_framing() {
    let post = |fields: &str, body: &str| {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}").into_bytes()
    };
    ok(&post("Content-Length: 0\r\n", ""), "POST / @a");
    ok(&post("Content-Length: 5\r\n", "hello"), "POST / @a");
    ok(&post("Content-Length:  05 \r\n", "hello"), "POST / @a");
    ok(&post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "POST / @a");
    ok(&post("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), "POST / @a");
    for length in [
        "",
        "-1",
        "+1",
        "1,1",
        "1, 1",
        "0x1",
        "1 1",
        "18446744073709551616",
        "1.0",
        "1;",
        "a",
        "\u{661}",
    ] {
        refused(&post(&format!("Content-Length: {length}\r\n"), ""), ContentLength);
    }
    refused(&post("Content-Length: 1\r\nContent-Length: 1\r\n", "x"), ContentLength);
    refused(&post("Content-Length: 1\r\nContent-Length: 2\r\n", "x"), ContentLength);
    refused(&post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", ""), Framing);
    refused(&post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", ""), Framing);
    refused(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Framing);
    for coding in ["gzip", "gzip, chunked", "identity", "gzip;q=1, chunked", "chunked;a=b"] {
        refused(&post(&format!("Transfer-Encoding: {coding}\r\n"), ""), UnsupportedTransferCoding);
    }
    for coding in [
        "",
        ",",
        "chunked,",
        ",chunked",
        "chunked, ,",
        "chunked, chunked",
        "chunked, gzip",
        "gzip, chunked, gzip",
        "\"chunked\"",
        "chu(nked",
        "x@",
        ";chunked",
    ] {
        refused(&post(&format!("Transfer-Encoding: {coding}\r\n"), ""), TransferCoding);
    }
    refused(
        &post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""),
        TransferCoding,
    );
    refused(
        &post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", ""),
        UnsupportedTransferCoding,
    );
    refused(&post("Transfer-Encoding: \x0bchunked\r\n", ""), Field);
}

#[test]
fn rfc9110_10_1_1_expectations() {
    refused(&with("Expect: miracles\r\n"), Expectation);
    refused(&with("Expect: 100-continue, miracles\r\n"), Expectation);
    ok(&with("Expect: 100-Continue\r\n"), "GET / @a");
    ok(b"GET / HTTP/1.0\r\nExpect: miracles\r\n\r\n", "GET / @-");
}

#[test]
fn what_is_no_http_is_known_by_its_first_bytes() {
    for bytes in [&b"\x15\x03\x01"[..], b"\0", b"\x80\x2e", b"{", b" ", b"\r\r", b"\n", b"@"] {
        let driver = run(bytes);
        assert!(
            matches!(driver.refused, Some(NotHttp | BareLineFeed)),
            "{bytes:?}: {:?}",
            driver.refused
        );
    }
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n\r\n";
    for len in 1..=hello.len() {
        refused(&hello[..len], Tls);
    }
    refused(b"SSH-2.0-OpenSSH_9.6\r\n", RequestLine);
    refused(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", UnsupportedVersion);
}

/// A refusal has content unless it answers HEAD, which has none whatever was wrong with it.
#[track_caller]
fn refused_without_content(bytes: &[u8]) {
    for (method, has_content) in [(&b"HEAD"[..], false), (b"GET", true), (b"HEAD\t", true)] {
        let bytes = [method, bytes].concat();
        let driver = run(&bytes);
        let (said, responses) = (bytes.escape_ascii(), driver.responses());
        assert_eq!((responses.len(), driver.closed), (1, Some(true)), "{said}");
        assert_eq!(!responses[0].body.is_empty(), has_content, "{said}");
        assert!(responses[0].values("content-length").next().is_some_and(|len| len != b"0"));
    }
}

#[test]
fn rfc9110_9_3_2_head_has_no_content_when_it_is_refused_either() {
    refused_without_content(b" * HTTP/1.1\r\nHost: a\r\n\r\n");
    refused_without_content(b" /a#b HTTP/1.1\r\nHost: a\r\n\r\n");
    refused_without_content(b" / HTTP/2.0\r\nHost: a\r\n\r\n");
    refused_without_content(b" / HTTP/1.1\nHost: a\n\n");
    refused_without_content(b" / HTTP/1.1\r\nHost: a b\r\n\r\n");
    refused_without_content(format!(" /{}", "a".repeat(9000)).as_bytes());
    refused_without_content(
        format!(" / HTTP/1.1\r\nHost: a\r\nA: {}", "b".repeat(17_000)).as_bytes(),
    );
}

#[test]
fn sizes_are_judged_before_the_head_is_complete() {
    refused(format!("GET /{}", "a".repeat(9000)).as_bytes(), TargetTooLong);
    refused(&get(&format!("GET /{} HTTP/1.1", "a".repeat(8192))), TargetTooLong);
    ok(
        &get(&format!("GET /{} HTTP/1.1", "a".repeat(8191))),
        &format!("GET /{} @a", "a".repeat(8191)),
    );
    refused(&with(&format!("A: {}", "b".repeat(17_000))), HeadTooLarge);
    refused(
        format!("GET / HTTP/1.1\r\nHost: a\r\nA: {}", "b".repeat(17_000)).as_bytes(),
        HeadTooLarge,
    );
    refused(&with(&"A: b\r\n".repeat(100)), TooManyFields);
    ok(&with(&"A: b\r\n".repeat(99)), "GET / @a");
    ok(&with(&"A: b\r\n".repeat(40)), "GET / @a");
}
