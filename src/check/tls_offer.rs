//! Kind `tls_offer`: which versions, suites and groups the TLS server of the registered address speaks, as far as it was
//! asked by ClientHello.

use serde::Deserialize;

use super::certificate::endpoints;
use super::kind::Check;
use super::{Fact, Facts, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::hello::{Accepted, HelloAnswer, HelloLook, Offer, TlsVersion};
use crate::evidence::{Needs, Reason, SiteFacts, TlsLook, Undetermined};
use crate::facts;

/// Parameters of `[check.tls_offer]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsOffer {
    pub aspect: OfferAspect,
    /// Smallest Diffie-Hellman prime accepted, bits.
    #[serde(default = "least_bits")]
    pub least_bits: u32,
}

fn least_bits() -> u32 {
    2048
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferAspect {
    /// Nothing above TLS 1.1: today's browsers are turned away.
    OnlyWithdrawnVersion,
    /// TLS 1.2, but only with suites that libraries of today refuse (RSA key exchange, CBC, finite-field DHE).
    OnlyOldSuite,
    /// Only national cryptography: information, and a reason to look with a browser that speaks it.
    OnlyNational,
    /// SSL 3.0, TLS 1.0 or TLS 1.1 beside newer versions.
    WithdrawnVersion,
    /// RC4, DES, export, NULL or anonymous suites.
    WeakSuite,
    /// A Diffie-Hellman prime below `least_bits`.
    WeakGroup,
    /// A server of TLS 1.2 or below without RFC 5746.
    Renegotiation,
    /// National cryptography beside the international: information.
    National,
}

impl OfferAspect {
    fn class(self) -> &'static str {
        match self {
            OfferAspect::OnlyWithdrawnVersion => "only_withdrawn_version",
            OfferAspect::OnlyOldSuite => "only_old_suite",
            OfferAspect::OnlyNational => "only_national",
            OfferAspect::WithdrawnVersion => "withdrawn_version",
            OfferAspect::WeakSuite => "weak_suite",
            OfferAspect::WeakGroup => "weak_group",
            OfferAspect::Renegotiation => "renegotiation",
            OfferAspect::National => "national",
        }
    }

    /// Answered by the ordinary handshake, or by the questions that follow a failed one.
    fn is_daily(self) -> bool {
        matches!(self, OfferAspect::OnlyWithdrawnVersion | OfferAspect::OnlyOldSuite | OfferAspect::OnlyNational)
    }
}

impl Check for TlsOffer {
    const FACTS: &'static [&'static str] = &["host", "port", "version", "versions", "suite", "bits"];

    fn needs(&self) -> Needs {
        Needs { tls_survey: !self.aspect.is_daily(), ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let found = endpoints(site);
        if found.is_empty() {
            let subject = Subject::endpoint(&look::home_host(site), 443, self.aspect.class());
            return vec![Judgement::not_applicable(subject, NotApplicable::NoSuchThing)];
        }
        found.into_iter().map(|(host, port, ordinary)| self.endpoint(site, &host, port, ordinary)).collect()
    }
}

/// Questions that must end alike before an ended connection counts as a no.
const CLOSES: usize = 3;

/// internal_error (RFC 8446 §6.2).
const INTERNAL_ERROR: HelloAnswer = HelloAnswer::Alert(80);

/// What was heard at one endpoint.
struct Heard<'a> {
    all: Vec<&'a HelloLook>,
    ordinary: Option<&'a TlsLook>,
}

