//! The load generator against the floor and against servers that misbehave.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use catzilla_benches::floor::Floor;
use catzilla_benches::paced::{Expected, Generator, Order, Orders, Outcome, Pace};

const TIME: Duration = Duration::from_millis(300);

fn orders(len: u64) -> Orders {
    let text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned();
    let expected = Expected { status: 200, len: Some(len), hash: None };
    Orders { requests: vec![Order { text, expected }], turn: Vec::new() }
}

fn floor(size: usize, closes: bool) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let floor = Floor::new(listener, size, closes).unwrap();
    thread::spawn(move || floor.run());
    address
}

/// Answers the requests of each connection with these texts, one after the other, then closes.
fn scripted(texts: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                for text in texts {
                    if !matches!(stream.read(&mut buffer), Ok(1..)) {
                        return;
                    }
                    let _ = stream.write_all(text.as_bytes());
                }
            });
        }
    });
    address
}

fn run(address: SocketAddr, orders: &Orders, connections: usize, pace: Pace) -> Outcome {
    let mut generator = Generator::connect(address, orders, connections, false).unwrap();
    generator.run(pace, TIME).unwrap()
}

/// Everything was due, and nothing was wrong. On a busy machine the last ones may be in line when the time is over.
#[track_caller]
fn all_right(outcome: &Outcome, due: u64) {
    assert_eq!((outcome.due, outcome.wrong), (due, 0), "{outcome:?}");
    assert!((1..=due).contains(&outcome.requests), "{outcome:?}");
}

#[test]
fn a_fixed_rate_is_kept_and_timed_from_when_requests_are_due() {
    let outcome = run(floor(1024, false), &orders(1024), 8, Pace::Fixed(500.0));
    all_right(&outcome, 150);
    let latency = outcome.latency.unwrap();
    assert!(latency[0] > 0.0 && latency.is_sorted(), "{latency:?}");
}

/// With one connection and a server that takes ten milliseconds, half of what is due waits for its turn, and most of that
/// time it isn't even sent.
#[test]
fn who_waits_for_a_connection_has_waited() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        while matches!(stream.read(&mut buffer), Ok(1..)) {
            // Longer on a busy machine, which is as good.
            thread::park_timeout(Duration::from_millis(10));
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let outcome = run(address, &orders(2), 1, Pace::Fixed(200.0));
    assert_eq!((outcome.due, outcome.wrong), (60, 0), "{outcome:?}");
    let median = outcome.latency.unwrap()[0];
    assert!(median > 0.05, "timed from the sending it would be 10 ms: {outcome:?}");
    assert!(outcome.in_time < outcome.due, "{outcome:?}");
}

#[test]
fn a_closed_loop_keeps_all_connections_busy() {
    let outcome = run(floor(10_240, false), &orders(10_240), 32, Pace::Closed);
    assert!(outcome.requests >= 32 && outcome.wrong == 0, "{outcome:?}");
    assert_eq!((outcome.due, outcome.latency), (outcome.requests, None));
}

#[test]
fn one_client_can_run_again() {
    let (address, orders) = (floor(10, false), orders(10));
    let mut generator = Generator::connect(address, &orders, 4, true).unwrap();
    for _ in 0..3 {
        let outcome = generator.run(Pace::Fixed(1000.0), TIME).unwrap();
        assert_eq!((outcome.due, outcome.wrong), (300, 0), "{outcome:?}");
    }
}

#[test]
fn connections_that_the_server_closes_are_opened_again() {
    let outcome = run(floor(64, true), &orders(64), 4, Pace::Fixed(200.0));
    all_right(&outcome, 60);
    assert_eq!(outcome.reopened, outcome.requests);
    // Without a word before.
    let answer = &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"];
    let outcome = run(scripted(answer), &orders(2), 2, Pace::Fixed(200.0));
    all_right(&outcome, 60);
    assert!(outcome.reopened > 0);
}

#[test]
fn wrong_answers_are_counted_and_the_first_is_told() {
    let outcome = run(floor(10, false), &orders(11), 2, Pace::Fixed(100.0));
    assert!(outcome.requests == 0 && outcome.wrong > 0, "{outcome:?}");
    assert_eq!(outcome.complaint.as_deref(), Some("GET / HTTP/1.1: 10 bytes, not 11"));
    assert!(outcome.is_saturated());
    let mut orders = orders(10);
    orders.requests[0].expected.hash = Some(blake3::hash(b"0123456789").to_hex().to_string());
    // One answer of 64 is looked at.
    let outcome = run(floor(10, false), &orders, 2, Pace::Fixed(1000.0));
    let answers = outcome.requests + outcome.wrong;
    assert_eq!(outcome.wrong, answers / 64, "{outcome:?}");
    assert!(outcome.wrong > 0);
}

#[test]
fn what_is_never_answered_waits_until_the_end() {
    // Each connection is answered once and then only read from.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let outcome = run(listener.local_addr().unwrap(), &orders(2), 2, Pace::Fixed(100.0));
    assert_eq!((outcome.due, outcome.requests), (30, 0), "{outcome:?}");
    assert!(outcome.is_saturated());
    assert!(outcome.latency.unwrap()[0] > 1.9, "{outcome:?}");
}

#[test]
fn half_an_answer_is_an_error() {
    let orders = orders(9);
    let address = scripted(&["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]);
    let mut generator = Generator::connect(address, &orders, 1, false).unwrap();
    let err = generator.run(Pace::Fixed(100.0), TIME).unwrap_err().to_string();
    assert!(err.contains("within an answer"), "{err}");
}
