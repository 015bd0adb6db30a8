//! What each side says of itself (RFC 9113 section 6.5.2).

use super::error_code::ErrorCode;
use super::frame::{self, kind};
use super::window::{self, Window};

/// The identifiers that mean something here.
mod id {
    pub(super) const HEADER_TABLE_SIZE: u16 = 1;
    pub(super) const ENABLE_PUSH: u16 = 2;
    pub(super) const MAX_CONCURRENT_STREAMS: u16 = 3;
    pub(super) const INITIAL_WINDOW_SIZE: u16 = 4;
    pub(super) const MAX_FRAME_SIZE: u16 = 5;
    pub(super) const MAX_HEADER_LIST_SIZE: u16 = 6;
}

/// What the client has said, as far as it matters to who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PeerSettings {
    /// What the window of a stream begins with.
    pub(super) initial_window: i32,
    /// The longest payload that it takes.
    pub(super) max_payload: usize,
    /// Whether its table for field blocks has become smaller than it was at the beginning. Nothing that is sent goes into
    /// one, but it has to be told that it may be that small (RFC 7541 section 4.2).
    pub(super) has_smaller_table: bool,
}

impl Default for PeerSettings {
    fn default() -> Self {
        Self {
            initial_window: Window::INITIAL,
            max_payload: frame::MAX_PAYLOAD,
            has_smaller_table: false,
        }
    }
}

impl PeerSettings {
    /// Takes over what a SETTINGS frame says; settings that nobody knows are ignored.
    ///
    /// # Errors
    /// A value that its setting doesn't have, or half a setting.
    pub(super) fn update(&mut self, payload: &[u8]) -> Result<(), ErrorCode> {
        let (settings, []) = payload.as_chunks::<6>() else {
            return Err(ErrorCode::FRAME_SIZE_ERROR);
        };
        for &[a, b, c, d, e, f] in settings {
            let value = u32::from_be_bytes([c, d, e, f]);
            match u16::from_be_bytes([a, b]) {
                id::HEADER_TABLE_SIZE if value < super::hpack::DEFAULT_TABLE_SIZE => {
                    self.has_smaller_table = true;
                }
                id::ENABLE_PUSH if value > 1 => return Err(ErrorCode::PROTOCOL_ERROR),
                id::INITIAL_WINDOW_SIZE => {
                    self.initial_window =
                        i32::try_from(value).map_err(|_| ErrorCode::FLOW_CONTROL_ERROR)?;
                }
                id::MAX_FRAME_SIZE if !(1 << 14..1 << 24).contains(&value) => {
                    return Err(ErrorCode::PROTOCOL_ERROR);
                }
                // Longer ones would keep the answers to others waiting, and save next to nothing.
                id::MAX_FRAME_SIZE => {
                    self.max_payload = (value as usize).min(4 * frame::MAX_PAYLOAD);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What this side says, once: its SETTINGS, and how much may come on the connection.
pub(super) fn write_ours(max_streams: u32, max_head_bytes: u32, out: &mut Vec<u8>) {
    let mut payload = [0; 12];
    let settings =
        [(id::MAX_CONCURRENT_STREAMS, max_streams), (id::MAX_HEADER_LIST_SIZE, max_head_bytes)];
    for (place, (id, value)) in payload.as_chunks_mut::<6>().0.iter_mut().zip(settings) {
        place[..2].copy_from_slice(&id.to_be_bytes());
        place[2..].copy_from_slice(&value.to_be_bytes());
    }
    frame::write(kind::SETTINGS, 0, 0, &payload, out);
    let more = window::OF_CONNECTION - Window::INITIAL;
    frame::write_number(kind::WINDOW_UPDATE, 0, more as u32, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(payload: &[u8], expected: Result<(i32, usize), ErrorCode>) {
        let mut settings = PeerSettings::default();
        let updated = settings.update(payload);
        assert_eq!(updated.map(|()| (settings.initial_window, settings.max_payload)), expected);
    }

    #[test]
    fn settings() {
        check(&[], Ok((65_535, 16_384)));
        check(&[0, 4, 0, 0, 0, 9, 0, 5, 0, 0, 0x50, 0], Ok((9, 0x5000)));
        check(&[0, 5, 0, 0xff, 0xff, 0xff], Ok((65_535, 65_536)));
        check(&[0, 99, 1, 2, 3, 4], Ok((65_535, 16_384)));
        check(&[0, 2, 0, 0, 0, 1], Ok((65_535, 16_384)));
        check(&[0, 2, 0, 0, 0, 2], Err(ErrorCode::PROTOCOL_ERROR));
        check(&[0, 4, 0x80, 0, 0, 0], Err(ErrorCode::FLOW_CONTROL_ERROR));
        check(&[0, 5, 0, 0, 0x3f, 0xff], Err(ErrorCode::PROTOCOL_ERROR));
        check(&[0, 5, 1, 0, 0, 0], Err(ErrorCode::PROTOCOL_ERROR));
        check(&[0, 5, 0, 0, 0x40], Err(ErrorCode::FRAME_SIZE_ERROR));
    }
}
