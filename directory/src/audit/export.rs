//! Exports: part of the record in one file of JSON lines that whoever gets it can check without
//! the directory and its database.
//!
//! The first line is the [`Header`]. Then, chain by chain, each record exactly as it was chained,
//! with checkpoints after the records that they were signed over. The last line is the
//! [`Manifest`], signed: without it, or with another end, the file was cut off.

mod check;

use farpane_protocol::ids::OrgId;
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::time::Timestamp;
use farpane_protocol::token::{self, Purpose};
use serde::{Deserialize, Serialize};

pub use check::{BadExport, Checked, check};

use super::{ChainId, Hash, Head, Record};

/// Version of the format.
pub const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format.
    pub farpane_audit: u32,
    /// Of which organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// When it was made.
    pub made: Timestamp,
    /// What was asked for: not before.
    pub from: Option<Timestamp>,
    /// What was asked for: before.
    pub until: Option<Timestamp>,
    /// Keys that checkpoints and manifest are signed with.
    pub keys: Vec<PublicKey>,
    /// The chains, in order.
    pub chains: Vec<Part>,
}

/// What an export holds of one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub chain: ChainId,
    /// Name of the customer, or of the organisation.
    pub name: String,
    /// Number of the record before the first one in the file; 0 at the chain's beginning.
    pub after: u64,
    /// Its hash.
    pub after_hash: Hash,
    /// Number of the last record in the file.
    pub last: u64,
    /// Its hash.
    pub last_hash: Hash,
}

impl Part {
    /// What the first record has to follow from.
    pub fn begin(&self) -> Head {
        Head {
            seq: self.after,
            hash: self.after_hash.0,
        }
    }

    /// What the last record has to lead to.
    pub fn end(&self) -> Head {
        Head {
            seq: self.last,
            hash: self.last_hash.0,
        }
    }
}

/// Any line but the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A record.
    Record(RecordLine),
    /// A checkpoint, signed.
    Checkpoint(String),
    /// The manifest, signed.
    Manifest(String),
}

/// A record as a line. Whoever hands the file on may take `personal` out; nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLine {
    /// Place in its chain.
    pub seq: u64,
    /// Hash of the record before it.
    pub prev: Hash,
    /// Its own hash.
    pub hash: Hash,
    /// The chained bytes.
    pub body: String,
    /// Names and addresses; absent when there were none or they were erased.
    pub personal: Option<String>,
}

impl RecordLine {
    /// The line of a record.
    pub fn of(record: &Record) -> Self {
        Self {
            seq: record.seq,
            prev: Hash(record.prev),
            hash: Hash(record.hash),
            body: String::from_utf8_lossy(&record.body).into_owned(),
            personal: record.personal.clone(),
        }
    }

    fn into_record(self) -> Record {
        Record {
            seq: self.seq,
            prev: self.prev.0,
            hash: self.hash.0,
            body: self.body.into_bytes(),
            personal: self.personal,
        }
    }
}

/// The signed end: the header over again, which every record before it has to fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// SHA-256 of the header line.
    pub header: Hash,
    /// How many records the file holds.
    pub records: u64,
}

impl Manifest {
    /// Signs it.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::Export, self)
    }
}

/// A line as text, with its end.
///
/// # Panics
/// Only if a line type of ours cannot be written as JSON, which is a bug.
pub fn line<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string(value).expect("lines serialise to JSON");
    text.push('\n');
    text
}
