//! What a demo makes up for itself: a private folder, passwords, X cookies and free ports.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Characters of a password: no two that look alike, and a power of two of them, so that a random
/// byte picks each equally often.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Letters in a password; five bits each make 100, beyond guessing even without a rate limit.
const PASSWORD_LETTERS: usize = 20;

/// A folder that only this user can enter; gone when the value is, unless the user named it.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    kept: bool,
}

impl Scratch {
    /// A fresh folder with a name that nobody can have prepared.
    pub(crate) fn temporary() -> Result<Self> {
        // Short: it holds Unix sockets, whose whole path must fit 107 bytes.
        let path = std::env::temp_dir().join(format!("farpane-{}", letters(10)?));
        Self::make(&path)?;
        Ok(Self { path, kept: false })
    }

    /// The folder that the user wants the demo's data in; must be new or empty, and stays.
    pub(crate) fn named(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path)
            .with_context(|| format!("cannot tell where {} is", path.display()))?;
        match fs::read_dir(&path) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    bail!(
                        "{} is not empty: name a new folder for --data",
                        path.display()
                    );
                }
            }
            Err(_) => Self::make(&path)?,
        }
        Ok(Self { path, kept: true })
    }

    fn make(path: &Path) -> Result<()> {
        DirBuilder::new()
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the folder {}", path.display()))
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the folder stays after the demo.
    pub(crate) fn kept(&self) -> bool {
        self.kept
    }

    /// A private folder below, made on first use.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        if !path.is_dir() {
            Self::make(&path)?;
        }
        Ok(path)
    }

    /// A file below with `content`, readable by this user only.
    pub(crate) fn secret_file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.path.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(content))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!(
                "cannot remove {}: {error}; it may be deleted by hand",
                self.path.display()
            );
        }
    }
}

/// `N` bytes from the kernel's random source.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("cannot read random bytes from /dev/urandom")?;
    Ok(bytes)
}

/// A password that can be read aloud and typed.
pub(crate) fn password() -> Result<String> {
    letters(PASSWORD_LETTERS)
}

/// `count` random characters of the alphabet, at most 32.
fn letters(count: usize) -> Result<String> {
    let bytes = random::<32>()?;
    Ok(bytes
        .iter()
        .take(count)
        .map(|b| char::from(ALPHABET[usize::from(b % 32)]))
        .collect())
}

/// A loopback address whose TCP port is free right now.
pub(crate) fn free_tcp() -> Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .context("no TCP port is free on 127.0.0.1")
}

/// A loopback address whose UDP port is free right now.
pub(crate) fn free_udp() -> Result<SocketAddr> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|socket| socket.local_addr())
        .context("no UDP port is free on 127.0.0.1")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("exists").permissions().mode() & 0o777
    }

    #[test]
    fn everything_in_it_is_private_and_goes_with_it() {
        let scratch = Scratch::temporary().expect("made");
        let path = scratch.path().to_path_buf();
        let file = scratch.secret_file("password", b"secret").expect("written");
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&scratch.folder("relay").expect("made")), 0o700);
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn a_named_folder_must_be_empty_and_stays() {
        let outer = Scratch::temporary().expect("made");
        let wanted = outer.path().join("data");
        let named = Scratch::named(&wanted).expect("new folder");
        named.secret_file("password", b"secret").expect("written");
        drop(named);
        assert!(wanted.join("password").exists());
        let error = Scratch::named(&wanted).expect_err("not empty any more");
        assert!(error.to_string().contains("not empty"), "{error}");
    }

    #[test]
    fn passwords_differ_and_have_their_length() {
        let first = password().expect("random");
        assert_eq!(first.len(), PASSWORD_LETTERS);
        assert_ne!(first, password().expect("random"));
    }
}
