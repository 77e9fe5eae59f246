//! A stream sealed in chunks (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár,
//! 2015): chunks cannot be changed, left out, put elsewhere, and the last one says that it is the
//! last, so a shorter file is noticed.

use std::io::{self, BufRead, Read, Write};

use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};

use super::BadBackup;

/// Plain bytes in a chunk.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;

/// The nonce of a chunk: its number, and whether it is the last. The key is used for one stream
/// only.
fn nonce(number: u64, last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[NONCE_LEN - 1] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

/// Seals what is written to it. Nothing counts before [`Self::finish`].
pub struct Sealing<W> {
    to: W,
    key: LessSafeKey,
    number: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    pub(super) fn new(to: W, key: LessSafeKey) -> Self {
        Self {
            to,
            key,
            number: 0,
            buffer: Vec::with_capacity(CHUNK + TAG),
        }
    }

    fn chunk(&mut self, last: bool) -> io::Result<()> {
        self.key
            .seal_in_place_append_tag(nonce(self.number, last), Aad::empty(), &mut self.buffer)
            .map_err(|_| io::Error::other("a chunk could not be sealed"))?;
        self.to.write_all(&self.buffer)?;
        self.buffer.clear();
        self.number += 1;
        Ok(())
    }

    /// Seals the last chunk; what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.chunk(true)?;
        self.to.flush()?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() == CHUNK {
            self.chunk(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // A chunk goes out when it is full; only the end may be shorter.
    }
}

/// Opens what [`Sealing`] wrote. Bytes come out only after their chunk was checked.
pub struct Opening<R> {
    from: R,
    key: LessSafeKey,
    number: u64,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: BufRead> Opening<R> {
    pub(super) fn new(from: R, key: LessSafeKey) -> Self {
        Self {
            from,
            key,
            number: 0,
            buffer: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn chunk(&mut self) -> Result<(), BadBackup> {
        let mut sealed = Vec::with_capacity(CHUNK + TAG);
        let most = (CHUNK + TAG) as u64;
        self.from.by_ref().take(most).read_to_end(&mut sealed)?;
        let last = self.from.fill_buf()?.is_empty();
        let copy = last.then(|| sealed.clone());
        let open = |last, mut sealed: Vec<u8>| {
            let opened =
                self.key
                    .open_in_place(nonce(self.number, last), Aad::empty(), &mut sealed);
            opened.ok().map(|plain| plain.to_vec())
        };
        let opened = open(last, sealed);
        let Some(plain) = opened else {
            // A chunk that is whole and not the last one, at the end: the rest is missing.
            let cut = copy.is_some_and(|sealed| sealed.is_empty() || open(false, sealed).is_some());
            let cut = cut || (last && self.number > 0);
            return Err(if cut {
                BadBackup::Cut
            } else {
                BadBackup::Locked
            });
        };
        self.number += 1;
        self.buffer = plain;
        self.at = 0;
        self.ended = last;
        Ok(())
    }
}

impl<R: BufRead> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.buffer.len() {
            if self.ended {
                return Ok(0);
            }
            self.chunk().map_err(io::Error::other)?;
        }
        let taken = into.len().min(self.buffer.len() - self.at);
        into[..taken].copy_from_slice(&self.buffer[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}
