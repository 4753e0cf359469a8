//! Dates, limits and words in official form.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::clock::local;
use crate::ledger::view::{Clockface, EventView, EvidenceState, Ground, ProblemView, Source, Stage};
use crate::rule::{Labels, Severity};

use super::totals::is_undetermined;

/// `2020年4月20日`
pub fn date(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// `2020-05-06 02:00` in the office's zone.
pub(crate) fn minute(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `2020-05-06 02:00:07` in the office's zone.
pub(crate) fn second(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The last day of a time limit, and the hour when the limit ends within the day. A limit that ends at 24:00 is stored as
/// the next day's 00:00.
pub(crate) fn last_day(due: Timestamp) -> (Date, Option<String>) {
    let end = local(due);
    if end.time() == jiff::civil::Time::midnight() {
        let before = due.checked_sub(SignedDuration::from_micros(1)).unwrap_or(due);
        (local(before).date(), None)
    } else {
        (end.date(), Some(end.strftime("%H:%M").to_string()))
    }
}

/// 整改时限 as printed: `2020年7月31日前`, or `2020年5月8日14:00前` for limits in hours.
pub fn due(at: Timestamp) -> String {
    let (day, hour) = last_day(at);
    format!("{}{}前", date(day), hour.unwrap_or_default())
}

pub(crate) fn stage(labels: &Labels, stage: Stage) -> &str {
    labels.word("stage", stage_key(stage))
}

/// Key in the label group `stage`, and in addresses.
pub(crate) fn stage_key(stage: Stage) -> &'static str {
    match stage {
        Stage::Suspected => "suspected",
        Stage::Unconfirmed => "unconfirmed",
        Stage::Open => "open",
        Stage::Rectifying => "rectifying",
        Stage::AwaitingReview => "awaiting_review",
        Stage::Closed => "closed",
        Stage::Deferred => "deferred",
        Stage::Dismissed => "dismissed",
    }
}

pub(crate) fn severity(labels: &Labels, severity: Severity) -> &str {
    labels.word(
        "severity",
        match severity {
            Severity::Hint => "hint",
            Severity::General => "general",
            Severity::Serious => "serious",
            Severity::Veto => "veto",
        },
    )
}

/// 机器判定 of the newest answer: undetermined wins over what was last determined.
/// What comes and goes is said to.
pub(crate) fn evidence(labels: &Labels, problem: &ProblemView) -> String {
    let key = match problem.evidence_state {
        _ if is_undetermined(problem) => "undetermined",
        EvidenceState::StillThere => "still_there",
        EvidenceState::NotSeenAgain => "not_seen_again",
        EvidenceState::Undetermined => "undetermined",
        EvidenceState::ByPerson => "by_person",
    };
    let word = labels.word("evidence_state", key);
    if problem.flapping {
        format!("{word}（{}）", labels.word("evidence_state", "flapping"))
    } else {
        word.to_owned()
    }
}

pub(crate) fn source(labels: &Labels, source: Source) -> &str {
    labels.word(
        "source",
        match source {
            Source::Patrol => "patrol",
            Source::Register => "register",
            Source::SelfCheck => "self_check",
            Source::Above => "above",
            Source::Below => "below",
            Source::Manual => "manual",
        },
    )
}

pub(crate) fn ground(labels: &Labels, ground: Ground) -> &str {
    labels.word(
        "ground",
        match ground {
            Ground::FalseAlarm => "false_alarm",
            Ground::Duplicate => "duplicate",
            Ground::OtherUnit => "other_unit",
            Ground::Permitted => "permitted",
            Ground::OutOfScope => "out_of_scope",
            Ground::SiteClosed => "site_closed",
        },
    )
}

pub(crate) fn clock(labels: &Labels, clock: Clockface) -> &str {
    labels.word(
        "clock",
        match clock {
            Clockface::Normal => "normal",
            Clockface::Blue => "blue",
            Clockface::Yellow => "yellow",
            Clockface::Red => "red",
            Clockface::Stopped => "stopped",
        },
    )
}

/// 色 of the list; a dash while nothing presses.
pub(crate) fn colour(clock: Clockface) -> &'static str {
    match clock {
        Clockface::Normal => "－",
        Clockface::Blue => "蓝",
        Clockface::Yellow => "黄",
        Clockface::Red => "红",
        Clockface::Stopped => "停",
    }
}

/// Key point with its words: `三、注册备案信息`.
pub fn key_point(labels: &Labels, point: u8) -> String {
    const NUMERALS: [&str; 10] = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let key = point.to_string();
    match point.checked_sub(1).and_then(|i| NUMERALS.get(usize::from(i))) {
        Some(numeral) => {
            let word = labels.word("key_point", &key);
            if word == key { (*numeral).to_owned() } else { format!("{numeral}、{word}") }
        }
        None => key,
    }
}

pub(crate) fn unit_level(level: &str) -> &str {
    match level {
        "municipal" => "市级部门",
        "county" => "县市区",
        other => other,
    }
}

/// What happened, for a line of the history; the stage change speaks for kinds without a word of their own.
pub(crate) fn event(labels: &Labels, event: &EventView) -> String {
    let word = labels.word("event", &event.kind);
    let change = match (event.from, event.to) {
        (None, Some(to)) => format!("→{}", stage(labels, to)),
        (Some(from), Some(to)) if from != to => format!("{}→{}", stage(labels, from), stage(labels, to)),
        _ => String::new(),
    };
    match (word == event.kind, change.is_empty()) {
        (true, false) => change,
        (false, false) => format!("{word}（{change}）"),
        (_, true) => word.to_owned(),
    }
}

pub(crate) fn actor(actor: &str) -> &str {
    match actor {
        "machine" => "系统",
        "clock" => "到期",
        person => person,
    }
}

pub(crate) fn run_kind<'a>(labels: &'a Labels, kind: &'a str) -> &'a str {
    let word = labels.word("run_kind", kind);
    if word != kind {
        return word;
    }
    match kind {
        "patrol" => "巡查",
        "probe" => "探测",
        "audit" => "体检",
        "recheck" => "复查",
        "import" => "导入",
        "selfcheck" => "自查",
        "demo" => "演示",
        other => other,
    }
}

/// 现在无法判定 with reason and since when; `None` while the newest answer is determinate.
pub(crate) fn undetermined(labels: &Labels, problem: &ProblemView) -> Option<String> {
    let (reason, since) = problem.undetermined.as_ref()?;
    Some(format!("{}（{}起）", labels.word("reason", reason), minute(*since)))
}
