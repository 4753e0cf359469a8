//! Where a number links to.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use url::Url;

use super::super::flow::Anchor;
use super::super::types::{LinkGrade, LinkState};
use super::line::Line;
use super::number::Number;
use super::{Page, pattern};

/// Which filing a number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Ministry of Industry and Information Technology.
    Icp,
    /// Ministry of Public Security.
    Police,
}

/// Host of the ministry's query service; `www.` before it answers as well.
const ICP_HOST: &str = "beian.miit.gov.cn";
/// Hosts of the service before 2021.
const ICP_RETIRED: [&str; 2] = ["miitbeian.gov.cn", "miibeian.gov.cn"];
/// Host of the police query service.
const POLICE_HOST: &str = "beian.mps.gov.cn";
/// Its host before 2023.
const POLICE_RETIRED: &str = "beian.gov.cn";

/// Steps up from a number's element in which a click handler still counts as its link.
const CLICK_STEPS: usize = 4;

/// The link of a number.
pub(super) fn of(page: &Page<'_>, line: &Line, number: &Number, service: Service) -> LinkState {
    let digits = line.text.get(number.digits.clone()).unwrap_or_default();
    let code: String = digits.chars().filter(char::is_ascii_digit).collect();
    if let Some(anchor) = around(page, line, &number.range).or_else(|| around_words(page, line, number.range.start)) {
        return grade_of(page, &page.flow.anchors[anchor], service, &code);
    }
    if let Some(state) = icon(page, line, service, &code) {
        return state;
    }
    let path =
        page.flow.pieces.get(line.piece(number.digits.start.min(number.range.end.saturating_sub(1)))).map(|p| p.path);
    if let Some(address) = path.and_then(|p| clicked(page, p)) {
        return LinkState { grade: grade(page, &address, service, &code), href: address };
    }
    LinkState::default()
}

/// The code in the link around or beside words that show no digits.
pub(super) fn police_code(page: &Page<'_>, line: &Line, range: &Range<usize>) -> Option<String> {
    let anchor = around(page, line, range)?;
    police_code_of(page, anchor)
}

/// The code an anchor hands to the police service.
pub(super) fn police_code_of(page: &Page<'_>, anchor: usize) -> Option<String> {
    let anchor = page.flow.anchors.get(anchor)?;
    let address = address_of(page, anchor);
    let host = host(page, &address)?;
    (under(&host, POLICE_HOST) || under(&host, POLICE_RETIRED)).then(|| code_in(&address)).flatten()
}

/// The anchor around any part of the number; the one around most of it when there are several.
fn around(page: &Page<'_>, line: &Line, range: &Range<usize>) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (piece, digits) in line.digits_by_piece(range) {
        let Some(piece) = page.flow.pieces.get(piece) else { continue };
        let Some(anchor) = piece.anchor.map(|a| a as usize).filter(|&a| a < page.flow.anchors.len()) else { continue };
        if best.is_none_or(|(_, most)| digits > most) {
            best = Some((anchor, digits));
        }
    }
    best.map(|(anchor, _)| anchor)
}

/// The anchor around the label right before the number: `<a>ICP备案号：</a>粤ICP备…`.
fn around_words(page: &Page<'_>, line: &Line, start: usize) -> Option<usize> {
    static LABEL: LazyLock<Regex> = LazyLock::new(|| pattern(super::words::LINKED_LABEL));
    let (at, _) = line.before(start)?;
    let piece = page.flow.pieces.get(line.piece(at))?;
    let anchor = piece.anchor.map(|a| a as usize).filter(|&a| a < page.flow.anchors.len())?;
    LABEL.is_match(&piece.text).then_some(anchor)
}

/// An icon beside the number that links to the number's own service.
fn icon(page: &Page<'_>, line: &Line, service: Service, code: &str) -> Option<LinkState> {
    let icons = page.icons.get(&line.block)?;
    let mut states = icons.iter().take(32).map(|&i| grade_of(page, &page.flow.anchors[i], service, code)).filter(|s| {
        matches!(s.grade, LinkGrade::Right | LinkGrade::Retired | LinkGrade::NoCode | LinkGrade::CodeDiffers)
    });
    let first = states.next()?;
    if first.grade != LinkGrade::CodeDiffers {
        return Some(first);
    }
    Some(states.find(|s| s.grade != LinkGrade::CodeDiffers).unwrap_or(first))
}

