//! What is inside a backup: files by name, one after the other, and an end.

use std::io::{self, Read, Write};

use super::BadBackup;

/// Longest name of a file in it, in bytes.
const NAME_BYTES: usize = 64;

/// Files in one archive at most: a database and a handful of keys.
pub const FILES_MOST: usize = 64;

/// Whether a name is one that an archive may hold: a plain file name, nothing that leads anywhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_BYTES
        && !name.starts_with(['.', '-'])
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

/// Writes one file of known length.
pub fn put(to: &mut impl Write, name: &str, length: u64, from: &mut impl Read) -> io::Result<()> {
    if !is_plain(name) {
        return Err(io::Error::other(
            "a file has a name that an archive cannot hold",
        ));
    }
    to.write_all(&[u8::try_from(name.len()).unwrap_or(u8::MAX)])?;
    to.write_all(name.as_bytes())?;
    to.write_all(&length.to_be_bytes())?;
    let copied = io::copy(&mut from.take(length), to)?;
    if copied == length {
        Ok(())
    } else {
        Err(io::Error::other(
            "a file became shorter while it was copied",
        ))
    }
}

/// Writes the end.
pub fn end(to: &mut impl Write) -> io::Result<()> {
    to.write_all(&[0])
}

/// The next file: its name and its length; that many bytes have to be read before the next call.
/// `None` at the end.
pub fn next(from: &mut impl Read) -> Result<Option<(String, u64)>, BadBackup> {
    let mut length = [0; 1];
    exact(from, &mut length)?;
    if length[0] == 0 {
        return Ok(None);
    }
    let mut name = vec![0; usize::from(length[0])];
    exact(from, &mut name)?;
    let name = String::from_utf8(name).ok().filter(|name| is_plain(name));
    let name = name.ok_or(BadBackup::Content("a file name that leads elsewhere"))?;
    let mut length = [0; 8];
    exact(from, &mut length)?;
    Ok(Some((name, u64::from_be_bytes(length))))
}

fn exact(from: &mut impl Read, into: &mut [u8]) -> Result<(), BadBackup> {
    from.read_exact(into).map_err(|error| {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            BadBackup::Cut
        } else {
            BadBackup::of_stream(error)
        }
    })
}
