//! Answers a request for a file, as far as status line and fields:
//! `cargo run --example answer -- Cargo.toml 'Range: bytes=0-99' 'If-Range: "…"'`

#![allow(clippy::print_stdout, reason = "an example shows something")]

use std::error::Error;
use std::fs;
use std::time::SystemTime;

use catzilla_http_conditional::multipart::{Boundary, Layout};
use catzilla_http_conditional::{
    ContentRange, HttpDate, Method, Outcome, RangeLimits, Validators, decide,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: answer FILE ['Name: value']...")?;
    let lines: Vec<String> = args.collect();
    let request: Vec<(&str, &str)> = lines.iter().filter_map(|line| line.split_once(':')).collect();

    let metadata = fs::metadata(path)?;
    let (now, len) = (SystemTime::now(), metadata.len());
    let validators = Validators::of_file(metadata.modified()?, len, now);

    let outcome =
        decide(Method::Get, request.as_slice(), &validators, len, now, &RangeLimits::default());
    match outcome {
        Outcome::Full => println!("200 OK\nContent-Length: {len}"),
        Outcome::NotModified => println!("304 Not Modified"),
        Outcome::PreconditionFailed => println!("412 Precondition Failed"),
        Outcome::Range(range) => {
            println!("206 Partial Content\nContent-Range: {}", ContentRange::part(range, len));
            println!("Content-Length: {}", range.len());
        }
        Outcome::Ranges(ranges) => {
            let boundary = Boundary::from_bits(0x5eed);
            let layout = Layout::new(&ranges, "text/plain", len, &boundary);
            println!("206 Partial Content\nContent-Type: {}", layout.content_type());
            println!("Content-Length: {}", layout.total_len());
        }
        Outcome::RangeNotSatisfiable => {
            let content_range = ContentRange::unsatisfied(len);
            println!("416 Range Not Satisfiable\nContent-Range: {content_range}");
        }
    }
    println!("Date: {}", HttpDate::from(now));
    if let Some(etag) = validators.etag {
        println!("ETag: {etag}");
    }
    if let Some(last_modified) = validators.last_modified {
        println!("Last-Modified: {last_modified}");
    }
    Ok(())
}
