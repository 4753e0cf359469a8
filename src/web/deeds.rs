//! Steps people take: fields of their forms, what was typed, and taking the step.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Multipart, Path, RawForm, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Date;
use maud::{Markup, html};

use super::answer::{Fault, Html, encoded};
use super::pages::problem;
use super::visitor::Visitor;
use super::{Office, Shared, html as shell, words};
use crate::clock::local;
use crate::export::table;
use crate::ledger::people::{Role, Step, TrailKind};
use crate::ledger::view::{Attachment, EventView, Ground, ProblemView};
use crate::ledger::{By, Deed, LedgerError};

/// Characters of a field, files of a form, bytes of a file.
const TEXT: usize = 4000;
const FILES: usize = 10;
const FILE_BYTES: usize = 50 * 1024 * 1024;
const FIELDS: usize = 40;
/// Rows of one bulk step.
const ROWS: usize = 200;
/// A step sent again within this time by the same person is the same press of the button.
const TWICE_SECS: i64 = 300;

const GROUNDS: [(&str, Ground); 6] = [
    ("false_alarm", Ground::FalseAlarm),
    ("duplicate", Ground::Duplicate),
    ("other_unit", Ground::OtherUnit),
    ("permitted", Ground::Permitted),
    ("out_of_scope", Ground::OutOfScope),
    ("site_closed", Ground::SiteClosed),
];

/// A form as it was filled in, kept when the step cannot be taken.
pub(super) struct Typed {
    pub(super) step: Step,
    pub(super) fields: BTreeMap<String, String>,
}

impl Typed {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.trim())
    }

    fn some(&self, name: &str) -> Option<String> {
        Some(self.field(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn day(&self, name: &str) -> Result<Option<Date>, String> {
        let text = self.field(name);
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| format!("日期“{text}”不对，请写成 2026-05-12 的样子。"))
    }

    fn until(&self) -> Result<Date, String> {
        self.day("until")?.ok_or_else(|| "请写明日期。".to_owned())
    }

    fn deed(&self, attachments: Vec<Attachment>) -> Result<Deed, String> {
        Ok(match self.step {
            Step::Confirm => Deed::Confirm,
            Step::Issue => Deed::Issue,
            Step::Take => {
                Deed::Take { measure: self.some("measure"), by: self.day("until")?, assignee: self.some("assignee") }
            }
            Step::Claim => Deed::Claim { attachments },
            Step::Close => Deed::Close { attachments },
            Step::SendBack => Deed::SendBack,
            Step::Reopen => Deed::Reopen,
            Step::Defer => Deed::Defer {
                until: self.until()?,
                approver: self.field("approver").to_owned(),
                plan: self.field("plan").to_owned(),
                document: self.some("document"),
            },
            Step::Resume => Deed::Resume,
            Step::Extend => Deed::Extend { until: self.until()? },
            Step::Dismiss => {
                let ground = GROUNDS.iter().find(|(key, _)| *key == self.field("ground"));
                Deed::Dismiss {
                    ground: ground.ok_or_else(|| "请选择不予列入的理由。".to_owned())?.1,
                    until: self.until()?,
                    document: self.some("document"),
                    target: self.some("target"),
                    attachments,
                }
            }
            Step::Restore => Deed::Restore,
            Step::Edit => Deed::Edit { measure: self.some("measure"), assignee: self.some("assignee") },
            Step::Note => Deed::Note { attachments },
            Step::Undo => Deed::Undo,
        })
    }
}

/// What stands in the reason unless somebody writes something else.
fn usual_reason(step: Step) -> &'static str {
    match step {
        Step::Issue => "下发整改",
        Step::Take => "认领整改",
        _ => "",
    }
}

