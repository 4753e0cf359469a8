//! 问题档案: one problem on one paper — what was seen, by which rule, where it stands in the page, what was done.

use jiff::Timestamp;

use crate::check::Location;
use crate::evidence::facts::page_of;
use crate::evidence::{Evidence, Fetch};
use crate::ledger::view::{EventView, ProblemView};
use crate::rule::Labels;

use super::super::paper::{Block, Kind, Layout, Paper, Row, Table};
use super::super::text::{clean, one_line};
use super::super::words;
use super::{Issuer, actor, limit, said, site_name};

/// Characters quoted on either side of the span.
const AROUND: usize = 60;
/// Characters of a page's footer that are quoted where something is missing.
const FOOTER: usize = 400;
/// Places quoted.
const PLACES: usize = 20;

/// A place in a stored page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub url: String,
    pub selector: String,
    /// Text in order; `true` marks the span the finding speaks of.
    pub pieces: Vec<(String, bool)>,
    /// The quotation is the footer, in which something was looked for and not found.
    pub footer: bool,
}

/// A stored look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256, hexadecimal.
    pub address: String,
    /// When the look began; `None` when the file cannot be read any more.
    pub at: Option<Timestamp>,
    pub vantage: String,
}

/// All that is known of one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    pub problem: ProblemView,
    pub events: Vec<EventView>,
    pub excerpts: Vec<Excerpt>,
    pub stored: Vec<Stored>,
}

/// The places of a finding as they stand in the stored pages; places that are no pages, or whose words do not stand there, keep the
/// words that were noted at the time.
pub fn excerpts(locations: &[Location], evidence: Option<&Evidence>) -> Vec<Excerpt> {
    locations.iter().take(PLACES).map(|location| excerpt(location, evidence)).collect()
}

fn excerpt(location: &Location, evidence: Option<&Evidence>) -> Excerpt {
    let quote = clean(&location.excerpt);
    let plain =
        |pieces, footer| Excerpt { url: location.url.clone(), selector: location.selector.clone(), pieces, footer };
    let page = evidence.and_then(|e| {
        let shows = |f: &Fetch| f.last().body.is_some() && (f.last().url == location.url || f.asked() == location.url);
        let index = e.fetches.iter().position(shows)?;
        Some(page_of(e, index))
    });
    let Some(page) = page else { return plain(noted(quote), false) };
    if quote.is_empty() {
        let footer: String = clean(&page.footer).chars().take(FOOTER).collect();
        let pieces = if footer.is_empty() { Vec::new() } else { vec![(footer, false)] };
        return plain(pieces, true);
    }
    let text = clean(&page.text);
    match text.find(&quote) {
        Some(at) => {
            let (before, after) = (&text[..at], &text[at + quote.len()..]);
            let mut head: Vec<char> = before.chars().rev().take(AROUND).collect();
            head.reverse();
            let tail: String = after.chars().take(AROUND).collect();
            plain(vec![(head.into_iter().collect(), false), (quote, true), (tail, false)], false)
        }
        None => plain(noted(quote), false),
    }
}

fn noted(quote: String) -> Vec<(String, bool)> {
    if quote.is_empty() { Vec::new() } else { vec![(quote, true)] }
}

/// The paper.
pub fn dossier(issuer: &Issuer, dossier: &Dossier, labels: &Labels) -> Paper {
    let p = &dossier.problem;
    let mut paper = Paper::new(&format!("问题档案 {}", p.handle()), &issuer.office, issuer.date, Layout::Portrait);
    let pair = |a: &str, b: String, c: &str, d: String| Row::new(vec![a.to_owned(), b, c.to_owned(), d]);
    let wide = |a: &str, b: String| Row::new(vec![a.to_owned(), b]);
    let dash = |text: String| if text.is_empty() { "—".to_owned() } else { text };
    let facts = vec![
        pair("网站名称", site_name(p), "网站标识码", dash(one_line(&p.site))),
        wide("网站地址", one_line(&p.site_url)),
        pair("主办单位", one_line(&p.unit), "来源", words::source(labels, p.source).to_owned()),
        pair(
            "严重程度",
            words::severity(labels, p.severity).to_owned(),
            "办理阶段",
            words::stage(labels, p.stage).to_owned(),
        ),
        wide("重点内容", words::key_point(labels, p.key_point)),
        pair("列入时间", p.opened_at.map_or_else(|| "未列入".to_owned(), words::minute), "整改时限", limit(p)),
        pair("首次发现", words::minute(p.first_seen), "最近发现", words::minute(p.last_seen)),
        pair("最近检查", words::minute(p.last_checked), "巡查判定", words::evidence(labels, p).to_owned()),
    ];
    paper.blocks = vec![
        Block::Title("政府网站问题档案".to_owned()),
        Block::Line(format!("编号：{}", p.handle()), format!("打印日期：{}", issuer.date_text())),
        Block::Table(Table::facts(&[26.0, 52.0, 26.0, 52.0], facts)),
        Block::Note(issuer.code_line()),
        Block::Heading("一、存在问题".to_owned()),
        Block::Text(said(p)),
        Block::Heading("二、判定依据".to_owned()),
        Block::Text(format!("检查规则：{}（{}）。", one_line(&p.rule_title), p.rule)),
        Block::Text(format!("依据：{}", dash(clean(&p.basis)))),
        Block::Heading("三、证据摘录".to_owned()),
    ];
    evidence(&mut paper.blocks, dossier);
    paper.blocks.extend([
        Block::Heading("四、整改措施".to_owned()),
        Block::Text(match (p.measure.trim().is_empty(), p.measure_confirmed) {
            (true, _) => "尚未填写。".to_owned(),
            (false, true) => clean(&p.measure),
            (false, false) => format!("{}（系统建议，尚未由主办单位确认）", clean(&p.measure)),
        }),
        Block::Heading("五、办理经过".to_owned()),
        Block::Table(timeline(&dossier.events, labels)),
        Block::Heading("六、证据与材料".to_owned()),
        Block::Table(files(dossier)),
        Block::Note("校验值为SHA-256。证据可导出为证据包，离线打开并逐个核对。".to_owned()),
    ]);
    paper
}

