//! Memory of connections that wait.

use anyhow::{Context, Result};

use crate::client::Client;
use crate::side_by_side::process::Running;
use crate::side_by_side::workload::Request;

/// Connections that are opened first: what the first few cost is the server's, not theirs.
const WARM: usize = 64;

/// Bytes of memory per connection that has been answered once and is kept. To be asked once of a server: what is
/// given back stays with its allocator.
pub(super) fn bytes_per_connection(
    server: &Running,
    request: &Request,
    connections: usize,
) -> Result<f64> {
    let _warm = open(server, request, WARM)?;
    let before = server.memory()?.anonymous;
    let mut idle = open(server, request, connections)?;
    let after = server.memory()?.anonymous;
    for client in idle.iter_mut().take(3) {
        let alive = ask(client, request);
        alive.context("the server has given up a connection that was to be kept")?;
    }
    Ok(after.saturating_sub(before) as f64 / connections as f64)
}

fn open(server: &Running, request: &Request, count: usize) -> Result<Vec<Client>> {
    let open = |at| {
        let mut client = Client::connect(server.address)?;
        ask(&mut client, request).with_context(|| format!("connection {at}"))?;
        Ok(client)
    };
    (0..count).map(open).collect()
}

fn ask(client: &mut Client, request: &Request) -> Result<()> {
    client.send(&request.text())?;
    client.receive().map(drop)
}
