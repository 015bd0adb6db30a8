//! What is sent, and what has to come back.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// Requests, and in which order they are sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// The requests.
    pub requests: Vec<Order>,
    /// Places among them, in turn; none means one after the other.
    #[serde(default)]
    pub turn: Vec<usize>,
}

/// A request and its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The request as it travels.
    pub text: String,
    /// Its answer.
    pub expected: Expected,
}

/// What is known of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The status code.
    pub status: u16,
    /// Bytes of content.
    pub len: Option<u64>,
    /// The BLAKE3 hash of the content, in hexadecimal digits.
    pub hash: Option<String>,
}

impl Expected {
    /// What an answer with this content has to look like from now on.
    pub fn of(status: u16, content: &[u8]) -> Self {
        let hash = blake3::hash(content).to_hex().to_string();
        Self { status, len: Some(content.len() as u64), hash: Some(hash) }
    }
}

impl Orders {
    /// Reads what [`write`](Self::write) has written.
    ///
    /// # Errors
    ///
    /// When the file isn't of this shape, or names requests that it doesn't have.
    pub fn read(file: &Path) -> Result<Self> {
        let shown = || file.display().to_string();
        let reader = BufReader::new(File::open(file).with_context(shown)?);
        let orders: Self = serde_json::from_reader(reader).with_context(shown)?;
        ensure!(!orders.requests.is_empty(), "{}: no requests", shown());
        let fits = orders.turn.iter().all(|&at| at < orders.requests.len());
        ensure!(fits, "{}: the turn names a request that isn't there", shown());
        Ok(orders)
    }

    /// Writes them for the program that sends them.
    pub fn write(&self, file: &Path) -> Result<()> {
        let mut writer = BufWriter::new(File::create(file)?);
        serde_json::to_writer(&mut writer, self)?;
        Ok(writer.flush()?)
    }

    /// The place of the request that is sent as the `count`th.
    pub(super) fn at(&self, count: u64) -> usize {
        if self.turn.is_empty() {
            (count % self.requests.len() as u64) as usize
        } else {
            self.turn[(count % self.turn.len() as u64) as usize]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.json");
        let order = |text: &str| Order { text: text.into(), expected: Expected::of(200, b"abc") };
        let mut orders =
            Orders { requests: vec![order("a"), order("b\r\n\"")], turn: vec![1, 1, 0] };
        orders.write(&file).unwrap();
        assert_eq!(Orders::read(&file).unwrap(), orders);
        assert_eq!([0, 1, 2, 3].map(|count| orders.at(count)), [1, 1, 0, 1]);
        orders.turn.clear();
        assert_eq!([0, 1, 2].map(|count| orders.at(count)), [0, 1, 0]);
        orders.turn.push(2);
        orders.write(&file).unwrap();
        assert!(Orders::read(&file).unwrap_err().to_string().contains("isn't there"));
        Orders::default().write(&file).unwrap();
        assert!(Orders::read(&file).unwrap_err().to_string().contains("no requests"));
    }
}
