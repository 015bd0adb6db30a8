//! Buffers that are used again instead of allocated.

/// Of either kind as many as a busy worker has under way.
const MAX_BUFFERS: usize = 128;

/// A buffer that has grown beyond this is not kept.
const MAX_CAPACITY: usize = 128 * 1024;

/// Buffers with less room than this are for heads and what is added to them.
const MIN_CONTENT: usize = 4096;

/// Buffers of one worker that nobody uses. What is kept is bounded, in number and in size.
#[derive(Debug, Default)]
pub struct Pool {
    heads: Vec<Vec<u8>>,
    contents: Vec<Vec<u8>>,
}

impl Pool {
    /// A pool without buffers.
    pub const fn new() -> Self {
        Self { heads: Vec::new(), contents: Vec::new() }
    }

    /// An empty buffer, with the capacity of its last use.
    pub fn take(&mut self) -> Vec<u8> {
        let mut buffer = self.heads.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// A buffer for content, **with what was in it**: who fills a buffer to a length needn't clear it before.
    pub fn take_content(&mut self) -> Vec<u8> {
        self.contents.pop().or_else(|| self.heads.pop()).unwrap_or_default()
    }

    /// Takes a buffer back.
    pub fn put(&mut self, buffer: Vec<u8>) {
        let kept = match buffer.capacity() {
            0 => return,
            capacity if capacity < MIN_CONTENT => &mut self.heads,
            capacity if capacity <= MAX_CAPACITY => &mut self.contents,
            _ => return,
        };
        if kept.len() < MAX_BUFFERS {
            kept.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded() {
        let mut pool = Pool::new();
        assert_eq!((pool.take().capacity(), pool.take_content().capacity()), (0, 0));
        pool.put(vec![1; 100]);
        let buffer = pool.take();
        assert!(buffer.is_empty() && buffer.capacity() >= 100);
        pool.put(vec![1; MAX_CAPACITY + 1]);
        assert_eq!(pool.take_content().capacity(), 0, "too large");
        pool.put(vec![1; MIN_CONTENT]);
        assert_eq!(pool.take().capacity(), 0, "it is for content");
        assert_eq!(pool.take_content().len(), MIN_CONTENT, "as it was");
        pool.put(vec![1; MIN_CONTENT - 1]);
        assert_eq!(pool.take_content().len(), MIN_CONTENT - 1, "better than none");
        for _ in 0..2 * MAX_BUFFERS {
            pool.put(vec![1]);
            pool.put(vec![1; MIN_CONTENT]);
        }
        assert_eq!((pool.heads.len(), pool.contents.len()), (MAX_BUFFERS, MAX_BUFFERS));
    }
}
