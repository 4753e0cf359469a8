use serde_json::{Value, json};

use super::super::fixtures::{at, problem};
use super::*;
use crate::ledger::view::Stage;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn list_is_an_object_with_a_version_and_the_figures_of_the_ledger() {
    let totals = Totals { unsolved: 37, suspected: 4, undetermined: 1, closed: 2 };
    let list = parsed(&problems(&[problem(1)], totals).unwrap());
    assert_eq!(list["v"], 1);
    assert_eq!(list["totals"], json!({"listed": 1, "unsolved": 37, "suspected": 4, "undetermined": 1, "closed": 2}));
    assert_eq!(
        list["problems"][0],
        json!({
            "id": "01J9ZPROBLEM00001",
            "number": "610800-2020-00001",
            "site": {"id": "6108000001", "name": "榆林市第1局网站", "url": "https://dept1.example.gov.cn/"},
            "unit": {"id": "unit-1", "name": "榆林市第1局", "level": "municipal"},
            "rule": {"id": "icp-missing", "title": "首页未标注ICP备案编号", "severity": "general", "key_point": 3},
            "stage": "open",
            "text": problem(1).text,
            "measure": problem(1).measure,
            "basis": problem(1).basis,
            "locations": [{"url": "https://dept1.example.gov.cn/", "selector": "", "excerpt": "版权所有 榆林市"}],
            "first_seen": "2020-05-05T18:13:00Z",
            "last_seen": "2020-05-11T18:13:00Z",
            "last_checked": "2020-05-11T18:13:00Z",
            "evidence_state": "still_there",
            "undetermined": null,
            "opened_at": "2020-05-05T18:30:00Z",
            "due": "2020-07-31T16:00:00Z",
            "due_provisional": false,
            "clock": "normal",
            "closed_at": null,
            "reopened": 0,
            "returned": 0,
            "evidence": problem(1).evidence,
            "source": "patrol",
            "measure_confirmed": true,
            "assignee": null,
            "issued_at": null,
            "batch": null,
            "taken_at": null,
            "promised": null,
            "claimed_at": null,
            "ground": null,
            "dismissed_until": null,
            "original_due": null,
            "extended": 0,
            "attachments": [],
        })
    );
}

#[test]
fn lines_name_their_version_and_type_first() {
    let text = problem_lines(&[problem(1), problem(2)], Totals::default()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with(r#"{"v":1,"type":"problem","id":"#));
    assert!(lines[2].starts_with(r#"{"v":1,"type":"totals","listed":2,"#));
}

#[test]
fn suspected_problems_have_no_number_and_say_why_they_are_undetermined() {
    let mut suspected = problem(1);
    suspected.number.clear();
    suspected.undetermined = Some(("blocked".to_owned(), at("2020-05-10T18:00:00Z")));
    let list = parsed(&problems(&[suspected], Totals::default()).unwrap());
    assert_eq!(list["problems"][0].get("number"), None);
    assert_eq!(list["problems"][0]["undetermined"], json!({"reason": "blocked", "since": "2020-05-10T18:00:00Z"}));
}

#[test]
fn events_and_runs_carry_language_neutral_keys() {
    let event = EventView {
        seq: 7,
        at: at("2020-05-05T18:30:00Z"),
        actor: "machine".to_owned(),
        kind: "problem.opened".to_owned(),
        from: None,
        to: Some(Stage::AwaitingReview),
        reason: String::new(),
        run: Some("01J9Z".to_owned()),
        handling: None,
    };
    let line = event_lines(std::slice::from_ref(&event)).unwrap();
    assert_eq!(
        parsed(&line),
        json!({"v": 1, "type": "event", "seq": 7, "at": "2020-05-05T18:30:00Z", "actor": "machine",
            "kind": "problem.opened", "from": null, "to": "awaiting_review", "reason": "", "run": "01J9Z"})
    );
    assert_eq!(parsed(&dossier(&problem(1), &[event]).unwrap())["events"][0]["seq"], 7);
    let run = RunView {
        id: "01J9Z".to_owned(),
        kind: "patrol".to_owned(),
        started_at: at("2020-05-05T18:00:00Z"),
        finished_at: None,
        state: "held".to_owned(),
        planned: 54,
        covered: 53,
        undetermined: 1,
        note: String::new(),
    };
    let all = parsed(&runs(std::slice::from_ref(&run)).unwrap());
    assert_eq!((&all["v"], &all["runs"][0]["state"]), (&json!(1), &json!("held")));
    assert!(run_lines(&[run]).unwrap().starts_with(r#"{"v":1,"type":"run","id":"01J9Z""#));
}
