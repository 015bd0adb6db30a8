//! `Authorization`, beside the one value that is right.

use std::time::{Duration, SystemTime};

use arbitrary::{Result, Unstructured};
use catzilla_middleware_engine::builtin::{Jwt, JwtAlgorithm, JwtKey, JwtKeySet};
use catzilla_middleware_engine::{Before, Chain, Moment, RequestArena, RequestView};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.2qXGEVBlAJcwbShS-ryMCDhP1hMR55fAHlTeYpVruFU";
/// Points of a curve that everybody knows: that of RFC 7517 appendix A.1.
const KEYS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"1",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}"#;
/// What may take the place of a part.
const PARTS: [&str; 10] = [
    "eyJhbGciOiJub25lIn0",
    "eyJhbGciOiJIUzUxMiJ9",
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEifQ",
    "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiYjY0Il19",
    "eyJzdWIiOiJiIiwiZXhwIjo0MDAwMDAwMDAwfQ",
    "e30",
    "",
    "AA",
    "%00",
    "====",
];

/// Only the token itself passes, whatever stands around it; all else is refused by 400 or 401, by secret and by public keys.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    passes_only_if_right(&[data]);
    // Whatever an input is too short for, the next one has.
    let _ = nearly_right(&mut Unstructured::new(data));
}

fn nearly_right(input: &mut Unstructured<'_>) -> Result<()> {
    let scheme =
        *input.choose(&["Bearer ", "bEARER ", "Bearer  ", "Bearer", "Basic ", "Bearer\t", ""])?;
    let mut parts: Vec<Vec<u8>> = TOKEN.split('.').map(|part| part.as_bytes().to_vec()).collect();
    for _ in 0..input.int_in_range(0..=2)? {
        let part = input.choose_index(parts.len())?;
        match input.int_in_range(0..=6)? {
            0 => parts[part] = input.choose(&PARTS)?.as_bytes().to_vec(),
            1 => parts.push(input.choose(&PARTS)?.as_bytes().to_vec()),
            2 if parts.len() > 1 => drop(parts.remove(part)),
            3 => parts[part].push(input.arbitrary()?),
            4 => drop(parts[part].pop()),
            5 if !parts[part].is_empty() => {
                let byte = input.choose_index(parts[part].len())?;
                parts[part][byte] ^= 1 << input.int_in_range(0..=7)?;
            }
            _ => {}
        }
    }
    let value = [scheme.as_bytes(), &parts.join(&b'.')].concat();
    match input.int_in_range(0..=9)? {
        0 => passes_only_if_right(&[&value, &value]),
        1 => passes_only_if_right(&[&value, input.arbitrary()?]),
        _ => passes_only_if_right(&[&value]),
    }
    Ok(())
}

struct Request<'a>(&'a [&'a [u8]]);

impl RequestView for Request<'_> {
    fn method(&self) -> &'static str {
        "GET"
    }

    fn path(&self) -> &[u8] {
        b"/"
    }

    fn line(&self, index: usize) -> Option<(&[u8], &[u8])> {
        Some((b"Authorization", *self.0.get(index)?))
    }
}

fn passes_only_if_right(lines: &[&[u8]]) {
    let secret = JwtKey::secret(JwtAlgorithm::Hs256, SECRET).expect("a secret");
    let secret = JwtKeySet::new([secret]).expect("keys");
    let public = JwtKeySet::from_jwks(KEYS).expect("keys");
    let is_right = lines.len() == 1
        && lines[0].split_at_checked(6).is_some_and(|(scheme, rest)| {
            let token = rest.trim_ascii_start();
            scheme.eq_ignore_ascii_case(b"bearer")
                && rest.starts_with(b" ")
                && token == TOKEN.as_bytes()
        });
    for (keys, is_right) in [(secret, is_right), (public, false)] {
        let jwt = Jwt::builder(keys).cache(4).build().expect("a judge");
        let chain = Chain::builder().with(jwt).build().expect("a chain");
        // The second time it comes from the cache.
        for _ in 0..2 {
            let (request, moment) = (Request(lines), now());
            let mut run = chain.begin(RequestArena::new(1 << 16), Vec::new());
            let mut before = chain.before(&mut run, &request, moment);
            while let Before::Wait(job) = before {
                before = chain.resume(&mut run, &request, moment, job.run());
            }
            let show =
                || lines.iter().map(|line| line.escape_ascii().to_string()).collect::<Vec<_>>();
            match before {
                Before::Handle => assert!(is_right, "{:?}", show()),
                Before::Answer(response) => {
                    assert!(!is_right, "{:?}", show());
                    let status = if lines.len() > 1 { 400 } else { 401 };
                    assert_eq!(response.status(), status, "{:?}", show());
                }
                Before::Wait(_) => unreachable!("it was waited for"),
            }
        }
    }
}

fn now() -> Moment {
    let since = Duration::from_hours(500_000);
    Moment { real: SystemTime::UNIX_EPOCH + since, monotonic: since }
}
