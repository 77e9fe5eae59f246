//! Which addresses webhooks are told at: those of the open internet, and those inside that the
//! operator allows. Without this, whoever may make a webhook could have the directory knock at
//! doors of its own network.

use std::net::IpAddr;

use ipnet::IpNet;

/// Why an address is not sent to.
pub(super) const INSIDE: &str =
    "the address lies in a private network; allow it with serve --webhook-to";

/// Whether everybody may be sent to at this address: one of the open internet.
fn is_open(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            // Shared (RFC 6598), protocol assignments, benchmarks, reserved.
            let special = (a == 100 && (64..128).contains(&b))
                || (a, b, c) == (192, 0, 0)
                || (a == 198 && (b == 18 || b == 19))
                || a == 0
                || a >= 240;
            !(special
                || v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || v4.is_unspecified())
        }
        IpAddr::V6(v6) => {
            let [first, second, ..] = v6.segments();
            // Global unicast, less what stands for an IPv4 address (6to4, Teredo) or for examples.
            let stands_in = first == 0x2002 || (first == 0x2001 && second < 0x0200);
            (first & 0xe000) == 0x2000
                && !stands_in
                && (first, second) != (0x2001, 0x0db8)
                && first != 0x3fff
        }
    }
}

/// Whether an address may be sent to, where these networks are allowed besides.
pub(super) fn may_go(allowed: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    is_open(address) || allowed.iter().any(|net| net.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_and_what_is_allowed_is_sent_to() {
        let at = |text: &str| text.parse::<IpAddr>().expect("an address");
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!may_go(&[], at(inside)), "{inside}");
        }
        for open in ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"] {
            assert!(may_go(&[], at(open)), "{open}");
        }
        let net = ["10.1.0.0/16".parse().expect("a network")];
        assert!(may_go(&net, at("10.1.2.3")) && may_go(&net, at("::ffff:10.1.2.3")));
        assert!(!may_go(&net, at("10.2.0.1")));
    }
}
