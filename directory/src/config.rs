//! Where the directory keeps its files, and the address that agents reach it at.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fmt, fs, io};

/// Longest address that is taken, in characters: it has to fit into a ticket.
const MAX_URL_CHARS: usize = 300;

/// Where a directory keeps everything.
#[derive(Clone, Debug)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The folder named on the command line, or the usual one: `/var/lib/farpane-directory` for
    /// root, else `farpane/directory` in the user's data folder.
    pub fn choose(named: Option<&Path>, env: impl Fn(&str) -> Option<PathBuf>) -> Self {
        if let Some(named) = named {
            return Self(named.to_owned());
        }
        if rustix::process::geteuid().is_root() {
            return Self("/var/lib/farpane-directory".into());
        }
        let data = env("XDG_DATA_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| env("HOME").map(|home| home.join(".local/share")))
            .unwrap_or_else(|| ".".into());
        Self(data.join("farpane/directory"))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database. It exists exactly when `init` has succeeded.
    pub fn database(&self) -> PathBuf {
        self.0.join("directory.db")
    }

    /// The key that grants, relay tickets, envelopes and leases are signed with.
    pub fn grant_key(&self) -> PathBuf {
        self.0.join("grant.key")
    }

    /// Every key that is signed with, or was, or will be.
    pub fn grant_keys(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = self.key_files()?;
        files.retain(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name == "grant.key" || name.starts_with("grant-"))
        });
        Ok(files)
    }

    /// Where one more is made.
    pub fn new_grant_key(&self) -> PathBuf {
        let name = farpane_certs::random::number();
        self.0.join(format!("grant-{name:016x}.key"))
    }

    /// The key that checkpoints and exports of the audit record are signed with.
    pub fn audit_key(&self) -> PathBuf {
        self.0.join("audit.key")
    }

    /// The key that secrets in the database are sealed with.
    pub fn vault_key(&self) -> PathBuf {
        self.0.join("vault.key")
    }

    /// Every key file of this installation, whichever part of the program keeps it, by name.
    pub fn key_files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "key") && path.is_file() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Held by the running server, so that a second one does not start.
    pub fn server_lock(&self) -> PathBuf {
        self.0.join("serve.lock")
    }
}

/// The address of a directory: `https://NAME[:PORT]`, nothing after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryUrl {
    host: String,
    port: u16,
}

/// Why some text is not a directory's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address like https://rmm.example:8443, with nothing after the port")]
pub struct BadUrl;

impl DirectoryUrl {
    /// The host name or IP address, for certificates: without the brackets of IPv6.
    pub fn host(&self) -> &str {
        self.host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(&self.host)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The same address with another port.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}

impl FromStr for DirectoryUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let rest = text.strip_prefix("https://").ok_or(BadUrl)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                let port = if digits { port.parse().ok() } else { None };
                (host, port.ok_or(BadUrl)?)
            }
            Some(_) | None => (rest, 443),
        };
        let is_v6 = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .is_some_and(|host| matches!(host.parse(), Ok(IpAddr::V6(_))));
        let is_name = !host.is_empty()
            && host.split('.').all(|label| {
                !label.is_empty()
                    && label.len() <= 63
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            });
        if text.len() > MAX_URL_CHARS || !(is_v6 || is_name) {
            return Err(BadUrl);
        }
        let host = host.to_ascii_lowercase();
        Ok(Self { host, port })
    }
}

impl fmt::Display for DirectoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_one_way() {
        let read = |text: &str| text.parse::<DirectoryUrl>().map(|url| url.to_string());
        assert_eq!(
            read("https://RMM.example:8443/"),
            Ok("https://rmm.example:8443".into())
        );
        assert_eq!(
            read("https://rmm.example"),
            Ok("https://rmm.example:443".into())
        );
        assert_eq!(
            read("https://[2001:db8::1]:8443"),
            Ok("https://[2001:db8::1]:8443".into())
        );
        assert_eq!(
            read("https://127.0.0.1:0"),
            Ok("https://127.0.0.1:0".into())
        );
        let url: DirectoryUrl = "https://[::1]".parse().expect("an address");
        assert_eq!((url.host(), url.port()), ("::1", 443));
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            "http://rmm.example",
            "rmm.example:8443",
            "https://",
            "https://a b",
            "https://rmm.example/path",
            "https://user@rmm.example",
            "https://rmm.example:99999",
            "https://rmm.example:",
            "https://rmm.example:+1",
            "https://-x.example",
            "https://[::1",
            "https://2001:db8::1",
        ] {
            assert_eq!(bad.parse::<DirectoryUrl>(), Err(BadUrl), "{bad}");
        }
    }

    #[test]
    fn the_named_folder_wins() {
        let none = |_: &str| None;
        let named = DataDir::choose(Some(Path::new("/x")), none);
        assert_eq!(named.database(), Path::new("/x/directory.db"));
    }
}
