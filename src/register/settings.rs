//! `[settings]`: raw → valid.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::diagnostic::{Diagnostic, io_reason};
use crate::evidence::WalkPlan;

use super::notes::{Notes, Written};
use super::number::{Refused, known_province};
use super::raw::{
    RawBudget, RawCampaign, RawInnerPages, RawNetwork, RawPoliteness, RawRender, RawSettings, RawWalk, Whole,
};
use super::{
    Budget, Campaign, Contact, InnerPages, Network, Phase, Politeness, Render, RenderMode, Settings, WalkSettings, name,
};

/// Vantage name when the register gives none.
const VANTAGE: &str = "本机";
/// Above this rate towards one address a site may be harmed; worth saying unless the addresses are our own.
const HARMLESS_RATE: f64 = 10.0;

pub(super) fn settings(raw: RawSettings, table: &Range<usize>, base: &Path, notes: &mut Notes<'_>) -> Settings {
    let name = notes.required(raw.name, table, "name", "本单位或本地区名称").map(|w| w.text).unwrap_or_default();
    let region = notes.required(raw.region, table, "region", "区划代码");
    let region = region.and_then(|w| notes.read(&w, region_code)).unwrap_or_default();
    let text = |value| notes.optional(value).map(|w| w.text).unwrap_or_default();
    let contact =
        Contact { person: text(raw.contact.person), phone: text(raw.contact.phone), office: text(raw.contact.office) };
    let vantage = notes.optional(raw.vantage).map_or_else(|| VANTAGE.to_owned(), |w| w.text);
    let network = network(raw.network, base, notes);
    Settings {
        politeness: politeness(raw.politeness, network.allow_private, notes),
        budget: budget(raw.budget, notes),
        inner_pages: inner_pages(raw.inner_pages, notes),
        walk: walk(raw.walk, notes),
        render: render(raw.render, base, notes),
        campaign: raw.campaign.and_then(|raw| campaign(raw, table, notes)),
        contact: Contact { office: if contact.office.is_empty() { name.clone() } else { contact.office }, ..contact },
        name,
        region,
        vantage,
        network,
    }
}

/// 区划代码: six digits, the first two a province.
pub(super) fn region_code(text: &str) -> Result<String, Refused> {
    if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) && known_province(text) {
        return Ok(text.to_owned());
    }
    Err(Refused {
        message: "区划代码应为 6 位数字".to_owned(), help: Some("例如榆林市 \"610800\"".to_owned())
    })
}

fn network(raw: RawNetwork, base: &Path, notes: &mut Notes<'_>) -> Network {
    let mut servers = |raw| -> Vec<SocketAddr> {
        let written = notes.list(raw);
        written.iter().filter_map(|w| notes.read(w, |t| name::address(t, Some(53)))).collect()
    };
    let (resolvers, dns_roots) = (servers(raw.resolvers), servers(raw.dns_roots));
    let roots = notes.list(raw.trust_roots);
    let trust_roots = roots.iter().filter_map(|w| trust_root(w, base, notes)).collect();
    let ports = ports(raw.ports, notes);
    let dial = dial(raw.dial, notes);
    let written = notes.list(raw.canaries);
    let canaries: Vec<String> = written.iter().filter_map(|w| notes.read(w, name::canary)).collect();
    match canaries.len() {
        0 => notes.warnings.push(
            "未设参照点（settings.network.canaries）：本机断网时无法与网站故障区分，建议写三个不同网络的知名网站"
                .to_owned(),
        ),
        1 | 2 if written.len() == canaries.len() => {
            notes.warn(
                &written[0].span,
                "参照点少于三个：参照网站自身故障会被当作本机断网，建议写三个不同网络的知名网站",
            );
        }
        _ => {}
    }
    let agent = notes.optional(raw.agent_contact);
    if agent.is_none() {
        notes.warnings.push(
            "未填联系方式（settings.network.agent_contact）：被访问网站无法得知是谁在巡查，建议填写本单位网页或邮箱"
                .to_owned(),
        );
    }
    let agent_contact = agent.and_then(|w| notes.read(&w, agent_text)).unwrap_or_default();
    Network {
        resolvers,
        dns_roots,
        trust_roots,
        ports,
        dial,
        allow_private: raw.allow_private,
        canaries,
        agent_contact,
    }
}

