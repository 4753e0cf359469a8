//! 账号, for the 管理 alone; and everybody's own password.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use maud::html;
use serde::Deserialize;

use crate::ledger::people::{Entered, NewPerson, Role, check_strength};
use crate::web::answer::{Fault, Html, encoded};
use crate::web::visitor::Visitor;
use crate::web::{Office, Shared, html as shell, words};

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
    visitor.must(visitor.person.role.manages(), &office, "/people").await?;
    let people = office.reader.people().await?;
    let unit = |id: &Option<String>| {
        let id = id.as_deref().unwrap_or_default();
        office.register.units.iter().find(|u| u.id == id).map_or(id.to_owned(), |u| u.name.clone())
    };
    let body = html! {
        h1 { "账号" }
        @if !wish.done.is_empty() { (shell::notice("已办理。")) }
        div.scroll { table.list {
            thead { tr { th { "账号" } th { "姓名" } th { "角色" } th { "单位" } th { "状态" } th { "办理" } } }
            tbody { @for person in &people {
                tr {
                    td { (person.account) } td { (person.name) } td { (words::role(person.role)) } td { (unit(&person.unit)) }
                    td { (if person.locked { "已停用" } else { "可用" }) }
                    td {
                        form method="post" action={ "/people/" (encoded(&person.account)) "/" (if person.locked { "unlock" } else { "lock" }) } {
                            (shell::csrf(&visitor))
                            button type="submit" { (if person.locked { "启用" } else { "停用" }) }
                        }
                        details { summary { "重设口令" }
                            form method="post" action={ "/people/" (encoded(&person.account)) "/password" } {
                                (shell::csrf(&visitor))
                                div.field {
                                    label for={ "p-" (person.account) } { "新口令" }
                                    input type="password" id={ "p-" (person.account) } name="password" required autocomplete="new-password";
                                }
                                button type="submit" { "重设" }
                            }
                        }
                    }
                }
            } }
        } }
        h2 { "新建账号" }
        form.card method="post" action="/people" {
            (shell::csrf(&visitor))
            div.field { label for="account" { "账号（必填）" } input type="text" id="account" name="account" required maxlength="64" autocomplete="off"; }
            div.field { label for="name" { "姓名（必填，写入办理经过）" } input type="text" id="name" name="name" required maxlength="50" autocomplete="off"; }
            div.field { label for="role" { "角色" } select id="role" name="role" { (shell::role_choices()) } }
            div.field {
                label for="unit" { "所属单位（仅经办）" }
                select id="unit" name="unit" {
                    option value="" { "无" }
                    @for unit in &office.register.units { option value=(unit.id) { (unit.name) } }
                }
            }
            div.field {
                label for="password" { "初始口令（必填）" }
                input type="password" id="password" name="password" required autocomplete="new-password";
                div.hint { "至少 8 个字符，包含大写、小写、数字、符号中的三种；请当面告知本人，登录后自行修改。" }
            }
            button.main type="submit" { "新建" }
        }
    };
    Ok(Html(shell::frame(&office, &visitor, "/people", "账号", &body)))
}

#[derive(Deserialize)]
pub(in crate::web) struct NewForm {
    csrf: Option<String>,
    account: String,
    name: String,
    role: String,
    #[serde(default)]
    unit: String,
    password: String,
}

pub(in crate::web) async fn add(
    State(office): State<Shared>,
    visitor: Visitor,
    Form(form): Form<NewForm>,
) -> Result<Redirect, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    visitor.must(visitor.person.role.manages(), &office, "POST /people").await?;
    let role = Role::of(&form.role).ok_or_else(|| Fault::Bad("请选择角色".to_owned()))?;
    let unit = (!form.unit.is_empty()).then_some(form.unit.as_str());
    if unit.is_some_and(|id| !office.register.units.iter().any(|u| u.id == id)) {
        return Err(Fault::Bad("登记表里没有这个单位".to_owned()));
    }
    strong(&form.account, &form.password)?;
    let new = NewPerson { account: form.account.trim(), name: &form.name, role, unit, password: &form.password };
    office.writer.add_person(&new, &visitor.person.account).await?;
    Ok(Redirect::to("/people?done=1"))
}

fn strong(account: &str, password: &str) -> Result<(), Fault> {
    check_strength(account, password).map_err(|fault| Fault::Bad(words::password_fault(fault).to_owned()))
}

#[derive(Deserialize)]
pub(in crate::web) struct Change {
    csrf: Option<String>,
    #[serde(default)]
    password: String,
}

pub(in crate::web) async fn change(
    State(office): State<Shared>,
    visitor: Visitor,
    Path((account, what)): Path<(String, String)>,
    Form(form): Form<Change>,
) -> Result<Redirect, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    visitor.must(visitor.person.role.manages(), &office, &format!("{what} {account}")).await?;
    let by = &visitor.person.account;
    match what.as_str() {
        "lock" => office.writer.lock_person(&account, true, by).await?,
        "unlock" => office.writer.lock_person(&account, false, by).await?,
        "password" => {
            strong(&account, &form.password)?;
            office.writer.set_password(&account, &form.password, by).await?;
        }
        _ => return Err(Fault::NotFound),
    }
    Ok(Redirect::to("/people?done=1"))
}

pub(in crate::web) async fn own_password(State(office): State<Shared>, visitor: Visitor) -> Html {
    Html(own_form(&office, &visitor, None))
}

fn own_form(office: &Office, visitor: &Visitor, wrong: Option<&str>) -> maud::Markup {
    let body = html! {
        h1 { "修改口令" }
        @if let Some(wrong) = wrong { p.notice.bad role="alert" { (wrong) } }
        form.card method="post" action="/password" {
            (shell::csrf(visitor))
            div.field { label for="old" { "现在的口令" } input type="password" id="old" name="old" required autocomplete="current-password"; }
            div.field {
                label for="new" { "新口令" }
                input type="password" id="new" name="new" required autocomplete="new-password";
                div.hint { "至少 8 个字符，包含大写、小写、数字、符号中的三种。" }
            }
            div.field { label for="again" { "再输入一次" } input type="password" id="again" name="again" required autocomplete="new-password"; }
            button.main type="submit" { "修改" }
        }
        p.lead { "修改后须重新登录，其他地方的登录同时失效。" }
    };
    shell::frame(office, visitor, "/password", "修改口令", &body)
}

#[derive(Deserialize)]
pub(in crate::web) struct OwnForm {
    csrf: Option<String>,
    old: String,
    new: String,
    again: String,
}

pub(in crate::web) async fn change_own_password(
    State(office): State<Shared>,
    visitor: Visitor,
    Form(form): Form<OwnForm>,
) -> Result<axum::response::Response, Fault> {
    use axum::response::IntoResponse as _;
    visitor.sent_by_us(form.csrf.as_deref())?;
    let wrong = |why: &str| Ok(Html(own_form(&office, &visitor, Some(why))).into_response());
    if form.new != form.again {
        return wrong("两次输入的新口令不一样。");
    }
    let account = &visitor.person.account;
    if let Err(fault) = check_strength(account, &form.new) {
        return wrong(&format!("{}。", words::password_fault(fault)));
    }
    // The same door as a log-in: whoever found an open session cannot try passwords without end.
    let known = {
        let _alone = office.door.acquire().await;
        matches!(office.writer.log_in(account, &form.old, &visitor.address).await?, Entered::Welcome(_))
    };
    if !known {
        return wrong("现在的口令不对。");
    }
    office.writer.set_password(account, &form.new, account).await?;
    Ok(Redirect::to("/login").into_response())
}
