use super::*;

const BLOCK: &str = "content-type: text/css\r\netag: \"1\"\r\n";

#[track_caller]
fn check(edit: impl FnOnce(&mut Overlay), expected: &str) {
    let mut overlay = Overlay::default();
    edit(&mut overlay);
    let mut out = Vec::new();
    overlay.apply(BLOCK.as_bytes(), &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

fn lines(fields: &[(&str, &str)]) -> FieldLines {
    FieldLines::new(fields.iter().copied()).unwrap()
}

#[test]
fn edits() {
    check(|_| {}, BLOCK);
    check(
        |o| o.append("Vary", "accept").unwrap(),
        "content-type: text/css\r\netag: \"1\"\r\nvary: accept\r\n",
    );
    check(|o| o.remove("ETag"), "content-type: text/css\r\n");
    check(|o| o.replace("ETag", "\"2\"").unwrap(), "content-type: text/css\r\netag: \"2\"\r\n");
    check(
        |o| {
            o.append("a", "1").unwrap();
            o.append("b", "2").unwrap();
            o.remove("A");
            o.remove("content-type");
            o.remove("etag");
        },
        "b: 2\r\n",
    );
}

#[test]
fn lines_that_were_rendered_ahead() {
    let rendered = lines(&[("X", "1"), ("ETag", "2")]);
    check(|o| o.append_lines(&rendered), &format!("{BLOCK}x: 1\r\netag: 2\r\n"));
    check(
        |o| {
            o.append("x", "0").unwrap();
            o.append("y", "0").unwrap();
            o.replace_lines(&rendered);
        },
        "content-type: text/css\r\ny: 0\r\nx: 1\r\netag: 2\r\n",
    );
}

#[test]
fn edits_of_edits() {
    check(
        |o| {
            o.append("a", "1").unwrap();
            o.append("b", "2").unwrap();
            let mut next = Overlay::default();
            next.replace("a", "3").unwrap();
            next.remove("etag");
            o.then(&next);
        },
        "content-type: text/css\r\nb: 2\r\na: 3\r\n",
    );
}

#[test]
fn what_the_block_does_not_have_needs_not_be_left_out() {
    #[track_caller]
    fn check(edit: impl FnOnce(&mut Overlay), is_settled: bool) {
        let mut overlay = Overlay::default();
        edit(&mut overlay);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        overlay.apply(BLOCK.as_bytes(), &mut before);
        overlay.settle(BLOCK.as_bytes());
        overlay.apply(BLOCK.as_bytes(), &mut after);
        assert_eq!(before, after);
        assert_eq!(overlay.removed_names().next().is_none(), is_settled, "{overlay:?}");
    }
    check(|_| {}, true);
    check(|o| o.remove("a"), true);
    check(|o| o.replace("X", "1").unwrap(), true);
    check(|o| o.replace("ETag", "\"2\"").unwrap(), false);
    check(
        |o| {
            o.replace("x", "1").unwrap();
            o.remove("content-type");
        },
        false,
    );
}

#[test]
fn what_is_added_is_found() {
    let mut overlay = Overlay::default();
    overlay.append("X-A", "1").unwrap();
    overlay.append("x-b", "2").unwrap();
    assert_eq!(overlay.added("x-a"), Some(&b"1"[..]));
    assert_eq!(overlay.added("X-B"), Some(&b"2"[..]));
    assert_eq!(overlay.added("x"), None);
    overlay.remove("x-a");
    assert_eq!(overlay.added("x-a"), None);
}

#[test]
fn a_line_that_would_break_the_head_is_refused() {
    let mut overlay = Overlay::default();
    for (name, value, why) in [
        ("", "x", "no name"),
        ("a b", "x", "no token has"),
        ("a:", "x", "no token has"),
        ("a", "x\r\ny: z", "control character"),
        ("a", "\0", "control character"),
        ("a", " \0", "control character"),
        ("a", " x", "begins or ends"),
        ("a", "x\n", "begins or ends"),
        ("a\r\n", "x", "no token has"),
        ("Content-Length", "5", "framing"),
        ("transfer-encoding", "chunked", "framing"),
        ("connection", "close", "framing"),
    ] {
        let problem = overlay.append(name, value).unwrap_err();
        assert!(problem.to_string().contains(why), "{name:?}: {value:?}: {problem}");
        assert_eq!(overlay.replace(name, value), Err(problem));
        assert_eq!(FieldLines::new([(name, value)]), Err(problem));
    }
    assert!(overlay.is_empty());
}

#[test]
fn names_are_found_in_one_walk() {
    let block = b"Etag: \"a:b\"\r\nx-a: etag\r\nvary: x-b: c\r\n";
    for (names, expected) in [
        (&["x-b", "x-a"][..], true),
        (&["ETAG"], true),
        (&["vary"], true),
        (&["x-b", "a", "c", ""], false),
        (&[], false),
    ] {
        assert_eq!(has_any(block, names), expected, "{names:?}");
        assert_eq!(names.iter().any(|name| find(block, name).is_some()), expected, "{names:?}");
    }
    assert!(!has_any(b"", &["a"]) && !has_any(b"a", &["a"]));
}
