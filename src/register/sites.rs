//! `[[site]]`: raw → valid, and what sites say of each other.

use std::ops::Range;

use url::Url;

use crate::diagnostic::Diagnostic;
use crate::evidence::SiteStatus;

use super::notes::{Notes, Written};
use super::raw::RawSite;
use super::units::{Entry, Firsts, Units};
use super::{Site, host_of, name, number, words};

/// Valid sites, and what was written once already.
#[derive(Debug, Default)]
pub(super) struct Sites {
    pub(super) sites: Vec<Site>,
    /// Every id that was written, be the rest of its table right or wrong.
    pub(super) ids: Firsts,
    codes: Firsts,
    addresses: Firsts,
    /// Names in use, each with the site that lists it.
    live: Vec<Listed>,
    idle: Vec<Listed>,
    hosts: Vec<Listed>,
}

/// A name, where it is written, and by which table.
#[derive(Debug)]
struct Listed {
    name: String,
    span: Range<usize>,
    site: usize,
}

impl Sites {
    pub(super) fn read(entries: Vec<Entry<RawSite>>, units: &Units, notes: &mut Notes<'_>) -> Self {
        let mut all = Sites::default();
        for (number, (raw, table)) in entries.into_iter().enumerate() {
            if let Some(site) = all.site(number, raw, &table, units, notes) {
                all.sites.push(site);
            }
        }
        all.compare(notes);
        all
    }

    fn site(
        &mut self,
        index: usize,
        raw: RawSite,
        table: &Range<usize>,
        units: &Units,
        notes: &mut Notes<'_>,
    ) -> Option<Site> {
        let id = notes.required(raw.id, table, "id", "网站标识码（没有标识码的写自编代号）");
        let name = notes.required(raw.name, table, "name", "网站名称");
        let address = notes.required(raw.url, table, "url", "网址");
        let sponsor = notes.required(raw.sponsor, table, "sponsor", "主办单位");
        let url = address.as_ref().and_then(|w| notes.read(w, name::page));
        let site_code = self.code(id.as_ref(), notes.optional(raw.site_code), notes);
        let class = notes.optional(raw.class).and_then(|w| notes.word(&w, words::CLASS, "网站类别"));
        let status = notes.optional(raw.status);
        let status_place = status.as_ref().map(|w| w.span.clone());
        let status = status.and_then(|w| notes.word(&w, words::STATUS, "运行状态")).unwrap_or_default();
        let since_written = raw.status_since.is_some();
        let status_since = notes.date(raw.status_since);
        let until_written = raw.status_until.as_ref().map(toml::Spanned::span);
        let status_until = notes.date(raw.status_until);
        if let (Some(since), Some(until), Some(place)) = (status_since, status_until, until_written)
            && until < since
        {
            let said = Diagnostic::new(place, "状态的截止日期早于起始日期");
            notes.wrong(said.help("请核对 status_since 和 status_until"));
        }
        let suspended_before = raw.suspended_before.into_iter().filter_map(|day| notes.date(Some(day))).collect();
        if let (SiteStatus::Closed, Some(place), false) = (status, &status_place, since_written) {
            notes.warn(place, "网站已关停但没有写关停日期（status_since），无法核对关停后的处置时限");
        }
        let sponsor = sponsor.and_then(|w| units.find(&w, "主办单位", notes));
        let supervisor = notes.optional(raw.supervisor).and_then(|w| units.find(&w, "主管单位", notes));
        let undertaker = notes.optional(raw.undertaker).and_then(|w| units.find(&w, "承办单位", notes));
        let icp = notes.optional(raw.icp).and_then(|w| notes.read(&w, number::icp));
        let psb = notes.optional(raw.psb).and_then(|w| notes.read(&w, number::psb));
        let domains = names(notes.list(raw.domains), notes);
        let idle = names(notes.list(raw.idle_domains), notes);
        let migrated = notes.optional(raw.migrated_to);
        let migrated_to = migrated.as_ref().and_then(|w| notes.read(w, name::page));
        if let (Some(written), Some(to)) = (&migrated, &migrated_to) {
            if url.as_ref().is_some_and(|own| same_page(own, to)) {
                let own = address.as_ref().map(|w| w.span.clone()).unwrap_or_default();
                notes.wrong(
                    Diagnostic::new(written.span.clone(), "迁移去向就是网站自己的网址")
                        .help("请写承接内容的另一个网站，没有去向时删去这一项")
                        .also(own, "本网站的网址"),
                );
            }
            if !matches!(status, SiteStatus::Closing | SiteStatus::Closed) {
                let said = Diagnostic::new(written.span.clone(), "写了迁移去向，但网站没有关停或申请关停");
                let said = said.help("请把 status 改为“申请关停”或“已关停”，或删去 migrated_to");
                notes.wrong(match status_place {
                    Some(place) => said.also(place, "与这里的运行状态矛盾"),
                    None => said,
                });
            }
        }
        let former_titles = notes.list(raw.former_titles).into_iter().map(|w| w.text).collect();
        let former_urls = notes.list(raw.former_urls).into_iter().map(|w| w.text).collect();

        if let Some(id) = &id {
            self.ids.once(&id.text, &id.span, &format!("网站代号“{}”重复", id.text), notes);
        }
        if let (Some(url), Some(written)) = (&url, &address) {
            let complaint = format!("网址“{}”已经登记在另一个网站", written.text);
            self.addresses.once(&page_key(url), &written.span, &complaint, notes);
            self.hosts.push(Listed { name: host_of(url), span: written.span.clone(), site: index });
        }
        let listed =
            |(name, span): &(String, Range<usize>)| Listed { name: name.clone(), span: span.clone(), site: index };
        self.live.extend(domains.iter().map(listed));
        self.idle.extend(idle.iter().map(listed));

        let bare = |names: Vec<(String, Range<usize>)>| names.into_iter().map(|(name, _)| name).collect();
        Some(Site {
            id: id?.text,
            name: name?.text,
            url: url?,
            url_text: address?.text,
            class: class.unwrap_or_default(),
            status,
            status_since,
            status_until,
            suspended_before,
            sponsor: sponsor?,
            supervisor,
            undertaker,
            site_code,
            icp,
            psb,
            domains: bare(domains),
            idle_domains: bare(idle),
            migrated_to,
            former_titles,
            former_urls,
        })
    }

