//! TLS between machines of ours: Ed25519 raw public keys (RFC 7250) on both sides, TLS 1.3 only.

use std::sync::{Arc, Mutex};

use farpane_protocol::key::{PublicKey, SecretKey};
use rustls::client::AlwaysResolvesClientRawPublicKeys;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::server::AlwaysResolvesServerRawPublicKeys;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, OtherError,
    PeerMisbehaved, ServerConfig, SignatureScheme,
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer,
    UnixTime,
};

/// Server name that peers put into TLS. It names nobody: keys do that.
pub const PEER_SERVER_NAME: &str = "peer.farpane.internal";

/// The ASN.1 frame around an Ed25519 seed in PKCS #8 (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The other side proved another key than the one that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the other side's key is {}, expected {}",
    found.fingerprint(),
    expected.fingerprint()
)]
pub struct PeerKeyMismatch {
    /// Whom we meant to reach.
    pub expected: PublicKey,
    /// Who answered.
    pub found: PublicKey,
}

/// Which key a connecting side met instead of the expected one.
#[derive(Clone, Debug, Default)]
pub struct SeenKey(Arc<Mutex<Option<PeerKeyMismatch>>>);

impl SeenKey {
    /// The mismatch, if there was one.
    pub fn mismatch(&self) -> Option<PeerKeyMismatch> {
        self.0.lock().map_or(None, |seen| *seen)
    }

    fn put(&self, mismatch: PeerKeyMismatch) {
        if let Ok(mut seen) = self.0.lock() {
            *seen = Some(mismatch);
        }
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn certified(identity: &SecretKey) -> Arc<CertifiedKey> {
    let pkcs8 = [PKCS8_PREFIX.as_slice(), identity.dangerous_seed()].concat();
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    let key = provider()
        .key_provider
        .load_private_key(der)
        .expect("a seed in its frame is an Ed25519 key");
    let spki = CertificateDer::from(identity.public().to_spki());
    Arc::new(CertifiedKey::new(vec![spki], key))
}

/// For the side that accepts: proves `identity`, and takes any peer that proves some Ed25519 key.
/// The caller reads that key with [`proven_key`] and decides.
pub fn server_config(identity: &SecretKey, alpn: &[u8]) -> ServerConfig {
    let provider = provider();
    let verifier = Arc::new(ProvesItsKey {
        provider: provider.clone(),
        expected: None,
        seen: SeenKey::default(),
    });
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring offers TLS 1.3")
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(certified(
            identity,
        ))));
    config.alpn_protocols = vec![alpn.to_vec()];
    // No early data: input must never be replayable. No tickets: a key is proven every time.
    config.max_early_data_size = 0;
    config.send_tls13_tickets = 0;
    config
}

