//! `Range`, beside a reader that marks every single byte that is asked for.

use std::time::SystemTime;

use arbitrary::{Result, Unstructured};
use catzilla_http_conditional::multipart::{Boundary, Layout, Part, part_overhead};
use catzilla_http_conditional::{
    ByteRange, ByteRanges, Method, Outcome, RangeLimits, Validators, decide,
};

/// What a set may be broken with, or not.
const PIECES: [&[u8]; 11] =
    [b"-", b",", b" ", b"\t", b", ,", b"0", b"00", b"7", b"x", b"\0", b"\xff"];

/// A representation that is small enough to mark its bytes gets what the marks say; any other
/// gets parts that keep what is promised of them.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    // Whatever an input is too short for, the next one has.
    let _ = parts_are_what_is_asked_for(&mut Unstructured::new(data));
    let _ = parts_cost_less_than_the_whole(&mut Unstructured::new(data));
}

fn parts_are_what_is_asked_for(input: &mut Unstructured<'_>) -> Result<()> {
    let limits = RangeLimits {
        max_ranges: *input.choose(&[7, 16, 16, 2, 1, 0])?,
        max_overlapping: *input.choose(&[7, 16, 3, 2, 1, 0])?,
        part_overhead: input.int_in_range(0..=8)?,
    };
    let small = input.ratio(3, 4)?;
    let len = if small { input.int_in_range(0..=160)? } else { input.arbitrary()? };
    let value = value(input, len)?;

    let fields = [("Range", &value)];
    let now = SystemTime::UNIX_EPOCH;
    let outcome = decide(Method::Get, &fields, &Validators::none(), len, now, &limits);
    let context = format!("{} of {len} within {limits:?}", value.escape_ascii());
    if small {
        assert_eq!(flatten(&outcome), naive(&value, len, &limits), "{context}");
    }
    match &outcome {
        Outcome::Range(part) => assert!(!part.is_empty() && part.end() <= len, "{context}"),
        Outcome::Ranges(parts) => {
            parts_keep_their_promises(parts, len, &limits, &context);
            length_is_exact(parts, len);
        }
        _ => {}
    }
    Ok(())
}

/// With what a part really costs, an answer in several parts is shorter than one that sends everything.
fn parts_cost_less_than_the_whole(input: &mut Unstructured<'_>) -> Result<()> {
    let content_type = "x".repeat(input.int_in_range(0..=100)?);
    let len = input.int_in_range(0..=20_000)?;
    let boundary = Boundary::new(&"b".repeat(input.int_in_range(1..=70)?)).expect("a boundary");
    let part_overhead = part_overhead(&content_type, len, &boundary);
    let limits = RangeLimits { part_overhead, ..RangeLimits::DEFAULT };
    let fields = [("Range", &value(input, len)?)];
    let now = SystemTime::UNIX_EPOCH;
    if let Outcome::Ranges(parts) =
        decide(Method::Get, &fields, &Validators::none(), len, now, &limits)
    {
        let cost = Layout::new(&parts, &content_type, len, &boundary).total_len();
        assert!(
            cost < len,
            "{parts:?} of {len} cost {cost}, {part_overhead} each beyond its bytes"
        );
    }
    Ok(())
}

/// Mostly a set of ranges in and around `len` bytes, now and then something else.
fn value(input: &mut Unstructured<'_>, len: u64) -> Result<Vec<u8>> {
    let unit = *input.choose(&["bytes=", "bytes=", "bytes=", "bytes=", "BYTES=", "bytes= ", ""])?;
    let mut value = unit.as_bytes().to_vec();
    for _ in 0..input.int_in_range(1..=7)? {
        let first = input.int_in_range(0..=len.saturating_add(2))?;
        let last = first.saturating_add(input.int_in_range(0..=len / 8)?);
        let spec = match input.int_in_range(0..=31)? {
            0 => format!("{}-{}", number(input)?, number(input)?),
            1 => format!("{first}-{}", number(input)?),
            2 => format!("-{}", number(input)?),
            3..5 => format!("-{last}"),
            5..7 => format!("{first}-"),
            _ => format!("{first}-{last}"),
        };
        value.extend_from_slice(spec.as_bytes());
        value.extend_from_slice(input.choose(&[b",".as_slice(), b", ", b",,"])?);
        if input.ratio(1, 64)? {
            value.extend_from_slice(input.choose(&PIECES)?);
        }
    }
    Ok(value)
}

fn number(input: &mut Unstructured<'_>) -> Result<String> {
    Ok(match input.int_in_range(0..=2)? {
        0 => input.arbitrary::<u64>()?.to_string(),
        1 => format!("1844674407370955161{}", input.int_in_range(4..=7)?),
        _ => format!("00{}", input.int_in_range(0..=9)?),
    })
}

