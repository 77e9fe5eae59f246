//! Checks an export without a database: every record, its order, its checkpoints, its end.

use std::io::{self, BufRead, Read as _};

use farpane_protocol::key::{Fingerprint, PublicKey};
use farpane_protocol::token::{self, Purpose};

use super::{Header, Line, Manifest, Part, VERSION};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::{Broken, ChainId, Hash, Head, Verifier};

/// Longest line that is read, in bytes: the header of ten thousand chains, ten times over.
const LINE_BYTES: u64 = 32 * 1024 * 1024;

/// What an export turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its first line.
    pub header: Header,
    /// How many records it holds.
    pub records: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
    /// The key that signed it.
    pub signed_by: PublicKey,
}

/// Why an export does not hold.
#[derive(Debug, thiserror::Error)]
pub enum BadExport {
    /// It cannot be read.
    #[error("cannot read the file")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is not an export of the audit record")]
    NotOne,
    /// A later version of the program wrote it.
    #[error("a newer version of this program wrote the file")]
    Newer,
    /// A line is not what has to stand there.
    #[error("line {line}: {chain}, where record {seq} should stand, is damaged")]
    Damaged {
        /// Which, from 1.
        line: u64,
        /// In which chain.
        chain: ChainId,
        /// The record that should follow.
        seq: u64,
    },
    /// A chain breaks.
    #[error("line {line}: {chain}: {broken}")]
    Chain {
        /// Where, from 1.
        line: u64,
        /// Which.
        chain: ChainId,
        /// How.
        broken: Broken,
    },
    /// It ends before its signed end.
    #[error("the file is cut off after line {0}: its signed end is missing")]
    Cut(u64),
    /// Something stands after the end.
    #[error("line {0}: something was put in after the end")]
    AfterEnd(u64),
    /// The signature of the end does not hold, or it was made for another file.
    #[error("line {0}: the signature over the file does not hold")]
    Signature(u64),
    /// Another key signed it.
    #[error("the file is signed by {0}, which is not the key that was expected")]
    OtherKey(Fingerprint),
}

struct Walk {
    parts: std::vec::IntoIter<Part>,
    part: Option<Part>,
    verifier: Verifier,
    keys: Vec<PublicKey>,
    records: u64,
    checkpoints: u64,
}

impl Walk {
    fn new(header: &Header) -> Self {
        let mut walk = Self {
            parts: header.chains.clone().into_iter(),
            part: None,
            verifier: Verifier::after(ChainId::Org(header.org), Head::default()),
            keys: header.keys.clone(),
            records: 0,
            checkpoints: 0,
        };
        walk.turn();
        walk
    }

    /// Goes on to the next chain.
    fn turn(&mut self) {
        self.part = self.parts.next();
        if let Some(part) = &self.part {
            self.verifier = Verifier::after(part.chain, part.begin());
        }
    }

    fn at_end(&self) -> bool {
        let end = self.part.as_ref().map(Part::end);
        end.is_none_or(|end| end.seq <= self.verifier.head().seq)
    }

    fn broken(&self, line: u64, broken: Broken) -> BadExport {
        BadExport::Chain {
            line,
            chain: self.verifier.chain(),
            broken,
        }
    }

    /// Leaves the chains whose records are all there.
    fn leave(&mut self, line: u64) -> Result<(), BadExport> {
        while self.part.is_some() && self.at_end() {
            let end = self.part.as_ref().map(Part::end).unwrap_or_default();
            if let Err(broken) = self.verifier.finish(end) {
                return Err(self.broken(line, broken));
            }
            self.turn();
        }
        Ok(())
    }

    fn take(&mut self, line: u64, read: Line) -> Result<Option<String>, BadExport> {
        match read {
            Line::Record(record) => {
                self.leave(line)?;
                let taken = self.verifier.take(&record.into_record());
                taken.map_err(|broken| self.broken(line, broken))?;
                self.records += 1;
                Ok(None)
            }
            Line::Checkpoint(sealed) => {
                let head = self.verifier.head();
                let fits = Checkpoint::open(&self.keys, &sealed)
                    .is_ok_and(|said| said.chain == self.verifier.chain() && said.head() == head);
                if !fits {
                    return Err(self.broken(line, Broken::Checkpoint(head.seq)));
                }
                self.checkpoints += 1;
                Ok(None)
            }
            Line::Manifest(sealed) => {
                self.leave(line)?;
                if self.part.is_some() {
                    let missing = Broken::Missing(self.verifier.head().seq + 1);
                    return Err(self.broken(line, missing));
                }
                Ok(Some(sealed))
            }
        }
    }
}

/// Reads an export to its end. With `expected`, only that key's signature counts; without, the
/// caller has to compare the key in the answer with one that it knows.
pub fn check(mut from: impl BufRead, expected: Option<Fingerprint>) -> Result<Checked, BadExport> {
    let mut text = String::new();
    let mut read = |text: &mut String| -> Result<bool, BadExport> {
        text.clear();
        let mut bytes = Vec::new();
        from.by_ref()
            .take(LINE_BYTES)
            .read_until(b'\n', &mut bytes)?;
        // What is not UTF-8 was not written by us and fails as what it stands for.
        *text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(text.ends_with('\n'))
    };
    if !read(&mut text)? {
        return Err(BadExport::NotOne);
    }
    let header: Header = serde_json::from_str(&text).map_err(|_| BadExport::NotOne)?;
    if header.farpane_audit != VERSION {
        return Err(BadExport::Newer);
    }
    if let Some(expected) = expected
        && !header.keys.iter().any(|key| key.fingerprint() == expected)
    {
        let other = header.keys.first().ok_or(BadExport::NotOne)?;
        return Err(BadExport::OtherKey(other.fingerprint()));
    }
    let digest = Hash::of(text.as_bytes());
    let mut walk = Walk::new(&header);
    let mut number = 1;
    let sealed = loop {
        if !read(&mut text)? {
            return Err(BadExport::Cut(number));
        }
        number += 1;
        let line = serde_json::from_str(&text).map_err(|_| BadExport::Damaged {
            line: number,
            chain: walk.verifier.chain(),
            seq: walk.verifier.head().seq + 1,
        })?;
        if let Some(sealed) = walk.take(number, line)? {
            break sealed;
        }
    };
    let opened = token::open::<Manifest>(&header.keys, Purpose::Export, &sealed);
    let (manifest, signed_by) = opened.map_err(|_| BadExport::Signature(number))?;
    if manifest.header != digest || manifest.records != walk.records {
        return Err(BadExport::Signature(number));
    }
    if let Some(expected) = expected
        && signed_by.fingerprint() != expected
    {
        return Err(BadExport::OtherKey(signed_by.fingerprint()));
    }
    if read(&mut text)? || !text.is_empty() {
        return Err(BadExport::AfterEnd(number + 1));
    }
    Ok(Checked {
        header,
        records: walk.records,
        checkpoints: walk.checkpoints,
        signed_by,
    })
}

#[cfg(test)]
mod tests;
