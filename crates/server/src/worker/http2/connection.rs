//! The life of an HTTP/2 connection: a future that hears the client, starts streams, and sends what came of it.

use std::cell::RefCell;
use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::task::JoinSet;

use super::handle::{Engine, Handle};
use super::stream::{Rest, Stream};
use crate::chains::Client;
use crate::http::Head;
use crate::http1::Input;
use crate::http2::{self, ErrorCode, Event, Request};
use crate::worker::life::{Handover, Place};
use crate::worker::transport::Transport;
use crate::worker::watch::Waits;

/// Bytes that are read and thrown away of a client that was told to go.
const MAX_LINGER_BYTES: usize = 256 * 1024;

/// As often is read before others have their turn.
const MAX_READS: usize = 8;

/// One connection.
pub(crate) struct Connection {
    transport: Transport,
    engine: Engine,
    input: Input,
    /// For the next request.
    head: Head,
    /// Those that weren't answered at once.
    streams: JoinSet<()>,
    place: Place,
    /// Who it is, for middlewares and the application.
    client: Client,
    /// Requests since the connection was to end.
    late: u32,
    requests: u64,
    is_shut: bool,
    lingered: usize,
}

/// What hearing the client came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// All that it has said.
    All,
    /// There may be more, but others have their turn.
    Turn,
    /// There may be more, but no room for what would be answered.
    Full,
}

impl Connection {
    pub(crate) fn new(handover: Handover) -> Self {
        let Handover { transport, place, received } = handover;
        let client = Client {
            address: Some(place.peer),
            is_secure: !transport.is_plain(),
            protocol: Some("HTTP/2.0"),
        };
        let engine = http2::Connection::new(&place.worker.shared.limits);
        Self {
            transport,
            engine: Rc::new(RefCell::new(engine)),
            input: Input::of(received),
            head: Head::default(),
            streams: JoinSet::new(),
            place,
            client,
            late: 0,
            requests: 0,
            is_shut: false,
            lingered: 0,
        }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.place.watch.register(cx.waker());
        if this.place.worker.draining.get() {
            this.engine.borrow_mut().leave();
        }
        if let Some(waits) = this.place.watch.expired() {
            this.place.worker.counters.timed_out.add(1);
            let mut engine = this.engine.borrow_mut();
            match waits {
                Waits::Head | Waits::Idle if engine.is_open() && !engine.is_leaving() => {
                    engine.leave();
                }
                _ => return Poll::Ready(()),
            }
        }
        while let Poll::Ready(Some(_)) = this.streams.poll_join_next(cx) {}
        // An error of the socket: the client is gone, and with it whom to tell.
        let Ok(heard) = this.hear(cx) else { return Poll::Ready(()) };
        let is_sent = match this.send(cx) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Pending => false,
        };
        if is_sent && this.engine.borrow().is_ended() && this.linger(cx).is_ready() {
            return Poll::Ready(());
        }
        if heard == Heard::Turn || (heard == Heard::Full && is_sent) {
            cx.waker().wake_by_ref();
        }
        this.watch(is_sent);
        this.give_back();
        this.engine.borrow_mut().wait(cx);
        Poll::Pending
    }
}

