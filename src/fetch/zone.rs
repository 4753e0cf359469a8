//! The delegation a name lives under. Sites of one office share a zone, so it is asked once per run.

use std::sync::Arc;

use crate::evidence::{DnsQuery, DnsStatus, RecordKind, ZoneLook};

use super::dns::Dns;
use super::once::Once;

/// What was definitely learned about names as possible zone cuts. Failures are never kept.
pub(super) type Zones = Once<String, Cut>;

#[derive(Clone)]
pub(super) enum Cut {
    /// No delegation at this name; the SOA of the answer may already have named the zone.
    None(Option<String>),
    Zone(Arc<ZoneLook>),
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
            let cell = self.zones.cell(current.clone());
            let cut = cell.get_or_try_init(|| self.cut(&current)).await;
            let next = match cut {
                Ok(Cut::Zone(look)) => return Some((**look).clone()),
                Err(failed) => return Some(*failed),
                Ok(Cut::None(Some(soa))) if below(soa) && current.ends_with(&format!(".{soa}")) => soa.clone(),
                Ok(Cut::None(_)) => current.split_once('.')?.1.to_owned(),
            };
            if current == name {
                // A site's own name is no other site's business; only what lies above it is kept.
                self.zones.forget(&current);
            }
            if !below(&next) {
                return None;
            }
            current = next;
        }
    }

    /// The zone of `name` with the direct look at it. Where the resolver finds no zone, or cannot tell, the registered domain
    /// is what its parent is asked about.
    pub(super) async fn zone_and_servers(&self, name: &str, apex: Option<&str>, look: u8) -> Option<ZoneLook> {
        let mut found = match self.zone(name, apex).await {
            Some(zone) => zone,
            None => {
                let top = psl::domain_str(name)?;
                let ask = async |kind| self.ask(top, kind).await.query;
                let (ns, soa) = tokio::join!(ask(RecordKind::Ns), ask(RecordKind::Soa));
                ZoneLook { zone: top.to_owned(), ns, soa, authority: None }
            }
        };
        if found.name_servers().is_empty()
            && let Some(top) = psl::domain_str(name)
        {
            found.zone = top.to_owned();
        }
        found.authority = self.authority(&found.zone, look).await;
        Some(found)
    }

    async fn cut(&self, name: &str) -> Result<Cut, Box<ZoneLook>> {
        let asked = self.ask(name, RecordKind::Ns).await;
        // NS records reached over an alias belong to another name.
        let own = asked.query.answers.iter().any(|a| a.kind == RecordKind::Ns && a.name == name);
        match (&asked.query.status, own) {
            (DnsStatus::Failed(_), _) => {
                let soa = DnsQuery { kind: RecordKind::Soa, answers: Vec::new(), ..asked.query.clone() };
                Err(Box::new(ZoneLook { zone: name.to_owned(), ns: asked.query, soa, authority: None }))
            }
            (DnsStatus::Answered, true) => {
                let soa = self.ask(name, RecordKind::Soa).await.query;
                let look = ZoneLook { zone: name.to_owned(), ns: asked.query, soa, authority: None };
                match look.soa.status {
                    DnsStatus::Failed(_) => Err(Box::new(look)),
                    _ => Ok(Cut::Zone(Arc::new(look))),
                }
            }
            _ => Ok(Cut::None(asked.apex)),
        }
    }
}
