//! RFC 7541: compressed fields.

use super::wire::{COMPRESSION_ERROR, GET, WHOLE, continuation, headers};
use super::{huffman, judge};
use crate::http2::client::{END_HEADERS, END_STREAM, head};

/// Literals: they go into the table, they don't, or they never do anywhere.
pub(super) const INDEXING: (u8, u32) = (0x40, 6);
pub(super) const NO_INDEXING: (u8, u32) = (0x00, 4);
pub(super) const NEVER: (u8, u32) = (0x10, 4);

/// An index of the static table (RFC 7541 appendix A).
pub(super) const AUTHORITY: usize = 1;
pub(super) const PATH: usize = 4;
/// The newest entry of the dynamic table.
pub(super) const NEWEST: usize = 62;

/// An integer behind some bits of a byte (RFC 7541 section 5.1).
pub(super) fn integer(first: u8, bits: u32, mut value: usize) -> Vec<u8> {
    let most = (1 << bits) - 1;
    if value < most {
        return vec![first | value as u8];
    }
    let mut bytes = vec![first | most as u8];
    value -= most;
    while value >= 128 {
        bytes.push((value % 128) as u8 | 128);
        value /= 128;
    }
    bytes.push(value as u8);
    bytes
}

pub(super) fn indexed(index: usize) -> Vec<u8> {
    integer(0x80, 7, index)
}

pub(super) fn resize(size: usize) -> Vec<u8> {
    integer(0x20, 5, size)
}

pub(super) fn plain(text: &str) -> Vec<u8> {
    [integer(0, 7, text.len()), text.as_bytes().to_vec()].concat()
}

pub(super) fn coded(text: &str) -> Vec<u8> {
    of_code(&huffman::encode(text))
}

fn of_code(code: &[u8]) -> Vec<u8> {
    [integer(0x80, 7, code.len()), code.to_vec()].concat()
}

/// A literal whose name is in a table.
pub(super) fn named(kind: (u8, u32), index: usize, value: &[u8]) -> Vec<u8> {
    [integer(kind.0, kind.1, index), value.to_vec()].concat()
}

/// A literal with a name of its own.
pub(super) fn literal(kind: (u8, u32), name: &[u8], value: &[u8]) -> Vec<u8> {
    [&[kind.0], name, value].concat()
}

/// GET and http, by the static table.
fn start() -> Vec<u8> {
    [indexed(2), indexed(6)].concat()
}

/// A GET with its path and authority left out.
pub(super) fn with(rest: &[Vec<u8>]) -> Vec<u8> {
    [start(), rest.concat()].concat()
}

/// A request with this block.
pub(super) fn whole(stream: u32, block: &[u8]) -> Vec<u8> {
    headers(stream, WHOLE, block)
}

pub(super) fn path(value: &str) -> Vec<u8> {
    named(NO_INDEXING, PATH, &plain(value))
}

pub(super) fn authority() -> Vec<u8> {
    named(NO_INDEXING, AUTHORITY, &plain("a"))
}

/// A whole GET with this behind it.
pub(super) fn get_and(more: &[u8]) -> Vec<u8> {
    [with(&[path("/a.txt"), authority()]), more.to_vec()].concat()
}

/// What a block refers to, and how it changes the table.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) greatest_index: usize,
    pub(super) size_updates: Vec<usize>,
}

/// Reads a block without minding what its strings say.
pub(super) fn walk(block: &[u8]) -> Result<Block, String> {
    let (mut seen, mut at) = (Block::default(), 0);
    let read = |at: &mut usize, bits: u32| {
        let most = (1 << bits) - 1;
        let cut = || format!("a block that is cut: {block:?}");
        let mut value = usize::from(*block.get(*at).ok_or_else(cut)?) & most;
        *at += 1;
        let (mut shift, mut has_more) = (0, value == most);
        while has_more {
            let byte = usize::from(*block.get(*at).ok_or_else(cut)?);
            *at += 1;
            value += (byte & 127) << shift;
            shift += 7;
            has_more = byte >= 128;
        }
        Ok::<_, String>(value)
    };
    while at < block.len() {
        let (bits, has_value) = match block[at] {
            0x80.. => (7, false),
            0x40.. => (6, true),
            0x20.. => {
                seen.size_updates.push(read(&mut at, 5)?);
                continue;
            }
            _ => (4, true),
        };
        let index = read(&mut at, bits)?;
        seen.greatest_index = seen.greatest_index.max(index);
        for _ in 0..usize::from(has_value) + usize::from(has_value && index == 0) {
            let len = read(&mut at, 7)?;
            at += len;
        }
    }
    if at == block.len() { Ok(seen) } else { Err(format!("a block that is cut: {block:?}")) }
}

