use super::super::fixtures::{at, labels};
use super::*;

fn summary(end: RunEnd) -> RunSummary {
    RunSummary {
        run: "01J9Z".to_owned(),
        kind: "patrol".to_owned(),
        started_at: at("2020-05-05T18:00:00Z"),
        seconds: 754,
        end,
        planned: 54,
        covered: 51,
        undetermined: 3,
        reasons: [("blocked".to_owned(), 1), ("budget".to_owned(), 2)].into(),
        undetermined_sites: vec!["甲网".to_owned(), "乙网".to_owned(), "丙网".to_owned()],
        movements: Movements {
            suspected: 6,
            opened: 2,
            still_there: 9,
            awaiting_review: 3,
            closed: 1,
            ..Movements::default()
        },
        examples: vec![("甲局网站".to_owned(), "首页未标注ICP备案编号".to_owned())],
        canaries: Some(Canaries { opening: 3, closing: Some(3), total: 3 }),
        unsolved: 37,
        suspects: 4,
        files: vec![],
        notes: vec!["上次巡查中途被结束".to_owned()],
        next: vec!["xunjian problems list".to_owned()],
    }
}

#[test]
fn applied_run_prints_coverage_movements_and_the_next_step() {
    assert_eq!(
        run(&summary(RunEnd::Applied), &labels()),
        "巡查 01J9Z  开始 2020-05-06 02:00  用时 12分34秒\n\
         \x20 参照点：开始时 3/3 正常，结束时 3/3 正常\n\
         \x20 应查 54  已查 51  无法判定 3\n\
         \x20   无法判定原因：检查时限用尽 2；被防护设备拦截 1\n\
         \x20   涉及：甲网、乙网、丙网\n\
         新增疑似 6  列入清单 2  仍存在 9  复查未再发现 3（转待复核）  销号 1  反弹 0\n\
         \x20 · 甲局网站：首页未标注ICP备案编号\n\
         清单现有：未销号 37，疑似 4\n\
         注意：上次巡查中途被结束\n\
         下一步：xunjian problems list\n"
    );
}

#[test]
fn void_run_prints_no_result_at_all() {
    let text = run(&summary(RunEnd::Void), &labels());
    assert!(text.contains("\n本机网络故障，本次巡查作废\n"));
    for absent in ["新增疑似", "列入清单", "应查", "未销号"] {
        assert!(!text.contains(absent), "{absent}");
    }
}

#[test]
fn held_run_names_rule_direction_and_share_and_counts_no_movement() {
    let hold = Hold {
        rule: "expired-certificate".to_owned(),
        rule_title: "证书过期".to_owned(),
        changed: 31,
        judged: 54,
        to_fail: true,
        allowed: 10,
        why: Why::Flips,
        sites: (1..=7).map(|n| format!("第{n}局")).collect(),
    };
    let text = run(&summary(RunEnd::Held(hold)), &labels());
    assert!(text.contains("！熔断：规则 expired-certificate（证书过期）将使 31/54 个站点由“通过”变“不通过”，超过一次巡查允许的 10 个。"), "{text}");
    assert!(text.contains("第1局、第2局、第3局、第4局、第5局等7个"));
    assert!(text.contains("清单未变：未销号 37") && !text.contains("列入清单"));
}

#[test]
fn interrupted_run_says_that_the_rest_is_not_judged() {
    let text = run(&summary(RunEnd::Partial), &labels());
    assert!(text.contains("其余站点本次不作结论") && text.contains("列入清单 2"));
}
