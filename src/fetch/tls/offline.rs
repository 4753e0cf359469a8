//! What servers sent, read again from bytes: no connection, no clock. The fuzz targets come in here.

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::evidence::hello::{HelloAnswer, Offer};
use crate::evidence::{CertFacts, CertFault};
use crate::fetch::settings::SetupError;

use super::Tls;
use super::flight::Flight;

/// The answer to the question `offer` as `pieces` bring it, one network read each; [`HelloAnswer::Closed`] when they end before
/// there is one.
pub fn read_answer<'p>(offer: Offer, pieces: impl IntoIterator<Item = &'p [u8]>) -> HelloAnswer {
    let mut flight = Flight::new(offer);
    let answer = pieces.into_iter().find_map(|piece| flight.feed(piece));
    answer.unwrap_or_else(|| flight.end(HelloAnswer::Closed))
}

/// Judges stored chains under the public roots.
pub struct ChainReader(Tls);

impl ChainReader {
    /// # Errors
    /// [`SetupError::Tls`]: a fault of this program.
    pub fn new() -> Result<Self, SetupError> {
        Ok(ChainReader(Tls::new(&[])?))
    }

    /// What the certificates of `chain` (DER, the site's own first) say, and every fault of theirs for `host` at `at`; `None`
    /// without a certificate or with a `host` that no certificate can name.
    pub fn judge(&self, chain: &[&[u8]], host: &str, at: Timestamp) -> Option<(Vec<CertFacts>, Vec<CertFault>)> {
        let ders: Vec<CertificateDer<'_>> = chain.iter().map(|der| CertificateDer::from(*der)).collect();
        let (leaf, rest) = ders.split_first()?;
        let name = ServerName::try_from(host).ok()?;
        let verdict = self.0.authority.judge(leaf, rest, &name, at);
        Some((verdict.chain, verdict.faults))
    }
}
