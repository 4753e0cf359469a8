//! The recording verifier: the handshake goes on, the verdicts are written down, all of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Name};

use crate::evidence::{CertFacts, CertFault, CertNote};

use super::facts::{self, Read};

/// Certificates read of one chain; more are not looked at.
const CHAIN: usize = 10;
/// Chains remembered, some 4 KB each.
const REMEMBERED: usize = 1024;

/// Trust shared by all verifiers.
#[derive(Debug)]
pub(super) struct Authority {
    roots: RootCertStore,
    provider: Arc<CryptoProvider>,
    /// Organisations that own a trusted root, lower case.
    organisations: HashSet<String>,
    /// Chains judged before, by digest: sites of one platform share certificates, and the second look of a run shows the
    /// same one again. Only what the chain and the calendar decide is kept; the name is always asked anew.
    judged: Mutex<HashMap<[u8; 32], Arc<Judged>>>,
}

/// What a chain says by itself.
#[derive(Debug)]
struct Judged {
    chain: Vec<CertFacts>,
    faults: BTreeSet<CertFault>,
    missing_issuer: Option<String>,
    notes: BTreeSet<CertNote>,
    /// The leaf could be read.
    read: bool,
    /// Between these moments no certificate of the chain begins or ends, so the faults are the same.
    from: Timestamp,
    until: Timestamp,
}

/// What one handshake showed.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) chain: Vec<CertFacts>,
    pub(super) faults: Vec<CertFault>,
    pub(super) missing_issuer: Option<String>,
    pub(super) notes: Vec<CertNote>,
    pub(super) judged: bool,
}

/// Verifier of one handshake.
#[derive(Debug)]
pub(super) struct Recorder {
    authority: Arc<Authority>,
    now: Timestamp,
    verdict: Mutex<Option<Verdict>>,
    asked: AtomicBool,
}

/// Verifier of pooled connections: judges nothing.
#[derive(Debug)]
pub(super) struct Unjudged(Arc<Authority>);

impl Authority {
    pub(super) fn new(roots: RootCertStore, provider: Arc<CryptoProvider>) -> Self {
        let organisations = roots
            .roots
            .iter()
            .filter_map(|anchor| {
                // An anchor's subject comes without its outer SEQUENCE.
                let body = anchor.subject.as_ref();
                let mut der = vec![0x30];
                match body.len() {
                    n @ 0..=127 => der.push(n as u8),
                    n @ 128..=255 => der.extend([0x81, n as u8]),
                    n => der.extend([0x82, (n >> 8) as u8, n as u8]),
                }
                der.extend(body);
                let (_, name) = X509Name::from_der(&der).ok()?;
                facts::organisation(&name)
            })
            .collect();
        Authority { roots, provider, organisations, judged: Mutex::default() }
    }

    pub(super) fn provider(&self) -> &CryptoProvider {
        &self.provider
    }

