//! What was received and is not used up yet.

/// The least room that is offered to a receive call, in bytes.
const ROOM: usize = 4 * 1024;

/// A receive buffer. Empty, it holds no memory until it is asked for room.
#[derive(Debug, Default)]
pub struct Input {
    buffer: Vec<u8>,
    /// Where the message at hand begins; what is before it has been used up.
    start: usize,
}

impl Input {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), start: 0 }
    }

    /// What others have received.
    pub(crate) fn of(buffer: Vec<u8>) -> Self {
        Self { buffer, start: 0 }
    }

    /// The buffer to receive into: the caller only appends. There is room for at least 4 KiB.
    pub fn vacant(&mut self) -> &mut Vec<u8> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.reserve(ROOM);
        &mut self.buffer
    }

    /// The same, in a buffer that is lent if there is none. It has nothing in it.
    pub(crate) fn vacant_or(&mut self, lend: impl FnOnce() -> Vec<u8>) -> &mut Vec<u8> {
        if self.buffer.capacity() == 0 {
            self.buffer = lend();
        }
        self.vacant()
    }

    /// Whether everything has been used up.
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }

    /// Gives up the buffer if it has grown beyond what the next request is likely to need.
    pub fn shrink(&mut self) {
        if self.is_empty() && self.buffer.capacity() > 16 * ROOM {
            *self = Self::new();
        }
    }

    /// Everything that is not used up, for who takes the connection over.
    pub fn take(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(self);
        rest.buffer.drain(..rest.start);
        rest.buffer
    }

    /// Everything that is not used up, from the begin of the message at hand.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Uses up the first bytes.
    pub(crate) fn consume(&mut self, len: usize) {
        self.start += len;
        debug_assert!(self.start <= self.buffer.len(), "more was used up than was there");
        if self.start >= self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
    }

    /// Takes bytes out behind the first `at`, which stay.
    pub(super) fn remove(&mut self, at: usize, len: usize) {
        let at = self.start + at;
        self.buffer.drain(at..at + len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_used_up_from_the_front_and_room_is_made_by_moving() {
        let mut input = Input::new();
        assert!(input.is_empty());
        input.vacant().extend_from_slice(b"hello world");
        input.consume(6);
        assert_eq!(input.bytes(), b"world");
        input.remove(1, 3);
        assert_eq!(input.bytes(), b"wd");
        let buffer = input.vacant();
        assert!(buffer.capacity() - buffer.len() >= ROOM);
        buffer.push(b'!');
        assert_eq!(input.bytes(), b"wd!");
        input.consume(3);
        assert!(input.is_empty());
    }
}
