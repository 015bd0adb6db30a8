//! Listening sockets: one per worker where the kernel deals connections out, after a look whether somebody
//! else has the port.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use rustls::ServerConfig;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that wait to be accepted, per listener; the kernel has its own upper bound (`somaxconn`).
pub(crate) const BACKLOG: i32 = 1024;

/// A socket that listens, and what is spoken on it.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// `None`: plain HTTP.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// Binds `address` once per worker. Port 0 lets the system choose; all workers get the same.
///
/// Sockets with `SO_REUSEPORT` would share a port with any other process of the user that does the same,
/// so without `share` the first bind is made without it: a second server is an error, not a silent half.
pub(crate) fn listen(
    address: SocketAddr,
    workers: usize,
    share: bool,
) -> Result<Vec<TcpListener>, ListenError> {
    let fail = |error| ListenError { address, error };
    if workers == 1 && !share {
        return Ok(vec![listening(address, false).map_err(fail)?]);
    }
    if !cfg!(target_os = "linux") {
        // Elsewhere SO_REUSEPORT doesn't balance: the workers accept from one socket.
        let first = listening(address, share).map_err(fail)?;
        let mut listeners = vec![first];
        for _ in 1..workers {
            listeners.push(listeners[0].try_clone().map_err(fail)?);
        }
        return Ok(listeners);
    }
    let mut address = address;
    if !share {
        let probe = bound(address, false).map_err(fail)?;
        // Its port is kept for port 0, and free again when it is dropped: it never listened.
        address = probe.local_addr().map_err(fail)?.as_socket().unwrap_or(address);
    }
    let mut listeners = Vec::with_capacity(workers);
    for _ in 0..workers {
        let listener = listening(address, true).map_err(fail)?;
        address = listener.local_addr().map_err(fail)?;
        listeners.push(listener);
    }
    Ok(listeners)
}

fn bound(address: SocketAddr, share: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for the old connections' TIME_WAIT. On Windows it would mean sharing.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    if share {
        socket.set_reuse_port(true)?;
    }
    #[cfg(not(unix))]
    let _ = share;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listening(address: SocketAddr, share: bool) -> io::Result<TcpListener> {
    let socket = bound(address, share)?;
    socket.set_nonblocking(true)?;
    // On Linux accepted sockets inherit it, which saves a call for each of them.
    socket.set_tcp_nodelay(true)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// An address that can't be listened on.
#[derive(Debug)]
pub struct ListenError {
    address: SocketAddr,
    error: io::Error,
}

impl ListenError {
    /// Whether somebody else has the port.
    pub fn is_in_use(&self) -> bool {
        self.error.kind() == io::ErrorKind::AddrInUse
    }
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, error } = self;
        match error.kind() {
            io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "{address} is in use: stop the other server or choose another port (0 takes a free one)"
                )
            }
            io::ErrorKind::PermissionDenied => {
                write!(
                    f,
                    "{address} needs a privilege: ports below 1024 belong to the system; choose a higher one"
                )
            }
            io::ErrorKind::AddrNotAvailable => {
                write!(
                    f,
                    "{address} is not an address of this machine: 127.0.0.1 serves this machine, 0.0.0.0 all"
                )
            }
            _ => write!(f, "can't listen on {address}: {error}"),
        }
    }
}

impl std::error::Error for ListenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any() -> SocketAddr {
        "127.0.0.1:0".parse().unwrap()
    }

    #[test]
    fn all_workers_listen_on_the_port_that_was_chosen() {
        let listeners = listen(any(), 3, false).unwrap();
        let ports: Vec<_> =
            listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        assert!(ports[0] != 0 && ports.iter().all(|port| *port == ports[0]), "{ports:?}");
    }

    #[test]
    fn a_second_server_is_refused_unless_both_share() {
        for workers in [1, 2] {
            let first = listen(any(), workers, false).unwrap();
            let address = first[0].local_addr().unwrap();
            for others in [1, 2] {
                let err = listen(address, others, false).unwrap_err();
                assert!(err.is_in_use() && err.to_string().contains("is in use"), "{err}");
            }
        }
        let first = listen(any(), 2, true).unwrap();
        assert_eq!(listen(first[0].local_addr().unwrap(), 2, true).unwrap().len(), 2);
    }

    #[test]
    fn a_foreign_address_is_explained() {
        let err = listen("192.0.2.1:0".parse().unwrap(), 1, false).unwrap_err();
        assert!(err.to_string().contains("not an address of this machine"), "{err}");
    }
}
