//! Sites of a list → text of a register: what is new is added below, what is there stays as it was written.

use std::collections::{BTreeMap, HashMap};

use url::Url;

use super::Register;
use super::summary::TEMPLATE;

/// A site to be registered; empty is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewSite {
    /// Where it stands in the list, for people.
    pub place: String,
    pub name: String,
    pub url: String,
    pub code: String,
    pub sponsor: String,
    pub supervisor: String,
    pub undertaker: String,
    pub level: String,
    pub class: String,
    pub status: String,
    pub icp: String,
    pub psb: String,
    pub domains: Vec<String>,
}

/// What became of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composed {
    /// The whole register afterwards.
    pub text: String,
    /// Names of sites and units added.
    pub sites: Vec<String>,
    pub units: Vec<String>,
    /// Sites that are registered as the list has them.
    pub same: usize,
    /// Registered otherwise: what differs, both values named. The register stays as it is.
    pub differing: Vec<String>,
}

/// Head of a new register: the template's settings for an area.
///
/// `name` and `region` (6 digits) are the area's.
pub fn heading(name: &str, region: &str) -> String {
    let settings = TEMPLATE.split("\n# ---- 单位").next().unwrap_or(TEMPLATE);
    let lines = settings.lines().map(|line| {
        let set = |key: &str, value: &str| {
            let rest = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
            let note = rest.find('#').map_or("", |at| &rest[at..]);
            Some(format!("{key} = {}          {note}", quoted(value)))
        };
        set("name", name).or_else(|| set("region", region)).unwrap_or_else(|| line.to_owned())
    });
    lines.map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Adds the sites of a list to a register. `text` is the register as written, `known` what it says.
pub fn compose(text: &str, known: &Register, list: &[NewSite]) -> Composed {
    let mut out = Composed { text: text.trim_end().to_owned() + "\n", ..Composed::default() };
    let mut units = Units::of(known);
    for site in list {
        let host = host(&site.url);
        let registered = known.sites.iter().find(|s| {
            (!site.code.is_empty() && s.site_code.as_deref().unwrap_or(&s.id) == site.code)
                || self::host(s.url.as_str()) == host
        });
        if let Some(registered) = registered {
            match differences(known, registered, site) {
                found if found.is_empty() => out.same += 1,
                found => out.differing.push(format!("{} {}：{}", site.place, site.name, found.join("；"))),
            }
            continue;
        }
        let mut block = String::new();
        let mut unit = |name: &str, level: &str, block: &mut String| {
            let (id, new) = units.id(name);
            if new {
                out.units.push(name.to_owned());
                block.push_str(&format!("\n[[unit]]\nid = {}\nname = {}\n", quoted(&id), quoted(name)));
                match level {
                    "" => block.push_str(&format!("level = {} # 由名称推定，请核对\n", quoted(level_of(name)))),
                    level => put(block, "level", level),
                }
            }
            id
        };
        let sponsor = if site.sponsor.is_empty() { site.name.as_str() } else { site.sponsor.as_str() };
        let sponsor = unit(sponsor, &site.level, &mut block);
        let mut other = |name: &str| if name.is_empty() { String::new() } else { unit(name, "", &mut block) };
        let (supervisor, undertaker) = (other(&site.supervisor), other(&site.undertaker));
        let id = if site.code.is_empty() { units.fresh("site") } else { site.code.clone() };
        block.push_str(&format!(
            "\n[[site]]\nid = {}\nname = {}\nurl = {}\n",
            quoted(&id),
            quoted(&site.name),
            quoted(&site.url)
        ));
        put(&mut block, "class", &site.class);
        put(&mut block, "sponsor", &sponsor);
        put(&mut block, "supervisor", &supervisor);
        put(&mut block, "undertaker", &undertaker);
        put(&mut block, "status", &site.status);
        put(&mut block, "icp", &site.icp);
        put(&mut block, "psb", &site.psb);
        if !site.domains.is_empty() {
            let names: Vec<String> = site.domains.iter().map(|d| quoted(d)).collect();
            block.push_str(&format!("domains = [{}]\n", names.join(", ")));
        }
        out.text.push_str(&block);
        out.sites.push(site.name.clone());
    }
    out
}

/// Units by the names they are known under, and the ids given out.
struct Units {
    by_name: HashMap<String, String>,
    next: BTreeMap<&'static str, usize>,
    taken: Vec<String>,
}

impl Units {
    fn of(known: &Register) -> Units {
        let mut by_name = HashMap::new();
        for unit in &known.units {
            for name in std::iter::once(&unit.name).chain(&unit.aliases) {
                by_name.insert(name.clone(), unit.id.clone());
            }
        }
        let taken = known.units.iter().map(|u| u.id.clone()).chain(known.sites.iter().map(|s| s.id.clone())).collect();
        Units { by_name, next: BTreeMap::new(), taken }
    }

    /// The unit's id, and whether it was given just now.
    fn id(&mut self, name: &str) -> (String, bool) {
        if let Some(id) = self.by_name.get(name) {
            return (id.clone(), false);
        }
        let id = self.fresh("u");
        self.by_name.insert(name.to_owned(), id.clone());
        (id, true)
    }

    /// An id nobody has: of a unit, or of a site without a code.
    fn fresh(&mut self, kind: &'static str) -> String {
        loop {
            let next = self.next.entry(kind).or_insert(0);
            *next += 1;
            let id = format!("{kind}-{next:03}");
            if !self.taken.contains(&id) {
                return id;
            }
        }
    }
}

fn differences(known: &Register, registered: &super::Site, site: &NewSite) -> Vec<String> {
    let sponsor = known.sponsor(registered);
    let is_sponsor = |name: &str| sponsor.name == name || sponsor.aliases.iter().any(|a| a == name);
    let mut found = Vec::new();
    let mut differs = |what: &str, ours: &str, theirs: &str| {
        found.push(format!("{what}登记为“{ours}”，名单为“{theirs}”"));
    };
    if registered.name != site.name {
        differs("名称", &registered.name, &site.name);
    }
    if host(registered.url.as_str()) != host(&site.url) {
        differs("网址", registered.url.as_str(), &site.url);
    }
    if !site.sponsor.is_empty() && !is_sponsor(&site.sponsor) {
        differs("主办单位", &sponsor.name, &site.sponsor);
    }
    let code = registered.site_code.as_deref().unwrap_or(&registered.id);
    if !site.code.is_empty() && code != site.code {
        differs("标识码", code, &site.code);
    }
    found
}

/// Host without its `www.`.
fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.trim_start_matches("www.").to_owned())
}

/// Governments report by annex 2, their departments by annex 1.
fn level_of(unit: &str) -> &'static str {
    let government = ["人民政府", "管理委员会", "管委会"].iter().any(|end| unit.ends_with(end));
    if government { "县市区" } else { "市级部门" }
}

fn put(block: &mut String, key: &str, value: &str) {
    if !value.is_empty() {
        block.push_str(&format!("{key} = {}\n", quoted(value)));
    }
}

fn quoted(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    toml::Value::String(line).to_string()
}
