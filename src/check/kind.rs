//! The one list of kinds, and what every kind provides.

use serde::{Deserialize, Deserializer};

use super::address_scope::AddressScope;
use super::alias_target::AliasTarget;
use super::availability::Availability;
use super::badge_form::BadgeForm;
use super::blocked::Blocked;
use super::certificate::{Certificate, CertificateExpiry};
use super::closed_site::ClosedSite;
use super::code_agreement::CodeAgreement;
use super::copied_footer::CopiedFooter;
use super::dead_link::DeadLink;
use super::delegation::Delegation;
use super::dns_record::DnsRecord;
use super::filed_period::FiledPeriod;
use super::further_name::FurtherName;
use super::header::Header;
use super::hidden_link::HiddenLink;
use super::home_entry::HomeEntry;
use super::home_freshness::HomeFreshness;
use super::home_standing::HomeStanding;
use super::host_name::HostName;
use super::https::Https;
use super::idle_name::IdleName;
use super::inner_mark::InnerMark;
use super::inner_value::InnerValue;
use super::institution::Institution;
use super::ipv6_claim::Ipv6Claim;
use super::link::Link;
use super::mark_link::MarkLink;
use super::mark_present::MarkPresent;
use super::meta::Meta;
use super::migration::Migration;
use super::mixed_content::MixedContent;
use super::name_servers::NameServers;
use super::number_form::NumberForm;
use super::number_pattern::NumberPattern;
use super::outage::Outage;
use super::outside_name::OutsideName;
use super::page_text::PageText;
use super::personal_number::PersonalNumber;
use super::province_agreement::ProvinceAgreement;
use super::reachable::Reachable;
use super::register_match::RegisterMatch;
use super::successor::Successor;
use super::taken_over::TakenOver;
use super::tls_offer::TlsOffer;
use super::unfiled::Unfiled;
use super::{Judgement, Platforms};
use crate::evidence::{Needs, SiteFacts};

/// What a kind of check provides. Implementations are pure.
pub trait Check {
    /// Names of the facts a violation supplies to the rule's templates.
    const FACTS: &'static [&'static str];

    /// Evidence the crawl must collect for this check.
    fn needs(&self) -> Needs;

    /// Takes over what the rule set knows of platforms of the state.
    fn know(&mut self, _platforms: &Platforms) {}

    /// At least one judgement for every site.
    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement>;
}

/// A compiled regular expression of a rule file.
#[derive(Debug, Clone)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// The first match in `text`.
    pub fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.find(text).map(|m| m.as_str())
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    pub fn regex(&self) -> &regex::Regex {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        regex::RegexBuilder::new(&text)
            .size_limit(1 << 20)
            .build()
            .map(Pattern)
            .map_err(|e| serde::de::Error::custom(format!("invalid pattern: {e}")))
    }
}

/// Makes the enum of kinds, its names in TOML and the dispatch from one list.
macro_rules! kinds {
    ($($name:literal => $variant:ident),+ $(,)?) => {
        /// A kind of check with its parameters, externally tagged in rule files: `[check.<kind>]`.
        #[derive(Debug, Clone, Deserialize)]
        pub enum CheckKind {
            $(#[serde(rename = $name)] $variant($variant),)+
        }

        impl CheckKind {
            /// Names of all kinds, as written in rule files.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            pub fn name(&self) -> &'static str {
                match self { $(CheckKind::$variant(_) => $name,)+ }
            }

            /// Names of the facts this kind supplies to templates.
            pub fn fact_names(&self) -> &'static [&'static str] {
                match self { $(CheckKind::$variant(_) => <$variant as Check>::FACTS,)+ }
            }

            pub fn needs(&self) -> Needs {
                match self { $(CheckKind::$variant(check) => check.needs(),)+ }
            }

            pub fn know(&mut self, platforms: &Platforms) {
                match self { $(CheckKind::$variant(check) => check.know(platforms),)+ }
            }

            pub fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
                match self { $(CheckKind::$variant(check) => check.evaluate(site),)+ }
            }
        }
    };
}

kinds! {
    // marks of the home page
    "mark_present" => MarkPresent,
    "number_form" => NumberForm,
    "register_match" => RegisterMatch,
    "mark_link" => MarkLink,
    "badge_form" => BadgeForm,
    "code_agreement" => CodeAgreement,
    "copied_footer" => CopiedFooter,
    "province_agreement" => ProvinceAgreement,
    "home_entry" => HomeEntry,
    "home_freshness" => HomeFreshness,
    "ipv6_claim" => Ipv6Claim,
    // marks of the other templates
    "inner_mark" => InnerMark,
    "inner_value" => InnerValue,
    // names
    "host_name" => HostName,
    "idle_name" => IdleName,
    "further_name" => FurtherName,
    "outside_name" => OutsideName,
    "institution" => Institution,
    "address_scope" => AddressScope,
    "alias_target" => AliasTarget,
    "name_servers" => NameServers,
    "delegation" => Delegation,
    // opening the page
    "reachable" => Reachable,
    "closed_site" => ClosedSite,
    "home_standing" => HomeStanding,
    "filed_period" => FiledPeriod,
    "successor" => Successor,
    "migration" => Migration,
    "unfiled" => Unfiled,
    // visits over days
    "availability" => Availability,
    "outage" => Outage,
    "blocked" => Blocked,
    // encryption
    "certificate" => Certificate,
    "certificate_expiry" => CertificateExpiry,
    "https" => Https,
    "tls_offer" => TlsOffer,
    "mixed_content" => MixedContent,
    // the pages beside the home page
    "dead_link" => DeadLink,
    "hidden_link" => HiddenLink,
    "taken_over" => TakenOver,
    "personal_number" => PersonalNumber,
    // general: a new rule of these needs no Rust
    "page_text" => PageText,
    "link" => Link,
    "meta" => Meta,
    "header" => Header,
    "number_pattern" => NumberPattern,
    "dns_record" => DnsRecord,
}
