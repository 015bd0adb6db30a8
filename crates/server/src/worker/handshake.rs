//! The begin of a connection to an address that speaks TLS: who is it, and what do we speak?

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use rustls::{ServerConfig, ServerConnection};
use tokio::net::TcpStream;

use crate::http1::{Refusal, TLS_HANDSHAKE};
use crate::tls::{Protocol, Session};
use crate::worker::Worker;
use crate::worker::connection::Connection;
use crate::worker::http2;
use crate::worker::life::{Handover, Place, live};
use crate::worker::transport::Transport;
use crate::worker::watch::Waits;

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
pub(crate) async fn run(socket: TcpStream, config: Arc<ServerConfig>, place: Place) {
    let worker = Rc::clone(&place.worker);
    let under_way = worker.handshakes.begin(&place.watch);
    let shaken = in_time(&place, shake(socket, config, &worker)).await;
    let counters = &worker.counters;
    match shaken {
        Some(Ok(Shaken::Tls(session))) => {
            counters.handshakes.add(1);
            counters.resumed.add(u64::from(session.is_resumed()));
            drop(under_way);
            serve(session, place).await;
        }
        Some(Ok(Shaken::Plain(socket))) => {
            drop(under_way);
            place.watch.set(Waits::Not);
            let mut connection = Connection::new(Transport::Plain(socket), place);
            connection.refuse(Refusal::NoTls);
            connection.await;
        }
        Some(Ok(Shaken::Gone)) => {}
        Some(Err(err)) => {
            counters.failed_handshakes.add(1);
            tracing::debug!(%err, "a TLS handshake failed");
        }
        None if under_way.is_lost() => {
            counters.turned_away.add(1);
            tracing::debug!("a TLS handshake made room for another: too many are under way");
        }
        None => counters.timed_out.add(1),
    }
}

/// Speaks what was agreed upon.
async fn serve(session: Box<Session>, place: Place) {
    // Whoever has come so far has a new limit of time.
    place.watch.set(Waits::Not);
    let protocol = session.protocol();
    let transport = Transport::Tls(session);
    match protocol {
        Protocol::Http2 => {
            let handover = Handover { transport, place, received: Vec::new() };
            Box::pin(http2::Connection::new(handover)).await;
        }
        Protocol::Http1 => live(transport, place).await,
    }
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

/// What comes of the handshake; `None` when its time is over.
async fn in_time<T>(place: &Place, handshake: impl Future<Output = T>) -> Option<T> {
    let mut handshake = pin!(handshake);
    poll_fn(|cx| {
        place.watch.register(cx.waker());
        // Who has connected while the server was still there may still ask; nobody waits long for it.
        let is_leaving = place.worker.draining.get();
        place.watch.set(if is_leaving { Waits::Linger } else { Waits::Handshake });
        if place.watch.expired().is_some() {
            return Poll::Ready(None);
        }
        handshake.as_mut().poll(cx).map(Some)
    })
    .await
}