fn evidence(blocks: &mut Vec<Block>, dossier: &Dossier) {
    if dossier.excerpts.is_empty() {
        blocks.push(Block::Text("本问题没有页面摘录，有关材料见第六部分。".to_owned()));
    }
    for (i, excerpt) in dossier.excerpts.iter().enumerate() {
        let place = if excerpt.selector.is_empty() {
            String::new()
        } else {
            format!("，位置：{}", one_line(&excerpt.selector))
        };
        blocks.push(Block::Note(format!("摘录{}　{}{place}", i + 1, one_line(&excerpt.url))));
        match (excerpt.pieces.is_empty(), excerpt.footer) {
            (true, _) => blocks.push(Block::Note("该处没有可摘录的文字。".to_owned())),
            (false, true) => {
                blocks.push(Block::Note("页面底部全文（在其中查找，未见应有内容）：".to_owned()));
                blocks.push(Block::Excerpt(excerpt.pieces.clone()));
            }
            (false, false) => blocks.push(Block::Excerpt(excerpt.pieces.clone())),
        }
    }
    let left = dossier.problem.locations.len().saturating_sub(dossier.excerpts.len());
    if left > 0 {
        blocks.push(Block::Note(format!("另有{left}处未摘录，见证据包。")));
    }
}

fn timeline(events: &[EventView], labels: &Labels) -> Table {
    let rows = events.iter().map(|e| {
        let stage = |s| words::stage(labels, s);
        let moved = match (e.from, e.to) {
            (Some(from), Some(to)) if from != to => format!("{} → {}", stage(from), stage(to)),
            (_, Some(to)) => stage(to).to_owned(),
            _ => String::new(),
        };
        let mut said = clean(&e.reason);
        if let Some(measure) = e.handling.as_ref().and_then(|h| h.measure.as_ref()) {
            said = [said, format!("整改措施：{}", clean(measure))]
                .into_iter()
                .filter(|s| !s.is_empty())
                .collect::<Vec<_>>()
                .join("\n");
        }
        vec![words::minute(e.at), labels.word("event", &e.kind).to_owned(), moved, actor(e), said]
    });
    let columns = [
        ("时间", 30.0, Kind::Centred),
        ("事项", 26.0, Kind::Centred),
        ("阶段", 32.0, Kind::Centred),
        ("办理人", 24.0, Kind::Centred),
        ("说明", 44.0, Kind::Text),
    ];
    Table::headed(&columns, rows.collect(), "尚无办理记录")
}

fn files(dossier: &Dossier) -> Table {
    let looks = dossier.stored.iter().map(|s| {
        let what = match s.at {
            Some(at) => format!("巡查记录\n{}\n探测点：{}", words::minute(at), one_line(&s.vantage)),
            None => "巡查记录（文件缺失或损坏）".to_owned(),
        };
        vec![what, s.address.clone()]
    });
    let attached =
        dossier.problem.attachments.iter().map(|a| vec![format!("附件：{}", one_line(&a.name)), a.sha256.clone()]);
    let rows: Vec<_> = looks.chain(attached).collect();
    Table::headed(&[("名称", 56.0, Kind::Text), ("校验值", 100.0, Kind::Text)], rows, "没有保存的证据文件")
}
