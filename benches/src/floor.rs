//! The limit for one request per pair of system calls: receives, sends a constant, and does nothing else.
//!
//! It answers every request head with a response of so many bytes of content, or ends each connection after the
//! first. Heads are counted, not read.
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;

use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use slab::Slab;

/// The key of the listener; connections have those of the slab.
const LISTENER: u64 = u64::MAX;

/// Connections that wait to be accepted: as many as ours has.
const BACKLOG: i32 = 1024;

/// The server.
#[derive(Debug)]
pub struct Floor {
    epoll: OwnedFd,
    listener: TcpListener,
    connections: Slab<Connection>,
    /// As many responses as one read can ask for are sent at once.
    responses: Vec<u8>,
    response: usize,
    closes: bool,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// The end of a head that has come in part.
    partial: Vec<u8>,
    /// Bytes that were asked for and are not sent yet, in responses of one size.
    owed: usize,
}

/// What became of a connection.
#[derive(PartialEq)]
enum State {
    Open,
    Over,
}

impl Floor {
    /// A server on this listener, whose responses have `size` bytes of content.
    pub fn new(listener: TcpListener, size: usize, closes: bool) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        // Rust's own number is small; asking again sets another.
        rustix::net::listen(&listener, BACKLOG)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let key = epoll::EventData::new_u64(LISTENER);
        epoll::add(&epoll, &listener, key, epoll::EventFlags::IN)?;
        let mut response = format!(
            "HTTP/1.1 200 OK\r\nserver: floor\r\ndate: Mon, 26 Oct 2026 00:00:00 GMT\r\n\
             content-type: text/plain\r\ncontent-length: {size}\r\n\
             last-modified: Mon, 26 Oct 2026 00:00:00 GMT\r\netag: \"6a11-400\"\r\n\
             accept-ranges: bytes\r\n{}\r\n",
            if closes { "connection: close\r\n" } else { "" },
        )
        .into_bytes();
        response.resize(response.len() + size, b'x');
        let len = response.len();
        let copies = (64 * 1024 / len).max(1);
        let responses = response.repeat(copies);
        let connections = Slab::new();
        Ok(Self {
            epoll,
            listener,
            connections,
            responses,
            response: len,
            closes,
            buffer: vec![0; 16 * 1024],
        })
    }

    /// Serves until accepting fails.
    pub fn run(mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(512);
        loop {
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    key => self.serve(key as usize),
                }
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let entry = self.connections.vacant_entry();
            let key = epoll::EventData::new_u64(entry.key() as u64);
            let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
            epoll::add(&self.epoll, &stream, key, flags)?;
            entry.insert(Connection { stream, partial: Vec::new(), owed: 0 });
        }
    }

    fn serve(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let response = self.response;
        let mut was_asked = connection.owed > 0;
        let state = connection
            .send(&self.responses, response)
            .and_then(|()| connection.receive(&mut self.buffer, response))
            .and_then(|state| {
                was_asked |= connection.owed > 0;
                connection.send(&self.responses, response).map(|()| state)
            });
        let is_done = self.closes && was_asked && connection.owed == 0;
        let over = is_done || !matches!(state, Ok(State::Open));
        if over {
            // Closing takes it out of epoll as well.
            self.connections.remove(key);
        }
    }
}

impl Connection {
    /// Receives once: a short read has emptied the socket, and what comes later is a new event.
    fn receive(&mut self, buffer: &mut [u8], response: usize) -> io::Result<State> {
        loop {
            let len = match self.stream.read(buffer) {
                Ok(0) => return Ok(State::Over),
                Ok(len) => len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(State::Open),
                Err(error) => return Err(error),
            };
            self.owed += self.heads(&buffer[..len]) * response;
            if len < buffer.len() {
                return Ok(State::Open);
            }
        }
    }

    /// How many heads end in these bytes.
    fn heads(&mut self, received: &[u8]) -> usize {
        let joined;
        let bytes = if self.partial.is_empty() {
            received
        } else {
            joined = [&self.partial, received].concat();
            self.partial.clear();
            &joined
        };
        let mut end = 0;
        let mut heads = 0;
        for at in memmem::find_iter(bytes, b"\r\n\r\n") {
            heads += 1;
            end = at + 4;
        }
        self.partial.extend_from_slice(&bytes[end..]);
        heads
    }

    fn send(&mut self, responses: &[u8], response: usize) -> io::Result<()> {
        while self.owed > 0 {
            // Where in a response the next byte stands.
            let from = (response - self.owed % response) % response;
            let until = responses.len().min(from + self.owed);
            match self.stream.write(&responses[from..until]) {
                Ok(sent) => self.owed -= sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
