//! Help and usage errors in Chinese: the argument library's own words are English.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

/// The command tree with Chinese headings, usage lines, defaults and choices.
pub(super) fn localised(command: Command) -> Command {
    let name = command.get_name().to_owned();
    with_path(command, &name)
}

fn with_path(command: Command, path: &str) -> Command {
    let usage = usage(&command, path);
    let mut command = command
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("命令")
        .help_template("{about}\n\n用法：{usage}\n\n{all-args}{after-help}")
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help("显示帮助")
                .help_heading("选项")
                .display_order(900),
        );
    if command.get_version().is_some() {
        command = command.disable_version_flag(true).arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help("显示版本")
                .help_heading("选项")
                .display_order(901),
        );
    }
    command.override_usage(usage).mut_args(localised_arg).mut_subcommands(|sub| {
        let path = format!("{path} {}", sub.get_name());
        with_path(sub, &path)
    })
}

/// `xunjian problems show [选项] <NUMBER>`: required options are named, the others stand as one word.
fn usage(command: &Command, path: &str) -> String {
    let mut usage = path.to_owned();
    let (mut required, mut positional) = (String::new(), String::new());
    for arg in command.get_arguments() {
        let value = value_name(arg);
        if arg.is_positional() {
            let many = if arg.get_num_args().is_some_and(|n| n.max_values() > 1) { "..." } else { "" };
            positional.push_str(&if arg.is_required_set() {
                format!(" <{value}>{many}")
            } else {
                format!(" [{value}]{many}")
            });
        } else if arg.is_required_set()
            && let Some(long) = arg.get_long()
        {
            required.push_str(&format!(" --{long} <{value}>"));
        }
    }
    usage.push_str(&required);
    usage.push_str(" [选项]");
    if command.has_subcommands() {
        usage.push_str(" <命令>");
    }
    usage + &positional
}

/// What stands for an argument's value; the derived names are English.
fn value_name(arg: &Arg) -> String {
    let named = arg.get_value_names().and_then(|names| names.first()).map(|n| n.to_string()).unwrap_or_default();
    let words: &[(&str, &str)] = &[
        ("number", "问题编号"),
        ("run", "巡查编号"),
        ("id", "规则编号"),
        ("reason", "理由"),
        ("by", "姓名"),
        ("unit", "单位"),
        ("role", "角色"),
        ("site", "标识码"),
        ("rule", "规则编号"),
        ("stage", "阶段"),
        ("kind", "检查方式"),
        ("group", "子目录"),
        ("title", "表名"),
        ("annex", "附件号"),
        ("sites", "网站数"),
        ("seed", "种子"),
        ("days", "天数"),
        ("format", "格式"),
        ("fail_on", "严重程度"),
    ];
    match words.iter().find(|(id, _)| arg.get_id() == id) {
        Some((_, word)) if named.is_empty() || named.is_ascii() => (*word).to_owned(),
        _ => named,
    }
}

fn localised_arg(arg: Arg) -> Arg {
    let heading = if arg.is_positional() { "参数" } else { "选项" };
    let mut help = arg.get_help().map(StyledStr::to_string).unwrap_or_default();
    let choices: Vec<String> = match arg.get_action() {
        ArgAction::Set | ArgAction::Append => {
            arg.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect()
        }
        _ => Vec::new(),
    };
    if !choices.is_empty() {
        help.push_str(&format!("（可选：{}）", choices.join("、")));
    }
    let defaults: Vec<String> = arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
    if !defaults.is_empty() && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        help.push_str(&format!("（默认：{}）", defaults.join(" ")));
    }
    let takes_values = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let arg = arg.help(help).help_heading(heading);
    if !takes_values {
        return arg;
    }
    let value = value_name(&arg);
    let arg = arg.hide_default_value(true).hide_possible_values(true);
    if value.is_empty() { arg } else { arg.value_name(value) }
}

/// The usage error in Chinese, with the next step.
pub(super) fn usage_error(error: &clap::Error) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(v)) => v.join("、"),
        Some(ContextValue::StyledStr(s)) => s.to_string(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let arg = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("没有这个选项或参数：{arg}"),
        ErrorKind::InvalidSubcommand => format!("没有这个命令：{}", text(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "还要写明做什么（缺少子命令）".to_owned()
        }
        ErrorKind::MissingRequiredArgument => format!("缺少必填项：{arg}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("选项 {arg} 后面缺少内容"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let choices = text(ContextKind::ValidValue);
            let hint = if choices.is_empty() { String::new() } else { format!("，可以写：{choices}") };
            format!("选项 {arg} 的内容“{value}”不对{hint}")
        }
        ErrorKind::ArgumentConflict => format!("{arg} 不能与 {} 同时使用", text(ContextKind::PriorArg)),
        ErrorKind::TooManyValues | ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => {
            format!("选项 {arg} 的内容个数不对")
        }
        _ => "命令写法有误".to_owned(),
    };
    let mut suggestion = text(ContextKind::SuggestedSubcommand);
    if suggestion.is_empty() {
        suggestion = text(ContextKind::SuggestedArg);
    }
    let suggestion = if suggestion.is_empty() { String::new() } else { format!("是否想写 {suggestion}？") };
    format!("命令有误：{what}。{suggestion}\n运行 xunjian --help 或 xunjian <命令> --help 查看写法。")
}
