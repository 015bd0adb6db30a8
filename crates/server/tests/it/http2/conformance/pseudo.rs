//! Sections 8.3 and 8.5: pseudo fields.

use super::judge;
use super::peer::{Peer, Verdict};
use super::wire::{Fields, GET, WHOLE, data, get_with, headers};
use crate::http2::client::{END_HEADERS, END_STREAM, head};

const METHOD: (&str, &str) = GET[0];
const SCHEME: (&str, &str) = GET[1];
const PATH: (&str, &str) = GET[2];
const AUTHORITY: (&str, &str) = GET[3];

fn block(fields: Fields<'_>) -> Vec<Vec<u8>> {
    vec![headers(1, WHOLE, &head(fields))]
}

#[test]
fn pseudo_fields_are_those_of_requests() {
    judge(|rows| {
        let wrong = [
            (":unknown", "x"),
            (":status", "200"),
            (":protocol", "websocket"),
            (":", "x"),
            (":Path", "/a.txt"),
            (":path:", "/a.txt"),
            ("::path", "/a.txt"),
            (": path", "/a.txt"),
            (":host", "a"),
        ];
        for (name, value) in wrong {
            rows.malformed(
                &format!("8.3: {name} behind the others"),
                &[headers(1, WHOLE, &get_with(&[(name, value)]))],
            );
            rows.malformed(
                &format!("8.3: {name} before the others"),
                &block(&[&[(name, value)], &GET[..]].concat()),
            );
        }
    });
}

#[test]
fn pseudo_fields_come_first_and_once_each() {
    judge(|rows| {
        for (at, pseudo) in GET.into_iter().enumerate() {
            let mut others = GET.to_vec();
            others.remove(at);
            rows.malformed(
                &format!("8.3: {} behind a field", pseudo.0),
                &block(&[&others[..], &[("x", "y"), pseudo]].concat()),
            );
            rows.malformed(
                &format!("8.3.1: {} twice", pseudo.0),
                &block(&[&GET[..], &[pseudo]].concat()),
            );
            rows.malformed(
                &format!("8.3.1: {} twice, one after the other", pseudo.0),
                &block(&[&[pseudo], &GET[..]].concat()),
            );
            rows.malformed(
                &format!("8.3.1: {} twice, around a field", pseudo.0),
                &block(&[&GET[..], &[("x", "y"), pseudo]].concat()),
            );
        }
        let others =
            [(":method", "POST"), (":scheme", "https"), (":path", "/b"), (":authority", "b")];
        for other in others {
            rows.malformed(
                &format!("8.3.1: {} twice, and not the same", other.0),
                &block(&[&GET[..], &[other]].concat()),
            );
        }
        rows.malformed("8.3: all behind a field", &block(&[&[("x", "y")], &GET[..]].concat()));
        rows.answered("8.3: in another order", &block(&[AUTHORITY, PATH, SCHEME, METHOD]));
    });
}

#[test]
fn pseudo_fields_are_all_there() {
    judge(|rows| {
        rows.malformed("8.3.1: no :method", &block(&[SCHEME, PATH, AUTHORITY]));
        rows.malformed("8.3.1: no :scheme", &block(&[METHOD, PATH, AUTHORITY]));
        rows.malformed("8.3.1: no :path", &block(&[METHOD, SCHEME, AUTHORITY]));
        rows.malformed("8.3.1: none", &block(&[("x", "y")]));
        rows.malformed("8.3.1: no field", &block(&[]));
        rows.malformed(
            "8.3.1: no :method but content",
            &[{ headers(1, END_HEADERS, &head(&[SCHEME, PATH, AUTHORITY])) }],
        );
    });
}

