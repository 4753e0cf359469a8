//! `rules new`: the text of a new rule file that loads and whose cases hold.

use super::files::RuleFiles;
use super::load::is_kebab;
use super::{RuleSet, RuleStatus};
use crate::check::CheckKind;
use crate::diagnostic::nearest;

/// Check and cases to begin with, for the kinds that need no Rust.
const SAMPLES: &[(&str, &str)] = &[
    ("page_text", include_str!("scaffold/page_text.toml")),
    ("link", include_str!("scaffold/link.toml")),
    ("meta", include_str!("scaffold/meta.toml")),
    ("header", include_str!("scaffold/header.toml")),
    ("number_pattern", include_str!("scaffold/number_pattern.toml")),
    ("dns_record", include_str!("scaffold/dns_record.toml")),
];

/// What a new rule says before somebody writes its words; a stable rule may not.
pub(super) const BLANKS: [&str; 3] = ["（一句话说明问题）", "（存在问题的文字。", "（建议的整改措施）"];

/// A rule file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// Relative to the rules folder.
    pub path: String,
    pub text: String,
}

/// Why no file can be proposed. The person at the keyboard must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScaffoldError {
    #[error("规则编号或组名“{0}”写法不对：只用小写英文字母和数字，单词之间用一个连字符，例如 icp-missing")]
    Name(String),
    #[error("规则“{id}”已经存在：{origin}")]
    Exists { id: String, origin: String },
    #[error("没有名为“{kind}”的检查种类{}可用的种类：{}", near.as_ref().map_or("。".to_owned(), |n| format!("，是否指“{n}”？")), CheckKind::NAMES.join("、"))]
    Kind { kind: String, near: Option<String> },
    #[error("检查种类“{0}”还没有现成的规则可作样板。不写代码即可新增规则的种类：{known}", known = SAMPLES.iter().map(|(k, _)| *k).collect::<Vec<_>>().join("、"))]
    NoModel(String),
}

/// Proposes `rules/<group>/<id>.toml` of the given kind. A kind without a sample of its own is modelled on the first rule
/// of that kind in `set`.
pub fn scaffold(set: &RuleSet, id: &str, kind: &str, group: &str) -> Result<NewRule, ScaffoldError> {
    if let Some(wrong) = [id, group].into_iter().find(|name| !is_kebab(name)) {
        return Err(ScaffoldError::Name(wrong.to_owned()));
    }
    if let Some(rule) = set.get(id) {
        return Err(ScaffoldError::Exists { id: id.to_owned(), origin: rule.origin.clone() });
    }
    if !CheckKind::NAMES.contains(&kind) {
        let near = nearest(kind, CheckKind::NAMES.iter().copied()).map(str::to_owned);
        return Err(ScaffoldError::Kind { kind: kind.to_owned(), near });
    }
    let text = match SAMPLES.iter().find(|(k, _)| *k == kind) {
        Some((_, sample)) => format!("{}{sample}", head(id)),
        None => modelled(set, kind).ok_or_else(|| ScaffoldError::NoModel(kind.to_owned()))?,
    };
    Ok(NewRule { path: format!("{group}/{id}.toml"), text })
}

fn head(id: &str) -> String {
    format!(
        r#"# 规则 {id}：改好以下各项后运行 rules check，全部例子符合预期即可使用。
version = 1
status = "experimental"          # experimental 试行（只记录）、stable 正式、deprecated 停用
severity = "一般"                # 单项否决、严重、一般、提示
key_point = 3                    # 通知的十项重点内容，1 到 10
title = "（一句话说明问题）"
problem = "（存在问题的文字。事实写在花括号里，可用哪些事实见 rules explain）。"
measure = "（建议的整改措施）。"

[[basis]]
source = "S47"                   # 登记在 sources.toml 的依据文件
clause = ""
confidence = "U"                 # 条款核实前写 U，印作“依据待核”

[confirm]
direct = true                    # 或 suspect = {{ failures = 3, spacing_hours = 4, span_hours = 24 }}

[close]
passes = 2
days = 2
auto = true

[deadline]
working_days = 5                 # 或 calendar_days、hours

"#
    )
}

