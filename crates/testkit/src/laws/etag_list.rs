//! Lists of entity tags, beside a reader that takes a list apart before it looks at any tag.

use std::time::SystemTime;

use arbitrary::{Result, Unstructured};
use catzilla_http_conditional::{EntityTag, Method, Outcome, RangeLimits, Validators, decide};

const TAGS: [&[u8]; 6] = [b"\"a\"", b"W/\"a\"", b"\"b\"", b"\"c\"", b"W/\"b\"", b"\"a,b\""];
const SEPARATORS: [&[u8]; 4] = [b",", b", ", b"\t,,", b" , "];
/// What a list may be broken with, or not.
const PIECES: [&[u8]; 8] = [b"*", b"\"", b"W/", b"w/\"a\"", b"a", b",", b" ", b"\t"];

/// A list matches when one of the tags in front of its first error does; a value is a tag
/// exactly when the grammar says so.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    tags_are_what_the_grammar_says(data);
    // Whatever an input is too short for, the next one has.
    let _ = lists_match_like_sets(&mut Unstructured::new(data));
}

fn tags_are_what_the_grammar_says(value: &[u8]) {
    let expected = naive_tag(value).filter(|tag| tag.opaque.len() <= EntityTag::MAX_OPAQUE_LEN);
    let tag = EntityTag::parse(value).ok();
    assert_eq!(tag.map(|tag| Tag::from(&tag)), expected, "{}", value.escape_ascii());
    if let Some(tag) = tag {
        assert_eq!(tag.as_bytes(), value);
    }
}

fn lists_match_like_sets(input: &mut Unstructured<'_>) -> Result<()> {
    let current = match input.int_in_range(0..=3)? {
        0 => None,
        1 => EntityTag::weak("a").ok(),
        2 => EntityTag::strong("a,b").ok(),
        _ => EntityTag::strong("a").ok(),
    };
    let lines = lines(input)?;
    let validators = Validators { etag: current, last_modified: None };

    let fields: Vec<_> = lines.iter().map(|line| ("If-None-Match", line)).collect();
    let matched = ask(&fields, &validators) == Outcome::NotModified;
    let expected = naive_match(&lines, |tag| {
        current.as_ref().is_some_and(|current| tag.opaque == current.opaque())
    });
    assert_eq!(matched, expected, "If-None-Match of {current:?}: {}", show(&lines));

    let fields: Vec<_> = lines.iter().map(|line| ("If-Match", line)).collect();
    let matched = ask(&fields, &validators) == Outcome::Full;
    let expected = naive_match(&lines, |tag| {
        !tag.weak && current.as_ref().is_some_and(|current| *tag == Tag::from(current))
    });
    assert_eq!(matched, expected, "If-Match of {current:?}: {}", show(&lines));
    Ok(())
}

/// At least one line, mostly of tags and commas.
fn lines(input: &mut Unstructured<'_>) -> Result<Vec<Vec<u8>>> {
    let mut lines = vec![Vec::new()];
    for _ in 0..input.int_in_range(0..=7)? {
        let line = lines.last_mut().expect("a line");
        match input.int_in_range(0..=31)? {
            0..4 => lines.push(Vec::new()),
            4 => line.push(input.arbitrary()?),
            5..10 => line.extend(*input.choose(&PIECES)?),
            _ => {
                line.extend(*input.choose(&TAGS)?);
                line.extend(*input.choose(&SEPARATORS)?);
            }
        }
    }
    Ok(lines)
}

fn ask(fields: &[(&str, &Vec<u8>)], validators: &Validators) -> Outcome {
    let now = SystemTime::UNIX_EPOCH;
    decide(Method::Get, fields, validators, 1, now, &RangeLimits::DEFAULT)
}

fn show(lines: &[Vec<u8>]) -> String {
    lines.join(b"\n".as_slice()).escape_ascii().to_string()
}

#[derive(Debug, PartialEq)]
struct Tag {
    weak: bool,
    opaque: Vec<u8>,
}

impl From<&EntityTag> for Tag {
    fn from(tag: &EntityTag) -> Self {
        Self { weak: tag.is_weak(), opaque: tag.opaque().to_vec() }
    }
}

fn naive_match(lines: &[Vec<u8>], matches: impl Fn(&Tag) -> bool) -> bool {
    let list = lines.join(b", ".as_slice());
    if naive_trim(&list) == b"*" {
        return true;
    }
    let mut quoted = false;
    let elements = list.split(|&byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    elements
        .map(naive_trim)
        .filter(|element| !element.is_empty())
        .map_while(naive_tag)
        .any(|tag| matches(&tag))
}

fn naive_tag(element: &[u8]) -> Option<Tag> {
    let weak = element.starts_with(b"W/");
    let quoted = if weak { &element[2..] } else { element };
    if quoted.len() < 2 || quoted.first() != Some(&b'"') || quoted.last() != Some(&b'"') {
        return None;
    }
    let opaque = quoted[1..quoted.len() - 1].to_vec();
    let etagc = |byte: &u8| *byte > b' ' && *byte != b'"' && *byte != 0x7f;
    opaque.iter().all(etagc).then_some(Tag { weak, opaque })
}

fn naive_trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let Some(start) = text.iter().position(|byte| !blank(byte)) else {
        return &[];
    };
    let end = text.iter().rposition(|byte| !blank(byte)).expect("it isn't all blank");
    &text[start..=end]
}
