//! The letter that asks a unit to let the inspector through its protection device: which sites, who asks, what is asked for.

use jiff::civil::Date;

use crate::ledger::view::HintView;

/// What every letter of one day says of the sender.
#[derive(Debug, Clone, PartialEq)]
pub struct Sender {
    /// Who writes.
    pub office: String,
    pub contact_person: String,
    pub contact_phone: String,
    /// Addresses requests come from; empty: a line to be filled in by hand.
    pub addresses: Vec<String>,
    /// The User-Agent, as sent.
    pub agent: String,
    /// Requests per second to one address, at most.
    pub requests_per_second: f64,
    pub date: Date,
}

/// One letter to one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub unit: String,
    pub rows: Vec<Row>,
}

/// One site that turns the inspector away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub site: String,
    pub url: String,
    /// Since when and by what.
    pub text: String,
}

/// One letter per unit from the hints of `rules`, units and sites in the order of the hints.
pub fn letters(hints: &[HintView], rules: &[&str]) -> Vec<Letter> {
    let mut letters: Vec<Letter> = Vec::new();
    for hint in hints.iter().filter(|h| rules.contains(&h.rule.as_str())) {
        let row = Row {
            site: hint.site_name.clone(),
            url: hint.locations.first().map(|l| l.url.clone()).unwrap_or_default(),
            text: hint.text.clone(),
        };
        match letters.iter_mut().find(|l| l.unit == hint.unit) {
            Some(letter) => letter.rows.push(row),
            None => letters.push(Letter { unit: hint.unit.clone(), rows: vec![row] }),
        }
    }
    letters
}

pub(super) const TITLE: &str = "关于商请将政府网站巡检列入放行名单的函";

impl Letter {
    pub(super) fn opening(&self) -> String {
        format!(
            "按照政府网站日常监测的要求，我单位对登记的政府网站进行常态化巡检。贵单位主办的下列{}个网站，巡检请求被防护设备拦截，\
             连续多日返回的都是拦截或验证页面，网站内容无法核查，也无法判定是否合规。",
            self.rows.len()
        )
    }
}

impl Sender {
    /// What is asked for, paragraph by paragraph.
    pub(super) fn request(&self) -> Vec<String> {
        let addresses = if self.addresses.is_empty() { "＿".repeat(16) } else { self.addresses.join("、") };
        vec![
            "请贵单位协调网站承建单位或防护设备管理方，将以下巡检来源加入白名单（放行名单）：".to_owned(),
            format!("一、巡检地址：{addresses}。"),
            format!("二、请求标识（User-Agent）：{}。", self.agent),
            "三、访问方式：只读取公开页面，不登录、不提交表单、不测试漏洞，不破解、不绕过任何验证。".to_owned(),
            format!(
                "四、访问频率：每个网站首页每天访问24次左右，每天巡查一次；对同一服务器地址每秒不超过{}次请求。",
                self.requests_per_second
            ),
            "放行后请告知我单位，我单位随即复查。放行之前，由人工使用浏览器核查上述网站。".to_owned(),
            "专此函达，请予支持。".to_owned(),
        ]
    }

    pub(super) fn contact(&self) -> String {
        format!("（联系人：{}，联系电话：{}）", self.contact_person, self.contact_phone)
    }

    pub(super) fn date_text(&self) -> String {
        format!("{}年{}月{}日", self.date.year(), self.date.month(), self.date.day())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::check::Location;
    use crate::rule::{RuleStatus, Severity};

    pub(in super::super) fn hint(unit: &str, site: &str, rule: &str) -> HintView {
        HintView {
            site: "6108000001".to_owned(),
            site_name: site.to_owned(),
            unit: unit.to_owned(),
            rule: rule.to_owned(),
            rule_title: "网站无法核查，请主办单位放行巡检".to_owned(),
            severity: Severity::Hint,
            status: RuleStatus::Stable,
            key_point: 8,
            text: "5月6日至12日访问首页，应答的均为瑞数的拦截或验证页面，网站内容无法核查（探测点：本机）".to_owned(),
            measure: "请放行。".to_owned(),
            locations: vec![Location::at("https://www.luoshui.gov.cn/")],
            first_seen: jiff::Timestamp::UNIX_EPOCH,
            last_seen: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    pub(in super::super) fn sender(addresses: &[&str]) -> Sender {
        Sender {
            office: "洛水市人民政府办公室".to_owned(),
            contact_person: "李明".to_owned(),
            contact_phone: "0912-3456789".to_owned(),
            addresses: addresses.iter().map(|a| (*a).to_owned()).collect(),
            agent: "xunjian/0.1.0 (government website inspection)".to_owned(),
            requests_per_second: 0.5,
            date: jiff::civil::date(2026, 5, 13),
        }
    }

    #[test]
    fn a_unit_gets_one_letter_for_all_its_sites_and_none_for_other_hints() {
        let hints = [
            hint("市教育局", "教育网", "inspection-blocked"),
            hint("市财政局", "财政网", "no-ipv6"),
            hint("市民政局", "民政网", "inspection-blocked"),
            hint("市教育局", "招生网", "inspection-blocked"),
        ];
        let letters = letters(&hints, &["inspection-blocked"]);
        let sites = |l: &Letter| l.rows.iter().map(|r| r.site.clone()).collect::<Vec<_>>().join(" ");
        let told: Vec<_> = letters.iter().map(|l| (l.unit.as_str(), sites(l))).collect();
        assert_eq!(told, [("市教育局", "教育网 招生网".to_owned()), ("市民政局", "民政网".to_owned())]);
        assert!(letters[0].opening().contains("下列2个网站"));
    }

    #[test]
    fn addresses_are_named_or_left_to_be_filled_in() {
        let named = sender(&["192.0.2.7", "2001:db8::7"]).request();
        assert_eq!(named[1], "一、巡检地址：192.0.2.7、2001:db8::7。");
        assert!(named[4].contains("每秒不超过0.5次请求"), "{}", named[4]);
        assert!(sender(&[]).request()[1].contains("＿＿＿＿"));
    }
}
