//! The files of a data folder: opening, locking, damage, full disks, crashes, evidence, journals.

use std::fs;

use super::world::{World, clock, rule};
use crate::ledger::book::{Book, Entry};
use crate::ledger::record::{Actor, Kind};
use crate::ledger::{EvidenceStore, Journal, Ledger, LedgerError, RunId, lock};
use sha2::{Digest, Sha256};

async fn on_disk(dir: &std::path::Path) -> World {
    let mut world = World::new(vec![rule("r")], &["a", "b"]).await;
    world.ledger = Ledger::open(dir, world.clock.clone()).await.expect("open");
    world
}

#[tokio::test]
async fn a_ledger_opens_again_with_everything_in_it() {
    let dir = tempfile::tempdir().expect("dir");
    let world = on_disk(dir.path()).await;
    world.night(&[("a", "F"), ("b", "P")]).await;
    let code = world.ledger.code().await.expect("code");
    world.ledger.clone().shutdown().await;
    let again = Ledger::open_read(dir.path(), clock()).await.expect("again");
    assert_eq!(again.problems(&Default::default()).await.expect("list").len(), 1);
    assert_eq!(again.verify().await.expect("verify").code, code);
    assert!(matches!(again.begin_run(&world.start()).await, Err(LedgerError::ReadOnly)));
}

#[tokio::test]
async fn looking_into_an_empty_folder_says_that_there_is_no_ledger() {
    let dir = tempfile::tempdir().expect("dir");
    assert!(matches!(Ledger::open_read(dir.path(), clock()).await, Err(LedgerError::Missing(_))));
    assert!(fs::read_dir(dir.path()).expect("dir").next().is_none(), "nothing was created");
}

