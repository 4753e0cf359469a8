//! Kind `number_pattern`: detect loosely, then judge strictly. A number that is displayed must have the right form.

use serde::Deserialize;

use super::kind::{Check, Pattern};
use super::page_text::Scope;
use super::{Fact, Judgement, Location, NotApplicable, Seen, Subject, look};
use crate::evidence::{Needs, SiteFacts};
use crate::facts;

/// Parameters of `[check.number_pattern]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberPattern {
    pub scope: Scope,
    /// Loose pattern: what looks like the number, label included. Its group 1, if any, is the number.
    pub find: Pattern,
    /// Strict pattern the number must match as a whole.
    pub form: Pattern,
}

impl Check for NumberPattern {
    const FACTS: &'static [&'static str] = &["number"];

    fn needs(&self) -> Needs {
        Needs { marks: self.scope != Scope::Title, ..Needs::default() }
    }

    fn evaluate(&self, site: &SiteFacts<'_>) -> Vec<Judgement> {
        let subject = Subject::site();
        let page = match look::own_page(site) {
            Ok(page) => page,
            Err(why) => return vec![Judgement::undetermined(subject, why)],
        };
        let text = self.scope.of(page);
        let numbers =
            self.find.regex().captures_iter(text).filter_map(|c| c.get(1).or(c.get(0))).map(|m| m.as_str().trim());
        let numbers = look::distinct(numbers);
        let bad: Vec<String> = numbers.iter().filter(|n| !self.is_whole(n)).cloned().collect();
        let seen = |quote: &str| Seen::one(Location::at(&page.url).quote(quote));
        vec![match (numbers.first(), bad.first(), site.undecided.first()) {
            (None, _, Some(why)) => Judgement::undetermined(subject, why.clone()),
            (None, _, None) => Judgement::not_applicable(subject, NotApplicable::Absent),
            (Some(_), Some(worst), _) => {
                let quote = seen(worst);
                Judgement::fail(subject, quote, facts! { "number" => Fact::List(bad) })
            }
            (Some(number), None, _) => Judgement::pass(subject, seen(number)),
        }]
    }
}

impl NumberPattern {
    fn is_whole(&self, number: &str) -> bool {
        self.form.regex().find(number).is_some_and(|m| m.start() == 0 && m.end() == number.len())
    }
}
