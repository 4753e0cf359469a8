use super::*;
use crate::evidence::{DnsStatus, Evidence, Needs, Purpose, RecordKind, Stage};

fn case(text: &str) -> Case {
    toml::from_str(&format!("name = \"x\"\nexpect = \"pass\"\n{text}")).unwrap_or_else(|e| panic!("{e}"))
}

fn evidence(text: &str) -> Evidence {
    case(text).evidence(&Needs::default())
}

fn all() -> Needs {
    Needs {
        marks: true,
        other_scheme: true,
        zone: true,
        records: [RecordKind::Caa].into(),
        further_names: true,
        successor: true,
        migration: true,
        random_path: true,
        tls_survey: true,
        inner_pages: 4,
        visits: true,
        masks: false,
        walk: Some(crate::evidence::WalkPlan::default()),
        authority: true,
    }
}

#[test]
fn a_case_that_says_nothing_is_a_healthy_site() {
    let e = case("").evidence(&all());
    let home = e.fetch(Purpose::Home).unwrap();
    assert_eq!(home.answered().unwrap().0, 200);
    assert!(String::from_utf8_lossy(&home.last().body.as_ref().unwrap().bytes).contains("陕ICP备05000001号"));
    assert_eq!(home.last().header("content-type"), Some("text/html; charset=utf-8"));
    let tls = &e.tls[home.last().tls.unwrap()];
    assert!(tls.judged && tls.faults.is_empty() && tls.chain[0].not_after > e.finished_at);
    assert_eq!(e.names[0].addresses().len(), 2);
    assert_eq!(e.names[0].query(RecordKind::Caa).unwrap().status, DnsStatus::NoData);
    assert_eq!(e.zones[0].zone, "test.gov.cn");
    assert_eq!(e.zones[0].name_servers().len(), 2);
    let plain = e.fetch(Purpose::OtherScheme).unwrap();
    assert_eq!((plain.hops[0].status, plain.last().url.as_str()), (Some(301), "https://www.test.gov.cn/"));
    assert_eq!(e.fetch(Purpose::RandomPath).unwrap().answered().unwrap().0, 404);
    assert!(e.fetch(Purpose::Successor).is_none(), "the site moved nowhere");
    assert_eq!(e.tls.len(), 1, "one handshake per host and port");
}

#[test]
fn only_what_is_needed_or_mentioned_is_looked_at() {
    let e = evidence("");
    assert!(e.zones.is_empty() && e.fetches.len() == 1 && e.names.len() == 1);
    assert_eq!(evidence("ns = [\"ns1.test.gov.cn\"]").zones[0].name_servers(), ["ns1.test.gov.cn"]);
}

#[test]
fn a_failed_resolution_is_seen_in_the_questions_and_in_the_exchange() {
    for text in ["failure = \"dns_no_such_name\"", "dns = { status = \"no_such_name\" }"] {
        let e = evidence(text);
        assert!(e.names[0].no_such_name() && e.names[0].addresses().is_empty(), "{text}");
        let failure = e.fetch(Purpose::Home).unwrap().failure().unwrap();
        assert_eq!((failure.stage, failure.cause), (Stage::Dns, Cause::DnsNoSuchName), "{text}");
        assert!(e.tls.is_empty() && e.fetches[0].last().address.is_none());
    }
    let e = evidence("dns = { status = \"dns_timeout\" }");
    assert_eq!(e.names[0].failure().unwrap().cause, Cause::DnsTimeout);
}

#[test]
fn a_failure_leaves_what_came_before_it() {
    let tcp = evidence("failure = \"tcp_refused\"");
    assert!(tcp.tls.is_empty() && !tcp.names[0].addresses().is_empty());
    assert_eq!(tcp.fetches[0].failure().unwrap().stage, Stage::Tcp);
    for text in ["failure = \"tls_reset\"", "tls = { failure = \"tls_reset\" }"] {
        let tls = evidence(text);
        assert_eq!(tls.tls[0].failure.as_ref().unwrap().cause, Cause::TlsReset, "{text}");
        assert_eq!(tls.fetches[0].failure().unwrap().cause, Cause::TlsReset, "{text}");
        assert!(!tls.tls[0].judged && tls.tls[0].chain.is_empty());
    }
    let http = evidence("failure = \"http_timeout_headers\"");
    assert!(http.tls[0].failure.is_none() && http.fetches[0].last().status.is_none());
}

#[test]
fn redirects_become_hops_and_resources_belong_to_the_last_one() {
    let e = evidence(
        "redirects = [\"/index/\", \"https://b.example/x/\"]\nresources = { \"foot.js\" = \"x\", \"/f.html\" = \"y\" }\nunfetched = [\"/js/a.js\"]",
    );
    let home = e.fetch(Purpose::Home).unwrap();
    let urls: Vec<&str> = home.hops.iter().map(|h| h.url.as_str()).collect();
    assert_eq!(urls, ["https://www.test.gov.cn/", "https://www.test.gov.cn/index/", "https://b.example/x/"]);
    assert_eq!(home.hops[0].header("location"), Some("/index/"));
    assert_eq!(e.tls.iter().map(|t| t.host.as_str()).collect::<Vec<_>>(), ["www.test.gov.cn", "b.example"]);
    let script = e.fetches.iter().find(|f| f.asked() == "https://b.example/x/foot.js").unwrap();
    assert_eq!((script.purpose, script.answered().unwrap().0), (Purpose::Script, 200));
    assert_eq!(e.fetch(Purpose::Fragment).unwrap().asked(), "https://b.example/f.html");
    let unread = e.fetches.iter().find(|f| f.asked() == "https://b.example/js/a.js").unwrap();
    assert_eq!(unread.failure().unwrap().cause, Cause::HttpTimeoutHeaders);
}

