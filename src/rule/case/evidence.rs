//! From a case to the evidence a crawl of such a site would have brought back.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{Answer, Case, DnsEnd, HEALTHY_PAGE, MigrationCase, NameCase, VisitsCase, zone};
use crate::evidence::foul::{self, Mask, Masked};
use crate::evidence::migration::{Former, FormerLook, Landing, Migration, SearchLook};
use crate::evidence::page::{self, PageInput};
use crate::evidence::{
    Body, Cause, CertFacts, CertFault, DnsAnswer, DnsQuery, DnsStatus, Evidence, Failure, Fetch, HelloLook, Hop,
    HopKind, NameLook, Needs, Operator, Purpose, Reason, RecordKind, SiteProfile, Stage, Timing, TlsLook, Visit,
    VisitDay, VisitEnd, ZoneLook, block,
};

/// Documentation addresses (RFC 5737, RFC 3849).
const V4: &str = "192.0.2.10";
const V6: &str = "2001:db8::10";
/// Labels a column page carries besides those of the site, and an article page besides those of its column.
const COLUMN_LABELS: &str = r#"<meta name="ColumnName" content="政务公开"><meta name="ColumnDescription" content="公开政务信息">
<meta name="ColumnKeywords" content="政务,公开"><meta name="ColumnType" content="政策文件">"#;
const ARTICLE_LABELS: &str = r#"<meta name="ColumnName" content="政务公开"><meta name="ArticleTitle" content="关于召开会议的通知">
<meta name="PubDate" content="2026-05-08 09:00"><meta name="ContentSource" content="市政府办公室">"#;
/// 2026-05-08 09:12 in the office's zone.
const LOOKED_AT: i64 = 1_778_202_720;

impl Case {
    /// The evidence this case stands for: what `needs` asks for plus what the case mentions.
    pub(super) fn evidence(&self, needs: &Needs) -> Evidence {
        Builder::new(self).build(needs)
    }

    fn profile(&self) -> SiteProfile {
        let site = &self.site;
        let or = |given: &Option<String>, sample: &str| given.clone().unwrap_or_else(|| sample.to_owned());
        let filed = |given: &Option<String>, sample: &str| Some(or(given, sample)).filter(|text| !text.is_empty());
        let url = or(&site.url, "https://www.test.gov.cn/");
        let hosts = host_of(&url).into_iter().chain(site.domains.iter().cloned()).collect();
        SiteProfile {
            id: or(&site.id, "6108000001"),
            name: or(&site.name, "测试市人民政府门户网站"),
            url,
            class: site.class.map(|c| c.0).unwrap_or_default(),
            status: site.status.map(|s| s.0).unwrap_or_default(),
            status_since: site.status_since.map(|d| d.0.0),
            status_until: site.status_until.map(|d| d.0.0),
            suspended_before: site.suspended_before.iter().map(|d| d.0.0).collect(),
            site_code: filed(&site.site_code, "6108000001"),
            sponsor: Operator {
                name: or(&site.sponsor, "测试市人民政府办公室"), aliases: site.aliases.clone()
            },
            nature: site.nature.map(|n| n.0),
            icp: filed(&site.icp, "陕ICP备05000001号"),
            psb: filed(&site.psb, "陕公网安备61080002000001号"),
            hosts,
            idle: site.idle.clone(),
            migrated_to: site.migrated_to.clone().filter(|text| !text.is_empty()),
            former: Vec::new(),
            neighbours: site.neighbours.clone(),
        }
    }
}

struct Builder<'c> {
    case: &'c Case,
    at: Timestamp,
    home: String,
    host: String,
    evidence: Evidence,
}

impl<'c> Builder<'c> {
    fn new(case: &'c Case) -> Self {
        let at = case.at.unwrap_or_else(|| Timestamp::from_second(LOOKED_AT).unwrap_or(Timestamp::UNIX_EPOCH));
        let profile = case.profile();
        let home = profile.url.clone();
        let host = host_of(&home).unwrap_or_default();
        let mut evidence = Evidence::new(profile, "case", 1, at);
        evidence.clock_off = case.clock_off;
        Builder { case, at, home, host, evidence }
    }

