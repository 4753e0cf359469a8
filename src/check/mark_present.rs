//! Kind `mark_present`: a mark that every home page must show.

use serde::Deserialize;

use super::kind::Check;
use super::register_match::same_unit;
use super::{Fact, Judgement, Location, Seen, Subject, look};
use crate::evidence::page::{Badge, BadgeForm, CodeOrigin, NumberMark, PageFacts, Place, TextMark, Where};
use crate::evidence::{Needs, Reason, SiteFacts, Undetermined};
use crate::facts;

/// Parameters of `[check.mark_present]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkPresent {
    pub element: Element,
    /// For badges: whether a mere picture or word without link, script or handler counts as shown.
    #[serde(default = "yes")]
    pub accept_picture: bool,
}

fn yes() -> bool {
    true
}

/// Marks of a government page (国办发〔2017〕47号附件: 底部功能区).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    Icp,
    Psb,
    SiteCode,
    Conac,
    Jiucuo,
    Sponsor,
    Contact,
    Sitemap,
}

impl Element {
    /// Key in subjects and in the label group `element`.
    pub fn key(self) -> &'static str {
        match self {
            Element::Icp => "icp",
            Element::Psb => "psb",
            Element::SiteCode => "site_code",
            Element::Conac => "conac",
            Element::Jiucuo => "jiucuo",
            Element::Sponsor => "sponsor",
            Element::Contact => "contact",
            Element::Sitemap => "sitemap",
        }
    }
}

/// How far a mark is there, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Showing {
    /// Only in a comment.
    Comment,
    /// In an element that is not shown.
    Hidden,
    /// Only a picture or words.
    Picture,
    /// Only as a string of a script: most such strings are written into the page.
    Script,
    Shown,
}

impl Showing {
    fn key(self) -> &'static str {
        match self {
            Showing::Comment => "comment",
            Showing::Hidden => "hidden",
            Showing::Picture => "picture",
            Showing::Script => "script",
            Showing::Shown => "shown",
        }
    }
}

impl Check for MarkPresent {
    const FACTS: &'static [&'static str] = &["element", "state", "examined"];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::element(self.element.key());
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let best = self.showings(site, page).into_iter().max_by_key(|(showing, _)| *showing);
        vec![match best {
            Some((Showing::Shown, location)) => Judgement::pass(subject, Seen::one(location)),
            _ if let Some(why) = site.undecided.first() => Judgement::undetermined(subject, why.clone()),
            Some((Showing::Script, location)) => {
                Judgement::undetermined(subject, Undetermined::new(Reason::ScriptFooter, location.url))
            }
            other => {
                let examined = look::examined(site, page);
                let mut locations: Vec<Location> = examined.iter().map(Location::at).collect();
                let state = match other {
                    Some((showing, location)) => {
                        locations.insert(0, location);
                        showing.key()
                    }
                    None => "none",
                };
                let facts = facts! {
                    "element" => Fact::label("element", self.element.key()),
                    "state" => Fact::label("mark_state", state),
                    "examined" => Fact::List(examined),
                };
                match Seen::all(locations) {
                    Some(seen) => Judgement::fail(subject, seen, facts),
                    None => Judgement::undetermined(subject, Undetermined::new(Reason::NotLooked, "")),
                }
            }
        }]
    }
}

impl MarkPresent {
    fn showings(&self, site: &SiteFacts<'_>, page: &PageFacts) -> Vec<(Showing, Location)> {
        let at = |p: &Place| look::place(page, p);
        let marks = &site.marks;
        let numbers = |m: &[NumberMark]| m.iter().map(|m| (of_number(m), at(&m.place))).collect();
        let badges = |m: &[Badge]| m.iter().map(|b| (self.of_badge(b), at(&b.place))).collect();
        let texts = |m: &[TextMark]| m.iter().map(|t| (of_visible(t.visible), at(&t.place))).collect();
        match self.element {
            Element::Icp => numbers(&marks.icp),
            Element::Psb => numbers(&marks.psb),
            Element::SiteCode => marks
                .codes
                .iter()
                .filter(|c| c.origin == CodeOrigin::Printed)
                .map(|c| (of_visible(c.visible), at(&c.place)))
                .collect(),
            Element::Conac => badges(&marks.conac),
            Element::Jiucuo => badges(&marks.jiucuo),
            Element::Contact => texts(&marks.contact),
            Element::Sitemap => texts(&marks.sitemap),
            Element::Sponsor => {
                let mut found: Vec<_> = texts(&marks.sponsor);
                // The unit's bare name in the footer names the sponsor as well as a prefixed one does.
                let footer = look::footer_text(page);
                let settled = site.undecided.is_empty() || !page.footer.trim().is_empty();
                if settled && same_unit(&site.evidence.site.sponsor, footer) {
                    found.push((Showing::Shown, Location::at(&page.url).quote(footer)));
                }
                found
            }
        }
    }

    fn of_badge(&self, badge: &Badge) -> Showing {
        match badge.form {
            BadgeForm::Comment => Showing::Comment,
            _ if !badge.visible => Showing::Hidden,
            // A code inside means a template that a script completes; an address of its own, that a click leads somewhere.
            BadgeForm::PictureOnly if !self.accept_picture && badge.code.is_empty() && leads_nowhere(&badge.href) => {
                Showing::Picture
            }
            _ => Showing::Shown,
        }
    }
}

/// Nothing, a dead link, or the picture's own address.
fn leads_nowhere(href: &str) -> bool {
    let href = href.trim().to_ascii_lowercase();
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let picture = [".png", ".gif", ".jpg", ".jpeg", ".svg", ".bmp", ".webp", ".ico"].iter().any(|e| path.ends_with(e));
    matches!(path, "" | "/") || picture || href.starts_with("javascript:") || href.starts_with("data:")
}

fn of_number(mark: &NumberMark) -> Showing {
    match mark.at {
        _ if mark.visible => Showing::Shown,
        Where::Comment => Showing::Comment,
        Where::Script => Showing::Script,
        _ => Showing::Hidden,
    }
}

fn of_visible(visible: bool) -> Showing {
    if visible { Showing::Shown } else { Showing::Hidden }
}
