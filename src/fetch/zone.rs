//! The delegation a name lives under. Sites of one office share a zone, so it is asked once per run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use crate::evidence::{DnsQuery, DnsStatus, RecordKind, ZoneLook};

use super::dns::Dns;

/// What was definitely learned about a name as a possible zone cut. Failures are never kept.
#[derive(Default)]
pub(super) struct Zones(Mutex<HashMap<String, Arc<OnceCell<Cut>>>>);

#[derive(Clone)]
enum Cut {
    /// No delegation at this name; the SOA of the answer may already have named the zone.
    None(Option<String>),
    Zone(Arc<ZoneLook>),
}

impl Zones {
    fn cell(&self, name: &str) -> Arc<OnceCell<Cut>> {
        let mut cells = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match cells.get(name) {
            Some(cell) => cell.clone(),
            None => cells.entry(name.to_owned()).or_default().clone(),
        }
    }

    /// A site's own name is no other site's business; only what lies above it is kept.
    fn forget(&self, name: &str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(name);
    }
}

impl Dns {
    /// Walks up from `name` to the zone cut; stops below the public suffix. `apex` is the cut an earlier negative answer
    /// named. `None` when no cut lies below the suffix. A failed question is returned as the look at the name it failed at.
    pub(super) async fn zone(&self, name: &str, apex: Option<&str>) -> Option<ZoneLook> {
        let top = psl::domain_str(name)?;
        let below = |n: &str| n == top || n.ends_with(&format!(".{top}"));
        let mut current = match apex {
            Some(apex) if below(apex) && (name == apex || name.ends_with(&format!(".{apex}"))) => apex.to_owned(),
            _ => name.to_owned(),
        };
        loop {
            let cell = self.zones.cell(&current);
            let cut = cell.get_or_try_init(|| self.cut(&current)).await;
            let next = match cut {
                Ok(Cut::Zone(look)) => return Some((**look).clone()),
                Err(failed) => return Some(*failed),
                Ok(Cut::None(Some(soa))) if below(soa) && current.ends_with(&format!(".{soa}")) => soa.clone(),
                Ok(Cut::None(_)) => current.split_once('.')?.1.to_owned(),
            };
            if current == name {
                self.zones.forget(name);
            }
            if !below(&next) {
                return None;
            }
            current = next;
        }
    }

    async fn cut(&self, name: &str) -> Result<Cut, Box<ZoneLook>> {
        let asked = self.ask(name, RecordKind::Ns).await;
        // NS records reached over an alias belong to another name.
        let own = asked.query.answers.iter().any(|a| a.kind == RecordKind::Ns && a.name == name);
        match (&asked.query.status, own) {
            (DnsStatus::Failed(_), _) => {
                let soa = DnsQuery { kind: RecordKind::Soa, answers: Vec::new(), ..asked.query.clone() };
                Err(Box::new(ZoneLook { zone: name.to_owned(), ns: asked.query, soa }))
            }
            (DnsStatus::Answered, true) => {
                let soa = self.ask(name, RecordKind::Soa).await.query;
                let look = ZoneLook { zone: name.to_owned(), ns: asked.query, soa };
                match look.soa.status {
                    DnsStatus::Failed(_) => Err(Box::new(look)),
                    _ => Ok(Cut::Zone(Arc::new(look))),
                }
            }
            _ => Ok(Cut::None(asked.apex)),
        }
    }
}
