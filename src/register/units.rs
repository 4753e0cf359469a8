//! `[[unit]]`, `[[media]]`, `[[exemption]]`: raw → valid.

use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, nearest};

use super::notes::{Notes, Written};
use super::raw::{RawExemption, RawMedia, RawUnit};
use super::settings::region_code;
use super::{Exemption, Media, Unit, words};

/// A table with the place of its header.
pub(super) type Entry<T> = (T, Range<usize>);

/// Places where names were first written, to show both when one is written again.
#[derive(Debug, Default)]
pub(super) struct Firsts(HashMap<String, Range<usize>>);

impl Firsts {
    /// Notes `key`; a second time it is a mistake at `span`, shown with the first place.
    pub(super) fn once(&mut self, key: &str, span: &Range<usize>, complaint: &str, notes: &mut Notes<'_>) -> bool {
        if let Some(first) = self.0.get(key) {
            notes.wrong(Diagnostic::new(span.clone(), complaint).also(first.clone(), "前面已写在这里"));
            return false;
        }
        self.0.insert(key.to_owned(), span.clone());
        true
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Valid units, and every unit id that was written, be the rest of its table right or wrong.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    /// Id → index into `units`.
    index: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
}

impl Units {
    pub(super) fn read(entries: Vec<Entry<RawUnit>>, notes: &mut Notes<'_>) -> Self {
        let mut all = Units::default();
        let mut ids = Firsts::default();
        let mut names = Firsts::default();
        for (raw, table) in entries {
            let id = notes.required(raw.id, &table, "id", "单位代号");
            let name = notes.required(raw.name, &table, "name", "单位名称");
            let level = notes.required(raw.level, &table, "level", "单位类别（市级部门或县市区）");
            let level = level.and_then(|w| notes.word(&w, words::LEVEL, "单位类别")).unwrap_or_default();
            let nature = notes.optional(raw.nature).and_then(|w| notes.word(&w, words::NATURE, "单位性质"));
            let region = notes.optional(raw.region).and_then(|w| notes.read(&w, region_code));
            let aliases = notes.list(raw.aliases);
            if let Some(name) = &name {
                let complaint = format!("单位名称“{}”重复", name.text);
                names.once(&name.text, &name.span, &complaint, notes);
            }
            let Some(id) = id else { continue };
            if ids.once(&id.text, &id.span, &format!("单位代号“{}”重复", id.text), notes) {
                all.index.insert(id.text.clone(), all.units.len());
                if let Some(name) = &name {
                    all.by_name.entry(name.text.clone()).or_insert(all.units.len());
                }
                all.units.push(Unit {
                    id: id.text,
                    name: name.map(|w| w.text).unwrap_or_default(),
                    aliases: aliases.into_iter().map(|w| w.text).collect(),
                    level,
                    nature,
                    region,
                    contact: notes.optional(raw.contact).map(|w| w.text),
                    phone: notes.optional(raw.phone).map(|w| w.text),
                });
            }
        }
        all
    }

    /// Index of the unit a field refers to, by id; also by full name, which is what people copy from lists.
    pub(super) fn find(&self, written: &Written, what: &str, notes: &mut Notes<'_>) -> Option<usize> {
        let text = written.text.as_str();
        let found = self.index.get(text).or_else(|| self.by_name.get(text)).copied();
        if found.is_none() {
            let known = self.units.iter().flat_map(|u| [u.id.as_str(), u.name.as_str()]);
            let help = match notes.worth_a_guess().then(|| nearest(text, known)).flatten() {
                Some(meant) => format!("是否想写“{meant}”？"),
                None => format!("请先用 [[unit]] 登记该单位，或改为已有的单位代号{}", self.some_ids()),
            };
            notes.wrong(Diagnostic::new(written.span.clone(), format!("{what}“{text}”没有登记")).help(help));
        }
        found
    }

