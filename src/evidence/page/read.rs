//! From bytes to [`PageFacts`]: decode, guard, one DOM, one walk, marks.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use url::{Position, Url};

use super::dom::{self, Walked, fold, fold_into};
use super::flow::Flow;
use super::script::{self, ScriptReading, Written, known};
use super::types::*;
use super::{charset, guard, locate, marks, picture};

/// Bytes to be read as a page.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    pub bytes: &'a [u8],
    /// Address it was served from.
    pub url: &'a str,
    pub content_type: Option<&'a str>,
    /// An include or frame part, not a document of its own.
    pub fragment: bool,
}

/// Visible characters below which a page counts as an empty shell.
const SHELL_TEXT: usize = 200;

/// Reads a page or fragment. Any bytes; linear; never fails: what cannot be read is [`PageFacts::refused`].
pub fn read(input: &PageInput<'_>) -> PageFacts {
    let (mut facts, sound) = decoded(input);
    let Some((text, regions)) = sound else { return facts };
    let walked = if input.fragment { dom::walk_fragment(&text) } else { dom::walk_document(&text) };
    let base = base_of(input.url, walked.base.as_deref());
    fill(&mut facts, walked, base.as_ref());
    locate::fill(&text, Some(&regions), &mut facts.marks);
    facts
}

/// Reads text, links and labels of a page and no more, for whoever reads many pages and keeps none: marks, scripts and what the
/// page needs stay empty.
pub fn skim(input: &PageInput<'_>) -> PageFacts {
    let (mut facts, sound) = decoded(input);
    let Some((text, _)) = sound else { return facts };
    let walked = dom::walk_document(&text);
    let base = base_of(input.url, walked.base.as_deref());
    (facts.text, _) = visible_text(&walked.flow);
    facts.links = links(&walked.flow, base.as_ref());
    facts.client_hop = meta_hop(&walked, base.as_ref());
    facts.title = walked.title;
    facts.metas = walked.metas;
    facts
}

/// The page's text, where a DOM of it can be afforded.
fn decoded(input: &PageInput<'_>) -> (PageFacts, Option<(String, guard::Regions)>) {
    let mut facts = PageFacts { url: input.url.to_owned(), ..PageFacts::default() };
    let (text, decoded_as) = charset::decode(input.bytes, input.content_type, None, true);
    facts.charset = decoded_as;
    if is_binary(&text) {
        facts.refused = Some(Refused::NotText);
        return (facts, None);
    }
    match guard::check(&text) {
        Ok(regions) => (facts, Some((text, regions))),
        Err(refused) => {
            facts.refused = Some(refused);
            (facts, None)
        }
    }
}

fn meta_hop(walked: &Walked, base: Option<&Url>) -> Option<ClientHop> {
    let target = walked.refreshes.iter().find_map(|r| refresh_target(r))?;
    resolve(base, &target).map(|url| ClientHop { url, meta: true })
}

/// Reads a script file that a page includes. `charset` is the script tag's attribute, else the page's own.
pub fn read_script(
    bytes: &[u8],
    url: &str,
    content_type: Option<&str>,
    charset: Option<&str>,
    page_url: &str,
) -> PageFacts {
    let (text, decoded_as) = charset::decode(bytes, content_type, charset, false);
    let mut facts = PageFacts { url: url.to_owned(), charset: decoded_as, ..PageFacts::default() };
    // Addresses in a script resolve against the page that runs it.
    let base = base_of(page_url, None);
    let reading = script::read(&text);
    take_script(&mut facts, &reading, url, base.as_ref(), 0);
    facts.builds |= reading.builds;
    locate::fill(&text, None, &mut facts.marks);
    facts
}

/// Reads a JSON answer a page loads: its strings are content.
pub fn read_json(bytes: &[u8], url: &str, page_url: &str) -> Option<PageFacts> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let mut html = String::new();
    let mut stack = vec![&value];
    while let Some(value) = stack.pop() {
        match value {
            serde_json::Value::String(text) if html.len() < 512 * 1024 => {
                html.push_str("<div>");
                html.push_str(text);
                html.push_str("</div>");
            }
            serde_json::Value::Array(items) => stack.extend(items.iter().rev()),
            serde_json::Value::Object(map) => stack.extend(map.values()),
            _ => {}
        }
    }
    let mut facts = PageFacts { url: url.to_owned(), ..PageFacts::default() };
    let base = base_of(page_url, None);
    add_written(&mut facts, &html, base.as_ref(), "json", 0);
    locate::fill(std::str::from_utf8(bytes).unwrap_or_default(), None, &mut facts.marks);
    Some(facts)
}