    pub(super) fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: Timestamp,
    ) -> Verdict {
        let judged = self.chain(leaf, rest, now);
        let mut faults = judged.faults.clone();
        if let Ok(parsed) = ParsedCertificate::try_from(leaf)
            && verify_server_name(&parsed, name).is_err()
        {
            faults.insert(CertFault::WrongHost);
        }
        let mut chain = judged.chain.clone();
        if !faults.is_empty() {
            for (facts, der) in chain.iter_mut().zip(std::iter::once(leaf).chain(rest)) {
                facts.der.get_or_insert_with(|| data_encoding::BASE64.encode(der));
            }
        }
        Verdict {
            chain,
            faults: faults.into_iter().collect(),
            missing_issuer: judged.missing_issuer.clone(),
            notes: judged.notes.iter().copied().collect(),
            judged: judged.read,
        }
    }

    fn chain(&self, leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>], now: Timestamp) -> Arc<Judged> {
        let mut digest = Sha256::new();
        for der in std::iter::once(leaf).chain(rest) {
            digest.update(der.len().to_be_bytes());
            digest.update(der);
        }
        let key: [u8; 32] = digest.finalize().into();
        let known = lock(&self.judged).get(&key).cloned();
        if let Some(known) = known.filter(|k| k.from < now && now < k.until) {
            return known;
        }
        let fresh = Arc::new(self.judge_chain(leaf, rest, now));
        let mut judged = lock(&self.judged);
        if judged.len() >= REMEMBERED {
            judged.clear();
        }
        judged.insert(key, fresh.clone());
        fresh
    }

    fn judge_chain(&self, leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>], now: Timestamp) -> Judged {
        let presented = std::iter::once(leaf).chain(rest).take(CHAIN);
        let reads: Vec<Option<Read>> = presented.enumerate().map(|(nth, der)| facts::read(der, nth == 0)).collect();
        let mut faults = BTreeSet::new();
        match (ParsedCertificate::try_from(leaf), &reads[0]) {
            (Ok(parsed), Some(read)) => self.trust(&parsed, read, rest, &reads, now, &mut faults),
            // webpki refuses what its authors no longer want to read (version 1, no extensions); the dates still count.
            (Err(_), Some(read)) => {
                faults.insert(if read.is_self_issued() { CertFault::SelfSigned } else { CertFault::Malformed });
                faults.extend(time_fault(read, now));
            }
            (_, None) => {
                faults.insert(CertFault::Malformed);
            }
        }
        for (nth, read) in reads.iter().enumerate().filter_map(|(n, r)| Some((n, r.as_ref()?))) {
            // A root's own key and signature are trusted by being in the store, not by their strength.
            if nth == 0 || !read.is_self_issued() {
                faults.extend(read.weak_key.then_some(CertFault::WeakKey));
                faults.extend(read.weak_signature.then_some(CertFault::WeakSignature));
            }
        }
        let (mut from, mut until) = (Timestamp::MIN, Timestamp::MAX);
        for bound in reads.iter().flatten().flat_map(|r| [r.facts.not_before, r.facts.not_after]) {
            if bound <= now {
                from = from.max(bound);
            } else {
                until = until.min(bound);
            }
        }
        let read = reads[0].is_some();
        let missing_issuer = faults.contains(&CertFault::IncompleteChain).then(|| top_of(&reads)).flatten();
        let missing_issuer = missing_issuer.map(|top| top.facts.issuer.clone());
        let notes = notes(&reads);
        // An unreadable certificate ends the list: what follows could not be told apart by position.
        let chain = reads.into_iter().map_while(|r| r.map(|r| r.facts)).collect();
        Judged { chain, faults, missing_issuer, notes, read, from, until }
    }

    /// Whether a path to a trusted root exists, asked apart from the calendar.
    fn trust(
        &self,
        leaf: &ParsedCertificate<'_>,
        read: &Read,
        rest: &[CertificateDer<'_>],
        reads: &[Option<Read>],
        now: Timestamp,
        faults: &mut BTreeSet<CertFault>,
    ) {
        let algorithms = self.provider.signature_verification_algorithms.all;
        let path =
            |at: Timestamp| verify_server_cert_signed_by_trust_anchor(leaf, &self.roots, rest, unix(at), algorithms);
        let mut result = path(now);
        let leaf_time = time_fault(read, now);
        faults.extend(leaf_time);
        if let Err(Error::InvalidCertificate(error)) = &result
            && let Some(by_path) = calendar_fault(error)
        {
            // A leaf in time on a path out of time: the intermediate has run out. Browsers say the same word for it.
            if leaf_time.is_none() {
                faults.insert(by_path);
            }
            result = match common_moment(reads) {
                Some(moment) => path(moment),
                None => return,
            };
        }
        let Err(error) = result else { return };
        let Error::InvalidCertificate(error) = error else {
            faults.insert(CertFault::Malformed);
            return;
        };
        if calendar_fault(&error).is_some() {
            return;
        }
        // A chain signed by broken means cannot be followed; the weakness itself is the finding.
        if reads.iter().flatten().any(|r| r.weak_signature || r.weak_key) {
            if read.is_self_issued() {
                faults.insert(CertFault::SelfSigned);
            }
            return;
        }
        if read.is_self_issued() {
            faults.insert(CertFault::SelfSigned);
            return;
        }
        faults.insert(match error {
            CertificateError::UnknownIssuer => self.why_unknown(reads),
            CertificateError::BadSignature => CertFault::UntrustedRoot,
            _ => CertFault::Malformed,
        });
    }

    /// "Unknown issuer" has three causes. Servers never have to send the root, so a chain that stops below one can mean
    /// either: an authority nobody trusts, or a trusted one whose intermediate was forgotten. The second is only said with
    /// evidence: marks that only public authorities set, or an issuer of an organisation that owns a trusted root.
    fn why_unknown(&self, reads: &[Option<Read>]) -> CertFault {
        let Some(top) = top_of(reads) else { return CertFault::UntrustedRoot };
        let known = top.issuer_organisation.as_ref().is_some_and(|o| self.organisations.contains(o));
        let public = reads[0].as_ref().is_some_and(|leaf| leaf.public);
        if !top.is_self_issued() && (public || known) { CertFault::IncompleteChain } else { CertFault::UntrustedRoot }
    }
}

