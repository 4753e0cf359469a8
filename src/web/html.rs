//! What all pages share: the frame, links between pages, marks of stages, small pictures.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::answer::encoded;
use super::visitor::Visitor;
use super::{Office, words};
use crate::export::words as said;
use crate::ledger::people::Role;
use crate::ledger::view::{Clockface, ProblemView, Stage};

/// Head line of a table column with its width class.
pub(super) fn frame(office: &Office, visitor: &Visitor, here: &str, title: &str, body: &Markup) -> Markup {
    frame_with(office, visitor, here, title, None, body)
}

/// The frame; `refresh` in seconds only while something is going on.
pub(super) fn frame_with(
    office: &Office,
    visitor: &Visitor,
    here: &str,
    title: &str,
    refresh: Option<u32>,
    body: &Markup,
) -> Markup {
    let role = visitor.person.role;
    let links: Vec<(&str, &str)> = [
        (true, "/", "总览"),
        (!role.manages(), "/todo", "待我办理"),
        (true, "/problems", "问题清单"),
        (true, "/sites", "站点"),
        (visitor.unit().is_none(), "/units", "单位"),
        (visitor.unit().is_none(), "/runs", "巡查记录"),
        (true, "/unclear", "无法判定"),
        (!role.manages(), "/selfcheck", "自查表"),
        (true, "/reports", "报表"),
        (role.reads_log(), "/log", "日志"),
        (role.reads_trail(), "/trail", "登录与下载"),
        (role.manages(), "/people", "账号"),
        (role.manages(), "/settings", "设置"),
        (true, "/help", "帮助"),
    ]
    .into_iter()
    .filter_map(|(shown, address, word)| shown.then_some((address, word)))
    .collect();
    let name = &office.register.settings.name;
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            (head(title, refresh))
            body {
                a.skip href="#main" { "跳到正文" }
                header {
                    div.bar {
                        p.brand { a href="/" { "巡检" } span { (name) } }
                        form.me method="post" action="/logout" {
                            (csrf(visitor))
                            span { (visitor.person.name) "（" (words::role(role)) "）" }
                            a href="/password" { "修改口令" }
                            button type="submit" { "退出" }
                        }
                    }
                    nav aria-label="主菜单" {
                        @for (address, word) in links {
                            a href=(address) aria-current=[(address == here).then_some("page")] { (word) }
                        }
                    }
                }
                main id="main" { (body) }
                footer { p { "巡检 " (env!("CARGO_PKG_VERSION")) " · 时间均为北京时间" } }
            }
        }
    }
}

/// A page for nobody in particular.
pub(super) fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            (head(title, None))
            body { main.narrow id="main" { (body) } }
        }
    }
}

/// Asks for `wanted` at once.
pub(super) fn again(wanted: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content={ "0;url=" (wanted) };
                title { "正在打开" }
            }
            body { p { a href=(wanted) { "继续" } } }
        }
    }
}

fn head(title: &str, refresh: Option<u32>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            @if let Some(seconds) = refresh { meta http-equiv="refresh" content=(seconds); }
            title { (title) " - 巡检" }
            link rel="icon" href="/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href="/style.css";
        }
    }
}

pub(super) fn csrf(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="csrf" value=(visitor.csrf); }
}

/// The stage in words and colour, its meaning on hovering.
pub(super) fn stage(office: &Office, stage: Stage) -> Markup {
    html! {
        span class={ "stage " (words::stage_key(stage)) } title=(words::stage_meaning(stage)) {
            (said::stage(&office.rules.labels, stage))
        }
    }
}

/// Colour of the time limit, always with its word: printers are black and white.
pub(super) fn clock(office: &Office, clock: Clockface) -> Markup {
    let class = match clock {
        Clockface::Normal => return html! {},
        Clockface::Blue => "blue",
        Clockface::Yellow => "yellow",
        Clockface::Red => "red",
        Clockface::Stopped => "stopped",
    };
    html! { span class={ "clock " (class) } { (said::clock(&office.rules.labels, clock)) } }
}

pub(super) fn minute(at: Timestamp) -> Markup {
    html! { time datetime=(at) { (said::minute(at)) } }
}

/// Link to a row under what people call it.
pub(super) fn row_link(problem: &ProblemView) -> Markup {
    let shown = if problem.number.is_empty() { format!("疑似 {}", problem.handle()) } else { problem.number.clone() };
    html! { a.number href={ "/problems/" (encoded(&row_name(problem))) } { (shown) } }
}

/// What a row's address is made of: unmistakable, also while it has no number.
pub(super) fn row_name(problem: &ProblemView) -> String {
    if problem.number.is_empty() { problem.id.clone() } else { problem.number.clone() }
}