/// The fields of a step's form.
pub(super) fn fields(office: &Office, step: Step, row: &ProblemView, typed: Option<&Typed>) -> Markup {
    let value = |name: &str, usual: &str| typed.map_or_else(|| usual.to_owned(), |t| t.field(name).to_owned());
    let id = |name: &str| format!("{}-{name}", step.key());
    let text = |name: &str, label: &str, usual: &str, required: bool| {
        html! {
            div.field {
                label for=(id(name)) { (label) @if required { "（必填）" } }
                input type="text" id=(id(name)) name=(name) value=(value(name, usual)) maxlength="500" required[required];
            }
        }
    };
    let area = |name: &str, label: &str, usual: &str, required: bool| {
        html! {
            div.field {
                label for=(id(name)) { (label) @if required { "（必填）" } }
                textarea id=(id(name)) name=(name) maxlength=(TEXT) required[required] { (value(name, usual)) }
            }
        }
    };
    let day = |label: &str, required: bool| {
        html! {
            div.field {
                label for=(id("until")) { (label) @if required { "（必填）" } }
                input type="date" id=(id("until")) name="until" value=(value("until", "")) required[required];
            }
        }
    };
    let files = |hint: &str| {
        html! {
            div.field {
                label for=(id("file")) { "佐证材料" }
                input type="file" id=(id("file")) name="file" multiple;
                div.hint { (hint) "最多 " (FILES) " 个，每个不超过 " (FILE_BYTES / 1024 / 1024) " MB。" }
            }
        }
    };
    html! {
        @match step {
            Step::Take => {
                (area("measure", "整改措施", &row.measure, true))
                (text("assignee", "责任人", row.assignee.as_deref().unwrap_or_default(), false))
                (day("本单位计划完成日期", false))
            },
            Step::Claim => (files("写明怎样改好的；系统会自动复查，能附截图或文件更好。")),
            Step::Close => (files("机器不能复查的问题，销号前须有材料。")),
            Step::Note => (files("")),
            Step::Defer => {
                (day("挂账到哪一天", true))
                (text("approver", "批准人", "", true))
                (area("plan", "后续整改安排", "", true))
                (text("document", "文号", "", false))
            },
            Step::Extend => (day("新的整改时限", true)),
            Step::Dismiss => {
                div.field {
                    label for=(id("ground")) { "理由（必填）" }
                    select id=(id("ground")) name="ground" required {
                        option value="" { "请选择" }
                        @for (key, ground) in GROUNDS {
                            option value=(key) selected[value("ground", "") == key] {
                                (crate::export::words::ground(&office.rules.labels, ground))
                            }
                        }
                    }
                    div.hint { "误报须附材料；重复须写另一条的编号；政策允许须写文号。" }
                }
                (day("到哪一天为止（最长一年）", true))
                (text("target", "与哪一条重复（编号）", "", false))
                (text("document", "文号", "", false))
                (files(""))
            },
            Step::Edit => {
                (area("measure", "整改措施", &row.measure, false))
                (text("assignee", "责任人", row.assignee.as_deref().unwrap_or_default(), false))
            },
            _ => {},
        }
        (area("reason", "说明", usual_reason(step), true))
    }
}

/// Reads the form: texts by name, files as they are.
pub(super) async fn read(mut form: Multipart) -> Result<(BTreeMap<String, String>, Vec<(String, Bytes)>), Fault> {
    let broken = |e: axum::extract::multipart::MultipartError| {
        let status = e.status();
        match status {
            axum::http::StatusCode::PAYLOAD_TOO_LARGE => Fault::Bad("材料太大".to_owned()),
            _ => Fault::Bad("表单没有传完整".to_owned()),
        }
    };
    let (mut fields, mut files, mut count) = (BTreeMap::new(), Vec::new(), 0);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        count += 1;
        if count > FIELDS {
            return Err(Fault::Bad("表单内容过多".to_owned()));
        }
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(file_name) {
            Some(file) => {
                let bytes = field.bytes().await.map_err(broken)?;
                if bytes.is_empty() {
                    continue;
                }
                if bytes.len() > FILE_BYTES || files.len() == FILES {
                    return Err(Fault::Bad("材料太大或太多".to_owned()));
                }
                files.push((file, bytes));
            }
            None => {
                let text = field.text().await.map_err(broken)?;
                if text.chars().count() > TEXT {
                    return Err(Fault::Bad(format!("文字太长，每栏最多 {TEXT} 字")));
                }
                fields.insert(name, text.replace('\r', ""));
            }
        }
    }
    Ok((fields, files))
}

/// The last part of what a browser says, without anything that could be a path or steer a screen.
pub(super) fn file_name(said: &str) -> String {
    let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|c| !c.is_control() && !"\u{202a}\u{202b}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}".contains(*c))
        .take(120)
        .collect();
    let plain = plain.trim_matches(['.', ' ']);
    if plain.is_empty() { "材料".to_owned() } else { plain.to_owned() }
}

