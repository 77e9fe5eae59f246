//! TLS towards a collector of records: an ordinary server whose certificate an authority vouches
//! for that the operator names. Nothing is trusted that was not named.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// Why the certificates of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CollectorError {
    /// The file cannot be read.
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] io::Error),
    /// It holds no certificate of an authority (PEM).
    #[error("{0} holds no certificate of an authority (PEM)")]
    Empty(PathBuf),
}

/// Which collectors are trusted.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

impl Trust {
    /// For a connection to one.
    pub fn config(&self) -> Arc<ClientConfig> {
        self.0.clone()
    }
}

/// Trusts the authorities whose certificates (PEM) stand in this file, and no other.
pub fn client(authorities: &Path) -> Result<Trust, CollectorError> {
    let path = || authorities.to_owned();
    let text = fs::read(authorities).map_err(|error| CollectorError::Read(path(), error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|_| CollectorError::Empty(path()))?;
        roots
            .add(certificate)
            .map_err(|_| CollectorError::Empty(path()))?;
    }
    if roots.is_empty() {
        return Err(CollectorError::Empty(path()));
    }
    let config = ClientConfig::builder().with_root_certificates(roots);
    Ok(Trust(config.with_no_client_auth().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_authority_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("authority.pem");
        assert!(matches!(client(&file), Err(CollectorError::Read(..))));
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            fs::write(&file, text).expect("writes");
            assert!(
                matches!(client(&file), Err(CollectorError::Empty(_))),
                "{text}"
            );
        }
    }
}
