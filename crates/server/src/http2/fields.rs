//! The fields of responses, coded: what the cache holds is ahead of time, and copied to whoever asks.

use std::time::SystemTime;

use bytes::Bytes;
use catzilla_http_conditional::HttpDate;

use super::hpack;
use crate::headers::is_of_the_connection;
use crate::plan::{Block, ResponsePlan};

/// The `Date` field, coded once a second instead of once a response (RFC 9110 section 6.6.1).
#[derive(Debug, Clone)]
pub struct CodedDate(Vec<u8>);

impl CodedDate {
    /// The field for a time, in whole seconds.
    pub fn new(time: SystemTime) -> Self {
        let mut coded = Vec::new();
        hpack::encode::field(b"date", &HttpDate::from(time).to_bytes(), &mut coded);
        Self(coded)
    }
}

/// Field lines, coded for any connection.
pub(crate) fn coded(block: &[u8]) -> Bytes {
    let mut coded = Vec::with_capacity(block.len());
    lines(block, &mut coded);
    Bytes::from(coded.into_boxed_slice())
}

/// Appends the fields of a planned response.
pub(crate) fn write_fields(plan: &ResponsePlan, date: &CodedDate, out: &mut Vec<u8>) {
    out.extend_from_slice(&date.0);
    if let Some(length) = plan.length.filter(|_| !plan.status.is_bodiless()) {
        let mut digits = itoa::Buffer::new();
        hpack::encode::field(b"content-length", digits.format(length).as_bytes(), out);
    }
    if plan.overlay.removed_names().next().is_some() {
        let mut left = Vec::new();
        plan.overlay.apply(plan.block.as_bytes(), &mut left);
        lines(&left, out);
        return;
    }
    match &plan.block {
        Block::Held(block) => out.extend_from_slice(block.coded()),
        block => lines(block.as_bytes(), out),
    }
    lines(plan.overlay.added_lines(), out);
}

fn lines(block: &[u8], out: &mut Vec<u8>) {
    hpack::encode::lines(block, is_of_the_connection, out);
}