    fn build(mut self, needs: &Needs) -> Evidence {
        self.home_name(needs);
        if needs.zone || needs.authority || self.case.ns.is_some() {
            self.zone(needs);
        }
        self.home_fetch();
        self.hellos();
        self.resources();
        if needs.inner_pages > 0 || self.case.inner.is_some() {
            self.inner_pages();
        }
        if needs.other_scheme || self.case.other_scheme.is_some() {
            self.other_scheme();
        }
        if needs.random_path || self.case.random_path.is_some() {
            let missing = Answer { status: Some(404), ..Answer::default() };
            let url = self.absolute("/no-such-page-3c0f9a1e.html");
            self.exchange(Purpose::RandomPath, &url, self.case.random_path.as_ref().unwrap_or(&missing));
        }
        self.further_names(needs);
        if let Some(url) = self.evidence.site.migrated_to.clone()
            && (needs.successor || self.case.successor.is_some())
        {
            let healthy = Answer::default();
            self.exchange(Purpose::Successor, &url, self.case.successor.as_ref().unwrap_or(&healthy));
        }
        if let Some(html) = &self.case.masked {
            let url = self.home.clone();
            let input = PageInput { bytes: html.as_bytes(), url: &url, content_type: None, fragment: false };
            let page = page::skim(&input);
            let signs = foul::on_page(&page, html.as_bytes());
            self.evidence.masked.push(Masked { mask: Mask::Spider, url, status: Some(200), title: page.title, signs });
        }
        if needs.walk.is_some() || self.case.walk.is_some() {
            self.evidence.walk = Some(self.case.walk.clone().unwrap_or_default().walk(&self.home));
        }
        if let Some(case) = self.case.migration
            && let Some(target) = self.evidence.site.migrated_to.clone()
        {
            let looked = migration(case, &target);
            self.evidence.site.former = looked.items.iter().map(|look| look.item.clone()).collect();
            self.evidence.migration = Some(looked);
        }
        self.evidence.visits = self.case.visits.iter().flat_map(|v| visits(v, self.at)).collect();
        self.evidence
    }

    // -- names

    fn home_name(&mut self, needs: &Needs) {
        if is_address(&self.host) {
            return;
        }
        let dns = &self.case.dns;
        // A home exchange that failed at DNS says how the questions ended.
        let end = dns.status.or_else(|| self.case.failure.and_then(dns_end));
        let untouched = dns.a.is_none() && dns.aaaa.is_none() && dns.cname.is_empty();
        let v6: &[&str] = if untouched { &[V6] } else { &[] };
        let mut look = name_look(
            &self.host,
            &dns.a.clone().unwrap_or_else(|| vec![V4.to_owned()]),
            &dns.aaaa.clone().unwrap_or_else(|| v6.iter().map(|a| (*a).to_owned()).collect()),
            &dns.cname,
            end,
        );
        let given = [
            (RecordKind::Mx, dns.mx.as_ref()),
            (RecordKind::Txt, dns.txt.as_ref()),
            (RecordKind::Caa, dns.caa.as_ref()),
            (RecordKind::Ds, dns.ds.as_ref()),
            (RecordKind::Cname, Some(&dns.cname).filter(|c| !c.is_empty())),
        ];
        for (kind, data) in given {
            if data.is_some() || needs.records.contains(&kind) {
                look.queries.push(query(&self.host, kind, data.map_or(&[], Vec::as_slice), end));
            }
        }
        for kind in needs.records.iter().filter(|k| matches!(k, RecordKind::Ns | RecordKind::Soa)) {
            look.queries.push(query(&self.host, *kind, &[], end));
        }
        self.evidence.names.push(look);
    }

