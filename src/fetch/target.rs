//! Where a URL points: scheme, host and logical port, before any mapping.

use std::net::IpAddr;

use url::{Host, Url};

/// The origin of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) tls: bool,
    /// Lower case, A-labels, no trailing dot; an IPv6 literal without brackets.
    pub(super) host: String,
    pub(super) ip: Option<IpAddr>,
    /// Logical port: the URL's, or the scheme's.
    pub(super) port: u16,
}

impl Target {
    /// `None` when the URL is no http(s) address with a host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (host, ip) = match url.host()? {
            Host::Domain(name) => (name.trim_end_matches('.').to_ascii_lowercase(), None),
            Host::Ipv4(ip) => (ip.to_string(), Some(IpAddr::V4(ip))),
            Host::Ipv6(ip) => (ip.to_string(), Some(IpAddr::V6(ip))),
        };
        Some(Target { tls, host, ip, port: url.port_or_known_default()? })
    }

    /// Host and, when it is not the scheme's own, port: the `Host` header.
    pub(super) fn authority(&self) -> String {
        let host = match self.ip {
            Some(IpAddr::V6(ip)) => format!("[{ip}]"),
            _ => self.host.clone(),
        };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    /// Key of [`super::Settings::dial`].
    pub(super) fn dial_key(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
