//! `targets.toml` as written: every value optional and with its place, so that presence and sense are judged afterwards and
//! one mistake does not hide the next.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;
use toml::value::Datetime;

pub(super) type Text = Option<Spanned<String>>;
pub(super) type Texts = Vec<Spanned<String>>;
pub(super) type Whole = Option<Spanned<i64>>;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSettings {
    pub(super) name: Text,
    pub(super) region: Text,
    pub(super) vantage: Text,
    pub(super) contact: RawContact,
    pub(super) network: RawNetwork,
    pub(super) politeness: RawPoliteness,
    pub(super) budget: RawBudget,
    pub(super) inner_pages: RawInnerPages,
    pub(super) walk: RawWalk,
    pub(super) render: RawRender,
    pub(super) campaign: Option<RawCampaign>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawCampaign {
    pub(super) title: Text,
    pub(super) document: Text,
    pub(super) report_day: Whole,
    pub(super) overall_report: Option<Spanned<RawDate>>,
    pub(super) rectify_until: Option<Spanned<RawDate>>,
    pub(super) phase: Vec<Spanned<RawPhase>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPhase {
    pub(super) name: Text,
    pub(super) from: Option<Spanned<RawDate>>,
    pub(super) until: Option<Spanned<RawDate>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRender {
    pub(super) mode: Text,
    pub(super) browser: Text,
    pub(super) page_secs: Whole,
    pub(super) tabs: Whole,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawInnerPages {
    pub(super) patrol: Whole,
    pub(super) audit: Whole,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawWalk {
    pub(super) patrol: bool,
    pub(super) pages: Whole,
    pub(super) depth: Whole,
    pub(super) megabytes: Whole,
    pub(super) secs: Whole,
    pub(super) links: Whole,
    pub(super) external: bool,
    pub(super) personal: bool,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawContact {
    pub(super) person: Text,
    pub(super) phone: Text,
    pub(super) office: Text,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawNetwork {
    pub(super) resolvers: Texts,
    pub(super) dns_roots: Texts,
    pub(super) trust_roots: Texts,
    pub(super) ports: BTreeMap<Spanned<String>, Spanned<i64>>,
    pub(super) dial: BTreeMap<Spanned<String>, Spanned<String>>,
    pub(super) allow_private: bool,
    pub(super) canaries: Texts,
    pub(super) agent_contact: Text,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPoliteness {
    pub(super) requests_per_second: Option<Spanned<f64>>,
    pub(super) connections_per_address: Whole,
    pub(super) sites_in_flight: Whole,
    pub(super) robots: Option<bool>,
    pub(super) recheck_after_secs: Whole,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawBudget {
    pub(super) site_secs: Whole,
    pub(super) page_secs: Whole,
    pub(super) connect_secs: Whole,
    pub(super) dns_secs: Whole,
    pub(super) body_bytes: Whole,
    pub(super) requests: Whole,
    pub(super) hops: Whole,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawUnit {
    pub(super) id: Text,
    pub(super) name: Text,
    pub(super) aliases: Texts,
    pub(super) level: Text,
    pub(super) nature: Text,
    pub(super) region: Text,
    pub(super) contact: Text,
    pub(super) phone: Text,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawSite {
    pub(super) id: Text,
    pub(super) name: Text,
    pub(super) url: Text,
    pub(super) class: Text,
    pub(super) status: Text,
    pub(super) status_since: Option<Spanned<RawDate>>,
    pub(super) status_until: Option<Spanned<RawDate>>,
    pub(super) suspended_before: Vec<Spanned<RawDate>>,
    pub(super) sponsor: Text,
    pub(super) supervisor: Text,
    pub(super) undertaker: Text,
    pub(super) site_code: Text,
    pub(super) icp: Text,
    pub(super) psb: Text,
    pub(super) domains: Texts,
    pub(super) idle_domains: Texts,
    pub(super) migrated_to: Text,
    pub(super) former_titles: Texts,
    pub(super) former_urls: Texts,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMedia {
    pub(super) platform: Text,
    pub(super) account: Text,
    pub(super) name: Text,
    pub(super) sponsor: Text,
    pub(super) status: Text,
    pub(super) last_post_on: Option<Spanned<RawDate>>,
    pub(super) checked_on: Option<Spanned<RawDate>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawExemption {
    pub(super) site: Text,
    pub(super) rule: Text,
    pub(super) reason: Text,
    pub(super) until: Option<Spanned<RawDate>>,
}

/// A date, with or without quotes: `2020-05-13` and `"2020-05-13"`.
#[derive(Debug)]
pub(super) struct RawDate(pub(super) String);

impl<'de> Deserialize<'de> for RawDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DateVisitor;

        impl<'de> Visitor<'de> for DateVisitor {
            type Value = RawDate;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date-time")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawDate, E> {
                Ok(RawDate(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawDate, A::Error> {
                let datetime = Datetime::deserialize(MapAccessDeserializer::new(map))
                    .map_err(|_| Error::custom("日期写法有误，应写成 2020-05-13"))?;
                Ok(RawDate(datetime.to_string()))
            }
        }

        deserializer.deserialize_any(DateVisitor)
    }
}
