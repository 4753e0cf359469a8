//! What `register check` says of a register without mistakes, and the register a new user starts from.

use super::{Register, words};

/// A commented register with every option, for `xunjian init`.
pub const TEMPLATE: &str = include_str!("../../targets.toml");

impl Register {
    /// Counts, reference points and warnings, in Chinese; `name` is the file as the user typed it.
    pub fn summary(&self, name: &str) -> String {
        let levels = counted(words::LEVEL, |level| self.units.iter().filter(|u| u.level == level).count());
        let classes = counted(words::CLASS, |class| self.sites.iter().filter(|s| s.class == class).count());
        let states = counted(words::STATUS, |status| self.sites.iter().filter(|s| s.status == status).count());
        let network = &self.settings.network;
        let mut lines = vec![
            format!("登记文件检查通过：{name}"),
            format!("{}（{}）", self.settings.name, self.settings.region),
            format!("单位 {} 个{}", self.units.len(), after(&levels, "：")),
            format!("网站 {} 个{}{}", self.sites.len(), after(&classes, "："), after(&states, "；")),
        ];
        if !self.media.is_empty() {
            lines.push(format!("政务新媒体 {} 个", self.media.len()));
        }
        if !self.exemptions.is_empty() {
            lines.push(format!("豁免 {} 条", self.exemptions.len()));
        }
        let filed = |has: fn(&super::Site) -> bool| self.sites.iter().filter(|s| has(s)).count();
        lines.push(format!(
            "已填网站标识码 {} 个，ICP备案号 {} 个，公安机关备案号 {} 个",
            filed(|s| s.site_code.is_some()),
            filed(|s| s.icp.is_some()),
            filed(|s| s.psb.is_some()),
        ));
        if !network.canaries.is_empty() {
            lines.push(format!("参照点 {} 个：{}", network.canaries.len(), network.canaries.join("、")));
        }
        if !self.warnings.is_empty() {
            lines.push(format!("提醒 {} 条：", self.warnings.len()));
            lines.extend(self.warnings.iter().map(|w| format!("  · {w}")));
        }
        lines.join("\n")
    }
}

/// `市级部门 3 个，县市区 1 个`; kinds that do not occur are left out.
fn counted<T: Copy>(words: &[(&str, &str, T)], count: impl Fn(T) -> usize) -> String {
    let parts = words.iter().map(|(word, _, value)| (word, count(*value))).filter(|(_, n)| *n > 0);
    parts.map(|(word, n)| format!("{word} {n} 个")).collect::<Vec<_>>().join("，")
}

fn after(text: &str, mark: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{mark}{text}") }
}
