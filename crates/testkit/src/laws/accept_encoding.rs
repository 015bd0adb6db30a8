//! `Accept-Encoding`, beside a reader that looks every weight up in a list of all there are.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use catzilla_content_coding::{AcceptEncoding, Coding, Codings};

const NAMES: [&str; 12] = [
    "gzip", "br", "zstd", "identity", "*", "x-gzip", "GZip", "bR", "deflate", "gzipp", "", "ident",
];
const WEIGHTS: [&str; 12] = [
    ";q=0",
    ";q=1",
    ";q=0.5",
    " ; Q=0.25",
    ";q=0.001",
    ";q=1.000",
    ";q=0.",
    ";q=1.001",
    ";q=.5",
    ";",
    ";q= 1",
    ";level=9",
];
const SEPARATORS: [&str; 4] = [",", ", ", "\t,,", " , "];

/// The weights, the choice and the order of preference are what the table in the documentation
/// of [`AcceptEncoding`] says, whatever the members are and in whichever order they come.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    let raw: Vec<Vec<u8>> = data.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    for available in [Codings::ALL, Codings::NONE, Codings::ALL.without(Coding::Brotli)] {
        reads_as_documented(&raw, available);
    }
    // Whatever an input is too short for, the next one has.
    let _ = structured(&mut Unstructured::new(data));
}

fn structured(input: &mut Unstructured<'_>) -> Result<()> {
    let available: u8 = input.arbitrary()?;
    let available = Coding::ALL
        .into_iter()
        .enumerate()
        .filter_map(|(bit, coding)| (available >> bit & 1 == 1).then_some(coding))
        .collect();
    let mut lines = Vec::new();
    for _ in 0..input.int_in_range(0..=9)? {
        match input.int_in_range(0..=15)? {
            0..3 => lines.push(Vec::new()),
            what => {
                if lines.is_empty() {
                    lines.push(Vec::new());
                }
                let line = lines.last_mut().expect("a line");
                if what == 3 {
                    line.push(input.arbitrary()?);
                    continue;
                }
                line.extend(input.choose(&NAMES)?.as_bytes());
                if input.arbitrary()? {
                    line.extend(input.choose(&WEIGHTS)?.as_bytes());
                }
                line.extend(input.choose(&SEPARATORS)?.as_bytes());
            }
        }
    }
    reads_as_documented(&lines, available);
    Ok(())
}

fn reads_as_documented(lines: &[Vec<u8>], available: Codings) {
    let show = || lines.join(b"\n".as_slice()).escape_ascii().to_string();
    let accepted = AcceptEncoding::parse(lines.iter().map(Vec::as_slice));
    let expected = naive(lines);
    for (coding, expected) in &expected {
        let quality = accepted.quality(*coding).thousandths();
        assert_eq!(quality, *expected, "{coding} in {}", show());
    }
    let backwards = AcceptEncoding::parse(lines.iter().rev().map(Vec::as_slice));
    assert_eq!(backwards, accepted, "{}", show());

    let mut order: Vec<_> = expected
        .into_iter()
        .filter(|(coding, quality)| {
            *quality > 0 && (available.contains(*coding) || *coding == Coding::Identity)
        })
        .collect();
    order.sort_by_key(|(_, quality)| Reverse(*quality));
    let mut order: Vec<Coding> = order.into_iter().map(|(coding, _)| coding).collect();
    if !order.contains(&Coding::Identity) {
        order.push(Coding::Identity);
    }
    assert_eq!(accepted.preferences(available).collect::<Vec<_>>(), order, "{}", show());
    assert_eq!(accepted.choose(available), order[0], "{}", show());
}

/// What each coding weighs, in the order of preference among equals.
fn naive(lines: &[Vec<u8>]) -> Vec<(Coding, u16)> {
    const CODINGS: [(&[&str], Coding); 4] = [
        (&["br"], Coding::Brotli),
        (&["zstd"], Coding::Zstd),
        (&["gzip", "x-gzip"], Coding::Gzip),
        (&["identity"], Coding::Identity),
    ];
    if lines.is_empty() {
        let weigh = |(_, coding)| (coding, if coding == Coding::Identity { 1000 } else { 1 });
        return CODINGS.into_iter().map(weigh).collect();
    }
    let field: String = lines.join(b",".as_slice()).iter().map(|&byte| byte as char).collect();
    let members: Vec<(String, u16)> = field
        .to_ascii_lowercase()
        .split(',')
        .filter_map(|member| {
            let (name, weight) = match member.split_once(';') {
                None => (member, 1000),
                Some((name, weight)) => {
                    let value = trim(weight).strip_prefix("q=")?;
                    (name, *weights().get(value)?)
                }
            };
            Some((trim(name).to_owned(), weight))
        })
        .collect();
    let least = |names: &[&str]| {
        let named = members.iter().filter(|(name, _)| names.contains(&name.as_str()));
        named.map(|(_, weight)| *weight).min()
    };
    CODINGS
        .into_iter()
        .map(|(names, coding)| {
            let unnamed = u16::from(coding == Coding::Identity);
            (coding, least(names).or(least(&["*"])).unwrap_or(unnamed))
        })
        .collect()
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Every weight that there is, as it may be written.
fn weights() -> &'static HashMap<String, u16> {
    static WEIGHTS: OnceLock<HashMap<String, u16>> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        let mut weights = HashMap::new();
        for thousandths in 0..=1000 {
            let long = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            for len in [1, 2, 3, 4, 5] {
                // Digits may be left out when they are zeros.
                if long[len..].bytes().all(|byte| byte == b'0' || byte == b'.') {
                    weights.insert(long[..len].to_owned(), thousandths);
                }
            }
        }
        weights
    })
}
