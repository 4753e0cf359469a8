//! 巡查记录 and 无法判定: what was looked at, and what could not be told.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

use crate::export::words as said;
use crate::ledger::view::{RunView, UnclearView};
use crate::ledger::{self, RunId};
use crate::web::answer::{Fault, Html, encoded};
use crate::web::pages::settings;
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, duty, html as shell, words};

const PER_PAGE: usize = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::web) struct Wish {
    /// Id of the last run of the page before.
    after: String,
}

pub(in crate::web) async fn list(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    if visitor.unit().is_some() {
        return Err(Fault::NotFound);
    }
    let runs = office.reader.runs().await?;
    let begin = match wish.after.is_empty() {
        true => 0,
        false => runs.iter().position(|r| r.id == wish.after).map_or(runs.len(), |at| at + 1),
    };
    let shown = &runs[begin..runs.len().min(begin + PER_PAGE)];
    let more = begin + shown.len() < runs.len();
    let next = shown.last().filter(|_| more).map(|last| format!("/runs?after={}", encoded(&last.id)));
    let labels = &office.rules.labels;
    let plan = duty::plan(&office.reader).await?;
    let body = html! {
        h1 { "巡查记录" }
        (settings::schedule(&office, &visitor, &plan))
        @if runs.is_empty() { p.notice { "还没有巡查过。" } } @else {
            div.scroll { table.list {
                thead { tr { th { "开始" } th { "种类" } th { "结果" } th.number { "应查" } th.number { "已查" } th.number { "无法判定" } th.wide { "说明" } } }
                tbody { @for run in shown {
                    tr {
                        td { a href={ "/runs/" (encoded(&run.id)) } { (said::minute(run.started_at)) } }
                        td { (said::run_kind(labels, &run.kind)) }
                        td { (words::run_state(&run.state)) }
                        td.number { (run.planned) } td.number { (run.covered) } td.number { (run.undetermined) }
                        td.wide { (shell::shortened(&run.note, 120)) }
                    }
                } }
            } }
            (shell::pager(Some(runs.len() as u64), shown.len(), next.as_deref()))
        }
    };
    let refresh = (office.board.going().is_some() && wish.after.is_empty()).then_some(5);
    Ok(Html(shell::frame_with(&office, &visitor, "/runs", "巡查记录", refresh, &body)))
}