/// Whether the newest step is this person's to take back: his own, or any person's for the 监管; of today; none that gave a number.
pub(super) fn may_undo(office: &Office, visitor: &Visitor, history: &[EventView]) -> bool {
    let Some(last) = history.iter().rfind(|e| !matches!(e.kind.as_str(), "refused" | "noted")) else { return false };
    let by_person = !matches!(last.actor.as_str(), "machine" | "clock");
    let own = last.actor == visitor.person.name || visitor.person.role == Role::Supervisor;
    let final_kind = matches!(last.kind.as_str(), "opened" | "confirmed" | "undone");
    by_person && own && !final_kind && local(last.at).date() == office.clock.today()
}

/// What separates people who may otherwise take the step.
fn objection(office: &Office, visitor: &Visitor, step: Step, history: &[EventView]) -> Option<&'static str> {
    let claimed = history.iter().rfind(|e| e.kind == "claimed");
    match step {
        Step::Close if claimed.is_some_and(|e| e.actor == visitor.person.name) => {
            Some("申请复核和销号须由不同的人办理。")
        }
        Step::Undo if !may_undo(office, visitor, history) => Some("只能撤销当天由本人办理、没有给出编号的最近一步。"),
        _ => None,
    }
}

/// The event a step leaves in the history.
fn leaves(step: Step) -> &'static str {
    match step {
        Step::Confirm => "confirmed",
        Step::Issue => "issued",
        Step::Take => "taken",
        Step::Claim => "claimed",
        Step::Close => "closed",
        Step::SendBack => "returned",
        Step::Reopen => "reopened",
        Step::Defer => "deferred",
        Step::Resume => "resumed",
        Step::Extend => "extended",
        Step::Dismiss => "dismissed",
        Step::Restore => "restored",
        Step::Edit => "edited",
        Step::Note => "noted",
        Step::Undo => "undone",
    }
}

/// One step with one row.
pub(super) async fn deed(
    State(office): State<Shared>,
    visitor: Visitor,
    Path((no, step)): Path<(String, String)>,
    form: Multipart,
) -> Result<Response, Fault> {
    let step = Step::of_key(&step).ok_or(Fault::NotFound)?;
    let (row, history) = problem::load(&office, &visitor, &no).await?;
    let (fields, files) = read(form).await?;
    let typed = Typed { step, fields };
    visitor.sent_by_us(Some(typed.field("csrf")))?;
    visitor.must(visitor.person.role.may(step), &office, &format!("{} {}", words::step(step), row.handle())).await?;
    let seen: i64 = typed.field("seq").parse().map_err(|_| Fault::Stale)?;
    if let Some(why) = objection(&office, &visitor, step, &history) {
        let what = format!("{} {}", words::step(step), row.handle());
        office.writer.note_trail(&visitor.person.account, &visitor.address, TrailKind::Forbidden, &what).await?;
        return Ok(problem::refused(&office, &visitor, &row, &history, &typed, why));
    }
    let deed = match typed.deed(attached(&office, &files).await?) {
        Ok(deed) => deed,
        Err(why) => return Ok(problem::refused(&office, &visitor, &row, &history, &typed, &why)),
    };
    let by = By { actor: &visitor.person.name, reason: typed.field("reason") };
    let rows = [row.id.clone()];
    let done = office.writer.act_on_seen(&rows, &deed, by, &office.rules.calendar, false, Some(seen)).await;
    let address = |name: &str| format!("/problems/{}?done={}", encoded(name), step.key());
    match done {
        Ok(done) => {
            let name = done.first().map_or(shell::row_name(&row), |d| d.problem.clone());
            Ok(Redirect::to(&address(&name)).into_response())
        }
        Err(error @ (LedgerError::Refused { .. } | LedgerError::Overtaken { .. })) => {
            let (row, history) = problem::load(&office, &visitor, &row.id).await?;
            if matches!(error, LedgerError::Overtaken { .. }) && pressed_twice(&office, &visitor, &typed, &history) {
                return Ok(Redirect::to(&address(&shell::row_name(&row))).into_response());
            }
            let why = match &error {
                LedgerError::Refused { reason, .. } => format!("{reason}。"),
                other => other.to_string(),
            };
            Ok(problem::refused(&office, &visitor, &row, &history, &typed, &why))
        }
        Err(LedgerError::Locked) => {
            let why = "巡查结果正在写入台账，请稍等片刻再提交。";
            Ok(problem::refused(&office, &visitor, &row, &history, &typed, why))
        }
        Err(error) => Err(error.into()),
    }
}

