//! A copy of everything that the relay forwards, in a bounded file: only for the test that shows
//! that none of it can be read.
//!
//! Each record is `length u32 | source address length u8 | source address text | batch`, numbers
//! big-endian, `length` counting what follows it. The batch begins with the packet header, which
//! names the channel; a batch of several packets is kept as it came.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Most bytes that a record file may grow to: minutes of a busy session, not a disk.
pub const RECORD_BYTES: u64 = 256 * 1024 * 1024;

/// An open record file.
pub struct Record(Mutex<Open>);

struct Open {
    file: File,
    room: u64,
}

impl Record {
    /// Opens the file (mode 0600) and goes on at its end.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)?;
        let room = RECORD_BYTES.saturating_sub(file.metadata()?.len());
        Ok(Self(Mutex::new(Open { file, room })))
    }

    /// Appends one batch. At the bound the rest is left out, and a failed write ends the record:
    /// a half record would make the ones after it unreadable.
    pub(crate) fn add(&self, source: SocketAddr, batch: &[u8]) {
        let source = source.to_string();
        let length = 1 + source.len() + batch.len();
        let mut record = Vec::with_capacity(4 + length);
        record.extend_from_slice(&(length as u32).to_be_bytes());
        record.push(source.len() as u8);
        record.extend_from_slice(source.as_bytes());
        record.extend_from_slice(batch);
        // Only the recording itself holds this lock, and only in a relay made for that test.
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.room = match open.room.checked_sub(record.len() as u64) {
            Some(room) if open.file.write_all(&record).is_ok() => room,
            Some(_) | None => 0,
        };
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

/// One record: where the batch came from, and the batch.
pub type Recorded = (SocketAddr, Vec<u8>);

/// Reads a record file's content; stops at a record that is not whole.
pub fn read(mut bytes: &[u8]) -> Vec<Recorded> {
    let mut records = Vec::new();
    while let Some((record, rest)) = first(bytes) {
        records.push(record);
        bytes = rest;
    }
    records
}

fn first(bytes: &[u8]) -> Option<(Recorded, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (record, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    let (source_length, record) = record.split_first()?;
    let (source, batch) = record.split_at_checked((*source_length).into())?;
    let source = std::str::from_utf8(source).ok()?.parse().ok()?;
    Some(((source, batch.to_vec()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_read_back_also_after_reopening() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("record");
        let (one, two) = (
            ([192, 0, 2, 1], 5).into(),
            "[2001:db8::1]:6".parse().expect("address"),
        );
        Record::open(&path).expect("opens").add(one, b"first");
        Record::open(&path).expect("opens").add(two, b"");
        let bytes = std::fs::read(&path).expect("reads");
        assert_eq!(read(&bytes), [(one, b"first".to_vec()), (two, Vec::new())]);
        assert_eq!(read(&bytes[..bytes.len() - 1]).len(), 1);
    }

    #[test]
    fn the_file_stops_growing_at_its_bound() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("record");
        let record = Record::open(&path).expect("opens");
        let source = ([192, 0, 2, 1], 5).into();
        record.0.lock().expect("free").room = 40;
        for _ in 0..5 {
            record.add(source, &[7; 10]);
        }
        let bytes = std::fs::read(&path).expect("reads");
        assert_eq!(read(&bytes).len(), 1);
    }
}
