//! Section 8.2: names and values of fields.

use super::judge;
use super::wire::{GET, WHOLE, begin, get_with, headers};
use crate::http2::client::head;

fn with(name: &str, value: &str) -> Vec<Vec<u8>> {
    vec![headers(1, WHOLE, &get_with(&[(name, value)]))]
}

#[test]
fn names_are_in_lower_case_and_have_no_odd_characters() {
    judge(|rows| {
        // Of what is beyond ASCII there are at least two bytes here.
        let wrong = [
            "X-Test",
            "x-tesT",
            "X",
            "x\0",
            "\0",
            "x\x01y",
            "x\ty",
            "x\ny",
            "x\ry",
            "x\x1f",
            "x y",
            " x",
            "x ",
            "x\x7f",
            "\u{80}",
            "x-\u{e9}",
            "\u{ff}x",
            "x:y",
            "x:",
            "x::",
            "x\r\nhost",
        ];
        for name in wrong {
            rows.malformed(&format!("8.2.1: {name:?}"), &with(name, "y"));
        }
        // RFC 9113 says SHOULD for the rest of RFC 9110 section 5.1.
        for name in ["", "x(y)", "x,y", "x/y", "x\"y", "x[0]", "x{y}", "x=y", "x;y", "x@y", "x\\y"]
        {
            rows.malformed(&format!("8.2.1, RFC 9110 5.1: {name:?}"), &with(name, "y"));
        }
        for name in ["x", "x-test", "x_y", "x.y", "0", "!#$%&'*+-.^_`|~"] {
            rows.answered(&format!("8.2.1: {name:?}"), &with(name, "y"));
        }
    });
}

#[test]
fn values_have_no_line_breaks_and_no_space_around_them() {
    judge(|rows| {
        let wrong = [
            "\0",
            "a\0",
            "a\0b",
            "\r",
            "a\r",
            "a\rb",
            "\n",
            "a\n",
            "a\nb",
            "a\r\nx-other: b",
            " ",
            "\t",
            " a",
            "a ",
            "\ta",
            "a\t",
            "  a",
            "a \t",
            "\r\n",
        ];
        for value in wrong {
            rows.malformed(&format!("8.2.1: {value:?}"), &with("x", value));
        }
        for value in ["", "a", "a b", "a\tb", "a  b", "\u{e9}", ":", "\"a\"", "a,b"] {
            rows.answered(&format!("8.2.1: {value:?}"), &with("x", value));
        }
        // Other fields that the server reads are judged as any other.
        for name in ["range", "if-none-match", "accept-encoding", "cookie", "user-agent"] {
            rows.malformed(&format!("8.2.1: {name} with a space"), &with(name, " a"));
            rows.malformed(&format!("8.2.1: {name} with a NUL"), &with(name, "a\0b"));
        }
    });
}

#[test]
fn fields_of_a_connection_are_refused() {
    judge(|rows| {
        let wrong = [
            ("connection", "close"),
            ("connection", "keep-alive"),
            ("connection", ""),
            ("proxy-connection", "keep-alive"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("transfer-encoding", "identity"),
            ("upgrade", "h2c"),
            ("upgrade", "websocket"),
            ("te", "gzip"),
            ("te", "trailers, deflate"),
            ("te", "trailers;q=0.5"),
            ("te", "deflate, trailers"),
            ("te", "trailersx"),
        ];
        for (name, value) in wrong {
            rows.malformed(&format!("8.2.2: {name}: {value}"), &with(name, value));
            rows.malformed(
                &format!("8.2.2: {name}: {value}, with content to come"),
                &[begin(1, &[(name, value)])],
            );
        }
        rows.answered("8.2.2: te: trailers", &with("te", "trailers"));
    });
}

#[test]
fn cookies_may_come_in_crumbs() {
    judge(|rows| {
        let crumbs = [("cookie", "a=b"), ("x", "y"), ("cookie", "c=d"), ("cookie", "e=f")];
        rows.answered("8.2.3: crumbs", &[headers(1, WHOLE, &get_with(&crumbs))]);
        let repeated = [("x", "y"), ("x", "z"), ("x", "y")];
        rows.answered("8.2: repeated fields", &[headers(1, WHOLE, &get_with(&repeated))]);
        let block = [head(&GET), head(&[("x", "y")])].concat();
        rows.answered("8.2: other fields", &[headers(1, WHOLE, &block)]);
    });
}
