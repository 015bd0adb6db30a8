//! Signals: finish what is under way, then end.

use std::io::Read;

use crate::command::{serve, site, text, write};

#[test]
fn an_idle_server_ends_at_once() {
    let dir = site();
    for signal in ["TERM", "INT"] {
        let server = serve(&[text(dir.path()), "-p", "0"]);
        assert_eq!(server.get("/").0, 200);
        server.signal(signal);
        let (success, out, errors) = server.wait();
        assert!(success, "{signal}: {errors}");
        assert_eq!((out.as_str(), errors.as_str()), ("", ""));
    }
}

#[test]
fn a_download_is_finished() {
    let dir = site();
    write(dir.path(), "large.bin", &vec![b'x'; 20_000_000]);
    let server = serve(&[text(dir.path()), "-p", "0", "--threads", "1"]);
    let mut stream = server.ask("/large.bin");
    // It is under way when its head is here.
    let mut first = [0; 100];
    stream.read_exact(&mut first).unwrap();
    server.signal("TERM");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > 20_000_000);
    assert!(server.wait().0);
}

#[test]
fn the_grace_period_ends() {
    let dir = site();
    write(dir.path(), "large.bin", &vec![b'x'; 20_000_000]);
    let server = serve(&[text(dir.path()), "-p", "0", "--threads", "1", "--grace-period", "50ms"]);
    let mut stream = server.ask("/large.bin");
    let mut first = [0; 100];
    stream.read_exact(&mut first).unwrap();
    server.signal("TERM");
    let (success, _, errors) = server.wait();
    assert!(
        !success && errors.contains("the grace period of 50ms was over: 1 connections were cut"),
        "{errors}"
    );
}

#[test]
fn a_second_signal_means_now() {
    let dir = site();
    write(dir.path(), "large.bin", &vec![b'x'; 20_000_000]);
    let mut server =
        serve(&[text(dir.path()), "-p", "0", "--threads", "1", "--grace-period", "10m"]);
    let mut stream = server.ask("/large.bin");
    let mut first = [0; 100];
    stream.read_exact(&mut first).unwrap();
    server.signal("INT");
    // The first has been heard when nobody is let in any more.
    while std::net::TcpStream::connect(server.address()).is_ok() {
        std::thread::yield_now();
    }
    // Impatience, until it shows: right behind the first it would be an echo.
    while server.is_running() {
        server.signal("INT");
    }
    let (success, _, errors) = server.wait();
    assert!(!success && errors.contains("second signal"), "{errors}");
}

#[test]
fn one_order_that_comes_as_two_signals_is_one() {
    let dir = site();
    write(dir.path(), "large.bin", &vec![b'x'; 20_000_000]);
    let server = serve(&[text(dir.path()), "-p", "0", "--threads", "1"]);
    let mut stream = server.ask("/large.bin");
    let mut first = [0; 100];
    stream.read_exact(&mut first).unwrap();
    server.signals(&["INT", "TERM", "INT"]);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > 20_000_000, "the download is finished");
    let (success, _, errors) = server.wait();
    assert!(success, "{errors}");
}
