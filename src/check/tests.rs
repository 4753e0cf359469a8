//! Behaviour of the kinds over hand-made evidence.

use std::sync::Arc;

use super::kind::CheckKind;
use super::*;
use crate::evidence::page::{
    Badge, BadgeForm, CodeMark, CodeOrigin, Grade, Link, LinkGrade, LinkState, Marks, Meta, NumberKind, NumberMark,
    Opaque, PageFacts, Place, TextMark, Where,
};
use crate::evidence::{
    Cause, CertFacts, CertFault, DnsAnswer, DnsQuery, DnsStatus, Evidence, Failure, Fetch, Home, Hop, HopKind,
    NameLook, Operator, Purpose, Reason, RecordKind, SiteFacts, SiteProfile, Stage, TlsLook, ZoneLook,
};

const URL: &str = "https://www.test.gov.cn/";

/// A look under construction: everything a [`SiteFacts`] borrows.
struct Look {
    evidence: Evidence,
    home: Home,
    marks: Marks,
    undecided: Vec<Undetermined>,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn hop(url: &str) -> Hop {
    Hop { status: Some(200), ..Hop::new(url, HopKind::Start) }
}

fn page() -> PageFacts {
    PageFacts { url: URL.to_owned(), text: "要闻".to_owned(), ..PageFacts::default() }
}

fn look() -> Look {
    let profile = SiteProfile {
        id: "6199000001".to_owned(),
        url: URL.to_owned(),
        sponsor: Operator {
            name: "测试市人民政府办公室".to_owned(), aliases: vec!["测试市政府办".to_owned()]
        },
        icp: Some("陕ICP备05000001号".to_owned()),
        psb: Some("陕公网安备61990002000001号".to_owned()),
        site_code: Some("6199000001".to_owned()),
        hosts: vec!["www.test.gov.cn".to_owned()],
        ..SiteProfile::default()
    };
    let mut evidence = Evidence::new(profile, "test", 1, at(1_800_000_000));
    evidence.fetches.push(Fetch { purpose: Purpose::Home, hops: vec![hop(URL)], tries: 1 });
    Look { evidence, home: Home::Page(Arc::new(page())), marks: Marks::default(), undecided: Vec::new() }
}

impl Look {
    fn of(marks: Marks) -> Look {
        Look { marks, ..look() }
    }

    fn failed(stage: Stage, cause: Cause) -> Look {
        let mut look = look();
        look.end(stage, cause);
        look
    }

    fn end(&mut self, stage: Stage, cause: Cause) {
        self.home = Home::Failed(Failure::new(stage, cause, ""));
        let hops = &mut self.evidence.fetches[0].hops;
        let last = hops.last_mut().unwrap();
        (last.status, last.failure) = (None, Some(Failure::new(stage, cause, "")));
    }

    fn redirected(mut self, url: &str) -> Look {
        self.evidence.fetches[0].hops.push(Hop { kind: HopKind::Location, ..hop(url) });
        self
    }

    fn page(mut self, page: PageFacts) -> Look {
        self.home = Home::Page(Arc::new(page));
        self
    }

    fn undecided(mut self) -> Look {
        self.undecided.push(Undetermined::new(Reason::ScriptFooter, "/js/foot.js"));
        self
    }

    fn ask(&self, check: &str) -> Vec<Judgement> {
        let kind: CheckKind = toml::from_str(check).unwrap_or_else(|e| panic!("{check}: {e}"));
        kind.evaluate(&SiteFacts {
            evidence: &self.evidence,
            home: self.home.clone(),
            around: None,
            marks: self.marks.clone(),
            undecided: self.undecided.clone(),
            examined: Vec::new(),
            inner: Vec::new(),
            listed: Default::default(),
        })
    }

    /// The single answer as one word: `pass`, `fail`, `absent`, `script_footer`, …
    fn word(&self, check: &str) -> String {
        let answers = self.ask(check);
        assert_eq!(answers.len(), 1, "{answers:?}");
        word(&answers[0].outcome)
    }

    fn facts(&self, check: &str) -> Facts {
        match self.ask(check).remove(0).outcome {
            Outcome::Fail(violation) => violation.facts,
            other => panic!("{check}: {other:?}"),
        }
    }
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pass(_) => "pass".to_owned(),
        Outcome::Fail(_) => "fail".to_owned(),
        Outcome::Recovering(_) => "recovering".to_owned(),
        Outcome::NotApplicable(why) => format!("{why:?}"),
        Outcome::Undetermined(why) => why.reason.key(),
        Outcome::Error(text) => text.clone(),
    }
}

fn number(shown: &str) -> NumberMark {
    NumberMark {
        shown: shown.to_owned(),
        normalised: shown.to_owned(),
        kind: NumberKind::Filing,
        grade: Grade::Valid,
        at: Where::Text,
        visible: true,
        in_footer: true,
        link: LinkState { grade: LinkGrade::Right, href: "https://beian.miit.gov.cn/".to_owned() },
        place: Place::default(),
    }
}

fn icp(numbers: Vec<NumberMark>) -> Look {
    Look::of(Marks { icp: numbers, ..Marks::default() })
}

