//! The table that one end fills and both refer to (RFC 7541 section 2.3.2).

use std::collections::VecDeque;

/// What an entry costs beyond its octets (section 4.1).
const OVERHEAD: usize = 32;

/// The size that a table begins with (RFC 9113 section 6.5.2).
pub(super) const DEFAULT_SIZE: usize = 4096;

/// Bytes that the first entry makes room for.
const FEWEST: usize = 256;

/// Entries, the newest first. Each is one run of bytes in one buffer: new ones go to its end, old ones end at its
/// begin, and what stays moves to the begin when the end is reached.
#[derive(Debug)]
pub(super) struct DynamicTable {
    bytes: Vec<u8>,
    entries: VecDeque<Entry>,
    /// What the entries cost.
    size: usize,
    /// What they may cost.
    max_size: usize,
}

/// Where an entry is in the buffer.
#[derive(Debug, Clone, Copy)]
struct Entry {
    begin: u32,
    name_len: u32,
    end: u32,
}

/// The name of a field that is to be inserted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'a> {
    Text(&'a [u8]),
    /// That of the entry in this place, which may have to go for it (section 4.4).
    Entry(usize),
}

impl DynamicTable {
    /// An empty one, without memory.
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), entries: VecDeque::new(), size: 0, max_size: DEFAULT_SIZE }
    }

    /// Name and value of the entry in a place; the newest has the first, 0.
    #[inline]
    pub(super) fn get(&self, place: usize) -> Option<(&[u8], &[u8])> {
        let entry = self.entries.get(place)?;
        self.bytes[entry.begin as usize..entry.end as usize]
            .split_at_checked(entry.name_len as usize)
    }

    /// The name of the entry in a place.
    #[inline]
    pub(super) fn name(&self, place: usize) -> Option<Name<'static>> {
        (place < self.entries.len()).then_some(Name::Entry(place))
    }

    /// What a name says. That of an entry which isn't there says nothing.
    #[inline]
    pub(super) fn resolve<'a>(&'a self, name: Name<'a>) -> &'a [u8] {
        match name {
            Name::Text(text) => text,
            Name::Entry(place) => self.get(place).map_or(&[], |(name, _)| name),
        }
    }

    /// Changes what the entries may cost (section 4.3).
    pub(super) fn set_max_size(&mut self, max_size: usize) {
        self.max_size = max_size;
        self.evict(0);
    }

    /// Adds an entry. One that is larger than the table empties it (section 4.4).
    pub(super) fn insert(&mut self, name: Name<'_>, value: &[u8]) {
        let name_len = self.resolve(name).len();
        let len = name_len + value.len();
        if len + OVERHEAD > self.max_size {
            self.entries.clear();
            self.bytes.clear();
            self.size = 0;
            return;
        }
        self.make_room(len);
        let begin = self.bytes.len();
        match name {
            Name::Text(text) => self.bytes.extend_from_slice(text),
            Name::Entry(place) => {
                if let Some(entry) = self.entries.get(place) {
                    let begin = entry.begin as usize;
                    self.bytes.extend_from_within(begin..begin + name_len);
                }
            }
        }
        self.bytes.extend_from_slice(value);
        self.evict(len + OVERHEAD);
        let end = self.bytes.len() as u32;
        self.entries.push_front(Entry { begin: begin as u32, name_len: name_len as u32, end });
        self.size += len + OVERHEAD;
    }

    /// Lets the oldest entries go until there is room for one of this size.
    fn evict(&mut self, size: usize) {
        while self.size + size > self.max_size
            && let Some(entry) = self.entries.pop_back()
        {
            self.size -= (entry.end - entry.begin) as usize + OVERHEAD;
        }
    }

    /// Makes room for so many bytes behind those that are there, of which none is forgotten that an entry still has.
    fn make_room(&mut self, len: usize) {
        let needed = self.bytes.len() + len;
        if needed <= self.bytes.capacity() {
            return;
        }
        let most = 2 * self.max_size;
        let dead = self.entries.back().map_or(self.bytes.len(), |oldest| oldest.begin as usize);
        // Moving costs no more than was inserted since the last time.
        if dead >= self.bytes.len() - dead || needed > most {
            self.bytes.drain(..dead);
            for entry in &mut self.entries {
                entry.begin -= dead as u32;
                entry.end -= dead as u32;
            }
        }
        let needed = self.bytes.len() + len;
        if needed > self.bytes.capacity() {
            let room = (2 * self.bytes.capacity()).max(FEWEST).min(most).max(needed);
            self.bytes.reserve_exact(room - self.bytes.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(max_size: usize) -> DynamicTable {
        let mut table = DynamicTable::new();
        table.set_max_size(max_size);
        table
    }

    #[track_caller]
    fn check(table: &DynamicTable, expected: &[(&str, &str)], size: usize) {
        let mut entries = Vec::new();
        while let Some((name, value)) = table.get(entries.len()) {
            entries.push((str::from_utf8(name).unwrap(), str::from_utf8(value).unwrap()));
        }
        assert_eq!(entries, expected);
        assert_eq!(table.size, size);
    }

    #[test]
    fn old_entries_go_when_there_is_no_room() {
        let mut table = table(80);
        table.insert(Name::Text(b"a"), b"1234567");
        table.insert(Name::Text(b"b"), b"1234567");
        check(&table, &[("b", "1234567"), ("a", "1234567")], 80);
        table.insert(Name::Text(b""), b"");
        check(&table, &[("", ""), ("b", "1234567")], 72);
        table.insert(Name::Text(b"c"), &[b'x'; 47]);
        check(&table, &[("c", &"x".repeat(47))], 80);
        table.set_max_size(79);
        check(&table, &[], 0);
    }

    #[test]
    fn an_entry_that_is_larger_than_the_table_empties_it() {
        let mut table = table(64);
        table.insert(Name::Text(b"a"), b"b");
        table.insert(Name::Text(b"c"), &[b'x'; 32]);
        check(&table, &[], 0);
        table.insert(Name::Text(b"a"), b"b");
        table.insert(Name::Entry(0), &[b'x'; 32]);
        check(&table, &[], 0);
        table.set_max_size(0);
        table.insert(Name::Text(b""), b"");
        check(&table, &[], 0);
    }

    #[test]
    fn a_name_outlives_the_entry_that_goes_for_it() {
        let mut table = table(70);
        for value in ["1", "2", "3", "4", "5", "6", "7", "8"].map(|digit| digit.repeat(20)) {
            table.insert(Name::Text(b"name"), b"x");
            table.insert(Name::Entry(0), value.as_bytes());
            check(&table, &[("name", &value)], 56);
        }
    }

    #[test]
    fn memory_is_at_most_twice_the_size_however_long_it_goes_on() {
        let mut table = table(4096);
        let value = [b'x'; 4096];
        for turn in 0..20_000_usize {
            let len = turn * 7919 % [40, 300, 4100][turn % 3];
            table.insert(Name::Text(&value[..turn % 5]), &value[..len.min(value.len())]);
            assert!(table.size <= 4096);
            assert!(table.bytes.capacity() <= 8192, "{}", table.bytes.capacity());
            assert!(table.entries.capacity() <= 128);
        }
    }
}
