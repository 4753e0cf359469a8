//! Visits to home pages: the week's line of every site, one site's visits, and what a batch came to.

use jiff::Timestamp;
use serde::Serialize;

use crate::check::{Measure, Week, share_text};
use crate::evidence::{Visit, VisitDay, VisitEnd};
use crate::ledger::PastDay;
use crate::rule::Labels;

use super::{text, words};

/// Visits a site is planned for in a week.
const PLANNED: u64 = 7 * 24;

/// One site as seen from one vantage.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteWeek {
    pub site: String,
    pub name: String,
    pub vantage: String,
    pub week: Week,
    /// When the newest determinate visit was made.
    pub newest: Timestamp,
}

impl SiteWeek {
    /// The weeks of a site, one per vantage, as of its newest determinate visit; none without one.
    pub fn of(site: &str, name: &str, days: &[VisitDay]) -> Vec<SiteWeek> {
        let measure = Measure::default();
        let Some(newest) = measure.newest(days) else { return Vec::new() };
        let mut vantages: Vec<&str> = days.iter().map(|d| d.vantage.as_str()).collect();
        vantages.dedup();
        let week = |vantage: &str| {
            let week = measure.week(days, vantage, newest)?;
            let (site, name) = (site.to_owned(), name.to_owned());
            Some(SiteWeek { site, name, vantage: vantage.to_owned(), week, newest })
        };
        vantages.into_iter().filter_map(week).collect()
    }

    /// `本周（5月6日至12日）168次，失败7次，4.2%，再失败2次即达5%`.
    pub fn sentence(&self) -> String {
        let (measure, week) = (Measure::default(), &self.week);
        if week.visits == 0 {
            return format!("尚无访问满{}次的日子，样本不足，不作结论", measure.per_day);
        }
        let share = share_text(week.failed, week.visits, measure.percent);
        let span = format!("{}月{}日至{}月{}日", week.from.month(), week.from.day(), week.to.month(), week.to.day());
        let mut out = format!("本周（{span}）{}次，失败{}次，{share}", week.visits, week.failed);
        let left = measure.left(week, PLANNED);
        if measure.breaks(week) && measure.is_enough(week) {
            out.push_str(&format!("，已达{}%", measure.percent));
        } else if left == 0 {
            out.push_str(&format!("，按每周{PLANNED}次计已达{}%，本周已不可挽回", measure.percent));
        } else {
            out.push_str(&format!("，再失败{left}次即达{}%", measure.percent));
        }
        if !measure.is_enough(week) {
            out.push_str(&format!("；仅{}天足{}次，样本不足，不作结论", week.days, measure.per_day));
        } else if week.days < measure.window {
            out.push_str(&format!("；暂判，已监测{}日", week.days));
        }
        if week.unseen > 0 {
            out.push_str(&format!("；另有{}次无法判定，未计入", week.unseen));
        }
        out
    }

    fn row(&self) -> impl Serialize + use<> {
        #[derive(Serialize)]
        struct Row {
            v: u32,
            r#type: &'static str,
            site: String,
            name: String,
            vantage: String,
            from: jiff::civil::Date,
            to: jiff::civil::Date,
            days: u32,
            visits: u64,
            failed: u64,
            undetermined: u64,
            left: u64,
            newest: Timestamp,
        }
        let SiteWeek { site, name, vantage, week, newest } = self.clone();
        Row {
            v: 1,
            r#type: "week",
            left: Measure::default().left(&week, PLANNED),
            site,
            name,
            vantage,
            from: week.from,
            to: week.to,
            days: week.days,
            visits: week.visits,
            failed: week.failed,
            undetermined: week.unseen,
            newest,
        }
    }
}

/// The weeks for a terminal, the worst first.
pub fn weeks(weeks: &[SiteWeek]) -> String {
    let mut order: Vec<&SiteWeek> = weeks.iter().collect();
    let share = |w: &SiteWeek| (u128::from(w.week.failed) << 64) / u128::from(w.week.visits.max(1));
    order.sort_by_key(|w| std::cmp::Reverse(share(w)));
    let mut out = String::new();
    for week in order {
        let vantage = text::one_line(&week.vantage);
        out.push_str(&format!("{}（{}，探测点：{vantage}）\n", text::one_line(&week.name), text::one_line(&week.site)));
        for line in text::wrap(&week.sentence(), 74, usize::MAX) {
            out.push_str(&format!("  {line}\n"));
        }
    }
    out.push_str(&format!(
        "共 {} 行。一周监测、每天20次以上，15秒未打开的次数占5%以上的，为“站点无法访问”。\n",
        weeks.len()
    ));
    out
}

/// A line per week.
pub fn week_lines(weeks: &[SiteWeek]) -> String {
    weeks.iter().map(|w| serde_json::to_string(&w.row()).expect("plain data serialises") + "\n").collect()
}

/// The weeks as one object.
pub fn week_json(weeks: &[SiteWeek]) -> String {
    let rows: Vec<_> = weeks.iter().map(SiteWeek::row).collect();
    serde_json::json!({ "v": 1, "weeks": rows }).to_string()
}