#[test]
fn further_names_lead_home_and_idle_names_are_gone_unless_the_case_says_otherwise() {
    let site = "site = { domains = [\"b.test.gov.cn\"], idle = [\"old.test.gov.cn\", \"older.test.gov.cn\"] }\n";
    let e = case(&format!("{site}names = {{ \"older.test.gov.cn\" = {{ a = [\"192.0.2.1\"], status = 200 }} }}"))
        .evidence(&all());
    assert_eq!(e.site.hosts, ["www.test.gov.cn", "b.test.gov.cn"]);
    assert!(e.name("old.test.gov.cn").unwrap().no_such_name());
    let asked: Vec<&str> =
        e.fetches.iter().filter(|f| f.purpose == Purpose::FurtherName).map(|f| f.last().url.as_str()).collect();
    assert_eq!(asked, ["https://www.test.gov.cn/", "http://older.test.gov.cn/"]);
}

#[test]
fn aliases_lead_from_name_to_name_and_may_dangle() {
    let e = evidence("dns = { cname = [\"a.cdn.example\", \"b.cdn.example\"], status = \"no_such_name\" }");
    assert_eq!(e.names[0].aliases(), ["a.cdn.example", "b.cdn.example"]);
    assert!(e.names[0].resolves_to_nothing());
    let e = evidence("dns = { cname = [\"a.cdn.example\"], a = [\"192.0.2.7\"] }");
    let answers = &e.names[0].query(RecordKind::A).unwrap().answers;
    assert_eq!((answers[0].name.as_str(), answers[1].name.as_str()), ("www.test.gov.cn", "a.cdn.example"));
}

#[test]
fn certificate_dates_follow_the_faults() {
    let leaf = |text: &str| {
        let e = evidence(text);
        (e.tls[0].chain[0].not_before <= e.finished_at, e.finished_at <= e.tls[0].chain[0].not_after)
    };
    assert_eq!(leaf("tls = { faults = [\"expired\", \"wrong_host\"] }"), (true, false));
    assert_eq!(leaf("tls = { faults = [\"not_yet_valid\"] }"), (false, true));
    assert_eq!(leaf("tls = { not_after = \"2020-01-01T00:00:00Z\" }"), (true, false));
}

#[test]
fn a_faulty_certificate_says_what_its_faults_say() {
    let e = evidence("tls = { faults = [\"wrong_host\", \"self_signed\", \"weak_key\"] }");
    let leaf = &e.tls[0].chain[0];
    assert_eq!((leaf.names.as_slice(), leaf.key.as_str()), (&["www.other.example".to_owned()][..], "RSA-1024"));
    assert_eq!((&leaf.issuer, leaf.signature.as_str()), (&leaf.subject, "ecdsa-with-SHA256"));
}

#[test]
fn the_register_row_is_the_sample_except_where_the_case_differs() {
    let e = evidence(
        "site = { icp = \"\", status = \"已关停\", class = \"门户\", status_since = \"2020-03-01\", sponsor = \"测试市教育局\" }",
    );
    assert_eq!((e.site.icp.as_deref(), e.site.psb.is_some()), (None, true));
    assert_eq!((e.site.status, e.site.class), (SiteStatus::Closed, SiteClass::Portal));
    assert_eq!(e.site.status_since, Some(jiff::civil::date(2020, 3, 1)));
    assert_eq!(e.site.sponsor.name, "测试市教育局");
}

#[test]
fn a_bare_address_has_no_name_to_ask_for() {
    let e = case("site = { url = \"http://192.0.2.10:8080/\" }").evidence(&all());
    assert!(e.names.is_empty());
    assert_eq!(e.fetch(Purpose::OtherScheme).unwrap().asked(), "https://192.0.2.10:8080/");
    assert!(e.fetch(Purpose::Home).unwrap().answered().is_some());
}

#[test]
fn subjects_and_resolution_ends_are_refused_in_chinese() {
    let refused = |text: &str| toml::from_str::<Case>(&format!("name = \"x\"\nexpect = \"pass\"\n{text}")).unwrap_err();
    assert!(refused("subject = \"thing:icp\"").message().contains("“thing”不是检查对象的种类"));
    assert!(refused("dns = { status = \"gone\" }").message().contains("“gone”不是解析结果"));
    assert_eq!(
        case("subject = \"endpoint:www.test.gov.cn:443#expired\"").subject.unwrap().0.key,
        "www.test.gov.cn:443#expired"
    );
}

#[test]
fn the_same_case_gives_the_same_evidence() {
    let text = "redirects = [\"/a/\"]\ndns = { a = [\"192.0.2.9\"] }";
    assert_eq!(case(text).evidence(&all()), case(text).evidence(&all()));
}