impl Connection {
    /// Hears what the client says, and answers what can be answered at once.
    fn hear(&mut self, cx: &mut Context<'_>) -> io::Result<Heard> {
        {
            let mut engine = self.engine.borrow_mut();
            engine.begin_turn();
            engine.output().lend(|| self.place.worker.pool.borrow_mut().take_content());
        }
        if self.head.capacity() == 0 {
            self.head = self.place.worker.heads.take();
        }
        let (mut requests, mut reads) = (0, 0);
        loop {
            let event = {
                let mut engine = self.engine.borrow_mut();
                if engine.output().is_full() {
                    return Ok(Heard::Full);
                }
                let worker = &self.place.worker;
                engine.receive(
                    &mut self.input,
                    &mut self.head,
                    &worker.shared.limits,
                    worker.now.get(),
                )
            };
            match event {
                Event::Request(request) => {
                    self.take(request);
                    requests += 1;
                    if requests >= self.place.worker.shared.limits.max_batch {
                        return Ok(Heard::Turn);
                    }
                }
                Event::Read if reads == MAX_READS => return Ok(Heard::Turn),
                Event::Read => {
                    reads += 1;
                    if self.read(cx)?.is_pending() {
                        return Ok(Heard::All);
                    }
                }
                Event::Ended => return Ok(Heard::All),
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> io::Result<Poll<()>> {
        let lend = || {
            let mut buffer = self.place.worker.pool.borrow_mut().take_content();
            buffer.clear();
            buffer
        };
        let read = self.transport.poll_read(cx, self.input.vacant_or(lend))?;
        Ok(read.map(|bytes| {
            if bytes == 0 {
                self.engine.borrow_mut().end_of_input();
            }
        }))
    }

    /// Begins a stream. What takes longer goes on by itself.
    fn take(&mut self, request: Request) {
        let handle = Handle::new(Rc::clone(&self.engine), request.stream);
        let limits = &self.place.worker.shared.limits;
        self.requests += 1;
        if self.engine.borrow().is_leaving() {
            // What was on its way is answered; who goes on asking doesn't keep the connection.
            self.late += 1;
            if self.late > limits.max_streams {
                return handle.reset(ErrorCode::REFUSED_STREAM);
            }
        } else {
            // It isn't the client who is waited for.
            self.place.watch.set(Waits::Not);
        }
        let is_last = self.requests >= limits.max_requests_per_connection;
        // A stream that was given up may still wait for a disk: it counts until it is done.
        if self.streams.len() >= limits.max_streams as usize {
            return handle.reset(ErrorCode::REFUSED_STREAM);
        }
        let worker = &self.place.worker;
        let head = mem::replace(&mut self.head, worker.heads.take());
        let mut stream = Stream::begin(worker, self.client, request, head, handle);
        match stream.advance() {
            Rest::Nothing => {}
            rest => {
                self.streams.spawn_local(stream.run(rest));
            }
        }
        if is_last {
            self.engine.borrow_mut().leave();
        }
    }

    /// Sends what has been written, and says that nothing will follow when that is so.
    fn send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut engine = self.engine.borrow_mut();
        let mut transport = Pin::new(&mut self.transport);
        while !engine.output().is_empty() {
            let sent = ready!(transport.as_mut().poll_write(cx, engine.output().pending()))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            engine.sent(sent);
            self.place.worker.counters.sent(sent as u64, false);
            self.place.watch.progress(sent as u64);
        }
        // Also when nothing was written this time: what TLS has taken before may still wait for the socket.
        ready!(transport.as_mut().poll_flush(cx))?;
        if engine.is_ended() && !self.is_shut {
            ready!(self.transport.poll_close(cx))?;
            self.is_shut = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Gives back what it doesn't need while nothing comes.
    fn give_back(&mut self) {
        let mut engine = self.engine.borrow_mut();
        let mut pool = self.place.worker.pool.borrow_mut();
        if let Some(buffer) = engine.output().reclaim() {
            pool.put(buffer);
        }
        if self.input.is_empty() {
            pool.put(self.input.take());
            self.place.worker.heads.put(mem::take(&mut self.head));
        }
    }

    /// What a time limit goes by now.
    fn watch(&mut self, is_sent: bool) {
        let engine = self.engine.borrow();
        self.place.watch.set(if !is_sent {
            Waits::Reader
        } else if engine.is_ended() {
            Waits::Linger
        } else if !engine.is_open() {
            if self.place.worker.draining.get() { Waits::Linger } else { Waits::Head }
        } else if !self.streams.is_empty() {
            // Each of them has a watch of its own.
            Waits::Not
        } else if engine.is_leaving() {
            Waits::Linger
        } else if self.requests > 0 && engine.is_idle() && self.input.is_empty() {
            Waits::Idle
        } else {
            Waits::Head
        });
    }

    /// Reads and throws away, so that the client sees the last frame before a reset.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.transport.poll_throw_away(cx) {
                Poll::Ready(Ok(bytes)) if bytes > 0 && self.lingered <= MAX_LINGER_BYTES => {
                    self.lingered += bytes;
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}
