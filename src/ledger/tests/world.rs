//! A small world: named sites, named rules, one letter per answer, a clock moved by hand.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::check::{Location, NotApplicable, Subject};
use crate::clock::Clock;
use crate::evidence::{Reason, Undetermined};
use crate::inspect::{Finding, Fingerprint, RuleVerdict, SiteVerdict, SubjectVerdict, Verdict};
use crate::ledger::{
    Applied, By, Deed, Done, Filter, Ledger, LedgerError, ProblemView, RunId, RunOutcome, RunStart, SiteDigest,
    SiteSnapshot,
};
use crate::rule::{Calendar, Close, Confirm, Deadline, RuleHead, RuleStatus, Severity};

/// 2020-03-02 22:00 in the office's zone.
pub(super) const START: &str = "2020-03-02T14:00:00Z";

pub(super) struct World {
    pub(super) ledger: Ledger,
    pub(super) clock: Clock,
    pub(super) calendar: Calendar,
    pub(super) rules: Vec<RuleHead>,
    pub(super) sites: Vec<String>,
}

/// A rule listed at the first failure and struck off by machine after two passes on two days.
pub(super) fn rule(id: &str) -> RuleHead {
    RuleHead {
        id: id.to_owned(),
        version: 1,
        status: RuleStatus::Stable,
        family: id.to_owned(),
        severity: Severity::General,
        key_point: 3,
        title: id.to_owned(),
        basis: "依据".to_owned(),
        confirm: Confirm::Direct,
        close: Close { passes: 2, days: 2, auto: true },
        deadline: Deadline::WorkingDays(5),
    }
}

/// A rule that a person strikes off.
pub(super) fn manual(id: &str) -> RuleHead {
    RuleHead { close: Close { passes: 1, days: 1, auto: false }, ..rule(id) }
}

/// A rule that stays 疑似 until two failures 20 hours apart.
pub(super) fn suspect(id: &str) -> RuleHead {
    RuleHead { confirm: Confirm::Suspect { failures: 2, spacing_hours: 20, span_hours: 20 }, ..rule(id) }
}

pub(super) fn clock() -> Clock {
    Clock::fake(START.parse().expect("a moment"))
}

pub(super) fn fingerprint(site: &str, family: &str) -> Fingerprint {
    Fingerprint(format!("p1-{site}-{family}"))
}

fn finding(at: Timestamp) -> Finding {
    Finding {
        text: format!("{at} 访问发现问题"),
        measure: "请整改".to_owned(),
        basis: "依据".to_owned(),
        locations: vec![Location::at("http://example.gov.cn/")],
    }
}

pub(super) fn verdict(letter: char, at: Timestamp) -> Verdict {
    match letter {
        'P' => Verdict::Pass,
        'F' => Verdict::Fail(finding(at)),
        'R' => Verdict::Recovering(finding(at)),
        'U' => Verdict::Undetermined(Undetermined::new(Reason::Blocked, "")),
        'E' => Verdict::Error("panic".to_owned()),
        _ => Verdict::NotApplicable(NotApplicable::Absent),
    }
}

impl World {
    pub(super) async fn new(rules: Vec<RuleHead>, sites: &[&str]) -> World {
        let clock = clock();
        let sites = sites.iter().map(|s| (*s).to_owned()).collect();
        World { ledger: Ledger::in_memory(clock.clone()).await, clock, calendar: Calendar::default(), rules, sites }
    }

    pub(super) fn start(&self) -> RunStart {
        let snapshot = |site: &String| SiteSnapshot {
            site: site.clone(),
            name: format!("{site}网"),
            url: format!("http://{site}.gov.cn/"),
            unit: "办公室".to_owned(),
            unit_id: "office".to_owned(),
            unit_level: "municipal".to_owned(),
            region: "610800".to_owned(),
        };
        RunStart {
            kind: "patrol".to_owned(),
            vantage: "office".to_owned(),
            program: "xunjian test".to_owned(),
            planned: self.sites.iter().map(snapshot).collect(),
            rules: self.rules.clone(),
        }
    }

    pub(super) fn hours(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }

    /// One site's answers, one letter per rule in the order of `self.rules`; looked at `at`.
    pub(super) fn judge(&self, site: &str, letters: &str, at: Timestamp) -> SiteVerdict {
        let answer = |(rule, letter): (&RuleHead, char)| RuleVerdict {
            rule: rule.id.clone(),
            version: rule.version,
            rank: 0,
            subjects: vec![SubjectVerdict {
                subject: Subject::element(&rule.family),
                fingerprint: fingerprint(site, &rule.family),
                verdict: verdict(letter, at),
            }],
        };
        SiteVerdict {
            site: site.to_owned(),
            at,
            looks: 1,
            rules: self.rules.iter().zip(letters.chars()).filter(|(_, l)| *l != '.').map(answer).collect(),
        }
    }

    pub(super) async fn digests(&self, answers: &[(&str, &str)], at: Timestamp) -> Vec<SiteDigest> {
        let live = self.ledger.live_fingerprints().await.expect("live");
        answers.iter().map(|(site, letters)| SiteDigest::new(&self.judge(site, letters, at), None, &live)).collect()
    }

    pub(super) async fn apply(&self, run: &RunId, digests: Vec<SiteDigest>) -> Result<Applied, LedgerError> {
        self.ledger.apply(run, digests, json!({}), RunOutcome::Complete, &self.calendar).await
    }

    /// A whole run at the present moment.
    pub(super) async fn night(&self, answers: &[(&str, &str)]) -> Applied {
        let run = self.ledger.begin_run(&self.start()).await.expect("begin");
        let digests = self.digests(answers, self.clock.now()).await;
        self.apply(&run, digests).await.expect("apply")
    }

    /// One step of a person with one row.
    pub(super) async fn act(&self, name: &str, deed: Deed, reason: &str, actor: &str) -> Result<Done, LedgerError> {
        let by = By { actor, reason };
        let mut done = self.ledger.act(&[name.to_owned()], &deed, by, &self.calendar, false).await?;
        Ok(done.pop().expect("one row"))
    }

    pub(super) async fn all(&self) -> Vec<ProblemView> {
        self.ledger.problems(&Filter::everything()).await.expect("problems")
    }

    /// Kinds of all events about problems, oldest first.
    pub(super) async fn stage_events(&self) -> Vec<String> {
        let rows: Vec<(String,)> =
            sqlx::query_as("SELECT body ->> '$.kind' FROM event WHERE problem IS NOT NULL ORDER BY seq")
                .fetch_all(&self.ledger.pool)
                .await
                .expect("events");
        rows.into_iter().map(|(kind,)| kind).collect()
    }

    pub(super) async fn event_count(&self) -> i64 {
        sqlx::query_as::<_, (i64,)>("SELECT count(*) FROM event").fetch_one(&self.ledger.pool).await.expect("count").0
    }

    pub(super) async fn sound(&self) {
        let report = self.ledger.verify().await.expect("verify");
        assert_eq!(report.faults, Vec::<String>::new());
    }
}

/// Answers that every site gives alike.
pub(super) fn everywhere<'a>(sites: &'a [String], letters: &'a str) -> Vec<(&'a str, &'a str)> {
    sites.iter().map(|s| (s.as_str(), letters)).collect()
}

pub(super) fn none() -> HashSet<Fingerprint> {
    HashSet::new()
}