/// The last certificate of the path that can be built from those presented.
fn top_of(reads: &[Option<Read>]) -> Option<&Read> {
    let mut top = reads[0].as_ref();
    let mut seen = HashSet::new();
    while let Some(current) = top.filter(|c| !c.is_self_issued() && seen.insert(c.facts.sha256.clone())) {
        match reads.iter().flatten().find(|r| r.subject == current.issuer && r.facts.sha256 != current.facts.sha256) {
            Some(issuer) => top = Some(issuer),
            None => break,
        }
    }
    top
}

fn notes(reads: &[Option<Read>]) -> BTreeSet<CertNote> {
    let read: Vec<&Read> = reads.iter().flatten().collect();
    let stray = |pair: &[&Read]| !pair[0].is_self_issued() && pair[0].issuer != pair[1].subject;
    let mut notes = BTreeSet::new();
    notes.extend(read.windows(2).any(stray).then_some(CertNote::OutOfOrder));
    let nameless = read.first().is_some_and(|leaf| leaf.facts.names_total == 0 && leaf.facts.subject.contains("CN="));
    notes.extend(nameless.then_some(CertNote::CommonNameOnly));
    notes
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
}

fn time_fault(read: &Read, now: Timestamp) -> Option<CertFault> {
    if now > read.facts.not_after {
        Some(CertFault::Expired)
    } else if now < read.facts.not_before {
        Some(CertFault::NotYetValid)
    } else {
        None
    }
}

fn calendar_fault(error: &CertificateError) -> Option<CertFault> {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Some(CertFault::Expired),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Some(CertFault::NotYetValid),
        _ => None,
    }
}

/// A moment at which every presented certificate was valid.
fn common_moment(reads: &[Option<Read>]) -> Option<Timestamp> {
    let facts = || reads.iter().flatten().map(|r| &r.facts);
    let from = facts().map(|f| f.not_before).max()?;
    let until = facts().map(|f| f.not_after).min()?;
    (from <= until).then_some(from)
}

impl Recorder {
    pub(super) fn new(authority: Arc<Authority>, now: Timestamp) -> Self {
        Recorder { authority, now, verdict: Mutex::new(None), asked: AtomicBool::new(false) }
    }

    pub(super) fn take(&self) -> Option<Verdict> {
        lock(&self.verdict).take()
    }

    pub(super) fn asked_for_certificate(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// A signature that does not verify ends the handshake, unless the key is one our library is too strict to use.
    fn lenient(&self, checked: Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
        checked.or_else(|error| {
            let verdict = lock(&self.verdict);
            let excused = verdict.as_ref().is_some_and(|v| {
                v.faults.iter().any(|f| matches!(f, CertFault::WeakKey | CertFault::Malformed | CertFault::SelfSigned))
            });
            if excused { Ok(HandshakeSignatureValid::assertion()) } else { Err(error) }
        })
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut verdict = self.authority.judge(end_entity, intermediates, server_name, self.now);
        verdict.notes.extend((!ocsp_response.is_empty()).then_some(CertNote::Stapled));
        *lock(&self.verdict) = Some(verdict);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.authority.provider.signature_verification_algorithms;
        self.lenient(verify_tls12_signature(message, cert, dss, algorithms))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.authority.provider.signature_verification_algorithms;
        self.lenient(verify_tls13_signature(message, cert, dss, algorithms))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authority.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        // Otherwise the library would not ask us, and we would not learn that the server asked.
        true
    }
}

impl Unjudged {
    pub(super) fn new(authority: &Arc<Authority>) -> Self {
        Unjudged(authority.clone())
    }
}

impl ServerCertVerifier for Unjudged {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.provider.signature_verification_algorithms.supported_schemes()
    }
}
