//! RFC 7541 sections 2.3.2 and 4: the table that the blocks of a connection fill.

use super::hpack::{
    AUTHORITY, INDEXING, NEVER, NEWEST, NO_INDEXING, PATH, authority, coded, get_and, indexed,
    literal, named, path, plain, resize, whole, with,
};
use super::judge;
use super::peer::Peer;
use super::wire::{COMPRESSION_ERROR, HEADER_TABLE_SIZE, continuation, headers};
use crate::http2::client::{END_HEADERS, END_STREAM};

/// Bytes of an entry beside its name and value (RFC 7541 section 4.1).
const OVERHEAD: usize = 32;

/// Bytes of the entry for the path, and of that for the authority.
const ENTRY: usize = OVERHEAD + 11;

/// Puts the path and then the authority into the table.
fn fill() -> Vec<u8> {
    with(&[named(INDEXING, PATH, &plain("/a.txt")), named(INDEXING, AUTHORITY, &coded("a"))])
}

/// A GET whose path is at this index.
fn by_index(index: usize) -> Vec<u8> {
    with(&[indexed(index), authority()])
}

/// Blocks of requests, each of which is answered, one after the other.
fn answered(peer: &mut Peer, blocks: &[Vec<u8>]) -> Result<u32, String> {
    let mut stream = 1;
    for block in blocks {
        peer.send(&whole(stream, block));
        peer.answers(stream).map_err(|why| format!("{why}, stream {stream}"))?;
        stream += 2;
    }
    Ok(stream)
}

#[test]
fn entries_are_there_for_later_blocks() {
    judge(|rows| {
        let both = with(&[indexed(NEWEST + 1), indexed(NEWEST)]);
        let name = with(&[named(NO_INDEXING, NEWEST + 1, &coded("/a.txt")), indexed(NEWEST)]);
        let rows_of = [
            ("by indices", vec![fill(), both.clone(), both.clone(), both.clone()]),
            ("by a name", vec![fill(), name]),
            ("twice the same", vec![fill(), fill(), with(&[indexed(65), indexed(62)])]),
            (
                "within a block",
                vec![{
                    let one = literal(INDEXING, &coded("x-test"), &coded("value"));
                    get_and(&[one, indexed(NEWEST), indexed(NEWEST)].concat())
                }],
            ),
        ];
        for (row, blocks) in rows_of {
            rows.check(&format!("2.3.2: {row}"), |peer| answered(peer, &blocks).map(drop));
        }
        rows.check("2.3.2: all sent at once", |peer| {
            let asked = [whole(1, &fill()), whole(3, &both), whole(5, &both)];
            peer.send(&asked.concat());
            peer.answers(5)
        });
        for (row, kind) in [("not indexed", NO_INDEXING), ("never indexed", NEVER)] {
            let block = with(&[named(kind, PATH, &plain("/a.txt")), authority()]);
            rows.check(&format!("6.2: {row}"), |peer| {
                let stream = answered(peer, &[block])?;
                peer.send(&whole(stream, &by_index(NEWEST)));
                peer.ends(&[COMPRESSION_ERROR])
            });
        }
    });
}