fn code(shown: &str, origin: CodeOrigin) -> CodeMark {
    CodeMark { shown: shown.to_owned(), origin, well_formed: true, visible: true, place: Place::default() }
}

const ICP_PRESENT: &str = "mark_present = { element = 'icp' }";
const ICP_MATCH: &str = "register_match = { field = 'icp' }";
const ICP_FORM: &str = "number_form = { element = 'icp', defect = 'malformed' }";

#[test]
fn a_missing_mark_fails_only_on_a_page_that_was_read_completely() {
    assert_eq!(look().word(ICP_PRESENT), "fail");
    assert_eq!(look().undecided().word(ICP_PRESENT), "script_footer");
    assert_eq!(icp(vec![number("陕ICP备05000001号")]).undecided().word(ICP_PRESENT), "pass");
    let mut blocked = look();
    blocked.home = Home::Blocked { family: "rs", status: 412 };
    assert_eq!(blocked.word(ICP_PRESENT), "blocked");
    assert_eq!(Look::failed(Stage::Tcp, Cause::TcpTimeout).word(ICP_PRESENT), "dependency");
    assert_eq!(Look::failed(Stage::Own, Cause::NoRoute).word(ICP_PRESENT), "self_offline");
}

#[test]
fn a_mark_in_a_comment_is_not_shown_and_one_in_a_script_may_be() {
    let hidden = |place| NumberMark { at: place, visible: false, ..number("陕ICP备05000001号") };
    let state = |look: &Look| look.facts(ICP_PRESENT)["state"].clone();
    assert_eq!(state(&icp(vec![hidden(Where::Comment)])), Fact::label("mark_state", "comment"));
    assert_eq!(state(&icp(vec![hidden(Where::Text)])), Fact::label("mark_state", "hidden"));
    assert_eq!(state(&look()), Fact::label("mark_state", "none"));
    assert_eq!(icp(vec![hidden(Where::Script)]).word(ICP_PRESENT), "script_footer");
}

#[test]
fn marks_of_another_sites_page_are_not_held_against_this_one() {
    let mut look = look().redirected("https://www.city.gov.cn/test/");
    look.evidence.site.neighbours = vec!["www.city.gov.cn".to_owned()];
    assert_eq!(look.word(ICP_PRESENT), "out_of_reach");
    let look = self::look().redirected("http://198.51.100.7/");
    assert_eq!(look.word(ICP_PRESENT), "fail", "a bare address is the site's own server");
}

#[test]
fn a_picture_counts_as_a_badge_only_where_the_rule_says_so() {
    let badge = |form, code: &str| Badge {
        form,
        href: String::new(),
        retired_host: false,
        code: code.to_owned(),
        visible: true,
        place: Place::default(),
    };
    let jiucuo = |b| Look::of(Marks { jiucuo: vec![b], ..Marks::default() });
    let strict = "mark_present = { element = 'jiucuo', accept_picture = false }";
    assert_eq!(jiucuo(badge(BadgeForm::PictureOnly, "")).word(strict), "fail");
    assert_eq!(jiucuo(badge(BadgeForm::PictureOnly, "")).undecided().word(strict), "script_footer");
    assert_eq!(
        jiucuo(badge(BadgeForm::PictureOnly, "6199000001")).word(strict),
        "pass",
        "a template a script completes"
    );
    let to = |href: &str| Badge { href: href.to_owned(), ..badge(BadgeForm::PictureOnly, "") };
    assert_eq!(["/images/jiucuo.png?v=1", "javascript:;", "#"].map(|h| jiucuo(to(h)).word(strict)), ["fail"; 3]);
    assert_eq!(jiucuo(to("/jiucuo.html")).word(strict), "pass", "what the click leads to was not seen");
    assert_eq!(jiucuo(badge(BadgeForm::PictureOnly, "")).word("mark_present = { element = 'jiucuo' }"), "pass");
    assert_eq!(jiucuo(badge(BadgeForm::Comment, "")).word(strict), "fail");
    let retired = "badge_form = { element = 'jiucuo', fault = 'retired_host' }";
    let old = Badge { retired_host: true, ..badge(BadgeForm::Script, "") };
    assert_eq!(jiucuo(old.clone()).word(retired), "fail");
    let both = Look::of(Marks { jiucuo: vec![old, badge(BadgeForm::Link, "")], ..Marks::default() });
    assert_eq!(both.word(retired), "pass");
    assert_eq!(look().word(retired), "Absent");
}

#[test]
fn the_subject_number_is_compared_and_any_matching_number_is_enough() {
    let outcome = |shown: &[&str]| icp(shown.iter().map(|s| number(s)).collect()).word(ICP_MATCH);
    assert_eq!(outcome(&["陕ICP备05000001号-17"]), "pass");
    assert_eq!(outcome(&["京ICP备10000002号", "陕ICP备05000001号"]), "pass");
    assert_eq!(outcome(&["陕ICP备05000002号-1"]), "fail");
    assert_eq!(outcome(&["冀ICP备05000001号"]), "fail");
    assert_eq!(outcome(&[]), "Absent");
    let mut sichuan = icp(vec![number("川ICP备13001288号")]);
    sichuan.evidence.site.icp = Some("蜀ICP备13001288号".to_owned());
    assert_eq!(sichuan.word(ICP_MATCH), "pass");
    sichuan.evidence.site.icp = None;
    assert_eq!(sichuan.word(ICP_MATCH), "NoExpectation");
    let elsewhere = NumberMark { in_footer: false, ..number("陕ICP备05000001号") };
    assert_eq!(icp(vec![elsewhere, number("京ICP备10000002号")]).word(ICP_MATCH), "pass");
}

