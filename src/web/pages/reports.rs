//! 报表: the two annexes as Word and Excel, made at the moment of the download.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use crate::export::form::{Annex, Coverage, FormOptions, FormSpec};
use crate::export::forms::{self, Issuer};
use crate::export::{docx, xlsx};
use crate::ledger::Filter;
use crate::web::answer::{Fault, Html, download, encoded};
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell};

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Papers beside the annexes: their file, their name, when there is something to print.
const PAPERS: [(&str, &str, &str); 4] = [
    ("notice.docx", "整改通知单", "已下发未销号的，一个单位一份，附回执"),
    ("review.docx", "复核意见表", "待复核的"),
    ("deferral.docx", "挂账审批表", "挂账的"),
    ("closing.docx", "销号台账", "已销号的"),
];

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::web) struct Wish {
    unit: String,
    draft: String,
}

pub(in crate::web) async fn page(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    let own = visitor.unit().unwrap_or(&wish.unit).to_owned();
    let units: Vec<(String, String)> = match visitor.unit() {
        Some(_) => Vec::new(),
        None => office.register.units.iter().map(|u| (u.id.clone(), u.name.clone())).collect(),
    };
    let name = office.register.units.iter().find(|u| u.id == own).map(|u| u.name.as_str());
    let code = office.reader.code().await?;
    let link = |file: &str| {
        if own.is_empty() { format!("/reports/{file}") } else { format!("/reports/{file}?unit={}", encoded(&own)) }
    };
    let body = html! {
        h1 { "报表" }
        p { "按当前清单即时生成，Word、WPS、Excel 均可打开。台账校验码 " code { (code) } "，印在表下，可据此核对纸质件与台账。" }
        @if !units.is_empty() {
            form.filters method="get" action="/reports" {
                div { label for="unit" { "单位" } (shell::options("unit", &own, &units)) }
                div { button type="submit" { "选定" } }
            }
        }
        section.card {
            h2 { "问题清单" @if let Some(name) = name { "（" (name) "）" } }
            table {
                thead { tr { th { "表" } th { "Word" } th { "Excel" } } }
                tbody { @for (annex, word) in [("annex1", "附件1（市级部门）"), ("annex2", "附件2（县市区政府）")] {
                    tr {
                        td { (word) }
                        td { a href=(link(&format!("{annex}.docx"))) { "下载 Word" } }
                        td { a href=(link(&format!("{annex}.xlsx"))) { "下载 Excel" } }
                    }
                } }
            }
            table {
                thead { tr { th { "其他表单" } th { "印哪些问题" } th { "Word" } } }
                tbody { @for (file, word, which) in PAPERS {
                    tr { td { (word) } td { (which) } td { a href=(link(file)) { "下载 Word" } } }
                } }
            }
            p { "完整字段的流水表：" a href={ "/problems.csv?stage=all" @if !own.is_empty() { "&unit=" (encoded(&own)) } } { "全部问题 CSV" } }
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/reports", "报表", &body)))
}

pub(in crate::web) async fn file(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(file): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Fault> {
    if let Some((_, word, _)) = PAPERS.iter().find(|(name, _, _)| *name == file) {
        return paper(&office, &visitor, &file, word, wish.unit).await;
    }
    let (annex, excel) = match file.as_str() {
        "annex1.docx" => (Annex::One, false),
        "annex1.xlsx" => (Annex::One, true),
        "annex2.docx" => (Annex::Two, false),
        "annex2.xlsx" => (Annex::Two, true),
        _ => return Err(Fault::NotFound),
    };
    let register = &office.register;
    let wanted = visitor.unit().map(str::to_owned).or_else(|| Some(wish.unit).filter(|u| !u.is_empty()));
    let unit = match &wanted {
        Some(id) => Some(register.units.iter().find(|u| u.id == *id).ok_or(Fault::NotFound)?),
        None => None,
    };
    let problems = office.reader.problems(&Filter { unit: wanted.clone(), ..Filter::everything() }).await?;
    let coverage = office.reader.runs().await?.iter().find(|r| r.kind == "patrol").map(Coverage::from);
    let contact = &register.settings.contact;
    let options = FormOptions {
        office: unit.map_or_else(|| contact.office.clone(), |u| u.name.clone()),
        contact_person: unit.and_then(|u| u.contact.clone()).unwrap_or_else(|| contact.person.clone()),
        contact_phone: unit.and_then(|u| u.phone.clone()).unwrap_or_else(|| contact.phone.clone()),
        unit_order: register.units.iter().map(|u| u.id.clone()).collect(),
        coverage,
        checksum: Some(office.reader.code().await?),
        draft: !wish.draft.is_empty(),
        ..FormOptions::new(annex, office.clock.today())
    };
    let spec = FormSpec::build(&options, &problems);
    let name = format!(
        "{}-{}-{}",
        annex.mark(),
        if options.office.is_empty() { "问题清单" } else { &options.office },
        office.clock.today()
    );
    visitor.took(&office, &format!("{file} {}", wanted.unwrap_or_default())).await?;
    let rules = office.rules.clone();
    let built = tokio::task::spawn_blocking(move || match excel {
        true => xlsx::build(&spec, &problems, &rules.labels),
        false => docx::build(&spec),
    });
    let bytes = built.await.map_err(|e| Fault::Broken(e.to_string()))??;
    Ok(match excel {
        true => download(&format!("{name}.xlsx"), EXCEL, bytes),
        false => download(&format!("{name}.docx"), WORD, bytes),
    })
}

/// One of [`PAPERS`], as of now.
async fn paper(office: &Office, visitor: &Visitor, file: &str, word: &str, unit: String) -> Result<Response, Fault> {
    let unit = visitor.unit().map(str::to_owned).or_else(|| Some(unit).filter(|u| !u.is_empty()));
    let problems = office.reader.problems(&Filter { unit: unit.clone(), ..Filter::everything() }).await?;
    let histories = office.reader.histories().await?;
    let contact = &office.register.settings.contact;
    let issuer = Issuer {
        office: contact.office.clone(),
        contact_person: contact.person.clone(),
        contact_phone: contact.phone.clone(),
        date: office.clock.today(),
        code: office.reader.code().await?,
    };
    let labels = &office.rules.labels;
    let made = match file {
        "notice.docx" => forms::notices(&issuer, &problems),
        "review.docx" => forms::reviews(&issuer, &problems, &histories, labels),
        "deferral.docx" => forms::deferrals(&issuer, &problems, &histories, false),
        _ => Some(forms::closings(&issuer, &problems, &histories)),
    };
    let made = made.ok_or_else(|| Fault::Bad(format!("目前没有需要印“{word}”的问题")))?;
    visitor.took(office, &format!("{file} {}", unit.unwrap_or_default())).await?;
    let bytes = tokio::task::spawn_blocking(move || docx::build_paper(&made)).await;
    let bytes = bytes.map_err(|e| Fault::Broken(e.to_string()))??;
    Ok(download(&format!("{word}-{}.docx", office.clock.today()), WORD, bytes))
}
