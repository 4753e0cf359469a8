//! 问题清单: the address bar is the filter, so that a list can be sent as a link.

use axum::extract::{Query, State};
use axum::response::Response;
use jiff::SignedDuration;
use maud::html;
use serde::Deserialize;

use crate::export::words as said;
use crate::ledger::ListFilter;
use crate::ledger::people::{Role, Step};
use crate::rule::Severity;
use crate::web::answer::{Fault, Html, download, encoded};
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell, words};

const PER_PAGE: u32 = 50;
/// Sites a search may mean at most.
const SITES: usize = 500;
/// Rows of one file.
const MOST: u32 = 100_000;

/// The filter as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Wish {
    stage: String,
    unit: String,
    site: String,
    point: String,
    severity: String,
    rule: String,
    /// `overdue` or `soon`
    due: String,
    relapsed: String,
    q: String,
    after: String,
    done: String,
}

impl Wish {
    /// The ledger's filter; an unknown word in the address shows nothing rather than everything.
    pub(in crate::web) fn filter(&self, office: &Office, own: Option<&str>) -> Result<ListFilter, Fault> {
        let bad = |what: &str| Fault::Bad(format!("筛选条件“{what}”不认识"));
        let stages = match self.stage.as_str() {
            "" | "unsolved" => words::UNSOLVED.to_vec(),
            "all" => words::STAGES.to_vec(),
            key => vec![words::STAGES.into_iter().find(|s| words::stage_key(*s) == key).ok_or_else(|| bad(key))?],
        };
        let severity = match self.severity.as_str() {
            "" => None,
            key => {
                let all = [Severity::General, Severity::Serious, Severity::Veto];
                Some(all.into_iter().find(|s| s.key() == key).ok_or_else(|| bad(key))?)
            }
        };
        let key_point = match self.point.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| bad(text))?),
        };
        let now = office.clock.now();
        let due_by = match self.due.as_str() {
            "" => None,
            "overdue" => Some(now),
            "soon" => Some(now + SignedDuration::from_hours(72)),
            other => return Err(bad(other)),
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Ok(ListFilter {
            stages,
            unit: own.map(str::to_owned).or_else(|| some(&self.unit)),
            sites: some(&self.site).map(|site| vec![site]).or_else(|| self.searched(office)),
            rule: some(&self.rule),
            key_point,
            severity,
            due_by,
            relapsed: !self.relapsed.is_empty(),
        })
    }

    /// Sites whose name, address or sponsor holds the words searched for.
    fn searched(&self, office: &Office) -> Option<Vec<String>> {
        let word = self.q.trim().to_lowercase();
        if word.is_empty() {
            return None;
        }
        let register = &office.register;
        let hit = |site: &&crate::register::Site| {
            site.id == word
                || site.name.to_lowercase().contains(&word)
                || site.url_text.to_lowercase().contains(&word)
                || register.sponsor(site).name.to_lowercase().contains(&word)
        };
        Some(register.sites.iter().filter(hit).take(SITES).map(|s| s.id.clone()).collect())
    }

    /// The same list as an address, from another place on.
    pub(in crate::web) fn address(&self, path: &str, after: Option<&str>) -> String {
        let fields = [
            ("stage", self.stage.as_str()),
            ("unit", &self.unit),
            ("site", &self.site),
            ("point", &self.point),
            ("severity", &self.severity),
            ("rule", &self.rule),
            ("due", &self.due),
            ("relapsed", &self.relapsed),
            ("q", &self.q),
            ("after", after.unwrap_or_default()),
        ];
        let said: Vec<String> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}={}", encoded(value)))
            .collect();
        if said.is_empty() { path.to_owned() } else { format!("{path}?{}", said.join("&")) }
    }
}

