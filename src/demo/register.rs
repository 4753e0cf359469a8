//! The city's register as a `targets.toml`.

use std::fmt::Write;
use std::net::SocketAddr;

use jiff::civil::Date;

use super::names::{CITY, CITY_REGION};
use super::plan::{ODD_PORT, Site};
use super::world::{World, canaries};
use crate::evidence::{SiteClass, SiteStatus};
use crate::register::UnitLevel;

/// The whole file; `first_day` is what register dates are counted from.
pub(super) fn text(world: &World, resolver: SocketAddr, first_day: Date) -> String {
    let addresses = &world.addresses;
    let mut out = String::new();
    let dial = dial_map(world);
    let canaries = list(&canaries());
    // Writing into a string does not fail.
    let _ = write!(
        out,
        r#"# 演示城市的登记表，由程序生成。域名、编号均为虚构，只在本机有效。

[settings]
name = "{CITY}"
region = "{CITY_REGION}"
vantage = "demo"

[settings.contact]
person = "李明"
phone = "0999-3200000"
office = "{CITY}人民政府办公室"

[settings.network]
resolvers = ["{resolver}"]
trust_roots = ["ca.pem"]
ports = {{ "443" = {https}, "80" = {http}, "{ODD_PORT}" = {https}, "53" = {dns} }}
dial = {{{dial}}}
allow_private = true
canaries = {canaries}
agent_contact = "https://www.yunling.gov.cn/xunjian"

[settings.politeness]
requests_per_second = 1000.0
connections_per_address = 64
sites_in_flight = 64
robots = true
recheck_after_secs = 0

[settings.inner_pages]
patrol = 4

[settings.walk]
patrol = true
pages = 4
links = 40

[settings.budget]
site_secs = 180
page_secs = 45
connect_secs = 20
dns_secs = 15
"#,
        dns = resolver.port(),
        https = addresses.https,
        http = addresses.http,
    );
    for unit in &world.plan.units {
        let level = match unit.level {
            UnitLevel::Municipal => "市级部门",
            UnitLevel::County => "县市区",
        };
        let _ = write!(
            out,
            "\n[[unit]]\nid = {}\nname = {}\naliases = {}\nlevel = \"{level}\"\n",
            string(&unit.id),
            string(&unit.name),
            list(&unit.aliases)
        );
        if world.plan.sites.iter().any(|s| s.institution && world.plan.units[s.unit].id == unit.id) {
            let _ = writeln!(out, "nature = \"事业单位\"");
        }
    }
    for site in &world.plan.sites {
        row(&mut out, world, site, first_day);
    }
    out
}

fn row(out: &mut String, world: &World, site: &Site, first_day: Date) {
    let class = match site.class {
        SiteClass::Portal => "门户",
        SiteClass::Department => "部门",
    };
    let status = match site.status {
        SiteStatus::Running => "正常运行",
        SiteStatus::Maintenance => "例行维护",
        SiteStatus::Suspended => "临时下线",
        SiteStatus::Closing => "申请关停",
        SiteStatus::Closed => "已关停",
    };
    let mut line = |key: &str, value: String| {
        let _ = writeln!(out, "{key} = {value}");
    };
    line("\n[[site]]\nid", string(&site.id));
    line("name", string(&site.name));
    line("url", string(&site.url()));
    line("class", string(class));
    line("status", string(status));
    if let Some(days) = site.status_days {
        let since = first_day.saturating_sub(jiff::Span::new().days(i64::from(days)));
        line("status_since", string(&since.to_string()));
    }
    if let Some(days) = site.until_days {
        line("status_until", string(&first_day.saturating_add(jiff::Span::new().days(days)).to_string()));
    }
    if let Some(days) = site.suspended_days {
        let before = first_day.saturating_sub(jiff::Span::new().days(i64::from(days)));
        line("suspended_before", list(&[before.to_string()]));
    }
    line("sponsor", string(&world.plan.units[site.unit].id));
    for (key, value) in [
        ("site_code", &site.row_code),
        ("icp", &site.row_icp),
        ("psb", &site.row_psb),
        ("migrated_to", &site.migrated_to),
    ] {
        if let Some(value) = value {
            line(key, string(value));
        }
    }
    if site.former {
        line("former_titles", list(&super::page::former_titles(site)));
        line("former_urls", list(&super::page::former_urls(site)));
    }
    for (key, values) in [("domains", &site.domains), ("idle_domains", &site.idle)] {
        if !values.is_empty() {
            line(key, list(values));
        }
    }
}

/// Sites whose address is nobody's: dialled here. A bare address has no TLS.
fn dial_map(world: &World) -> String {
    let addresses = &world.addresses;
    let entry = |site: &Site| {
        let served = world.address(site.index);
        let bare = site.host.parse::<std::net::IpAddr>().is_ok();
        let plain = SocketAddr::new(served, addresses.http);
        let secure = SocketAddr::new(if bare { addresses.deserted } else { served }, addresses.https);
        format!("\"{0}:80\" = \"{plain}\", \"{0}:443\" = \"{secure}\"", site.host)
    };
    let entries: Vec<String> = world.plan.sites.iter().filter(|s| s.dialled).map(entry).collect();
    if entries.is_empty() { String::new() } else { format!(" {} ", entries.join(", ")) }
}

fn string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(values: &[String]) -> String {
    format!("[{}]", values.iter().map(|v| string(v)).collect::<Vec<_>>().join(", "))
}
