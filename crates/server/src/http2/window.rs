//! How much may be sent before the other side says more (RFC 9113 section 5.2).

use super::error_code::ErrorCode;

/// What may come on the connection before anybody has read any of it: so much that a body which nobody reads keeps no
/// other from coming.
pub(super) const OF_CONNECTION: i32 = 16 * Window::INITIAL;

/// Bytes that may be sent. Fewer than none after the other side made its windows smaller (section 6.9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window(i32);

impl Window {
    /// What every window begins with (section 6.9.2).
    pub(super) const INITIAL: i32 = 65_535;

    pub(super) const fn new(bytes: i32) -> Self {
        Self(bytes)
    }

    /// Bytes that may be sent now.
    pub(super) fn available(self) -> usize {
        usize::try_from(self.0).unwrap_or(0)
    }

    /// Bytes were sent.
    ///
    /// # Errors
    /// More than were allowed.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        let taken = i32::try_from(bytes).ok().filter(|bytes| *bytes <= self.0.max(0));
        self.0 -= taken.ok_or(ErrorCode::FLOW_CONTROL_ERROR)?;
        Ok(())
    }

    /// The other side allows more, or fewer when its setting has changed.
    ///
    /// # Errors
    /// More than there can be.
    pub(super) fn add(&mut self, bytes: i64) -> Result<(), ErrorCode> {
        let sum = i64::from(self.0) + bytes;
        self.0 = i32::try_from(sum).map_err(|_| ErrorCode::FLOW_CONTROL_ERROR)?;
        Ok(())
    }
}

/// The side of a window that receives: what has come, and what of it was read and not yet allowed again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receiving {
    window: Window,
    /// What it begins with.
    size: i32,
    read: i32,
}

impl Receiving {
    pub(super) const fn new(size: i32) -> Self {
        Self { window: Window::new(size), size, read: 0 }
    }

    /// Bytes have come.
    ///
    /// # Errors
    /// More than were allowed.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), ErrorCode> {
        self.window.take(bytes)
    }

    /// Whether as many have come as were allowed.
    pub(super) fn is_used_up(&self) -> bool {
        self.window.available() == 0
    }

    /// Bytes that had come were read. How many more the other side is to be allowed now, if it is worth a frame.
    pub(super) fn release(&mut self, bytes: usize) -> Option<u32> {
        self.read += bytes as i32;
        if self.read < self.size / 2 {
            return None;
        }
        let more = std::mem::take(&mut self.read);
        self.window = Window(self.window.0 + more);
        Some(more as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_never_overdrawn_and_never_overflows() {
        let mut window = Window::new(10);
        assert_eq!(window.take(11), Err(ErrorCode::FLOW_CONTROL_ERROR));
        assert_eq!(window.take(10), Ok(()));
        assert_eq!((window.available(), window.take(0)), (0, Ok(())));
        assert_eq!(window.add(-5), Ok(()));
        assert_eq!((window.available(), window.take(0)), (0, Ok(())));
        assert_eq!(window.take(1), Err(ErrorCode::FLOW_CONTROL_ERROR));
        assert_eq!(window.add(i64::from(i32::MAX)), Ok(()));
        assert_eq!(window.add(6), Err(ErrorCode::FLOW_CONTROL_ERROR));
        assert_eq!(window.available(), i32::MAX as usize - 5);
    }

    #[test]
    fn what_was_read_is_allowed_again_when_it_is_half_of_the_window() {
        let mut window = Receiving::new(100);
        window.take(100).unwrap();
        assert_eq!(window.take(1), Err(ErrorCode::FLOW_CONTROL_ERROR));
        assert_eq!(window.release(49), None);
        assert_eq!(window.release(1), Some(50));
        assert_eq!(window.take(50), Ok(()));
        assert_eq!(window.take(1), Err(ErrorCode::FLOW_CONTROL_ERROR));
    }
}
