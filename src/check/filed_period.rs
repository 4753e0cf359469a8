//! Kind `filed_period`: how long and how often a site may be filed as off (国办发〔2017〕47号: 临时下线每年不超过一次、每次不超过三十天).

use jiff::Span;
use jiff::civil::Date;
use serde::Deserialize;

use super::kind::Check;
use super::look::Silence;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::page::Standing;
use crate::evidence::{Home, Needs, OFFICE, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.filed_period]`. The rule's `applies` says which status.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiledPeriod {
    pub aspect: Aspect,
    /// Days from the filing, where the register files no end. Without them only a filed end counts.
    #[serde(default)]
    pub days: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The period is over and the site's content is not back.
    StillOff,
    /// The period is over and the status has not moved on, whatever is served.
    Unfinished,
    /// Another suspension began within `days` before this one.
    Again,
}

impl Check for FiledPeriod {
    const FACTS: &'static [&'static str] = &["since", "until", "days", "state", "earlier"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::field("status");
        let profile = &site.evidence.site;
        let today = OFFICE.to_datetime(site.evidence.started_at).date();
        let register = || Seen::one(Location::at(profile.url.trim()));
        let Some(since) = profile.status_since else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        if let Aspect::Again = self.aspect {
            let window = self.days.unwrap_or(365);
            let near = |d: &&Date| **d < since && plus(**d, window).is_some_and(|end| since < end);
            let earlier: Vec<String> = profile.suspended_before.iter().filter(near).map(Date::to_string).collect();
            return vec![match earlier.is_empty() {
                true => Judgement::pass(subject, register()),
                false => Judgement::fail(
                    subject,
                    register(),
                    facts! {
                        "since" => since.to_string(),
                        "until" => "",
                        "days" => i64::from(window),
                        "state" => "",
                        "earlier" => Fact::List(earlier),
                    },
                ),
            }];
        }
        let filed = profile.status_until.filter(|until| *until >= since);
        let Some(until) = filed.or_else(|| plus(since, self.days?)) else {
            return vec![Judgement::not_applicable(subject, NotApplicable::NoExpectation)];
        };
        if site.evidence.clock_off.is_some() {
            return vec![Judgement::undetermined(subject, Undetermined::new(Reason::Clock, ""))];
        }
        if today <= until {
            return vec![Judgement::pass(subject, register())];
        }
        let state = match (self.aspect, shown(site)) {
            (_, Ok(state)) => state,
            // Nothing hangs on what is served.
            (Aspect::Unfinished, Err(_)) => Shown::Unknown,
            (_, Err(why)) => return vec![Judgement::undetermined(subject, why)],
        };
        if self.aspect == Aspect::StillOff && matches!(state, Shown::Content) {
            return vec![Judgement::pass(subject, register())];
        }
        let facts = facts! {
            "since" => since.to_string(),
            "until" => until.to_string(),
            "days" => i64::from(today.since(since).map_or(0, |span| span.get_days())),
            "state" => state.fact(),
            "earlier" => Fact::List(Vec::new()),
        };
        vec![Judgement::fail(subject, register(), facts)]
    }
}

fn plus(day: Date, days: u32) -> Option<Date> {
    day.checked_add(Span::new().days(i64::from(days))).ok()
}

/// What a visitor meets.
enum Shown {
    Content,
    Notice(Standing),
    Away,
    Nothing(Fact),
    Unknown,
}

impl Shown {
    fn fact(self) -> Fact {
        match self {
            Shown::Content => Fact::label("standing", Standing::Content.key()),
            Shown::Notice(standing) => Fact::label("standing", standing.key()),
            Shown::Away => Fact::label("standing", "astray"),
            Shown::Nothing(fact) => fact,
            Shown::Unknown => Fact::label("phrase", "unknown_state"),
        }
    }
}

fn shown(site: &SiteFacts<'_>) -> Result<Shown, Undetermined> {
    let silence = match &site.home {
        Home::Page(_) => {
            return match look::standing(site) {
                Ok((_, Standing::Content)) => Ok(Shown::Content),
                Ok((_, standing)) => Ok(Shown::Notice(standing)),
                Err(why) if why.reason == Reason::OutOfReach => Ok(Shown::Away),
                Err(why) => Err(why),
            };
        }
        Home::ErrorStatus(status) => (look::status_silence(*status), Fact::from(format!("HTTP {status}"))),
        Home::Failed(failure) => (look::heard(site, failure), Fact::label("cause", failure.cause.key())),
        _ => return Err(site.home_missing()),
    };
    match silence {
        (Silence::Dead, fact) => Ok(Shown::Nothing(fact)),
        (Silence::Unknown(why), _) => Err(why),
    }
}
