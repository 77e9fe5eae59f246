//! The directory's identity: one P-256 key whose fingerprint tickets and `--pin` carry, and the
//! TLS configurations of those who serve under it and those who trust it.
//!
//! P-256 and not Ed25519, because browsers do not understand Ed25519 certificates. Agents ask for
//! [`DIRECTORY_SERVER_NAME`] and take only a certificate issued under the pinned key; whatever
//! certificate the operator shows to browsers is nothing to them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use farpane_protocol::api::DIRECTORY_SERVER_NAME;
use farpane_protocol::key::Fingerprint;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType, date_time_ymd,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, ServerConfig,
    SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use crate::files::write_private;

const KEY_FILE: &str = "identity.key";
const LEAF_FILE: &str = "console-certificate.pem";

/// Why the identity or a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Reading or writing failed.
    #[error("cannot use {path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The identity file is something else.
    #[error("{0} is not the directory's identity key; restore it from a backup")]
    Damaged(PathBuf),
    /// The operator's certificate or key file is something else.
    #[error("{0} holds no usable PEM certificate chain or key")]
    BadPem(PathBuf),
    /// The operator's key does not fit the certificate.
    #[error("the operator's key does not belong to the certificate")]
    KeyDoesNotFit,
    /// A certificate could not be made, for example for a name that is none.
    #[error("cannot issue a certificate")]
    Issue(#[from] rcgen::Error),
}

/// The directory's identity key and the certificate that shows it.
pub struct Identity {
    key: KeyPair,
    folder: PathBuf,
}

impl Identity {
    /// Reads the identity in `folder`, or makes one where there is none yet.
    pub fn load_or_create(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join(KEY_FILE);
        let fail = |source| IdentityError::Io {
            path: path.clone(),
            source,
        };
        let key = match std::fs::read_to_string(&path) {
            Ok(pem) => KeyPair::from_pem(&pem).map_err(|_| IdentityError::Damaged(path.clone()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
                write_private(&path, key.serialize_pem().as_bytes()).map_err(fail)?;
                key
            }
            Err(error) => return Err(fail(error)),
        };
        Ok(Self {
            key,
            folder: folder.into(),
        })
    }

    /// What tickets and `--pin` carry: SHA-256 of the key's SPKI.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.key.subject_public_key_info())
    }

    fn authority(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Farpane directory identity");
        limit_lifetime(&mut params);
        params
    }

    fn issue(
        &self,
        names: &[String],
    ) -> Result<(Vec<CertificateDer<'static>>, KeyPair), IdentityError> {
        let authority = self.authority();
        let root = authority.self_signed(&self.key)?;
        let issuer = Issuer::from_params(&authority, &self.key);
        let mut params = CertificateParams::default();
        for name in names {
            params.subject_alt_names.push(match name.parse() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Farpane directory");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        limit_lifetime(&mut params);
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let leaf = params.signed_by(&key, &issuer)?;
        Ok((vec![leaf.der().clone(), root.der().clone()], key))
    }

    /// The certificate that browsers see when the operator brings none. Kept in a file, so that a
    /// browser's exception outlives a restart.
    fn console_certificate(&self, names: &[String]) -> Result<CertifiedKey, IdentityError> {
        let path = self.folder.join(LEAF_FILE);
        let head = format!("for {}\n", names.join(" "));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(pem) = kept.strip_prefix(&head).map(str::as_bytes)
            && let Ok(certified) = certified_from_pem(pem, pem, &path)
        {
            return Ok(certified);
        }
        let (chain, key) = self.issue(names)?;
        let mut text = head;
        for certificate in &chain {
            text.push_str(&pem("CERTIFICATE", certificate));
        }
        text.push_str(&key.serialize_pem());
        write_private(&path, text.as_bytes()).map_err(|source| IdentityError::Io {
            path: path.clone(),
            source,
        })?;
        certify(chain, &key)
    }

    /// The directory's HTTPS configuration: agents get a certificate under the identity key;
    /// everyone else the operator's (PEM files) or one for `names` under the same key.
    pub fn tls_config(
        &self,
        names: &[String],
        operator: Option<(&Path, &Path)>,
    ) -> Result<ServerConfig, IdentityError> {
        let (chain, key) = self.issue(&[DIRECTORY_SERVER_NAME.to_owned()])?;
        let agents = Arc::new(certify(chain, &key)?);
        let browsers = Arc::new(match operator {
            Some((certificate, key)) => operator_certificate(certificate, key)?,
            None => self.console_certificate(names)?,
        });
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .expect("ring offers TLS 1.3 and 1.2")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(ByName { agents, browsers }));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Fixed bounds: agents trust the key, not the calendar, and the clocks of devices are often wrong.
fn limit_lifetime(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(2049, 12, 31);
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn certify(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
) -> Result<CertifiedKey, IdentityError> {
    let der =
        PrivateKeyDer::try_from(key.serialize_der()).map_err(|_| IdentityError::KeyDoesNotFit)?;
    CertifiedKey::from_der(chain, der, &provider()).map_err(|_| IdentityError::KeyDoesNotFit)
}

fn certified_from_pem(
    certificates: &[u8],
    key: &[u8],
    path: &Path,
) -> Result<CertifiedKey, IdentityError> {
    let bad = || IdentityError::BadPem(path.into());
    let chain = CertificateDer::pem_slice_iter(certificates)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| bad())?;
    if chain.is_empty() {
        return Err(bad());
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| bad())?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(|_| IdentityError::KeyDoesNotFit)
}

fn operator_certificate(certificate: &Path, key: &Path) -> Result<CertifiedKey, IdentityError> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| IdentityError::Io {
            path: path.into(),
            source,
        })
    };
    certified_from_pem(&read(certificate)?, &read(key)?, certificate)
}

