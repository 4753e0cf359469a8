//! Steps of people: what each allows, what it leaves, and that the figures still add up.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::guards::reason;
use super::world::{World, manual, rule, suspect};
use crate::inspect::Finding;
use crate::ledger::view::{Attachment, Ground, Source};
use crate::ledger::{
    Balance, By, Clockface, Deed, LedgerError, NewEntry, RegisterFact, RegisterSaid, SiteSnapshot, Stage,
};
use crate::rule::Severity;

const NUMBER: &str = "610800-2020-00001";

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// A real file in the world's evidence store would need a folder; the ledger itself only keeps the address.
fn paper() -> Vec<Attachment> {
    vec![Attachment { sha256: "0".repeat(64), name: "工单.pdf".to_owned(), bytes: 3 }]
}

fn claim() -> Deed {
    Deed::Claim { attachments: Vec::new() }
}

fn close() -> Deed {
    Deed::Close { attachments: Vec::new() }
}

fn take(measure: Option<&str>) -> Deed {
    Deed::Take { measure: measure.map(str::to_owned), by: None, assignee: Some("李四".to_owned()) }
}

fn defer(until: &str) -> Deed {
    Deed::Defer {
        until: day(until),
        approver: "王局长".to_owned(),
        plan: "随平台迁移一并解决".to_owned(),
        document: None,
    }
}

fn dismiss(ground: Ground, until: &str) -> Deed {
    Deed::Dismiss { ground, until: day(until), document: None, target: None, attachments: Vec::new() }
}

async fn opened() -> World {
    let world = World::new(vec![rule("r")], &["a"]).await;
    world.night(&[("a", "F")]).await;
    world
}

async fn stage(world: &World) -> Stage {
    world.ledger.problem(NUMBER).await.expect("row").0.stage
}

async fn whole_balance(world: &World) -> Balance {
    let now = world.clock.now();
    let balances = world.ledger.balances(jiff::Timestamp::UNIX_EPOCH, now + 1.hour()).await.expect("balances");
    let sum = Balance::sum(balances.values());
    assert!(balances.values().all(Balance::adds_up) && sum.adds_up(), "{balances:?}");
    sum
}

#[tokio::test]
async fn a_row_goes_from_issue_to_struck_off() {
    let world = opened().await;
    let before = world.ledger.problem(NUMBER).await.expect("row").0;
    world.hours(24 * 3);
    world.act(NUMBER, Deed::Issue, "下发", "张三").await.expect("issued");
    let row = world.ledger.problem(NUMBER).await.expect("row").0;
    assert!(row.due > before.due, "the time limit runs from issue");
    assert_eq!((row.original_due, row.issued_at), (row.due, Some(world.clock.now())));
    assert!(reason(world.act(NUMBER, Deed::Issue, "再发", "张三").await).contains("已经下发"));

    world.act(NUMBER, take(None), "认领", "李四").await.expect("taken");
    let row = world.ledger.problem(NUMBER).await.expect("row").0;
    assert_eq!((row.stage, row.measure.as_str(), row.measure_confirmed), (Stage::Rectifying, "请整改", true));
    world.hours(1);
    world.act(NUMBER, claim(), "已修复", "李四").await.expect("claimed");
    assert!(reason(world.act(NUMBER, close(), "好", "张三").await).contains("仍存在"));
    world.hours(1);
    world.night(&[("a", "P")]).await;
    assert_eq!(stage(&world).await, Stage::AwaitingReview);
    world.act(NUMBER, close(), "复核通过", "张三").await.expect("closed");
    assert_eq!(stage(&world).await, Stage::Closed);
    assert_eq!(whole_balance(&world).await, Balance { new: 1, closed: 1, ..Balance::default() });
    world.sound().await;
}