#[test]
fn numbers_outside_the_footer_do_not_speak_for_a_page_with_a_footer() {
    let foreign = NumberMark { in_footer: false, ..number("京ICP备10000002号") };
    let bad =
        NumberMark { in_footer: false, kind: NumberKind::Malformed, grade: Grade::NotFiling, ..number("ICP备1号") };
    let look = icp(vec![foreign, bad.clone(), number("陕ICP备05000001号")]);
    assert_eq!(look.word(ICP_FORM), "pass");
    assert_eq!(icp(vec![bad.clone()]).word(ICP_FORM), "fail");
    let good = NumberMark { in_footer: false, ..number("陕ICP备05000001号") };
    assert_eq!(icp(vec![bad, good]).word(ICP_FORM), "pass");
}

#[test]
fn old_forms_and_licences_are_not_malformed() {
    let of = |kind, grade| NumberMark { kind, grade, ..number("京公网安备110105006181号") };
    let form = "number_form = { element = 'psb', defect = 'malformed' }";
    let psb = |m| Look::of(Marks { psb: vec![m], ..Marks::default() });
    assert_eq!(psb(of(NumberKind::Legacy, Grade::NotFiling)).word(form), "pass");
    assert_eq!(psb(of(NumberKind::Placeholder, Grade::NotFiling)).word(form), "fail");
    assert_eq!(psb(of(NumberKind::Filing, Grade::Impossible)).word(form), "fail");
    assert_eq!(psb(of(NumberKind::Filing, Grade::ProvinceConflict)).word(form), "pass");
    let worded = NumberMark {
        shown: "公安机关备案号：61990002000001".to_owned(),
        normalised: String::new(),
        ..of(NumberKind::Malformed, Grade::NotFiling)
    };
    assert_eq!(psb(worded.clone()).word(form), "pass", "whole digits under other words");
    assert_eq!(psb(worded).word("register_match = { field = 'psb' }"), "pass");
    let conflict = "number_form = { element = 'psb', defect = 'province_conflict' }";
    assert_eq!(psb(of(NumberKind::Filing, Grade::ProvinceConflict)).word(conflict), "fail");
    assert_eq!(icp(vec![of(NumberKind::Licence, Grade::NotFiling)]).word(ICP_FORM), "Absent");
}

#[test]
fn the_best_link_of_a_number_counts_and_only_one_link_rule_fails() {
    let rules = ["['none', 'dead']", "['wrong_host', 'wrong_service', 'code_differs']", "['retired']"];
    let fails = |grades: &[LinkGrade]| {
        let marks = grades
            .iter()
            .map(|g| NumberMark {
                link: LinkState { grade: *g, href: "x".to_owned() }, ..number("陕ICP备05000001号")
            });
        let look = icp(marks.collect());
        let failing =
            rules.iter().filter(|g| look.word(&format!("mark_link = {{ element = 'icp', grades = {g} }}")) == "fail");
        failing.copied().collect::<Vec<_>>()
    };
    assert_eq!(fails(&[LinkGrade::None]), [rules[0]]);
    assert_eq!(fails(&[LinkGrade::Dead, LinkGrade::WrongHost]), [rules[1]]);
    assert_eq!(fails(&[LinkGrade::WrongService, LinkGrade::Retired]), [rules[2]]);
    assert!(fails(&[LinkGrade::Right, LinkGrade::Retired, LinkGrade::None]).is_empty());
    assert!(fails(&[LinkGrade::NoCode]).is_empty());
}

#[test]
fn sponsors_are_compared_without_regard_to_blanks_width_and_short_forms() {
    let sponsor = |value: &str| {
        let mark = TextMark { value: value.to_owned(), visible: true, place: Place::default() };
        Look::of(Marks { sponsor: vec![mark], ..Marks::default() }).word("register_match = { field = 'sponsor' }")
    };
    assert_eq!(sponsor("测试市　人民政府 办公室"), "pass");
    assert_eq!(sponsor("测试市政府办"), "pass");
    assert_eq!(sponsor("人民政府办公室"), "pass");
    assert_eq!(sponsor("测试市人民政府办公室、测试市大数据中心"), "pass");
    assert_eq!(sponsor("测试市盐务管理局"), "fail");
    assert_eq!(sponsor("测试"), "fail", "too short to mean this unit");
}