pub(in crate::web) async fn page(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, Fault> {
    use axum::response::{IntoResponse as _, Redirect};
    let looks_like_number = wish.q.trim().bytes().filter(|b| *b == b'-').count() == 2;
    if looks_like_number && let Ok((row, _)) = office.reader.problem(wish.q.trim()).await {
        let address = format!("/problems/{}", encoded(&shell::row_name(&row)));
        return Ok(Redirect::to(&address).into_response());
    }
    let filter = wish.filter(&office, visitor.unit())?;
    let after = (!wish.after.is_empty()).then_some(wish.after.as_str());
    let page = office.reader.page(&filter, after, PER_PAGE).await?;
    let next = page.next.as_deref().map(|mark| wish.address("/problems", Some(mark)));
    let labels = &office.rules.labels;
    let word = |key: &str, word: &str| (key.to_owned(), word.to_owned());
    let stages: Vec<_> = [word("unsolved", "未销号"), word("all", "全部")]
        .into_iter()
        .chain(words::STAGES.map(|s| word(words::stage_key(s), said::stage(labels, s))))
        .collect();
    let points: Vec<_> = (1..=10u8).map(|p| (p.to_string(), said::key_point(labels, p))).collect();
    let severities: Vec<_> = [Severity::Veto, Severity::Serious, Severity::General]
        .map(|s| word(s.key(), said::severity(labels, s)))
        .into_iter()
        .collect();
    let limits = [word("overdue", "已超期"), word("soon", "三天内到期")];
    let bulk = visitor.person.role == Role::Supervisor && !page.rows.is_empty();
    let done = Step::of_key(&wish.done).map(words::step_done);
    let body = html! {
        h1 { "问题清单" }
        @if let Some(done) = done { (shell::notice(done)) }
        form.filters method="get" action="/problems" role="search" {
            div { label for="q" { "编号、站点、单位" } input type="search" id="q" name="q" value=(wish.q) maxlength="100"; }
            div { label for="stage" { "阶段" }
                (shell::options("stage", if wish.stage.is_empty() { "unsolved" } else { &wish.stage }, &stages)) }
            div { label for="point" { "重点内容" } (shell::options("point", &wish.point, &points)) }
            div { label for="severity" { "严重程度" } (shell::options("severity", &wish.severity, &severities)) }
            div { label for="due" { "时限" } (shell::options("due", &wish.due, &limits)) }
            @for (name, value) in [("unit", &wish.unit), ("site", &wish.site), ("rule", &wish.rule), ("relapsed", &wish.relapsed)] {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            div { button.main type="submit" { "筛选" } " " a.button href="/problems" { "重置" } }
        }
        @if page.rows.is_empty() {
            p.notice { "没有符合条件的问题。可以放宽筛选条件，或" a href="/problems?stage=all" { "查看全部阶段" } "。" }
        } @else {
            @if bulk {
                form.filters id="bulk" method="post" action="/problems/bulk" {
                    (shell::csrf(&visitor))
                    div { label for="step" { "对选中的问题" }
                        select id="step" name="step" {
                            @for step in [Step::Issue, Step::Confirm, Step::Close] { option value=(step.key()) { (words::step(step)) } }
                        }
                    }
                    div { label for="bulk-reason" { "理由或文号" } input type="text" id="bulk-reason" name="reason" value="下发整改" required maxlength="500"; }
                    div { button type="submit" { "预览" } }
                }
            }
            (shell::problem_table(&office, &visitor, &page.rows, bulk.then_some("bulk")))
            (shell::pager(Some(page.total), page.rows.len(), next.as_deref()))
            p { "导出：" a href=(wish.address("/problems.csv", None)) { "本清单 CSV（Excel、WPS 可打开）" } "；正式表格见 " a href="/reports" { "报表" } "。" }
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/problems", "问题清单", &body)).into_response())
}

/// The rows of the filter as a flat table.
pub(in crate::web) async fn csv(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Response, Fault> {
    let filter = wish.filter(&office, visitor.unit())?;
    let page = office.reader.page(&filter, None, MOST).await?;
    visitor.took(&office, &wish.address("/problems.csv", None)).await?;
    let text = crate::export::csv::problems(&page.rows, &office.rules.labels);
    let name = format!("问题清单-{}.csv", office.clock.today());
    Ok(download(&name, "text/csv; charset=utf-8", text.into_bytes()))
}