fn base_of(url: &str, base: Option<&str>) -> Option<Url> {
    let page = Url::parse(url).ok()?;
    match base {
        Some(base) => page.join(base.trim()).ok().or(Some(page)),
        None => Some(page),
    }
}

fn is_binary(text: &str) -> bool {
    let head: Vec<char> = text.chars().take(1024).collect();
    let odd = head.iter().filter(|c| c.is_control() && !c.is_whitespace()).count()
        + head.iter().filter(|c| **c == '\u{fffd}').count();
    !head.is_empty() && odd * 4 > head.len()
}

fn fill(facts: &mut PageFacts, walked: Walked, base: Option<&Url>) {
    facts.client_hop = meta_hop(&walked, base);
    let mut flow = walked.flow;
    mark_footer(&mut flow);
    facts.title = walked.title;
    facts.metas = walked.metas;
    (facts.text, facts.footer) = visible_text(&flow);
    facts.links = links(&flow, base);
    facts.marks = marks::find(&flow, &facts.url, &facts.metas);
    let join = |address: &str| resolve(base, address);
    facts.frames = walked.frames.iter().chain(&walked.iframes).filter_map(|f| join(f)).collect();
    if !walked.upgrades {
        facts.insecure = walked.insecure;
    }
    let in_frameset = !walked.frames.is_empty();

    // What the page's own scripts write counts as part of the page.
    facts.scripts = walked.scripts;
    let inline: Vec<ScriptReading> =
        facts.scripts.iter().filter(|s| s.url.is_none() && !s.template).map(|s| script::read(&s.inline)).collect();
    let templates: Vec<String> = facts.scripts.iter().filter(|s| s.template).map(|s| s.inline.clone()).collect();
    for script in &mut facts.scripts {
        script.url = script.url.take().and_then(|u| resolve(base, &u));
    }
    let little_content = facts.text.chars().count() < SHELL_TEXT && facts.links.len() < 6;
    if facts.client_hop.is_none() && little_content {
        let jump = inline.iter().find_map(|s| s.jump.as_deref()).and_then(join);
        facts.client_hop = jump.map(|url| ClientHop { url, meta: false });
    }
    facts.client_hop.take_if(|hop| hop.url == facts.url);
    for reading in &inline {
        take_script(facts, reading, "inline", base, 0);
        facts.builds |= reading.builds;
    }
    // Some script may show them; whether it does is not known.
    add_strings(facts, &templates);
    let frames = if in_frameset { walked.frames } else { walked.iframes };
    add_needs(facts, base, &frames, &walked.includes);
    if walked.raw_includes > 0 {
        let url = facts.url.clone();
        opaque(facts, &url, "include");
    }
    let mount =
        walked.ids.iter().any(|id| matches!(id.as_str(), "app" | "root" | "__nuxt" | "__next" | "q-app" | "main-app"));
    let has_bundle = facts.scripts.iter().any(|s| s.url.as_deref().is_some_and(|u| !known::is_library(u)));
    if mount && little_content && has_bundle {
        let url = facts.url.clone();
        opaque(facts, &url, "shell");
    }
    if picture::is_footer(&flow) {
        let url = facts.url.clone();
        opaque(facts, &url, PICTURE);
    }
}

/// Resources named at most: far more than any look fetches, so that what is left out stays undecided all the same.
const NEEDS_MAX: usize = 200;

fn need(facts: &mut PageFacts, need: Need) {
    if facts.needs.len() < NEEDS_MAX && !facts.needs.iter().any(|n| n.url == need.url) {
        facts.needs.push(need);
    }
}

fn opaque(facts: &mut PageFacts, source: &str, why: &'static str) {
    let part = Opaque { source: source.to_owned(), why };
    if !facts.opaque.contains(&part) {
        facts.opaque.push(part);
    }
}

/// The resources that may write a part of the page, footer writers first.
fn add_needs(facts: &mut PageFacts, base: Option<&Url>, frames: &[String], includes: &[String]) {
    let add = |facts: &mut PageFacts, url: Option<String>, kind, charset: Option<String>| {
        if let Some(url) = url {
            need(facts, Need { url, kind, charset });
        }
    };
    for frame in frames {
        // Maps, videos and share boxes in frames hold no footer.
        if !known::is_library(frame) {
            add(facts, resolve(base, frame), NeedKind::Frame, None);
        }
    }
    for include in includes {
        add(facts, resolve(base, include), NeedKind::Fragment, None);
    }
    let mut scripts: Vec<(String, Option<String>)> = facts
        .scripts
        .iter()
        .filter_map(|s| Some((s.url.clone()?, s.charset.clone())))
        .filter(|(url, _)| !known::is_library(url))
        .collect();
    scripts.sort_by_key(|(url, _)| known::footer_rank(url));
    let page_charset = facts.charset.name.clone();
    for (url, charset) in scripts {
        add(facts, Some(url), NeedKind::Script, Some(charset.unwrap_or_else(|| page_charset.clone())));
    }
}

