//! The store of visits: nothing twice, nothing lost before its time, nothing read that was never written.

use jiff::SignedDuration;
use jiff::civil::Date;
use proptest::prelude::*;

use super::world::{START, clock};
use crate::evidence::{Cause, Reason, Visit, VisitDay, VisitEnd};
use crate::ledger::{Ledger, NewVisits};

fn visit(minute: u32, end: VisitEnd) -> Visit {
    let at = START.parse::<jiff::Timestamp>().expect("a moment") + SignedDuration::from_mins(i64::from(minute));
    Visit { at, end, ms: minute }
}

/// Visits of one site, as they would be handed in, one by one.
fn days(visits: &[Visit]) -> Vec<(String, VisitDay)> {
    let day = |v: &Visit| VisitDay { vantage: "office".to_owned(), day: v.day(), visits: vec![v.clone()] };
    visits.iter().map(|v| ("a".to_owned(), day(v))).collect()
}

async fn all(ledger: &Ledger) -> Vec<Visit> {
    let sites = ledger.visits(Date::MIN, Date::MAX, None).await.expect("visits");
    sites.into_values().flatten().flat_map(|d| d.visits).collect()
}

fn end() -> impl Strategy<Value = VisitEnd> {
    prop_oneof![
        Just(VisitEnd::Opened),
        Just(VisitEnd::Blocked("ruishu")),
        (100u16..1000).prop_map(VisitEnd::Status),
        Just(VisitEnd::Failed(Cause::TcpTimeout)),
        Just(VisitEnd::Unseen(Reason::SelfOffline)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_portions_visits_come_each_is_kept_once(
        minutes in proptest::collection::btree_map(0u32..5000, end(), 0..60),
        cut in 0usize..60,
    ) {
        let visits: Vec<Visit> = minutes.into_iter().map(|(minute, end)| visit(minute, end)).collect();
        let run = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        run.block_on(async {
            let ledger = Ledger::in_memory(clock()).await;
            let (early, late) = visits.split_at(cut.min(visits.len()));
            let new = ledger.add_visits(days(late), false).await.expect("stored");
            prop_assert_eq!((new.added, new.known), (late.len(), 0));
            let new = ledger.add_visits(days(&visits), false).await.expect("stored");
            prop_assert_eq!((new.added, new.known), (early.len(), late.len()));
            prop_assert_eq!(new.sites.get("a"), early.first().map(|v| &v.at));
            prop_assert_eq!(all(&ledger).await, visits);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn after_ninety_days_only_the_figures_are_left_and_nothing_is_added_to_them() {
    let clock = clock();
    let ledger = Ledger::in_memory(clock.clone()).await;
    let visits = [visit(0, VisitEnd::Opened), visit(60, VisitEnd::Status(502)), visit(300, VisitEnd::Opened)];
    ledger.add_visits(days(&visits), false).await.expect("stored");
    clock.advance(SignedDuration::from_hours(24 * 90));
    assert_eq!(ledger.roll_up_visits().await.expect("rolled"), 0);
    clock.advance(SignedDuration::from_hours(24));
    assert_eq!(ledger.roll_up_visits().await.expect("rolled"), 1, "the first of the two days");
    assert_eq!(all(&ledger).await, visits[2..]);
    let late = ledger.add_visits(days(&visits), false).await.expect("stored");
    assert_eq!(late, NewVisits { late: 2, known: 1, ..NewVisits::default() });
    let past = ledger.past_visits("a").await.expect("figures");
    assert_eq!(past.len(), 1);
    assert_eq!((past[0].visits, past[0].failed, past[0].unseen), (2, 1, 0));
    assert_eq!(ledger.roll_up_visits().await.expect("rolled"), 0, "once is enough");
}

/// The figure of docs/benchmarks.md.
#[tokio::test]
async fn a_day_of_visits_to_a_site_takes_a_quarter_of_a_kilobyte() {
    let ledger = Ledger::in_memory(clock()).await;
    let (sites, days) = (300, 20);
    let bytes = async || {
        let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(&ledger.pool).await.expect("pages");
        let (size,): (i64,) = sqlx::query_as("PRAGMA page_size").fetch_one(&ledger.pool).await.expect("size");
        pages * size
    };
    let before = bytes().await;
    for day in 0..days {
        let visits: Vec<Visit> = (0..24).map(|hour| visit((day * 24 + hour) * 60, VisitEnd::Opened)).collect();
        let of = |site: i64| {
            let day = |v: &Visit| VisitDay { vantage: "office".to_owned(), day: v.day(), visits: vec![v.clone()] };
            visits.iter().map(move |v| ((6_108_000_000 + site).to_string(), day(v)))
        };
        ledger.add_visits((0..sites).flat_map(of).collect(), true).await.expect("stored");
    }
    let each = (bytes().await - before) / (sites * i64::from(days));
    println!("{each} bytes per site and day");
    assert!((168..300).contains(&each), "{each}");
}