#[test]
fn blocks_that_come_to_nothing_fill_the_table_too() {
    let inserted = [with(&[named(INDEXING, PATH, &plain("/a.txt"))]), authority()].concat();
    let bad = named(NO_INDEXING, 57, &plain("chunked"));
    judge(|rows| {
        rows.check("RFC 9113 4.3: of a malformed request", |peer| {
            peer.send(&whole(1, &[inserted.clone(), bad.clone()].concat()));
            peer.refuses(1)?;
            peer.send(&whole(0x2001, &by_index(NEWEST)));
            peer.answers(0x2001)
        });
        rows.check("RFC 9113 4.3: behind what is malformed", |peer| {
            let late = with(&[bad.clone(), named(INDEXING, PATH, &plain("/a.txt"))]);
            peer.send(&whole(1, &[late, authority()].concat()));
            peer.refuses(1)?;
            peer.send(&whole(0x2001, &by_index(NEWEST)));
            peer.answers(0x2001)
        });
        rows.check("RFC 9113 5.1: of a stream that was reset by the server", |peer| {
            peer.send(&headers(1, END_HEADERS, &get_and(&bad)));
            let trailer = literal(INDEXING, &plain("x"), &plain("y"));
            let more = named(INDEXING, PATH, &plain("/a.txt"));
            peer.send(&whole(1, &[trailer, more].concat()));
            peer.refuses(1)?;
            peer.send(&whole(0x2001, &by_index(NEWEST)));
            peer.answers(0x2001)
        });
        rows.check("8.1: of trailers", |peer| {
            peer.send(&headers(1, END_HEADERS, &fill()));
            let trailer = literal(INDEXING, &plain("x"), &plain("/a.txt"));
            peer.send(&whole(1, &[trailer, indexed(NEWEST)].concat()));
            peer.answers(1)?;
            peer.send(&whole(3, &with(&[indexed(NEWEST + 2), indexed(NEWEST + 1)])));
            peer.answers(3)
        });
        rows.check("RFC 9113 10.5.1: of a request that is too large", |peer| {
            peer.send(&headers(1, END_STREAM, &inserted));
            let much = named(NO_INDEXING, 58, &plain(&"x".repeat(9000)));
            peer.send(&continuation(1, 0, &much));
            peer.send(&continuation(1, END_HEADERS, &much));
            match peer.response(1) {
                Ok(response) if response.status == Some(431) => {}
                Ok(response) => return Err(format!("{response:?}")),
                Err(why) if why.starts_with("RST_STREAM") => {}
                // It may end the connection instead.
                Err(_) => return Ok(()),
            }
            peer.send(&whole(3, &by_index(NEWEST)));
            peer.answers(3)
        });
    });
}

#[test]
fn the_size_changes_at_the_beginning_of_a_block() {
    judge(|rows| {
        let before = |sizes: &[usize]| {
            let updates = sizes.iter().map(|size| resize(*size)).collect::<Vec<_>>().concat();
            whole(1, &[updates, get_and(b"")].concat())
        };
        for sizes in [&[0][..], &[4096], &[100], &[0, 4096], &[4096, 0], &[31, 32]] {
            rows.answered(&format!("6.3: {sizes:?}"), &[before(sizes)]);
        }
        rows.check("6.3: more than the server has set", |peer| {
            peer.goes_on()?;
            let set = peer.settings.iter().rfind(|(name, _)| *name == HEADER_TABLE_SIZE);
            let most = set.map_or(4096, |(_, size)| *size as usize);
            peer.send(&before(&[most + 1]));
            peer.ends(&[COMPRESSION_ERROR])
        });
        for size in [1 << 20, 1 << 31, 1 << 40] {
            rows.connection_error(
                &format!("6.3: {size}"),
                &[before(&[size])],
                &[COMPRESSION_ERROR],
            );
        }
        rows.connection_error(
            "6.3: the second too large",
            &[before(&[0, 1 << 20])],
            &[COMPRESSION_ERROR],
        );
        for size in [0, 100, 4096] {
            rows.connection_error(
                &format!("4.2: {size} at the end"),
                &[whole(1, &get_and(&resize(size)))],
                &[COMPRESSION_ERROR],
            );
            rows.connection_error(
                &format!("4.2: {size} behind the first field"),
                &[whole(1, &[indexed(2), resize(size), get_and(b"")[1..].to_vec()].concat())],
                &[COMPRESSION_ERROR],
            );
            rows.connection_error(
                &format!("4.2: {size} at the beginning of a continuation"),
                &[
                    headers(1, END_STREAM, &indexed(2)),
                    continuation(
                        1,
                        END_HEADERS,
                        &[resize(size), get_and(b"")[1..].to_vec()].concat(),
                    ),
                ],
                &[COMPRESSION_ERROR],
            );
            rows.connection_error(
                &format!("4.2: {size} at the end of trailers"),
                &[
                    headers(1, END_HEADERS, &get_and(b"")),
                    whole(1, &[literal(NEVER, &plain("x"), &plain("y")), resize(size)].concat()),
                ],
                &[COMPRESSION_ERROR],
            );
        }
        rows.answered(
            "4.2: at the beginning of trailers",
            &[
                headers(1, END_HEADERS, &get_and(b"")),
                whole(1, &[resize(0), literal(NEVER, &plain("x"), &plain("y"))].concat()),
            ],
        );
    });
}