#[tokio::test]
async fn a_pass_from_before_the_claim_does_not_support_striking_off() {
    let world = World::new(vec![manual("r")], &["a"]).await;
    world.night(&[("a", "F")]).await;
    world.hours(24);
    world.night(&[("a", "P")]).await;
    world.act(NUMBER, Deed::SendBack, "现场未改", "张三").await.expect("returned");
    world.hours(2);
    world.act(NUMBER, claim(), "已改", "李四").await.expect("claimed");
    let refusal = reason(world.act(NUMBER, close(), "好", "张三").await);
    assert!(refusal.contains("申请复核后尚无通过的复查"), "{refusal}");
    world.hours(1);
    world.night(&[("a", "P")]).await;
    world.act(NUMBER, close(), "好", "张三").await.expect("closed");
    world.sound().await;
}

#[tokio::test]
async fn a_failure_seen_before_the_claim_and_brought_later_returns_nothing() {
    let world = opened().await;
    world.hours(5);
    let seen = world.clock.now();
    world.hours(1);
    world.act(NUMBER, claim(), "已改", "李四").await.expect("claimed");
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let digests = world.digests(&[("a", "F")], seen).await;
    world.apply(&run, digests).await.expect("late");
    assert_eq!(stage(&world).await, Stage::AwaitingReview);
    world.hours(1);
    world.night(&[("a", "F")]).await;
    let row = world.ledger.problem(NUMBER).await.expect("row").0;
    assert_eq!((row.stage, row.returned, row.claimed_at), (Stage::Open, 1, None));
    world.sound().await;
}

#[tokio::test]
async fn deferring_needs_an_approver_and_ends_by_itself() {
    let world = opened().await;
    let nobody = Deed::Defer { until: day("2020-05-01"), approver: " ".into(), plan: "计划".into(), document: None };
    assert!(reason(world.act(NUMBER, nobody, "等平台", "张三").await).contains("批准人"));
    assert!(reason(world.act(NUMBER, defer("2020-03-01"), "等平台", "张三").await).contains("已经过去"));
    world.act(NUMBER, defer("2020-04-01"), "等平台", "张三").await.expect("deferred");
    let row = world.ledger.problem(NUMBER).await.expect("row").0;
    assert_eq!((row.stage, row.stage.is_unsolved()), (Stage::Deferred, true));
    assert_eq!(row.due, Some(crate::clock::end_of(day("2020-04-01"))));
    world.hours(24 * 29);
    assert_eq!(world.ledger.tick(&world.calendar).await.expect("tick"), 0);
    world.hours(24 * 2);
    assert_eq!(world.ledger.tick(&world.calendar).await.expect("tick"), 1);
    assert_eq!(world.ledger.tick(&world.calendar).await.expect("tick"), 0, "the same moment twice");
    let row = world.ledger.problem(NUMBER).await.expect("row").0;
    assert_eq!((row.stage, row.clock), (Stage::Rectifying, Clockface::Red));
    world.sound().await;
}

#[tokio::test]
async fn each_ground_of_dismissal_wants_its_proof() {
    let world = opened().await;
    let refused = [
        (dismiss(Ground::FalseAlarm, "2020-06-01"), "材料"),
        (dismiss(Ground::Permitted, "2020-06-01"), "文号"),
        (dismiss(Ground::Duplicate, "2020-06-01"), "与哪一条重复"),
        (dismiss(Ground::OutOfScope, "2021-06-01"), "365"),
    ];
    for (deed, word) in refused {
        let why = reason(world.act(NUMBER, deed, "核实", "张三").await);
        assert!(why.contains(word), "{why}");
    }
    let twin = Deed::Dismiss {
        ground: Ground::Duplicate,
        until: day("2020-06-01"),
        document: None,
        target: Some(NUMBER.to_owned()),
        attachments: Vec::new(),
    };
    assert!(reason(world.act(NUMBER, twin, "重复", "张三").await).contains("自己"));
    // Every refusal is on record, and none of them moved anything.
    let events = world.stage_events().await;
    assert_eq!(events.iter().filter(|kind| *kind == "refused").count(), 5);
    assert_eq!(stage(&world).await, Stage::Open);
    world.sound().await;
}

