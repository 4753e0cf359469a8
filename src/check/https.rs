//! Kind `https`: whether encrypted access is offered and enforced.

use serde::Deserialize;
use url::Url;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Cause, Failure, Fetch, Home, Needs, Purpose, Reason, SiteFacts, Stage, Undetermined};
use crate::facts;

/// Parameters of `[check.https]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Https {
    pub aspect: HttpsAspect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpsAspect {
    /// No https at all.
    Missing,
    /// https works, but plain http serves pages without leading there.
    PlainOpen,
    /// The home page over https does not ask browsers to stay there (RFC 6797).
    NoHsts,
}

/// What one scheme offers a visitor.
enum Offer {
    /// Pages over https (directly or by redirect).
    Encrypted,
    /// Pages over plain http.
    Plain,
    /// Nobody there, or nothing usable.
    Nothing(Fact),
    Unknown(Undetermined),
}

impl Check for Https {
    const FACTS: &'static [&'static str] = &["host", "answer"];

    fn needs(&self) -> Needs {
        Needs { other_scheme: self.aspect != HttpsAspect::NoHsts, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let host = look::home_host(site);
        let subject = Subject::host(&host);
        let home = home_offer(site);
        let other = match site.evidence.fetch(Purpose::OtherScheme) {
            Some(fetch) => fetch_offer(site, fetch),
            None => Offer::Unknown(Undetermined::new(Reason::NotLooked, "")),
        };
        let seen =
            Seen::one(Location::at(site.evidence.fetch(Purpose::OtherScheme).map_or(host.as_str(), Fetch::asked)));
        let fail = |answer: Fact| {
            Judgement::fail(subject.clone(), seen.clone(), facts! { "host" => host.as_str(), "answer" => answer })
        };
        let asked_https = look::registered(site).is_some_and(|u| u.scheme() == "https");
        vec![match (self.aspect, home, other) {
            (HttpsAspect::NoHsts, home, _) => hsts(site, &host, subject, home),
            (HttpsAspect::Missing, Offer::Encrypted, _) => Judgement::pass(subject, seen),
            (HttpsAspect::Missing, Offer::Plain, Offer::Encrypted) => Judgement::pass(subject, seen),
            (HttpsAspect::Missing, Offer::Plain, Offer::Nothing(answer)) => fail(answer),
            (HttpsAspect::Missing, Offer::Plain, Offer::Plain) => fail(Fact::from("http")),
            (_, Offer::Plain | Offer::Encrypted, Offer::Unknown(why)) => Judgement::undetermined(subject, why),
            (HttpsAspect::PlainOpen, Offer::Plain, Offer::Encrypted) => fail(Fact::from("http")),
            (HttpsAspect::PlainOpen, Offer::Encrypted, Offer::Plain) if asked_https => fail(Fact::from("http")),
            (HttpsAspect::PlainOpen, Offer::Encrypted, _) => Judgement::pass(subject, seen),
            // Without https there is nowhere to lead to.
            (HttpsAspect::PlainOpen, Offer::Plain, _) => Judgement::not_applicable(subject, NotApplicable::Absent),
            (_, Offer::Unknown(why), _) => Judgement::undetermined(subject, why),
            (_, Offer::Nothing(_), _) => {
                Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, host.as_str()))
            }
        }]
    }
}

/// Strict-Transport-Security of the home page; `max-age=0` takes it back.
fn hsts(site: &SiteFacts<'_>, host: &str, subject: Subject, home: Offer) -> Judgement {
    let Some(last) = site.evidence.fetch(Purpose::Home).map(Fetch::last) else {
        return Judgement::undetermined(subject, site.home_missing());
    };
    // A page elsewhere speaks for the host it stands on.
    if let Err(why) = look::own_page(site) {
        return Judgement::undetermined(subject, why);
    }
    let faulty = last.tls.and_then(|i| site.evidence.tls.get(i)).is_none_or(|t| !t.faults.is_empty());
    match home {
        Offer::Unknown(why) => Judgement::undetermined(subject, why),
        // Browsers ignore the header where the certificate is not good.
        Offer::Encrypted if faulty => Judgement::not_applicable(subject, NotApplicable::Absent),
        Offer::Encrypted => {
            let value = last.header("strict-transport-security").unwrap_or_default();
            let folded: String =
                value.chars().filter(|c| !matches!(c, ' ' | '"')).collect::<String>().to_ascii_lowercase();
            let age = folded.split(';').find_map(|part| part.strip_prefix("max-age=")?.parse::<u64>().ok());
            let seen = Seen::one(Location::at(&last.url).quote(value));
            match age {
                Some(1..) => Judgement::pass(subject, seen),
                _ => Judgement::fail(subject, seen, facts! { "host" => host, "answer" => value }),
            }
        }
        Offer::Plain | Offer::Nothing(_) => Judgement::not_applicable(subject, NotApplicable::NoSuchThing),
    }
}

fn home_offer(site: &SiteFacts<'_>) -> Offer {
    if let Some(failure) = &site.around {
        return Offer::Unknown(Undetermined::from_failure(failure));
    }
    match (&site.home, look::landed(site)) {
        (Home::Page(_), Some(url)) if url.scheme() == "https" => Offer::Encrypted,
        (Home::Page(_), Some(_)) => Offer::Plain,
        _ => Offer::Unknown(site.home_missing()),
    }
}

fn fetch_offer(site: &SiteFacts<'_>, fetch: &Fetch) -> Offer {
    let last = fetch.last();
    let https = Url::parse(&last.url).is_ok_and(|u| u.scheme() == "https");
    // A redirect that was recorded but not followed counts by where it points.
    let pointed = last.header("location").filter(|_| last.status.is_some_and(|s| (300..400).contains(&s)));
    let https = pointed.map_or(https, |l| {
        Url::parse(&last.url).and_then(|base| base.join(l)).map_or(https, |u| u.scheme() == "https")
    });
    if let Some(failure) = fetch.failure() {
        return failed_offer(failure, https);
    }
    match fetch.answered() {
        Some((200..=399, _)) if https => match last.tls.and_then(|i| site.evidence.tls.get(i)) {
            // A default certificate of the platform: visitors are warned off, so this is no offer, and no fault either.
            Some(tls) if !tls.faults.is_empty() => Offer::Nothing(Fact::label("fault", tls.faults[0].key())),
            _ => Offer::Encrypted,
        },
        Some((200..=399, _)) => Offer::Plain,
        Some((status @ (404 | 410 | 500..=599), _)) => Offer::Nothing(Fact::from(format!("HTTP {status}"))),
        Some((status, _)) => Offer::Unknown(Undetermined::new(Reason::Blocked, format!("http_{status}"))),
        None => Offer::Unknown(Undetermined::new(Reason::NotLooked, "")),
    }
}

fn failed_offer(failure: &Failure, https: bool) -> Offer {
    let nothing = Offer::Nothing(Fact::label("cause", failure.cause.key()));
    match failure.cause {
        _ if failure.cause.is_own_side() => Offer::Unknown(Undetermined::from_failure(failure)),
        // Encrypted, only not for us.
        Cause::TlsNationalCrypto
        | Cause::TlsVersionUnsupported
        | Cause::TlsNoSharedCipher
        | Cause::TlsClientCertificate
            if https =>
        {
            Offer::Encrypted
        }
        Cause::TlsNotTls => nothing,
        _ if failure.stage == Stage::Tcp => nothing,
        _ => Offer::Unknown(Undetermined::from_failure(failure)),
    }
}
