//! Kind `copied_footer`: a footer that as a whole is another unit's (a copied template).

use serde::Deserialize;

use super::kind::Check;
use super::register_match::{Field, RegisterMatch};
use super::{Fact, Facts, Judgement, Location, NotApplicable, Outcome, Seen, Subject, look};
use crate::evidence::page::CodeOrigin;
use crate::evidence::{Needs, SiteFacts};

/// Parameters of `[check.copied_footer]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopiedFooter {
    /// Values of the footer that must differ from the register, none agreeing, before the footer is called another's.
    #[serde(default = "three")]
    pub fields: usize,
}

fn three() -> usize {
    3
}

/// Shown and registered value of each field, by the names templates use.
const NAMES: [(Field, &str, &str); 4] = [
    (Field::SiteCode, "site_code", "site_code_expected"),
    (Field::Sponsor, "sponsor", "sponsor_expected"),
    (Field::Icp, "icp", "icp_expected"),
    (Field::Psb, "psb", "psb_expected"),
];

impl Check for CopiedFooter {
    const FACTS: &'static [&'static str] = &[
        "site_code",
        "site_code_expected",
        "sponsor",
        "sponsor_expected",
        "icp",
        "icp_expected",
        "psb",
        "psb_expected",
    ];

    fn needs(&self) -> Needs {
        Needs { marks: true, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        if let Err(why) = look::own_page(site) {
            return vec![Judgement::undetermined(subject, why)];
        }
        let (mut agreeing, mut differing): (Vec<Location>, Vec<Location>) = (Vec::new(), Vec::new());
        let mut facts = Facts::new();
        let mut names_unit = false;
        let mut fields = 0;
        for (field, shown, expected) in NAMES {
            let outcome = match field {
                Field::SiteCode => code_outcome(site),
                _ => RegisterMatch { field }.evaluate(site).pop().map(|j| j.outcome),
            };
            let unmarked = || Fact::label("value", "unmarked");
            let (mut value, mut registered) = (unmarked(), unmarked());
            match outcome {
                Some(Outcome::Pass(seen)) => agreeing.extend(seen.locations().iter().cloned()),
                Some(Outcome::Fail(mut violation)) => {
                    fields += 1;
                    names_unit |= matches!(field, Field::SiteCode | Field::Sponsor);
                    differing.extend(violation.seen.locations().iter().cloned());
                    value = violation.facts.remove("shown").unwrap_or_else(unmarked);
                    registered = violation.facts.remove("expected").unwrap_or_else(unmarked);
                }
                _ => {}
            }
            facts.insert(shown.to_owned(), value);
            facts.insert(expected.to_owned(), registered);
        }
        let copied = agreeing.is_empty() && names_unit && fields >= self.fields;
        vec![match (Seen::all(agreeing), Seen::all(differing), site.undecided.first()) {
            (None, Some(seen), _) if copied => Judgement::fail(subject, seen, facts),
            (Some(seen), ..) => Judgement::pass(subject, seen),
            (None, _, Some(why)) => Judgement::undetermined(subject, why.clone()),
            // Single values are other rules' to judge: as a whole the footer is not another's.
            (None, Some(seen), None) => Judgement::pass(subject, seen),
            (None, None, None) => Judgement::not_applicable(subject, NotApplicable::Absent),
        }]
    }
}

/// The codes of the footer alone: labels in the head belong to another template file.
fn code_outcome(site: &SiteFacts<'_>) -> Option<Outcome> {
    let mut footer = site.clone();
    footer.marks.codes.retain(|c| c.origin != CodeOrigin::Meta);
    RegisterMatch { field: Field::SiteCode }.evaluate(&footer).pop().map(|j| j.outcome)
}
