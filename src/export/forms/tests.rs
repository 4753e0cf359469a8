use jiff::civil::date;
use proptest::prelude::*;

use super::super::fixtures::{at, is_well_formed, labels, problem};
use super::super::paper::{Block, Paper, Table};
use super::super::{docx, html, xlsx};
use super::*;
use crate::ledger::view::{HandlingView, Stage};

pub(in super::super) fn issuer() -> Issuer {
    Issuer {
        office: "洛水市人民政府办公室".to_owned(),
        contact_person: "李明".to_owned(),
        contact_phone: "0912-3456789".to_owned(),
        date: date(2020, 8, 3),
        code: "7QF3-91KD-02XM@18204".to_owned(),
    }
}

pub(in super::super) fn event(kind: &str, actor: &str, when: &str, reason: &str) -> EventView {
    EventView {
        seq: 1,
        at: at(when),
        actor: actor.to_owned(),
        kind: kind.to_owned(),
        from: None,
        to: None,
        reason: reason.to_owned(),
        run: None,
        handling: None,
    }
}

/// One row of every stage, with the history of each.
pub(in super::super) fn ledger() -> (Vec<ProblemView>, Histories) {
    let staged = |n, stage| ProblemView { stage, issued_at: Some(at("2020-05-07T01:00:00Z")), ..problem(n) };
    let closed = |n, when: &str| ProblemView {
        closed_at: Some(at(when)),
        original_due: Some(at("2020-07-31T16:00:00Z")),
        ..staged(n, Stage::Closed)
    };
    let rows = vec![
        staged(1, Stage::Open),
        staged(2, Stage::Rectifying),
        ProblemView { claimed_at: Some(at("2020-07-20T02:00:00Z")), ..staged(3, Stage::AwaitingReview) },
        staged(4, Stage::Deferred),
        closed(5, "2020-08-02T02:00:00Z"),
        closed(6, "2020-07-01T02:00:00Z"),
    ];
    let deferred = HandlingView {
        measure: None,
        assignee: None,
        until: Some(at("2020-12-31T16:00:00Z")),
        approver: Some("王主任".to_owned()),
        document: Some("洛政办函〔2020〕9号".to_owned()),
        plan: Some("9月完成迁移，12月注销域名".to_owned()),
        ground: None,
        attachments: Vec::new(),
    };
    let histories = Histories::from([
        (rows[2].id.clone(), vec![event("claimed", "张三", "2020-07-20T02:00:00Z", "已在全部模板补齐备案编号")]),
        (
            rows[3].id.clone(),
            vec![EventView {
                handling: Some(deferred),
                ..event("deferred", "王主任", "2020-07-21T02:00:00Z", "等待上级平台统一改造")
            }],
        ),
        (rows[4].id.clone(), vec![event("closed", "李四", "2020-08-02T02:00:00Z", "人工访问，已补齐")]),
        (rows[5].id.clone(), vec![event("closed", "machine", "2020-07-01T02:00:00Z", "")]),
    ]);
    (rows, histories)
}

pub(in super::super) fn every() -> Vec<(&'static str, Paper)> {
    let (rows, histories) = ledger();
    let labels = labels();
    let unclear = Unclear {
        site: "6108000009".to_owned(),
        name: "洛水市水利局网站".to_owned(),
        unit: "洛水市水利局".to_owned(),
        reasons: vec!["blocked".to_owned()],
        since: at("2020-07-30T18:00:00Z"),
    };
    let excerpt = Excerpt {
        url: rows[0].site_url.clone(),
        selector: "footer > p".to_owned(),
        pieces: vec![("主办：".to_owned(), false), ("洛水市第1局".to_owned(), true), ("　技术支持".to_owned(), false)],
        footer: false,
    };
    let stored =
        Stored { address: "9f86".repeat(16), at: Some(at("2020-05-05T18:13:00Z")), vantage: "本机".to_owned() };
    let events = vec![
        event("opened", "machine", "2020-05-05T18:30:00Z", ""),
        event("issued", "李四", "2020-05-07T01:00:00Z", ""),
    ];
    let case = Dossier { problem: rows[0].clone(), events, excerpts: vec![excerpt], stored: vec![stored] };
    vec![
        ("notice", notices(&issuer(), &rows).unwrap()),
        ("review", reviews(&issuer(), &rows, &histories, &labels).unwrap()),
        ("deferral", deferrals(&issuer(), &rows, &histories, false).unwrap()),
        ("closing", closings(&issuer(), &rows, &histories)),
        ("undetermined", undetermined(&issuer(), &[unclear], Some(at("2020-08-02T18:00:00Z")), &labels)),
        ("dossier", dossier(&issuer(), &case, &labels)),
    ]
}