impl<'a> Heard<'a> {
    fn accepted(&self) -> impl Iterator<Item = &'a Accepted> {
        self.all.iter().filter_map(|h| h.answer.accepted())
    }

    fn answer(&self, offer: Offer) -> Option<&'a HelloAnswer> {
        self.all.iter().find(|h| h.offer == offer).map(|h| &h.answer)
    }

    /// Whether the server says no by ending the connection, as some do that send no alerts: it ended at least three different
    /// questions in one and the same way, gave no other answer to any, and afterwards accepted an ordinary one. The last rules
    /// out that something on the way, or the server itself, had had enough of us.
    fn refuses_by(&self) -> Option<&'a HelloAnswer> {
        let asked = || self.all.iter().filter(|h| h.nth > 0);
        let endings: Vec<&HelloLook> = asked().filter(|h| h.answer.is_ending()).copied().collect();
        let last = endings.iter().map(|h| h.nth).max()?;
        let first = &endings[0].answer;
        let always = asked().all(|h| h.answer.accepted().is_some() || h.answer == *first);
        (endings.len() >= CLOSES && always && self.is_willing_after(last)).then_some(first)
    }

    /// Whether the server went on to accept a question later than the `nth`.
    fn is_willing_after(&self, nth: u32) -> bool {
        self.all.iter().any(|h| h.nth > nth && h.answer.accepted().is_some())
    }

    /// Whether the server said no to `offer`. Beside a proper refusal two more manners are one, each only where the server goes on
    /// to talk. Stacks that know nothing of TLCP find no TLS in its record and simply close (OpenSSL). And a version that is
    /// switched on but shares no signature any more ends in an internal error, always (nginx over OpenSSL 3); twice is always.
    fn is_refused(&self, offer: Offer) -> bool {
        let Some(look) = self.all.iter().find(|h| h.offer == offer) else { return false };
        let internal = || self.all.iter().filter(|h| h.nth > 0 && h.answer == INTERNAL_ERROR);
        look.answer.is_refusal()
            || self.refuses_by() == Some(&look.answer)
            || (offer == Offer::Tlcp && look.answer.is_ending() && self.goes_on_after(look.nth))
            || (look.answer == INTERNAL_ERROR
                && internal().count() > 1
                && internal().map(|h| h.nth).max().is_some_and(|last| self.is_willing_after(last)))
    }

    /// Whether the server answered a question later than the `nth` as a TLS server does.
    fn goes_on_after(&self, nth: u32) -> bool {
        self.all.iter().any(|h| h.nth > nth && (h.answer.accepted().is_some() || h.answer.is_refusal()))
    }

    /// Whether an ordinary handshake was completed.
    fn speaks(&self) -> bool {
        self.ordinary.is_some_and(|t| t.failure.is_none())
    }
}

impl TlsOffer {
    fn endpoint(&self, site: &SiteFacts<'_>, host: &str, port: u16, ordinary: Option<&TlsLook>) -> Judgement {
        let subject = Subject::endpoint(host, port, self.aspect.class());
        let all = site.evidence.hellos.iter().filter(|h| h.host == host && h.port == port).collect();
        let heard = Heard { all, ordinary };
        let seen = Seen::one(Location::at(format!("tls:{host}:{port}")));
        let fail = |accepted: &Accepted, versions: Vec<String>| {
            Judgement::fail(subject.clone(), seen.clone(), told(host, port, accepted, versions))
        };
        let verdict = if self.aspect.is_daily() { self.only(&heard) } else { self.beside(&heard) };
        match verdict {
            Verdict::Pass => Judgement::pass(subject, seen),
            Verdict::Fail(accepted, versions) => fail(accepted, versions),
            Verdict::Absent => Judgement::not_applicable(subject, NotApplicable::Absent),
            Verdict::NotAsked => Judgement::not_applicable(subject, NotApplicable::NotAsked),
            Verdict::Open => Judgement::undetermined(
                subject,
                match ordinary.and_then(|t| t.failure.as_ref()) {
                    Some(failure) => Undetermined::from_failure(failure),
                    None => Undetermined::new(Reason::Dependency, host),
                },
            ),
        }
    }