/// The whole file of an existing rule of that kind, put on trial under the new name.
fn modelled(set: &RuleSet, kind: &str) -> Option<String> {
    let model = set.rules.iter().find(|r| r.check.name() == kind && r.status != RuleStatus::Deprecated)?;
    let files = RuleFiles::embedded();
    let file = files.get(&format!("{}/{}.toml", model.group, model.id))?;
    let mut text = format!("# 以规则 {} 为样板，请逐项修改。\n", model.id);
    for line in file.text.lines() {
        let key = line.split('=').next().unwrap_or_default().trim();
        match key {
            "status" if !text.contains("\nstatus = ") => text.push_str("status = \"experimental\""),
            // The new rule has an identity of its own.
            "family" | "covers" => continue,
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> RuleSet {
        RuleSet::from_files(RuleFiles::of_texts([]), &[]).unwrap()
    }

    #[test]
    fn a_new_rule_of_every_general_kind_loads_and_its_cases_hold() {
        let kinds: Vec<&str> = SAMPLES.iter().map(|(k, _)| *k).filter(|k| CheckKind::NAMES.contains(k)).collect();
        assert!(kinds.contains(&"page_text"));
        for kind in kinds {
            let new = scaffold(&set(), "sample-rule", kind, "local").unwrap();
            assert_eq!(new.path, "local/sample-rule.toml");
            let loaded = RuleSet::from_files(RuleFiles::of_texts([(new.path.as_str(), new.text.as_str())]), &[])
                .unwrap_or_else(|e| panic!("{kind}: {e}"));
            assert_eq!(loaded.rules[0].check.name(), kind);
            let report = loaded.run_cases(None);
            assert_eq!((report.passed, report.failed), (3, vec![]), "{kind}");
        }
    }

    #[test]
    fn a_rule_of_any_kind_the_program_uses_can_be_begun_from_a_model() {
        let set = RuleSet::embedded(&[]).unwrap();
        for rule in set.running() {
            let new = scaffold(&set, "sample-rule", rule.check.name(), "local").unwrap();
            let loaded = RuleSet::from_files(RuleFiles::of_texts([(new.path.as_str(), new.text.as_str())]), &[])
                .unwrap_or_else(|e| panic!("{}: {e}", rule.check.name()));
            assert_eq!(loaded.rules[0].status, RuleStatus::Experimental);
            assert_eq!(loaded.rules[0].family, "sample-rule");
        }
    }

    #[test]
    fn a_new_rule_cannot_be_put_to_use_with_blank_words() {
        let new = scaffold(&set(), "sample-rule", "page_text", "local").unwrap();
        let stable = new.text.replacen("\"experimental\"", "\"stable\"", 1);
        let load = |text: &str| RuleSet::from_files(RuleFiles::of_texts([(new.path.as_str(), text)]), &[]);
        let refused = load(&stable).unwrap_err().to_string();
        assert_eq!(refused.matches("空白文字").count(), 3, "{refused}");
        let mut written = stable;
        for blank in BLANKS {
            assert!(written.contains(blank), "{blank}");
            written = written.replace(blank, "标语不规范");
        }
        load(&written).unwrap();
    }

    #[test]
    fn wrong_names_are_refused_with_a_hint() {
        let refused = |id, kind, group| scaffold(&set(), id, kind, group).unwrap_err().to_string();
        assert!(refused("Bad_Id", "page_text", "local").contains("“Bad_Id”写法不对"));
        assert!(refused("new-rule", "page_text", "../x").contains("“../x”写法不对"));
        assert!(refused("new-rule", "page_txt", "local").contains("是否指“page_text”？"));
    }
}