fn parts_keep_their_promises(parts: &ByteRanges, len: u64, limits: &RangeLimits, context: &str) {
    let mut sorted = parts.as_slice().to_vec();
    assert!((2..=limits.max_ranges).contains(&sorted.len()), "{context}");
    sorted.sort_unstable_by_key(ByteRange::start);
    for part in &sorted {
        assert!(!part.is_empty() && part.end() <= len, "{context}");
    }
    for pair in sorted.windows(2) {
        let apart = pair[1].start().checked_sub(pair[0].end()).expect(context);
        assert!(apart >= limits.part_overhead.max(1), "{context}");
    }
    assert!(sorted.iter().map(ByteRange::len).sum::<u64>() < len, "{context}");
}

fn length_is_exact(parts: &ByteRanges, len: u64) {
    let boundary = Boundary::from_bits(len.into());
    let layout = Layout::new(parts, "text/plain", len, &boundary);
    let pieces = layout.parts().map(|part| match part {
        Part::Head(bytes) | Part::Tail(bytes) => bytes.len() as u64,
        Part::Content(range) => range.len(),
    });
    assert_eq!(pieces.fold(0, u64::saturating_add), layout.total_len());
}

/// `None` for everything, no parts for a 416.
type Parts = Option<Vec<(u64, u64)>>;

fn flatten(outcome: &Outcome) -> Parts {
    let parts = match outcome {
        Outcome::Range(range) => std::slice::from_ref(range),
        Outcome::Ranges(ranges) => ranges.as_slice(),
        Outcome::RangeNotSatisfiable => &[],
        _ => return None,
    };
    Some(parts.iter().map(|part| (part.start(), part.end())).collect())
}

fn naive(value: &[u8], len: u64, limits: &RangeLimits) -> Parts {
    let text = std::str::from_utf8(value).ok()?;
    let blank = [' ', '\t'];
    let (unit, set) = text.trim_matches(blank).split_once('=')?;
    let specs: Vec<&str> = set
        .split(',')
        .map(|spec| spec.trim_matches(blank))
        .filter(|spec| !spec.is_empty())
        .collect();
    if unit.to_lowercase() != "bytes" || specs.is_empty() || specs.len() > limits.max_ranges {
        return None;
    }
    // Every range as the set of its bytes.
    let ranges: Vec<Vec<u64>> =
        specs.iter().map(|spec| bytes_of(spec, len)).collect::<Option<_>>()?;
    if len == 0 {
        let suffix =
            |spec: &&str| spec.starts_with('-') && !spec.trim_matches(['-', '0']).is_empty();
        return if specs.iter().any(suffix) { None } else { Some(Vec::new()) };
    }
    let ranges: Vec<Vec<u64>> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
    if ranges.len() > 1 && most_overlapping(&ranges) > limits.max_overlapping {
        return None;
    }

    let mut marks: Vec<bool> =
        (0..len).map(|byte| ranges.iter().any(|range| range.contains(&byte))).collect();
    for gap in runs(&marks, false) {
        let inner = gap.0 > 0 && gap.1 < len;
        if inner && gap.1 - gap.0 < limits.part_overhead {
            marks[gap.0 as usize..gap.1 as usize].fill(true);
        }
    }
    let mut parts = runs(&marks, true);
    parts.sort_by_key(|part| ranges.iter().position(|range| (part.0..part.1).contains(&range[0])));
    let cost: u64 = parts.iter().map(|part| part.1 - part.0 + limits.part_overhead).sum();
    if parts.len() > 1 && cost >= len { None } else { Some(parts) }
}

/// `None` if `spec` is invalid.
fn bytes_of(spec: &str, len: u64) -> Option<Vec<u64>> {
    let (first, last) = spec.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) || (first.is_empty() && last.is_empty()) {
        return None;
    }
    // Numbers compare like texts of one length.
    let width = spec.len().max(20);
    let wide = |text: &str| format!("{text:0>width$}");
    let bytes = 0..len;
    Some(match (first, last) {
        ("", suffix) => {
            bytes.filter(|byte| wide(&(len - byte).to_string()) <= wide(suffix)).collect()
        }
        (first, "") => bytes.filter(|byte| wide(&byte.to_string()) >= wide(first)).collect(),
        (first, last) if wide(last) < wide(first) => return None,
        (first, last) => {
            let within = wide(first)..=wide(last);
            bytes.filter(|byte| within.contains(&wide(&byte.to_string()))).collect()
        }
    })
}

/// The size of the largest group of ranges that hang together by shared bytes.
fn most_overlapping(ranges: &[Vec<u64>]) -> usize {
    let mut groups: Vec<usize> = (0..ranges.len()).collect();
    for _ in ranges {
        for (one, left) in ranges.iter().enumerate() {
            for (two, right) in ranges.iter().enumerate() {
                if left.iter().any(|byte| right.contains(byte)) {
                    groups[one] = groups[one].min(groups[two]);
                }
            }
        }
    }
    let size = |group| groups.iter().filter(|&&other| other == group).count();
    (0..ranges.len()).map(size).max().unwrap_or(0)
}

/// Where the runs of `wanted` marks start and end.
fn runs(marks: &[bool], wanted: bool) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for (place, &mark) in (0..).zip(marks) {
        match runs.last_mut() {
            _ if mark != wanted => {}
            Some(run) if run.1 == place => run.1 += 1,
            _ => runs.push((place, place + 1)),
        }
    }
    runs
}