/// Scripts that write scripts that write scripts: this far and no farther.
const WRITTEN_DEPTH: usize = 3;

fn take_script(facts: &mut PageFacts, reading: &ScriptReading, source: &str, base: Option<&Url>, depth: usize) {
    for why in &reading.opaque {
        opaque(facts, source, why);
    }
    // An external script is its own base for what it imports.
    let own = Url::parse(source).ok();
    for load in &reading.loads {
        let base = if load.module { own.as_ref().or(base) } else { base };
        if let Some(url) = resolve(base, &load.url)
            && !(load.kind == NeedKind::Script && known::is_library(&url))
        {
            need(facts, Need { url, kind: load.kind, charset: None });
        }
    }
    for html in joined(&reading.written) {
        add_written(facts, &html, base, source, depth);
    }
    add_strings(facts, &reading.strings);
}

/// Numbers in a script's strings, not known to be shown: enough to say that the page's code knows them, so that nobody
/// calls them missing, and no more.
fn add_strings(facts: &mut PageFacts, strings: &[String]) {
    let mut flow = Flow::default();
    for text in strings {
        let text = if guard::check(text).is_ok() { dom::walk_fragment(text).flow.pieces } else { continue };
        let block = flow.pieces.last().map_or(0, |p| p.block + 100);
        flow.pieces.extend(text.into_iter().filter(|p| p.at == Where::Text).map(|mut piece| {
            piece.at = Where::Script;
            piece.visible = false;
            piece.anchor = None;
            piece.path = 0;
            piece.block += block;
            piece
        }));
    }
    let found = marks::find(&flow, &facts.url, &[]);
    let new = |all: &[NumberMark], found: Vec<NumberMark>| -> Vec<NumberMark> {
        let known: HashSet<&str> = all.iter().map(|m| m.shown.as_str()).collect();
        found.into_iter().filter(|m| !known.contains(m.shown.as_str())).collect()
    };
    let (icp, psb) = (new(&facts.marks.icp, found.icp), new(&facts.marks.psb, found.psb));
    facts.marks.icp.extend(icp);
    facts.marks.psb.extend(psb);
}

/// Pieces written into one place one after another are one text.
fn joined(written: &[Written]) -> Vec<String> {
    let mut groups: Vec<String> = Vec::new();
    let mut of_target: HashMap<Option<&str>, usize> = HashMap::new();
    for piece in written {
        let group = *of_target.entry(piece.target.as_deref()).or_insert_with(|| {
            groups.push(String::new());
            groups.len() - 1
        });
        if piece.text_only {
            groups[group].push_str(&piece.html.replace('&', "&amp;").replace('<', "&lt;"));
        } else {
            groups[group].push_str(&piece.html);
        }
    }
    groups
}

/// Takes in content that a script puts into the page: its marks are shown, its scripts run.
fn add_written(facts: &mut PageFacts, html: &str, base: Option<&Url>, source: &str, depth: usize) {
    if depth > WRITTEN_DEPTH || guard::check(html).is_err() {
        opaque(facts, source, "write");
        return;
    }
    let mut walked = dom::walk_fragment(html);
    for piece in &mut walked.flow.pieces {
        piece.in_footer = true;
        if piece.at == Where::Text {
            piece.at = Where::Script;
        }
    }
    for token in &mut walked.flow.tokens {
        token.in_footer = true;
    }
    for anchor in &mut walked.flow.anchors {
        anchor.in_footer = true;
    }
    let found = marks::find(&walked.flow, &facts.url, &walked.metas);
    facts.marks.absorb(&found);
    facts.links.extend(links(&walked.flow, base));
    let (text, _) = visible_text(&walked.flow);
    if !text.is_empty() {
        for target in [&mut facts.text, &mut facts.footer] {
            if !target.is_empty() {
                target.push('\n');
            }
            target.push_str(&text);
        }
    }
    for script in walked.scripts {
        match script.url {
            Some(address) => {
                if let Some(url) = resolve(base, &address)
                    && !known::is_library(&url)
                {
                    need(facts, Need { url, kind: NeedKind::Script, charset: script.charset });
                }
            }
            None => take_script(facts, &script::read(&script.inline), source, base, depth + 1),
        }
    }
}