/// The same button, pressed again before the page changed.
fn pressed_twice(office: &Office, visitor: &Visitor, typed: &Typed, history: &[EventView]) -> bool {
    let last = history.iter().rfind(|e| e.kind != "refused");
    last.is_some_and(|e| {
        e.actor == visitor.person.name
            && e.kind == leaves(typed.step)
            && e.reason == typed.field("reason")
            && office.clock.now().duration_since(e.at).as_secs() < TWICE_SECS
    })
}

/// Puts the files into the evidence store.
pub(super) async fn attached(office: &Office, files: &[(String, Bytes)]) -> Result<Vec<Attachment>, Fault> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        let (store, content) = (office.writer.evidence(), bytes.clone());
        let put = tokio::task::spawn_blocking(move || store.put(&content)).await;
        let sha256 = put.map_err(|e| Fault::Broken(e.to_string()))??;
        out.push(Attachment { sha256, name: name.clone(), bytes: bytes.len() as u64 });
    }
    Ok(out)
}

/// The same step with many rows: first what it would do, then, with the code of that preview, all or none.
pub(super) async fn bulk(
    State(office): State<Shared>,
    visitor: Visitor,
    RawForm(form): RawForm,
) -> Result<Response, Fault> {
    let mut rows: Vec<String> = Vec::new();
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in url::form_urlencoded::parse(&form) {
        match &*key {
            "no" => rows.push(value.into_owned()),
            _ => _ = fields.insert(key.into_owned(), value.into_owned()),
        }
    }
    let field = |name: &str| fields.get(name).map_or("", |text| text.trim());
    visitor.sent_by_us(Some(field("csrf")))?;
    let step = Step::of_key(field("step")).ok_or(Fault::NotFound)?;
    let deed = match step {
        Step::Confirm => Deed::Confirm,
        Step::Issue => Deed::Issue,
        Step::Close => Deed::Close { attachments: Vec::new() },
        _ => return Err(Fault::NotFound),
    };
    let allowed = visitor.person.role == Role::Supervisor;
    visitor.must(allowed, &office, &format!("批量{}", words::step(step))).await?;
    if rows.is_empty() || rows.len() > ROWS {
        return Err(Fault::Bad(format!("请选中 1 至 {ROWS} 条问题")));
    }
    for row in &rows {
        let (_, history) = problem::load(&office, &visitor, row).await?;
        if let Some(why) = objection(&office, &visitor, step, &history) {
            return Err(Fault::Bad(format!("{row}：{}", why.trim_end_matches('。'))));
        }
    }
    let by = By { actor: &visitor.person.name, reason: field("reason") };
    let token = office.reader.token(step.key(), &rows).await?;
    if !field("confirm").is_empty() {
        if field("confirm") != token {
            return Err(Fault::Bad("预览之后台账有变化，请重新选择、重新预览".to_owned()));
        }
        office.writer.act(&rows, &deed, by, &office.rules.calendar, false).await?;
        return Ok(Redirect::to(&format!("/problems?done={}", step.key())).into_response());
    }
    let preview = office.writer.act(&rows, &deed, by, &office.rules.calendar, true).await?;
    let text = table::done(words::step(step), &preview, &office.rules.labels, true);
    let body = html! {
        h1 { "批量" (words::step(step)) "：请核对" }
        p.notice { "以下 " (preview.len()) " 条将一起办理，要么全部写入，要么都不写入。现在还没有写入。" }
        pre { (text) }
        form method="post" action="/problems/bulk" {
            (shell::csrf(&visitor))
            input type="hidden" name="step" value=(step.key());
            input type="hidden" name="reason" value=(field("reason"));
            input type="hidden" name="confirm" value=(token);
            @for row in &rows { input type="hidden" name="no" value=(row); }
            button.main type="submit" { "核对无误，" (words::step(step)) } " "
            a.button href="/problems" { "不办理，返回清单" }
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/problems", "批量办理", &body)).into_response())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_of_files_hold_no_path_and_steer_nothing() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\x\\工单.pdf"), "工单.pdf");
        assert_eq!(file_name("a\u{202e}gpj.exe\n"), "agpj.exe");
        assert_eq!(file_name("../"), "材料");
        assert_eq!(file_name(&"长".repeat(500)).chars().count(), 120);
    }
}