#[test]
fn every_representation_is_understood() {
    judge(|rows| {
        rows.answered("6.1: indexed", &[whole(1, &get_and(&indexed(16)))]);
        for (row, kind) in [
            ("6.2.1: with indexing", INDEXING),
            ("6.2.2: without indexing", NO_INDEXING),
            ("6.2.3: never indexed", NEVER),
        ] {
            for (how, text) in [("plain", plain as fn(&str) -> _), ("coded", coded)] {
                let known =
                    with(&[named(kind, PATH, &text("/a.txt")), named(kind, AUTHORITY, &text("a"))]);
                rows.answered(&format!("{row}, a known name, {how}"), &[whole(1, &known)]);
                let own = with(&[
                    literal(kind, &text(":path"), &text("/a.txt")),
                    literal(kind, &text(":authority"), &text("a")),
                    literal(kind, &text("x-test"), &text("")),
                ]);
                rows.answered(&format!("{row}, a name of its own, {how}"), &[whole(1, &own)]);
            }
        }
        let mixed = literal(NO_INDEXING, &coded("x-test"), &plain("value"));
        rows.answered("5.2: a coded name and a plain value", &[whole(1, &get_and(&mixed))]);
        for len in [126, 127, 128, 254, 255, 256, 1000] {
            let value = "v".repeat(len);
            for (how, value) in [("plain", plain(&value)), ("coded", coded(&value))] {
                let long = named(NO_INDEXING, 58, &value);
                rows.answered(&format!("5.1: {len} bytes, {how}"), &[whole(1, &get_and(&long))]);
            }
        }
    });
}

#[test]
fn indices_are_within_the_tables() {
    judge(|rows| {
        let wrong = [
            ("6.1: 0", indexed(0)),
            ("2.3.3: the first behind the static table", indexed(NEWEST)),
            ("2.3.3: far behind", indexed(1000)),
            ("2.3.3: 2^31", indexed(1 << 31)),
            ("2.3.3: 2^32 + 2", indexed((1 << 32) + 2)),
            ("2.3.3: a name, indexed", named(INDEXING, NEWEST, &plain("x"))),
            ("2.3.3: a name, not indexed", named(NO_INDEXING, NEWEST, &plain("x"))),
            ("2.3.3: a name, never indexed", named(NEVER, 70, &plain("x"))),
            ("5.1: without end", [vec![0xff; 20], vec![0]].concat()),
            ("5.1: in many bytes", [vec![0xff], vec![0x80; 30], vec![0]].concat()),
            ("5.1: cut", vec![0xff, 0x80]),
        ];
        for (row, wrong) in wrong {
            rows.connection_error(row, &[whole(1, &get_and(&wrong))], &[COMPRESSION_ERROR]);
            rows.connection_error(
                &format!("{row}, before the rest"),
                &[whole(1, &[wrong, get_and(b"")].concat())],
                &[COMPRESSION_ERROR],
            );
        }
        let one = named(INDEXING, 58, &plain("x"));
        rows.connection_error(
            "2.3.3: one behind the entries of the dynamic table",
            &[whole(1, &get_and(&one)), whole(3, &get_and(&indexed(NEWEST + 1)))],
            &[COMPRESSION_ERROR],
        );
    });
}

