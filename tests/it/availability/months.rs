//! Months of simulated visits, hour by hour, each under one kind of trouble: whatever happens, a row opens only with cause, stays
//! while there is cause, and closes only without.

use super::*;

/// Random numbers that are the same everywhere.
pub(super) struct Lots(pub(super) u64);

impl Lots {
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

/// What troubles the sites of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Sites go down for hours.
    Outages,
    /// Single visits fail, now and then or often.
    Flapping,
    /// Protection devices answer for hours or for weeks.
    Blocks,
    /// Our own line is down, for all sites at once, and visits run out of budget.
    OurOwn,
    /// All of it.
    Everything,
}

impl Trouble {
    fn has(self, other: Trouble) -> bool {
        self == other || self == Trouble::Everything
    }
}

/// Hours in which something is under way that begins once in `every` hours and lasts up to `most`.
fn spells(lots: &mut Lots, hours: usize, every: u64, most: u64) -> Vec<bool> {
    let mut left = 0;
    let mut hour = || {
        if left == 0 && lots.below(every) == 0 {
            left = 1 + lots.below(most);
        }
        left = u64::saturating_sub(left, 1);
        left > 0
    };
    (0..hours).map(|_| hour()).collect()
}

/// One site's month.
fn month(lots: &mut Lots, trouble: Trouble, own: &[bool]) -> Vec<VisitEnd> {
    let none = vec![false; own.len()];
    let down = if trouble.has(Trouble::Outages) { spells(lots, own.len(), 150, 15) } else { none.clone() };
    let blocked = if trouble.has(Trouble::Blocks) { spells(lots, own.len(), 300, 400) } else { none };
    // Some sites fail rarely, some around one visit in twenty.
    let one_in = if trouble.has(Trouble::Flapping) { 12 + lots.below(60) } else { u64::MAX };
    let budget = if trouble.has(Trouble::OurOwn) { 40 } else { u64::MAX };
    (0..own.len())
        .map(|h| {
            let (flaps, spent) = (lots.below(one_in) == 0, lots.below(budget) == 0);
            match () {
                () if own[h] => VisitEnd::Unseen(Reason::SelfOffline),
                () if down[h] || flaps => VisitEnd::Failed(Cause::TcpRefused),
                () if spent => VisitEnd::Unseen(Reason::Budget),
                () if blocked[h] => VisitEnd::Blocked("ruishu"),
                () => VisitEnd::Opened,
            }
        })
        .collect()
}

/// Whether the hours up to and including `now` make a listed problem, said as plainly as the indicator says it.
fn guilty(hours: &[VisitEnd], now: usize) -> bool {
    let said: Vec<(usize, bool)> = (0..=now)
        .filter_map(|h| match hours[h] {
            VisitEnd::Failed(_) => Some((h, true)),
            VisitEnd::Unseen(_) => None,
            _ => Some((h, false)),
        })
        .collect();
    let row: Vec<usize> = said.iter().rev().take_while(|(_, f)| *f).map(|(h, _)| *h).collect();
    let connected: Vec<usize> = match row.windows(2).position(|w| w[0] - w[1] > 6) {
        Some(gap) => row[..=gap].to_vec(),
        None => row,
    };
    let outage = connected.len() >= 6 && connected[0] - connected[connected.len() - 1] >= 4;
    let Some((newest, _)) = said.last() else { return false };
    let per_day = |d: usize| said.iter().filter(move |(h, _)| h / 24 == d);
    let last = if per_day(newest / 24).count() >= 20 { Some(newest / 24) } else { (newest / 24).checked_sub(1) };
    let week = last.and_then(|last| Some(last.checked_sub(6)?..=last)).is_some_and(|days| {
        let full = days.clone().all(|d| per_day(d).count() >= 20);
        let (n, f) =
            days.fold((0, 0), |(n, f), d| (n + per_day(d).count(), f + per_day(d).filter(|(_, x)| *x).count()));
        full && 20 * f >= n
    });
    outage || week
}

/// What a month came to.
#[derive(Debug, Default)]
struct Told {
    opened: usize,
    closed: usize,
    hints: usize,
}