fn tables(paper: &Paper) -> Vec<&Table> {
    paper.blocks.iter().filter_map(|b| if let Block::Table(t) = b { Some(t) } else { None }).collect()
}

fn document(paper: &Paper) -> String {
    use std::io::Read;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(docx::build_paper(paper).unwrap())).unwrap();
    let mut text = String::new();
    zip.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_unit_gets_one_notice_with_the_rows_it_has_to_mend() {
    let (mut rows, _) = ledger();
    rows[1].unit_id = rows[0].unit_id.clone();
    let paper = notices(&issuer(), &rows).unwrap();
    let tables = tables(&paper);
    assert_eq!(tables.len(), 3, "the notice, the return slip and who filled it in");
    assert_eq!(tables[0].rows.len(), 2);
    assert!(tables[0].rows[1].cells[1].contains("610800-2020-00002"));
    assert!(!paper.draft);
    (rows[0].issued_at, rows[0].measure_confirmed) = (None, false);
    assert!(notices(&issuer(), &rows).unwrap().draft, "a suggestion that nobody confirmed");
    assert_eq!(notices(&issuer(), &rows[2..]), None);
}

#[test]
fn only_rows_in_review_are_reviewed_and_the_claim_is_quoted() {
    let (rows, histories) = ledger();
    let paper = reviews(&issuer(), &rows, &histories, &labels()).unwrap();
    let text = document(&paper);
    assert!(text.contains("610800-2020-00003") && !text.contains("610800-2020-00001"));
    assert!(text.contains("已在全部模板补齐备案编号") && text.contains("2020年7月20日　张三"));
}

#[test]
fn struck_off_rows_stand_in_order_with_their_ground_and_whether_in_time() {
    let (rows, histories) = ledger();
    let paper = closings(&issuer(), &rows, &histories);
    let lines = &tables(&paper)[0].rows;
    let cells: Vec<_> = lines.iter().map(|r| (r.cells[1].as_str(), r.cells[7].as_str(), r.cells[8].as_str())).collect();
    assert_eq!(
        cells,
        [
            ("610800-2020-00006", "2020年\n7月1日\n（按期）", "巡查连续复查通过"),
            ("610800-2020-00005", "2020年\n8月2日\n（逾期）", "李四复核：人工访问，已补齐"),
        ]
    );
    let note = |paper: &Paper| {
        paper.blocks.iter().any(|b| matches!(b, Block::Note(n) if n.contains("已销号2个，其中按期1个；未销号4个")))
    };
    assert!(note(&paper));
}

#[test]
fn what_was_decided_about_a_deferral_is_printed_and_the_rest_left_to_be_written() {
    let (rows, histories) = ledger();
    let text = document(&deferrals(&issuer(), &rows, &histories, false).unwrap());
    for words in ["等待上级平台统一改造", "2020年12月31日前", "王主任", "洛政办函〔2020〕9号", "9月完成迁移"]
    {
        assert!(text.contains(words), "{words}");
    }
    let asked = document(&deferrals(&issuer(), &rows[..1], &histories, true).unwrap());
    assert!(asked.contains("610800-2020-00001") && asked.contains("监管单位意见"));
}

#[test]
fn an_empty_list_of_undetermined_sites_speaks_only_after_a_patrol() {
    let said = |looked| html::build(&undetermined(&issuer(), &[], looked, &labels()));
    assert!(said(Some(at("2020-08-02T18:00:00Z"))).contains("本次巡查没有无法判定的网站"));
    assert!(said(None).contains("尚未完成巡查，不作结论"));
}

