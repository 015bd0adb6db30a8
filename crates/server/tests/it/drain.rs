//! The end of a server: nobody new, everybody under way finishes, nobody waits for ever.

use std::net::TcpStream;
use std::time::Duration;

use crate::site::{Site, eventually, noise};

#[test]
fn requests_under_way_finish_and_say_that_they_are_the_last() {
    let content = noise(30_000_000, 1);
    let site = Site::start(&[("large.bin", &content)]);
    let address = site.address();
    let mut busy = site.connect();
    busy.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut idle = site.connect();
    assert_eq!(idle.get("/missing").status, 404);
    site.wait_for(|stats| stats.bytes_sent > 100_000);
    let (done, ended) = std::sync::mpsc::channel();
    let Site { handle, dir } = site;
    std::thread::spawn(move || done.send(handle.shutdown(Duration::from_mins(1))));
    // An idle connection ends at once.
    idle.expect_closed();
    let answer = busy.answer(false);
    assert!(answer.body == content);
    busy.expect_closed();
    assert_eq!(ended.recv().unwrap(), 0, "nobody was cut");
    assert!(TcpStream::connect(address).is_err(), "nobody is let in");
    drop(dir);
}

#[test]
fn the_grace_period_is_not_longer_than_told() {
    let content = noise(30_000_000, 1);
    let site = Site::start(&[("large.bin", &content)]);
    let mut stuck = site.connect();
    stuck.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    site.wait_for(|stats| stats.bytes_sent > 100_000);
    // It never reads.
    assert_eq!(site.handle.shutdown(Duration::from_millis(50)), 1);
    assert!(stuck.rest().len() < content.len());
}

#[test]
fn a_half_sent_request_may_still_be_finished() {
    let site = Site::start(&[("a.txt", b"a")]);
    let mut client = site.connect();
    client.send("GET /a.txt HTTP/1.1\r\nHo");
    site.wait_for(|stats| stats.accepted == 1);
    // The worker has read it when it answers another connection that came later.
    assert_eq!(site.get("/a.txt").status, 200);
    let address = site.address();
    let Site { handle, dir } = site;
    let ending = std::thread::spawn(move || handle.shutdown(Duration::from_mins(1)));
    // The order has come when nobody is let in any more.
    eventually(|| TcpStream::connect(address).is_err().then_some(())).expect("it drains");
    client.send("st: a\r\n\r\n");
    let answer = client.answer(false);
    assert_eq!((answer.status, answer.field("connection")), (200, Some("close")));
    client.expect_closed();
    assert_eq!(ending.join().unwrap(), 0);
    drop(dir);
}
