//! 帮助: what each stage means and who does what, on one page; and what a rule looks for.

use axum::extract::{Path, State};
use maud::html;

use crate::export::words as said;
use crate::ledger::people::{Role, Step};
use crate::web::answer::{Fault, Html};
use crate::web::visitor::Visitor;
use crate::web::{Shared, html as shell, words};

pub(in crate::web) async fn page(State(office): State<Shared>, visitor: Visitor) -> Html {
    let labels = &office.rules.labels;
    let body = html! {
        h1 { "帮助" }
        p { "系统每天巡查登记的网站，看到问题就列入清单，看到改好才销号；没看清的写“无法判定”，不作结论。" }
        h2 { "一条问题怎样办" }
        ol {
            li { "系统发现，再次巡查证实（或监管人员确认）后列入清单，给出编号。" }
            li { "监管人员下发，整改时限开始计算。" }
            li { "主办单位认领，写明整改措施；改好后申请复核。" }
            li { "系统复查，监管人员复核：改好的销号，没改好的退回。" }
            li { "销号后 90 天内再次发现，按反弹恢复原编号。" }
        }
        h2 { "各阶段的意思" }
        table {
            thead { tr { th { "阶段" } th { "意思" } } }
            tbody { @for stage in words::STAGES {
                tr { td { (shell::stage(&office, stage)) } td { (words::stage_meaning(stage)) } }
            } }
        }
        h2 { "颜色" }
        table { tbody {
            tr { td { "超期（红）" } td { "整改时限已过" } }
            tr { td { "滞后（黄）" } td { "被退回过，或时限过半仍未认领" } }
            tr { td { "临期（蓝）" } td { "只剩三分之一时间，或不足一天" } }
            tr { td { "停表" } td { "待复核期间不计单位时间" } }
        } }
        h2 { "谁能做什么" }
        table {
            thead { tr { th { "角色" } th { "职责" } th { "可以办理" } } }
            tbody { @for role in Role::ALL {
                @let steps: Vec<&str> = Step::ALL.into_iter().filter(|s| role.may(*s)).map(words::step).collect();
                tr { td { (words::role(role)) } td { (words::role_duty(role)) } td { (if steps.is_empty() { "－".to_owned() } else { steps.join("、") }) } }
            } }
        }
        h2 { "十项重点内容" }
        ul { @for point in 1..=10u8 { li { (said::key_point(labels, point)) } } }
    };
    Html(shell::frame(&office, &visitor, "/help", "帮助", &body))
}

pub(in crate::web) async fn rule(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Html, Fault> {
    let rule = office.rules.get(&id).ok_or(Fault::NotFound)?;
    let body = html! {
        h1 { (rule.title) }
        pre { (crate::rule::explain(&office.rules, &id)) }
    };
    Ok(Html(shell::frame(&office, &visitor, "/help", &rule.title, &body)))
}
