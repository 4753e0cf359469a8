//! 自查表: blank sheets out, filled ones in; first what would follow, then, confirmed, into the list.

use axum::Form;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::export::{words as said, xlsx};
use crate::intake::selfcheck::{SelfCheck, read};
use crate::ledger::By;
use crate::ledger::people::Role;
use crate::ledger::view::Attachment;
use crate::register::Unit;
use crate::run;
use crate::web::answer::{Fault, Html, download, encoded};
use crate::web::deeds;
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell};

const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::web) struct Wish {
    done: String,
}

fn may_file(visitor: &Visitor) -> bool {
    matches!(visitor.person.role, Role::Handler | Role::Supervisor)
}

pub(in crate::web) async fn page(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    let filed = office.reader.selfchecks().await?;
    let units: Vec<&Unit> = office.register.units.iter().filter(|u| visitor.sees_unit(&u.id)).collect();
    let body = html! {
        h1 { "自查表" }
        @if !wish.done.is_empty() { p.notice.good role="status" { "已写入台账。填“否”“部分”的已列入问题清单。" } }
        p.lead { "下载空表，逐项填是、部分、否、不适用，再上传。填“否”“部分”的列入问题清单；填“是”而该附文号没有附的，按部分处理。" }
        @if may_file(&visitor) {
            form.card method="post" action="/selfcheck" enctype="multipart/form-data" {
                (shell::csrf(&visitor))
                div.field {
                    label for="file" { "填好的自查表（Excel）" }
                    input type="file" id="file" name="file" required accept=".xlsx,.xls,.et";
                }
                button.main type="submit" { "上传，先看结果" }
            }
        }
        div.scroll { table.list {
            thead { tr { th { "单位" } th { "最近一次填报" } th { "填表人" } th.number { "已答" } th { "空表" } } }
            tbody { @for unit in units {
                tr {
                    td { (unit.name) }
                    @match filed.get(&unit.id) {
                        Some(sheet) => {
                            td { (said::date(sheet.on)) } td { (sheet.person) }
                            td.number { (sheet.answers.len()) " / " (office.rules.questions.len()) }
                        },
                        None => { td { "未交" } td { "－" } td.number { "0 / " (office.rules.questions.len()) } },
                    }
                    td { a href={ "/selfcheck/" (encoded(&unit.id)) } { "下载空表" } }
                }
            } }
        } }
    };
    Ok(Html(shell::frame(&office, &visitor, "/selfcheck", "自查表", &body)))
}

pub(in crate::web) async fn blank(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(unit): Path<String>,
) -> Result<Response, Fault> {
    let unit =
        office.register.units.iter().find(|u| u.id == unit && visitor.sees_unit(&u.id)).ok_or(Fault::NotFound)?;
    let today = office.clock.today();
    let bytes = xlsx::selfcheck((&unit.id, &unit.name), &office.rules.questions, &office.rules.labels, today)?;
    Ok(download(&format!("自查表-{}.xlsx", unit.name), EXCEL, bytes))
}

/// A sheet that was read, and whose it is.
struct Sheet<'o> {
    sheet: SelfCheck,
    unit: &'o Unit,
}

/// Reads the stored file; what is wrong with it in the words for whoever filled it in.
async fn sheet<'o>(
    office: &'o Office,
    visitor: &Visitor,
    file: &Attachment,
) -> Result<Result<Sheet<'o>, Vec<String>>, Fault> {
    let (store, address, rules) = (office.reader.evidence(), file.sha256.clone(), office.rules.clone());
    let parsed = tokio::task::spawn_blocking(move || {
        let bytes = store.get(&address)?;
        Ok::<_, crate::ledger::LedgerError>(match read(&bytes, &rules.questions) {
            Ok(Ok(sheet)) => Ok(sheet),
            Ok(Err(mistakes)) => Err(mistakes.iter().map(ToString::to_string).collect::<Vec<_>>()),
            Err(error) => Err(vec![error.to_string()]),
        })
    });
    let sheet = match parsed.await.map_err(|e| Fault::Broken(e.to_string()))?? {
        Ok(sheet) => sheet,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let wrong = |text: String| Ok(Err(vec![text]));
    let known = office.register.units.iter().find(|u| u.name == sheet.unit || u.aliases.contains(&sheet.unit));
    let Some(unit) = known.filter(|u| visitor.sees_unit(&u.id)) else {
        return wrong(format!("填报单位“{}”不在登记表里，或不是您的单位", sheet.unit));
    };
    if sheet.date > office.clock.today() {
        return wrong(format!("填表日期 {} 晚于今天", sheet.date));
    }
    if let Some(newer) = office.reader.selfchecks().await?.remove(&unit.id).filter(|n| n.on > sheet.date) {
        return wrong(format!("{}已交过 {} 填报的自查表，这份填于 {}，是旧表", unit.name, newer.on, sheet.date));
    }
    Ok(Ok(Sheet { sheet, unit }))
}

