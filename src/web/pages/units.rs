//! 单位: each with its rows and sites.

use axum::extract::{Path, State};
use jiff::civil::Date;
use maud::html;

use crate::clock::start_of;
use crate::ledger::ListFilter;
use crate::register::UnitLevel;
use crate::web::answer::{Fault, Html, encoded};
use crate::web::visitor::Visitor;
use crate::web::{Shared, html as shell, words};

const ROWS: u32 = 50;

pub(in crate::web) async fn list(State(office): State<Shared>, visitor: Visitor) -> Result<Html, Fault> {
    if visitor.unit().is_some() {
        return Err(Fault::NotFound);
    }
    let register = &office.register;
    let counts = office.reader.unsolved_of_units().await?;
    let mut sites = vec![0_usize; register.units.len()];
    for site in &register.sites {
        if let Some(n) = sites.get_mut(site.sponsor) {
            *n += 1;
        }
    }
    let body = html! {
        h1 { "单位" }
        div.scroll { table.list {
            thead { tr { th { "单位" } th { "类别" } th { "联系人" } th.number { "站点" } th.number { "未销号" } th.number { "超期" } } }
            tbody { @for (unit, sites) in register.units.iter().zip(&sites) {
                @let (unsolved, overdue) = counts.get(&unit.id).copied().unwrap_or_default();
                tr {
                    td { a href={ "/units/" (encoded(&unit.id)) } { (unit.name) } }
                    td { (if unit.level == UnitLevel::County { "县市区" } else { "市级部门" }) }
                    td { (unit.contact.as_deref().unwrap_or("－")) }
                    td.number { (sites) }
                    td.number { @if unsolved > 0 { a href={ "/problems?unit=" (encoded(&unit.id)) } { (unsolved) } } @else { "0" } }
                    td.number { @if overdue > 0 { a href={ "/problems?due=overdue&unit=" (encoded(&unit.id)) } { (overdue) } } @else { "0" } }
                }
            } }
        } }
    };
    Ok(Html(shell::frame(&office, &visitor, "/units", "单位", &body)))
}

pub(in crate::web) async fn one(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Html, Fault> {
    let register = &office.register;
    let unit = register.units.iter().find(|u| u.id == id && visitor.sees_unit(&u.id)).ok_or(Fault::NotFound)?;
    let month: Date = office.clock.today().first_of_month();
    let figures = office.reader.figures(Some(&unit.id), start_of(month)).await?;
    let filter = ListFilter { unit: Some(unit.id.clone()), stages: words::UNSOLVED.to_vec(), ..ListFilter::default() };
    let page = office.reader.page(&filter, None, ROWS).await?;
    let mine = || register.sites.iter().filter(|s| register.sponsor(s).id == unit.id);
    let body = html! {
        h1 { (unit.name) }
        ul.figures {
            li { div { "站点" strong { (mine().count()) } } }
            li { a href={ "/problems?unit=" (encoded(&unit.id)) } { "未销号" strong { (figures.total_unsolved()) } } }
            li class=[(figures.overdue > 0).then_some("bad")] {
                a href={ "/problems?due=overdue&unit=" (encoded(&unit.id)) } { "超期" strong { (figures.overdue) } }
            }
            li { div { "本月新增" strong { (figures.opened) } } }
            li { div { "本月销号" strong { (figures.closed) } } }
        }
        p { "联系人：" (unit.contact.as_deref().unwrap_or("未登记")) "　电话：" (unit.phone.as_deref().unwrap_or("未登记"))
            "　" a href={ "/reports?unit=" (encoded(&unit.id)) } { "下载本单位报表" } }
        h2 { "未销号问题" }
        @if page.rows.is_empty() { p { "没有未销号问题。" } } @else {
            (shell::problem_table(&office, &visitor, &page.rows, None))
            (shell::pager(Some(page.total), page.rows.len(), None))
        }
        h2 { "站点" }
        p { a href={ "/sites?unit=" (encoded(&unit.id)) } { "查看本单位全部站点" } }
    };
    Ok(Html(shell::frame(&office, &visitor, "/units", &unit.name, &body)))
}
