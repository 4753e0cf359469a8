//! What a browser made of the home page, beside what static reading saw in it.
//!
//! *Owns*: the stored form of a second look by browser, and how it is read into the facts. *May not*: run a browser.
//! *Start reading at* [`Rendered`], then [`merge`].
//!
//! A browser is believed in both directions only when nothing was left open: the page came to rest, every script and every
//! request of a script was answered, and what static reading expected a script to write is there. Otherwise what it shows
//! is taken as shown, and what it does not show stays undecided.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::facts::{Home, SiteFacts, relabelled};
use super::page::script::known;
use super::page::{Marks, PICTURE, PageFacts, PageInput, Source, read};
use super::{Body, Reason, Undetermined, block};

/// One page as a browser showed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// Address of the page as static reading has it; the browser was given the very bytes that were read.
    pub page: String,
    /// Address shown at the end, changed perhaps by the page's own scripts. Empty when nothing was brought back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    pub at: Timestamp,
    /// Wall time without our own politeness.
    pub elapsed_ms: u32,
    /// The browser's name for itself, e.g. `Chrome/156.0.8078.79`.
    pub browser: String,
    /// The serialised page, UTF-8: scripts emptied, `hidden` where the browser's own styles show nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dom: Option<Body>,
    /// The end of the page as a picture, from second looks; text and layout only, pictures of the page are not fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
    /// What was left open; empty when the page was shown to its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shortfalls: Vec<Shortfall>,
    /// Requests answered from exchanges that the look had made before.
    pub served: u32,
    /// Requests made for the browser; they stand among the exchanges as [`super::Purpose::Rendering`].
    pub fetched: u32,
    /// Requests of the page that were not made, in order, the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
}

impl Rendered {
    /// Whether the page was shown to its end.
    pub fn completed(&self) -> bool {
        self.dom.is_some() && self.shortfalls.is_empty()
    }
}

/// A PNG. It is kept in the evidence store, beside the looks that decided a row.
#[derive(Debug, Clone, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Its address there: SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Not stored with the look.
    #[serde(skip)]
    pub png: Arc<[u8]>,
}

impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

/// One thing left open, and the address or name it hangs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    pub kind: ShortfallKind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Why what is not there may still have been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShortfallKind {
    /// The page did not come to rest in its time.
    Timeout,
    /// The page ended, or the browser did.
    Crashed,
    /// The page's own bytes were cut before the browser had them.
    PageCut,
    /// The page was larger than what is read back.
    DomCut,
    /// A script wanted to leave the page.
    Left,
    /// A script, or a request of a script, brought no answer.
    Unanswered,
    /// A request was refused that may have brought part of the page.
    Refused,
    /// A script ended in an error.
    ScriptError,
    /// A frame could not be read back.
    Frame,
    /// The page is painted, not written.
    Canvas,
    /// Requests, bytes or events beyond their bounds.
    Budget,
}

impl ShortfallKind {
    /// The key of this kind in labels and stored data, the same as its serde name.
    pub fn key(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// A request that was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// At most [`ADDRESS_MAX`] bytes.
    pub url: String,
    pub why: RefusalKind,
}

/// Longest address kept of a refused request, bytes.
pub const ADDRESS_MAX: usize = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// Outside what the register allows us to contact.
    OutOfReach,
    /// Not a GET.
    Method,
    /// A kind of connection that is never made: web sockets, event streams, pings.
    Channel,
    /// Another page in the place of this one, or beside it.
    Navigation,
    /// Beyond the bounds of the look.
    Budget,
}

/// Reads what a browser showed into the facts. Pure.
pub(super) fn merge(facts: &mut SiteFacts<'_>) {
    let evidence = facts.evidence;
    let (Some(rendered), Home::Page(page)) = (&evidence.rendered, facts.home.clone()) else { return };
    let Some(dom) = rendered.dom.as_ref().filter(|_| rendered.page == page.url) else { return };
    // What stands on a page that leads elsewhere is shown to nobody.
    if rendered.shortfalls.iter().any(|s| s.kind == ShortfallKind::Left) {
        return;
    }
    let input = PageInput {
        bytes: &dom.bytes,
        url: &rendered.url,
        content_type: Some("text/html; charset=utf-8"),
        fragment: false,
    };
    let shown = read(&input);
    if shown.refused.is_some() || block::recognise(200, &[], &dom.bytes).is_some() {
        return;
    }
    let mut seen = relabelled(&shown.marks, &Source::Rendered);
    add_badges(&mut seen, rendered);
    let whole = rendered.completed() && !shown.text.trim().is_empty();
    if whole && confirms(&facts.marks, &seen) {
        // The browser wrote what the scripts write: what they might have written besides speaks no more.
        withdraw_script_marks(&mut facts.marks, &seen);
        hide(&mut facts.marks, &seen);
        facts.undecided.retain(|u| u.reason == Reason::Budget);
        if shown.opaque.iter().any(|o| o.why == PICTURE) {
            facts.undecided.push(Undetermined::new(Reason::PictureFooter, &page.url));
        }
    }
    facts.marks.absorb(&seen);
    facts.home = Home::Page(Arc::new(joined(&page, &shown)));
}