#[test]
fn what_finds_no_room_is_evicted() {
    judge(|rows| {
        // The size, and whether the path and the authority are there still.
        let sizes = [
            (0, false, false),
            (ENTRY - 1, false, false),
            (ENTRY, false, true),
            (2 * ENTRY - 1, false, true),
            (2 * ENTRY, true, true),
            (4096, true, true),
        ];
        for (size, has_path, has_authority) in sizes {
            let of_path = with(&[indexed(NEWEST + 1), authority()]);
            let of_authority = with(&[path("/a.txt"), indexed(NEWEST)]);
            for (what, has, block) in
                [("the path", has_path, of_path), ("the authority", has_authority, of_authority)]
            {
                rows.check(&format!("4.3: {what} when there are {size} bytes"), |peer| {
                    let stream = answered(peer, &[fill()])?;
                    peer.send(&whole(stream, &[resize(size), block].concat()));
                    if has { peer.answers(stream) } else { peer.ends(&[COMPRESSION_ERROR]) }
                });
            }
        }
        rows.check("4.3: emptied and filled again", |peer| {
            let again = [resize(0), resize(4096), fill()].concat();
            let use_it = with(&[indexed(NEWEST + 1), indexed(NEWEST)]);
            let stream = answered(peer, &[fill(), again, use_it])?;
            peer.send(&whole(stream, &by_index(NEWEST + 2)));
            peer.ends(&[COMPRESSION_ERROR])
        });
        rows.check("4.3: emptied, and filled in a later block", |peer| {
            let use_it = with(&[indexed(NEWEST + 1), indexed(NEWEST)]);
            let emptied = [resize(0), get_and(b"")].concat();
            let larger = [resize(200), fill()].concat();
            answered(peer, &[fill(), emptied, larger, use_it]).map(drop)
        });
        rows.check("4.3: nothing goes into a table of no size", |peer| {
            let stream = answered(peer, &[[resize(0), fill()].concat()])?;
            peer.send(&whole(stream, &by_index(NEWEST)));
            peer.ends(&[COMPRESSION_ERROR])
        });
    });
}

#[test]
fn entries_make_room_for_new_ones() {
    judge(|rows| {
        let large = literal(INDEXING, &plain("x"), &plain(&"y".repeat(100)));
        rows.check("4.4: an entry larger than the table empties it", |peer| {
            let block = [resize(2 * ENTRY), get_and(&large)].concat();
            let stream = answered(peer, &[fill(), block])?;
            peer.send(&whole(stream, &by_index(NEWEST)));
            peer.ends(&[COMPRESSION_ERROR])
        });
        rows.check("4.4: an entry may have the name of one that goes for it", |peer| {
            let one = |value| with(&[value, authority()]);
            let first = one(named(INDEXING, PATH, &plain("/a.txt")));
            let second = one(named(INDEXING, NEWEST, &coded("/a.txt")));
            let first = [resize(ENTRY), first].concat();
            let stream = answered(peer, &[first, second.clone(), second, by_index(NEWEST)])?;
            peer.send(&whole(stream, &by_index(NEWEST + 1)));
            peer.ends(&[COMPRESSION_ERROR])
        });
        rows.check("4.1: as many as the sizes of entries allow", |peer| {
            // 43 bytes for the path, and 42 times 96, of 4096.
            let other = literal(INDEXING, &plain("x-n"), &plain(&"y".repeat(61)));
            let path_first = with(&[named(INDEXING, PATH, &plain("/a.txt")), authority()]);
            let blocks = [path_first, get_and(&other.repeat(42)), by_index(NEWEST + 42)];
            let stream = answered(peer, &blocks)?;
            peer.send(&whole(stream, &get_and(&other)));
            peer.answers(stream)?;
            peer.send(&whole(stream + 2, &get_and(&indexed(NEWEST + 41))));
            peer.answers(stream + 2)?;
            peer.send(&whole(stream + 4, &get_and(&indexed(NEWEST + 42))));
            peer.ends(&[COMPRESSION_ERROR])
        });
    });
}