#[test]
fn the_span_is_marked_within_the_page_it_stands_in() {
    use crate::check::Location;
    use crate::evidence::{Body, Evidence, Fetch, Hop, HopKind, Purpose};
    let page = "<html><body><p>前面的话</p><footer>版权所有 <b>某公司</b> 京ICP备0号</footer></body></html>";
    let mut evidence: Evidence = {
        let site = crate::evidence::SiteProfile { url: "https://a.gov.cn/".to_owned(), ..Default::default() };
        Evidence::new(site, "本机", 1, at("2020-05-05T18:13:00Z"))
    };
    let mut hop = Hop::new("https://a.gov.cn/", HopKind::Start);
    hop.status = Some(200);
    hop.body = Some(Body { bytes: page.as_bytes().into(), ..Body::default() });
    evidence.fetches.push(Fetch { purpose: Purpose::Home, hops: vec![hop], tries: 1 });
    let there = Location::at("https://a.gov.cn/").quote("某公司");
    let missing = Location::at("https://a.gov.cn/");
    let elsewhere = Location::at("tls:a.gov.cn:443").quote("CN=a");
    let all = excerpts(&[there, missing, elsewhere], Some(&evidence));
    let marked = |e: &Excerpt| e.pieces.iter().filter(|p| p.1).map(|p| p.0.clone()).collect::<String>();
    assert_eq!(marked(&all[0]), "某公司");
    assert!(all[0].pieces[0].0.contains("版权所有") && all[0].pieces[2].0.contains("京ICP备0号"), "{:?}", all[0]);
    assert!(all[1].footer && all[1].pieces[0].0.contains("版权所有"), "{:?}", all[1]);
    assert_eq!(marked(&all[2]), "CN=a");
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    for ((name, paper), (_, again)) in every().iter().zip(every()) {
        assert!(docx::build_paper(paper).unwrap() == docx::build_paper(&again).unwrap(), "{name}");
        assert!(xlsx::build_paper(paper).unwrap() == xlsx::build_paper(&again).unwrap(), "{name}");
        assert_eq!(html::build(paper), html::build(&again), "{name}");
    }
}

#[test]
fn tables_fill_the_body_and_every_row_fits_its_columns() {
    for (name, paper) in every() {
        for table in tables(&paper) {
            let total: f64 = table.columns.iter().map(|c| c.mm).sum();
            assert_eq!(total, paper.layout.body_mm(), "{name}");
            assert!(table.rows.iter().all(|r| r.cells.len() <= table.columns.len()), "{name}");
        }
    }
}

fn hostile(said: &str) -> Vec<Paper> {
    let (mut rows, mut histories) = ledger();
    for row in &mut rows {
        row.text = said.to_owned();
        row.measure = said.to_owned();
        row.site_name = said.to_owned();
        row.unit = said.to_owned();
        row.basis = said.to_owned();
        row.rule_title = said.to_owned();
    }
    for event in histories.values_mut().flatten() {
        event.reason = said.to_owned();
        event.actor = said.to_owned();
    }
    let case = Dossier {
        problem: rows[0].clone(),
        events: histories.values().flatten().cloned().collect(),
        excerpts: vec![Excerpt {
            url: said.to_owned(),
            selector: said.to_owned(),
            pieces: vec![(said.to_owned(), true)],
            footer: false,
        }],
        stored: Vec::new(),
    };
    vec![
        notices(&issuer(), &rows).unwrap(),
        reviews(&issuer(), &rows, &histories, &labels()).unwrap(),
        deferrals(&issuer(), &rows, &histories, false).unwrap(),
        closings(&issuer(), &rows, &histories),
        dossier(&issuer(), &case, &labels()),
    ]
}

fn is_safe(paper: &Paper) {
    assert!(is_well_formed(&document(paper)), "{}", paper.name);
    let page = html::build(paper);
    let body = page.split_once("<body>").unwrap().1;
    for piece in body.split('<').skip(1) {
        let tag: String = piece.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let known = [
            "p", "h1", "h2", "h3", "table", "colgroup", "col", "thead", "tbody", "tr", "th", "td", "br", "span", "mark",
        ];
        assert!(
            known.contains(&tag.as_str()) || ["div", "blockquote", "body", "html"].contains(&tag.as_str()),
            "{tag}"
        );
    }
    if let Some(bytes) = xlsx::build_paper(paper).unwrap() {
        use calamine::{Reader, Xlsx};
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        for sheet in book.sheet_names() {
            assert!(book.worksheet_formula(&sheet).unwrap().used_cells().next().is_none());
        }
    }
}

#[test]
fn known_bad_texts_go_through_every_form() {
    let long = "首页长时间未更新。".repeat(334);
    for said in [
        "洛水市\n教育局\r\n网站🏛️😀",
        &long,
        "𠮷野家与㙍村",
        "=HYPERLINK(\"http://a\")",
        "<script>alert(1)</script><b>&amp;",
        "洛水市行政审批服务局政务服务管理办公室公共资源交易中心门户网站及其所属各分中心网站群统一入口",
        "",
    ] {
        hostile(said).iter().for_each(is_safe);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_text_goes_through_every_form(said in "[=+@<]{0,2}(\\PC|\\u{0}|\\u{b}|\\u{fffe}|\\u{202e}){0,40}") {
        hostile(&said).iter().for_each(is_safe);
    }
}
