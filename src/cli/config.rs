//! `init`, `register`, `rules`, and loading both files for every other command.

use std::path::Path;

use super::args::{ConfigArgs, InitArgs, RegisterAction, RegisterArgs, RulesAction, RulesArgs, RulesDirArgs};
use super::{CliError, Exit, Outcome, print, say, write_file};
use crate::diagnostic::nearest;
use crate::register::{self, Register};
use crate::rule::{self, RuleSet};

/// Loads the register; mistakes end with exit code 3 and the drawn diagnostics.
pub(super) fn load_register(args: &ConfigArgs) -> Result<Register, CliError> {
    Register::load(&args.targets).map_err(|e| CliError::new(Exit::Config, e.to_string()))
}

/// Loads the rules: the named folder, else `rules/` here, else those inside the program. `region` picks overlays.
pub(super) fn load_rules(dir: Option<&Path>, region: &str) -> Result<RuleSet, CliError> {
    let here = Path::new("rules");
    let regions = overlay_regions(region);
    let loaded = match dir {
        Some(dir) => RuleSet::load(dir, &regions),
        None if here.is_dir() => RuleSet::load(here, &regions),
        None => RuleSet::embedded(&regions),
    };
    loaded.map_err(|e| CliError::new(Exit::Config, e.to_string()))
}

/// Loads the rules and the register they are applied to. An exemption from a rule that does not exist exempts nobody; it is
/// added to the register's warnings.
pub(super) fn load_both(args: &ConfigArgs) -> Result<(Register, RuleSet), CliError> {
    let mut register = load_register(args)?;
    let rules = load_rules(args.rules.as_deref(), &register.settings.region)?;
    for exemption in &register.exemptions {
        if rules.running().any(|r| r.id == exemption.rule) {
            continue;
        }
        let near = nearest(&exemption.rule, rules.running().map(|r| r.id.as_str()));
        let near = near.map_or_else(String::new, |id| format!("是否指“{id}”？"));
        register.warnings.push(format!(
            "网站 {} 豁免的规则“{}”不存在，这条豁免不起作用。{near}请运行 xunjian rules list 核对规则编号。",
            exemption.site, exemption.rule
        ));
    }
    Ok((register, rules))
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
    let (register, _) = load_both(config)?;
    print(&register.summary(&config.targets.display().to_string()))?;
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
            let rules = load(dir)?;
            let line = |r: &rule::Rule| {
                let severity = rules.labels.word("severity", r.severity.key());
                format!(
                    "{:<28} {severity}  重点{}  {}",
                    r.id,
                    rules.labels.word("ordinal", &r.key_point.to_string()),
                    r.title
                )
            };
            let lines: Vec<String> = rules.running().map(line).collect();
            print(&format!("{}\n共 {} 条", lines.join("\n"), lines.len()))?;
            Ok(Exit::Done)
        }
        RulesAction::Explain { id, dir } => {
            let rules = load(dir)?;
            if rules.get(id).is_none() {
                let next = "运行 xunjian rules list 查看全部规则编号";
                return Err(CliError::new(Exit::NotFound, format!("没有规则 {id}。{next}。")));
            }
            print(&rule::explain(&rules, id)).map(|()| Exit::Done)
        }
        RulesAction::New { id, kind, group, rules } => new_rule(id, kind, group, rules),
    }
}

fn new_rule(id: &str, kind: &str, group: &str, dir: &Path) -> Outcome {
    let known = load_rules(dir.is_dir().then_some(dir), "")?;
    let new = rule::scaffold(&known, id, kind, group).map_err(|e| CliError::new(Exit::Usage, e.to_string()))?;
    if !dir.is_dir() {
        // A folder with one rule only would hide the built-in ones.
        rule::write_embedded(dir).map_err(|e| CliError::file("写规则目录", dir, &e))?;
        say(&format!("已把程序自带规则写到 {}，便于一并修改。", dir.display()));
    }
    let path = dir.join(&new.path);
    if path.exists() {
        return Err(CliError::new(Exit::Output, format!("{} 已存在，未改动。", path.display())));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| CliError::file("建目录", folder, &e))?;
    }
    write_file(&path, new.text.as_bytes())?;
    print(&format!(
        "已生成 {}。\n下一步：改写标题、依据、措辞和检查参数，再运行 xunjian rules check --rules {} 检查。",
        path.display(),
        dir.display()
    ))?;
    Ok(Exit::Done)
}

/// Overlays of a region code, widest first: `610802` → `61`, `6108`, `610802`.
fn overlay_regions(region: &str) -> Vec<String> {
    [2, 4, 6].iter().filter_map(|n| region.get(..*n)).map(str::to_owned).collect()
}
