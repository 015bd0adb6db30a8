//! The life of an HTTP/2 connection: a future that hears the engine, starts streams, and sends what came of it.

use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use h2::server::{Builder, Handshake, SendResponse};
use h2::{Reason, RecvStream};
use tokio::task::JoinSet;

use super::budget::Budget;
use super::socket::{Driver, Socket, split};
use super::stream::{Rest, Stream};
use crate::chains::Client;
use crate::http::Chunk;
use crate::limits::Limits;
use crate::worker::life::{Handover, Place};
use crate::worker::transport::Transport;
use crate::worker::watch::Waits;

/// Bytes of a frame that may be received: what RFC 9113 section 4.2 asks for at least.
const FRAME: u32 = 16 * 1024;

/// Bytes of a request's body that may come before anybody wants them: what RFC 9113 section 6.9.2 begins with.
const WINDOW: u32 = 65_535;

/// Bytes that are read and thrown away of a client that was told to go.
const MAX_LINGER_BYTES: usize = 256 * 1024;

/// One connection.
pub(crate) struct Connection {
    engine: Engine,
    driver: Driver<Transport>,
    /// Those that weren't answered at once.
    streams: JoinSet<()>,
    budget: Rc<Budget>,
    place: Place,
    /// Who it is, for middlewares and the application.
    client: Client,
    /// Whether the client was told that the connection ends.
    leaving: bool,
    /// Requests since then.
    late: u32,
    requests: u64,
    lingered: usize,
}

/// Where the engine stands.
enum Engine {
    Handshake(Handshake<Socket<Transport>, Chunk>),
    Open(h2::server::Connection<Socket<Transport>, Chunk>),
    /// It has nothing more to say; the client's rest is thrown away.
    Ended,
}

/// What hearing the engine came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// It waits for the client.
    All,
    /// Others have their turn.
    Turn,
}

impl Connection {
    pub(crate) fn new(handover: Handover) -> Self {
        let Handover { transport, place, received } = handover;
        let client = Client {
            address: Some(place.peer),
            is_secure: !transport.is_plain(),
            protocol: Some("HTTP/2.0"),
        };
        let (socket, driver) = split(transport, received);
        let handshake = builder(&place.worker.shared.limits).handshake(socket);
        Self {
            engine: Engine::Handshake(handshake),
            driver,
            streams: JoinSet::new(),
            budget: Rc::default(),
            place,
            client,
            leaving: false,
            late: 0,
            requests: 0,
            lingered: 0,
        }
    }
}

fn builder(limits: &Limits) -> Builder {
    let mut builder = Builder::new();
    builder
        .max_frame_size(FRAME)
        .max_concurrent_streams(limits.max_streams)
        // So that a body which nobody reads keeps no other from coming.
        .initial_connection_window_size(16 * WINDOW)
        .initial_window_size(WINDOW)
        .max_header_list_size(limits.max_head_bytes.min(u32::MAX as usize) as u32);
    builder
}

impl Future for Connection {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.place.watch.register(cx.waker());
        if this.place.worker.draining.get() {
            this.leave();
        }
        if let Some(waits) = this.place.watch.expired() {
            this.place.worker.counters.timed_out.add(1);
            match (waits, &this.engine) {
                (Waits::Head | Waits::Idle, Engine::Open(_)) => this.leave(),
                _ => return Poll::Ready(()),
            }
        }
        while let Poll::Ready(Some(_)) = this.streams.poll_join_next(cx) {}
        this.driver.lend(|| this.place.worker.pool.borrow_mut().take_content());
        let heard = this.hear(cx);
        let has_more = heard == Heard::Turn || this.driver.is_full();
        let is_sent = match this.send(cx) {
            Poll::Ready(Ok(())) => true,
            // The client is gone, and with it whom to tell.
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => false,
        };
        if is_sent && !has_more {
            this.budget.settle();
        }
        if heard == Heard::Turn {
            cx.waker().wake_by_ref();
        }
        if is_sent && matches!(this.engine, Engine::Ended) && this.linger(cx).is_ready() {
            return Poll::Ready(());
        }
        this.watch(is_sent);
        Poll::Pending
    }
}

