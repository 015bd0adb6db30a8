//! Memory of connections that wait.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};

use crate::side_by_side::process::Running;
use crate::side_by_side::workload::Request;

/// Bytes of memory per connection that has been answered once and is kept.
pub(super) fn bytes_per_connection(
    server: &Running,
    request: &Request,
    connections: usize,
) -> Result<f64> {
    // What the first few cost is the server's, not theirs.
    let warm = open(server, request, 64)?;
    let before = server.memory()?.anonymous;
    let idle = open(server, request, connections)?;
    let after = server.memory()?.anonymous;
    for mut stream in idle.iter().take(3) {
        let alive = ask(&mut stream, request);
        alive.context("the server has given up a connection that was to be kept")?;
    }
    drop(warm);
    Ok(after.saturating_sub(before) as f64 / connections as f64)
}

fn open(server: &Running, request: &Request, count: usize) -> Result<Vec<TcpStream>> {
    let open = |at| -> Result<TcpStream> {
        let mut stream = TcpStream::connect(server.address)
            .with_context(|| format!("connection {at} is refused"))?;
        ask(&mut &mut stream, request).with_context(|| format!("connection {at}"))?;
        Ok(stream)
    };
    (0..count).map(open).collect()
}

/// Sends the request and reads its response.
fn ask(stream: &mut (impl Read + Write), request: &Request) -> Result<()> {
    stream.write_all(request.text().as_bytes())?;
    let mut received = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let len = stream.read(&mut buffer)?;
        ensure!(len > 0, "closed before the response was complete");
        received.extend_from_slice(&buffer[..len]);
        if is_complete(&received) {
            return Ok(());
        }
    }
}

fn is_complete(received: &[u8]) -> bool {
    let Some(end) = memchr::memmem::find(received, b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&received[..end]).to_ascii_lowercase();
    let length = head.split("content-length:").nth(1).and_then(|rest| rest.lines().next());
    length.and_then(|length| length.trim().parse().ok()) == Some(received.len() - end - 4)
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn a_response_ends_with_its_content() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert!(is_complete(whole));
        assert!((0..whole.len()).all(|len| !is_complete(&whole[..len])));
    }
}
