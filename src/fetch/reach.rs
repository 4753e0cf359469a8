//! Which hosts the register allows to be contacted on behalf of a site.

use crate::evidence::SiteProfile;

use super::target::Target;

/// The register's hosts for one site, and every host under the same registrable domains. Nothing else is contacted.
#[derive(Debug, Clone)]
pub struct Reach {
    hosts: Vec<String>,
    any: bool,
    own: bool,
}

impl Reach {
    /// Names of the site, its idle names, its successor's, and those of its neighbours in the register.
    pub fn of(profile: &SiteProfile) -> Self {
        let mut hosts: Vec<String> = Vec::with_capacity(4 + profile.neighbours.len());
        let addresses = [Some(profile.url.as_str()), profile.migrated_to.as_deref()];
        for url in addresses.into_iter().flatten().filter_map(super::hops::parse) {
            hosts.extend(Target::of(&url).map(|t| t.host));
        }
        for name in profile.hosts.iter().chain(&profile.idle).chain(&profile.neighbours) {
            hosts.push(name.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase());
        }
        Reach { hosts, any: false, own: false }
    }

    /// Everything: for the office's own reference points.
    pub(super) fn any() -> Self {
        Reach { hosts: Vec::new(), any: true, own: true }
    }

    /// Every public address: for links to elsewhere, where the register allows them to be asked for.
    pub(super) fn public() -> Self {
        Reach { hosts: Vec::new(), any: true, own: false }
    }

    /// The office's own reference points may stand on a private network.
    pub(super) fn is_own(&self) -> bool {
        self.own
    }

    /// May `target` be contacted?
    pub(super) fn allows(&self, target: &Target) -> bool {
        if self.any || self.hosts.contains(&target.host) {
            return true;
        }
        // An address has no registrable domain; psl would take it for a name.
        if target.ip.is_some() {
            return false;
        }
        let Some(domain) = psl::domain_str(&target.host) else { return false };
        self.hosts.iter().any(|h| h.parse::<std::net::IpAddr>().is_err() && psl::domain_str(h) == Some(domain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: &Reach, url: &str) -> bool {
        reach.allows(&Target::of(&url::Url::parse(url).unwrap()).unwrap())
    }

    #[test]
    fn only_the_registers_hosts_and_their_registrable_domains_are_within_reach() {
        let reach = Reach::of(&SiteProfile {
            url: "http://www.county.yl.gov.cn/".into(),
            hosts: vec!["www.county.yl.gov.cn".into(), "117.34.0.9".into()],
            idle: vec!["old.example.com".into()],
            migrated_to: Some("https://new.xa.gov.cn/a".into()),
            neighbours: vec!["www.sl.gov.cn".into()],
            ..SiteProfile::default()
        });
        for url in [
            "http://www.county.yl.gov.cn/x",
            "https://static.yl.gov.cn/footer.js",
            "http://old.example.com",
            "http://cdn.example.com",
            "https://new.xa.gov.cn",
            "http://www.sl.gov.cn",
            "http://117.34.0.9:8080/",
        ] {
            assert!(allows(&reach, url), "{url}");
        }
        for url in ["http://www.gov.cn/", "http://evil.com/", "http://34.0.9.1/", "http://1.34.0.9/", "http://gov.cn/"]
        {
            assert!(!allows(&reach, url), "{url}");
        }
    }
}