/// A page that asks a badge service for its script shows the badge, though the service was not asked and the element that
/// called for it may be gone.
fn add_badges(seen: &mut Marks, rendered: &Rendered) {
    let asked = rendered.refused.iter().filter(|r| known::is_badge_service(&r.url));
    let tags: String = asked.map(|r| format!("<script src=\"{}\"></script>", r.url.replace('"', "%22"))).collect();
    let input = PageInput { bytes: tags.as_bytes(), url: &rendered.url, content_type: None, fragment: true };
    let badges = relabelled(&read(&input).marks, &Source::Rendered);
    seen.conac.extend(badges.conac);
    seen.jiucuo.extend(badges.jiucuo);
}

/// Every mark of a kind, as far as it matters here: who wrote it and whether a visitor sees it.
macro_rules! each_kind {
    ($marks:expr, $seen:expr, $act:ident) => {
        $act!($marks.icp, $seen.icp);
        $act!($marks.psb, $seen.psb);
        $act!($marks.codes, $seen.codes);
        $act!($marks.conac, $seen.conac);
        $act!($marks.jiucuo, $seen.jiucuo);
        $act!($marks.sponsor, $seen.sponsor);
        $act!($marks.contact, $seen.contact);
        $act!($marks.sitemap, $seen.sitemap);
    };
}

fn by_script(source: &Source) -> bool {
    matches!(source, Source::Script(_))
}

/// Whether the browser shows every kind of mark that static reading took a script to write: if not, one of the two is
/// mistaken, and nothing is decided.
fn confirms(marks: &Marks, seen: &Marks) -> bool {
    let mut confirmed = true;
    macro_rules! shown {
        ($static:expr, $seen:expr) => {
            let expected = $static.iter().any(|m| m.visible && by_script(&m.place.source));
            confirmed &= !expected || $seen.iter().any(|m| m.visible);
        };
    }
    each_kind!(marks, seen, shown);
    confirmed
}

/// A mark that a style sheet hides looks visible to a reader of the source: where the browser shows it nowhere, the page does not.
fn hide(marks: &mut Marks, seen: &Marks) {
    macro_rules! hidden {
        ($static:expr, $seen:expr, $key:ident) => {
            for mark in $static.iter_mut().filter(|m| m.visible && m.place.source == Source::Page) {
                let mut alike = $seen.iter().filter(|s| s.$key == mark.$key).peekable();
                mark.visible = alike.peek().is_none() || alike.any(|s| s.visible);
            }
        };
    }
    hidden!(marks.icp, seen.icp, shown);
    hidden!(marks.psb, seen.psb, shown);
    hidden!(marks.codes, seen.codes, shown);
    hidden!(marks.sponsor, seen.sponsor, value);
}

fn withdraw_script_marks(marks: &mut Marks, seen: &Marks) {
    macro_rules! withdraw {
        ($static:expr, $seen:expr) => {
            if $seen.iter().any(|m| m.visible) {
                $static.retain(|m| !by_script(&m.place.source));
            }
        };
    }
    each_kind!(marks, seen, withdraw);
}

/// The page with what the browser shows beside what its source says.
fn joined(page: &PageFacts, shown: &PageFacts) -> PageFacts {
    let mut all = page.clone();
    for (target, more) in [(&mut all.text, &shown.text), (&mut all.footer, &shown.footer)] {
        let known: HashSet<String> = target.lines().map(str::to_owned).collect();
        for line in more.lines().filter(|line| !known.contains(*line)) {
            if !target.is_empty() {
                target.push('\n');
            }
            target.push_str(line);
        }
    }
    let known: HashSet<(&str, &str)> = page.links.iter().map(|l| (l.href.as_str(), l.text.as_str())).collect();
    all.links.extend(shown.links.iter().filter(|l| !known.contains(&(l.href.as_str(), l.text.as_str()))).cloned());
    let known: HashSet<&str> = page.metas.iter().map(|m| m.name.as_str()).collect();
    all.metas.extend(shown.metas.iter().filter(|m| !known.contains(m.name.as_str())).cloned());
    let known: HashSet<&str> = page.scripts.iter().filter_map(|s| s.url.as_deref()).collect();
    let new = shown.scripts.iter().filter(|s| s.url.as_deref().is_some_and(|u| !known.contains(u)));
    all.scripts.extend(new.cloned());
    if all.title.is_empty() {
        all.title.clone_from(&shown.title);
    }
    all
}

#[cfg(test)]
mod tests;
