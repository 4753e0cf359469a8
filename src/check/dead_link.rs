//! Kind `dead_link`: links of one part of the site that lead nowhere, one subject for each part.

use serde::Deserialize;

use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::walk::{LinkEnd, LinkLook, LinkPart, Walk, WalkEnd};
use crate::evidence::{Cause, Failure, Needs, Reason, SiteFacts, Stage, Undetermined, WalkPlan};
use crate::facts;

/// Parameters of `[check.dead_link]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLink {
    pub part: LinkPart,
    /// Links named in the problem text; all are counted.
    #[serde(default = "three")]
    pub examples: usize,
}

fn three() -> usize {
    3
}

/// What the end of a link means for its visitors.
enum Verdict {
    Dead,
    Unknown(Undetermined),
}

impl Check for DeadLink {
    const FACTS: &'static [&'static str] = &["count", "links", "pages", "asked"];

    fn needs(&self) -> Needs {
        Needs { walk: Some(WalkPlan::default()), ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(key(self.part));
        if let Err(why) = look::own_page(site) {
            return vec![Judgement::undetermined(subject, why)];
        }
        let Some(walk) = &site.evidence.walk else {
            return vec![match site.evidence.cut {
                Some(cause) => Judgement::undetermined(subject, Undetermined::new(Reason::Budget, cause.key())),
                None => Judgement::not_applicable(subject, NotApplicable::NotPlanned),
            }];
        };
        vec![self.judge(subject, walk)]
    }
}

impl DeadLink {
    fn judge(&self, subject: Subject, walk: &Walk) -> Judgement {
        let (mut dead, mut unknown) = (Vec::new(), None);
        for link in walk.links.iter().filter(|l| l.part == self.part) {
            match verdict(link, walk) {
                Verdict::Dead => dead.push(link),
                Verdict::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        let tally = walk.tally.get(&self.part).copied().unwrap_or_default();
        // Of very many only so many are listed: what is counted and not listed may be dead.
        let listed = walk.links.iter().filter(|l| l.part == self.part).count();
        if listed < tally.listed as usize && unknown.is_none() {
            unknown = Some(Undetermined::new(Reason::Budget, tally.listed.to_string()));
        }
        if let Some(seen) = Seen::all(dead.iter().map(|l| place(l, walk)).collect()) {
            let mut pages: Vec<u32> = dead.iter().map(|l| l.from).collect();
            pages.sort_unstable();
            pages.dedup();
            let facts = facts! {
                "count" => dead.len() as i64,
                "links" => Fact::List(dead.iter().take(self.examples).map(|l| example(l)).collect()),
                "pages" => pages.len() as i64,
                "asked" => i64::from(tally.good + tally.listed),
            };
            return Judgement::fail(subject, seen, facts);
        }
        // A row of this part may be about any of its links: it is in order only where all of them were asked for. What the plan
        // does not go to is nobody's failure to tell.
        let beyond = tally.unasked > 0 || (self.part != LinkPart::Home && walk.short == Some(WalkEnd::Pages));
        let planned = self.part != LinkPart::External || walk.plan.external;
        let broken_off = match walk.short {
            Some(WalkEnd::Time | WalkEnd::Bytes | WalkEnd::Cancelled) if planned => {
                Some(Undetermined::new(Reason::Budget, tally.unasked.to_string()))
            }
            _ => None,
        };
        match unknown.filter(|_| planned).or(broken_off) {
            Some(why) => Judgement::undetermined(subject, why),
            None if beyond || !planned => Judgement::not_applicable(subject, NotApplicable::NotPlanned),
            None if tally.good == 0 => Judgement::not_applicable(subject, NotApplicable::NoSuchThing),
            None => {
                let home = walk.pages.first().map_or("", |p| p.url.as_str());
                Judgement::pass(subject, Seen::one(Location::at(home)))
            }
        }
    }
}

/// Key of a part, the same as its serde name.
fn key(part: LinkPart) -> &'static str {
    match part {
        LinkPart::Home => "home",
        LinkPart::Internal => "internal",
        LinkPart::Attachment => "attachment",
        LinkPart::External => "external",
    }
}

fn verdict(link: &LinkLook, walk: &Walk) -> Verdict {
    let unknown = |reason, detail: String| Verdict::Unknown(Undetermined::new(reason, detail));
    // A server that hardly copes, or that only we do not reach, says nothing of a single link of its.
    let steady = walk.calm && link.part != LinkPart::External;
    match &link.end {
        LinkEnd::Status(404 | 410) => Verdict::Dead,
        LinkEnd::Status(500..=599) if steady => Verdict::Dead,
        LinkEnd::Status(status) => match look::status_silence(*status) {
            look::Silence::Unknown(why) => Verdict::Unknown(why),
            look::Silence::Dead => unknown(Reason::Dependency, format!("http_{status}")),
        },
        LinkEnd::Failed(Cause::DnsNoSuchName | Cause::DnsNoData) => Verdict::Dead,
        LinkEnd::Failed(Cause::TcpRefused | Cause::TcpTimeout | Cause::HttpTimeoutHeaders) if steady => Verdict::Dead,
        LinkEnd::Failed(cause) => {
            let failure = Failure::new(Stage::Http, *cause, "");
            Verdict::Unknown(Undetermined::from_failure(&failure))
        }
        LinkEnd::Blocked(family) => unknown(Reason::Blocked, family.clone()),
        // The page says itself that there is nothing, as the host says of every address it does not have.
        LinkEnd::StandIn { says_gone: true } => Verdict::Dead,
        LinkEnd::StandIn { says_gone: false } | LinkEnd::Good => unknown(Reason::StandIn, link.url.clone()),
    }
}

/// `text (address, answer)`, or without what there is not.
fn example(link: &LinkLook) -> String {
    let answer = match &link.end {
        LinkEnd::Status(status) => format!("，HTTP {status}"),
        LinkEnd::Failed(Cause::DnsNoSuchName | Cause::DnsNoData) => "，NXDOMAIN".to_owned(),
        _ => String::new(),
    };
    let url = &link.url;
    if link.text.is_empty() { format!("{url}{answer}") } else { format!("{}（{url}{answer}）", link.text) }
}

fn place(link: &LinkLook, walk: &Walk) -> Location {
    let page = walk.pages.get(link.from as usize).map_or(link.url.as_str(), |p| p.url.as_str());
    let mut location = Location::at(page).quote(&link.text);
    location.selector = format!("a[href=\"{}\"]", link.url.chars().take(200).collect::<String>());
    location
}
