//! Help and usage errors in Chinese: the argument library's own words are English.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

/// The command tree with Chinese headings, defaults and choices.
pub(super) fn localised(command: Command) -> Command {
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
    command.mut_args(localised_arg).mut_subcommands(localised)
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
    if takes_values { arg.hide_default_value(true).hide_possible_values(true) } else { arg }
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