#[test]
fn strings_are_as_long_as_they_say_and_coded_well() {
    judge(|rows| {
        let with_eos = |before: &str, after: &str| {
            let mut bits = huffman::bits(before);
            huffman::push(&mut bits, 0x3fff_ffff, 30);
            bits.extend(huffman::bits(after));
            huffman::pack(bits, true)
        };
        // Five bits each, so that three bits are left.
        let padded_by = |bytes: &[u8]| [&huffman::encode("a"), bytes].concat();
        let wrong = [
            ("5.2: padding of more than 7 bits", of_code(&padded_by(&[0xff]))),
            (
                "5.2: padding of 8 bits",
                of_code(&[&huffman::encode("aaaaaaaa"), &[0xff][..]].concat()),
            ),
            ("5.2: padding of 24 bits", of_code(&padded_by(&[0xff; 3]))),
            ("5.2: padding alone", of_code(&[0xff])),
            ("5.2: padding of zeros", of_code(&huffman::pack(huffman::bits("a"), false))),
            ("5.2: padding that ends in a zero", of_code(&[0b0001_1110])),
            ("5.2: padding that begins with a zero", of_code(&[0b0001_1011])),
            ("5.2: the end of strings, alone", of_code(&with_eos("", ""))),
            ("5.2: the end of strings, within one", of_code(&with_eos("a", "b"))),
            ("5.2: the end of strings, behind one", of_code(&with_eos("aa", ""))),
            ("5.2: longer than the block", integer(0, 7, 5)),
            ("5.2: much longer than the block", integer(0, 7, 1 << 30)),
            ("5.2: longer than the block, coded", integer(0x80, 7, 5)),
            (
                "5.2: a length without end",
                vec![0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            ),
        ];
        for (row, value) in wrong {
            for kind in [INDEXING, NO_INDEXING, NEVER] {
                rows.connection_error(
                    &format!("{row}, kind {}", kind.0),
                    &[whole(1, &get_and(&named(kind, 58, &value)))],
                    &[COMPRESSION_ERROR],
                );
            }
            let name = literal(NO_INDEXING, &value, b"");
            rows.connection_error(
                &format!("{row}, in a name"),
                &[whole(1, &get_and(&name))],
                &[COMPRESSION_ERROR],
            );
        }
        // 7 bits of padding, and none.
        for text in ["aaaaa", "aaaaaaaa", "aaaaaaa3", "www.example.com"] {
            let fine = named(NO_INDEXING, 58, &coded(text));
            rows.answered(&format!("5.2: {text}"), &[whole(1, &get_and(&fine))]);
        }
    });
}

#[test]
fn a_block_that_is_cut_is_no_block() {
    let block = with(&[
        named(INDEXING, PATH, &coded("/a.txt")),
        named(NEVER, AUTHORITY, &plain("a")),
        literal(NO_INDEXING, &coded("x-test"), &plain("value")),
    ]);
    judge(|rows| {
        for len in 0..block.len() {
            let row = format!("5: the first {len} bytes");
            let cut = &block[..len];
            if walk(cut).is_err() {
                rows.connection_error(&row, &[whole(1, cut)], &[COMPRESSION_ERROR]);
            } else if len < 2 + 7 {
                // Whole fields, but not all.
                rows.malformed(&row, &[whole(1, cut)]);
            }
        }
        rows.answered("5: all of them", &[whole(1, &block)]);
        rows.check("6.10: cut anywhere, to go on", |peer| {
            for (len, stream) in (0..=block.len()).zip((1..).step_by(2)) {
                let (first, rest) = block.split_at(len);
                peer.send(&headers(stream, END_STREAM, first));
                peer.send(&continuation(stream, END_HEADERS, rest));
                peer.answers(stream).map_err(|why| format!("{why}, cut at {len}"))?;
            }
            Ok(())
        });
    });
}

#[test]
fn fields_of_the_house_are_read_alike() {
    judge(|rows| {
        rows.check("6: the same request in two ways", |peer| {
            peer.send(&[whole(1, &head(&GET)), whole(3, &get_and(b""))].concat());
            peer.answers(3)
        });
    });
}