/// Plays `days` for `sites`, eight hours at a time, and checks the list after each step against what was put in.
async fn play(trouble: Trouble, sites: usize, days: usize, seed: u64) -> Told {
    let (_city, office) = Office::beside(&vec!["ok-static"; sites]).await;
    let mut lots = Lots(seed);
    let own = match trouble.has(Trouble::OurOwn) {
        true => spells(&mut lots, days * 24, 70, 9),
        false => vec![false; days * 24],
    };
    let sites: Vec<(String, Vec<VisitEnd>)> =
        office.register.sites.iter().map(|s| (s.id.clone(), month(&mut lots, trouble, &own))).collect();
    let visit = |end: &VisitEnd, hour: usize| Visit {
        at: Office::start() + SignedDuration::from_hours(hour as i64),
        end: end.clone(),
        ms: if *end == VisitEnd::Opened { 700 } else { 15 },
    };
    let between = |from: usize, to: usize| -> Vec<(String, VisitDay)> {
        let days = sites.iter().flat_map(|(site, hours)| {
            let visits = (from..to).map(|h| visit(&hours[h], h));
            visits.map(|v| (site.clone(), VisitDay { vantage: "本机".to_owned(), day: v.day(), visits: vec![v] }))
        });
        days.collect()
    };
    let mut was_open: BTreeMap<String, bool> = BTreeMap::new();
    let mut told = Told::default();
    for step in 0..days * 3 {
        let (from, to) = (step * 8, step * 8 + 8);
        office
            .clock
            .advance((Office::start() + SignedDuration::from_hours(to as i64)).duration_since(office.clock.now()));
        office.add(between(from, to)).await;
        let rows = office.rows().await;
        for (site, hours) in &sites {
            let mine = rows.get(site).map_or(&[][..], Vec::as_slice);
            let live: Vec<&ProblemView> = mine.iter().filter(|r| r.stage.is_unsolved()).collect();
            assert!(live.len() <= 1, "{trouble:?} {site}: one fact, one row");
            let open = !live.is_empty();
            let accused = (from..to).any(|h| guilty(hours, h));
            let before = was_open.insert(site.clone(), open).unwrap_or(false);
            assert!(!open || before || accused, "{trouble:?}: {site} was listed without cause before hour {to}");
            assert!(open || !guilty(hours, to - 1), "{trouble:?}: {site} is not listed at hour {to}");
            told.opened += usize::from(open && !before);
            told.closed += usize::from(!open && before);
        }
    }
    assert!(office.ledger().await.verify().await.expect("readable").is_sound());
    told.hints = office.ledger().await.hints().await.expect("hints").len();
    // The same stick once more: nothing is new, no run, no event.
    let code = office.ledger().await.code().await.expect("a code");
    assert!(office.add(between(0, days * 24)).await.is_none());
    assert_eq!(office.ledger().await.code().await.expect("a code"), code);
    // All of it at once, in an office that heard of nothing before: the same stages.
    let (_other_city, other) = Office::beside(&vec!["ok-static"; sites.len()]).await;
    other.clock.advance(office.clock.now().duration_since(other.clock.now()));
    let ran = other.add(between(0, days * 24)).await;
    assert!(ran.is_none_or(|ran| matches!(&ran.ended, Ended::Applied(a) if a.held.is_none())));
    let stages = |rows: BTreeMap<String, Vec<ProblemView>>| -> Vec<(String, String, Stage, u32)> {
        rows.into_values().flatten().map(|r| (r.site, r.rule, r.stage, r.reopened)).collect()
    };
    assert_eq!(stages(office.rows().await), stages(other.rows().await));
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_month_of_every_trouble_opens_and_closes_nothing_wrongly() {
    let told = play(Trouble::Everything, 4, 24, 20_260_506).await;
    assert!(told.opened > 3 && told.closed > 1, "the month tried something: {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_of_blocks_or_of_our_own_trouble_open_nothing() {
    let told = play(Trouble::Blocks, 3, 10, 7).await;
    assert_eq!((told.opened, told.closed), (0, 0));
    let told = play(Trouble::OurOwn, 3, 10, 7).await;
    assert_eq!((told.opened, told.closed, told.hints), (0, 0, 0));
}

/// `cargo test --test it -- --ignored months_of_each_trouble --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "more than a thousand days of visits per kind of trouble: minutes"]
async fn months_of_each_trouble_open_and_close_nothing_wrongly() {
    for trouble in [Trouble::Outages, Trouble::Flapping, Trouble::Blocks, Trouble::OurOwn, Trouble::Everything] {
        let told = play(trouble, 36, 29, 20_260_506).await;
        println!("{trouble:?}: {} site-days, {told:?}", 36 * 29);
        let restless = !matches!(trouble, Trouble::Blocks | Trouble::OurOwn);
        assert_eq!(told.opened > 0 && told.closed > 0, restless, "{trouble:?}: {told:?}");
    }
}
