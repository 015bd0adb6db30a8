//! Taking connections in, also when descriptors have run out, and the last of them when the server leaves.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch as signal;

use crate::listen::{BACKLOG, Listener};
use crate::outcome::is_out_of_descriptors;
use crate::worker::life::{Place, live};
use crate::worker::transport::Transport;
use crate::worker::{Order, Worker, handshake, unless};

/// How long accepting rests when descriptors have run out: existing connections must end first.
const REST: Duration = Duration::from_millis(100);

/// Accepts until the server is to leave.
pub(crate) async fn accept(
    listener: Listener,
    worker: Rc<Worker>,
    mut orders: signal::Receiver<Order>,
) {
    let Listener { socket: listener, tls } = listener;
    let tls = tls.as_ref();
    let reserve = Reserve::new(&listener);
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(err) => {
            tracing::error!(%err, "the listener can't be registered with the event loop");
            return;
        }
    };
    let mut reserve = reserve;
    let mut complained = false;
    let mut leave = pin!(async {
        let _ = orders.wait_for(|order| *order >= Order::Drain).await;
    });
    while let Some(accepted) = unless(leave.as_mut(), listener.accept()).await {
        match accepted {
            Ok((stream, client)) => {
                complained = false;
                take_in(stream, client, tls, &worker);
            }
            Err(err) if is_out_of_descriptors(&err) => {
                if !complained {
                    tracing::warn!(%err, "out of descriptors: new connections are closed at once; raise `ulimit -n`");
                    complained = true;
                }
                // With the reserve given up, the client is at least told, instead of hanging in the backlog.
                reserve.give_up();
                if let Ok(Ok((stream, _))) =
                    tokio::time::timeout(Duration::ZERO, listener.accept()).await
                {
                    worker.counters.turned_away.add(1);
                    drop(stream);
                }
                reserve.renew(&listener);
                tokio::time::sleep(REST).await;
            }
            // The client was gone before it was accepted, or the network had an error for this one.
            Err(err) if is_about_the_client(&err) => {}
            Err(err) => {
                tracing::warn!(%err, "accept");
                tokio::time::sleep(REST).await;
            }
        }
    }
    if let Ok(listener) = listener.into_std() {
        empty_queue(&listener, tls, &worker);
    }
}

/// Takes in those who stand in the queue: closing would reset them, and with them the requests that they have sent.
/// Whoever comes between the last of them and the closing is the kernel's to move or to reset.
fn empty_queue(
    listener: &std::net::TcpListener,
    tls: Option<&Arc<ServerConfig>>,
    worker: &Rc<Worker>,
) {
    // As many as can stand there, so that a flood doesn't hold up the end.
    for _ in 0..=BACKLOG {
        match listener.accept() {
            Ok((stream, client)) => {
                let stream =
                    stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
                if let Ok(stream) = stream {
                    take_in(stream, client, tls, worker);
                }
            }
            Err(err) if is_about_the_client(&err) => {}
            Err(_) => return,
        }
    }
}

fn take_in(
    stream: TcpStream,
    client: SocketAddr,
    tls: Option<&Arc<ServerConfig>>,
    worker: &Rc<Worker>,
) {
    let Some(admitted) = worker.shared.admission.admit(client.ip()) else {
        worker.counters.turned_away.add(1);
        tracing::debug!(%client, "turned away: too many connections");
        return;
    };
    // On Linux the accepted socket has it from its listener.
    #[cfg(not(target_os = "linux"))]
    let _ = stream.set_nodelay(true);
    worker.counters.accepted.add(1);
    let place = Place::new(Rc::clone(worker), admitted, client);
    match tls {
        None => drop(tokio::task::spawn_local(live(Transport::Plain(stream), place))),
        Some(config) => {
            tokio::task::spawn_local(handshake::run(stream, Arc::clone(config), place));
        }
    }
}

fn is_about_the_client(err: &io::Error) -> bool {
    matches!(
        err.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::TimedOut
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
    )
}

/// One descriptor held back for the day when there is none left.
struct Reserve(#[cfg(unix)] Option<std::os::fd::OwnedFd>);

#[cfg(unix)]
impl Reserve {
    fn new(listener: &impl std::os::fd::AsFd) -> Self {
        Self(listener.as_fd().try_clone_to_owned().ok())
    }

    fn give_up(&mut self) {
        self.0 = None;
    }

    fn renew(&mut self, listener: &impl std::os::fd::AsFd) {
        *self = Self::new(listener);
    }
}

#[cfg(not(unix))]
impl Reserve {
    fn new<L>(_: &L) -> Self {
        Self()
    }

    fn give_up(&mut self) {}

    fn renew<L>(&mut self, _: &L) {}
}