pub(in crate::web) async fn one(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Html, Fault> {
    if visitor.unit().is_some() {
        return Err(Fault::NotFound);
    }
    let run = office.reader.run(&id).await?;
    let unclear = office.reader.unclear(&run.id).await?;
    let labels = &office.rules.labels;
    let settles = run.state == "held" && visitor.person.role.directs_runs();
    let body = html! {
        h1 { (said::run_kind(labels, &run.kind)) " " (said::minute(run.started_at)) }
        section.card { (facts(&office, &run)) }
        @if settles {
            p.notice { "本次巡查有异常多的站点同时变化，结果已保存，尚未写入清单。核实不是本机网络或共同故障造成的，再放行。" }
            @for (what, word, effect) in [("release", "放行", "写入清单"), ("drop", "放弃", "不写入清单，观测保留备查")] {
                details.act {
                    summary { (word) " " small { (effect) } }
                    form method="post" action={ "/runs/" (encoded(&run.id)) "/" (what) } {
                        (shell::csrf(&visitor))
                        div.field {
                            label for={ "reason-" (what) } { "理由（必填）" }
                            textarea id={ "reason-" (what) } name="reason" required maxlength="2000" {}
                        }
                        button.main type="submit" { (word) }
                    }
                }
            }
        }
        h2 { "无法判定的站点 " (unclear.len()) " 个" }
        (unclear_table(&office, &unclear))
    };
    Ok(Html(shell::frame(&office, &visitor, "/runs", "巡查记录", &body)))
}

fn facts(office: &Office, run: &RunView) -> Markup {
    html! {
        dl {
            (shell::fact("编号", &run.id))
            (shell::fact("种类", said::run_kind(&office.rules.labels, &run.kind)))
            (shell::fact("开始", &said::minute(run.started_at)))
            (shell::fact("结束", &run.finished_at.map(said::minute).unwrap_or_default()))
            (shell::fact("结果", words::run_state(&run.state)))
            (shell::fact("覆盖", &format!("应查 {} 个站点，已查 {} 个，无法判定 {} 个", run.planned, run.covered, run.undetermined)))
            (shell::fact("说明", &run.note))
        }
    }
}

fn unclear_table(office: &Office, unclear: &[UnclearView]) -> Markup {
    let labels = &office.rules.labels;
    html! {
        @if unclear.is_empty() { p { "没有。" } } @else {
            div.scroll { table.list {
                thead { tr { th { "站点" } th { "标识码" } th.wide { "原因" } } }
                tbody { @for site in unclear {
                    tr {
                        td { a href={ "/sites/" (encoded(&site.site)) } { (if site.name.is_empty() { &site.site } else { &site.name }) } }
                        td { (site.site) }
                        td.wide { @for (i, reason) in site.reasons.iter().enumerate() { @if i > 0 { "；" } (labels.word("reason", reason)) } }
                    }
                } }
            } }
        }
    }
}

#[derive(Deserialize)]
pub(in crate::web) struct Settling {
    csrf: Option<String>,
    #[serde(default)]
    reason: String,
}

pub(in crate::web) async fn settle(
    State(office): State<Shared>,
    visitor: Visitor,
    Path((id, what)): Path<(String, String)>,
    Form(form): Form<Settling>,
) -> Result<Redirect, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    visitor.must(visitor.person.role.directs_runs(), &office, &format!("{what} {id}")).await?;
    // A run under way ends with its own writing; until then its neighbours are left alone.
    let _lock = ledger::lock(office.writer.dir())?;
    let (run, reason, by) = (RunId(id.clone()), form.reason.trim(), visitor.person.name.as_str());
    match what.as_str() {
        "release" => _ = office.writer.release(&run, reason, by, &office.rules.calendar).await?,
        "drop" => office.writer.drop_run(&run, reason, by).await?,
        _ => return Err(Fault::NotFound),
    }
    Ok(Redirect::to(&format!("/runs/{}", encoded(&id))))
}

/// 无法判定: as of the last patrol that counts.
pub(in crate::web) async fn unclear(State(office): State<Shared>, visitor: Visitor) -> Result<Html, Fault> {
    let runs = office.reader.runs().await?;
    let last = runs.iter().find(|r| r.kind == "patrol" && matches!(r.state.as_str(), "applied" | "partial" | "held"));
    let mut unclear = match last {
        Some(run) => office.reader.unclear(&run.id).await?,
        None => Vec::new(),
    };
    let register = &office.register;
    unclear.retain(|u| {
        visitor.unit().is_none_or(|own| register.site(&u.site).is_some_and(|s| register.sponsor(s).id == own))
    });
    let body = html! {
        h1 { "无法判定" }
        p.lead { "没有看清的站点既不作为存在问题，也不作为未发现问题。请先排除原因，再看下一次巡查的结果。" }
        @match last {
            None => { p.notice { "还没有巡查过。" } },
            Some(run) => { p { "截至最近一次巡查（" (said::minute(run.started_at)) "）：" (unclear.len()) " 个站点。" } },
        }
        (unclear_table(&office, &unclear))
        h2 { "怎么办" }
        ul {
            li { "被防护设备拦截：请主办单位把探测点的地址加入白名单（可用 " code { "xunjian report whitelist" } " 生成函）。" }
            li { "本机网络、解析故障：由运维人员排除后重新巡查。" }
            li { "页面由脚本生成：在服务器上安装 Chromium 后，系统会用浏览器复看。" }
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/unclear", "无法判定", &body)))
}