#[tokio::test]
async fn a_dismissed_row_stays_off_the_list_until_its_end_and_comes_back_when_seen_failing() {
    let world = opened().await;
    world.act(NUMBER, dismiss(Ground::OutOfScope, "2020-04-01"), "内部系统", "张三").await.expect("dismissed");
    world.hours(24);
    world.night(&[("a", "F")]).await;
    assert_eq!((stage(&world).await, world.all().await.len()), (Stage::Dismissed, 1));
    world.hours(24 * 30);
    assert_eq!(world.ledger.tick(&world.calendar).await.expect("tick"), 0, "only a failure brings it back");
    world.night(&[("a", "U")]).await;
    assert_eq!(stage(&world).await, Stage::Dismissed);
    let applied = world.night(&[("a", "F")]).await;
    assert_eq!((stage(&world).await, applied.reopened), (Stage::Open, 1));
    let expected = Balance { new: 1, removed: 1, restored: 1, closing: 1, ..Balance::default() };
    assert_eq!(whole_balance(&world).await, expected);
    world.sound().await;
}

#[tokio::test]
async fn a_suspicion_dismissed_and_restored_gets_its_number_then() {
    let world = World::new(vec![suspect("r")], &["a"]).await;
    world.night(&[("a", "F")]).await;
    let id = world.all().await[0].id.clone();
    world.act(&id, dismiss(Ground::SiteClosed, "2020-06-01"), "已关停", "张三").await.expect("dismissed");
    assert_eq!(whole_balance(&world).await, Balance::default(), "what had no number is outside");
    let done = world.act(&id, Deed::Restore, "弄错了", "张三").await.expect("restored");
    assert_eq!((done.problem.as_str(), done.to), (NUMBER, Stage::Open));
    assert_eq!(whole_balance(&world).await, Balance { new: 1, closing: 1, ..Balance::default() });
    world.sound().await;
}

#[tokio::test]
async fn a_step_can_be_taken_back_the_same_day_only() {
    let world = opened().await;
    let before = world.all().await;
    assert!(reason(world.act(NUMBER, Deed::Undo, "误点", "张三").await).contains("机器"));
    world.act(NUMBER, take(Some("更换证书")), "认领", "李四").await.expect("taken");
    world.act(NUMBER, Deed::Undo, "误点", "张三").await.expect("undone");
    assert_eq!(world.all().await, before);
    assert!(reason(world.act(NUMBER, Deed::Undo, "再撤", "张三").await).contains("已经撤销"));
    world.act(NUMBER, dismiss(Ground::OutOfScope, "2020-06-01"), "不属", "张三").await.expect("dismissed");
    world.hours(24);
    assert!(reason(world.act(NUMBER, Deed::Undo, "误点", "张三").await).contains("当天"));
    world.act(NUMBER, Deed::Restore, "弄错了", "张三").await.expect("restored");
    world.act(NUMBER, Deed::Undo, "还是不列", "张三").await.expect("undone");
    assert_eq!(stage(&world).await, Stage::Dismissed);
    whole_balance(&world).await;
    world.sound().await;
}

#[tokio::test]
async fn a_number_is_never_taken_back() {
    let world = World::new(vec![suspect("r")], &["a"]).await;
    world.night(&[("a", "F")]).await;
    let id = world.all().await[0].id.clone();
    world.act(&id, Deed::Confirm, "属实", "张三").await.expect("confirmed");
    assert!(reason(world.act(NUMBER, Deed::Undo, "误点", "张三").await).contains("编号不收回"));
}

#[tokio::test]
async fn many_rows_are_moved_all_or_none() {
    let world = World::new(vec![rule("r")], &["a", "b"]).await;
    world.night(&[("a", "F"), ("b", "F")]).await;
    let second = "610800-2020-00002";
    world.act(second, claim(), "已改", "李四").await.expect("claimed");
    let both = [NUMBER.to_owned(), second.to_owned()];
    let by = By { actor: "张三", reason: "下发" };
    let calendar = &world.calendar;
    let preview = world.ledger.act(&both[..1], &Deed::Issue, by, calendar, true).await.expect("preview");
    assert_eq!(preview.len(), 1);
    let refused = world.ledger.act(&both, &Deed::Issue, by, calendar, false).await;
    assert!(matches!(refused, Err(LedgerError::Refused { ref number, .. }) if number == second), "{refused:?}");
    let rows = world.all().await;
    assert!(rows.iter().all(|row| row.issued_at.is_none()), "none was issued");
    world.sound().await;
}