    fn zone(&mut self, needs: &Needs) {
        let zone = psl::domain_str(&self.host).unwrap_or(&self.host).to_owned();
        let default = || vec![format!("ns1.{zone}"), format!("ns2.{zone}")];
        let servers = self.case.ns.clone().unwrap_or_else(default);
        let denied = self.case.zone.as_ref().is_some_and(|z| z.parent.is_some_and(zone::Parent::denies));
        let end = self.case.dns.status.filter(|e| denied || matches!(e, DnsEnd::Failed(_)));
        let soa = vec![format!("ns1.{zone} hostmaster.{zone} 2026050801 7200 3600 1209600 3600")];
        let direct = needs.authority || self.case.zone.is_some();
        let given = self.case.zone.clone().unwrap_or_default();
        let authority = direct.then(|| given.authority(&zone, &servers, self.at));
        self.evidence.zones.push(ZoneLook {
            ns: query(&zone, RecordKind::Ns, &servers, end),
            soa: query(&zone, RecordKind::Soa, &soa, end),
            authority,
            zone,
        });
    }

    fn further_names(&mut self, needs: &Needs) {
        let mut names: Vec<String> = self.case.names.keys().cloned().collect();
        if needs.further_names {
            let site = &self.evidence.site;
            names.extend(site.hosts.iter().skip(1).chain(&site.idle).cloned());
            names.sort();
            names.dedup();
        }
        for name in names {
            let given = self.case.names.get(&name).cloned().unwrap_or_else(|| self.usual(&name));
            let silent = given.dns.is_some();
            let addresses = given.a.clone().unwrap_or_else(|| vec![V4.to_owned()]);
            let v6 = given.aaaa.clone().unwrap_or_default();
            let look = name_look(&name, &addresses, &v6, &given.cname, given.dns);
            let answers =
                given.status.is_some() || given.page.is_some() || given.location.is_some() || given.failure.is_some();
            let resolves = !silent && !look.addresses().is_empty();
            self.evidence.names.push(look);
            if resolves && answers {
                let answer = Answer {
                    status: given.status,
                    location: given.location,
                    page: given.page,
                    headers: given.headers,
                    failure: given.failure,
                };
                self.exchange(Purpose::FurtherName, &format!("http://{name}/"), &answer);
            }
        }
    }

    /// A name in use leads to the home page, an idle one is gone.
    fn usual(&self, name: &str) -> NameCase {
        if self.evidence.site.idle.iter().any(|n| n == name) {
            return NameCase { dns: Some(DnsEnd::NoSuchName), ..NameCase::default() };
        }
        NameCase { status: Some(301), location: Some(self.home.clone()), ..NameCase::default() }
    }

    // -- exchanges

    fn home_fetch(&mut self) {
        let case = self.case;
        let failure = case.failure.or(case.dns.status.map(DnsEnd::cause)).or(case.tls.failure);
        let mut urls = vec![self.home.clone()];
        for location in &case.redirects {
            let base = urls.last().and_then(|u| Url::parse(u).ok());
            let next = base.and_then(|b| b.join(location).ok()).map_or_else(|| location.clone(), |u| u.to_string());
            urls.push(next);
        }
        let last = urls.len() - 1;
        let mut hops = Vec::new();
        for (i, url) in urls.iter().enumerate() {
            let kind = if i == 0 { HopKind::Start } else { HopKind::Location };
            let failed = failure.filter(|_| i == last);
            let mut hop = self.hop(url, kind, failed);
            if i < last {
                answer_with(&mut hop, 302, "", &Default::default());
                hop.headers.push(("location".to_owned(), case.redirects[i].clone()));
            } else if failed.is_none() {
                let page = case.page.as_deref().unwrap_or(HEALTHY_PAGE);
                answer_with(&mut hop, case.status.unwrap_or(200), page, &case.headers);
            }
            hops.push(hop);
        }
        self.evidence.fetches.push(Fetch { purpose: Purpose::Home, hops, tries: 1 });
    }

