//! `register import`: an office's list of sites becomes its register.

use std::collections::BTreeMap;
use std::path::Path;

use super::args::ImportSitesArgs;
use super::{CliError, Exit, Outcome, print, write_file};
use crate::intake::sites::{SiteRow, Sites, read};
use crate::register::Register;
use crate::register::compose::{Composed, NewSite, compose, heading};

/// Names printed of each kind.
const NAMED: usize = 10;

pub(super) fn import(args: &ImportSitesArgs) -> Outcome {
    let path = args.file.as_path();
    let usage = |text: String| CliError::new(Exit::Usage, text);
    let bytes = std::fs::read(path).map_err(|e| CliError::file("读名单", path, &e))?;
    let list = read(&bytes).map_err(|e| usage(format!("{}：{e}。", path.display())))?;
    let list = list.map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(|m| format!("  {m}")).collect();
        let count = lines.len();
        usage(format!("{} 有 {count} 处需要改正，没有写入任何内容：\n{}", path.display(), lines.join("\n")))
    })?;
    let (text, known) = if args.targets.exists() {
        let text = std::fs::read_to_string(&args.targets).map_err(|e| CliError::file("读登记表", &args.targets, &e))?;
        (text, Register::load(&args.targets).map_err(|e| CliError::new(Exit::Config, e.to_string()))?)
    } else {
        (new_heading(args, &list)?, Register::default())
    };
    let sites: Vec<NewSite> = list.rows.iter().map(new_site).collect();
    let composed = compose(&text, &known, &sites);
    // What would be written must be a register without mistakes.
    let name = format!("{}（拟写入的内容）", args.targets.display());
    let base = args.targets.parent().unwrap_or(Path::new(""));
    Register::parse(&name, &composed.text, base).map_err(|e| CliError::new(Exit::Config, e.to_string()))?;
    print(&told(&list, &composed))?;
    let target = args.targets.display();
    if composed.sites.is_empty() {
        return print(&format!("没有新的网站，{target} 不需要改动。")).map(|()| Exit::Done);
    }
    if !args.apply {
        return print(&format!("没有写入任何内容；核对无误后加 --apply 写入 {target}。")).map(|()| Exit::Done);
    }
    write_file(&args.targets, composed.text.as_bytes())?;
    let next = format!(
        "下一步：核对 {target} 里的联系人等设置和由名称推定的单位类别，运行 xunjian register check 检查，再运行 xunjian patrol 巡查。"
    );
    print(&format!("已写入 {target}。\n{next}")).map(|()| Exit::Done)
}

/// Settings of a new register.
fn new_heading(args: &ImportSitesArgs, list: &Sites) -> Result<String, CliError> {
    let Some(name) = &args.name else {
        let why = format!(
            "{} 还没有，将新建。请用 --name 写明本地区名称（印在报告上），如 --name 榆林市。",
            args.targets.display()
        );
        return Err(CliError::new(Exit::Usage, why));
    };
    let mut regions: BTreeMap<&str, usize> = BTreeMap::new();
    for code in list.rows.iter().filter_map(|row| row.code.get(..6)) {
        *regions.entry(code).or_default() += 1;
    }
    let usual = regions.into_iter().max_by_key(|(_, count)| *count).map(|(code, _)| code.to_owned());
    let Some(region) = args.region.clone().or(usual) else {
        let why = "名单里没有网站标识码，请用 --region 写明本地区的区划代码（6 位），如 --region 610800。";
        return Err(CliError::new(Exit::Usage, why.to_owned()));
    };
    Ok(heading(name, &region))
}

fn new_site(row: &SiteRow) -> NewSite {
    let SiteRow { row, name, url, code, sponsor, supervisor, undertaker, level, class, status, icp, psb, domains } =
        row.clone();
    NewSite {
        place: format!("第{row}行"),
        name,
        url,
        code,
        sponsor,
        supervisor,
        undertaker,
        level,
        class,
        status,
        icp,
        psb,
        domains,
    }
}

fn told(list: &Sites, composed: &Composed) -> String {
    let some = |names: &[String]| {
        let more = if names.len() > NAMED { format!(" 等 {} 个", names.len()) } else { String::new() };
        names.iter().take(NAMED).cloned().collect::<Vec<_>>().join("、") + &more
    };
    let mut out = format!("“{}”表共 {} 个网站。各列的理解：\n", list.sheet, list.rows.len());
    for (head, what) in &list.columns {
        out.push_str(&match head == what {
            true => format!("  {head}\n"),
            false => format!("  {head} → {what}\n"),
        });
    }
    if !list.unread.is_empty() {
        out.push_str(&format!("  未读取的列：{}\n", list.unread.join("、")));
    }
    out.push_str(&format!("新登记网站 {} 个", composed.sites.len()));
    if !composed.sites.is_empty() {
        out.push_str(&format!("：{}", some(&composed.sites)));
    }
    if !composed.units.is_empty() {
        out.push_str(&format!("\n新登记单位 {} 个：{}", composed.units.len(), some(&composed.units)));
    }
    if composed.same > 0 {
        out.push_str(&format!("\n已登记且一致 {} 个", composed.same));
    }
    if !composed.differing.is_empty() {
        out.push_str(&format!("\n已登记但不一致 {} 个，登记表未改动，请核对：", composed.differing.len()));
        for line in &composed.differing {
            out.push_str(&format!("\n  {line}"));
        }
    }
    out
}