/// Absolute http(s) form of an address as written.
fn resolve(base: Option<&Url>, address: &str) -> Option<String> {
    let address = address.trim();
    if address.is_empty() || address.starts_with('#') {
        return None;
    }
    let url = match base {
        Some(base) if is_plain_path(address) && matches!(base.scheme(), "http" | "https") => {
            return Some([&base[..Position::BeforePath], address].concat());
        }
        Some(base) => base.join(address).ok()?,
        None => Url::parse(address).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// A path from the root that joining would leave as it is: most links of a page, and parsing is dear.
fn is_plain_path(address: &str) -> bool {
    let mut before = 0;
    address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|b| {
            // `/.` may begin a step up.
            let fits = b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-') || (b == b'.' && before != b'/');
            before = b;
            fits
        })
}

/// `0; url=index.html`; longer delays are notices, not hops.
fn refresh_target(content: &str) -> Option<String> {
    let (delay, rest) = content.split_once([';', ','])?;
    let seconds: f64 = delay.trim().parse().ok()?;
    let rest = rest.trim();
    let address = if rest.get(..3).is_some_and(|p| p.eq_ignore_ascii_case("url")) {
        rest[3..].trim_start().strip_prefix('=')?
    } else {
        rest
    };
    let address = address.trim().trim_matches(['"', '\'']).trim();
    (seconds <= 5.0 && !address.is_empty()).then(|| address.to_owned())
}

fn visible_text(flow: &Flow) -> (String, String) {
    let mut all = String::new();
    let mut footer = String::new();
    let mut line = String::new();
    let mut at = None;
    let mut line_in_footer = false;
    let mut end_line = |line: &mut String, in_footer: bool| {
        let border = |text: &mut String| {
            if !text.is_empty() {
                text.push('\n');
            }
        };
        let before = all.len();
        border(&mut all);
        let start = all.len();
        fold_into(&mut all, line);
        if all.len() == start {
            all.truncate(before);
        } else if in_footer {
            border(&mut footer);
            footer.push_str(&all[start..]);
        }
        line.clear();
    };
    for piece in flow.pieces.iter().filter(|p| p.visible && matches!(p.at, Where::Text | Where::Script)) {
        if at != Some(piece.block) {
            end_line(&mut line, line_in_footer);
            at = Some(piece.block);
            line_in_footer = piece.in_footer;
        }
        line.push_str(&piece.text);
    }
    end_line(&mut line, line_in_footer);
    (all, footer)
}

fn links(flow: &Flow, base: Option<&Url>) -> Vec<Link> {
    let mut texts: Vec<(Cow<'_, str>, Cow<'_, str>)> = vec![Default::default(); flow.anchors.len()];
    for piece in &flow.pieces {
        let Some((text, alternative)) = piece.anchor.and_then(|a| texts.get_mut(a as usize)) else { continue };
        match piece.at {
            Where::Text | Where::Script if piece.visible => *text += piece.text.as_str(),
            Where::Alt => *alternative += piece.text.as_str(),
            _ => {}
        }
    }
    flow.anchors
        .iter()
        .zip(texts)
        .map(|(anchor, (text, alternative))| Link {
            url: resolve(base, &anchor.href),
            href: anchor.href.clone(),
            text: if text.trim().is_empty() { fold(&alternative) } else { fold(&text) },
            hidden: !anchor.visible,
            veil: anchor.veil,
            in_footer: anchor.in_footer,
        })
        .collect()
}

/// Where no container is named so, the footer begins a little before the first strong marker in the lower part of the page.
fn mark_footer(flow: &mut Flow) {
    let shown = |flow: &Flow, i: usize| flow.pieces[i].visible && flow.pieces[i].at == Where::Text;
    let total = (0..flow.pieces.len()).filter(|i| shown(flow, *i)).count();
    let mut seen = 0;
    let mut start = None;
    for i in 0..flow.pieces.len() {
        if !shown(flow, i) {
            continue;
        }
        seen += 1;
        if seen * 10 >= total * 4 && marks::is_footer_marker(&flow.pieces[i].text) {
            start = Some(i);
            break;
        }
    }
    let Some(start) = start else { return };
    // A named container says itself where it begins.
    let lead = if flow.pieces[start].in_footer { 0 } else { 4 };
    let from = flow.pieces[start].block.saturating_sub(lead);
    for piece in flow.pieces.iter_mut().filter(|p| p.block >= from) {
        piece.in_footer = true;
    }
    for anchor in flow.anchors.iter_mut().filter(|a| a.block >= from) {
        anchor.in_footer = true;
    }
    for token in flow.tokens.iter_mut().filter(|t| t.block >= from) {
        token.in_footer = true;
    }
}
