//! 设置: the schedule; and, for those who direct runs, starting one and pausing the schedule.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use jiff::civil::Time;
use maud::{Markup, html};
use serde::Deserialize;

use crate::export::words as said;
use crate::schedule::{Plan, next_daily};
use crate::web::answer::{Fault, Html, encoded};
use crate::web::duty::{self, Order};
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::web) struct Wish {
    done: String,
}

pub(in crate::web) async fn page(
    State(office): State<Shared>,
    visitor: Visitor,
    Query(wish): Query<Wish>,
) -> Result<Html, Fault> {
    visitor.must(visitor.person.role.manages(), &office, "/settings").await?;
    let plan = duty::plan(&office.reader).await?;
    let at = plan.patrol_at.map(|t| t.strftime("%H:%M").to_string()).unwrap_or_default();
    let body = html! {
        h1 { "设置" }
        @if !wish.done.is_empty() { p.notice.good role="status" { "已保存。" } }
        form.card method="post" action="/settings" {
            (shell::csrf(&visitor))
            h2 { "日程" }
            div.field {
                label for="patrol_at" { "每天巡查的时刻（北京时间；留空则不自动巡查）" }
                input type="time" id="patrol_at" name="patrol_at" value=(at);
                div.hint { "机器当时没有开着的，开机后补查一次。" }
            }
            div.field {
                label { input type="checkbox" name="visits" value="on" checked[plan.visits]; " 每个站点每天访问首页 24 次，统计打开率" }
            }
            div.field {
                label for="reason" { "修改理由（必填，记入日志）" }
                input type="text" id="reason" name="reason" required maxlength="200";
            }
            button.main type="submit" { "保存" }
        }
        p.lead { "申请复核的问题在一小时内自动复查。本单位名称、站点、探测设置写在登记表 targets.toml，规则写在 rules/，改动后自动重新载入。" }
    };
    Ok(Html(shell::frame(&office, &visitor, "/settings", "设置", &body)))
}

#[derive(Deserialize)]
pub(in crate::web) struct Saving {
    csrf: Option<String>,
    #[serde(default)]
    patrol_at: String,
    #[serde(default)]
    visits: String,
    #[serde(default)]
    reason: String,
}

pub(in crate::web) async fn save(
    State(office): State<Shared>,
    visitor: Visitor,
    Form(form): Form<Saving>,
) -> Result<Redirect, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    visitor.must(visitor.person.role.manages(), &office, "POST /settings").await?;
    let at = match form.patrol_at.trim() {
        "" => String::new(),
        text => {
            let whole = if text.len() == 5 { format!("{text}:00") } else { text.to_owned() };
            let time: Time = whole.parse().map_err(|_| Fault::Bad(format!("时刻“{text}”不对，请写成 02:00 的样子")))?;
            time.to_string()
        }
    };
    let why = reason(&form.reason)?;
    let by = &visitor.person.account;
    office.writer.set_setting("schedule.patrol_at", &at, by, why).await?;
    office.writer.set_setting("schedule.visits", if form.visits == "on" { "on" } else { "off" }, by, why).await?;
    Ok(Redirect::to("/settings?done=1"))
}

fn reason(text: &str) -> Result<&str, Fault> {
    let text = text.trim();
    if text.is_empty() { Err(Fault::Bad("请写明理由".to_owned())) } else { Ok(text) }
}

/// What goes on now and what comes next, with the buttons of those who direct runs.
pub(in crate::web) fn schedule(office: &Office, visitor: &Visitor, plan: &Plan) -> Markup {
    let labels = &office.rules.labels;
    let directs = visitor.person.role.directs_runs() && office.scheduled;
    let next = plan.patrol_at.filter(|_| office.scheduled && !plan.paused).map(|at| next_daily(office.clock.now(), at));
    html! {
        @if let Some(going) = office.board.going() {
            p.notice role="status" {
                "正在" (said::run_kind(labels, going.kind)) "：已完成 " (going.done) " / " (going.total) " 个站点，"
                (said::minute(going.since)) " 开始。本页每 5 秒刷新一次，期间照常可以查看和办理。"
            }
        }
        @if let Some((at, why)) = office.board.trouble() { p.notice.bad { (said::minute(at)) "：" (why) } }
        @if plan.paused { p.notice { "日程已暂停，不自动巡查、访问。" } }
        @match next {
            Some(at) => { p { "下次自动巡查：" (said::minute(at)) "。" @if plan.visits { "每个站点每天访问 24 次。" } } },
            None => { @if !plan.paused { p { "没有安排自动巡查。" } } },
        }
        @if directs {
            div.filters {
                @for (what, word) in [("patrol", "立即巡查"), ("recheck", "立即复查已申请复核的问题"), if plan.paused { ("resume", "恢复日程") } else { ("pause", "暂停日程") }] {
                    form method="post" action={ "/schedule/" (what) } {
                        (shell::csrf(visitor))
                        button type="submit" { (word) }
                    }
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub(in crate::web) struct Pressed {
    csrf: Option<String>,
    #[serde(default)]
    site: String,
}

pub(in crate::web) async fn press(
    State(office): State<Shared>,
    visitor: Visitor,
    Path(what): Path<String>,
    Form(form): Form<Pressed>,
) -> Result<Redirect, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    visitor.must(visitor.person.role.directs_runs(), &office, &format!("schedule {what}")).await?;
    let by = &visitor.person.account;
    let (order, back) = match what.as_str() {
        "pause" | "resume" => {
            let value = if what == "pause" { "on" } else { "off" };
            office.writer.set_setting("schedule.paused", value, by, "").await?;
            return Ok(Redirect::to("/runs"));
        }
        "patrol" => (Order::Patrol, "/runs".to_owned()),
        "recheck" => (Order::Recheck, "/runs".to_owned()),
        "audit" => {
            let site = office.register.site(&form.site).ok_or(Fault::NotFound)?;
            (Order::Audit(site.id.clone()), format!("/sites/{}", encoded(&site.id)))
        }
        _ => return Err(Fault::NotFound),
    };
    if !office.scheduled {
        return Err(Fault::Bad("本服务启动时没有带日程（--no-schedule），请在服务器上用命令巡查".to_owned()));
    }
    if office.board.going().is_some() {
        return Err(Fault::Bad("已有巡查正在进行，请等它结束".to_owned()));
    }
    office.orders.try_send(order).map_err(|_| Fault::Bad("已有巡查在等待开始".to_owned()))?;
    Ok(Redirect::to(&back))
}