impl Connection {
    /// Hears what the client said, and answers what can be answered at once.
    fn hear(&mut self, cx: &mut Context<'_>) -> Heard {
        let turn = self.place.worker.shared.limits.max_batch;
        for _ in 0..turn {
            match &mut self.engine {
                Engine::Handshake(handshake) => match Pin::new(handshake).poll(cx) {
                    Poll::Ready(Ok(engine)) => {
                        self.engine = Engine::Open(engine);
                        if mem::take(&mut self.leaving) {
                            self.leave();
                        }
                    }
                    Poll::Ready(Err(err)) => self.end(&err),
                    Poll::Pending => return Heard::All,
                },
                Engine::Open(engine) => match engine.poll_accept(cx) {
                    Poll::Ready(Some(Ok((request, respond)))) => self.take(request, respond),
                    Poll::Ready(Some(Err(err))) => self.end(&err),
                    Poll::Ready(None) => self.engine = Engine::Ended,
                    Poll::Pending => return Heard::All,
                },
                Engine::Ended => return Heard::All,
            }
        }
        Heard::Turn
    }

    fn end(&mut self, err: &h2::Error) {
        tracing::debug!(%err, "an HTTP/2 connection ended");
        self.engine = Engine::Ended;
    }

    /// Begins a stream. What takes longer goes on by itself.
    fn take(&mut self, request: ::http::Request<RecvStream>, mut respond: SendResponse<Chunk>) {
        let limits = &self.place.worker.shared.limits;
        self.requests += 1;
        if self.leaving {
            // What was on its way is answered; who goes on asking doesn't keep the connection.
            self.late += 1;
            if self.late > limits.max_streams {
                respond.send_reset(Reason::REFUSED_STREAM);
                return;
            }
        } else {
            // It isn't the client who is waited for.
            self.place.watch.set(Waits::Not);
        }
        let is_last = self.requests >= limits.max_requests_per_connection;
        // A stream that was given up may still wait for a disk: it counts until it is done.
        if self.streams.len() >= limits.max_streams as usize {
            respond.send_reset(Reason::REFUSED_STREAM);
            return;
        }
        let worker = &self.place.worker;
        let mut stream = Stream::begin(worker, &self.budget, self.client, request, respond);
        match stream.advance() {
            Rest::Nothing => {}
            rest => {
                self.streams.spawn_local(stream.run(rest));
            }
        }
        if is_last {
            self.leave();
        }
    }

    /// Takes no more streams than those that are on their way (RFC 9113 section 6.8).
    fn leave(&mut self) {
        if !mem::replace(&mut self.leaving, true)
            && let Engine::Open(engine) = &mut self.engine
        {
            engine.graceful_shutdown();
        }
    }

    /// Sends what has been written.
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (counters, watch) = (&self.place.worker.counters, &self.place.watch);
        let sent = self.driver.poll_send(cx, &mut |bytes| {
            counters.sent(bytes, false);
            watch.progress(bytes);
            self.budget.sent(bytes);
        });
        if sent.is_ready()
            && let Some(buffer) = self.driver.reclaim()
        {
            self.place.worker.pool.borrow_mut().put(buffer);
        }
        sent
    }

    /// What a time limit goes by now.
    fn watch(&mut self, is_sent: bool) {
        let watch = &self.place.watch;
        let has_streams = match &self.engine {
            Engine::Open(engine) => engine.has_streams(),
            Engine::Handshake(_) | Engine::Ended => false,
        };
        watch.set(match &self.engine {
            _ if !is_sent => Waits::Reader,
            Engine::Handshake(_) if self.place.worker.draining.get() => Waits::Linger,
            Engine::Handshake(_) => Waits::Head,
            // Each of them has a watch of its own.
            Engine::Open(_) if !self.streams.is_empty() => Waits::Not,
            // All is answered, and the client has closed its window again before it took that.
            Engine::Open(_) if has_streams => Waits::Reader,
            Engine::Open(_) if !self.leaving && self.requests > 0 => Waits::Idle,
            Engine::Open(_) if !self.leaving => Waits::Head,
            Engine::Open(_) | Engine::Ended => Waits::Linger,
        });
    }

    /// Reads and throws away, so that the client sees the last frame before a reset.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.driver.poll_discard(cx) {
                Poll::Ready(Ok(bytes)) if bytes > 0 && self.lingered <= MAX_LINGER_BYTES => {
                    self.lingered += bytes;
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
