//! 待我办理: what waits for this very person, the most pressing kind first.

use axum::extract::State;
use maud::html;

use crate::ledger::ListFilter;
use crate::ledger::people::Role;
use crate::ledger::view::Stage;
use crate::web::answer::{Fault, Html};
use crate::web::visitor::Visitor;
use crate::web::{Shared, html as shell};

/// Rows shown of each kind; the rest is behind a link.
const SHOWN: u32 = 20;

pub(in crate::web) async fn page(State(office): State<Shared>, visitor: Visitor) -> Result<Html, Fault> {
    let kinds: &[(&str, &str, Stage)] = match visitor.person.role {
        Role::Handler => &[
            ("待整改：请认领，写明整改措施", "open", Stage::Open),
            ("整改中：改好后申请复核", "rectifying", Stage::Rectifying),
            ("挂账：按批准的期限整改", "deferred", Stage::Deferred),
        ],
        Role::Supervisor => &[
            ("待复核：核实后销号或退回", "awaiting_review", Stage::AwaitingReview),
            ("疑似：核实后确认列入或不予列入", "suspected", Stage::Suspected),
            ("待整改：尚未下发的请下发", "open", Stage::Open),
        ],
        Role::Leader | Role::Auditor | Role::Admin => &[],
    };
    let unit = visitor.unit().map(str::to_owned);
    let now = office.clock.now();
    let overdue = ListFilter { unit: unit.clone(), due_by: Some(now), ..ListFilter::default() };
    let overdue = office.reader.page(&overdue, None, SHOWN).await?;
    let mut parts = Vec::new();
    for (title, key, stage) in kinds {
        let filter = ListFilter { unit: unit.clone(), stages: vec![*stage], ..ListFilter::default() };
        parts.push((*title, *key, office.reader.page(&filter, None, SHOWN).await?));
    }
    let nothing = overdue.total == 0 && parts.iter().all(|(_, _, page)| page.total == 0);
    let body = html! {
        h1 { "待我办理" }
        @if kinds.is_empty() { p { "您的账号不办理问题。请到 " a href="/problems" { "问题清单" } " 查看。" } }
        @else if nothing { p.notice.good { "没有待办理的问题。" } }
        @if overdue.total > 0 {
            h2 { "已经超期 " (overdue.total) " 条" }
            (shell::problem_table(&office, &visitor, &overdue.rows, None))
            @if overdue.next.is_some() { p { a href="/problems?due=overdue" { "查看全部超期问题" } } }
        }
        @for (title, key, page) in &parts {
            @if page.total > 0 {
                h2 { (title) "（" (page.total) " 条）" }
                (shell::problem_table(&office, &visitor, &page.rows, None))
                @if page.next.is_some() { p { a href={ "/problems?stage=" (key) } { "查看全部 " (page.total) " 条" } } }
            }
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/todo", "待我办理", &body)))
}