/// The contact travels in a request header: visible ASCII without brackets.
fn agent_text(text: &str) -> Result<String, Refused> {
    if text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')')) {
        return Ok(text.to_owned());
    }
    Err(Refused {
        message: "联系方式会写进访问标识，只能用英文字母、数字和符号".to_owned(),
        help: Some("写网页地址或邮箱，例如 \"https://www.yl.gov.cn/\"".to_owned()),
    })
}

fn trust_root(written: &Written, base: &Path, notes: &mut Notes<'_>) -> Option<PathBuf> {
    let path = base.join(&written.text);
    let complaint = match std::fs::read(&path) {
        Ok(bytes) if bytes.windows(PEM.len()).any(|w| w == PEM) => {
            return Some(std::path::absolute(&path).unwrap_or(path));
        }
        Ok(_) => "证书文件不是 PEM 格式（没有 BEGIN CERTIFICATE）".to_owned(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => format!("找不到证书文件：{}", path.display()),
        Err(e) => format!("读不了证书文件 {}：{}", path.display(), io_reason(&e)),
    };
    notes.wrong(Diagnostic::new(written.span.clone(), complaint).help("路径从登记文件所在的文件夹算起"));
    None
}

const PEM: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn ports(raw: BTreeMap<Spanned<String>, Spanned<i64>>, notes: &mut Notes<'_>) -> BTreeMap<u16, u16> {
    const HELP: &str = "端口应为 1 到 65535 的整数，例如 ports = { 443 = 20443 }";
    let mut ports = BTreeMap::new();
    for (from, to) in raw {
        let logical = from.get_ref().trim().parse::<u16>().ok().filter(|p| *p > 0);
        let real = u16::try_from(*to.get_ref()).ok().filter(|p| *p > 0);
        if logical.is_none() {
            notes.wrong(Diagnostic::new(from.span(), "端口有误").help(HELP));
        }
        if real.is_none() {
            notes.wrong(Diagnostic::new(to.span(), "端口有误").help(HELP));
        }
        ports.extend(logical.zip(real));
    }
    ports
}

fn dial(raw: BTreeMap<Spanned<String>, Spanned<String>>, notes: &mut Notes<'_>) -> BTreeMap<String, SocketAddr> {
    let mut dial: BTreeMap<String, (SocketAddr, Range<usize>)> = BTreeMap::new();
    for (host, address) in raw {
        let host = Written { span: host.span(), text: host.into_inner().trim().to_owned() };
        let address = Written { span: address.span(), text: address.into_inner().trim().to_owned() };
        let key = notes.read(&host, name::host_port);
        let value = notes.read(&address, |t| name::address(t, None));
        let (Some(key), Some(value)) = (key, value) else { continue };
        if let Some((_, first)) = dial.get(&key) {
            let again = Diagnostic::new(host.span, format!("“{key}”的连接地址写了两次"));
            notes.wrong(again.also(first.clone(), "前面已写在这里"));
        } else {
            dial.insert(key, (value, host.span));
        }
    }
    dial.into_iter().map(|(k, (v, _))| (k, v)).collect()
}

fn politeness(raw: RawPoliteness, private: bool, notes: &mut Notes<'_>) -> Politeness {
    let default = Politeness::default();
    let mut requests_per_second = default.requests_per_second;
    if let Some(rate) = raw.requests_per_second {
        requests_per_second = *rate.get_ref();
        if !(0.01..=100_000.0).contains(&requests_per_second) {
            notes.wrong(
                Diagnostic::new(rate.span(), "每秒请求数应在 0.01 到 100000 之间")
                    .help(format!("建议不高于 1，缺省为 {}", default.requests_per_second)),
            );
        } else if requests_per_second > HARMLESS_RATE && !private {
            notes.warn(&rate.span(), "对同一地址的访问频率过高，可能影响被查网站或被防护设备拦截，建议每秒不超过 1 次");
        }
    }
    let mut whole = |value, range, default: u32, what| number(value, range, default.into(), what, notes) as u32;
    Politeness {
        requests_per_second,
        connections_per_address: whole(
            raw.connections_per_address,
            1..=10_000,
            default.connections_per_address,
            "同一地址的连接数",
        ),
        sites_in_flight: whole(raw.sites_in_flight, 1..=10_000, default.sites_in_flight, "同时检查的网站数"),
        robots: raw.robots.unwrap_or(default.robots),
        recheck_after_secs: whole(raw.recheck_after_secs, 0..=3600, default.recheck_after_secs, "复查间隔秒数"),
    }
}

fn budget(raw: RawBudget, notes: &mut Notes<'_>) -> Budget {
    let default = Budget::default();
    let places = [&raw.site_secs, &raw.page_secs, &raw.connect_secs].map(|v| v.as_ref().map(Spanned::span));
    let mut whole = |value, range, default: u32, what| number(value, range, default.into(), what, notes) as u32;
    let site_secs = whole(raw.site_secs, 1..=3600, default.site_secs, "单个网站的检查时限");
    let page_secs = whole(raw.page_secs, 1..=300, default.page_secs, "网页打开时限");
    let connect_secs = whole(raw.connect_secs, 1..=120, default.connect_secs, "连接时限");
    let dns_secs = whole(raw.dns_secs, 1..=60, default.dns_secs, "域名解析时限");
    let requests = whole(raw.requests, 1..=1000, default.requests, "单个网站的请求数");
    let hops = whole(raw.hops, 1..=30, default.hops, "跳转次数");
    let bytes = default.body_bytes as i64;
    let body_bytes = number(raw.body_bytes, 16_384..=67_108_864, bytes, "网页内容上限（字节）", notes) as usize;
    let [site, page, connect] = places;
    // A limit that was not written gives way to the one that was.
    let mut contradiction = |short: &Option<Range<usize>>, secs: u32, what: &str| {
        if let (Some(short), Some(long), true) = (short, &site, secs > site_secs) {
            let message = format!("{what}（{secs} 秒）比单个网站的检查时限（{site_secs} 秒）还长");
            notes.wrong(Diagnostic::new(short.clone(), message).also(long.clone(), "与这里矛盾"));
        }
    };
    contradiction(&page, page_secs, "网页打开时限");
    contradiction(&connect, connect_secs, "连接时限");
    Budget { site_secs, page_secs, connect_secs, dns_secs, body_bytes, requests, hops }
}

fn inner_pages(raw: RawInnerPages, notes: &mut Notes<'_>) -> InnerPages {
    let default = InnerPages::default();
    let mut count = |value, default: u8| number(value, 0..=10, default.into(), "抽查的内页数", notes) as u8;
    InnerPages { patrol: count(raw.patrol, default.patrol), audit: count(raw.audit, default.audit) }
}

fn walk(raw: RawWalk, notes: &mut Notes<'_>) -> WalkSettings {
    let default = WalkPlan::default();
    let megabyte = 1024 * 1024;
    let mut whole = |value, range, default: i64, what| number(value, range, default, what, notes);
    let plan = WalkPlan {
        pages: whole(raw.pages, 1..=1_000_000, default.pages.into(), "走查的网页数") as u32,
        depth: whole(raw.depth, 0..=100, default.depth.into(), "走查的层数") as u8,
        bytes: whole(raw.megabytes, 1..=100_000, (default.bytes / megabyte) as i64, "走查的流量（兆字节）") as u64
            * megabyte,
        secs: whole(raw.secs, 10..=86_400, default.secs.into(), "走查的时限") as u32,
        links: whole(raw.links, 0..=1_000_000, default.links.into(), "只核对能否打开的链接数") as u32,
        external: raw.external,
        personal: raw.personal,
    };
    WalkSettings { patrol: raw.patrol, plan }
}

fn render(raw: RawRender, base: &Path, notes: &mut Notes<'_>) -> Render {
    let default = Render::default();
    let mode = notes.optional(raw.mode).and_then(|w| notes.read(&w, render_mode)).unwrap_or_default();
    let browser = notes.optional(raw.browser).and_then(|w| {
        let path = base.join(&w.text);
        if path.is_file() {
            return Some(std::path::absolute(&path).unwrap_or(path));
        }
        let complaint = format!("找不到浏览器程序：{}", path.display());
        notes.wrong(Diagnostic::new(w.span, complaint).help("写浏览器程序的完整路径；不写则自动查找 Chromium"));
        None
    });
    let page_secs = number(raw.page_secs, 5..=120, default.page_secs.into(), "浏览器查看单个网页的时限", notes);
    let tabs = number(raw.tabs, 1..=16, default.tabs.into(), "浏览器同时查看的网页数", notes);
    Render { mode, browser, page_secs: page_secs as u32, tabs: tabs as u32 }
}

/// A campaign without a title is none; phases follow one another.
fn campaign(raw: RawCampaign, table: &Range<usize>, notes: &mut Notes<'_>) -> Option<Campaign> {
    let title = notes.required(raw.title, table, "title", "专项整治的名称").map(|w| w.text)?;
    let text = |value| notes.optional(value).map(|w| w.text).unwrap_or_default();
    let document = text(raw.document);
    let report_day = raw.report_day.map(|day| number(Some(day), 2..=28, 13, "每月报送日", notes) as i8);
    let (overall_report, rectify_until) = (notes.date(raw.overall_report), notes.date(raw.rectify_until));
    let mut phases: Vec<Phase> = Vec::new();
    for phase in raw.phase {
        let place = phase.span();
        let raw = phase.into_inner();
        let name = notes.required(raw.name, &place, "name", "阶段名称");
        let (from, until) = (notes.date(raw.from), notes.date(raw.until));
        let (Some(name), Some(from), Some(until)) = (name, from, until) else {
            notes.wrong(Diagnostic::new(place, "阶段没有写全").help("name、from、until 都要写，日期写成 2020-05-13"));
            continue;
        };
        if until < from || phases.last().is_some_and(|before| from < before.until) {
            let help = "每个阶段先起后止，各阶段按先后写，前后不交叉";
            notes.wrong(Diagnostic::new(place, format!("“{}”的起止日期不对", name.text)).help(help));
        }
        phases.push(Phase { name: name.text, from, until });
    }
    Some(Campaign { title, document, report_day, overall_report, rectify_until, phases })
}

fn render_mode(text: &str) -> Result<RenderMode, Refused> {
    match text {
        "auto" => Ok(RenderMode::Auto),
        "never" => Ok(RenderMode::Never),
        "always" => Ok(RenderMode::Always),
        _ => Err(Refused {
            message: "不知道的写法".to_owned(),
            help: Some("可以写 \"auto\"（需要时用）、\"never\"（不用）、\"always\"（全部首页都用）".to_owned()),
        }),
    }
}

/// A whole number within its range; the default when unset or wrong.
fn number(value: Whole, range: RangeInclusive<i64>, default: i64, what: &str, notes: &mut Notes<'_>) -> i64 {
    let Some(value) = value else { return default };
    if range.contains(value.get_ref()) {
        return value.into_inner();
    }
    notes.wrong(
        Diagnostic::new(value.span(), format!("{what}应在 {} 到 {} 之间", range.start(), range.end()))
            .help(format!("缺省为 {default}")),
    );
    default
}