    fn resources(&mut self) {
        let case = self.case;
        let purpose = |url: &str| {
            let path = url.split(['?', '#']).next().unwrap_or_default();
            if path.ends_with(".js") { Purpose::Script } else { Purpose::Fragment }
        };
        for (path, text) in &case.resources {
            let url = self.absolute(path);
            let mut hop = self.hop(&url, HopKind::Start, None);
            answer_with(&mut hop, 200, text, &Default::default());
            if purpose(&url) == Purpose::Script {
                hop.headers.retain(|(name, _)| name != "content-type");
                hop.headers.push(("content-type".to_owned(), "application/javascript; charset=utf-8".to_owned()));
            }
            self.evidence.fetches.push(Fetch { purpose: purpose(&url), hops: vec![hop], tries: 1 });
        }
        for path in &case.unfetched {
            let url = self.absolute(path);
            let hop = self.hop(&url, HopKind::Start, Some(Cause::HttpTimeoutHeaders));
            self.evidence.fetches.push(Fetch { purpose: purpose(&url), hops: vec![hop], tries: 1 });
        }
    }

    /// Column and article pages beside the home page.
    fn inner_pages(&mut self) {
        self.evidence.inner_pages = 4;
        let labelled = |labels: &str| HEALTHY_PAGE.replacen("</title>", &format!("</title>\n{labels}"), 1);
        let healthy = || {
            let columns = ["/zwgk/", "/hdjl/zxdc/"].map(|path| (path, COLUMN_LABELS));
            let articles = ["/zwgk/202605/t20260508_1001.html", "/hdjl/202604/t20260408_1002.html"];
            let pages = columns.into_iter().chain(articles.map(|path| (path, ARTICLE_LABELS)));
            pages.map(|(path, labels)| (path.to_owned(), labelled(labels))).collect()
        };
        for (path, page) in self.case.inner.clone().unwrap_or_else(healthy) {
            let url = self.absolute(&path);
            self.exchange(Purpose::Inner, &url, &Answer { page: Some(page), ..Answer::default() });
        }
        for path in &self.case.inner_unread {
            let url = self.absolute(path);
            let failure = Some(Cause::HttpTimeoutHeaders);
            self.exchange(Purpose::Inner, &url, &Answer { failure, ..Answer::default() });
        }
    }

    /// The home page's host over the other scheme; a healthy https site sends plain visitors to https.
    fn other_scheme(&mut self) {
        let Ok(mut url) = Url::parse(&self.home) else { return };
        let secure = url.scheme() == "https";
        if url.set_scheme(if secure { "http" } else { "https" }).is_err() {
            return;
        }
        let healthy = if secure {
            Answer { status: Some(301), location: Some(self.home.clone()), ..Answer::default() }
        } else {
            Answer::default()
        };
        self.exchange(Purpose::OtherScheme, url.as_str(), self.case.other_scheme.as_ref().unwrap_or(&healthy));
    }

    /// One exchange; a `location` is followed one hop to a good page.
    fn exchange(&mut self, purpose: Purpose, url: &str, answer: &Answer) {
        let mut first = self.hop(url, HopKind::Start, answer.failure);
        let mut hops = Vec::new();
        if answer.failure.is_none() {
            let status = answer.status.unwrap_or(if answer.location.is_some() { 301 } else { 200 });
            let page = match (&answer.page, &answer.location) {
                (Some(page), _) => page,
                (None, Some(_)) => "",
                (None, None) => HEALTHY_PAGE,
            };
            answer_with(&mut first, status, page, &answer.headers);
            if let Some(location) = &answer.location {
                first.headers.push(("location".to_owned(), location.clone()));
                let next = Url::parse(url).ok().and_then(|base| base.join(location).ok());
                if let Some(next) = next.filter(|_| (300..400).contains(&status)) {
                    let mut second = self.hop(next.as_str(), HopKind::Location, None);
                    answer_with(&mut second, 200, HEALTHY_PAGE, &Default::default());
                    hops.push(second);
                }
            }
        }
        hops.insert(0, first);
        self.evidence.fetches.push(Fetch { purpose, hops, tries: 1 });
    }

