//! 登录 and 退出.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use crate::ledger::people::{Entered, Refusal};
use crate::web::answer::{Fault, Html};
use crate::web::visitor::{From, Visitor, cookie_name};
use crate::web::{Office, Shared, html as shell};

#[derive(Deserialize)]
pub(in crate::web) struct Wish {
    #[serde(default)]
    next: String,
}

pub(in crate::web) async fn page(State(office): State<Shared>, Query(wish): Query<Wish>) -> Result<Response, Fault> {
    let nobody = office.reader.people().await?.is_empty();
    Ok(Html(form(&office, &wish.next, "", None, nobody)).into_response())
}

fn form(office: &Office, next: &str, account: &str, wrong: Option<&str>, nobody: bool) -> Markup {
    let body = html! {
        p.brand { a href="/" { "巡检" } " " (office.register.settings.name) }
        h1 { "登录" }
        @if nobody {
            p.notice {
                "还没有任何账号。请在服务器上运行 " code { "xunjian people add 账号 --role 管理 --name 姓名" }
                " 新建第一个管理账号，再回到本页登录。"
            }
        }
        @if let Some(wrong) = wrong { p.notice.bad role="alert" { (wrong) } }
        form method="post" action="/login" {
            input type="hidden" name="next" value=(next);
            div.field {
                label for="account" { "账号" }
                input type="text" id="account" name="account" value=(account) required autocomplete="username" autofocus;
            }
            div.field {
                label for="password" { "口令" }
                input type="password" id="password" name="password" required autocomplete="current-password";
            }
            button.main type="submit" { "登录" }
        }
        p.lead { "连续 5 次口令错误，账号停用 15 分钟。忘记口令请联系本单位的管理账号。" }
    };
    shell::bare("登录", &body)
}

#[derive(Deserialize)]
pub(in crate::web) struct Credentials {
    account: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub(in crate::web) async fn enter(
    State(office): State<Shared>,
    From(address): From,
    Form(given): Form<Credentials>,
) -> Result<Response, Fault> {
    let account: String = given.account.trim().chars().take(64).collect();
    let _alone = office.door.acquire().await;
    match office.writer.log_in(&account, &given.password, &address).await? {
        Entered::Welcome(token) => {
            let secure = if office.secure { "; Secure" } else { "" };
            let cookie =
                format!("{}={}; Path=/; HttpOnly; SameSite=Strict{secure}", cookie_name(&office), token.secret());
            let cookie = HeaderValue::from_str(&cookie).map_err(|e| Fault::Broken(e.to_string()))?;
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(own(&given.next))).into_response())
        }
        Entered::Refused(why) => {
            let said = match why {
                Refusal::Wrong => "账号或口令不对，请重新输入。",
                Refusal::Barred => "账号已停用，或错误次数过多。请 15 分钟后再试，或联系管理账号。",
            };
            let page = Html(form(&office, &given.next, &account, Some(said), false));
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
    }
}

/// Only addresses of our own are led to after logging in.
fn own(next: &str) -> &str {
    let plain = next.chars().all(|c| !c.is_control() && c != '\\');
    if next.starts_with('/') && !next.starts_with("//") && plain && next.is_ascii() { next } else { "/" }
}

#[derive(Deserialize)]
pub(in crate::web) struct Leaving {
    csrf: Option<String>,
}

pub(in crate::web) async fn leave(
    State(office): State<Shared>,
    visitor: Visitor,
    Form(form): Form<Leaving>,
) -> Result<Response, Fault> {
    visitor.sent_by_us(form.csrf.as_deref())?;
    office.writer.log_out(&visitor.token, &visitor.person.account, &visitor.address).await?;
    let cookie = format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", cookie_name(&office));
    let cookie = HeaderValue::from_str(&cookie).map_err(|e| Fault::Broken(e.to_string()))?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}
