//! `init`, `register`, `rules`, and loading both files for every other command.

use std::path::Path;

use super::args::{
    ConfigArgs, InitArgs, RegisterAction, RegisterArgs, RenderArg, RulesAction, RulesArgs, RulesDirArgs,
};
use super::{CliError, Exit, Outcome, print, say, write_file};
use crate::clock::Clock;
use crate::diagnostic::nearest;
use crate::register::{self, Register};
use crate::render::{self, Renderer};
use crate::rule::{self, Cap, RuleSet};
use crate::run;

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

/// Loads the register and the rules it is to be judged by.
pub(super) fn load_both(args: &ConfigArgs) -> Result<(Register, RuleSet), CliError> {
    let register = load_register(args)?;
    let mut rules = load_rules(args.rules.as_deref(), &register.settings.region)?;
    check_exemptions(&register, &rules)?;
    rules.calendar.cap = cap(&register);
    Ok((register, rules))
}

/// Rules for who handles rows: where the register is at hand, its region's and its campaign's.
pub(super) fn load_for_handling() -> Result<RuleSet, CliError> {
    let config = ConfigArgs { targets: "targets.toml".into(), rules: None };
    if !config.targets.exists() {
        return load_rules(None, "");
    }
    // A register somebody is just changing must not stop who handles rows.
    load_both(&config).map(|(_, rules)| rules).or_else(|_| {
        say("注意：targets.toml 有误（运行 xunjian register check 查看），这里不按其中的专项整治限定时限。");
        load_rules(None, "")
    })
}

/// Time limits given while a campaign goes on end with it.
fn cap(register: &Register) -> Option<Cap> {
    let campaign = register.settings.campaign.as_ref()?;
    Some(Cap { from: campaign.phases.first()?.from, until: campaign.rectify_until? })
}

/// How a browser is to be used: the option before the register. Whoever asks for one must have one.
pub(super) fn render_settings(register: &Register, asked: Option<RenderArg>) -> Result<render::Settings, CliError> {
    let mut settings = run::render_settings(register);
    settings.mode = match asked {
        None => settings.mode,
        Some(RenderArg::Auto) => render::Mode::Auto,
        Some(RenderArg::Never) => render::Mode::Never,
        Some(RenderArg::Always) => render::Mode::Always,
    };
    if settings.mode != render::Mode::Always || Renderer::new(settings.clone(), Clock::system()).available() {
        return Ok(settings);
    }
    let what = if Renderer::BUILT {
        "没有找到 Chromium 浏览器，不能用浏览器复看首页（render = always）。请安装 chromium，或在登记表 settings.render 的 browser 写明程序路径"
    } else {
        "本程序不带浏览器复看功能（编译时未启用 render，或本系统不支持），不能使用 render = always。请换用带此功能的程序"
    };
    let next = "暂不需要的，请改用 --render auto 或 --render never";
    let exit = if asked.is_some() { Exit::Usage } else { Exit::Config };
    Err(CliError::new(exit, format!("{what}；{next}。")))
}

/// An exemption from a rule that does not exist exempts nothing, and nobody would notice.
fn check_exemptions(register: &Register, rules: &RuleSet) -> Result<(), CliError> {
    let unknown: Vec<String> = register
        .exemptions
        .iter()
        .filter(|e| rules.get(&e.rule).is_none())
        .map(|e| {
            let near = nearest(&e.rule, rules.rules.iter().map(|r| r.id.as_str()));
            let hint = near.map(|n| format!("，是否想写“{n}”？")).unwrap_or_default();
            format!("网站 {} 的豁免写了不存在的规则“{}”{hint}", e.site, e.rule)
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let next = "请改正登记表里的 [[exemption]]；规则编号见 xunjian rules list";
    Err(CliError::new(Exit::Config, format!("{}\n{next}。", unknown.join("\n"))))
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
    let config = match &args.action {
        RegisterAction::Check(config) => config,
        RegisterAction::Compare(args) => return super::selfcheck::compare(args),
        RegisterAction::Import(args) => return super::sites::import(args),
    };
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
                format!("{:<28} {severity}  重点{}  {}", r.id, ordinal(r.key_point), r.title)
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

/// 一 to 十, as the notice numbers its key points.
fn ordinal(point: u8) -> &'static str {
    const WORDS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    usize::from(point).checked_sub(1).and_then(|i| WORDS.get(i)).copied().unwrap_or_default()
}