    /// What the server speaks instead of what everybody speaks.
    fn only<'a>(&self, heard: &Heard<'a>) -> Verdict<'a> {
        if heard.speaks() {
            return Verdict::Pass;
        }
        let Some(accepted) = heard.accepted().next() else { return Verdict::Open };
        let own = if accepted.is_national() {
            OfferAspect::OnlyNational
        } else if accepted.version.is_withdrawn() {
            OfferAspect::OnlyWithdrawnVersion
        } else if accepted.version == TlsVersion::Tls12 && !accepted.is_modern_suite() {
            OfferAspect::OnlyOldSuite
        } else {
            // What everybody speaks, and still our handshake failed: our limit perhaps, not the site's.
            return Verdict::Open;
        };
        match own == self.aspect {
            true => Verdict::Fail(accepted, vec![accepted.version.name().to_owned()]),
            false => Verdict::Absent,
        }
    }

    /// What it speaks beside that.
    fn beside<'a>(&self, heard: &Heard<'a>) -> Verdict<'a> {
        if heard.all.is_empty() {
            return if heard.speaks() { Verdict::NotAsked } else { Verdict::Open };
        }
        let first = |holds: &dyn Fn(&Accepted) -> bool| heard.accepted().find(|a| holds(a));
        let (found, deciding): (Option<&Accepted>, &[Offer]) = match self.aspect {
            OfferAspect::WithdrawnVersion => {
                let old: Vec<&Accepted> = heard.accepted().filter(|a| a.version.is_withdrawn()).collect();
                if !heard.speaks() && !old.is_empty() {
                    return Verdict::Absent;
                }
                if let Some(last) = old.iter().max_by_key(|a| a.version) {
                    let mut versions: Vec<TlsVersion> = old.iter().map(|a| a.version).collect();
                    versions.sort_unstable();
                    versions.dedup();
                    return Verdict::Fail(last, versions.iter().map(|v| v.name().to_owned()).collect());
                }
                (None, &[Offer::Tls10, Offer::Tls11, Offer::Ssl3])
            }
            OfferAspect::WeakSuite => (first(&Accepted::is_weak_suite), &[Offer::WeakSuites]),
            OfferAspect::WeakGroup => (first(&|a| a.dh_bits.is_some_and(|bits| bits < self.least_bits)), &[Offer::Dhe]),
            OfferAspect::Renegotiation => (first(&|a| a.secure_renegotiation == Some(false)), &[Offer::Tls12]),
            _ => (first(&Accepted::is_national), &[Offer::Tlcp, Offer::Rfc8998]),
        };
        match found {
            Some(accepted) => Verdict::Fail(accepted, vec![accepted.version.name().to_owned()]),
            None => self.absence(heard, deciding),
        }
    }

    /// Nothing was found: whether that was really asked and answered.
    fn absence<'a>(&self, heard: &Heard<'a>, deciding: &[Offer]) -> Verdict<'a> {
        if deciding.iter().all(|offer| heard.answer(*offer).is_none()) {
            // Asked after a failure, but not this.
            return Verdict::NotAsked;
        }
        // A prime that could not be read is none that was found strong.
        let accepts_well = |offer: Offer| {
            let accepted = heard.answer(offer).and_then(HelloAnswer::accepted);
            accepted.is_some_and(|a| self.aspect != OfferAspect::WeakGroup || a.dh_bits.is_some())
        };
        let decided = |offer: &Offer| accepts_well(*offer) || heard.is_refused(*offer);
        if deciding.iter().all(decided) { Verdict::Pass } else { Verdict::Open }
    }
}

enum Verdict<'a> {
    Pass,
    /// What the server accepted, and the versions to print.
    Fail(&'a Accepted, Vec<String>),
    /// Another aspect speaks of it.
    Absent,
    NotAsked,
    Open,
}

fn told(host: &str, port: u16, accepted: &Accepted, versions: Vec<String>) -> Facts {
    let bits = accepted.dh_bits.map_or_else(|| Fact::label("value", "absent"), |b| Fact::Number(i64::from(b)));
    facts! {
        "host" => host,
        "port" => Fact::Number(i64::from(port)),
        "version" => accepted.version.name(),
        "versions" => Fact::List(versions),
        "suite" => accepted.suite.as_str(),
        "bits" => bits,
    }
}
