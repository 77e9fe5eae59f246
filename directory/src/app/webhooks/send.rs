//! Sends one delivery to one webhook: signed, over TLS only, to no address that was not looked at,
//! with an end to how long it may take.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::time::Timestamp;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::Host;

use super::reach::{INSIDE, may_go};
use crate::model::text;
use crate::model::webhook::{Delivery, HookUrl, name, signature};

/// Longest that one delivery may take, the head of the receiver's answer included.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Longest wait for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How long a connection is kept for the next delivery.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Connections to one receiver that are kept for the next delivery: it is told one after another.
const KEPT_MOST: usize = 1;

/// Sends deliveries, to addresses that may be sent to.
#[derive(Clone, Debug)]
pub struct Courier {
    client: reqwest::Client,
    allowed: Arc<[IpNet]>,
}

/// Looks names up and keeps only addresses that may be sent to. The connection goes to what is
/// found here, so a name cannot point elsewhere between the look and the connection.
struct Lookup(Arc<[IpNet]>);

impl Resolve for Lookup {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found
                .filter(|address| may_go(&allowed, address.ip()))
                .collect();
            if good.is_empty() {
                return Err(io::Error::other(INSIDE).into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

impl Courier {
    /// One that may also send into these networks, and that also trusts these authorities (PEM).
    ///
    /// # Errors
    /// If what should be authorities is none, or TLS cannot begin.
    pub fn new(allowed: Vec<IpNet>, authorities: Option<&[u8]>) -> Result<Self, reqwest::Error> {
        let allowed: Arc<[IpNet]> = allowed.into();
        let mut client = reqwest::Client::builder()
            .https_only(true)
            // A redirect could lead anywhere, and a proxy would look names up itself.
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Lookup(allowed.clone())))
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(KEPT_MOST)
            .user_agent(concat!("farpane-directory/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = authorities {
            client = client.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        let client = client.build()?;
        Ok(Self { client, allowed })
    }

    /// Sends one delivery; the status of the answer, or why there is none.
    pub(super) async fn send(
        &self,
        url: &HookUrl,
        secret: &[u8],
        delivery: &Delivery,
        now: Timestamp,
    ) -> Result<u16, String> {
        let address = match url.url().host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        if address.is_some_and(|address| !may_go(&self.allowed, address)) {
            return Err(INSIDE.into());
        }
        let (name, seconds) = (name(delivery.id), now.0 / 1_000_000);
        let answer = self
            .client
            .post(url.url().clone())
            .header("content-type", "application/json")
            .header("webhook-id", &name)
            .header("webhook-timestamp", seconds)
            .header(
                "webhook-signature",
                signature(secret, &name, seconds, &delivery.body),
            )
            .body(delivery.body.clone())
            .send()
            .await;
        // The body of the answer is nobody's business here, and is not read.
        answer
            .map(|answer| answer.status().as_u16())
            .map_err(|error| reason(&error))
    }
}

/// Why there was no answer, without the address and in one line.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if error.is_timeout() {
        return "no answer in time".into();
    }
    text::reason(&cause.to_string())
}