#[tokio::test]
async fn suspicions_that_do_not_return_within_thirty_days_end() {
    let world = World::new(vec![suspect("r")], &["a"]).await;
    world.night(&[("a", "F")]).await;
    world.hours(24 * 29);
    assert_eq!(world.ledger.tick(&world.calendar).await.expect("tick"), 0);
    world.hours(24);
    assert_eq!(world.ledger.tick(&world.calendar).await.expect("tick"), 1);
    assert_eq!(world.all().await[0].stage, Stage::Unconfirmed);
    world.sound().await;
}

fn entry(source: Source, key: &str, text: &str) -> NewEntry {
    NewEntry {
        source,
        key: vec![key.to_owned()],
        subject: SiteSnapshot {
            name: "市工信局".to_owned(),
            unit: "市工信局".to_owned(),
            unit_id: "gxj".to_owned(),
            unit_level: "municipal".to_owned(),
            region: "610800".to_owned(),
            ..SiteSnapshot::default()
        },
        key_point: 9,
        severity: Severity::General,
        title: "经费未列入预算".to_owned(),
        finding: Finding {
            text: text.to_owned(),
            measure: "列入年度预算".to_owned(),
            basis: "《通知》第九条".to_owned(),
            locations: Vec::new(),
        },
        due: Some(day("2020-07-31")),
        attachments: Vec::new(),
        seen: super::world::START.parse().expect("a moment"),
    }
}

#[tokio::test]
async fn an_entry_of_above_is_listed_once_and_closed_by_a_person_with_proof() {
    let world = World::new(vec![rule("r")], &["a"]).await;
    let by = By { actor: "张三", reason: "省通报" };
    let said = [entry(Source::Above, "陕政办通〔2020〕3号-7", "网站运维经费未列入2020年部门预算。")];
    let first = world.ledger.enter(&said, by, &world.calendar, false).await.expect("entered");
    let again = world.ledger.enter(&said, by, &world.calendar, false).await.expect("known");
    assert_eq!((first[0].known, again[0].known, &first[0].number), (false, true, &again[0].number));
    assert_eq!(first[0].due, Some(crate::clock::end_of(day("2020-07-31"))));
    let rows = world.all().await;
    assert_eq!((rows.len(), rows[0].key_point, rows[0].text.as_str()), (1, 9, "网站运维经费未列入2020年部门预算。"));

    // No patrol touches it.
    world.hours(24);
    world.night(&[("a", "P")]).await;
    assert!(reason(world.act(NUMBER, claim(), "已列入", "李四").await).contains("佐证材料"));
    let proof = Deed::Claim { attachments: paper() };
    world.act(NUMBER, proof, "已列入", "李四").await.expect("claimed");
    world.act(NUMBER, close(), "属实", "张三").await.expect("closed");
    assert_eq!(whole_balance(&world).await, Balance { new: 1, closed: 1, ..Balance::default() });
    let report = world.ledger.verify().await.expect("verify");
    assert!(report.faults.iter().all(|fault| fault.contains("证据文件缺失")), "{:?}", report.faults);
    world.ledger.rebuild().await.expect("rebuilt");
    assert_eq!(world.all().await[0].stage, Stage::Closed);
}

#[tokio::test]
async fn extensions_keep_the_first_limit_and_are_counted() {
    let world = opened().await;
    let first = world.ledger.problem(NUMBER).await.expect("row").0;
    let early = Deed::Extend { until: day("2020-03-05") };
    assert!(reason(world.act(NUMBER, early, "来不及", "张三").await).contains("不晚于"));
    world.act(NUMBER, Deed::Extend { until: day("2020-05-30") }, "采购周期", "张三").await.expect("extended");
    let row = world.ledger.problem(NUMBER).await.expect("row").0;
    assert_eq!((row.extended, row.original_due), (1, first.due));
    assert_eq!(row.due, Some(crate::clock::end_of(day("2020-05-30"))));
    world.sound().await;
}

