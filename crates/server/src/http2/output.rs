//! What is to be sent: frames, one behind the other, and how far they have gone.

/// Frames on their way to a socket.
#[derive(Debug, Default)]
pub struct Output {
    buffer: Vec<u8>,
    /// Bytes of the buffer that have gone.
    gone: usize,
    /// Bytes that have gone in all.
    total: u64,
}

impl Output {
    /// Bytes that may wait. Beyond, nothing more is read from the client, and no content is added.
    pub const ROOM: usize = 64 * 1024;

    /// Those who wait for room have another look when no more than this is left.
    pub(super) const LOW: usize = 16 * 1024;

    /// What is to be sent next.
    pub fn pending(&self) -> &[u8] {
        &self.buffer[self.gone..]
    }

    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.buffer.len() - self.gone
    }

    /// Whether none wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes there is room for.
    pub(super) fn room(&self) -> usize {
        Self::ROOM.saturating_sub(self.len())
    }

    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// Bytes that have gone in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Lends it a buffer to write into, if it has none.
    pub fn lend(&mut self, buffer: impl FnOnce() -> Vec<u8>) {
        if self.buffer.capacity() == 0 {
            self.buffer = buffer();
            self.buffer.clear();
        }
    }

    /// Takes the buffer back, unless something is in it.
    pub fn reclaim(&mut self) -> Option<Vec<u8>> {
        (self.buffer.is_empty() && self.buffer.capacity() > 0)
            .then(|| std::mem::take(&mut self.buffer))
    }

    /// Where frames are appended.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// So many bytes have gone.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.total += bytes as u64;
        self.gone = (self.gone + bytes).min(self.buffer.len());
        if self.gone == self.buffer.len() {
            self.buffer.clear();
            self.gone = 0;
        } else if self.gone >= Self::ROOM {
            // So that what a slow socket leaves doesn't move on and on.
            self.buffer.drain(..self.gone);
            self.gone = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_in_the_order_in_which_they_came() {
        let mut output = Output::default();
        output.lend(|| vec![1; 10]);
        assert!(output.is_empty());
        output.buffer().extend_from_slice(b"abcdef");
        output.advance(2);
        output.buffer().push(b'g');
        assert_eq!((output.pending(), output.len()), (&b"cdefg"[..], 5));
        assert_eq!(output.reclaim(), None, "something is in it");
        output.advance(5);
        assert_eq!((output.total(), output.reclaim()), (7, Some(vec![])));
        assert_eq!(output.reclaim(), None, "it has none");
    }

    #[test]
    fn what_has_gone_takes_no_room() {
        let mut output = Output::default();
        output.buffer().resize(3 * Output::ROOM, 0);
        assert!(output.is_full());
        output.advance(2 * Output::ROOM);
        assert_eq!(output.buffer().len(), Output::ROOM);
        output.advance(1);
        assert!(!output.is_full());
    }
}