#[derive(Debug)]
struct ByName {
    agents: Arc<CertifiedKey>,
    browsers: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let for_agents = hello.server_name() == Some(DIRECTORY_SERVER_NAME);
        Some(if for_agents {
            self.agents.clone()
        } else {
            self.browsers.clone()
        })
    }
}

/// What a pinned client last saw that it did not expect.
#[derive(Clone, Debug, Default)]
pub struct SeenIdentity(Arc<Mutex<Option<Fingerprint>>>);

impl SeenIdentity {
    /// The fingerprint of the identity that the other side showed, if it was not the pinned one.
    pub fn unexpected(&self) -> Option<Fingerprint> {
        self.0.lock().map_or(None, |seen| *seen)
    }

    fn put(&self, fingerprint: Fingerprint) {
        if let Ok(mut seen) = self.0.lock() {
            *seen = Some(fingerprint);
        }
    }
}

/// For agents: takes only a directory whose certificate was issued under the pinned key.
pub fn pinned_client(pin: Fingerprint) -> ClientConfig {
    client(Some(pin), SeenIdentity::default())
}

/// The same, and tells which identity it met when it was not the pinned one.
pub fn pinned_client_telling(pin: Fingerprint, seen: SeenIdentity) -> ClientConfig {
    client(Some(pin), seen)
}

/// Takes nobody, and tells which identity it met: for showing a fingerprint to a person who then
/// decides whether to pin it.
pub fn looking_client(seen: SeenIdentity) -> ClientConfig {
    client(None, seen)
}