    /// 网站标识码: the field, or the id when that is one; contradictions and repetitions are mistakes.
    fn code(&mut self, id: Option<&Written>, field: Option<Written>, notes: &mut Notes<'_>) -> Option<String> {
        let from_id = id.filter(|w| number::resembles_site_code(&w.text));
        let of_id = from_id.and_then(|w| notes.read(w, number::site_code));
        let of_field = field.as_ref().and_then(|w| notes.read(w, number::site_code));
        if let (Some(id), Some(a), Some(field), Some(b)) = (from_id, &of_id, &field, &of_field)
            && a != b
        {
            notes.wrong(
                Diagnostic::new(field.span.clone(), "site_code 与 id 写的网站标识码不一致")
                    .help("id 已是标识码时，可以不写 site_code")
                    .also(id.span.clone(), "id 写的标识码"),
            );
        }
        let (code, place) = match (of_field, of_id) {
            (Some(code), _) => (code, field?.span),
            // A repeated id is reported as such.
            (None, Some(code)) if !self.ids.contains(&from_id?.text) => (code, from_id?.span.clone()),
            (None, code) => return code,
        };
        self.codes.once(&code, &place, &format!("网站标识码“{code}”已经登记在另一个网站"), notes);
        Some(code)
    }

    /// Names of all sites against each other.
    fn compare(&self, notes: &mut Notes<'_>) {
        let mut in_use: std::collections::HashMap<&str, &Listed> = std::collections::HashMap::new();
        for host in &self.hosts {
            // Several sites may share a host under different paths; the first stands for it.
            in_use.entry(&host.name).or_insert(host);
        }
        for listed in &self.live {
            match in_use.get(listed.name.as_str()) {
                Some(other) if other.site != listed.site => {
                    let diagnostic =
                        Diagnostic::new(listed.span.clone(), format!("域名“{}”已经登记在另一个网站", listed.name));
                    notes.wrong(diagnostic.also(other.span.clone(), "登记在这里"));
                }
                Some(_) => {}
                None => {
                    in_use.insert(&listed.name, listed);
                }
            }
        }
        let mut idle = Firsts::default();
        for listed in &self.idle {
            if let Some(other) = in_use.get(listed.name.as_str()) {
                let diagnostic =
                    Diagnostic::new(listed.span.clone(), format!("域名“{}”既写为闲置，又写为在用", listed.name));
                notes.wrong(diagnostic.also(other.span.clone(), "这里写为在用"));
            }
            idle.once(&listed.name, &listed.span, &format!("闲置域名“{}”重复登记", listed.name), notes);
        }
    }

    /// Where the host of a registered address is written.
    pub(super) fn place_of_host(&self, host: &str) -> Option<&Range<usize>> {
        self.hosts.iter().find(|h| h.name == host).map(|h| &h.span)
    }
}

/// Domain names in A-labels, with their places; two spellings of one name are a repetition.
fn names(written: Vec<Written>, notes: &mut Notes<'_>) -> Vec<(String, Range<usize>)> {
    let mut firsts = Firsts::default();
    let mut names = Vec::new();
    for written in written {
        let Some(name) = notes.read(&written, name::domain) else { continue };
        if firsts.once(&name, &written.span, &format!("列表里重复写了“{}”", written.text), notes) {
            names.push((name, written.span));
        }
    }
    names
}

/// What makes two addresses the same site: everything but scheme, default port, fragment and a trailing slash.
fn page_key(url: &Url) -> String {
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    format!("{}{port}{}{query}", host_of(url), url.path().trim_end_matches('/'))
}

fn same_page(a: &Url, b: &Url) -> bool {
    page_key(a) == page_key(b)
}