    fn hop(&mut self, url: &str, kind: HopKind, failed: Option<Cause>) -> Hop {
        let stage = failed.map(stage_of);
        let reached = !matches!(stage, Some(Stage::Own | Stage::Dns | Stage::Tcp));
        let tls = if reached && url.starts_with("https:") { self.handshake(url, failed) } else { None };
        Hop {
            url: url.to_owned(),
            kind,
            address: (stage != Some(Stage::Dns) && stage != Some(Stage::Own)).then(|| V4.to_owned()),
            status: None,
            version: None,
            headers: Vec::new(),
            tls,
            timing: Timing { total_ms: 120, ..Timing::default() },
            failure: failed.map(fail),
            body: None,
        }
    }

    // -- TLS

    /// The handshake of an https hop, one per host and port.
    fn handshake(&mut self, url: &str, failed: Option<Cause>) -> Option<usize> {
        let parsed = Url::parse(url).ok()?;
        let (host, port) = (host_of(url)?, parsed.port_or_known_default()?);
        if let Some(known) = self.evidence.tls.iter().position(|t| t.host == host && t.port == port) {
            return Some(known);
        }
        let plain = super::TlsCase::default();
        let given = if host == self.host { &self.case.tls } else { &plain };
        let failure = given.failure.or(failed.filter(|c| stage_of(*c) == Stage::Tls)).map(fail);
        let day = SignedDuration::from_hours(24);
        let expired = given.faults.contains(&CertFault::Expired);
        let early = given.faults.contains(&CertFault::NotYetValid);
        let has = |fault| given.faults.contains(&fault);
        let pick = |faulty: bool, bad: &str, good: &str| if faulty { bad } else { good }.to_owned();
        let subject = format!("CN={host}");
        let names =
            given.names.clone().unwrap_or_else(|| vec![pick(has(CertFault::WrongHost), "www.other.example", &host)]);
        let leaf = CertFacts {
            sha256: "00".repeat(32),
            issuer: given.issuer.clone().unwrap_or_else(|| pick(has(CertFault::SelfSigned), &subject, "CN=Sample CA")),
            subject,
            serial: "01".to_owned(),
            not_before: given.not_before.unwrap_or(if early { self.at + day } else { self.at - day * 100 }),
            not_after: given.not_after.unwrap_or(if expired { self.at - day } else { self.at + day * 200 }),
            names_total: u32::try_from(names.len()).unwrap_or(u32::MAX),
            names,
            key: given.key.clone().unwrap_or_else(|| pick(has(CertFault::WeakKey), "RSA-1024", "EC-P256")),
            signature: given
                .signature
                .clone()
                .unwrap_or_else(|| pick(has(CertFault::WeakSignature), "sha1WithRSAEncryption", "ecdsa-with-SHA256")),
            is_ca: false,
            der: None,
        };
        let judged = failure.is_none();
        self.evidence.tls.push(TlsLook {
            address: format!("{V4}:{port}"),
            host,
            port,
            at: self.at,
            protocol: judged.then(|| given.protocol.clone().unwrap_or_else(|| "TLSv1.3".to_owned())),
            cipher: judged.then(|| "TLS13_AES_128_GCM_SHA256".to_owned()),
            group: judged.then(|| "X25519".to_owned()),
            alpn: judged.then(|| "h2".to_owned()),
            chain: if judged { vec![leaf] } else { Vec::new() },
            faults: if judged { given.faults.clone() } else { Vec::new() },
            missing_issuer: given.faults.contains(&CertFault::IncompleteChain).then(|| "CN=Sample CA".to_owned()),
            notes: if judged { given.notes.clone() } else { Vec::new() },
            judged,
            failure,
            elapsed_ms: 40,
        });
        Some(self.evidence.tls.len() - 1)
    }

