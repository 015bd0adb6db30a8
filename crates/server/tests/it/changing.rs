//! Files that change while they are sent: the body is of one version, or the connection is cut.

use std::fs::{File, OpenOptions};
use std::io::Write;

use crate::site::{Site, noise, write};

const LEN: usize = 30_000_000;

/// Asks for a large file, changes it when sending is under way, and returns what came.
fn change_while_sending(
    sendfile: bool,
    change: impl FnOnce(&Site),
) -> (Result<Vec<u8>, Vec<u8>>, Vec<u8>) {
    let content = noise(LEN, 11);
    let site = Site::with(
        &[("large.bin", &content), ("a.txt", b"a")],
        |server| server,
        |mount| mount.sendfile(sendfile),
    );
    let mut client = site.connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.bytes_sent > 100_000);
    change(&site);
    let came = client.try_answer(false).map(|answer| answer.body);
    assert_eq!(site.get("/a.txt").status, 200, "the next client is unharmed");
    if came.is_err() {
        assert_eq!(site.handle.stats().cut_short, 1);
    }
    (came, content)
}

/// What came of a body that was cut: after the head, a piece of the old version and nothing else.
#[track_caller]
fn assert_clean_cut(came: Result<Vec<u8>, Vec<u8>>, content: &[u8]) {
    let bytes = came.expect_err("the body can't be complete");
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let body = &bytes[head..];
    assert!(body.len() < LEN);
    let differs = body.iter().zip(content).position(|(came, promised)| came != promised);
    assert_eq!(
        differs,
        None,
        "of {} bytes, not a piece of the version that was promised",
        body.len()
    );
}

/// As above, but where sendfile had given pages to the socket that the client has not read yet, the kernel
/// blanks what a truncation takes from them (docs/guarantees.md). Never anything else.
#[track_caller]
fn assert_cut_and_blanked(came: Result<Vec<u8>, Vec<u8>>, content: &[u8]) {
    let bytes = came.expect_err("the body can't be complete");
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    let body = &bytes[head..];
    assert!(body.len() < LEN);
    let strange =
        body.iter().zip(content).position(|(came, promised)| came != promised && *came != 0);
    assert_eq!(strange, None, "of {} bytes, neither promised nor blank", body.len());
}

/// How a body got into the socket, all of it, before its file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Memory of the cache.
    Cache,
    /// A sealed memory file of the cache.
    Sealed,
    /// The file itself.
    Sendfile,
    /// Memory that the file was read into for this client.
    Memory,
}

/// Changes a file when its body lies in the socket as a whole, and returns what the client reads then.
#[track_caller]
fn change_when_sent(from: Source, content: &[u8], change: impl FnOnce(&Site)) -> Vec<u8> {
    let by_sendfile = matches!(from, Source::Sealed | Source::Sendfile);
    let site = Site::with(
        &[("file.bin", content)],
        |server| match from {
            Source::Cache | Source::Sealed => server,
            Source::Sendfile | Source::Memory => server.no_cache(),
        },
        |mount| mount.sendfile(by_sendfile),
    );
    let mut client = site.connect();
    client.send("GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    let stats = site.wait_for(|stats| stats.bytes_sent > content.len() as u64);
    assert_eq!(stats.sendfile_operations > 0, by_sendfile);
    change(&site);
    let answer = client.answer(false);
    assert_eq!(answer.body.len(), content.len(), "nothing is left that could be held back");
    assert!(answer.field("etag").is_some_and(|tag| !tag.starts_with("W/")));
    assert_eq!(site.handle.stats().cut_short, 0);
    answer.body
}

#[test]
fn what_a_socket_holds_by_sendfile_are_pages_of_the_file() {
    let (old, new) = (noise(300_000, 14), noise(300_000, 15));
    let overwrite = |site: &Site| {
        let mut file = OpenOptions::new().write(true).open(site.path("file.bin")).unwrap();
        file.write_all(&new).unwrap();
    };
    let truncate = |site: &Site| {
        let file = OpenOptions::new().write(true).open(site.path("file.bin")).unwrap();
        file.set_len(1000).unwrap();
    };
    // Copies are what they were.
    for from in [Source::Cache, Source::Sealed, Source::Memory] {
        assert!(change_when_sent(from, &old, overwrite) == old, "{from:?}");
        assert!(change_when_sent(from, &old, truncate) == old, "{from:?}");
    }
    // Pages show what is written into them, under the tag of what was promised.
    let body = change_when_sent(Source::Sendfile, &old, overwrite);
    let is_of_either = |(at, byte): (usize, &u8)| *byte == old[at] || *byte == new[at];
    assert!(body.iter().enumerate().all(is_of_either), "neither promised nor written");
    let body = change_when_sent(Source::Sendfile, &old, truncate);
    let is_promised_or_blank = |(at, byte): (usize, &u8)| *byte == old[at] || *byte == 0;
    assert!(body.iter().enumerate().all(is_promised_or_blank), "neither promised nor blank");
    // A new file has pages of its own.
    let rename = |site: &Site| {
        write(&site.path("new.bin"), &new);
        std::fs::rename(site.path("new.bin"), site.path("file.bin")).unwrap();
    };
    assert!(change_when_sent(Source::Sendfile, &old, rename) == old);
}

#[test]
fn a_file_replaced_by_rename_is_sent_to_its_end() {
    for sendfile in [true, false] {
        let (came, content) = change_while_sending(sendfile, |site| {
            write(&site.path("new.bin"), &noise(LEN, 12));
            std::fs::rename(site.path("new.bin"), site.path("large.bin")).unwrap();
        });
        assert!(came.expect("complete") == content);
    }
}

#[test]
fn a_file_deleted_is_sent_to_its_end() {
    let (came, content) =
        change_while_sending(true, |site| std::fs::remove_file(site.path("large.bin")).unwrap());
    assert!(came.expect("complete") == content);
}

#[test]
fn a_file_truncated_cuts_the_connection() {
    for sendfile in [true, false] {
        let (came, content) = change_while_sending(sendfile, |site| {
            OpenOptions::new()
                .write(true)
                .open(site.path("large.bin"))
                .unwrap()
                .set_len(1000)
                .unwrap();
        });
        if sendfile {
            assert_cut_and_blanked(came, &content);
        } else {
            assert_clean_cut(came, &content);
        }
    }
}

#[test]
fn a_file_that_grows_cuts_the_connection() {
    let (came, content) = change_while_sending(true, |site| {
        let mut file = OpenOptions::new().append(true).open(site.path("large.bin")).unwrap();
        file.write_all(b"more").unwrap();
    });
    assert_clean_cut(came, &content);
}

#[test]
fn a_file_rewritten_in_place_cuts_the_connection() {
    let (came, content) = change_while_sending(true, |site| {
        // The same length at the end: only the time tells.
        let mut file: File = OpenOptions::new().write(true).open(site.path("large.bin")).unwrap();
        file.write_all(&noise(LEN, 13)).unwrap();
    });
    // Bytes that lie in the socket buffers are of the old version; what is sent after the look is not sent.
    let bytes = came.expect_err("the body can't be complete");
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(bytes.len() - head < content.len());
}