/// One site's visits for a terminal, oldest first, those that opened in time left out unless `all`.
pub fn one_site(weeks: &[SiteWeek], days: &[VisitDay], past: &[PastDay], all: bool, labels: &Labels) -> String {
    let mut out = weeks
        .iter()
        .map(|w| format!("{}（探测点：{}）\n", w.sentence(), text::one_line(&w.vantage)))
        .collect::<String>();
    for days in past.chunk_by(|a, b| a.vantage == b.vantage) {
        let sum = |of: fn(&PastDay) -> u32| days.iter().map(|d| u64::from(of(d))).sum::<u64>();
        out.push_str(&format!(
            "更早的{}天已按天汇总（{}至{}，探测点：{}）：{}次，失败{}次，另有{}次无法判定\n",
            days.len(),
            days[0].day,
            days[days.len() - 1].day,
            text::one_line(&days[0].vantage),
            sum(|d| d.visits),
            sum(|d| d.failed),
            sum(|d| d.unseen),
        ));
    }
    let measure = Measure::default();
    let mut shown = 0;
    for day in days {
        for visit in day.visits.iter().filter(|v| all || measure.failed(v) != Some(false)) {
            shown += 1;
            let verdict = match measure.failed(visit) {
                Some(true) => "未打开",
                Some(false) => "打开",
                None => "无法判定",
            };
            out.push_str(&format!(
                "  {}  {verdict}  {}.{:03}秒  {}\n",
                words::second(visit.at),
                visit.ms / 1000,
                visit.ms % 1000,
                ended(visit, labels)
            ));
        }
    }
    if shown == 0 {
        out.push_str("  期内每次访问都已打开。\n");
    }
    out
}

/// How a visit ended, in words.
fn ended(visit: &Visit, labels: &Labels) -> String {
    match &visit.end {
        VisitEnd::Opened => String::new(),
        VisitEnd::Blocked(family) => format!("由{}应答（计为打开）", labels.word("block", family)),
        VisitEnd::Status(status) => format!("HTTP {status}"),
        VisitEnd::Failed(cause) => labels.word("cause", &cause.key()).to_owned(),
        VisitEnd::Unseen(reason) => labels.word("reason", &reason.key()).to_owned(),
    }
}

/// What a batch of visits came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    pub started_at: Timestamp,
    pub seconds: u64,
    pub opened: usize,
    pub failed: usize,
    pub undetermined: usize,
    pub blocked: usize,
    pub void: bool,
    /// Sites that failed three times in a row or more: name and how often.
    pub failing: Vec<(String, usize)>,
    /// New rows of the list, and 疑似.
    pub opened_rows: u32,
    pub suspected: u32,
    pub awaiting_review: u32,
    pub closed: u32,
    /// Rule of the brake, when it holds the judgement.
    pub held: Option<String>,
}

/// A batch for a terminal.
pub fn batch(batch: &Batch) -> String {
    if batch.void {
        return format!(
            "{}  本机网络故障，本批 {} 次访问全部记为无法判定，不计入打开率\n",
            words::minute(batch.started_at),
            batch.undetermined
        );
    }
    let total = batch.opened + batch.failed + batch.undetermined;
    let mut out = format!(
        "{}  访问 {total}  打开 {}（其中防护设备应答 {}）  未打开 {}  无法判定 {}  历时{}秒\n",
        words::minute(batch.started_at),
        batch.opened,
        batch.blocked,
        batch.failed,
        batch.undetermined,
        batch.seconds
    );
    let moved = [
        ("列入清单", batch.opened_rows),
        ("新增疑似", batch.suspected),
        ("转待复核", batch.awaiting_review),
        ("销号", batch.closed),
    ];
    let moved: Vec<String> = moved.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what} {n}")).collect();
    if !moved.is_empty() {
        out.push_str(&format!("  {}\n", moved.join("  ")));
    }
    if let Some(rule) = &batch.held {
        out.push_str(&format!("  ！熔断：规则 {rule} 将使许多网站同时变化，结果已保存，未写入清单。运行 xunjian runs list 查看，核实后放行或放弃。\n"));
    }
    for (name, times) in &batch.failing {
        out.push_str(&format!("  连续 {times} 次未打开：{}\n", text::one_line(name)));
    }
    out
}

/// A batch as one versioned line.
pub fn batch_line(batch: &Batch) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        v: u32,
        r#type: &'static str,
        #[serde(flatten)]
        batch: &'a Batch,
    }
    serde_json::to_string(&Line { v: 1, r#type: "probe.finished", batch }).expect("plain data serialises") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(visits: u64, failed: u64, days: u32) -> String {
        let (from, to) = ("2026-05-06".parse().unwrap(), "2026-05-12".parse().unwrap());
        let week = Week { from, to, days, visits, failed, unseen: 3 };
        let newest = Timestamp::UNIX_EPOCH;
        SiteWeek { site: "6".into(), name: "网".into(), vantage: "a".into(), week, newest }.sentence()
    }

    #[test]
    fn the_weeks_sentence_says_how_far_it_is_to_the_limit() {
        assert_eq!(
            week(168, 7, 7),
            "本周（5月6日至5月12日）168次，失败7次，4.2%，再失败2次即达5%；另有3次无法判定，未计入"
        );
        assert!(week(168, 9, 7).contains("失败9次，5.4%，已达5%；"), "{}", week(168, 9, 7));
        assert!(week(48, 9, 2).contains("按每周168次计已达5%，本周已不可挽回；仅2天足20次，样本不足，不作结论"));
        assert!(week(120, 6, 5).contains("5.0%，已达5%；暂判，已监测5日"), "{}", week(120, 6, 5));
        assert!(
            week(48, 1, 2).contains("2.0%，再失败8次即达5%；仅2天足20次") || week(48, 1, 2).contains("2.1%，再失败8次")
        );
        assert!(week(0, 0, 0).contains("样本不足"));
    }
}
