//! What the fetcher is told at start.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Everything the fetcher needs to know; plain data, taken over from the register by the caller.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the place the looks are taken from, written into every observation.
    pub vantage: String,
    /// Resolvers asked, in order; empty means the system's.
    pub resolvers: Vec<SocketAddr>,
    /// Name servers from which the walk to a zone's delegation starts; empty: the nearest ancestor's, as the resolver
    /// names them.
    pub dns_roots: Vec<SocketAddr>,
    /// Trust roots beside the compiled-in list of public ones.
    pub trust_roots: Vec<CertificateDer<'static>>,
    /// Logical port → port really dialled, for every host.
    pub ports: BTreeMap<u16, u16>,
    /// `host:port` → address really dialled; wins over DNS, `ports` and the guard against private addresses.
    pub dial: BTreeMap<String, SocketAddr>,
    /// Contact private, loopback and other local addresses.
    pub allow_private: bool,
    /// Contact printed in the User-Agent.
    pub agent_contact: String,
    /// Reference points that prove our own line: `host`, `host:port` or an http(s) URL.
    pub canaries: Vec<String>,
    /// Requests and TLS handshakes per second towards one address group; may be below 1.
    pub requests_per_second: f64,
    /// Connections at once towards one address group.
    pub connections_per_address: u32,
    /// Exchanges under way at once, over all addresses. Waiting for an address takes no slot.
    pub sites_in_flight: u32,
    /// Obey robots.txt for pages beyond the home page.
    pub robots: bool,
    pub budget: Budget,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            vantage: String::new(),
            resolvers: Vec::new(),
            dns_roots: Vec::new(),
            trust_roots: Vec::new(),
            ports: BTreeMap::new(),
            dial: BTreeMap::new(),
            allow_private: false,
            agent_contact: String::new(),
            canaries: Vec::new(),
            requests_per_second: 1.0,
            connections_per_address: 2,
            sites_in_flight: 64,
            robots: true,
            budget: Budget::default(),
        }
    }
}

/// Limits of one look at one site. Time spent waiting for our own politeness never counts.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Whole look.
    pub site: Duration,
    /// One page with all its hops (国办秘函〔2019〕19号: 15 s).
    pub page: Duration,
    /// TCP connect, and again the TLS handshake.
    pub connect: Duration,
    /// One DNS question with all its tries.
    pub dns: Duration,
    /// Bytes kept of one body, on the wire and decoded alike.
    pub body_bytes: usize,
    /// Bytes of all bodies of a look together.
    pub site_bytes: u64,
    /// Requests of a look.
    pub requests: u32,
    /// Redirect hops of one exchange.
    pub hops: u32,
    /// Pause before the second try after a transient cause.
    pub retry_pause: Duration,
    /// Longest `Retry-After` that is waited for, and the longest time an address is left alone because of one: sites of a
    /// shared platform must not wait an hour for their neighbour.
    pub retry_after: Duration,
    /// Tries of one hop, the first included.
    pub tries: u8,
    /// The last address of a name may take all that is left of the page's time to connect and to shake hands.
    pub patient: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            site: Duration::from_secs(90),
            page: Duration::from_secs(15),
            connect: Duration::from_secs(10),
            dns: Duration::from_secs(5),
            body_bytes: 2 * 1024 * 1024,
            site_bytes: 16 * 1024 * 1024,
            requests: 40,
            hops: 8,
            retry_pause: Duration::from_secs(1),
            retry_after: Duration::from_secs(10),
            tries: 2,
            patient: false,
        }
    }
}

impl Budget {
    /// For one visit to a home page: one try, the whole 15 s given to whatever step needs them, the beginning of the page
    /// only. The look as a whole gets longer, so that its end is never mistaken for the site's.
    pub fn visit() -> Self {
        Budget {
            site: Duration::from_secs(60),
            dns: Duration::from_secs(15),
            connect: Duration::from_secs(5),
            body_bytes: 64 * 1024,
            requests: 12,
            tries: 1,
            patient: true,
            ..Budget::default()
        }
    }
}

/// Why no fetcher could be made: act on the settings.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// `requests_per_second` is not a positive number.
    #[error("requests per second must be a positive number, found {0}")]
    Rate(f64),
    /// A limit that must be at least 1 is 0.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// A trust root is not a readable certificate.
    #[error("read trust root: {0}")]
    Root(String),
    /// The TLS library refused its own configuration: a fault of this program.
    #[error("set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Certificates of a PEM file, for [`Settings::trust_roots`].
pub fn roots_from_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let roots: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|e| SetupError::Root(e.to_string()))?;
    if roots.is_empty() {
        return Err(SetupError::Root("no certificate in the file".to_owned()));
    }
    for root in &roots {
        rustls::RootCertStore::empty().add(root.clone()).map_err(|e| SetupError::Root(e.to_string()))?;
    }
    Ok(roots)
}
