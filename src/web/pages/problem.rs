//! 问题详情: the fact, why we say so, what was done, and only the steps that are possible now.

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::export::{table, words as said};
use crate::ledger::people::Step;
use crate::ledger::view::{Attachment, EventView, ProblemView};
use crate::web::answer::{Fault, Html, download, encoded};
use crate::web::deeds::{self, Typed};
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell, words};

/// The row and its history, if it exists for this visitor.
pub(in crate::web) async fn load(
    office: &Office,
    visitor: &Visitor,
    no: &str,
) -> Result<(ProblemView, Vec<EventView>), Fault> {
    let found = office.reader.problem(no).await?;
    if visitor.sees_unit(&found.0.unit_id) { Ok(found) } else { Err(Fault::NotFound) }
}

#[derive(Deserialize)]
pub(in crate::web) struct Wish {
    #[serde(default)]
    done: String,
}

pub(in crate::web) async fn page(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(no): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    let (row, history) = load(&office, &visitor, &no).await?;
    let done = Step::of_key(&wish.done).map(words::step_done);
    let top = html! { @if let Some(done) = done { p.notice.good role="status" { (done) } } };
    Ok(Html(render(&office, &visitor, &row, &history, &top, None)))
}

/// The page again, with what was typed and why it could not be done.
pub(in crate::web) fn refused(
    office: &Office,
    visitor: &Visitor,
    row: &ProblemView,
    history: &[EventView],
    typed: &Typed,
    why: &str,
) -> Response {
    let top = html! {
        p.notice.bad role="alert" {
            "没有写入：" (why) " 填写的文字已保留在下面的“" (words::step(typed.step)) "”里，附件需要重新选择。"
        }
    };
    (StatusCode::CONFLICT, Html(render(office, visitor, row, history, &top, Some(typed)))).into_response()
}

fn render(
    office: &Office,
    visitor: &Visitor,
    row: &ProblemView,
    history: &[EventView],
    top: &Markup,
    typed: Option<&Typed>,
) -> Markup {
    let labels = &office.rules.labels;
    let title = if row.number.is_empty() { format!("疑似 {}", row.handle()) } else { row.number.clone() };
    let due = row.due.map(|_| table::due_line(row, labels)).unwrap_or_default();
    let known = office.rules.get(&row.rule).is_some();
    let base = format!("/problems/{}", encoded(&shell::row_name(row)));
    let site = office.register.site(&row.site).is_some();
    let body = html! {
        h1 { (title) " " (shell::stage(office, row.stage)) " " (shell::clock(office, row.clock)) }
        (top)
        p.fact { (if row.text.is_empty() { &row.rule_title } else { &row.text }) }
        p.next { "下一步：" (table::next_step(row, labels)) }
        div.two {
            section.card {
                h2 { "情况" }
                dl {
                    (shell::fact("问题", &row.rule_title))
                    dt { "站点" }
                    dd { @if site { a href={ "/sites/" (encoded(&row.site)) } { (row.site_name) } } @else { (row.site_name) } " " (row.site) }
                    (shell::fact("网址", &row.site_url))
                    (shell::fact("主办单位", &row.unit))
                    (shell::fact("严重程度", said::severity(labels, row.severity)))
                    (shell::fact("重点内容", &said::key_point(labels, row.key_point)))
                    (shell::fact("整改时限", &due))
                    (shell::fact("单位计划完成", &row.promised.map(said::due).unwrap_or_default()))
                    (shell::fact("责任人", row.assignee.as_deref().unwrap_or_default()))
                    dt { "整改措施" }
                    dd { (row.measure) @if !row.measure_confirmed { " " span.lead { "（建议，认领时可改）" } } }
                    (shell::fact("来源", said::source(labels, row.source)))
                    @if let Some(ground) = row.ground { (shell::fact("不予列入的理由", said::ground(labels, ground))) }
                }
            }
            section.card {
                h2 { "为什么这样说" }
                dl {
                    (shell::fact("机器判定", &table::evidence_line(row, labels)))
                    (shell::fact("依据", &row.basis))
                    dt { "判定规则" }
                    dd { @if known { a href={ "/rules/" (encoded(&row.rule)) } { (row.rule_title) "：查什么、标准是多少" } } @else { (row.rule_title) } }
                }
                @if !row.locations.is_empty() {
                    h3 { "发现位置" }
                    ul { @for place in &row.locations { li {
                        (outside(&place.url))
                        @if !place.excerpt.is_empty() { div.text { "原文：“" (place.excerpt) "”" } }
                    } } }
                }
                @if !row.evidence.is_empty() {
                    h3 { "留存证据" }
                    ul { @for sha in &row.evidence { li { code { (sha) } } } }
                    p { a href={ (base) "/picture" } { "查看最近一次网页截图" } "（只有用浏览器复看过的才有）" }
                }
            }
        }
        (steps(office, visitor, row, history, typed, &base))
        @if !row.attachments.is_empty() {
            section.card {
                h2 { "佐证材料" }
                ul { @for file in &row.attachments { li { (file_link(&base, file)) } } }
            }
        }
        section.card {
            h2 { "办理经过" }
            ol.timeline { @for event in history {
                li {
                    (shell::minute(event.at))
                    strong { (said::actor(&event.actor)) } " " (said::event(labels, event))
                    @let reason = labels.word("reason", &event.reason);
                    @if !reason.is_empty() { "：" (reason) }
                    @if let Some(handling) = &event.handling {
                        (table::handled(handling, labels))
                        @for file in &handling.attachments { " " (file_link(&base, file)) }
                    }
                }
            } }
        }
    };
    shell::frame(office, visitor, "/problems", &title, &body)
}

