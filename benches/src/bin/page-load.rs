//! Loads pages as a browser does: `page-load ADDRESS FILE SECONDS`, the file with one path per line.
//!
//! A visit opens six connections, asks for the page over one of them and for what the page needs over all six;
//! then it comes again over the same connections and asks whether anything has changed. Prints its figures as wrk's
//! script does.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use catzilla_benches::client::{Answer, Client};
use catzilla_benches::references;

/// As many as browsers open to one host.
const CONNECTIONS: usize = 6;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [address, file, seconds] = &args[..] else {
        anyhow::bail!("usage: page-load ADDRESS FILE SECONDS");
    };
    let address: SocketAddr = address.parse().context("ADDRESS")?;
    let time = Duration::from_secs_f64(seconds.parse().context("SECONDS")?);
    let text = fs::read_to_string(file).with_context(|| file.clone())?;
    let pages: Vec<&str> = text.lines().collect();
    ensure!(!pages.is_empty(), "{file} has no paths");

    let begin = Instant::now();
    let (mut took, mut bytes) = (Vec::new(), 0);
    while begin.elapsed() < time {
        let visit = Instant::now();
        bytes += load(address, pages[took.len() % pages.len()])?;
        took.push(visit.elapsed().as_secs_f64());
    }
    let seconds = begin.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    let percentile = |percent: f64| took[((took.len() - 1) as f64 * percent / 100.0) as usize];
    let latency = [50.0, 90.0, 99.0, 99.9].map(percentile);
    let result = serde_json::json!({
        "requests": took.len(), "seconds": seconds, "bytes": bytes, "broken": 0, "statuses": 0, "latency": latency,
    });
    #[allow(clippy::print_stdout, reason = "its result is read from there")]
    {
        println!("RESULT {result}");
    }
    Ok(())
}

/// One visit, and one more with what is known; how many bytes came.
fn load(address: SocketAddr, page: &str) -> Result<u64> {
    let connect = |_| Client::connect(address);
    let mut connections = (0..CONNECTIONS).map(connect).collect::<Result<Vec<_>, _>>()?;
    let mut known = HashMap::new();
    for _ in 0..2 {
        let html = fetch(&mut connections[..1], &[page.to_owned()], &mut known)?;
        let assets = match html.first() {
            Some(html) => references(page, &String::from_utf8_lossy(&html.body)),
            None => known.keys().filter(|path| *path != page).cloned().collect(),
        };
        for some in assets.chunks(CONNECTIONS) {
            fetch(&mut connections, some, &mut known)?;
        }
    }
    Ok(connections.iter().map(Client::received).sum())
}

/// Asks for each path over a connection of its own, then reads the answers; returns those that are new.
fn fetch(
    connections: &mut [Client],
    paths: &[String],
    known: &mut HashMap<String, String>,
) -> Result<Vec<Answer>> {
    for (connection, path) in connections.iter_mut().zip(paths) {
        let condition = match known.get(path) {
            Some(etag) => format!("If-None-Match: {etag}\r\n"),
            None => String::new(),
        };
        connection.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: page-load\r\nAccept: */*\r\n{condition}\r\n"
        ))?;
    }
    let mut fresh = Vec::new();
    for (connection, path) in connections.iter_mut().zip(paths) {
        let response = connection.receive().with_context(|| path.clone())?;
        match response.status {
            304 => {}
            200 => {
                if let Some(etag) = response.field("etag") {
                    known.insert(path.clone(), etag.to_owned());
                }
                fresh.push(response);
            }
            status => anyhow::bail!("{path} is answered with {status:?}"),
        }
    }
    Ok(fresh)
}