#[test]
fn pseudo_fields_have_valid_values() {
    judge(|rows| {
        for path in
            ["", "a.txt", "*", " /a.txt", "/a.txt ", "/a.txt\0", "/a.txt\r\nx: y", "/a\n", "/a b"]
        {
            rows.malformed(
                &format!("8.3.1: :path {path:?}"),
                &block(&[METHOD, SCHEME, (":path", path), AUTHORITY]),
            );
        }
        for method in ["", " GET", "GET ", "G ET", "GET\0", "GET\r\n", "GET /b HTTP/1.1\r\n"] {
            rows.malformed(
                &format!("8.3.1: :method {method:?}"),
                &block(&[(":method", method), SCHEME, PATH, AUTHORITY]),
            );
        }
        for scheme in ["", " http", "ht tp", "http\0", "http://a/b?", "\r\n"] {
            rows.malformed(
                &format!("8.3.1: :scheme {scheme:?}"),
                &block(&[METHOD, (":scheme", scheme), PATH, AUTHORITY]),
            );
        }
        for authority in [" a", "a ", "a b", "a\0", "a\r\nx: y", "a/b", "user@a", "user:secret@a"] {
            rows.malformed(
                &format!("8.3.1: :authority {authority:?}"),
                &get_for(&[(":authority", authority)]),
            );
        }
    });
}

/// A GET with these instead of its authority.
fn get_for(more: Fields<'_>) -> Vec<Vec<u8>> {
    block(&[&GET[..3], more].concat())
}

#[test]
fn the_authority_and_the_host_are_one() {
    judge(|rows| {
        rows.answered("8.3.1: the authority alone", &get_for(&[AUTHORITY]));
        rows.answered("8.3.1: the host alone", &get_for(&[("host", "a")]));
        rows.answered("8.3.1: both", &get_for(&[AUTHORITY, ("host", "a")]));
        rows.malformed("8.3.1: another host", &get_for(&[AUTHORITY, ("host", "b")]));
        rows.malformed("8.3.1: another port", &get_for(&[AUTHORITY, ("host", "a:81")]));
        rows.malformed(
            "8.3.1: another host behind the right one",
            &get_for(&[AUTHORITY, ("host", "a"), ("host", "b")]),
        );
        rows.malformed("RFC 9110 7.2: two hosts", &get_for(&[("host", "a"), ("host", "b")]));
        rows.malformed("RFC 9110 7.2: a host that is none", &get_for(&[("host", "a b")]));
    });
}

/// Nothing good comes of it. There is a status for what a server doesn't do, which isn't the client's fault.
fn is_refused(peer: &mut Peer) -> Verdict {
    match peer.response(1) {
        Ok(response) if response.status.is_some_and(|status| status >= 400) => Ok(()),
        Ok(response) => Err(format!("answered with {response:?}")),
        Err(why) if why.starts_with("RST_STREAM") => Ok(()),
        Err(why) => Err(why),
    }
}

#[test]
fn no_tunnel_is_opened() {
    const CONNECT: (&str, &str) = (":method", "CONNECT");
    let target = (":authority", "a:80");
    judge(|rows| {
        let wrong: [(&str, Fields<'_>); 6] = [
            ("with a scheme", &[CONNECT, SCHEME, target]),
            ("with a path", &[CONNECT, PATH, target]),
            ("with both", &[CONNECT, SCHEME, PATH, target]),
            ("without an authority", &[CONNECT]),
            ("with nothing but a scheme and a path", &[CONNECT, SCHEME, PATH]),
            ("to a protocol that wasn't offered", {
                &[CONNECT, (":protocol", "websocket"), SCHEME, PATH, AUTHORITY]
            }),
        ];
        for (row, fields) in wrong {
            for flags in [WHOLE, END_HEADERS] {
                rows.malformed(
                    &format!("8.5: {row}, flags {flags}"),
                    &[headers(1, flags, &head(fields))],
                );
            }
        }
        let connect = head(&[CONNECT, target]);
        let due = [
            ("", headers(1, WHOLE, &connect)),
            (" with content", {
                [headers(1, END_HEADERS, &connect), data(1, END_STREAM, b"x")].concat()
            }),
        ];
        for (how, sent) in due {
            rows.check(&format!("8.5: in due form{how}"), |peer| {
                peer.send(&sent);
                is_refused(peer)?;
                peer.answers_more(3)
            });
        }
    });
}
