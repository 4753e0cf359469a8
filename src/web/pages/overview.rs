//! 总览: the figures, each a link to exactly those rows, the ten key points, the last run.

use axum::extract::State;
use jiff::civil::Date;
use maud::html;

use crate::clock::start_of;
use crate::export::words as said;
use crate::ledger::view::Stage;
use crate::web::answer::{Fault, Html};
use crate::web::pages::settings;
use crate::web::visitor::Visitor;
use crate::web::{Shared, duty, html as shell, words};

pub(in crate::web) async fn page(State(office): State<Shared>, visitor: Visitor) -> Result<Html, Fault> {
    let today = office.clock.today();
    let month: Date = today.first_of_month();
    let figures = office.reader.figures(visitor.unit(), start_of(month)).await?;
    let runs = office.reader.runs().await?;
    let last = runs.iter().find(|r| r.kind == "patrol" && r.state != "running");
    let held = runs.iter().filter(|r| r.state == "held").count();
    let labels = &office.rules.labels;
    let most = (1..=10).filter_map(|p| figures.unsolved.get(&p)).max().copied().unwrap_or(0);
    let cards: [(&str, u64, &str, bool); 6] = [
        ("未销号", figures.total_unsolved(), "/problems", false),
        ("超期", figures.overdue, "/problems?due=overdue", figures.overdue > 0),
        ("待复核", figures.of(Stage::AwaitingReview), "/problems?stage=awaiting_review", false),
        ("疑似", figures.of(Stage::Suspected), "/problems?stage=suspected", false),
        ("反弹未销号", figures.relapsed, "/problems?relapsed=1", figures.relapsed > 0),
        ("挂账", figures.of(Stage::Deferred), "/problems?stage=deferred", false),
    ];
    let plan = duty::plan(&office.reader).await?;
    let body = html! {
        h1 { "总览" }
        @if held > 0 && visitor.person.role.directs_runs() {
            p.notice.bad { "有 " (held) " 次巡查被熔断，结果未写入清单。请到 " a href="/runs" { "巡查记录" } " 核实后放行或放弃。" }
        }
        ul.figures {
            @for (word, n, address, bad) in cards {
                li class=[bad.then_some("bad")] { a href=(address) { (word) strong { (n) } } }
            }
            li { div { "本月新增" strong { (figures.opened) } } }
            li { div { "本月销号" strong { (figures.closed) } } }
        }
        p.next { "下一步：" a href="/todo" { "办理待我办理的问题" } "。" }
        div.two {
            section.card {
                h2 { "十项重点内容（未销号）" }
                table {
                    caption.skip { "十项重点内容的未销号问题数" }
                    tbody { @for point in 1..=10u8 {
                        @let n = figures.unsolved.get(&point).copied().unwrap_or(0);
                        tr {
                            td { (said::key_point(labels, point)) }
                            td { (shell::bar(n, most)) }
                            td.number { @if n > 0 { a href={ "/problems?point=" (point) } { (n) } } @else { "0" } }
                        }
                    } }
                }
            }
            section.card {
                @if visitor.unit().is_none() {
                    h2 { "日程" }
                    (settings::schedule(&office, &visitor, &plan))
                }
                h2 { "最近一次巡查" }
                @match last {
                    None => { p { "还没有巡查过。" } },
                    Some(run) => {
                        dl {
                            (shell::fact("开始", &said::minute(run.started_at)))
                            (shell::fact("结束", &run.finished_at.map(said::minute).unwrap_or_default()))
                            (shell::fact("结果", words::run_state(&run.state)))
                            dt { "覆盖" }
                            dd { "应查 " (run.planned) " 个站点，已查 " (run.covered) " 个，" a href="/unclear" { "无法判定 " (run.undetermined) " 个" } }
                            (shell::fact("说明", &run.note))
                        }
                        p.lead { "无法判定的既不作为存在问题，也不作为未发现问题。" }
                    },
                }
            }
        }
    };
    let refresh = (visitor.unit().is_none() && office.board.going().is_some()).then_some(5);
    Ok(Html(shell::frame_with(&office, &visitor, "/", "总览", refresh, &body)))
}
