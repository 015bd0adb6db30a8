//! The begin of a connection to an address that speaks TLS: who is it, and what do we speak?

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use rustls::{ServerConfig, ServerConnection};
use tokio::net::TcpStream;

use crate::admission::Admitted;
use crate::http1::{Refusal, TLS_HANDSHAKE};
use crate::tls::{Protocol, Session};
use crate::worker::Worker;
use crate::worker::connection::Connection;
use crate::worker::transport::Transport;
use crate::worker::watch::{Key, Waits, Watch};

/// What the first bytes came to.
enum Shaken {
    /// TLS.
    Tls(Box<Session>),
    /// A request without TLS, not read yet.
    Plain(TcpStream),
    /// Nothing: the client has gone.
    Gone,
}

/// The life of a connection from its first byte on.
pub(crate) async fn run(
    socket: TcpStream,
    config: Arc<ServerConfig>,
    worker: Rc<Worker>,
    admitted: Admitted,
) {
    let presence = Presence::new(&worker);
    let place = worker.handshakes.begin(&presence.watch);
    let shaken = presence.in_time(shake(socket, config, &worker)).await;
    let counters = &worker.counters;
    let connection = match shaken {
        Some(Ok(Shaken::Tls(session))) => {
            counters.handshakes.add(1);
            counters.resumed.add(u64::from(session.is_resumed()));
            match session.protocol() {
                Protocol::Http1 => {
                    Connection::new(Transport::Tls(session), Rc::clone(&worker), admitted)
                }
            }
        }
        Some(Ok(Shaken::Plain(socket))) => {
            let transport = Transport::Plain(socket);
            let mut connection = Connection::new(transport, Rc::clone(&worker), admitted);
            connection.refuse(Refusal::NoTls);
            connection
        }
        Some(Ok(Shaken::Gone)) => return,
        Some(Err(err)) => {
            counters.failed_handshakes.add(1);
            tracing::debug!(%err, "a TLS handshake failed");
            return;
        }
        None if place.is_lost() => {
            counters.turned_away.add(1);
            tracing::debug!("a TLS handshake made room for another: too many are under way");
            return;
        }
        None => {
            counters.timed_out.add(1);
            return;
        }
    };
    // The connection is present by itself from here on.
    drop((place, presence));
    connection.await;
}

async fn shake(
    socket: TcpStream,
    config: Arc<ServerConfig>,
    worker: &Worker,
) -> io::Result<Shaken> {
    let mut first = [0];
    if socket.peek(&mut first).await? == 0 {
        return Ok(Shaken::Gone);
    }
    // Whatever begins with a letter is meant as HTTP; noise is told off by TLS itself.
    if first[0] != TLS_HANDSHAKE && first[0].is_ascii_uppercase() {
        return Ok(Shaken::Plain(socket));
    }
    // Nothing is held for a client before it says something.
    let tls = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut session = Box::new(Session::new(socket, tls, worker.encrypted.clone()));
    while session.is_handshaking() {
        if poll_fn(|cx| session.poll_receive(cx)).await? == 0 {
            return Ok(Shaken::Gone);
        }
        let turn = worker.handshakes.turn().await;
        session.process()?;
        poll_fn(|cx| session.poll_flush(cx, &mut |_| {})).await?;
        tokio::task::yield_now().await;
        drop(turn);
    }
    Ok(Shaken::Tls(session))
}

/// A connection that is only beginning counts as one, and has its time.
struct Presence<'a> {
    worker: &'a Worker,
    watch: Rc<Watch>,
    key: Key,
}

impl<'a> Presence<'a> {
    fn new(worker: &'a Worker) -> Self {
        let (key, watch) = worker.watches.add();
        worker.counters.open.add(1);
        Self { worker, watch, key }
    }

    /// What comes of the handshake; `None` when its time is over.
    async fn in_time<T>(&self, handshake: impl Future<Output = T>) -> Option<T> {
        let mut handshake = pin!(handshake);
        poll_fn(|cx| {
            self.watch.register(cx.waker());
            // Who has connected while the server was still there may still ask; nobody waits long for it.
            let is_leaving = self.worker.draining.get();
            self.watch.set(if is_leaving { Waits::Linger } else { Waits::Handshake });
            if self.watch.expired().is_some() {
                return Poll::Ready(None);
            }
            handshake.as_mut().poll(cx).map(Some)
        })
        .await
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        self.worker.watches.remove(&self.key);
        self.worker.counters.open.sub(1);
        if self.worker.watches.len() == 0 {
            self.worker.idle.notify_one();
        }
    }
}
