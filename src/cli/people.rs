//! `people`: accounts of the pages. The first 管理 is made here, never by a default password.

use std::io::{IsTerminal as _, Read as _};

use super::args::{PeopleAction, PeopleArgs, RoleArg};
use super::config::load_register;
use super::ledger::{find_unit, ledger_error};
use super::{CliError, Exit, Outcome, block_on, print};
use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::ledger::people::{NewPerson, PasswordFault, Role, check_strength};

/// Who stands in the trail for what is done on the machine itself.
const HERE: &str = "(命令行)";

pub(super) fn people(args: &PeopleArgs) -> Outcome {
    let data = match &args.action {
        PeopleAction::Add { data, .. }
        | PeopleAction::List(data)
        | PeopleAction::Lock { data, .. }
        | PeopleAction::Unlock { data, .. }
        | PeopleAction::Passwd { data, .. }
        | PeopleAction::Token { data, .. } => data,
    };
    let open = || async { Ledger::open(&data.data, Clock::system()).await.map_err(ledger_error) };
    match &args.action {
        PeopleAction::Add { account, name, role, unit, config, .. } => {
            let unit = match unit {
                Some(what) => Some(find_unit(&load_register(config)?, what)?),
                None => None,
            };
            let password = password(account)?;
            let new = NewPerson { account, name, role: role_of(*role), unit: unit.as_deref(), password: &password };
            block_on(async {
                open().await?.add_person(&new, HERE).await.map_err(ledger_error)?;
                print(&format!("已新建账号 {account}。运行 xunjian serve 打开网页，用此账号登录。"))
                    .map(|()| Exit::Done)
            })?
        }
        PeopleAction::List(_) => block_on(async {
            let people = open().await?.people().await.map_err(ledger_error)?;
            let line = |p: &crate::ledger::people::Person| {
                let unit = p.unit.as_deref().map(|u| format!("  单位 {u}")).unwrap_or_default();
                let state = if p.locked { "  已停用" } else { "" };
                format!("{}  {}  {}{unit}{state}", p.account, p.name, role_word(p.role))
            };
            let mut lines: Vec<String> = people.iter().map(line).collect();
            lines.push(format!("共 {} 个账号", people.len()));
            print(&lines.join("\n")).map(|()| Exit::Done)
        })?,
        PeopleAction::Lock { account, .. } => block_on(async {
            open().await?.lock_person(account, true, HERE).await.map_err(ledger_error)?;
            print(&format!("已停用账号 {account}。")).map(|()| Exit::Done)
        })?,
        PeopleAction::Unlock { account, .. } => block_on(async {
            open().await?.lock_person(account, false, HERE).await.map_err(ledger_error)?;
            print(&format!("已启用账号 {account}。")).map(|()| Exit::Done)
        })?,
        PeopleAction::Passwd { account, .. } => {
            let password = password(account)?;
            block_on(async {
                open().await?.set_password(account, &password, HERE).await.map_err(ledger_error)?;
                print(&format!("已重设账号 {account} 的口令。")).map(|()| Exit::Done)
            })?
        }
        PeopleAction::Token { account, label, .. } => block_on(async {
            let token = open().await?.make_token(account, label, HERE).await.map_err(ledger_error)?;
            print(token.secret()).map(|()| Exit::Done)
        })?,
    }
}

fn role_of(arg: RoleArg) -> Role {
    match arg {
        RoleArg::Handler => Role::Handler,
        RoleArg::Supervisor => Role::Supervisor,
        RoleArg::Leader => Role::Leader,
        RoleArg::Auditor => Role::Auditor,
        RoleArg::Admin => Role::Admin,
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Handler => "经办",
        Role::Supervisor => "监管",
        Role::Leader => "领导",
        Role::Auditor => "审计",
        Role::Admin => "管理",
    }
}

/// Typed twice without echo, or one line of standard input.
fn password(account: &str) -> Result<String, CliError> {
    let unreadable = |e: std::io::Error| {
        CliError::new(Exit::Usage, format!("没有读到口令（{}）。", crate::diagnostic::io_reason(&e)))
    };
    let typed = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("口令（输入时不显示）：").map_err(unreadable)?;
        let second = rpassword::prompt_password("再输入一次：").map_err(unreadable)?;
        if first != second {
            return Err(CliError::new(Exit::Usage, "两次输入的口令不一样，没有改动。".to_owned()));
        }
        first
    } else {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text).map_err(unreadable)?;
        text.lines().next().unwrap_or_default().to_owned()
    };
    check_strength(account, &typed).map(|()| typed).map_err(|fault| {
        let why = match fault {
            PasswordFault::Short => "口令太短，至少 8 个字符",
            PasswordFault::Long => "口令太长",
            PasswordFault::Simple => "口令太简单：请包含大写字母、小写字母、数字、符号中的三种，或不少于 14 个字符",
            PasswordFault::Name => "口令里不能有账号",
        };
        CliError::new(Exit::Usage, format!("{why}。没有改动。"))
    })
}
