//! Which addresses a plugin may reach: those of the public internet, and others only by their own names.

use oyez_model::{Authority, Grants};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address that a server's name led to may be connected to: it is public, it is granted as an address, or the name is `localhost`.
pub(super) fn is_allowed(address: IpAddr, server: &Authority, grants: &Grants) -> bool {
    let address = address.to_canonical();
    let named = || Authority { host: address.to_string(), port: server.port };
    is_public(address)
        || (server.host == "localhost" && address.is_loopback())
        || grants.http.as_ref().is_some_and(|granted| granted.contains(&named()))
}

/// Whether anybody on the internet can be reached there, by the registries of special-purpose addresses (RFC 6890, as of 2025).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        // This network, private, loopback, link-local, multicast, reserved, broadcast.
        (0 | 10 | 127 | 224.., ..) | (169, 254, _) | (172, 16..=31, _) | (192, 168, _) => true,
        // Shared with carriers; protocol assignments; relays to IPv6; benchmarks.
        (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) => true,
        // Documentation.
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    match parts {
        // An IPv4 address in disguise is as good as that: NAT64 (RFC 6052), 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Protocol assignments, Teredo among them; documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast is what is left of 2000::/3, and nothing else is public.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_refused_in_every_disguise() {
        for public in
            ["1.1.1.1", "8.8.8.8", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::1"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "100::1",
            "3fff::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn an_address_that_is_not_public_takes_a_grant_of_its_own() {
        let server = |text: &str| Authority::parse(text).unwrap();
        let grants = |list: &[&str]| Grants { http: Some(list.iter().map(|text| server(text)).collect()), ..Grants::default() };
        let allowed = |address: &str, name: &str, list: &[&str]| is_allowed(address.parse().unwrap(), &server(name), &grants(list));
        assert!(!allowed("10.0.0.5", "internal:443", &["internal:443"]));
        assert!(allowed("10.0.0.5", "internal:443", &["internal:443", "10.0.0.5:443"]));
        assert!(!allowed("10.0.0.5", "internal:443", &["internal:443", "10.0.0.5:80"]));
        assert!(allowed("127.0.0.1", "127.0.0.1:80", &["127.0.0.1:80"]));
        assert!(allowed("::1", "localhost:80", &["localhost:80"]) && !allowed("10.0.0.1", "localhost:80", &["localhost:80"]));
        assert!(!allowed("::ffff:127.0.0.1", "evil:80", &["evil:80"]));
        assert!(allowed("::ffff:127.0.0.1", "evil:80", &["evil:80", "127.0.0.1:80"]));
    }
}
