//! Kind `taken_over`: somebody else speaks in the site's name — on its home page, or under a name it no longer uses. At least two
//! independent signs must agree.

use serde::Deserialize;

use super::hidden_link::{AGREEING, is_masked};
use super::kind::Check;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::facts::{page_of, state_at};
use crate::evidence::foul::{Sign, on_page};
use crate::evidence::{Home, Needs, Purpose, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.taken_over]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenOver {
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Home,
    /// Each name the register files as idle, one subject for each.
    IdleNames,
}

impl Check for TakenOver {
    const FACTS: &'static [&'static str] = &["host", "title", "signs"];

    fn needs(&self) -> Needs {
        match self.what {
            What::Home => Needs { masks: true, ..Needs::default() },
            What::IdleNames => Needs { further_names: true, ..Needs::default() },
        }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        match self.what {
            What::Home => vec![home(site)],
            What::IdleNames if site.evidence.site.idle.is_empty() => {
                vec![Judgement::not_applicable(Subject::site(), NotApplicable::NoSuchThing)]
            }
            What::IdleNames => site.evidence.site.idle.iter().map(|name| idle(site, name)).collect(),
        }
    }
}

fn home(site: &SiteFacts<'_>) -> Judgement {
    let subject = Subject::element("home");
    let page = match look::own_page(site) {
        Ok(page) => page,
        Err(why) => return Judgement::undetermined(subject, why),
    };
    let mut signs: Vec<Sign> = look::signs_of(site, page).into_iter().collect();
    if is_masked(site, page) {
        signs.push(Sign::Cloak);
    }
    let title = site.evidence.masked.iter().find(|m| !m.signs.is_empty()).map_or(&page.title, |m| &m.title);
    amount(subject, &look::home_host(site), &page.url, title, signs.len())
}

fn idle(site: &SiteFacts<'_>, name: &str) -> Judgement {
    let subject = Subject::host(name);
    let evidence = site.evidence;
    let asked = |url: &str| url::Url::parse(url).is_ok_and(|u| look::host_of(&u) == name);
    let found = evidence.fetches.iter().position(|f| f.purpose == Purpose::FurtherName && asked(f.asked()));
    let Some(index) = found else {
        return match evidence.name(name) {
            Some(look) if look.no_such_name() || look.resolves_to_nothing() => {
                Judgement::pass(subject, Seen::one(Location::at(format!("dns:{name}"))))
            }
            Some(look) => match look.failure() {
                Some(failure) => Judgement::undetermined(subject, Undetermined::from_failure(failure)),
                None => Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name)),
            },
            None => Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name)),
        };
    };
    match state_at(evidence, index) {
        Home::Page(_) => {
            let page = page_of(evidence, index);
            let source = evidence.fetches[index].last().body.as_ref().map_or(&[][..], |b| &b.bytes);
            amount(subject, name, &page.url, &page.title, on_page(&page, source).len())
        }
        // Nobody speaks there.
        Home::ErrorStatus(404 | 410) => Judgement::pass(subject, Seen::one(Location::at(format!("http://{name}/")))),
        Home::ErrorStatus(status) => {
            Judgement::undetermined(subject, Undetermined::new(Reason::Dependency, format!("http_{status}")))
        }
        Home::Blocked { family, .. } => Judgement::undetermined(subject, Undetermined::new(Reason::Blocked, family)),
        Home::Failed(failure) => Judgement::undetermined(subject, Undetermined::from_failure(&failure)),
        Home::Unreadable(why) => Judgement::undetermined(subject, why),
        Home::NotLooked => Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, name)),
    }
}

/// What so many signs amount to.
fn amount(subject: Subject, host: &str, url: &str, title: &str, signs: usize) -> Judgement {
    let seen = Seen::one(Location::at(url).quote(title));
    match signs {
        0 => Judgement::pass(subject, seen),
        AGREEING.. => {
            let facts = facts! { "host" => host, "title" => title, "signs" => Fact::from(signs as i64) };
            Judgement::fail(subject, seen, facts)
        }
        _ => Judgement::undetermined(subject, Undetermined::new(Reason::OneSign, url)),
    }
}