#[test]
fn codes_on_one_page_must_agree_and_one_agreeing_with_the_register_is_no_mismatch() {
    let codes = |codes: Vec<CodeMark>| Look::of(Marks { codes, ..Marks::default() });
    let same = codes(vec![code("6199000001", CodeOrigin::Printed), code("6199000001", CodeOrigin::Meta)]);
    assert_eq!(same.word("code_agreement = {}"), "pass");
    let split = codes(vec![code("6199000001", CodeOrigin::Printed), code("5001070012", CodeOrigin::Jiucuo)]);
    assert_eq!(split.word("code_agreement = {}"), "fail");
    assert_eq!(split.facts("code_agreement = {}")["meta"], Fact::label("value", "unmarked"));
    assert_eq!(split.word("register_match = { field = 'site_code' }"), "pass");
    let other = codes(vec![code("5001070012", CodeOrigin::Printed)]);
    assert_eq!(other.word("register_match = { field = 'site_code' }"), "fail");
    let odd = CodeMark { well_formed: false, ..code("310000000044", CodeOrigin::Printed) };
    assert_eq!(codes(vec![odd.clone()]).word("number_form = { element = 'site_code', defect = 'malformed' }"), "fail");
    let beside = codes(vec![odd, code("6199000001", CodeOrigin::Printed)]);
    assert_eq!(beside.word("number_form = { element = 'site_code', defect = 'malformed' }"), "pass");
}

fn stages(look: &Look) -> [String; 4] {
    ["dns", "tcp", "tls", "http"].map(|s| look.word(&format!("reachable = {{ stage = '{s}' }}")))
}

#[test]
fn each_step_of_opening_a_page_is_judged_by_itself() {
    assert_eq!(stages(&look()), ["pass", "pass", "pass", "pass"]);
    let end = |stage, cause| stages(&Look::failed(stage, cause));
    assert_eq!(end(Stage::Dns, Cause::DnsNoSuchName), ["fail", "dependency", "dependency", "dependency"]);
    assert_eq!(end(Stage::Dns, Cause::DnsRefused)[0], "dns_local");
    assert_eq!(end(Stage::Dns, Cause::DnsPrivateAddress)[0], "private_network");
    assert_eq!(end(Stage::Tcp, Cause::TcpTimeout), ["pass", "fail", "dependency", "dependency"]);
    assert_eq!(end(Stage::Tls, Cause::TlsReset), ["pass", "pass", "fail", "dependency"]);
    assert_eq!(end(Stage::Tls, Cause::TlsNationalCrypto)[2], "national_crypto");
    assert_eq!(end(Stage::Tls, Cause::TlsClientCertificate)[2], "client_certificate");
    assert_eq!(end(Stage::Body, Cause::HttpTimeoutBody), ["pass", "pass", "pass", "fail"]);
    assert_eq!(end(Stage::Http, Cause::HttpTooLarge)[3], "dependency");
    assert_eq!(end(Stage::Own, Cause::NoRoute), ["self_offline"; 4]);
    assert_eq!(end(Stage::Http, Cause::BudgetSpent), ["budget"; 4]);
}

#[test]
fn a_handshake_refused_for_lack_of_a_shared_cipher_is_no_outage() {
    let mut look = look();
    look.home = Home::Failed(Failure::new(Stage::Tls, Cause::TlsAlert, "received fatal alert: HandshakeFailure"));
    assert_eq!(stages(&look)[2], "legacy_tls");
    look.home = Home::Failed(Failure::new(Stage::Tls, Cause::TlsAlert, "received fatal alert: UnrecognisedName"));
    assert_eq!(stages(&look)[2], "fail");
}

#[test]
fn refusals_are_no_outage_and_errors_of_the_site_are() {
    let status = |s| {
        let mut look = look();
        look.home = Home::ErrorStatus(s);
        stages(&look)
    };
    for (code, expected) in
        [(404, "fail"), (500, "fail"), (521, "fail"), (401, "login"), (403, "blocked"), (405, "blocked")]
    {
        assert_eq!(status(code), ["pass", "pass", "pass", expected], "{code}");
    }
    let mut blocked = look();
    blocked.home = Home::Blocked { family: "jsl", status: 521 };
    assert_eq!(stages(&blocked), ["pass", "pass", "pass", "blocked"]);
    let mut plain = look();
    plain.evidence.site.url = "http://www.test.gov.cn/".to_owned();
    plain.evidence.fetches[0].hops[0].url = "http://www.test.gov.cn/".to_owned();
    assert_eq!(stages(&plain)[2], "NoSuchThing");
}

#[test]
fn names_are_judged_by_what_the_register_says_and_where_a_visitor_ends() {
    let ask = |look: &Look, aspect: &str| {
        look.word(&format!("host_name = {{ aspect = '{aspect}', suffixes = ['gov.cn', 'xn--zfr164b'] }}"))
    };
    let all = |look: &Look| ["suffix", "ip", "port", "unlisted"].map(|a| ask(look, a));
    assert_eq!(all(&look()), ["pass"; 4]);
    assert_eq!(all(&look().redirected("https://test.gov.cn/")), ["pass"; 4]);
    assert_eq!(all(&look().redirected("https://m.www.test.gov.cn/")), ["pass"; 4]);
    assert_eq!(all(&look().redirected("https://new.test.gov.cn/")), ["pass", "pass", "pass", "fail"]);
    assert_eq!(all(&look().redirected("https://www.ceshi.com/")), ["fail", "pass", "pass", "fail"]);
    assert_eq!(all(&look().redirected("http://198.51.100.7/")), ["pass", "fail", "pass", "NoSuchThing"]);
    assert_eq!(all(&look().redirected("http://www.test.gov.cn:8080/")), ["pass", "pass", "fail", "pass"]);
    let registered = |url: &str| {
        let mut look = Look::failed(Stage::Tcp, Cause::TcpTimeout);
        look.evidence.site.url = url.to_owned();
        all(&look)
    };
    assert_eq!(registered("https://测试市.政务/")[0], "dependency", "a good name alone says nothing of where it ends");
    assert_eq!(registered("http://www.gov.cn.ceshi.com/")[0], "fail");
    assert_eq!(registered("http://xgov.cn/")[0], "fail");
    let mut beyond = look().redirected("https://www.ceshi.com/");
    beyond.end(Stage::Own, Cause::OutOfReach);
    assert_eq!(all(&beyond), ["out_of_reach", "out_of_reach", "out_of_reach", "fail"]);
    beyond.evidence.fetches[0].hops[1].kind = HopKind::Script;
    assert_eq!(all(&beyond), ["out_of_reach"; 4], "a script may jump for some visitors only");
}