    fn some_ids(&self) -> String {
        let ids: Vec<&str> = self.units.iter().take(8).map(|u| u.id.as_str()).collect();
        let more = if self.units.len() > ids.len() { "等" } else { "" };
        if ids.is_empty() { String::new() } else { format!("：{}{more}", ids.join("、")) }
    }
}

pub(super) fn media(entries: Vec<Entry<RawMedia>>, units: &Units, notes: &mut Notes<'_>) -> Vec<Media> {
    let mut seen = Firsts::default();
    let mut all = Vec::new();
    for (raw, table) in entries {
        let platform = notes.required(raw.platform, &table, "platform", "新媒体平台");
        let account = notes.required(raw.account, &table, "account", "新媒体账号");
        let name = notes.required(raw.name, &table, "name", "新媒体名称");
        let sponsor = notes.required(raw.sponsor, &table, "sponsor", "主办单位");
        let sponsor = sponsor.and_then(|w| units.find(&w, "主办单位", notes));
        let checked = raw.checked_on.as_ref().map(toml::Spanned::span);
        let (last_post_on, checked_on) = (notes.date(raw.last_post_on), notes.date(raw.checked_on));
        if let (Some(post), Some(day), Some(place)) = (last_post_on, checked_on, checked)
            && day < post
        {
            let text = format!("查看日期 {day} 早于最近更新日期 {post}");
            notes.wrong(Diagnostic::new(place, text).help("checked_on 写查看账号的日期，不早于 last_post_on"));
        }
        let status = notes.optional(raw.status).map_or_else(|| "正常".to_owned(), |w| w.text);
        if let (Some(platform), Some(account)) = (&platform, &account) {
            let key = format!("{}\n{}", platform.text, account.text);
            let complaint = format!("新媒体账号“{}”（{}）重复", account.text, platform.text);
            seen.once(&key, &account.span, &complaint, notes);
        }
        if let (Some(platform), Some(account), Some(name), Some(sponsor)) = (platform, account, name, sponsor) {
            let (platform, account, name) = (platform.text, account.text, name.text);
            all.push(Media { platform, account, name, sponsor, status, last_post_on, checked_on });
        }
    }
    all
}

pub(super) fn exemptions(entries: Vec<Entry<RawExemption>>, sites: &Firsts, notes: &mut Notes<'_>) -> Vec<Exemption> {
    let mut seen = Firsts::default();
    let mut all = Vec::new();
    for (raw, table) in entries {
        let site = notes.required(raw.site, &table, "site", "豁免的网站");
        let rule = notes.required(raw.rule, &table, "rule", "豁免的规则");
        let reason = notes.required(raw.reason, &table, "reason", "豁免理由");
        if raw.until.is_none() {
            notes.missing(&table, "until", "豁免截止日期", "2020-12-31");
        }
        let until = notes.date(raw.until);
        if let Some(site) = site.as_ref().filter(|s| !sites.contains(&s.text)) {
            let diagnostic = Diagnostic::new(site.span.clone(), format!("豁免的网站“{}”没有登记", site.text));
            notes.wrong(match notes.worth_a_guess().then(|| nearest(&site.text, sites.keys())).flatten() {
                Some(meant) => diagnostic.help(format!("是否想写“{meant}”？")),
                None => diagnostic.help("这里写 [[site]] 的 id"),
            });
        }
        if let Some(rule) = rule.as_ref().filter(|r| !rule_shaped(&r.text)) {
            notes.wrong(
                Diagnostic::new(rule.span.clone(), format!("“{}”不是规则编号", rule.text))
                    .help("规则编号由小写英文和连字符组成，例如 \"icp-missing\"，即 rules/ 文件夹里的规则文件名"),
            );
        }
        if let (Some(site), Some(rule)) = (&site, &rule) {
            let complaint = format!("网站“{}”对规则“{}”的豁免重复", site.text, rule.text);
            seen.once(&format!("{}\n{}", site.text, rule.text), &rule.span, &complaint, notes);
        }
        if let (Some(site), Some(rule), Some(reason), Some(until)) = (site, rule, reason, until) {
            all.push(Exemption { site: site.text, rule: rule.text, reason: reason.text, until });
        }
    }
    all
}

/// Lower-case words joined by single hyphens.
fn rule_shaped(text: &str) -> bool {
    text.split('-').all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}
