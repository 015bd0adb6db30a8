//! Buffers that are used again instead of allocated.

/// As many as a busy worker has under way.
const MAX_BUFFERS: usize = 256;

/// A buffer that has grown beyond this is not kept.
const MAX_CAPACITY: usize = 128 * 1024;

/// Empty buffers of one worker. What is kept is bounded, in number and in size.
#[derive(Debug, Default)]
pub struct Pool(Vec<Vec<u8>>);

impl Pool {
    /// A pool without buffers.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty buffer, with the capacity of its last use.
    pub fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Takes a buffer back; its content is forgotten.
    pub fn put(&mut self, mut buffer: Vec<u8>) {
        let is_worth_it = (1..=MAX_CAPACITY).contains(&buffer.capacity());
        if is_worth_it && self.0.len() < MAX_BUFFERS {
            buffer.clear();
            self.0.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let mut pool = Pool::new();
        assert_eq!(pool.take().capacity(), 0);
        pool.put(Vec::with_capacity(100));
        let buffer = pool.take();
        assert!(buffer.is_empty() && buffer.capacity() >= 100);
        pool.put(Vec::with_capacity(MAX_CAPACITY + 1));
        assert_eq!(pool.take().capacity(), 0, "too large");
        for _ in 0..2 * MAX_BUFFERS {
            pool.put(vec![1]);
        }
        assert_eq!(pool.0.len(), MAX_BUFFERS);
    }
}
