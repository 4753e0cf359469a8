use std::sync::Arc;

use super::*;
use crate::evidence::{Evidence, Fetch, Hop, HopKind, Purpose, SiteProfile};

const URL: &str = "https://www.test.gov.cn/";

fn hop(url: &str, body: &str) -> Hop {
    Hop { status: Some(200), body: Some(body_of(body)), ..Hop::new(url, HopKind::Start) }
}

fn body_of(text: &str) -> Body {
    Body { wire: text.as_bytes().to_vec(), encoding: String::new(), cut: false, bytes: Arc::from(text.as_bytes()) }
}

/// A shell whose one script `script` was read, and what a browser made of it.
fn look(script: &str, dom: &str, shortfalls: &[ShortfallKind]) -> Evidence {
    let site = SiteProfile { url: URL.to_owned(), ..SiteProfile::default() };
    let mut evidence = Evidence::new(site, "test", 1, Timestamp::UNIX_EPOCH);
    let shell = "<html><body><div id=app></div><script src=/js/foot.js></script>";
    evidence.fetches.push(Fetch { purpose: Purpose::Home, hops: vec![hop(URL, shell)], tries: 1 });
    let address = "https://www.test.gov.cn/js/foot.js";
    evidence.fetches.push(Fetch { purpose: Purpose::Script, hops: vec![hop(address, script)], tries: 1 });
    evidence.rendered = Some(Rendered {
        page: URL.to_owned(),
        url: URL.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        elapsed_ms: 1,
        browser: "test".to_owned(),
        dom: Some(body_of(&format!("<html><body><p>要闻</p><div class=foot>{dom}</div></body></html>"))),
        picture: None,
        shortfalls: shortfalls.iter().map(|kind| Shortfall { kind: *kind, detail: String::new() }).collect(),
        served: 1,
        fetched: 0,
        refused: Vec::new(),
    });
    evidence
}

const OPEN: &str = "mount(decode(window.x))";
const ICP: &str = "陕ICP备05000001号-1";

#[test]
fn a_page_shown_to_its_end_decides_both_ways() {
    let evidence = look(OPEN, ICP, &[]);
    let facts = SiteFacts::of(&evidence);
    assert!(facts.undecided.is_empty(), "{:?}", facts.undecided);
    assert_eq!(facts.marks.icp[0].place.source, Source::Rendered);
    let Home::Page(page) = &facts.home else { panic!() };
    assert!(page.text.contains("要闻") && page.footer.contains(ICP), "what is shown can be read like the page's own");

    let evidence = look(OPEN, "主办：甲局", &[]);
    let facts = SiteFacts::of(&evidence);
    assert!(facts.undecided.is_empty() && facts.marks.icp.is_empty() && !facts.marks.sponsor.is_empty());
}

#[test]
fn what_was_left_open_stays_undecided_and_what_was_shown_counts() {
    for kind in [ShortfallKind::Timeout, ShortfallKind::Unanswered, ShortfallKind::DomCut, ShortfallKind::ScriptError] {
        let evidence = look(OPEN, ICP, &[kind]);
        let facts = SiteFacts::of(&evidence);
        assert_eq!((facts.undecided.len(), facts.marks.icp.len()), (1, 1), "{kind:?}");
    }
}

#[test]
fn a_page_that_leads_elsewhere_a_block_page_and_another_page_are_not_read() {
    let unread = |evidence: &Evidence| {
        let facts = SiteFacts::of(evidence);
        facts.marks.icp.is_empty() && !facts.undecided.is_empty()
    };
    assert!(unread(&look(OPEN, ICP, &[ShortfallKind::Left])));
    let mut other = look(OPEN, ICP, &[]);
    other.rendered.as_mut().unwrap().page = "https://www.test.gov.cn/other".to_owned();
    assert!(unread(&other));
    let mut nothing = look(OPEN, ICP, &[]);
    nothing.rendered.as_mut().unwrap().dom = None;
    assert!(unread(&nothing));
    // A window without a word shows no page that lacks something.
    let mut blank = look(OPEN, "", &[]);
    blank.rendered.as_mut().unwrap().dom = Some(body_of("<html><body></body></html>"));
    assert!(unread(&blank));
}

#[test]
fn a_browser_that_does_not_show_what_the_scripts_say_decides_nothing() {
    let script = format!("document.write('<p>{ICP}</p>');{OPEN};document.write(later(1))");
    let facts_of = |dom: &str| {
        let evidence = look(&script, dom, &[]);
        let facts = SiteFacts::of(&evidence);
        (facts.undecided.len(), facts.marks.icp.iter().map(|m| m.shown.clone()).collect::<Vec<_>>())
    };
    let (undecided, numbers) = facts_of("主办：甲局");
    assert!(undecided > 0 && numbers == [ICP], "{undecided} {numbers:?}");
    // Once it shows a number, that one speaks and not whatever else the script holds.
    let (undecided, numbers) = facts_of("陕ICP备05000002号");
    assert_eq!((undecided, numbers), (0, vec!["陕ICP备05000002号".to_owned()]));
}

#[test]
fn what_a_style_sheet_hides_is_not_shown() {
    let judged = |shortfalls: &[ShortfallKind], dom: &str| {
        let mut evidence = look(OPEN, dom, shortfalls);
        evidence.fetches[0].hops[0].body = Some(body_of(&format!(
            "<html><body><div id=app></div><div class='foot c'>{ICP}</div><script src=/js/foot.js></script>"
        )));
        SiteFacts::of(&evidence).marks.icp.iter().map(|m| m.visible).collect::<Vec<_>>()
    };
    let hidden = format!("<div class=c hidden>{ICP}</div>");
    assert_eq!(judged(&[], &hidden), [false, false]);
    assert_eq!(judged(&[ShortfallKind::Timeout], &hidden), [true, false], "an unfinished page hides nothing for good");
    assert!(judged(&[], &format!("{hidden}<div>{ICP}</div>"))[0]);
    assert_eq!(judged(&[], "主办：甲局"), [true], "what a script took away is another matter");
}

#[test]
fn a_badge_whose_script_was_called_for_is_there() {
    let mut evidence = look(OPEN, ICP, &[]);
    let refused = |url: &str| Refusal { url: url.to_owned(), why: RefusalKind::OutOfReach };
    evidence.rendered.as_mut().unwrap().refused = vec![
        refused("https://dcs.conac.cn/js/05/107/0000/41468768/CA051070000414687680001.js"),
        refused("https://zfwzgl.www.gov.cn/exposure/jiucuo.js"),
        refused("https://hm.baidu.com/hm.js?1"),
    ];
    let facts = SiteFacts::of(&evidence);
    assert_eq!((facts.marks.conac.len(), facts.marks.jiucuo.len()), (1, 1), "{:?}", facts.marks);
    assert!(facts.marks.conac[0].visible && facts.marks.jiucuo[0].visible);
}

#[test]
fn a_look_without_a_rendering_reads_and_writes_as_before() {
    let mut evidence = look(OPEN, ICP, &[]);
    evidence.rendered = None;
    let line = crate::evidence::format::to_line(&evidence);
    assert!(!line.contains("rendered"), "{line}");
    assert_eq!(crate::evidence::format::from_line(&line, 1, 100_000).unwrap().rendered, None);
}