fn client(pin: Option<Fingerprint>, seen: SeenIdentity) -> ClientConfig {
    let provider = provider();
    let verifier = Arc::new(UnderPinnedKey {
        provider: provider.clone(),
        pin,
        seen,
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring offers TLS 1.3")
        .dangerous() // the verifier below is stricter than the one it replaces
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    config
}

#[derive(Debug)]
struct UnderPinnedKey {
    provider: Arc<CryptoProvider>,
    pin: Option<Fingerprint>,
    seen: SeenIdentity,
}

impl UnderPinnedKey {
    fn schemes(&self) -> &rustls::crypto::WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }
}

/// The SPKI fingerprint of a certificate, and a store that trusts only it.
fn as_root(certificate: &CertificateDer<'_>) -> Option<(Fingerprint, RootCertStore)> {
    let mut store = RootCertStore::empty();
    store.add(certificate.clone().into_owned()).ok()?;
    // The store keeps the inside of the SPKI's SEQUENCE; the fingerprint is over all of it.
    let inside = store.roots.first()?.subject_public_key_info.as_ref();
    let mut spki = vec![0x30];
    match inside.len() {
        0..=127 => spki.push(inside.len() as u8),
        128..=255 => spki.extend([0x81, inside.len() as u8]),
        length => {
            let length = u16::try_from(length).ok()?;
            spki.push(0x82);
            spki.extend(length.to_be_bytes());
        }
    }
    spki.extend_from_slice(inside);
    Some((Fingerprint::of(&spki), store))
}

impl ServerCertVerifier for UnderPinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // Our directory sends exactly its leaf and its identity; more is somebody else's chain.
        let last = intermediates.last().unwrap_or(end_entity);
        let (found, store) =
            as_root(last).ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        if self.pin != Some(found) {
            self.seen.put(found);
            return Err(CertificateError::UnknownIssuer.into());
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(store), self.provider.clone())
            .build()
            .map_err(|_| Error::InvalidCertificate(CertificateError::UnknownIssuer))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, self.schemes())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, self.schemes())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes().supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    async fn shake(client: ClientConfig, server: ServerConfig, name: &str) -> io::Result<()> {
        let (a, b) = tokio::io::duplex(16 * 1024);
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        let serve = async {
            let mut stream = TlsAcceptor::from(Arc::new(server)).accept(b).await?;
            stream.write_all(b"!").await?;
            stream.flush().await
        };
        let connect = async {
            let mut stream = TlsConnector::from(Arc::new(client))
                .connect(name, a)
                .await?;
            stream.read_u8().await.map(drop)
        };
        let (_, connected) = tokio::join!(serve, connect);
        connected
    }

    fn names() -> Vec<String> {
        vec!["127.0.0.1".into(), "rmm.example".into()]
    }

    #[tokio::test]
    async fn agents_take_the_pinned_identity_and_no_other() {
        let (a, b) = (
            tempfile::tempdir().expect("dir"),
            tempfile::tempdir().expect("dir"),
        );
        let ours = Identity::load_or_create(a.path()).expect("makes");
        let other = Identity::load_or_create(b.path()).expect("makes");
        let server = || ours.tls_config(&names(), None).expect("configures");
        let good = pinned_client(ours.fingerprint());
        shake(good, server(), DIRECTORY_SERVER_NAME)
            .await
            .expect("the pinned one");
        let seen = SeenIdentity::default();
        let wrong = pinned_client_telling(other.fingerprint(), seen.clone());
        assert!(shake(wrong, server(), DIRECTORY_SERVER_NAME).await.is_err());
        assert_eq!(seen.unexpected(), Some(ours.fingerprint()));
        let seen = SeenIdentity::default();
        assert!(
            shake(looking_client(seen.clone()), server(), "rmm.example")
                .await
                .is_err()
        );
        assert_eq!(seen.unexpected(), Some(ours.fingerprint()));
    }

    #[tokio::test]
    async fn the_identity_and_the_console_certificate_outlive_a_restart() {
        let dir = tempfile::tempdir().expect("dir");
        let before = Identity::load_or_create(dir.path()).expect("makes");
        before.tls_config(&names(), None).expect("configures");
        let kept = std::fs::read(dir.path().join(LEAF_FILE)).expect("kept");
        let after = Identity::load_or_create(dir.path()).expect("reads");
        let server = after.tls_config(&names(), None).expect("configures");
        assert_eq!(
            std::fs::read(dir.path().join(LEAF_FILE)).expect("kept"),
            kept
        );
        shake(
            pinned_client(before.fingerprint()),
            server,
            DIRECTORY_SERVER_NAME,
        )
        .await
        .expect("same identity");
    }

    #[test]
    fn wrong_operator_files_are_named() {
        let dir = tempfile::tempdir().expect("dir");
        let identity = Identity::load_or_create(dir.path()).expect("makes");
        let junk = dir.path().join("junk.pem");
        std::fs::write(&junk, "junk").expect("writes");
        let error = identity
            .tls_config(&names(), Some((&junk, &junk)))
            .expect_err("refused");
        assert!(error.to_string().contains("junk.pem"), "{error}");
        std::fs::write(dir.path().join(KEY_FILE), "junk").expect("writes");
        assert!(matches!(
            Identity::load_or_create(dir.path()),
            Err(IdentityError::Damaged(_))
        ));
    }
}
