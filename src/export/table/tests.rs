use proptest::prelude::*;

use super::super::Totals;
use super::super::fixtures::{at, labels, problem};
use super::super::text::width;
use super::*;
use crate::ledger::view::{Clockface, EventView, ProblemView, RunView, Stage, UnclearView};

fn totals() -> Totals {
    Totals { unsolved: 37, suspected: 4, undetermined: 1, closed: 0 }
}

#[test]
fn list_has_the_columns_of_the_office_and_ends_with_the_figures() {
    let mut red = problem(1);
    red.site_name = "府谷县政府门户网".to_owned();
    red.clock = Clockface::Red;
    red.rule_title = "未标ICP备案编号".to_owned();
    let shown = problems(&[red], totals(), &labels(), 80);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "编号              站点         问题                阶段   时限       证据     色");
    assert!(
        lines[1].starts_with("610800-2020-00001 府谷县政府门 未标ICP备案编号     待整改 2020-07-31 仍存在   红"),
        "{shown}"
    );
    assert_eq!(lines[2].trim(), "户网");
    assert_eq!(lines[3], "共 1 条（未销号总数 37；疑似 4；无法判定 1）");
}

#[test]
fn empty_list_says_so_and_still_prints_the_figures() {
    let shown = problems(&[], totals(), &labels(), 80);
    assert_eq!(shown, "没有符合条件的问题。\n共 0 条（未销号总数 37；疑似 4；无法判定 1）\n");
}

#[test]
fn undetermined_wins_over_what_was_last_determined() {
    let mut blocked = problem(1);
    blocked.undetermined = Some(("blocked".to_owned(), at("2020-05-10T18:00:00Z")));
    assert!(problems(&[blocked.clone()], totals(), &labels(), 80).contains("无法判定 －"));
    let page = problem_page(&blocked, &[]);
    assert!(page.contains("机器判定  无法判定：被防护设备拦截（2020-05-11 02:00起）"), "{page}");
    let joined: String = page.split_whitespace().collect();
    assert!(joined.contains("无法判定不作为已整改的依据"));
}

fn problem_page(shown: &ProblemView, history: &[EventView]) -> String {
    super::problem(shown, history, &labels(), 80)
}

#[test]
fn page_shows_facts_history_and_the_next_step() {
    let opened = EventView {
        seq: 3,
        at: at("2020-05-05T18:30:00Z"),
        actor: "machine".to_owned(),
        kind: "stage".to_owned(),
        from: Some(Stage::Suspected),
        to: Some(Stage::Open),
        reason: String::new(),
        run: Some("01J9Z".to_owned()),
        handling: None,
    };
    let page = problem_page(&problem(1), &[opened]);
    for expected in [
        "编号      610800-2020-00001\n",
        "站点      榆林市第1局网站（6108000001）\n",
        "阶段      待整改；2020-05-06 02:30列入\n",
        "整改时限  2020年7月31日前；正常\n",
        "发现位置  https://dept1.example.gov.cn/\n          原文：“版权所有 榆林市”\n",
        "办理经过  2020-05-06 02:30  系统  疑似→待整改（巡查 01J9Z）\n",
        "下一步    由主办单位按时限整改；",
    ] {
        assert!(page.contains(expected), "{expected}\n---\n{page}");
    }
}

#[test]
fn every_stage_has_its_own_next_step() {
    use Stage::*;
    let steps: std::collections::BTreeSet<String> =
        [Suspected, Unconfirmed, Open, Rectifying, AwaitingReview, Closed, Deferred, Dismissed]
            .into_iter()
            .map(|stage| problem_page(&ProblemView { stage, ..problem(1) }, &[]))
            .map(|page| page[page.find("下一步").unwrap()..].to_owned())
            .collect();
    assert_eq!(steps.len(), 8);
}

#[test]
fn runs_are_listed_with_coverage_and_official_states() {
    let run = RunView {
        id: "01J9ZXK3M8Q4V5T6W7Y8A9BCDE".to_owned(),
        kind: "patrol".to_owned(),
        started_at: at("2020-05-05T18:00:00Z"),
        finished_at: None,
        state: "held".to_owned(),
        planned: 54,
        covered: 53,
        undetermined: 1,
        note: "规则 expired-certificate".to_owned(),
    };
    let list = runs(std::slice::from_ref(&run), &labels(), 80);
    assert!(list.contains("01J9ZXK3M8Q4V5T6W7Y8A9BCDE 巡查 2020-05-06 02:00 已熔断待放"), "{list}");
    let unclear = UnclearView {
        site: "6108000009".to_owned(),
        name: "某市教育局".to_owned(),
        reasons: vec!["blocked".to_owned(), "budget".to_owned()],
    };
    let page = super::run(&run, &[unclear], &labels(), 80);
    assert!(page.contains("无法判定  某市教育局：被防护设备拦截；"), "{page}");
    assert!(page.contains("状态      已熔断待放行\n") && page.contains("下一步    熔断待放行："), "{page}");
}

proptest! {
    #[test]
    fn no_line_is_wider_than_the_terminal(
        said in any::<String>(), title in "\\PC{0,60}", name in "[\u{4e00}-\u{9fff}a-z/.:]{0,60}", columns in 80usize..160,
    ) {
        let hostile = ProblemView { text: said, rule_title: title, site_name: name, ..problem(1) };
        for shown in [problems(std::slice::from_ref(&hostile), totals(), &labels(), columns), super::problem(&hostile, &[], &labels(), columns)] {
            for line in shown.lines() {
                prop_assert!(width(line) <= columns, "{} {line:?}", width(line));
                prop_assert!(line.chars().all(|c| !c.is_control()));
            }
        }
    }
}