/// The address in a click handler on one of the elements around a piece.
fn clicked(page: &Page<'_>, path: u32) -> Option<String> {
    if page.clicks.is_empty() {
        return None;
    }
    let mut next = Some(path);
    for _ in 0..CLICK_STEPS {
        let step = next?;
        if let Some(address) = page.clicks.get(&step) {
            return Some(address.clone());
        }
        next = page.flow.paths.get(step as usize)?.parent;
    }
    None
}

/// The address an anchor leads to; where its `href` is dead, the one kept elsewhere.
fn address_of(page: &Page<'_>, anchor: &Anchor) -> String {
    let href = anchor.href.trim();
    if !dead(page, href) {
        return href.to_owned();
    }
    [anchor.other_address.trim(), anchor.onclick.trim()]
        .into_iter()
        .find_map(|other| match inside(other) {
            Some(address) => Some(address),
            None if other.starts_with("//") => Some(other.to_owned()),
            None => None,
        })
        .unwrap_or_else(|| href.to_owned())
}

fn grade_of(page: &Page<'_>, anchor: &Anchor, service: Service, code: &str) -> LinkState {
    let href = address_of(page, anchor);
    LinkState { grade: grade(page, &href, service, code), href }
}

fn grade(page: &Page<'_>, href: &str, service: Service, code: &str) -> LinkGrade {
    if dead(page, href) {
        return LinkGrade::Dead;
    }
    let Some(host) = host(page, href) else { return LinkGrade::WrongHost };
    let icp = under(&host, ICP_HOST);
    let icp_retired = ICP_RETIRED.iter().any(|h| under(&host, h));
    let police = under(&host, POLICE_HOST);
    let police_retired = host == POLICE_RETIRED || host == "www.beian.gov.cn";
    match service {
        Service::Icp if icp => LinkGrade::Right,
        Service::Icp if icp_retired => LinkGrade::Retired,
        Service::Icp if police || police_retired => LinkGrade::WrongService,
        Service::Police if police || police_retired => match code_in(href) {
            Some(linked) if !code.is_empty() && linked != code => LinkGrade::CodeDiffers,
            _ if police_retired => LinkGrade::Retired,
            Some(_) => LinkGrade::Right,
            None => LinkGrade::NoCode,
        },
        Service::Police if icp || icp_retired => LinkGrade::WrongService,
        _ => LinkGrade::WrongHost,
    }
}

/// The number in `recordcode=` or `code=`, also behind the `#`.
fn code_in(href: &str) -> Option<String> {
    static CODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)code(?:=|%3d)[^&#/]*?(\d{8,})"));
    CODE.captures(href).and_then(|c| c.get(1)).map(|c| c.as_str().to_owned())
}

/// An address that leads nowhere: `#`, `/`, nothing, a script, the page itself.
fn dead(page: &Page<'_>, href: &str) -> bool {
    let href = href.trim();
    let lower = href.get(..11).unwrap_or(href).to_ascii_lowercase();
    if lower.starts_with("javascript:") {
        return inside(href).is_none();
    }
    if href.starts_with('#') || matches!(href, "" | "/" | "./" | "?" | "/#" | "http://" | "https://" | "//") {
        return true;
    }
    if lower.starts_with("about:") || lower.starts_with("void(") {
        return true;
    }
    let Some(base) = &page.base else { return false };
    let itself = |u: &Url| {
        u.host() == base.host()
            && u.path() == base.path()
            && u.query() == base.query()
            && u.fragment().unwrap_or_default().is_empty()
    };
    base.join(href).is_ok_and(|u| itself(&u))
}

/// The host an address leads to, lower case, without a final dot. `None` for the page's own paths.
fn host(page: &Page<'_>, href: &str) -> Option<String> {
    let written = inside(href);
    let href = written.as_deref().unwrap_or(href).trim();
    let parsed = match &page.base {
        Some(base) => base.join(href).ok(),
        None => Url::parse(href)
            .ok()
            .or_else(|| Url::parse(&format!("https:{href}")).ok().filter(|_| href.starts_with("//"))),
    };
    parsed?.host_str().map(|h| h.trim_end_matches('.').to_ascii_lowercase())
}

/// The http address inside a script or an attribute.
pub(super) fn inside(text: &str) -> Option<String> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)(?:https?:)//[^\s'"<>()\\]+"#));
    ADDRESS.find(text).map(|m| m.as_str().to_owned())
}

fn under(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|h| h.ends_with('.'))
}
