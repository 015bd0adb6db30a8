//! What RFC 9113 and RFC 7541 ask of a server: the checks that h2spec makes, and what the RFCs say beyond them.
//!
//! A row says what is sent, and what must come of it. For an error of the connection that is a GOAWAY with one of some
//! codes, or the end of the connection; for an error of a stream it is a reset, or an error of the connection. Whoever
//! comes next must be served. All rows of a test are tried, and those that failed are listed.

mod data;
mod fields;
mod frames;
mod goaway;
mod headers;
mod hpack;
mod huffman;
mod large;
mod messages;
mod peer;
mod ping;
mod preface;
mod priority;
mod pseudo;
mod push;
mod reset;
mod settings;
mod streams;
mod table;
mod window;
mod wire;

use std::panic::Location;

use catzilla_server::ServerBuilder;

use crate::site::{Site, noise};
use peer::{Peer, Verdict};

/// A server, and what came of the rows that were tried on it.
pub(super) struct Rows {
    site: Site,
    failed: Vec<String>,
}

/// Tries rows on a server that has a file of one byte, one of many and one of none.
#[track_caller]
fn judge(rows: impl FnOnce(&mut Rows)) {
    judge_with(|server| server, rows);
}

/// The same on another server.
#[track_caller]
fn judge_with(server: impl FnOnce(ServerBuilder) -> ServerBuilder, rows: impl FnOnce(&mut Rows)) {
    let large = large();
    let files: &[(&str, &[u8])] = &[("a.txt", b"a"), ("large.bin", &large), ("empty.txt", b"")];
    let mut judged = Rows { site: Site::with(files, server, |it| it), failed: Vec::new() };
    rows(&mut judged);
    let Rows { failed, .. } = judged;
    assert!(failed.is_empty(), "{} rows failed:\n{}", failed.len(), failed.join("\n"));
}

/// What `large.bin` has: more than the windows that a connection begins with.
fn large() -> Vec<u8> {
    noise(300_000, 3)
}

impl Rows {
    /// Whatever it takes.
    #[track_caller]
    fn check(&mut self, row: &str, attempt: impl FnOnce(&mut Peer) -> Verdict) {
        let mut peer = Peer::open(self.site.address());
        self.check_on(row, &mut peer, attempt);
    }

    /// The same on a connection that has been begun in another way.
    #[track_caller]
    fn check_on(&mut self, row: &str, peer: &mut Peer, attempt: impl FnOnce(&mut Peer) -> Verdict) {
        let line = Location::caller().line();
        let verdict = attempt(peer).and_then(|()| {
            let mut next = Peer::open(self.site.address());
            next.send(&wire::get(1));
            next.answers(1).map_err(|why| format!("the next client: {why}"))
        });
        if let Err(why) = verdict {
            self.failed.push(format!("line {line}: {row}: {why}"));
        }
    }

    /// After this the connection ends for one of these reasons.
    #[track_caller]
    fn connection_error(&mut self, row: &str, sent: &[Vec<u8>], codes: &[u32]) {
        self.check(row, |peer| {
            peer.send(&sent.concat());
            peer.ends(codes)
        });
    }

    /// After this stream 1, or with it the connection, ends for one of these reasons.
    #[track_caller]
    fn stream_error(&mut self, row: &str, sent: &[Vec<u8>], codes: &[u32]) {
        self.check(row, |peer| {
            peer.send(&sent.concat());
            peer.resets(1, codes)
        });
    }

    /// The request on stream 1 is refused.
    #[track_caller]
    fn malformed(&mut self, row: &str, sent: &[Vec<u8>]) {
        self.check(row, |peer| {
            peer.send(&sent.concat());
            peer.refuses(1)
        });
    }

    /// The request on stream 1, which is for the file of one byte, is answered, and so is another.
    #[track_caller]
    fn answered(&mut self, row: &str, sent: &[Vec<u8>]) {
        self.check(row, |peer| {
            peer.send(&sent.concat());
            peer.answers(1)?;
            peer.answers_more(peer::PROBE)
        });
    }

    /// Nothing comes of it: a ping after it is answered, and so is a request.
    #[track_caller]
    fn ignored(&mut self, row: &str, sent: &[Vec<u8>]) {
        self.check(row, |peer| {
            peer.send(&sent.concat());
            peer.goes_on()?;
            peer.answers_more(peer::PROBE)?;
            peer.goes_on()
        });
    }
}