#[test]
fn of_a_closed_site_at_most_one_remnant_is_reported() {
    let aspects =
        ["serving", "redirect_astray", "name_resolving", "rebuilding", "placeholder", "notice_without_target"];
    // The aspect that fails; empty when none does.
    let ask = |mut look: Look| {
        look.evidence.site.migrated_to = Some("https://www.city.gov.cn/zt/".to_owned());
        let answers = aspects.map(|a| (a, look.word(&format!("closed_site = {{ aspect = '{a}' }}"))));
        if answers.iter().all(|(_, word)| word == "dependency") {
            return vec!["dependency"];
        }
        answers.iter().filter(|(_, word)| word == "fail").map(|(a, _)| *a).collect()
    };
    let text = |text: &str| look().page(PageFacts { text: text.to_owned(), ..page() });
    assert_eq!(ask(look()), ["serving"]);
    assert_eq!(ask(text("网站升级改版中，已迁移至 www.city.gov.cn")), ["rebuilding"]);
    assert_eq!(ask(text("网站暂停服务")), ["rebuilding"]);
    assert_eq!(ask(text("本域名正在出售")), ["placeholder"]);
    assert!(ask(text("本网站已关停，请访问 www.city.gov.cn")).is_empty());
    let filing = "主办单位：某局 网站整合 https://beian.miit.gov.cn/";
    assert_eq!(ask(text(filing)), ["notice_without_target"], "the filing service is no destination");
    assert_eq!(ask(text("本网站已关停")), ["notice_without_target"]);
    assert!(ask(look().redirected("https://www.city.gov.cn/")).is_empty());
    assert_eq!(ask(look().redirected("https://test.gov.cn/new/")), ["serving"]);
    assert_eq!(ask(look().redirected("https://www.youxi.com/")), ["redirect_astray"]);
    assert!(ask(Look::failed(Stage::Dns, Cause::DnsNoSuchName)).is_empty());
    assert_eq!(ask(Look::failed(Stage::Tcp, Cause::TcpRefused)), ["name_resolving"]);
    assert_eq!(ask(Look::failed(Stage::Dns, Cause::DnsTimeout)), ["dependency"]);
    let mut beyond = look().redirected("https://www.youxi.com/");
    beyond.end(Stage::Own, Cause::OutOfReach);
    assert_eq!(ask(beyond), ["redirect_astray"]);
}

#[test]
fn a_notice_in_the_place_of_the_site_has_no_marks_to_miss() {
    let notice = look().page(PageFacts { text: "网站升级改版中".to_owned(), ..page() });
    assert_eq!(notice.word("page_text = { scope = 'page', pattern = '公网安备', expect = 'present' }"), "placeholder");
    assert_eq!(look().word("page_text = { scope = 'page', pattern = '公网安备', expect = 'present' }"), "fail");
}

fn tls(host: &str, faults: &[CertFault], not_after: Timestamp) -> TlsLook {
    let leaf = CertFacts {
        sha256: String::new(),
        subject: String::new(),
        issuer: "CN=Sample CA".to_owned(),
        serial: String::new(),
        not_before: at(0),
        not_after,
        names: vec![host.to_owned()],
        names_total: 1,
        key: "EC-P256".to_owned(),
        signature: String::new(),
        is_ca: false,
        der: None,
    };
    TlsLook {
        host: host.to_owned(),
        port: 443,
        address: String::new(),
        at: at(1_800_000_000),
        failure: None,
        protocol: None,
        cipher: None,
        group: None,
        alpn: None,
        chain: vec![leaf],
        faults: faults.to_vec(),
        missing_issuer: None,
        notes: Vec::new(),
        judged: true,
        elapsed_ms: 0,
    }
}

#[test]
fn every_fault_of_a_certificate_is_judged_by_its_own_rule() {
    let mut look = look();
    look.evidence.tls = vec![tls("www.test.gov.cn", &[CertFault::Expired, CertFault::WrongHost], at(1_700_000_000))];
    let ask = |look: &Look, fault: &str| look.word(&format!("certificate = {{ faults = ['{fault}'] }}"));
    assert_eq!(["expired", "wrong_host", "self_signed"].map(|f| ask(&look, f)), ["fail", "fail", "pass"]);
    let judged = look.ask("certificate = { faults = ['expired'] }");
    assert_eq!(judged[0].subject, Subject::endpoint("www.test.gov.cn", 443, "expired"));
    look.evidence.tls[0].judged = false;
    assert_eq!(ask(&look, "expired"), "parse");
}