    /// Questions to the server of the registered address.
    fn hellos(&mut self) {
        let port = Url::parse(&self.home).ok().and_then(|u| u.port_or_known_default()).unwrap_or(443);
        let asked = self.case.hellos.iter().zip(2..).map(|((offer, answer), nth)| HelloLook {
            host: self.host.clone(),
            port,
            address: format!("{V4}:{port}"),
            at: self.at,
            offer: *offer,
            answer: answer.clone(),
            nth,
            sent: 200,
            received: 1000,
            elapsed_ms: 20,
        });
        self.evidence.hellos.extend(asked);
    }

    /// `path` as an address of the page visitors end on.
    fn absolute(&self, path: &str) -> String {
        let base = self.evidence.fetch(Purpose::Home).map_or(self.home.as_str(), |f| f.last().url.as_str());
        Url::parse(base).and_then(|b| b.join(path)).map_or_else(|_| path.to_owned(), |u| u.to_string())
    }
}

/// What a search for former pages brought back.
fn migration(case: MigrationCase, target: &str) -> Migration {
    let look = |n: u32, searched: Option<bool>| FormerLook {
        item: Former {
            title: format!("测试市某局第{n}次工作会议纪要"), indexed: case.indexed, ..Former::default()
        },
        searched,
        ..FormerLook::default()
    };
    let home = |n: u32| FormerLook {
        item: Former { url: format!("https://www.test.gov.cn/xw/{n}.html"), ..Former::default() },
        old: Some(Landing { url: target.to_owned(), status: Some(200), ..Landing::default() }),
        ..FormerLook::default()
    };
    let found = (0..case.found).map(|n| look(n, Some(true)));
    let missing = (0..case.missing).map(|n| look(1000 + n, Some(false)));
    let open = (0..case.open).map(|n| look(2000 + n, None));
    let items: Vec<FormerLook> = found.chain(missing).chain(open).chain((0..case.to_home).map(home)).collect();
    Migration {
        successor: target.to_owned(),
        known: u32::try_from(items.len()).unwrap_or(u32::MAX),
        items,
        pages: 1,
        search: Some(SearchLook { proven: !case.unproven, ..SearchLook::default() }),
        ..Migration::default()
    }
}

/// The days one vantage's visits fill.
fn visits(case: &VisitsCase, at: Timestamp) -> Vec<VisitDay> {
    let total = case.days * case.per_day;
    let spread = |n: u32, i: u32| n > 0 && (i * n) / total.max(1) != ((i + 1) * n) / total.max(1);
    let family = case.blocked.as_deref().and_then(|f| block::FAMILIES.iter().find(|k| **k == f));
    let opened = family.map_or(VisitEnd::Opened, |f| VisitEnd::Blocked(f));
    let mut day = Visit::unseen(at, Reason::NotLooked).day();
    let mut days = Vec::new();
    for back in 0..case.days {
        let Ok(before) = day.yesterday() else { break };
        day = before;
        let visit = |n: u32| {
            // Counted from the oldest.
            let i = (case.days - 1 - back) * case.per_day + n;
            let failed = spread(case.failed, i) || i < case.oldest_failed || i + case.newest_failed >= total;
            let (end, ms) = match (failed, spread(case.undetermined, i)) {
                (true, _) if case.slow => (VisitEnd::Opened, case.failed_ms),
                (true, _) => (VisitEnd::Failed(case.cause), case.failed_ms),
                (_, true) => (VisitEnd::Unseen(Reason::SelfOffline), 0),
                _ => (opened.clone(), case.ms),
            };
            Visit::at_second(day, n * 3600 + 720, end, ms)
        };
        let visits = (0..case.per_day.min(24)).filter_map(visit).collect();
        days.push(VisitDay { vantage: case.vantage.clone(), day, visits });
    }
    days
}

