//! The outbox beside a plain line of bytes.

use std::sync::Arc;

use catzilla_path_security::{Policy, RequestPath, Root};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::fs::{OpenFile, Transfer};

/// What is in the file that slices are taken of.
fn content() -> Vec<u8> {
    (0..500_u16).map(|n| (n % 251) as u8).collect()
}

fn slice(offset: u64, len: u64) -> FileSlice {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), content()).unwrap();
    let root = Root::open(dir.path(), Policy::default()).unwrap();
    let opened = root.get(&RequestPath::parse(b"/file").unwrap()).unwrap();
    FileSlice { file: Arc::new(OpenFile::new(opened, Transfer::Read)), offset, len }
}

#[derive(Debug, Clone)]
enum Op {
    /// Bytes that are rendered, and whether a response ends with them.
    Render(Vec<u8>, bool),
    Memory(Vec<u8>),
    Buffer(Vec<u8>),
    File(u64, u64),
    /// So many bytes are sent, or as many as are shown.
    Send(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let bytes = || vec(any::<u8>(), 0..40);
    prop_oneof![
        3 => (bytes(), any::<bool>()).prop_map(|(bytes, ends)| Op::Render(bytes, ends)),
        2 => bytes().prop_map(Op::Memory),
        2 => bytes().prop_map(Op::Buffer),
        1 => (0..400_u64, 0..100_u64).prop_map(|(offset, len)| Op::File(offset, len)),
        4 => (1..60_u64).prop_map(Op::Send),
    ]
}

/// The bytes at the front, and whether the outbox says that more follow them.
fn shown(outbox: &Outbox) -> Option<(Vec<u8>, bool)> {
    Some(match outbox.front()? {
        Output::Bytes { first, second, more } => {
            assert!(!first.is_empty(), "an empty front would never go away");
            ([first, second].concat(), more)
        }
        Output::Sealed { .. } => unreachable!("nothing of a cache is queued here"),
        Output::File { slice, more } => {
            let range = slice.offset as usize..(slice.offset + slice.len) as usize;
            (content()[range].to_vec(), more)
        }
    })
}

#[track_caller]
fn compare(outbox: &Outbox, expected: &[u8]) {
    assert_eq!(outbox.pending(), expected.len() as u64);
    assert_eq!(outbox.is_empty(), expected.is_empty());
    match shown(outbox) {
        None => assert!(expected.is_empty()),
        Some((bytes, more)) => {
            assert!(expected.starts_with(&bytes));
            assert_eq!(more, bytes.len() < expected.len(), "whether more follows");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_comes_out_in_order(ops in vec(op(), 0..40)) {
        let (mut outbox, mut expected, file) = (Outbox::new(), Vec::new(), slice(0, 0));
        let mut buffers = 0;
        for op in ops {
            match op {
                Op::Render(bytes, ends) => {
                    expected.extend_from_slice(&bytes);
                    outbox.rendered().extend_from_slice(&bytes);
                    if ends { outbox.end_response() } else { outbox.commit() }
                }
                Op::Memory(bytes) => {
                    expected.extend_from_slice(&bytes);
                    outbox.push_memory(bytes.into());
                }
                Op::Buffer(bytes) => {
                    expected.extend_from_slice(&bytes);
                    buffers += usize::from(!bytes.is_empty());
                    outbox.push_buffer(bytes);
                }
                Op::File(offset, len) => {
                    expected.extend_from_slice(&content()[offset as usize..][..len as usize]);
                    outbox.push_file(FileSlice { offset, len, ..file.clone() });
                }
                Op::Send(len) => {
                    let Some((bytes, _)) = shown(&outbox) else { continue };
                    let len = len.min(bytes.len() as u64);
                    expected.drain(..len as usize);
                    outbox.advance(len);
                }
            }
            compare(&outbox, &expected);
        }
        while let Some((bytes, _)) = shown(&outbox) {
            expected.drain(..bytes.len());
            outbox.advance(bytes.len() as u64);
            compare(&outbox, &expected);
        }
        prop_assert!(!outbox.must_flush(&Limits::default()), "a new batch begins");
        prop_assert_eq!(outbox.spent.len(), buffers, "every buffer comes back");
    }
}

#[test]
fn a_batch_ends_with_a_file_or_at_its_limits() {
    let limits = Limits::default();
    let must_flush = |fill: &dyn Fn(&mut Outbox)| {
        let mut outbox = Outbox::new();
        fill(&mut outbox);
        outbox.must_flush(&limits)
    };
    assert!(!must_flush(&|_| {}));
    assert!(must_flush(&|outbox| outbox.push_file(slice(0, 1))));
    assert!(!must_flush(&|outbox| outbox.push_file(slice(0, 0))));
    assert!(!must_flush(&|outbox| outbox.push_buffer(vec![0; limits.max_batch_bytes - 1])));
    assert!(must_flush(&|outbox| outbox.push_buffer(vec![0; limits.max_batch_bytes])));
    let responses = |count| {
        must_flush(&|outbox| {
            for _ in 0..count {
                outbox.rendered().push(b'x');
                outbox.end_response();
            }
        })
    };
    assert!(!responses(limits.max_batch - 1));
    assert!(responses(limits.max_batch));
}

#[test]
fn a_buffer_that_has_grown_is_not_kept() {
    let mut outbox = Outbox::new();
    for (len, is_kept) in [(MAX_KEPT / 2, true), (2 * MAX_KEPT, false)] {
        outbox.rendered().extend(std::iter::repeat_n(b'x', len));
        outbox.end_response();
        outbox.advance(len as u64);
        assert_eq!(outbox.rendered.capacity() > 0, is_kept, "{len} bytes");
    }
}