pub(in crate::web) async fn upload(
    State(office): State<Shared>,
    visitor: Visitor,
    form: Multipart,
) -> Result<Response, Fault> {
    let (fields, files) = deeds::read(form).await?;
    visitor.sent_by_us(fields.get("csrf").map(String::as_str))?;
    visitor.must(may_file(&visitor), &office, "POST /selfcheck").await?;
    let files = deeds::attached(&office, &files).await?;
    let [file] = files.as_slice() else { return Err(Fault::Bad("请选择一份填好的自查表".to_owned())) };
    let body = match sheet(&office, &visitor, file).await? {
        Err(mistakes) => html! {
            h1 { "自查表有 " (mistakes.len()) " 处要改" }
            p.notice.bad role="alert" { "没有写入任何内容。请在 Excel 里改好后重新上传。" }
            ul { @for mistake in &mistakes { li { (mistake) } } }
            p { a.button href="/selfcheck" { "返回" } }
        },
        Ok(Sheet { sheet, unit }) => preview(&office, &visitor, unit, &sheet, file),
    };
    Ok(Html(shell::frame(&office, &visitor, "/selfcheck", "自查表", &body)).into_response())
}

fn preview(office: &Office, visitor: &Visitor, unit: &Unit, sheet: &SelfCheck, file: &Attachment) -> Markup {
    let entries = run::selfcheck_entries(&office.register, unit, sheet, &office.rules, None, file);
    html! {
        h1 { "自查表：请核对" }
        p { (unit.name) "，" (said::date(sheet.date)) "由 " (sheet.person) " 填报；已答 " (sheet.answers.len()) " 项，未答 " (sheet.unanswered.len()) " 项。现在还没有写入。" }
        @if entries.is_empty() { p.notice.good { "没有要列入清单的问题。" } } @else {
            p { "以下 " (entries.len()) " 条将列入问题清单（此前已列入的不重复）：" }
            ol { @for entry in &entries { li { (entry.finding.text) } } }
        }
        @if !sheet.unanswered.is_empty() {
            details { summary { "未答的 " (sheet.unanswered.len()) " 项" }
                ul.inside { @for i in &sheet.unanswered { li { (office.rules.questions[*i].ask) } } }
            }
        }
        form method="post" action="/selfcheck/confirm" {
            (shell::csrf(visitor))
            input type="hidden" name="sha" value=(file.sha256);
            input type="hidden" name="name" value=(file.name);
            input type="hidden" name="bytes" value=(file.bytes);
            button.main type="submit" { "核对无误，写入台账" } " "
            a.button href="/selfcheck" { "不写入，返回" }
        }
    }
}

#[derive(Deserialize)]
pub(in crate::web) struct Confirmed {
    csrf: Option<String>,
    sha: String,
    name: String,
    bytes: u64,
}

pub(in crate::web) async fn confirm(
    State(office): State<Shared>,
    visitor: Visitor,
    Form(form): Form<Confirmed>,
) -> Result<Redirect, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    visitor.must(may_file(&visitor), &office, "POST /selfcheck/confirm").await?;
    // It becomes the name of a file.
    if form.sha.len() != 64 || !form.sha.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Fault::NotFound);
    }
    let file = Attachment { sha256: form.sha, name: deeds::file_name(&form.name), bytes: form.bytes };
    let Sheet { sheet, unit } =
        sheet(&office, &visitor, &file).await?.map_err(|mistakes| Fault::Bad(mistakes.join("；")))?;
    let entries = run::selfcheck_entries(&office.register, unit, &sheet, &office.rules, None, &file);
    let filed = run::selfcheck_file(unit, &sheet, &office.rules, file);
    let reason = format!("{}自查表（{}填报）", unit.name, sheet.person);
    let by = By { actor: &visitor.person.name, reason: &reason };
    office.writer.take_in(Some(&filed), &entries, by, &office.rules.calendar, false).await?;
    Ok(Redirect::to("/selfcheck?done=1"))
}
