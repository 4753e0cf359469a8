//! The city's certificate authority, its good certificates, and the faulty ones.
//!
//! All leaves share one key: generating keys is the only dear part, and no check looks at key reuse.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};

use super::DemoError;
use super::manner::Tls;
/// A certificate that can sign others.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

/// Makes and keeps server configurations, one per certificate.
pub struct Pki {
    start: Date,
    provider: Arc<CryptoProvider>,
    root: Authority,
    intermediate: Authority,
    foreign_root: Authority,
    foreign_intermediate: Authority,
    leaf_key: KeyPair,
    signer: Arc<dyn SigningKey>,
    made: Mutex<HashMap<(Tls, String), Arc<ServerConfig>>>,
}

impl Pki {
    /// `start`: the city's first day; all validity periods are counted from it.
    pub fn new(start: Timestamp) -> Result<Self, DemoError> {
        // Not the local date: a day counted from the start must lie on the same side of a limit at any hour.
        let start = start.to_zoned(TimeZone::UTC).date();
        let root = authority("云岭演示根证书", None, start)?;
        let intermediate = authority("云岭演示中间证书", Some(&root), start)?;
        let foreign_root = authority("不受信任的演示根证书", None, start)?;
        let foreign_intermediate = authority("不受信任的演示中间证书", Some(&foreign_root), start)?;
        let leaf_key = key()?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        let signer = ring::sign::any_ecdsa_type(&der)?;
        Ok(Pki {
            start,
            provider: Arc::new(ring::default_provider()),
            root,
            intermediate,
            foreign_root,
            foreign_intermediate,
            leaf_key,
            signer,
            made: Mutex::new(HashMap::new()),
        })
    }

    /// The root to be trusted, PEM.
    pub fn root_pem(&self) -> &str {
        &self.root.pem
    }

    /// What to serve to a client that asks for `host`.
    pub fn config(&self, tls: Tls, host: &str) -> Result<Arc<ServerConfig>, DemoError> {
        // Good certificates are made for all hosts below one name, as on a shared platform.
        let parent = host.split_once('.').map_or(host, |(_, parent)| parent);
        let key = match tls {
            Tls::Good | Tls::Old | Tls::ResetOnce => (tls, parent.to_owned()),
            _ => (tls, host.to_owned()),
        };
        if let Some(made) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(made));
        }
        let wide = vec![format!("*.{parent}"), parent.to_owned()];
        let own = vec![host.to_owned()];
        let elsewhere = vec!["*.yunling-hosting.com".to_owned(), "yunling-hosting.com".to_owned()];
        let chain = match tls {
            Tls::Expired => self.chain(own, -400, -35)?,
            Tls::Expiring => self.chain(own, -355, 10)?,
            Tls::NotYetValid => self.chain(own, 200, 560)?,
            Tls::WrongHost => self.chain(elsewhere, -30, 335)?,
            Tls::ExpiredWrongHost => self.chain(elsewhere, -400, -35)?,
            Tls::SelfSigned => vec![self.params(own, -30, 335)?.self_signed(&self.leaf_key)?.der().clone()],
            Tls::Untrusted => {
                let leaf = self.params(own, -30, 335)?.signed_by(&self.leaf_key, &self.foreign_intermediate.issuer)?;
                vec![leaf.der().clone(), self.foreign_intermediate.der.clone(), self.foreign_root.der.clone()]
            }
            Tls::Incomplete => {
                let mut chain = self.chain(own, -30, 335)?;
                chain.truncate(1);
                chain
            }
            _ => self.chain(wide, -30, 335)?,
        };
        let versions = if tls == Tls::Old { &[&TLS12][..] } else { &[&TLS13, &TLS12][..] };
        let certified = CertifiedKey::new(chain, Arc::clone(&self.signer));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Nobody comes back within a session, and tickets would cost every handshake.
        config.send_tls13_tickets = 0;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        let config = Arc::new(config);
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&config));
        Ok(config)
    }

    /// What servers of canned bytes show of themselves: one certificate, or the two of TLCP (GB/T 38636-2020 §6.4.5.4).
    pub(super) fn presented(&self, tls: Tls, host: &str) -> Result<Vec<Vec<u8>>, DemoError> {
        let count = match tls {
            Tls::National => 2,
            Tls::Ancient | Tls::RsaCbc | Tls::NoRenegotiation | Tls::WeakDh => 1,
            _ => return Ok(Vec::new()),
        };
        let leaf = || Ok(self.chain(vec![host.to_owned()], -30, 335)?.swap_remove(0).to_vec());
        (0..count).map(|_| leaf()).collect()
    }

    /// A leaf for `names`, valid between these days counted from the first, with its intermediate.
    fn chain(&self, names: Vec<String>, from: i32, to: i32) -> Result<Vec<CertificateDer<'static>>, DemoError> {
        let leaf = self.params(names, from, to)?.signed_by(&self.leaf_key, &self.intermediate.issuer)?;
        Ok(vec![leaf.der().clone(), self.intermediate.der.clone()])
    }

    fn params(&self, names: Vec<String>, from: i32, to: i32) -> Result<CertificateParams, DemoError> {
        let subject = names.first().cloned().unwrap_or_default();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, subject);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        period(&mut params, self.start, from, to);
        Ok(params)
    }
}

fn key() -> Result<KeyPair, DemoError> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?)
}

fn period(params: &mut CertificateParams, start: Date, from: i32, to: i32) {
    let at = |days: i32| {
        let day = start.saturating_add(jiff::Span::new().days(days));
        date_time_ymd(i32::from(day.year()), day.month().unsigned_abs(), day.day().unsigned_abs())
    };
    params.not_before = at(from);
    params.not_after = at(to);
}

fn authority(name: &str, above: Option<&Authority>, start: Date) -> Result<Authority, DemoError> {
    let key = key()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "云岭市演示认证中心");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    period(&mut params, start, -3650, 3650);
    let certificate = match above {
        Some(above) => {
            params.use_authority_key_identifier_extension = true;
            params.signed_by(&key, &above.issuer)?
        }
        None => params.self_signed(&key)?,
    };
    Ok(Authority { der: certificate.der().clone(), pem: certificate.pem(), issuer: Issuer::new(params, key) })
}
