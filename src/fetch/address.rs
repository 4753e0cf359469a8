//! Which addresses may be contacted, and which of them count as one place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that share a politeness budget: one IPv4 address, or one IPv6 /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group(IpAddr);

impl Group {
    pub(super) fn of(ip: IpAddr) -> Self {
        Group(match ip.to_canonical() {
            IpAddr::V6(v6) => {
                let mut segments = v6.segments();
                segments[4..].fill(0);
                IpAddr::V6(Ipv6Addr::from(segments))
            }
            v4 => v4,
        })
    }
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

/// True for addresses that mean something else on every network: private, loopback, link-local, unique-local, shared
/// (RFC 6598), unspecified, multicast, reserved and documentation ranges, also behind an IPv4-mapped, NAT64 or 6to4 form.
pub(super) fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => is_local_v4(v4),
        IpAddr::V6(v6) => is_local_v6(v6),
    }
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

fn is_local_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let embedded = |hi: u16, lo: u16| is_local_v4(Ipv4Addr::from((u32::from(hi) << 16) | u32::from(lo)));
    ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_multicast()
        || (s[0] & 0xfe00) == 0xfc00
        || (s[0] & 0xffc0) == 0xfe80
        || (s[0] & 0xffc0) == 0xfec0
        || (s[0] == 0x2001 && s[1] == 0x0db8)
        || (s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] && embedded(s[6], s[7]))
        || (s[0] == 0x2002 && embedded(s[1], s[2]))
        || (s[..6] == [0; 6] && embedded(s[6], s[7]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_ranges_are_recognised_in_every_disguise() {
        for text in [
            "10.1.2.3",
            "127.0.0.1",
            "169.254.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:0a00:0001::1",
        ] {
            assert!(is_local(text.parse().unwrap()), "{text}");
        }
        for text in ["113.141.64.1", "100.128.0.1", "172.32.0.1", "2408:8700::1", "::ffff:113.141.64.1"] {
            assert!(!is_local(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_v6_network_is_one_place_and_a_v4_address_is_its_own() {
        let group = |t: &str| Group::of(t.parse().unwrap());
        assert_eq!(group("2408:8700:1:2::1"), group("2408:8700:1:2:ffff::9"));
        assert_ne!(group("2408:8700:1:2::1"), group("2408:8700:1:3::1"));
        assert_ne!(group("113.141.64.1"), group("113.141.64.2"));
        assert_eq!(group("113.141.64.1"), group("::ffff:113.141.64.1"));
    }
}
