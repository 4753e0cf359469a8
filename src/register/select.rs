//! Picking sites by what a person types, and finding a site's neighbours.

use std::collections::HashMap;

use url::Url;

use crate::diagnostic::nearest;
use crate::evidence::SiteClass;

use super::{Register, Site, host_of, name};

/// At most this many hosts of other sites travel with one site's profile.
const MOST_NEIGHBOURS: usize = 50;

/// Why no site was picked. The person who typed must act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// Nothing registered goes by that name.
    #[error("登记文件里没有“{what}”。{}可以写网站标识码、网址、域名、网站名称、单位代号或单位名称", meant(.suggestion))]
    NotFound { what: String, suggestion: Option<String> },
    /// The unit is registered but sponsors no site.
    #[error("单位“{unit}”名下没有登记网站")]
    NoSites { unit: String },
}

fn meant(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map(|s| format!("是否想写“{s}”？")).unwrap_or_default()
}

/// Hosts that a site's redirects may well lead to, found without walking the whole register for every site.
#[derive(Debug, Clone, Default)]
pub struct Neighbourhood {
    by_sponsor: HashMap<usize, Vec<usize>>,
    /// Portals first.
    by_zone: HashMap<String, Vec<usize>>,
}

impl Register {
    /// Sites meant by `what`: a site's id, code, name, address or host, or a unit's id or name (its sponsored sites). Never
    /// empty when `Ok`; in the order of the register.
    pub fn select(&self, what: &str) -> Result<Vec<&Site>, SelectError> {
        let what = what.trim();
        let pick = |matches: &dyn Fn(&Site) -> bool| self.sites.iter().filter(|s| matches(s)).collect::<Vec<_>>();
        let host = if what.contains("://") {
            Url::parse(what).ok().map(|url| host_of(&url))
        } else {
            let bare = what.split(['/', ':']).next().unwrap_or_default();
            name::host(bare).ok().map(|h| h.to_string().to_ascii_lowercase())
        };
        let address = Url::parse(what).ok();
        let found = [
            pick(&|s| s.id == what || s.site_code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case(what))),
            pick(&|s| s.url_text == what || address.as_ref() == Some(&s.url)),
            pick(&|s| host.as_ref() == Some(&host_of(&s.url))),
            pick(&|s| host.as_ref().is_some_and(|h| s.domains.contains(h) || s.idle_domains.contains(h))),
            pick(&|s| s.name == what),
        ];
        if let Some(sites) = found.into_iter().find(|sites| !sites.is_empty()) {
            return Ok(sites);
        }
        let by_id = self.units.iter().position(|u| u.id == what);
        let unit =
            by_id.or_else(|| self.units.iter().position(|u| u.name == what || u.aliases.iter().any(|a| a == what)));
        if let Some(unit) = unit {
            let sites = pick(&|s| s.sponsor == unit);
            let unit = self.units[unit].name.clone();
            return if sites.is_empty() { Err(SelectError::NoSites { unit }) } else { Ok(sites) };
        }
        Err(SelectError::NotFound { what: what.to_owned(), suggestion: self.suggestion(what, host.as_deref()) })
    }

    fn suggestion(&self, what: &str, host: Option<&str>) -> Option<String> {
        let hosts: Vec<String> = self.sites.iter().map(|s| host_of(&s.url)).collect();
        if let Some(meant) = host.and_then(|h| nearest(h, hosts.iter().map(String::as_str))) {
            return Some(meant.to_owned());
        }
        let sites = self.sites.iter().flat_map(|s| [s.id.as_str(), s.name.as_str()]);
        let units = self.units.iter().flat_map(|u| [u.id.as_str(), u.name.as_str()]);
        nearest(what, sites.chain(units)).map(str::to_owned)
    }

    /// Hosts of other sites with the same sponsor, then of those under the same registrable domain, portals first.
    pub(super) fn neighbours(&self, site: &Site) -> Vec<String> {
        let around = self.neighbourhood.get_or_init(|| Neighbourhood::of(&self.sites));
        let own = host_of(&site.url);
        let sponsored = around.by_sponsor.get(&site.sponsor).into_iter().flatten();
        let zoned = zone(site).and_then(|z| around.by_zone.get(&z)).into_iter().flatten();
        let mut hosts: Vec<String> = Vec::new();
        for other in sponsored.chain(zoned).filter_map(|i| self.sites.get(*i)) {
            if hosts.len() >= MOST_NEIGHBOURS {
                break;
            }
            let host = host_of(&other.url);
            if other.id != site.id && host != own && !site.domains.contains(&host) && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts
    }
}

impl Neighbourhood {
    fn of(sites: &[Site]) -> Self {
        let mut around = Neighbourhood::default();
        let portals_first = [SiteClass::Portal, SiteClass::Department];
        for class in portals_first {
            for (index, site) in sites.iter().enumerate().filter(|(_, s)| s.class == class) {
                if let Some(zone) = zone(site) {
                    around.by_zone.entry(zone).or_default().push(index);
                }
            }
        }
        for (index, site) in sites.iter().enumerate() {
            around.by_sponsor.entry(site.sponsor).or_default().push(index);
        }
        around
    }
}

/// Registrable domain of a site's host; none for addresses.
fn zone(site: &Site) -> Option<String> {
    match site.url.host() {
        Some(url::Host::Domain(name)) => psl::domain_str(name).map(str::to_owned),
        _ => None,
    }
}
