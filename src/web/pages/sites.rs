//! 站点: the register's rows; of one site its week, what each rule last said, its problems.

use axum::extract::{Path, Query, State};
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use crate::check::Measure;
use crate::clock::local;
use crate::evidence::{VisitDay, VisitEnd};
use crate::export::visits::SiteWeek;
use crate::export::words as said;
use crate::ledger::{ListFilter, RuleLetter};
use crate::register::{Register, Site};
use crate::web::answer::{Fault, Html, encoded};
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell, words};

const PER_PAGE: usize = 50;
/// Rows of a site's own list.
const ROWS: u32 = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::web) struct Wish {
    q: String,
    unit: String,
    /// Id of the last site of the page before.
    after: String,
}

/// Sites this visitor may know of, in register order.
fn seen<'a>(office: &'a Office, visitor: &'a Visitor) -> impl Iterator<Item = &'a Site> {
    let register = &office.register;
    register.sites.iter().filter(|site| visitor.sees_unit(&register.sponsor(site).id))
}

pub(in crate::web) async fn list(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    let register = &office.register;
    let word = wish.q.trim().to_lowercase();
    let hit = |site: &&Site| {
        let unit = register.sponsor(site);
        (wish.unit.is_empty() || unit.id == wish.unit)
            && (word.is_empty()
                || site.id == word
                || site.name.to_lowercase().contains(&word)
                || site.url_text.to_lowercase().contains(&word)
                || unit.name.to_lowercase().contains(&word))
    };
    let found: Vec<&Site> = seen(&office, &visitor).filter(hit).collect();
    let begin = match wish.after.is_empty() {
        true => 0,
        false => found.iter().position(|s| s.id == wish.after).map_or(found.len(), |at| at + 1),
    };
    let shown = &found[begin..found.len().min(begin + PER_PAGE)];
    let more = begin + shown.len() < found.len();
    let next = shown
        .last()
        .filter(|_| more)
        .map(|last| format!("/sites?q={}&unit={}&after={}", encoded(&wish.q), encoded(&wish.unit), encoded(&last.id)));
    let ids: Vec<&str> = shown.iter().map(|s| s.id.as_str()).collect();
    let unsolved = office.reader.unsolved_of_sites(&ids).await?;
    let labels = &office.rules.labels;
    let body = html! {
        h1 { "站点" }
        form.filters method="get" action="/sites" role="search" {
            div { label for="q" { "名称、网址、标识码、单位" } input type="search" id="q" name="q" value=(wish.q) maxlength="100"; }
            @if !wish.unit.is_empty() { input type="hidden" name="unit" value=(wish.unit); }
            div { button.main type="submit" { "查找" } }
        }
        @if shown.is_empty() { p.notice { "没有符合条件的站点。站点来自登记表 targets.toml。" } }
        @else {
            div.scroll { table.list {
                thead { tr { th { "标识码" } th { "名称" } th { "网址" } th { "主办单位" } th { "运行状态" } th.number { "未销号" } } }
                tbody { @for site in shown {
                    tr {
                        td { a.number href={ "/sites/" (encoded(&site.id)) } { (site.id) } }
                        td { (site.name) }
                        td { (site.url_text) }
                        td { (register.sponsor(site).name) }
                        td { (labels.word("status", words::status_key(site.status))) }
                        td.number { (unsolved.get(&site.id).copied().unwrap_or(0)) }
                    }
                } }
            } }
            (shell::pager(Some(found.len() as u64), shown.len(), next.as_deref()))
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/sites", "站点", &body)))
}

pub(in crate::web) async fn one(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Html, Fault> {
    let register = &office.register;
    let site = seen(&office, &visitor).find(|s| s.id == id).ok_or(Fault::NotFound)?;
    let labels = &office.rules.labels;
    let filter = ListFilter { sites: Some(vec![site.id.clone()]), ..ListFilter::default() };
    let page = office.reader.page(&filter, None, ROWS).await?;
    let letters = office.reader.letters(&site.id).await?;
    let today = local(office.clock.now()).date();
    // One day more: the week of the measure may end yesterday.
    let from = today.checked_sub(8.days()).unwrap_or(today);
    let visits = office.reader.visits(from, today, Some(&[site.id.as_str()])).await?;
    let days = visits.get(&site.id).map_or(&[][..], Vec::as_slice);
    let weeks = SiteWeek::of(&site.id, &site.name, days);
    let (live, done): (Vec<_>, Vec<_>) = page.rows.into_iter().partition(|row| row.stage.is_unsolved());
    let body = html! {
        h1 { (site.name) }
        @if office.scheduled && visitor.person.role.directs_runs() {
            form method="post" action="/schedule/audit" {
                (shell::csrf(&visitor))
                input type="hidden" name="site" value=(site.id);
                button type="submit" { "立即体检本站" }
            }
        }
        div.two {
            section.card {
                h2 { "登记信息" }
                (registered(register, site, labels))
            }
            section.card {
                h2 { "近七日访问" }
                @if days.is_empty() { p { "没有访问记录。开启常驻访问后，每个站点每天访问 24 次。" } }
                @else {
                    (shell::strip(&hours(days, today)))
                    p.lead { "绿：打开；红 ×：未打开；灰 ？：无法判定；空白：没有访问。" }
                    ul { @for week in &weeks { li { (week.sentence()) "（探测点：" (week.vantage) "）" } } }
                }
            }
        }
        h2 { "未销号问题 " (live.len()) " 条" }
        @if live.is_empty() { p { "没有未销号问题。" } } @else { (shell::problem_table(&office, &visitor, &live, None)) }
        @if !done.is_empty() {
            h2 { "其他问题（疑似、已销号、不予列入等）" }
            (shell::problem_table(&office, &visitor, &done, None))
        }
        h2 { "各项检查的最近结论" }
        (answers(&office, &letters))
    };
    Ok(Html(shell::frame(&office, &visitor, "/sites", &site.name, &body)))
}

fn registered(register: &Register, site: &Site, labels: &crate::rule::Labels) -> Markup {
    let unit = |at: Option<usize>| at.and_then(|i| register.units.get(i)).map_or("", |u| u.name.as_str());
    html! {
        dl {
            (shell::fact("网站标识码", site.site_code.as_deref().unwrap_or(&site.id)))
            (shell::fact("网址", &site.url_text))
            dt { "主办单位" }
            dd { a href={ "/units/" (encoded(&register.sponsor(site).id)) } { (register.sponsor(site).name) } }
            (shell::fact("主管单位", unit(site.supervisor)))
            (shell::fact("承办单位", unit(site.undertaker)))
            (shell::fact("运行状态", labels.word("status", words::status_key(site.status))))
            (shell::fact("ICP备案", site.icp.as_deref().unwrap_or_default()))
            (shell::fact("公安备案", site.psb.as_deref().unwrap_or_default()))
            (shell::fact("其他域名", &site.domains.join("、")))
            (shell::fact("闲置域名", &site.idle_domains.join("、")))
        }
    }
}

fn answers(office: &Office, letters: &[RuleLetter]) -> Markup {
    let known = letters.iter().filter_map(|l| Some((office.rules.get(&l.rule)?, l.letter)));
    let labels = &office.rules.labels;
    let (failing, others): (Vec<_>, Vec<_>) = known.partition(|(_, letter)| matches!(letter, 'F' | 'R'));
    html! {
        @if letters.is_empty() { p { "还没有得出过结论。" } }
        @else {
            @if !failing.is_empty() {
                div.scroll { table {
                    thead { tr { th { "不合格的检查项" } th { "结论" } th { "严重程度" } } }
                    tbody { @for (rule, letter) in &failing { tr {
                        td { a href={ "/rules/" (encoded(&rule.id)) } { (rule.title) } }
                        td { (words::letter(*letter)) }
                        td { (said::severity(labels, rule.severity)) }
                    } } }
                } }
            }
            details {
                summary { "其他 " (others.len()) " 项 " small { "合格、不适用的，点开查看" } }
                div.inside { table {
                    thead { tr { th { "检查项" } th { "结论" } } }
                    tbody { @for (rule, letter) in &others {
                        tr { td { a href={ "/rules/" (encoded(&rule.id)) } { (rule.title) } } td { (words::letter(*letter)) } }
                    } }
                } }
            }
        }
    }
}

/// The last seven days, hour by hour, from all vantages: the worst of an hour is shown.
fn hours(days: &[VisitDay], today: Date) -> Vec<(Date, [u8; 24])> {
    let measure = Measure::default();
    let mut out: Vec<(Date, [u8; 24])> =
        (0..7).rev().filter_map(|back| Some((today.checked_sub(back.days()).ok()?, [b'-'; 24]))).collect();
    for day in days {
        let Some((_, cells)) = out.iter_mut().find(|(date, _)| *date == day.day) else { continue };
        for visit in &day.visits {
            let letter = match (measure.failed(visit), &visit.end) {
                (_, VisitEnd::Blocked(_)) => b'b',
                (Some(true), _) => b'f',
                (Some(false), _) => b'o',
                (None, _) => b'u',
            };
            let hour = usize::from(local(visit.at).hour().unsigned_abs()).min(23);
            let rank = |l: u8| b"-uobf".iter().position(|known| *known == l);
            if rank(letter) > rank(cells[hour]) {
                cells[hour] = letter;
            }
        }
    }
    out
}
