//! `[case.walk]`: what a walk over the site came to, where it differs from that over a healthy one.

use serde::Deserialize;

use crate::evidence::walk::{LinkEnd, LinkLook, LinkPart, Tally, WalkEnd};
use crate::evidence::{Cause, Walk, WalkPage, WalkPlan, personal};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalkCase {
    /// Links that are not in order.
    pub links: Vec<LinkCase>,
    /// Links of every part that are.
    pub good: u32,
    /// Links of every part that were not asked for.
    pub unasked: u32,
    pub short: Option<WalkEnd>,
    /// The home page still opened in the end.
    pub calm: bool,
    /// Whether links beyond the register's reach are asked for.
    pub external: bool,
    /// The text of a page of the site, looked through for numbers of people.
    pub text: Option<String>,
}

impl Default for WalkCase {
    fn default() -> Self {
        WalkCase { links: Vec::new(), good: 20, unasked: 0, short: None, calm: true, external: true, text: None }
    }
}

/// One link and its end, one of which is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkCase {
    pub url: String,
    pub part: LinkPart,
    #[serde(default)]
    pub text: String,
    pub status: Option<u16>,
    pub failure: Option<Cause>,
    pub blocked: Option<String>,
    /// The host answers everything with this page, which says that there is nothing (`true`) or does not.
    pub stand_in: Option<bool>,
}

impl WalkCase {
    /// The walk over the site at `home`.
    pub(super) fn walk(&self, home: &str) -> Walk {
        let page = |path: &str, depth| WalkPage {
            url: format!("{}{path}", home.trim_end_matches('/')),
            depth,
            status: Some(200),
            title: "x".to_owned(),
            ..WalkPage::default()
        };
        let mut walk = Walk::new(WalkPlan::default());
        walk.pages = vec![page("/", 0), page("/zwgk/", 1)];
        walk.plan.external = self.external;
        (walk.short, walk.calm, walk.known) = (self.short, self.calm, 40);
        if let Some(text) = &self.text {
            walk.plan.personal = true;
            walk.personal = personal::find(text, &walk.pages[1].url);
        }
        for part in LinkPart::ALL {
            walk.tally.insert(part, Tally { good: self.good, listed: 0, unasked: self.unasked });
        }
        for link in &self.links {
            walk.tally.entry(link.part).or_default().listed += 1;
            walk.links.push(LinkLook {
                url: link.url.clone(),
                part: link.part,
                from: u32::from(link.part != LinkPart::Home),
                text: link.text.clone(),
                end: link.end(),
            });
        }
        walk
    }
}

impl LinkCase {
    fn end(&self) -> LinkEnd {
        match (self.status, self.failure, &self.blocked, self.stand_in) {
            (Some(status), ..) => LinkEnd::Status(status),
            (_, Some(cause), ..) => LinkEnd::Failed(cause),
            (_, _, Some(family), _) => LinkEnd::Blocked(family.clone()),
            (.., Some(says_gone)) => LinkEnd::StandIn { says_gone },
            _ => LinkEnd::Status(404),
        }
    }
}
