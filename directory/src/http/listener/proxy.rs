//! Who asks through a proxy that the operator trusts: what the proxy says of it, and nothing that
//! whoever asks could have written themselves.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Where a proxy notes by whom it was asked, to the right of what was there already.
const FORWARDED: &str = "x-forwarded-for";

/// Proxies whose word counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Trusted(Arc<[IpNet]>);

impl From<Vec<IpNet>> for Trusted {
    fn from(nets: Vec<IpNet>) -> Self {
        Self(nets.into())
    }
}

impl Trusted {
    /// Whether a trusted proxy is at this address.
    pub(super) fn is(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// Who asks on a connection from `peer`: read from the right, as far as trusted proxies speak.
    /// What stands further left may be anybody's invention.
    pub(super) fn behind(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.is(peer.ip()) {
            return peer;
        }
        let lines = headers.get_all(FORWARDED).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        let named = lines.iter().flat_map(|line| line.split(','));
        let named: Vec<_> = named.map(|name| address(name.trim())).collect();
        let mut from = peer;
        for name in named.into_iter().rev() {
            let Some(name) = name else { break };
            from = SocketAddr::new(name, 0);
            if !self.is(name) {
                break;
            }
        }
        from
    }
}

/// An address, with or without the port that some proxies add.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_matches(['[', ']']);
    let with_port = |_| text.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(with_port).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trusted_proxy_says_who_asks_and_nobody_else_does() {
        let nets = ["127.0.0.0/8", "10.0.0.0/8"].map(|net| net.parse().expect("a network"));
        let trusted = Trusted::from(nets.to_vec());
        let behind = |peer: &str, lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED, line.parse().expect("a value"));
            }
            let peer = SocketAddr::new(peer.parse().expect("an address"), 443);
            trusted.behind(peer, &headers).ip().to_string()
        };
        assert_eq!(behind("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(behind("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(behind("127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(behind("::ffff:127.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        for port in ["198.51.100.7:80", "[2001:db8::1]:80", "[2001:db8::1]"] {
            let found = behind("127.0.0.1", &[port]);
            assert!(found.starts_with("198.51.100.7") || found == "2001:db8::1");
        }
        // What stands further left was there before the proxy that is believed.
        let invented = ["8.8.8.8, 127.0.0.1, 198.51.100.7, 10.0.0.9"];
        assert_eq!(behind("127.0.0.1", &invented), "198.51.100.7");
        let lines = ["8.8.8.8", "198.51.100.7"];
        assert_eq!(behind("127.0.0.1", &lines), "198.51.100.7");
        assert_eq!(behind("127.0.0.1", &["8.8.8.8, unknown"]), "127.0.0.1");
    }
}
