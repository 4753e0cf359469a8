//! From a filled self-check sheet to what is entered: a row for every 否 and every 部分.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::unit_snapshot;
use crate::clock::start_of;
use crate::export::date_words;
use crate::inspect::Finding;
use crate::intake::selfcheck::{Answer, Answered, SelfCheck};
use crate::ledger::view::{Attachment, Source};
use crate::ledger::{NewEntry, SelfCheckFile};
use crate::register::{Register, Unit};
use crate::rule::{Question, RuleSet, Severity};

/// What follows from the answers, a 是 without the proof it needs among them. `file` is the sheet as it came, `until` the last day
/// for all rows where one was set.
pub fn selfcheck_entries(
    register: &Register,
    unit: &Unit,
    sheet: &SelfCheck,
    rules: &RuleSet,
    until: Option<Date>,
    file: &Attachment,
) -> Vec<NewEntry> {
    let entry = |answered: &Answered| {
        let question = &rules.questions[answered.question];
        let text = problem_text(question, answered)?;
        Some(NewEntry {
            source: Source::SelfCheck,
            key: vec![question.id.clone()],
            subject: unit_snapshot(register, unit),
            key_point: question.key_point,
            severity: Severity::General,
            title: question.problem.clone(),
            finding: Finding {
                text: format!("{}自查：{text}", date_words(sheet.date)),
                measure: format!("{}。", question.measure.trim_end_matches('。')),
                basis: question.basis.clone(),
                locations: Vec::new(),
            },
            due: until,
            attachments: vec![file.clone()],
            seen: start_of(sheet.date),
        })
    };
    sheet.answers.iter().filter_map(entry).collect()
}

/// The sheet as the ledger files it.
pub fn selfcheck_file(unit: &Unit, sheet: &SelfCheck, rules: &RuleSet, file: Attachment) -> SelfCheckFile {
    let answer = |a: &Answered| (rules.questions[a.question].id.clone(), key(a, rules).to_owned());
    SelfCheckFile {
        unit: unit.id.clone(),
        person: sheet.person.clone(),
        on: sheet.date,
        file,
        answers: sheet.answers.iter().map(answer).collect::<BTreeMap<_, _>>(),
    }
}

fn problem_text(question: &Question, answered: &Answered) -> Option<String> {
    let problem = question.problem.trim_end_matches('。');
    let note = match answered.note.trim_end_matches('。') {
        "" => String::new(),
        note => format!("，说明：{note}"),
    };
    match effective(question, answered) {
        Answer::Yes | Answer::NotApplicable => None,
        Answer::No => Some(format!("{problem}{note}。")),
        Answer::Partly if answered.answer == Answer::Yes => {
            Some(format!("“{}”填“是”，未写明文号或佐证材料，按部分做到处理{note}。", question.ask))
        }
        Answer::Partly => Some(format!("“{}”部分做到{note}。", question.ask)),
    }
}

/// A 是 that must be proved and is not counts as 部分.
fn effective(question: &Question, answered: &Answered) -> Answer {
    match answered.answer {
        Answer::Yes if question.proof && answered.proof.is_empty() => Answer::Partly,
        answer => answer,
    }
}

fn key(answered: &Answered, rules: &RuleSet) -> &'static str {
    match effective(&rules.questions[answered.question], answered) {
        Answer::Yes => "yes",
        Answer::Partly => "partly",
        Answer::No => "no",
        Answer::NotApplicable => "not_applicable",
    }
}
