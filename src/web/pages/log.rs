//! 日志: events of the list, and for auditors the trail of log-ins and downloads.

use axum::extract::{Query, State};
use maud::html;
use serde::Deserialize;

use crate::export::{table, words as said};
use crate::web::answer::{Fault, Html, encoded};
use crate::web::visitor::Visitor;
use crate::web::{Shared, html as shell, words};

const PER_PAGE: u32 = 100;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::web) struct Wish {
    before: Option<i64>,
}

pub(in crate::web) async fn page(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    visitor.must(visitor.person.role.reads_log(), &office, "/log").await?;
    let log = office.reader.log(wish.before.unwrap_or(i64::MAX), PER_PAGE).await?;
    let next = log.last().map(|l| l.event.seq).filter(|seq| *seq > 1).map(|seq| format!("/log?before={seq}"));
    let code = office.reader.code().await?;
    let labels = &office.rules.labels;
    let body = html! {
        h1 { "日志" }
        p.lead { "只增不改，逐条相扣。台账校验码 " code { (code) } "；在服务器上运行 " code { "xunjian ledger verify" } " 可核验全链。" }
        div.scroll { table.list {
            thead { tr { th.number { "序号" } th { "时间" } th { "办理人" } th { "事项" } th { "问题" } th.wide { "说明" } } }
            tbody { @for line in &log {
                @let event = &line.event;
                tr {
                    td.number { (event.seq) }
                    td { (shell::minute(event.at)) }
                    td { (said::actor(&event.actor)) }
                    td { (said::event(labels, event)) }
                    td { @if let Some(no) = &line.problem { a.number href={ "/problems/" (encoded(no)) } { (no) } } }
                    td.wide { (labels.word("reason", &event.reason)) @if let Some(h) = &event.handling { (table::handled(h, labels)) } }
                }
            } }
        } }
        (shell::pager(None, log.len(), next.as_deref()))
    };
    Ok(Html(shell::frame(&office, &visitor, "/log", "日志", &body)))
}

pub(in crate::web) async fn trail(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    visitor.must(visitor.person.role.reads_trail(), &office, "/trail").await?;
    let lines = office.reader.trail(wish.before.unwrap_or(i64::MAX), PER_PAGE).await?;
    let next = lines.last().map(|l| l.seq).filter(|seq| *seq > 1).map(|seq| format!("/trail?before={seq}"));
    let body = html! {
        h1 { "登录与下载" }
        div.scroll { table.list {
            thead { tr { th.number { "序号" } th { "时间" } th { "账号" } th { "地址" } th { "事项" } th.wide { "说明" } } }
            tbody { @for line in &lines {
                tr {
                    td.number { (line.seq) } td { (shell::minute(line.at)) } td { (line.account) } td { (line.address) }
                    td { (words::trail(&line.kind)) } td.wide { (line.detail) }
                }
            } }
        } }
        (shell::pager(None, lines.len(), next.as_deref()))
    };
    Ok(Html(shell::frame(&office, &visitor, "/trail", "登录与下载", &body)))
}