impl DnsEnd {
    fn cause(self) -> Cause {
        match self {
            DnsEnd::NoSuchName => Cause::DnsNoSuchName,
            DnsEnd::NoData => Cause::DnsNoData,
            DnsEnd::Failed(cause) => cause,
        }
    }
}

fn dns_end(cause: Cause) -> Option<DnsEnd> {
    match cause {
        Cause::DnsNoSuchName => Some(DnsEnd::NoSuchName),
        Cause::DnsNoData => Some(DnsEnd::NoData),
        // The questions themselves were answered.
        Cause::DnsPrivateAddress => None,
        _ if stage_of(cause) == Stage::Dns || cause == Cause::ResolverUnreachable => Some(DnsEnd::Failed(cause)),
        _ => None,
    }
}

fn name_look(name: &str, a: &[String], aaaa: &[String], cname: &[String], end: Option<DnsEnd>) -> NameLook {
    let owner = cname.last().map_or(name, String::as_str);
    let mut queries = Vec::new();
    for (kind, data) in [(RecordKind::A, a), (RecordKind::Aaaa, aaaa)] {
        let mut query = query(owner, kind, data, end);
        query.name = name.to_owned();
        let chain = std::iter::once(name).chain(cname.iter().map(String::as_str)).zip(cname);
        let aliases = chain.map(|(from, to)| answer(from, RecordKind::Cname, to));
        query.answers.splice(0..0, aliases);
        queries.push(query);
    }
    NameLook { name: name.to_owned(), queries }
}

fn query(name: &str, kind: RecordKind, data: &[String], end: Option<DnsEnd>) -> DnsQuery {
    let status = match end {
        Some(DnsEnd::NoSuchName) => DnsStatus::NoSuchName,
        Some(DnsEnd::NoData) => DnsStatus::NoData,
        Some(DnsEnd::Failed(cause)) => DnsStatus::Failed(fail(cause)),
        None if data.is_empty() => DnsStatus::NoData,
        None => DnsStatus::Answered,
    };
    let answers = match status {
        DnsStatus::Answered => data.iter().map(|d| answer(name, kind, d)).collect(),
        _ => Vec::new(),
    };
    DnsQuery { name: name.to_owned(), kind, server: Some("192.0.2.53:53".to_owned()), status, answers, elapsed_ms: 20 }
}

fn answer(name: &str, kind: RecordKind, data: &str) -> DnsAnswer {
    DnsAnswer { name: name.to_owned(), kind, ttl: 600, data: data.to_owned() }
}

fn answer_with(hop: &mut Hop, status: u16, page: &str, headers: &std::collections::BTreeMap<String, String>) {
    hop.status = Some(status);
    hop.version = Some("HTTP/1.1".to_owned());
    hop.headers = headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), v.clone())).collect();
    if hop.header("content-type").is_none() {
        hop.headers.push(("content-type".to_owned(), "text/html; charset=utf-8".to_owned()));
    }
    let bytes = page.as_bytes();
    hop.body = Some(Body { wire: bytes.to_vec(), bytes: bytes.into(), ..Body::default() });
}

fn fail(cause: Cause) -> Failure {
    Failure { elapsed_ms: 1000, ..Failure::new(stage_of(cause), cause, "") }
}

/// The stage a cause belongs to, by the prefix of its key.
fn stage_of(cause: Cause) -> Stage {
    let key = cause.key();
    match key.split('_').next() {
        Some("dns") => Stage::Dns,
        Some("tcp") => Stage::Tcp,
        Some("tls") => Stage::Tls,
        Some("http") if matches!(cause, Cause::HttpTimeoutBody | Cause::HttpShortBody | Cause::HttpBadEncoding) => {
            Stage::Body
        }
        Some("http") => Stage::Http,
        Some("page") => Stage::Parse,
        _ => Stage::Own,
    }
}

/// Host of an address in lower-case A-labels.
fn host_of(url: &str) -> Option<String> {
    Url::parse(url).ok()?.host_str().map(str::to_ascii_lowercase)
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok()
}
