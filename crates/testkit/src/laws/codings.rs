//! Encoders and the judgement of encoded bytes, beside decoders that share nothing with them.

use arbitrary::{Result, Unstructured};
use catzilla_content_coding::{Coding, Codings, Level, Verdict, compress, encoder, verify};

use crate::decoders::decode;

/// More than this isn't compressed: the slow levels would take the time of all others.
const LONGEST: usize = 1 << 16;

/// What an encoder makes decodes to its input, by our judgement and by somebody else's decoder,
/// however the input was cut. What was changed afterwards, or never was encoded, passes for the
/// original only when it does with the other decoder too.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    let built = Codings::BUILT;
    for coding in built.iter() {
        for original in [&b""[..], b"a", data] {
            passes_only_for_what_it_is(coding, data, original);
        }
    }
    // Whatever an input is too short for, the next one has.
    let _ = encoded_and_changed(&mut Unstructured::new(data), built);
}

fn encoded_and_changed(input: &mut Unstructured<'_>, built: Codings) -> Result<()> {
    let coding = input.choose_iter(built.iter().collect::<Vec<_>>())?;
    let level = level(coding, input.arbitrary()?);
    let (at, mask): (u16, u8) = (input.arbitrary()?, input.arbitrary()?);
    let cut: u16 = input.arbitrary()?;
    let original = original(input)?;
    let number = level.number(coding);

    let mut encoded = compress(coding, level, &original).expect("it is built");
    assert_eq!(verify(coding, &encoded, &original), Verdict::Same, "{coding} {number}");
    assert_eq!(
        decode(coding, &encoded, original.len()).as_ref(),
        Some(&original),
        "{coding} {number}"
    );
    assert_eq!(compress(coding, level, &original).expect("it is built"), encoded);

    let pieces = in_pieces(coding, level, &original, usize::from(cut) + 1);
    assert_eq!(verify(coding, &pieces, &original), Verdict::Same, "{coding} {number} by {cut}");

    if !encoded.is_empty() {
        let at = usize::from(at) % encoded.len();
        encoded[at] ^= mask;
        passes_only_for_what_it_is(coding, &encoded, &original);
        encoded.truncate(at);
        passes_only_for_what_it_is(coding, &encoded, &original);
    }
    Ok(())
}

/// Every level there is, the fast ones more often.
fn level(coding: Coding, number: u8) -> Level {
    let number = if number < 32 { number % 20 } else { number % 7 };
    Level::DEFAULT.with(coding, number).unwrap_or_default()
}

/// The rest of the input, a few times over: fuzzers write little that is worth compressing.
fn original(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let times = usize::from(input.arbitrary::<u8>()?) + 1;
    let piece = input.bytes(input.len())?;
    Ok(piece.iter().copied().cycle().take((piece.len() * times).min(LONGEST)).collect())
}

fn in_pieces(coding: Coding, level: Level, original: &[u8], len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = encoder(coding, level, None).expect("it is built");
    for piece in original.chunks(len) {
        encoder.write(piece, &mut out).expect("memory");
    }
    encoder.finish(&mut out).expect("memory");
    out
}

fn passes_only_for_what_it_is(coding: Coding, encoded: &[u8], original: &[u8]) {
    if verify(coding, encoded, original).is_same() {
        let decoded = decode(coding, encoded, original.len());
        assert_eq!(decoded.as_deref(), Some(original), "{coding}: {}", encoded.escape_ascii());
    }
}
