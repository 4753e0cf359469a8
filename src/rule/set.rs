//! The rules that are in force, with the words, calendar and documents they rest on.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::files::{LoadError, RuleFiles};
use super::{Basis, Calendar, Case, Confidence, Labels, Question, Rule, RuleHead, RuleId, RuleStatus, Source};
use crate::evidence::Needs;

/// All rules of one run.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// Sorted by id.
    pub rules: Vec<Rule>,
    pub labels: Labels,
    pub calendar: Calendar,
    /// By key of `rules/sources.toml`.
    pub sources: BTreeMap<String, Source>,
    /// Items of the self-check sheet, in its order.
    pub questions: Vec<Question>,
    pub(super) docs: BTreeMap<RuleId, RuleDoc>,
}

/// What a rule's file holds besides the rule: its tests and documentation.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleDoc {
    pub cases: Vec<Case>,
    /// The rule that replaces a deprecated one.
    pub successor: Option<RuleId>,
    /// Why there is no undetermined case.
    pub always_decided: Option<String>,
    /// Technical specifications the check follows, for specialists.
    pub references: Vec<String>,
    /// Parameters of the check as TOML lines.
    pub parameters: String,
    /// Regions whose overlays changed the rule, widest first.
    pub regions: Vec<String>,
}

impl RuleSet {
    /// Reads a rules folder. `regions` are the overlays to apply, widest first: `["61", "6108"]`; a region without a
    /// folder changes nothing. Labels, calendar years and sources the folder lacks are those inside the program.
    pub fn load(dir: &Path, regions: &[String]) -> Result<RuleSet, LoadError> {
        let set = RuleSet::from_files(RuleFiles::read(dir)?, regions)?;
        // A patrol without rules would find every site in order.
        if set.running().next().is_none() { Err(LoadError::Empty(dir.to_owned())) } else { Ok(set) }
    }

    /// The rules inside the program, with the overlays of `regions` applied, widest first.
    pub fn embedded(regions: &[String]) -> Result<RuleSet, LoadError> {
        RuleSet::from_files(RuleFiles::embedded(), regions)
    }

    /// By id, deprecated ones included.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|r| r.id.as_str().cmp(id)).ok().map(|i| &self.rules[i])
    }

    /// Rules that run: all but the deprecated ones.
    pub fn running(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|r| r.status != RuleStatus::Deprecated)
    }

    /// The same rules as far as `keep` says so.
    pub fn only(&self, keep: impl Fn(&Rule) -> bool) -> RuleSet {
        RuleSet { rules: self.rules.iter().filter(|r| keep(r)).cloned().collect(), ..self.clone() }
    }

    /// What the crawl must bring back for the rules that run.
    pub fn needs(&self) -> Needs {
        self.running().fold(Needs::default(), |needs, rule| needs.union(&rule.check.needs()))
    }

    /// The cases in the rule's file.
    pub fn cases(&self, id: &str) -> &[Case] {
        self.docs.get(id).map_or(&[], |doc| &doc.cases)
    }

    /// What the ledger keeps of a rule. Every basis is named, whatever its date: a finding prints
    /// [`RuleSet::basis_text`] instead.
    pub fn head(&self, rule: &Rule) -> RuleHead {
        RuleHead {
            id: rule.id.clone(),
            version: rule.version,
            status: rule.status,
            family: rule.family.clone(),
            severity: rule.severity,
            key_point: rule.key_point,
            title: rule.title.clone(),
            basis: self.print_bases(rule.basis.iter()),
            confirm: rule.confirm,
            close: rule.close,
            deadline: rule.deadline,
        }
    }

    /// 依据 of a finding made `on` that day: only documents in force then, `《…》（文号）条款`, unverified ones marked.
    pub fn basis_text(&self, rule: &Rule, on: Date) -> String {
        self.print_bases(rule.basis.iter().filter(|b| b.in_force(on)))
    }

    fn print_bases<'b>(&self, bases: impl Iterator<Item = &'b Basis>) -> String {
        let printed: Vec<String> = bases.map(|b| self.basis_of(b)).collect();
        if printed.is_empty() {
            return self.labels.word("phrase", "no_basis").to_owned();
        }
        printed.join("；")
    }

    /// One basis as printed.
    pub(super) fn basis_of(&self, basis: &Basis) -> String {
        let number = if basis.number.is_empty() { String::new() } else { format!("（{}）", basis.number) };
        let mark = match basis.confidence {
            Confidence::U => self.labels.word("phrase", "unverified"),
            _ => "",
        };
        // Book-title marks inside a title become single ones (GB/T 15834).
        let title = basis.document.replace('《', "〈").replace('》', "〉");
        format!("《{title}》{number}{}{mark}", basis.clause)
    }
}