#[test]
fn the_side_door_of_a_plain_site_has_no_certificate_to_judge() {
    let mut look = look();
    let plain = "http://www.test.gov.cn/";
    look.evidence.site.url = plain.to_owned();
    look.evidence.fetches[0].hops[0].url = plain.to_owned();
    look.evidence.tls = vec![tls("www.test.gov.cn", &[CertFault::WrongHost], at(1_900_000_000))];
    let check = "certificate = { faults = ['wrong_host'] }";
    assert_eq!(look.word(check), "NoSuchThing");
    let mut hop = hop(URL);
    hop.tls = Some(0);
    look.evidence.fetches[0].hops.push(hop);
    assert_eq!(look.word(check), "fail", "a visitor is sent there");
}

#[test]
fn days_left_are_counted_from_the_look() {
    let ask = |days: i64| {
        let mut look = look();
        look.evidence.tls = vec![tls("www.test.gov.cn", &[], at(1_800_000_000 + days * 86_400))];
        look.word("certificate_expiry = { days = 30 }")
    };
    assert_eq!([ask(29), ask(30), ask(0), ask(-1)], ["fail", "pass", "fail", "Absent"]);
}

fn name(host: &str, status: DnsStatus, records: &[(RecordKind, &str)]) -> NameLook {
    let answers = records.iter().map(|(kind, data)| DnsAnswer {
        name: host.to_owned(),
        kind: *kind,
        ttl: 60,
        data: (*data).to_owned(),
    });
    let query = |kind| DnsQuery {
        name: host.to_owned(),
        kind,
        server: None,
        status: status.clone(),
        answers: answers.clone().filter(|a| a.kind == kind || a.kind == RecordKind::Cname).collect(),
        elapsed_ms: 1,
    };
    NameLook { name: host.to_owned(), queries: vec![query(RecordKind::A), query(RecordKind::Aaaa)] }
}

#[test]
fn addresses_and_aliases_of_the_name_are_judged_by_what_was_answered() {
    let ask = |check: &str, status, records: &[(RecordKind, &str)]| {
        let mut look = look();
        look.evidence.names = vec![name("www.test.gov.cn", status, records)];
        look.word(check)
    };
    let (scope, alias) = ("address_scope = {}", "alias_target = {}");
    let (public, private) = ((RecordKind::A, "192.0.2.1"), (RecordKind::A, "10.0.0.1"));
    assert_eq!(ask(scope, DnsStatus::Answered, &[public]), "pass");
    assert_eq!(ask(scope, DnsStatus::Answered, &[public, private]), "fail");
    assert_eq!(ask(scope, DnsStatus::Answered, &[public, (RecordKind::Aaaa, "fe80::1")]), "fail");
    assert_eq!(ask(scope, DnsStatus::Answered, &[private]), "NoSuchThing", "the page came from inside that network");
    assert_eq!(ask(scope, DnsStatus::NoSuchName, &[]), "dependency");
    let cname = (RecordKind::Cname, "gone.example.com");
    assert_eq!(ask(alias, DnsStatus::NoSuchName, &[cname]), "fail");
    assert_eq!(ask(alias, DnsStatus::Answered, &[cname, public]), "pass");
    assert_eq!(ask(alias, DnsStatus::NoSuchName, &[]), "dependency");
    let aaaa = "dns_record = { record = 'AAAA', expect = 'present' }";
    assert_eq!(ask(aaaa, DnsStatus::Answered, &[public]), "fail");
    assert_eq!(ask(aaaa, DnsStatus::Answered, &[(RecordKind::Aaaa, "2001:db8::1")]), "pass");
    assert_eq!(ask(aaaa, DnsStatus::NoSuchName, &[]), "dependency");
    assert_eq!(look().word(aaaa), "not_looked");
}

#[test]
fn each_idle_name_has_its_own_answer() {
    let mut look = look();
    assert_eq!(look.word("idle_name = {}"), "NoSuchThing");
    look.evidence.site.idle = ["a.gov.cn", "b.gov.cn", "c.gov.cn"].map(str::to_owned).to_vec();
    look.evidence.names = vec![
        name("a.gov.cn", DnsStatus::Answered, &[(RecordKind::A, "192.0.2.1")]),
        name("b.gov.cn", DnsStatus::NoSuchName, &[]),
    ];
    let answers: Vec<_> =
        look.ask("idle_name = {}").iter().map(|j| (j.subject.key.clone(), word(&j.outcome))).collect();
    let expected = [("a.gov.cn", "fail"), ("b.gov.cn", "pass"), ("c.gov.cn", "not_looked")];
    assert_eq!(answers, expected.map(|(k, w)| (k.to_owned(), w.to_owned())));
}