/// For the side that connects: proves `identity`, and takes only the peer whose key is `expected`;
/// another key is left in `seen`.
pub fn client_config(
    identity: &SecretKey,
    expected: PublicKey,
    alpn: &[u8],
    seen: &SeenKey,
) -> ClientConfig {
    let provider = provider();
    let verifier = Arc::new(ProvesItsKey {
        provider: provider.clone(),
        expected: Some(expected),
        seen: seen.clone(),
    });
    let resolver = Arc::new(AlwaysResolvesClientRawPublicKeys::new(certified(identity)));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("ring offers TLS 1.3")
        .dangerous() // the verifier below is stricter than the one it replaces
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(resolver);
    config.alpn_protocols = vec![alpn.to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    config
}

/// The key that a peer proved in the handshake, from what the connection reports as its
/// certificate chain. `None` never happens on a connection made with these configurations.
pub fn proven_key(chain: &[CertificateDer<'_>]) -> Option<PublicKey> {
    PublicKey::from_spki(chain.first()?.as_ref()).ok()
}

/// Verifies that a peer signed the handshake with the raw key it named, and, where one is
/// expected, that it is that key.
#[derive(Debug)]
struct ProvesItsKey {
    provider: Arc<CryptoProvider>,
    expected: Option<PublicKey>,
    seen: SeenKey,
}

impl ProvesItsKey {
    fn judge(&self, spki: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) -> Result<(), Error> {
        if !rest.is_empty() {
            return Err(CertificateError::BadEncoding.into());
        }
        let found = PublicKey::from_spki(spki).map_err(|_| CertificateError::BadEncoding)?;
        match self.expected {
            Some(expected) if expected != found => {
                let mismatch = PeerKeyMismatch { expected, found };
                self.seen.put(mismatch);
                Err(CertificateError::Other(OtherError(Arc::new(mismatch))).into())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn signature(
        &self,
        message: &[u8],
        spki: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let spki = SubjectPublicKeyInfoDer::from(spki.as_ref());
        let schemes = &self.provider.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &spki, dss, schemes)
    }
}

/// TLS 1.2 is never negotiated; its signatures are refused all the same.
fn no_tls12() -> Error {
    PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into()
}

impl ServerCertVerifier for ProvesItsKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(end_entity, intermediates)
            .map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for ProvesItsKey {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(end_entity, intermediates)
            .map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(no_tls12())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;

    const ALPN: &[u8] = b"test/1";

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32])
    }

    /// Runs one handshake; returns what the server learned, or the client's error.
    async fn shake(
        client: ClientConfig,
        server: ServerConfig,
    ) -> Result<PublicKey, std::io::Error> {
        let (a, b) = tokio::io::duplex(16 * 1024);
        let name = ServerName::try_from(PEER_SERVER_NAME).expect("a name");
        let serve = async {
            let mut stream = TlsAcceptor::from(Arc::new(server)).accept(b).await?;
            stream.write_all(b"!").await?;
            stream.flush().await?;
            let chain = stream
                .get_ref()
                .1
                .peer_certificates()
                .unwrap_or_default()
                .to_vec();
            proven_key(&chain).ok_or_else(|| std::io::Error::other("no key"))
        };
        let connect = async {
            let mut stream = TlsConnector::from(Arc::new(client))
                .connect(name, a)
                .await?;
            stream.read_u8().await
        };
        let (served, connected) = tokio::join!(serve, connect);
        connected?;
        served
    }

    #[tokio::test]
    async fn both_sides_learn_each_others_key() {
        let server = server_config(&secret(1), ALPN);
        let client = client_config(&secret(2), secret(1).public(), ALPN, &SeenKey::default());
        assert_eq!(
            shake(client, server).await.expect("shakes"),
            secret(2).public()
        );
    }

    #[tokio::test]
    async fn another_key_is_refused_and_both_fingerprints_are_named() {
        let server = server_config(&secret(1), ALPN);
        let seen = SeenKey::default();
        let client = client_config(&secret(2), secret(3).public(), ALPN, &seen);
        assert!(shake(client, server).await.is_err());
        let mismatch = seen.mismatch().expect("noticed");
        assert_eq!(
            (mismatch.found, mismatch.expected),
            (secret(1).public(), secret(3).public())
        );
        let text = mismatch.to_string();
        assert!(
            text.contains(&secret(1).public().fingerprint().to_string()),
            "{text}"
        );
        assert!(
            text.contains(&secret(3).public().fingerprint().to_string()),
            "{text}"
        );
    }

    #[tokio::test]
    async fn a_client_without_a_key_is_refused() {
        let mut client = client_config(&secret(2), secret(1).public(), ALPN, &SeenKey::default());
        client.client_auth_cert_resolver = Arc::new(NoKey);
        assert!(
            shake(client, server_config(&secret(1), ALPN))
                .await
                .is_err()
        );
    }

    #[derive(Debug)]
    struct NoKey;

    impl rustls::client::ResolvesClientCert for NoKey {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            None
        }

        fn only_raw_public_keys(&self) -> bool {
            true
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn another_protocol_is_refused() {
        let client = client_config(
            &secret(2),
            secret(1).public(),
            b"other/1",
            &SeenKey::default(),
        );
        assert!(
            shake(client, server_config(&secret(1), ALPN))
                .await
                .is_err()
        );
    }
}
