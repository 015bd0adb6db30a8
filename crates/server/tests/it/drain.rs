//! The end of a server: nobody new, everybody under way finishes, nobody waits for ever.

use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::time::Duration;

use catzilla_server::{MountConfig, Server};

use crate::gate::{Gate, Slow};
use crate::site::{Site, TestClock, eventually, noise};

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

#[test]
fn whoever_has_asked_is_answered_when_another_server_takes_over() {
    const GET: &str = "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
    let gate = Arc::new(Gate::default());
    let site = Site::with(
        &[("a.txt", b"old"), ("slow.txt", b"slow")],
        |server| server.no_cache().reuse_port(true).fs(Slow::at(&gate)),
        |mount| mount,
    );
    let address = site.address();
    let mut idle = site.connect();
    assert_eq!(idle.get("/a.txt").text(), "old");
    let mut slow = site.connect();
    slow.send("GET /slow.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    gate.wait_for(1);
    // The worker stands still: this request stays in the socket, and these clients in the queue.
    idle.send(GET);
    let mut queued: Vec<_> = (0..20).map(|_| site.connect()).collect();
    for client in &mut queued {
        client.send(GET);
    }
    let new = tempfile::tempdir().unwrap();
    std::fs::write(new.path().join("a.txt"), "new").unwrap();
    let new = Server::builder()
        .threads(NonZeroUsize::MIN)
        .listen(address)
        .reuse_port(true)
        .mount(MountConfig::new("/", new.path()));
    let new = new.build().expect("the port is shared").start().expect("start");
    let Site { handle, dir } = site;
    let (order, ordered) = std::sync::mpsc::channel();
    let ending = std::thread::spawn(move || {
        order.send(()).unwrap();
        handle.shutdown(Duration::from_mins(1))
    });
    ordered.recv().unwrap();
    gate.open();
    assert_eq!(slow.answer(false).text(), "slow");
    for client in queued.iter_mut().chain([&mut idle]) {
        assert_eq!(client.answer(false).text(), "old");
        client.expect_closed();
    }
    assert_eq!(ending.join().unwrap(), 0);
    for _ in 0..20 {
        assert_eq!(crate::client::Client::connect(address).get("/a.txt").text(), "new");
    }
    drop((dir, new));
}

#[test]
fn who_has_just_connected_may_ask_but_is_not_waited_for() {
    let clock = TestClock::default();
    let site = Site::with(&[("a.txt", b"a")], |server| server.clock(clock.clone()), |mount| mount);
    let (mut late, mut silent) = (site.connect(), site.connect());
    site.wait_for(|stats| stats.accepted == 2);
    let address = site.address();
    let Site { handle, dir } = site;
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || done.send(handle.shutdown(Duration::from_mins(1))));
    eventually(|| TcpStream::connect(address).is_err().then_some(())).expect("it drains");
    let answer = late.get("/a.txt");
    assert_eq!((answer.text(), answer.field("connection")), ("a", Some("close")));
    late.expect_closed();
    assert_eq!(ended.try_recv(), Err(TryRecvError::Empty), "the other one is given some time");
    let mut creep = clock.creeping();
    let cut = eventually(|| {
        creep();
        ended.try_recv().ok()
    });
    assert_eq!(cut, Some(0));
    silent.expect_closed();
    drop(dir);
}
