//! Files → validated rules. Every mistake of every file is noted before anything is refused.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::files::{LoadError, Mistakes, RuleFiles};
use super::questions;
use super::raw::{RawOverlay, RawPlatforms, RawRule, RawSources};
use super::set::RuleSet;
use super::{Calendar, Labels, Source};
use crate::check::{Platform, Platforms};
use crate::diagnostic::{SourceFile, nearest};

const LABELS: &str = "labels.toml";
const CALENDAR: &str = "calendar.toml";
const SOURCES: &str = "sources.toml";
const PLATFORMS: &str = "platforms.toml";
const SELFCHECK: &str = "selfcheck.toml";
const OVERLAYS: &str = "overlays";

impl RuleSet {
    /// Validates `files` and applies the overlays of `regions`, widest first.
    pub fn from_files(files: RuleFiles, regions: &[String]) -> Result<RuleSet, LoadError> {
        let mut mistakes = Mistakes::default();
        let mut set = RuleSet {
            rules: Vec::new(),
            labels: labels(&files, &mut mistakes),
            calendar: calendar(&files, &mut mistakes),
            sources: sources(&files, &mut mistakes),
            questions: Vec::new(),
            docs: BTreeMap::new(),
        };
        // An office's own sheet takes the place of the built-in one as a whole.
        let (built_in, own) = files.layers(SELFCHECK);
        if let Some(file) = own.cloned().or(built_in) {
            set.questions = questions::read(&file, &set.sources, &mut mistakes);
        }
        let mut drafts: BTreeMap<String, Draft<'_>> = BTreeMap::new();
        let mut unread = BTreeSet::new();
        let mut overlays = Vec::new();
        for (path, file) in files.iter() {
            let parts: Vec<&str> = path.split('/').collect();
            match parts[..] {
                [LABELS | CALENDAR | SOURCES | PLATFORMS | SELFCHECK] => {}
                [OVERLAYS, region, name] => overlays.push((region, id_of(name), file)),
                [group, name] if group != OVERLAYS => {
                    let id = id_of(name);
                    check_id(file, id, &mut mistakes);
                    if let Some(first) = drafts.get(id) {
                        let text = format!("规则“{id}”已在 {} 中定义", first.file.name);
                        mistakes.add(file, 0..0, text, Some("规则编号（文件名）在各组之间不能重复"));
                        continue;
                    }
                    match mistakes.read_rule::<RawRule>(file) {
                        (Some(raw), check) => {
                            let raw = RawRule { check, ..raw };
                            drafts.insert(id.to_owned(), Draft::new(file, group, raw));
                        }
                        (None, _) => drop(unread.insert(id)),
                    }
                }
                _ => {
                    let text = format!("不认识的文件“{path}”");
                    mistakes.add(
                        file,
                        0..0,
                        text,
                        Some("规则文件放在 <组>/<规则编号>.toml，地方调整放在 overlays/<区划代码>/<规则编号>.toml"),
                    );
                }
            }
        }
        // Sorted by path, so one region's files follow each other; the order asked for decides.
        overlays.sort_by_key(|(region, ..)| regions.iter().position(|r| r == region));
        for (region, id, file) in overlays {
            let (Some(raw), check) = mistakes.read_rule::<RawOverlay>(file) else { continue };
            let raw = RawOverlay { check, ..raw };
            match drafts.get_mut(id) {
                Some(draft) if regions.iter().any(|r| r == region) => draft.overlay(region, file, raw),
                Some(_) => {}
                None if unread.contains(id) => {}
                None => {
                    let near = nearest(id, drafts.keys().map(String::as_str));
                    let help = near.map(|n| format!("是否指“{n}”？文件名应与要调整的规则编号相同"));
                    mistakes.add(file, 0..0, format!("没有编号为“{id}”的规则可供调整"), help.as_deref());
                }
            }
        }
        let platforms = platforms(&files, &mut mistakes);
        let ids: Vec<String> = drafts.keys().cloned().collect();
        for (id, draft) in drafts {
            if let Some((mut rule, doc)) = draft.finish(&id, &ids, &set.sources, &mut mistakes) {
                rule.check.know(&platforms);
                set.rules.push(rule);
                set.docs.insert(id, doc);
            }
        }
        mistakes.finish()?;
        Ok(set)
    }

    /// The words inside the program.
    #[cfg(test)]
    pub(super) fn embedded_labels() -> Labels {
        labels(&RuleFiles::embedded(), &mut Mistakes::default())
    }
}

fn labels(files: &RuleFiles, mistakes: &mut Mistakes) -> Labels {
    let (built_in, own) = files.layers(LABELS);
    let mut labels = built_in.map(|f| Labels::read(&f, None, mistakes)).unwrap_or_default();
    if let Some(file) = own {
        let newer = Labels::read(file, Some(&labels), mistakes);
        labels.overlay(newer);
    }
    labels
}

fn calendar(files: &RuleFiles, mistakes: &mut Mistakes) -> Calendar {
    let (built_in, own) = files.layers(CALENDAR);
    let mut calendar = Calendar::default();
    for file in built_in.iter().chain(own) {
        calendar.overlay(Calendar::read(file, mistakes));
    }
    calendar
}

fn sources(files: &RuleFiles, mistakes: &mut Mistakes) -> BTreeMap<String, Source> {
    let (built_in, own) = files.layers(SOURCES);
    let mut sources = BTreeMap::new();
    for file in built_in.iter().chain(own) {
        for (key, raw) in mistakes.read::<RawSources>(file).unwrap_or_default() {
            if raw.document.get_ref().trim().is_empty() {
                mistakes.add(file, raw.document.span(), "文件名称不能为空", None);
            }
            let source = Source {
                document: raw.document.into_inner(),
                number: raw.number,
                effective_from: raw.effective_from.map(|d| d.into_inner().0),
                effective_until: raw.effective_until.map(|d| d.into_inner().0),
            };
            sources.insert(key.into_inner(), source);
        }
    }
    sources
}

fn platforms(files: &RuleFiles, mistakes: &mut Mistakes) -> Platforms {
    let (built_in, own) = files.layers(PLATFORMS);
    let mut platforms: BTreeMap<String, Platform> = BTreeMap::new();
    for file in built_in.iter().chain(own) {
        for (host, raw) in mistakes.read::<RawPlatforms>(file).unwrap_or_default() {
            for (text, what) in [(&raw.name, "平台名称"), (&raw.basis, "设立依据")] {
                if text.get_ref().trim().is_empty() {
                    mistakes.add(file, text.span(), format!("{what}不能为空"), None);
                }
            }
            let until = raw.until.into_inner().0;
            let host = host.into_inner();
            let entry =
                Platform { host: host.clone(), name: raw.name.into_inner(), basis: raw.basis.into_inner(), until };
            platforms.insert(host, entry);
        }
    }
    Platforms(platforms.into_values().collect())
}

fn id_of(name: &str) -> &str {
    name.strip_suffix(".toml").unwrap_or(name)
}

pub(super) fn is_kebab(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.split('-').all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

fn check_id(file: &SourceFile, id: &str, mistakes: &mut Mistakes) {
    if !is_kebab(id) {
        let text = format!("规则编号（文件名）“{id}”写法不对");
        mistakes.add(file, 0..0, text, Some("只用小写英文字母和数字，单词之间用一个连字符，例如 icp-missing"));
    }
}
