//! What the register shows by itself, without any look at a site: accounts that have been silent for too long.

use jiff::civil::Date;

use super::unit_snapshot;
use crate::clock::start_of;
use crate::export::date_words;
use crate::inspect::Finding;
use crate::ledger::view::Source;
use crate::ledger::{NewEntry, RegisterFact, SiteSnapshot};
use crate::register::{Media, Register};
use crate::rule::{RuleSet, Severity};

/// An account that has not posted for more days than these is 不更新 (国办秘函〔2019〕19号, 政务新媒体单项否决).
const SILENT_DAYS: i32 = 14;

/// Statuses of accounts that are in use.
const IN_USE: [&str; 3] = ["正常", "正常运行", "在用"];

/// Facts about accounts as of the day somebody looked. What nobody looked at, or looked at after `today`, is not among them.
pub fn register_facts(register: &Register, rules: &RuleSet, today: Date) -> Vec<RegisterFact> {
    register.media.iter().filter_map(|media| silent(register, rules, media, today)).collect()
}

fn silent(register: &Register, rules: &RuleSet, media: &Media, today: Date) -> Option<RegisterFact> {
    let (post, checked) = (media.last_post_on?, media.checked_on?);
    let days = post.until(checked).ok()?.get_days();
    if !IN_USE.contains(&media.status.as_str()) || checked > today || days < 0 {
        return None;
    }
    let unit = register.units.get(media.sponsor)?;
    let subject = SiteSnapshot {
        site: format!("{}:{}", media.platform, media.account),
        name: format!("“{}”{}", media.name, media.platform),
        ..unit_snapshot(register, unit)
    };
    let text = format!(
        "“{}”（{}）自{}起未更新，至{}已{days}天，超过{SILENT_DAYS}天。",
        media.name,
        media.platform,
        date_words(post),
        date_words(checked)
    );
    let basis = rules.sources.get("S19").map(|s| format!("《{}》（{}）政务新媒体单项否决指标", s.document, s.number));
    let entry = NewEntry {
        source: Source::Register,
        key: vec!["media-silent".to_owned()],
        subject,
        key_point: 6,
        severity: Severity::Veto,
        title: "政务新媒体超过14天未更新".to_owned(),
        finding: Finding {
            text,
            measure: "立即更新；不再使用的，按程序办理注销并更新统计表。".to_owned(),
            basis: basis.unwrap_or_default(),
            locations: Vec::new(),
        },
        due: None,
        attachments: Vec::new(),
        seen: start_of(checked),
    };
    Some(RegisterFact { entry, holds: days > SILENT_DAYS })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(fields: &str) -> Option<bool> {
        let text = format!(
            r#"
            [settings]
            name = "某市"
            region = "610800"
            [[unit]]
            id = "u"
            name = "某局"
            level = "市级部门"
            [[site]]
            id = "6108000001"
            name = "某局网站"
            url = "http://www.example.gov.cn/"
            sponsor = "u"
            [[media]]
            platform = "微信公众号"
            account = "gh"
            name = "某发布"
            sponsor = "u"
            {fields}"#
        );
        let register = Register::parse("targets.toml", &text, std::path::Path::new(".")).expect("a register");
        let rules = RuleSet::embedded(&[]).expect("rules");
        let facts = register_facts(&register, &rules, jiff::civil::date(2020, 5, 15));
        facts.first().map(|fact| fact.holds)
    }

    #[test]
    fn only_what_somebody_looked_at_is_judged() {
        let cases = [
            ("last_post_on = 2020-04-30\nchecked_on = 2020-05-15", Some(true)),
            ("last_post_on = 2020-05-01\nchecked_on = 2020-05-15", Some(false)),
            ("last_post_on = 2020-04-01", None),
            ("last_post_on = 2020-04-01\nchecked_on = 2020-05-16", None),
            ("checked_on = 2020-05-15", None),
            ("status = \"已注销\"\nlast_post_on = 2020-04-01\nchecked_on = 2020-05-15", None),
        ];
        for (fields, expected) in cases {
            assert_eq!(holds(fields), expected, "{fields}");
        }
    }
}