#[tokio::test]
async fn a_newer_foreign_or_damaged_file_is_refused_untouched() {
    for (name, prepare) in [("newer", "PRAGMA user_version = 99"), ("foreign", "PRAGMA application_id = 7")] {
        let dir = tempfile::tempdir().expect("dir");
        let ledger = Ledger::open(dir.path(), clock()).await.expect("open");
        sqlx::raw_sql(prepare).execute(&ledger.pool).await.expect("prepare");
        ledger.shutdown().await;
        let bytes = fs::read(dir.path().join("ledger.db")).expect("bytes");
        let error = Ledger::open(dir.path(), clock()).await.expect_err(name);
        assert!(matches!(error, LedgerError::Newer { found: 99, .. } | LedgerError::Foreign(_)), "{name}: {error:?}");
        assert_eq!(fs::read(dir.path().join("ledger.db")).expect("bytes"), bytes, "{name}");
    }
    let dir = tempfile::tempdir().expect("dir");
    fs::write(dir.path().join("ledger.db"), b"not a data base at all, but long enough to look like one".repeat(90))
        .expect("write");
    let error = Ledger::open(dir.path(), clock()).await.expect_err("garbage");
    assert!(matches!(error, LedgerError::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains("备份"));
}

#[tokio::test]
async fn a_second_patrol_is_told_who_is_at_work() {
    let dir = tempfile::tempdir().expect("dir");
    let held = lock(dir.path()).expect("first");
    match lock(dir.path()) {
        Err(LedgerError::Busy { pid, since }) => {
            assert_eq!(pid, std::process::id());
            assert!(since.as_second() > 0);
        }
        other => panic!("{other:?}"),
    }
    drop(held);
    lock(dir.path()).expect("free again");
}

#[tokio::test]
async fn a_full_disk_undoes_the_whole_application() {
    let dir = tempfile::tempdir().expect("dir");
    let names: Vec<String> = (0..2000).map(|i| format!("site-{i:04}")).collect();
    let mut world = on_disk(dir.path()).await;
    world.sites.clone_from(&names);
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let (pages,): (i64,) = sqlx::query_as("PRAGMA page_count").fetch_one(&world.ledger.pool).await.expect("pages");
    let cap = format!("PRAGMA max_page_count = {}", pages + 20);
    sqlx::raw_sql(sqlx::AssertSqlSafe(cap)).execute(&world.ledger.pool).await.expect("cap");
    let answers = super::world::everywhere(&names, "F");
    let digests = world.digests(&answers, world.clock.now()).await;
    assert!(matches!(world.apply(&run, digests.clone()).await, Err(LedgerError::DiskFull)));
    assert_eq!(world.event_count().await, 0);
    world.sound().await;
    sqlx::raw_sql("PRAGMA max_page_count = 1000000").execute(&world.ledger.pool).await.expect("cap");
    assert_eq!(world.apply(&run, digests).await.expect("space again").opened, 2000);
    world.sound().await;
}

#[tokio::test]
async fn a_transaction_cut_off_leaves_nothing() {
    let dir = tempfile::tempdir().expect("dir");
    let world = on_disk(dir.path()).await;
    world.night(&[("a", "F"), ("b", "P")]).await;
    let before = world.event_count().await;
    let mut tx = world.ledger.write().await.expect("begin");
    let mut book = Book::open(&mut tx, world.ledger.now(), None, Actor::Machine).await.expect("book");
    book.write(Entry::new(Kind::RunVoid, None, None)).expect("write");
    book.save(&mut tx).await.expect("save");
    drop(tx);
    let again = Ledger::open(dir.path(), clock()).await.expect("again");
    let report = again.verify().await.expect("verify");
    assert_eq!((report.events, report.is_sound()), (before, true));
}

#[tokio::test]
async fn what_a_killed_process_left_opens_with_all_that_was_committed() {
    let dir = tempfile::tempdir().expect("dir");
    let world = on_disk(dir.path()).await;
    world.night(&[("a", "F"), ("b", "P")]).await;
    let code = world.ledger.code().await.expect("code");
    for reading in [false, true] {
        let left = tempfile::tempdir().expect("dir");
        for name in ["ledger.db", "ledger.db-wal"] {
            fs::copy(dir.path().join(name), left.path().join(name)).expect("copy");
        }
        let opened = match reading {
            true => Ledger::open_read(left.path(), clock()).await,
            false => Ledger::open(left.path(), clock()).await,
        };
        let report = opened.expect("open").verify().await.expect("verify");
        assert_eq!((report.code, report.faults), (code.clone(), Vec::new()));
    }
}

#[test]
fn evidence_is_stored_once_under_its_own_hash_and_damage_is_found() {
    let dir = tempfile::tempdir().expect("dir");
    let store = EvidenceStore::new(dir.path());
    let page = "<html>证据</html>".repeat(1000);
    let address = store.put(page.as_bytes()).expect("put");
    assert_eq!(address.len(), 64);
    assert_eq!(store.put(page.as_bytes()).expect("again"), address);
    assert_eq!(store.get(&address).expect("get"), page.as_bytes());
    let path = dir.path().join("evidence").join(&address);
    assert!(fs::metadata(&path).expect("file").len() < page.len() as u64, "compressed");
    assert_eq!(fs::read_dir(dir.path().join("evidence")).expect("dir").count(), 1, "no partial file left");
    assert!(store.verify(&address));
    let other = store.put(b"other").expect("put");
    fs::copy(dir.path().join("evidence").join(other), &path).expect("swap");
    assert!(!store.verify(&address));
    assert!(!store.verify(&"0".repeat(64)));
}

#[tokio::test]
async fn a_missing_evidence_file_that_an_event_cites_is_reported() {
    let dir = tempfile::tempdir().expect("dir");
    let world = on_disk(dir.path()).await;
    let address = world.ledger.evidence().put(b"look").expect("put");
    let run = world.ledger.begin_run(&world.start()).await.expect("begin");
    let verdict = world.judge("a", "F", world.clock.now());
    let digest = crate::ledger::SiteDigest::new(&verdict, Some(address.clone()), &super::world::none());
    world.apply(&run, vec![digest]).await.expect("apply");
    assert_eq!(world.all().await[0].evidence, std::slice::from_ref(&address));
    world.sound().await;
    fs::remove_file(dir.path().join("evidence").join(&address)).expect("remove");
    let faults = world.ledger.verify().await.expect("verify").faults;
    assert!(faults.iter().any(|f| f.contains(&address)), "{faults:?}");
}

#[test]
fn journals_keep_whole_lines_and_only_the_newest_files() {
    let dir = tempfile::tempdir().expect("dir");
    for name in ["01A", "01B", "01C"] {
        let run = RunId(name.to_owned());
        let mut journal = Journal::create(dir.path(), &run).expect("create");
        journal.append("{\"v\":1}").expect("append");
        journal.append("{\"v\":1}").expect("append");
        journal.sync().expect("sync");
        assert_eq!(fs::read_to_string(journal.path()).expect("read"), "{\"v\":1}\n{\"v\":1}\n");
        assert!(matches!(Journal::create(dir.path(), &run), Err(LedgerError::File { .. })), "never overwritten");
    }
    assert_eq!(Journal::prune(dir.path(), 2).expect("prune"), 1);
    assert!(!Journal::path_of(dir.path(), &RunId("01A".to_owned())).exists());
    assert!(Journal::path_of(dir.path(), &RunId("01C".to_owned())).exists());
}

#[tokio::test]
async fn a_backup_takes_the_ledgers_place_and_is_brought_up_to_date() {
    let (dir, safe) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let to = safe.path().join("备份");
    let world = on_disk(dir.path()).await;
    let first = world.ledger.evidence().put(b"first look").expect("put");
    world.night(&[("a", "F"), ("b", "P")]).await;
    let backup = world.ledger.backup(&to).await.expect("backup");
    assert_eq!((backup.copied, backup.kept), (1, 0));
    world.hours(24);
    world.ledger.evidence().put(b"second look").expect("put");
    world.night(&[("a", "P"), ("b", "F")]).await;
    let backup = world.ledger.backup(&to).await.expect("again");
    assert_eq!((backup.copied, backup.kept, backup.code.clone()), (1, 1, world.ledger.code().await.expect("code")));
    // The data folder is lost; the backup goes on where it was.
    let restored = Ledger::open(&to, world.clock.clone()).await.expect("open");
    let report = restored.verify().await.expect("verify");
    assert_eq!((report.code, report.faults), (backup.code, Vec::new()));
    assert_eq!(restored.evidence().get(&first).expect("evidence"), b"first look");
    assert_eq!(
        restored.problems(&Default::default()).await.expect("rows"),
        world.ledger.problems(&Default::default()).await.expect("rows")
    );
}

#[tokio::test]
async fn a_backup_never_covers_another_or_a_later_ledger() {
    let (dir, other, safe) =
        (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let (one, two) = (on_disk(dir.path()).await, on_disk(other.path()).await);
    one.night(&[("a", "F"), ("b", "P")]).await;
    one.ledger.backup(safe.path()).await.expect("backup");
    let bytes = fs::read(safe.path().join("ledger.db")).expect("bytes");
    two.night(&[("a", "P"), ("b", "F")]).await;
    assert!(matches!(two.ledger.backup(safe.path()).await, Err(LedgerError::Refused { .. })));
    assert!(matches!(one.ledger.backup(&dir.path().join("in")).await, Err(LedgerError::Refused { .. })));
    assert_eq!(fs::read(safe.path().join("ledger.db")).expect("bytes"), bytes);
    let left: Vec<_> = fs::read_dir(safe.path()).expect("dir").map(|e| e.expect("entry").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("part")), "{left:?}");
}

#[tokio::test]
async fn a_clock_set_back_stops_everything_before_it_is_entered() {
    let dir = tempfile::tempdir().expect("dir");
    let mut world = on_disk(dir.path()).await;
    world.night(&[("a", "F"), ("b", "P")]).await;
    let events = world.event_count().await;
    let now = world.clock.now();
    let back = |minutes: i64| crate::clock::Clock::fake(now - jiff::SignedDuration::from_mins(minutes));
    world.ledger.clock = back(11);
    assert!(matches!(world.ledger.begin_run(&world.start()).await, Err(LedgerError::ClockBack { .. })));
    let row = world.all().await[0].number.clone();
    let refused = world.act(&row, crate::ledger::Deed::Issue, "理由", "张三").await;
    assert!(matches!(refused, Err(LedgerError::ClockBack { .. })), "{refused:?}");
    assert_eq!(world.event_count().await, events);
    // What the network sets a clock back by now and then does no harm: the log goes on from its newest moment.
    world.ledger.clock = back(9);
    world.act(&row, crate::ledger::Deed::Issue, "理由", "张三").await.expect("issued");
    assert_eq!(world.ledger.problem(&row).await.expect("row").0.issued_at, Some(now));
    world.sound().await;
}

#[tokio::test]
async fn another_program_can_check_the_chain_by_the_exported_events() {
    let world = World::new(vec![rule("r")], &["a", "b"]).await;
    world.night(&[("a", "F"), ("b", "F")]).await;
    world.hours(24);
    world.night(&[("a", "P"), ("b", "F")]).await;
    let mut link = [0_u8; 32];
    let mut seq = 0;
    loop {
        let page = world.ledger.events_after(seq, 2).await.expect("events");
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for event in page {
            link = Sha256::new().chain_update(link).chain_update(event.body.as_bytes()).finalize().into();
            assert_eq!(data_encoding::HEXLOWER.encode(&link), event.hash);
        }
    }
    assert_eq!(seq, world.event_count().await);
    let code = world.ledger.code().await.expect("code");
    assert!(world.ledger.holds(&code).await.expect("holds"));
    assert!(!world.ledger.holds(&code.replace('@', "@1")).await.expect("holds"));
}

#[tokio::test]
async fn an_older_file_is_folded_anew_when_it_is_opened() {
    let dir = tempfile::tempdir().expect("dir");
    let world = on_disk(dir.path()).await;
    world.night(&[("a", "F"), ("b", "P")]).await;
    let old = "DROP INDEX problem_place; DROP INDEX problem_unit; DROP INDEX problem_site; DROP INDEX problem_opened;
        DROP INDEX problem_closed; ALTER TABLE problem DROP COLUMN place; ALTER TABLE problem DROP COLUMN unit;
        ALTER TABLE problem DROP COLUMN head; ALTER TABLE problem DROP COLUMN due; ALTER TABLE problem DROP COLUMN reopened;
        ALTER TABLE problem DROP COLUMN opened_at; ALTER TABLE problem DROP COLUMN closed_at; DROP TABLE session;
        DROP TABLE api_token; DROP TABLE person; DROP TABLE wrong_password; DROP TABLE trail; DROP TABLE setting;
        DROP TABLE report; DROP TABLE content;
        UPDATE item_state SET body = json_remove(body, '$.recent'); PRAGMA user_version = 5;";
    sqlx::raw_sql(old).execute(&world.ledger.pool).await.expect("older");
    world.ledger.clone().shutdown().await;
    let again = Ledger::open(dir.path(), world.clock.clone()).await.expect("open");
    assert_eq!(again.verify().await.expect("verify").faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_half_written_page_of_a_killed_process_is_taken_back_also_for_who_only_looks() {
    let (dir, left) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
    let mut world = on_disk(dir.path()).await;
    let names: Vec<String> = (0..300).map(|i| format!("site-{i:04}")).collect();
    world.sites.clone_from(&names);
    world.night(&super::world::everywhere(&names, "F")).await;
    let code = world.ledger.code().await.expect("code");
    // The journal of before-images that SQLite keeps until a file has its write-ahead log; a cache of few pages spills.
    let spill = "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE item_state SET body = body || ' ';";
    sqlx::raw_sql(spill).execute(&world.ledger.pool).await.expect("half a transaction");
    for name in ["ledger.db", "ledger.db-journal"] {
        fs::copy(dir.path().join(name), left.path().join(name)).expect("copy");
    }
    let report = Ledger::open_read(left.path(), clock()).await.expect("open").verify().await.expect("verify");
    assert_eq!((report.code, report.faults), (code, Vec::new()));
}