#[tokio::test]
async fn what_the_register_shows_opens_goes_to_review_and_comes_back() {
    let world = World::new(vec![rule("r")], &["a"]).await;
    let fact = |holds: bool, seen: jiff::Timestamp| {
        let entry =
            NewEntry {
                source: Source::Register, due: None, seen, ..entry(Source::Register, "silent", "23天未更新。")
            };
        [RegisterFact { entry, holds }]
    };
    let say = async |holds: bool, seen| {
        world.ledger.register_says(&fact(holds, seen), &world.calendar, false).await.expect("said")
    };
    let now = || world.clock.now();
    assert_eq!(say(false, now()).await, RegisterSaid::default(), "nothing to mend");
    assert_eq!(say(true, now()).await.opened, [NUMBER]);
    assert_eq!(say(true, now()).await, RegisterSaid::default(), "the same sheet twice");
    // What nobody looked at is not among the facts: nothing moves.
    world.ledger.register_says(&[], &world.calendar, false).await.expect("said");
    assert_eq!(stage(&world).await, Stage::Open);
    world.hours(24);
    assert_eq!(say(false, now()).await.awaiting_review, [NUMBER]);
    world.hours(24);
    assert_eq!(say(true, now()).await.returned, [NUMBER]);
    world.hours(24);
    say(false, now()).await;
    world.act(NUMBER, close(), "已更新", "张三").await.expect("closed on what the register shows");
    world.hours(24);
    assert_eq!(say(true, now()).await.reopened, [NUMBER]);
    // A unit's claim is not proved by an older sheet, nor taken back by one.
    let old = now();
    world.hours(1);
    let proof = Deed::Claim { attachments: paper() };
    world.act(NUMBER, proof, "已更新", "李四").await.expect("claimed");
    assert_eq!(say(true, old).await, RegisterSaid::default());
    let sum = whole_balance(&world).await;
    assert_eq!(sum, Balance { new: 1, closed: 1, relapsed: 1, closing: 1, ..Balance::default() });
}

#[tokio::test]
async fn what_the_machine_cannot_tell_after_the_claim_a_person_settles_by_papers() {
    for silent in ["U", "N", "E"] {
        let world = opened().await;
        world.hours(24);
        let unpapered = Deed::Claim { attachments: Vec::new() };
        world.act(NUMBER, unpapered, "已改，机器复查", "李四").await.expect("claimed");
        // Not looked at since: papers alone do not do.
        assert!(reason(world.act(NUMBER, papers(), "好", "张三").await).contains("仍存在"), "{silent}");
        world.hours(24);
        world.night(&[("a", silent)]).await;
        assert!(reason(world.act(NUMBER, close(), "好", "张三").await).contains("佐证材料"), "{silent}");
        world.act(NUMBER, papers(), "现场核实", "张三").await.expect("closed by papers");
        assert_eq!(stage(&world).await, Stage::Closed);
        // Should the machine see it after all, the number comes back.
        world.hours(24);
        world.night(&[("a", "F")]).await;
        assert_eq!(stage(&world).await, Stage::Open);
    }
    // A failure seen after the claim stands in the way, whatever came after it.
    let world = opened().await;
    world.hours(1);
    world.act(NUMBER, claim(), "已改", "李四").await.expect("claimed");
    world.hours(24);
    world.night(&[("a", "F")]).await;
    world.act(NUMBER, claim(), "又改", "李四").await.expect("claimed");
    world.hours(24);
    world.night(&[("a", "F")]).await;
    assert!(world.act(NUMBER, papers(), "好", "张三").await.is_err());
}

fn papers() -> Deed {
    let photo = Attachment { sha256: "0".repeat(64), name: "照片.jpg".to_owned(), bytes: 1 };
    Deed::Close { attachments: vec![photo] }
}
