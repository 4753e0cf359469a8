use jiff::SignedDuration;

use super::*;
use crate::clock::Clock;
use crate::ledger::{Ledger, LedgerError};

const PASSWORD: &str = "Jingban-2026";

async fn office() -> (Clock, Ledger) {
    let clock = Clock::fake("2026-05-06T01:00:00Z".parse().expect("a moment"));
    let ledger = Ledger::in_memory(clock.clone()).await;
    let new = NewPerson { account: "jb", name: "李", role: Role::Handler, unit: Some("u1"), password: PASSWORD };
    ledger.add_person(&new, "test").await.expect("added");
    (clock, ledger)
}

async fn enter(ledger: &Ledger, account: &str, password: &str) -> Result<Token, Refusal> {
    match ledger.log_in(account, password, "10.0.0.1").await.expect("a ledger") {
        Entered::Welcome(token) => Ok(token),
        Entered::Refused(why) => Err(why),
    }
}

#[tokio::test]
async fn sessions_end_when_idle_and_in_any_case_after_half_a_day() {
    let (clock, ledger) = office().await;
    let token = enter(&ledger, "jb", PASSWORD).await.expect("let in");
    let minutes = |n| SignedDuration::from_mins(n);
    clock.advance(minutes(29));
    assert!(ledger.session(&token).await.expect("read").is_some_and(|s| s.stale));
    clock.advance(minutes(1));
    assert!(ledger.session(&token).await.expect("read").is_none(), "half an hour idle");

    let token = enter(&ledger, "jb", PASSWORD).await.expect("let in");
    for _ in 0..35 {
        clock.advance(minutes(20));
        assert!(ledger.session(&token).await.expect("read").is_some());
        ledger.touch_session(&token).await.expect("noted");
    }
    clock.advance(minutes(20));
    assert!(ledger.session(&token).await.expect("read").is_none(), "twelve hours");
    assert!(ledger.session(&Token::given("made up")).await.expect("read").is_none());
}

#[tokio::test]
async fn five_wrong_passwords_bar_an_account_for_a_quarter_of_an_hour() {
    let (clock, ledger) = office().await;
    for _ in 0..5 {
        assert_eq!(enter(&ledger, "jb", "wrong").await.err(), Some(Refusal::Wrong));
    }
    assert_eq!(enter(&ledger, "jb", PASSWORD).await.err(), Some(Refusal::Barred));
    clock.advance(SignedDuration::from_mins(15));
    let token = enter(&ledger, "jb", PASSWORD).await.expect("let in");
    assert_eq!(enter(&ledger, "jb", "wrong").await.err(), Some(Refusal::Wrong));
    ledger.lock_person("jb", true, "test").await.expect("locked");
    assert!(ledger.session(&token).await.expect("read").is_none());
    assert_eq!(enter(&ledger, "jb", PASSWORD).await.err(), Some(Refusal::Barred));
    assert_eq!(enter(&ledger, "jb", "wrong").await.err(), Some(Refusal::Wrong), "nobody learns that it is locked");
    let kinds: Vec<String> = ledger.trail(i64::MAX, 100).await.expect("read").into_iter().map(|t| t.kind).collect();
    assert_eq!(kinds.iter().filter(|k| *k == "login_failed").count(), 7);
    assert_eq!(kinds.iter().filter(|k| *k == "login_barred").count(), 2);
}

#[tokio::test]
async fn secrets_are_not_kept_and_other_passwords_end_sessions() {
    let (_, ledger) = office().await;
    let token = enter(&ledger, "jb", PASSWORD).await.expect("let in");
    let key = ledger.make_token("jb", "test", "test").await.expect("made");
    assert_eq!(ledger.token_holder(&key).await.expect("read").map(|p| p.account).as_deref(), Some("jb"));
    let kept: Vec<(String,)> =
        sqlx::query_as("SELECT token FROM session UNION SELECT token FROM api_token UNION SELECT password FROM person")
            .fetch_all(&ledger.pool)
            .await
            .expect("read");
    for (kept,) in &kept {
        assert!(!kept.contains(token.secret()) && !kept.contains(key.secret()) && !kept.contains(PASSWORD));
    }
    assert!(kept.iter().any(|(k,)| k.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")));
    ledger.set_password("jb", "Another-2026", "test").await.expect("set");
    assert!(ledger.session(&token).await.expect("read").is_none());
    ledger.lock_person("jb", true, "test").await.expect("locked");
    assert!(ledger.token_holder(&key).await.expect("read").is_none());
}

#[tokio::test]
async fn accounts_that_could_confuse_are_not_made() {
    let (_, ledger) = office().await;
    let add = async |account: &str, name: &str, role, unit| {
        let new = NewPerson { account, name, role, unit, password: PASSWORD };
        ledger.add_person(&new, "test").await
    };
    for (account, name, role, unit) in [
        ("jb", "别人", Role::Leader, None),
        ("jb2", "李", Role::Leader, None),
        ("a b", "某", Role::Leader, None),
        ("", "某", Role::Leader, None),
        ("x", " ", Role::Leader, None),
        ("x", "某", Role::Handler, None),
        ("x", "某", Role::Leader, Some("u1")),
    ] {
        let refused = add(account, name, role, unit).await;
        assert!(matches!(refused, Err(LedgerError::Account(_))), "{account} {name}: {refused:?}");
    }
    add("gl", "管", Role::Admin, None).await.expect("made");
    assert!(ledger.lock_person("gl", true, "test").await.is_err(), "nobody could unlock it");
    assert!(matches!(ledger.lock_person("nobody", true, "test").await, Err(LedgerError::Account(_))));
}

#[test]
fn simple_passwords_are_none() {
    assert_eq!(check_strength("jb", "Ab1-xyz"), Err(PasswordFault::Short));
    assert_eq!(check_strength("jb", "abcdefgh1"), Err(PasswordFault::Simple));
    assert_eq!(check_strength("jb", "aaaaaaaaaaaaaaaa"), Err(PasswordFault::Simple));
    assert_eq!(check_strength("jb", "Xjb-20260506"), Err(PasswordFault::Name));
    assert_eq!(check_strength("jb", &"Aa1-".repeat(100)), Err(PasswordFault::Long));
    assert_eq!(check_strength("jb", "Tree-2026"), Ok(()));
    assert_eq!(check_strength("jb", "一句只有自己知道的很长的话语呀"), Ok(()));
}

#[test]
fn what_a_role_may_do_is_one_table() {
    let may = |role: Role| Step::ALL.into_iter().filter(|s| role.may(*s)).count();
    assert_eq!(Role::ALL.map(may), [5, 15, 0, 0, 0]);
    assert!(Step::ALL.into_iter().all(|s| Step::of_key(s.key()) == Some(s)));
    assert!(Role::ALL.into_iter().all(|r| Role::of(r.key()) == Some(r)));
}