/// The forms of the steps that fit the stage and the role; the likeliest one stands open.
fn steps(
    office: &Office,
    visitor: &Visitor,
    row: &ProblemView,
    history: &[EventView],
    typed: Option<&Typed>,
    base: &str,
) -> Markup {
    let role = visitor.person.role;
    let offered: Vec<Step> = Step::ALL
        .into_iter()
        .filter(|step| role.may(*step) && step.fits(row.stage, row.issued_at.is_some()))
        .filter(|step| *step != Step::Undo || deeds::may_undo(office, visitor, history))
        .collect();
    if offered.is_empty() {
        return html! {};
    }
    let first = offered.first().copied();
    let seen = history.iter().filter(|e| e.kind != "refused").map(|e| e.seq).max().unwrap_or(0);
    html! {
        section {
            h2 { "办理" }
            @for step in offered {
                @let mine = typed.filter(|t| t.step == step);
                details.act open[mine.is_some() || typed.is_none() && first == Some(step)] {
                    summary { (words::step(step)) " " small { (words::step_effect(step)) } }
                    form method="post" action={ (base) "/" (step.key()) } enctype="multipart/form-data" {
                        (shell::csrf(visitor))
                        input type="hidden" name="seq" value=(seen);
                        (deeds::fields(office, step, row, mine))
                        button.main type="submit" { (words::step(step)) }
                    }
                }
            }
        }
    }
}

fn file_link(base: &str, file: &Attachment) -> Markup {
    html! {
        a href={ (base) "/files/" (encoded(&file.sha256)) } { (file.name) }
        "（" (file.bytes.div_ceil(1024)) " KB）"
    }
}

/// An address of somebody else's; a link only where it can be nothing but a page.
fn outside(address: &str) -> Markup {
    let page = address.starts_with("http://") || address.starts_with("https://");
    html! {
        @if page { a href=(address) rel="noreferrer noopener nofollow" { (address) } } @else { (address) }
    }
}

/// The newest picture of the page, as a browser showed it.
pub(in crate::web) async fn picture(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(no): Path<String>,
) -> Result<Response, Fault> {
    let (row, _) = load(&office, &visitor, &no).await?;
    let store = office.reader.evidence();
    let looked = tokio::task::spawn_blocking(move || store.newest_picture(&row.evidence)).await;
    let bytes = looked.map_err(|e| Fault::Broken(e.to_string()))??.ok_or(Fault::NotFound)?;
    let kind = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, ..] => "image/jpeg",
        _ => return Err(Fault::NotFound),
    };
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}

/// A file somebody put to the row. It is never shown, only handed out.
pub(in crate::web) async fn attachment(
    State(office): State<Shared>,
    visitor: Visitor,
    Path((no, sha)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let (row, history) = load(&office, &visitor, &no).await?;
    let handled = history.iter().filter_map(|e| e.handling.as_ref()).flat_map(|h| &h.attachments);
    let file = row.attachments.iter().chain(handled).find(|file| file.sha256 == sha).ok_or(Fault::NotFound)?;
    let (store, address) = (office.reader.evidence(), file.sha256.clone());
    let read = tokio::task::spawn_blocking(move || store.get(&address)).await;
    let bytes = read.map_err(|e| Fault::Broken(e.to_string()))??;
    visitor.took(&office, &format!("{} {}", row.handle(), file.name)).await?;
    Ok(download(&file.name, "application/octet-stream", bytes))
}
