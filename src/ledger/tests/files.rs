//! The files of a data folder: opening, locking, damage, full disks, crashes, evidence, journals.

use std::fs;

use super::world::{World, clock, rule};
use crate::ledger::book::{Book, Entry};
use crate::ledger::record::{Actor, Kind};
use crate::ledger::{EvidenceStore, Journal, Ledger, LedgerError, RunId, lock};

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
