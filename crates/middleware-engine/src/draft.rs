//! What is to become of a response, whoever gives it.

use crate::overlay::{FieldLines, InvalidField, Overlay, each_line, has_any};
use crate::response::ResponseView;

/// The response of a request as a chain may shape it: in both phases, and whoever answers.
#[derive(Debug)]
pub struct ResponseDraft<'a> {
    pub(crate) edits: &'a mut Edits,
    pub(crate) planned: Option<Planned<'a>>,
}

/// What is collected for it.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    pub(crate) overlay: Overlay,
    pub(crate) status: Option<u16>,
}

/// Whether a status says nothing about content, so that another such one may take its place: neither that there is none
/// (204, 205, 304), nor that it is a part (206), nor that an answer is still to come (1xx).
pub(crate) const fn is_free(status: u16) -> bool {
    matches!(status, 200..=203 | 207..=303 | 305..=599)
}

/// The answer that stands.
#[derive(Clone, Copy)]
pub(crate) struct Planned<'a>(pub(crate) &'a dyn ResponseView);

impl std::fmt::Debug for Planned<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.status())
    }
}

impl ResponseDraft<'_> {
    /// Adds a field line beside any others of its name.
    ///
    /// # Errors
    /// As [`Overlay::append`].
    pub fn append(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidField> {
        self.edits.overlay.append(name, value)
    }

    /// Adds lines that were rendered ahead: one copy, and no check.
    pub fn append_lines(&mut self, lines: &FieldLines) {
        self.edits.overlay.append_lines(lines);
    }

    /// One line of this name instead of all others.
    ///
    /// # Errors
    /// As [`Overlay::append`].
    pub fn replace(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<(), InvalidField> {
        self.edits.overlay.replace(name, value)
    }

    /// Lines that were rendered ahead instead of all others of their names.
    pub fn replace_lines(&mut self, lines: &FieldLines) {
        self.edits.overlay.replace_lines(lines);
    }

    /// Leaves out all lines of this name.
    pub fn remove(&mut self, name: &str) {
        self.edits.overlay.remove(name);
    }

    /// Says that the response depends on a field of the request (RFC 9110 section 12.5.5), once.
    pub fn vary(&mut self, name: &str) -> Result<(), InvalidField> {
        if self.varies_by(name) { Ok(()) } else { self.append("vary", name) }
    }

    fn varies_by(&self, name: &str) -> bool {
        let lists = |value: &[u8]| {
            let mut names = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            names.any(|it| it == b"*" || it.eq_ignore_ascii_case(name.as_bytes()))
        };
        let mut added = self.edits.overlay.added_lines().split(|&byte| byte == b'\n');
        added.any(|line| line.strip_prefix(b"vary:").is_some_and(lists))
            || self.planned.is_some_and(|planned| planned.0.field("vary").is_some_and(lists))
    }

    /// Another status for the answer, which keeps its content. `None` where that can't be: outside of 200 to 599, and to
    /// or from a status that says what the content is or that there is none (204, 205, 206, 304).
    pub fn set_status(&mut self, status: u16) -> Option<()> {
        let may_be = self.planned.is_none_or(|planned| is_free(planned.0.status()));
        (is_free(status) && may_be).then(|| self.edits.status = Some(status))
    }

    /// The status that the response has by now; `None` before there is an answer.
    pub fn status(&self) -> Option<u16> {
        let planned = self.planned?.0.status();
        Some(self.edits.status.filter(|_| is_free(planned)).unwrap_or(planned))
    }

    /// The value of the first field line of this name that the response has by now.
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        let overlay = &self.edits.overlay;
        let planned = || {
            let planned = self.planned?;
            if overlay.removes(name) { None } else { planned.0.field(name) }
        };
        planned().or_else(|| overlay.added(name))
    }

    /// Whether the response has a field line of any of these names by now.
    pub fn has_any(&self, names: &[&str]) -> bool {
        let may_have = self.planned.is_some_and(|planned| planned.0.has_any(names))
            || has_any(self.edits.overlay.added_lines(), names);
        // What the answer has may have been left out.
        may_have && names.iter().any(|name| self.field(name).is_some())
    }

    /// Calls `look` with the value of each field line of this name that the response has by now, in their order.
    pub fn each(&self, name: &str, look: &mut dyn FnMut(&[u8])) {
        let overlay = &self.edits.overlay;
        if let Some(planned) = self.planned
            && !overlay.removes(name)
        {
            planned.0.each(name, look);
        }
        each_line(overlay.added_lines(), name, look);
    }

    /// How many bytes the content has; `None` before there is an answer, and where nobody knows.
    pub fn content_length(&self) -> Option<u64> {
        self.planned?.0.content_length()
    }
}