#[test]
fn a_successor_is_called_dead_on_an_answer_and_not_on_a_hiccup() {
    let ask = |status: Option<u16>, failure: Option<(Stage, Cause)>| {
        let mut look = look();
        look.evidence.site.migrated_to = Some("https://www.city.gov.cn/".to_owned());
        let failure = failure.map(|(s, c)| Failure::new(s, c, ""));
        let hop = Hop { status, failure, ..hop("https://www.city.gov.cn/") };
        look.evidence.fetches.push(Fetch { purpose: Purpose::Successor, hops: vec![hop], tries: 1 });
        look.word("successor = {}")
    };
    assert_eq!(ask(Some(200), None), "pass");
    assert_eq!(ask(Some(404), None), "fail");
    assert_eq!(ask(Some(503), None), "dependency");
    assert_eq!(ask(Some(412), None), "blocked");
    assert_eq!(ask(None, Some((Stage::Dns, Cause::DnsNoSuchName))), "fail");
    assert_eq!(ask(None, Some((Stage::Tcp, Cause::TcpTimeout))), "dependency");
    assert_eq!(look().word("successor = {}"), "NoExpectation");
}

#[test]
fn encrypted_access_must_be_offered_and_led_to() {
    let plain = "http://www.test.gov.cn/";
    let ask = |home: &str, other: Result<&str, Cause>| {
        let mut look = look();
        look.evidence.site.url = home.to_owned();
        look.evidence.fetches[0].hops[0].url = home.to_owned();
        let asked = if home == URL { plain } else { URL };
        let mut hops = vec![hop(asked)];
        match other {
            Ok(end) if end != asked => hops.push(hop(end)),
            Ok(_) => {}
            Err(cause) => {
                let stage = if cause.key().starts_with("tcp") { Stage::Tcp } else { Stage::Tls };
                (hops[0].status, hops[0].failure) = (None, Some(Failure::new(stage, cause, "")));
            }
        }
        look.evidence.fetches.push(Fetch { purpose: Purpose::OtherScheme, hops, tries: 1 });
        ["missing", "plain_open"].map(|aspect| look.word(&format!("https = {{ aspect = '{aspect}' }}")))
    };
    assert_eq!(ask(URL, Ok(URL)), ["pass", "pass"]);
    assert_eq!(ask(URL, Ok(plain)), ["pass", "fail"]);
    assert_eq!(ask(URL, Err(Cause::TcpRefused)), ["pass", "pass"]);
    assert_eq!(ask(plain, Err(Cause::TcpRefused)), ["fail", "Absent"]);
    assert_eq!(ask(plain, Ok(URL)), ["pass", "fail"]);
    assert_eq!(ask(plain, Ok(plain)), ["fail", "Absent"], "https leads back to plain http");
    assert_eq!(ask(plain, Err(Cause::TlsNationalCrypto)), ["pass", "fail"]);
    assert_eq!(ask(plain, Err(Cause::TlsTimeout)), ["dependency", "dependency"]);
    assert_eq!(look().word("https = { aspect = 'plain_open' }"), "not_looked");
}

#[test]
fn the_default_certificate_of_a_platform_is_no_offer_of_https() {
    let plain = "http://www.test.gov.cn/";
    let mut look = look();
    look.evidence.site.url = plain.to_owned();
    look.evidence.fetches[0].hops[0].url = plain.to_owned();
    look.evidence.tls = vec![tls("www.test.gov.cn", &[CertFault::WrongHost], at(1_900_000_000))];
    let side = Hop { tls: Some(0), ..hop(URL) };
    look.evidence.fetches.push(Fetch { purpose: Purpose::OtherScheme, hops: vec![side], tries: 1 });
    assert_eq!(look.word("https = { aspect = 'plain_open' }"), "Absent");
    assert_eq!(look.word("https = { aspect = 'missing' }"), "fail");
}

#[test]
fn name_servers_are_counted_once_each() {
    let servers = |names: &[&str]| {
        let mut look = look();
        let query = |kind, data: &[&str]| DnsQuery {
            name: "test.gov.cn".to_owned(),
            kind,
            server: None,
            status: DnsStatus::Answered,
            answers: data
                .iter()
                .map(|d| DnsAnswer { name: "test.gov.cn".to_owned(), kind, ttl: 60, data: (*d).to_owned() })
                .collect(),
            elapsed_ms: 1,
        };
        look.evidence.zones.push(ZoneLook {
            zone: "test.gov.cn".to_owned(),
            ns: query(RecordKind::Ns, names),
            soa: query(RecordKind::Soa, &[]),
            authority: None,
        });
        look.word("name_servers = { at_least = 2 }")
    };
    assert_eq!(servers(&["ns1.test.gov.cn", "ns2.test.gov.cn"]), "pass");
    assert_eq!(servers(&["ns1.test.gov.cn", "ns1.test.gov.cn"]), "fail");
    assert_eq!(servers(&[]), "dependency");
    assert_eq!(look().word("name_servers = { at_least = 2 }"), "not_looked");
}