/// The list's table. With `chosen`, each row can be ticked in the form of that id.
pub(super) fn problem_table(office: &Office, visitor: &Visitor, rows: &[ProblemView], chosen: Option<&str>) -> Markup {
    let labels = &office.rules.labels;
    let units = visitor.unit().is_none();
    html! {
        div.scroll {
            table.list {
                thead { tr {
                    @if chosen.is_some() { th.tick scope="col" { "选" } }
                    th scope="col" { "编号" }
                    th scope="col" { "站点" }
                    @if units { th scope="col" { "主办单位" } }
                    th.wide scope="col" { "存在问题" }
                    th scope="col" { "阶段" }
                    th scope="col" { "整改时限" }
                    th scope="col" { "机器判定" }
                } }
                tbody { @for row in rows {
                    tr {
                        @if let Some(form) = chosen {
                            td.tick { input type="checkbox" name="no" value=(row_name(row)) form=(form) aria-label={ "选中 " (row.handle()) }; }
                        }
                        td { (row_link(row)) }
                        td { (site_link(row)) }
                        @if units { td { (row.unit) } }
                        td.wide {
                            strong { (row.rule_title) }
                            @if row.severity > crate::rule::Severity::General {
                                " " span.severity { (said::severity(labels, row.severity)) }
                            }
                            div.text { (shortened(&row.text, 90)) }
                        }
                        td { (stage(office, row.stage)) }
                        td.due {
                            @match row.due {
                                Some(due) => { (said::due(due)) @if row.due_provisional { "（暂定）" } },
                                None => "－",
                            }
                            " " (clock(office, row.clock))
                        }
                        td { (said::evidence(labels, row)) }
                    }
                } }
            }
        }
    }
}

fn site_link(row: &ProblemView) -> Markup {
    let name = if row.site_name.is_empty() { &row.site } else { &row.site_name };
    if row.site_url.is_empty() {
        return html! { (name) };
    }
    html! { a href={ "/sites/" (encoded(&row.site)) } { (name) } }
}

/// The first characters, whole text on hovering.
pub(super) fn shortened(text: &str, most: usize) -> Markup {
    match text.char_indices().nth(most) {
        None => html! { (text) },
        Some((at, _)) => html! { span title=(text) { (text[..at]) "……" } },
    }
}

/// 下一页, and how many there are.
pub(super) fn pager(total: Option<u64>, shown: usize, next: Option<&str>) -> Markup {
    html! {
        p.pager {
            @if let Some(total) = total { "共 " strong { (total) } " 条，本页 " (shown) " 条。" }
            @if let Some(next) = next { " " a.button rel="next" href=(next) { "下一页" } }
        }
    }
}

/// Somebody named in a message box.
pub(super) fn notice(text: &str) -> Markup {
    html! { p.notice role="status" { (text) } }
}

/// A bar of `value` out of `most`, for a cell.
pub(super) fn bar(value: u64, most: u64) -> Markup {
    let width = (value * 160).checked_div(most).unwrap_or(0);
    let width = if value > 0 { width.max(2) } else { 0 };
    html! {
        svg.bar viewBox="0 0 160 12" width="160" height="12" aria-hidden="true" focusable="false" {
            rect class="track" x="0" y="0" width="160" height="12" {}
            rect class="fill" x="0" y="0" width=(width) height="12" {}
        }
    }
}

/// Hours of days: a letter per cell, `o` opened, `f` failed, `b` blocked, `u` says nothing, `-` not visited.
pub(super) fn strip(days: &[(jiff::civil::Date, [u8; 24])]) -> Markup {
    const CELL: usize = 16;
    let height = days.len() * (CELL + 2);
    let cell = |letter: u8| match letter {
        b'o' => ("opened", ""),
        b'f' => ("failed", "×"),
        b'b' => ("blocked", "？"),
        b'u' => ("unseen", "？"),
        _ => ("none", ""),
    };
    html! {
        svg.strip viewBox={ "0 0 480 " (height + 16) } role="img" aria-label="近七日逐小时访问情况，文字说明见下" {
            @for (row, (day, hours)) in days.iter().enumerate() {
                text x="0" y=(row * (CELL + 2) + 12) { (format!("{}月{}日", day.month(), day.day())) }
                @for (hour, letter) in hours.iter().enumerate() {
                    @let (class, sign) = cell(*letter);
                    @let x = 60 + hour * (CELL + 1);
                    rect class=(class) x=(x) y=(row * (CELL + 2)) width=(CELL) height=(CELL) {}
                    @if !sign.is_empty() { text.sign x=(x + CELL / 2) y=(row * (CELL + 2) + 12) { (sign) } }
                }
            }
            @for hour in [0, 6, 12, 18, 23] {
                text.hour x=(60 + hour * (CELL + 1)) y=(height + 12) { (hour) "时" }
            }
        }
    }
}

/// A `select` of people's words.
pub(super) fn options(name: &str, chosen: &str, choices: &[(String, String)]) -> Markup {
    html! {
        select name=(name) id=(name) {
            option value="" selected[chosen.is_empty()] { "全部" }
            @for (value, word) in choices {
                option value=(value) selected[value == chosen] { (word) }
            }
        }
    }
}

/// A line of a definition list, left out when there is nothing to say.
pub(super) fn fact(label: &str, value: &str) -> Markup {
    if value.is_empty() {
        return PreEscaped(String::new());
    }
    html! { dt { (label) } dd { (value) } }
}

/// Roles as choices of a form.
pub(super) fn role_choices() -> Markup {
    html! {
        @for role in Role::ALL { option value=(role.key()) { (words::role(role)) "：" (words::role_duty(role)) } }
    }
}
