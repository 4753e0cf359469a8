//! `init`, `register`, `rules`, and loading both files for every other command.

use std::path::Path;

use super::args::{ConfigArgs, InitArgs, RegisterAction, RegisterArgs, RulesAction, RulesArgs, RulesDirArgs};
use super::{CliError, Exit, Outcome, print, say, write_file};
use crate::register::{self, Register};
use crate::rule::{self, RuleSet};

/// Loads the register; mistakes end with exit code 3 and the drawn diagnostics.
pub(super) fn load_register(args: &ConfigArgs) -> Result<Register, CliError> {
    Register::load(&args.targets).map_err(|e| CliError::new(Exit::Config, e.to_string()))
}

/// Loads the rules: the named folder, else `rules/` here, else those inside the program. `region` picks overlays.
pub(super) fn load_rules(dir: Option<&Path>, region: &str) -> Result<RuleSet, CliError> {
    let here = Path::new("rules");
    let regions = rule::overlay_regions(region);
    let loaded = match dir {
        Some(dir) => RuleSet::load(dir, &regions),
        None if here.is_dir() => RuleSet::load(here, &regions),
        None => RuleSet::embedded(&regions),
    };
    loaded.map_err(|e| CliError::new(Exit::Config, e.to_string()))
}

pub(super) fn init(args: &InitArgs) -> Outcome {
    if args.path.exists() {
        return Err(CliError::new(
            Exit::Output,
            format!("{} 已存在，未改动。要重新生成，请先改名或换一个文件名。", args.path.display()),
        ));
    }
    if args.with_rules {
        let dir = args.path.parent().unwrap_or(Path::new("")).join("rules");
        if dir.exists() {
            return Err(CliError::new(Exit::Output, format!("{} 已存在，未改动。", dir.display())));
        }
        rule::write_embedded(&dir).map_err(|e| CliError::file("写规则目录", &dir, &e))?;
    }
    write_file(&args.path, register::TEMPLATE.as_bytes())?;
    print(&format!(
        "已生成 {}。\n下一步：按文件内的说明改成本地的单位和网站，运行 xunjian register check 检查，再运行 xunjian patrol 巡查。",
        args.path.display()
    ))?;
    Ok(Exit::Done)
}

pub(super) fn register(args: &RegisterArgs) -> Outcome {
    let RegisterAction::Check(config) = &args.action;
    let register = load_register(config)?;
    print(&register::summary(&register))?;
    Ok(Exit::Done)
}

pub(super) fn rules(args: &RulesArgs) -> Outcome {
    let load = |dir: &RulesDirArgs| load_rules(dir.rules.as_deref(), "");
    match &args.action {
        RulesAction::Check(dir) => {
            let rules = load(dir)?;
            let report = rules.run_cases(None);
            print(&rule::check_report(&rules, &report))?;
            Ok(if report.failed.is_empty() { Exit::Done } else { Exit::Config })
        }
        RulesAction::List(dir) => {
            print(&rule::list(&load(dir)?))?;
            Ok(Exit::Done)
        }
        RulesAction::Explain { id, dir } => {
            let rules = load(dir)?;
            match rule::explain(&rules, id) {
                Some(text) => print(&text).map(|()| Exit::Done),
                None => Err(CliError::new(
                    Exit::NotFound,
                    format!("没有规则 {id}。运行 xunjian rules list 查看全部规则编号。"),
                )),
            }
        }
        RulesAction::New { id, kind, group, rules } => {
            let text = rule::scaffold(id, kind).map_err(|e| CliError::new(Exit::Usage, e.to_string()))?;
            let path = rules.join(group).join(format!("{id}.toml"));
            if path.exists() {
                return Err(CliError::new(Exit::Output, format!("{} 已存在，未改动。", path.display())));
            }
            if !rules.is_dir() {
                // A folder with one rule only would hide the built-in ones.
                rule::write_embedded(rules).map_err(|e| CliError::file("写规则目录", rules, &e))?;
                say(&format!("已把程序自带规则写到 {}，便于一并修改。", rules.display()));
            }
            if let Some(dir) = path.parent() {
                std::fs::create_dir_all(dir).map_err(|e| CliError::file("建目录", dir, &e))?;
            }
            write_file(&path, text.as_bytes())?;
            print(&format!(
                "已生成 {}。\n下一步：改写标题、依据、措辞和检查参数，再运行 xunjian rules check --rules {} 检查。",
                path.display(),
                rules.display()
            ))?;
            Ok(Exit::Done)
        }
    }
}