#[test]
fn rules_of_the_general_kinds_need_no_rust() {
    let link = |href: &str, hidden| Link {
        veil: None,
        href: href.to_owned(),
        url: Some(href.to_owned()),
        text: "年度报表".to_owned(),
        hidden,
        in_footer: true,
    };
    let meta = |name: &str, content: &str| Meta { name: name.to_owned(), content: content.to_owned() };
    let facts = PageFacts {
        text: "网站支持IPv6 备案 粤公网安备 5201314521号".to_owned(),
        title: "测试市人民政府".to_owned(),
        links: vec![link("https://www.test.gov.cn/bb.html", false), link("http://bet.example/", true)],
        metas: vec![meta("sitename", "测试市人民政府"), meta("SiteIDCode", ""), meta("SiteIDCode", "6199000002")],
        ..page()
    };
    let mut look = look().page(facts);
    look.evidence.fetches[0].hops[0].headers = vec![("server".to_owned(), "nginx/1.2".to_owned())];
    for (check, expected) in [
        ("page_text = { scope = 'page', pattern = '支持\\s*IPv6', expect = 'present' }", "pass"),
        ("page_text = { scope = 'title', pattern = '首页', expect = 'present' }", "fail"),
        ("page_text = { scope = 'page', pattern = '支持IPv6', expect = 'absent' }", "fail"),
        ("link = { scope = 'page', text = '年度报表', expect = 'present' }", "pass"),
        ("link = { scope = 'page', href = 'bet\\.', expect = 'present' }", "fail"),
        ("link = { scope = 'page', href = 'bet\\.', expect = 'absent' }", "fail"),
        ("meta = { names = ['SiteName'], expect = 'non_empty' }", "pass"),
        ("meta = { names = ['SiteName', 'SiteDomain'], expect = 'present' }", "fail"),
        ("meta = { names = ['SiteIDCode'], expect = 'site_code' }", "fail"),
        ("meta = { names = ['SiteDomain'], expect = 'pattern', pattern = '^[a-z.]+$' }", "Absent"),
        ("header = { name = 'Server', pattern = '\\d', expect = 'absent' }", "fail"),
        ("header = { name = 'X-Powered-By', expect = 'absent' }", "pass"),
        ("number_pattern = { scope = 'page', find = '公网安备\\s*(\\d+)', form = '\\d{14}' }", "fail"),
        ("number_pattern = { scope = 'page', find = '标识码\\s*(\\d+)', form = '\\d{10}' }", "Absent"),
    ] {
        assert_eq!(look.word(check), expected, "{check}");
    }
    let look = look.undecided();
    for check in [
        "page_text = { scope = 'page', pattern = '没有的字', expect = 'absent' }",
        "link = { scope = 'page', href = 'nowhere', expect = 'present' }",
        "number_pattern = { scope = 'page', find = '标识码\\s*(\\d+)', form = '\\d{10}' }",
    ] {
        assert_eq!(look.word(check), "script_footer", "{check}");
    }
    let shell = PageFacts { opaque: vec![Opaque { source: "/app.js".to_owned(), why: "shell" }], ..page() };
    let shell = self::look().page(shell);
    assert_eq!(shell.word("meta = { names = ['SiteName'], expect = 'non_empty' }"), "script_footer");
}

#[test]
fn unknown_parameters_are_refused() {
    for check in [
        "code_agreement = { x = 1 }",
        "mark_present = { element = 'icp', grade = 1 }",
        "reachable = {}",
        "nothing = {}",
    ] {
        assert!(toml::from_str::<CheckKind>(check).is_err(), "{check}");
    }
}

#[test]
fn every_kind_supplies_exactly_the_facts_it_declares() {
    let failing = [
        (look(), ICP_PRESENT),
        (icp(vec![number("陕ICP备06000001号")]), ICP_MATCH),
        (look().redirected("https://www.ceshi.com/"), "host_name = { aspect = 'unlisted' }"),
        (Look::failed(Stage::Tcp, Cause::TcpRefused), "reachable = { stage = 'tcp' }"),
        (look(), "closed_site = { aspect = 'serving' }"),
    ];
    for (look, check) in failing {
        let kind: CheckKind = toml::from_str(check).unwrap();
        let mut declared = kind.fact_names().to_vec();
        declared.sort_unstable();
        assert_eq!(look.facts(check).keys().map(String::as_str).collect::<Vec<_>>(), declared, "{check}");
    }
}

#[test]
fn the_home_page_alone_does_not_take_back_what_a_walk_found() {
    use crate::evidence::walk::WalkEnd;
    use crate::evidence::{Walk, WalkPlan};

    let hidden = "[hidden_link]";
    let mut look = look();
    assert_eq!(look.word(hidden), "NotPlanned");
    let mut walk = Walk::new(WalkPlan::default());
    walk.short = Some(WalkEnd::Time);
    look.evidence.walk = Some(walk.clone());
    assert_eq!(look.word(hidden), "budget");
    walk.short = None;
    look.evidence.walk = Some(walk);
    assert_eq!(look.word(hidden), "pass");
}

#[test]
fn dead_links_beyond_those_listed_are_not_in_order() {
    use crate::evidence::walk::{LinkPart, Tally};
    use crate::evidence::{Walk, WalkPlan};

    let mut walk = Walk::new(WalkPlan::default());
    walk.calm = true;
    walk.tally.insert(LinkPart::Internal, Tally { good: 20, listed: 3, unasked: 0 });
    let mut look = look();
    look.evidence.walk = Some(walk);
    assert_eq!(look.word("[dead_link]\npart = \"internal\""), "budget");
}
