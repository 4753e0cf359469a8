use super::*;
use crate::evidence::{Cause, DnsStatus, RecordKind};
use crate::fetch::dns::Dns;

/// Enough for a busy machine.
const AMPLE: Duration = Duration::from_secs(10);
/// For silence that is to be waited out.
const SHORT: Duration = Duration::from_millis(600);

fn dns(at: &[SocketAddr]) -> Dns {
    patient(at, AMPLE)
}

fn patient(at: &[SocketAddr], patience: Duration) -> Dns {
    let budget = Budget { dns: patience, ..Budget::default() };
    Dns::new(&Settings { resolvers: at.to_vec(), budget, ..Settings::default() }, Clock::system())
}

fn cause(status: &DnsStatus) -> Option<Cause> {
    match status {
        DnsStatus::Failed(failure) => Some(failure.cause),
        _ => None,
    }
}

#[tokio::test]
async fn every_negative_answer_keeps_its_own_name() {
    let (at, _) = resolver(|asked, _| match asked {
        "gone.gov.cn" => Says::Code(ResponseCode::NXDomain),
        "empty.gov.cn" => Says::Nothing("gov.cn"),
        "broken.gov.cn" => Says::Code(ResponseCode::ServFail),
        "closed.gov.cn" => Says::Code(ResponseCode::Refused),
        "mute.gov.cn" => Says::Silence,
        "garbled.gov.cn" => Says::Garbage,
        "" => Says::Code(ResponseCode::Refused),
        _ => unreachable!("{asked}"),
    })
    .await;
    let dns = dns(&[at]);
    let ask = async |name: &str| dns.ask(name, RecordKind::A).await.query.status;
    assert_eq!(ask("gone.gov.cn").await, DnsStatus::NoSuchName);
    assert_eq!(ask("empty.gov.cn").await, DnsStatus::NoData);
    assert_eq!(cause(&ask("broken.gov.cn").await), Some(Cause::DnsServerFailure));
    assert_eq!(cause(&ask("closed.gov.cn").await), Some(Cause::DnsRefused));
    assert_eq!(cause(&ask("garbled.gov.cn").await), Some(Cause::DnsMalformed));
    // The resolver itself is alive: it refuses the root, so the silence belongs to the name.
    let mute = patient(&[at], SHORT).ask("mute.gov.cn", RecordKind::A).await.query.status;
    assert_eq!(cause(&mute), Some(Cause::DnsTimeout));
}

#[tokio::test]
async fn a_resolver_that_never_says_anything_is_our_own_fault() {
    let (at, _) = resolver(|_, _| Says::Silence).await;
    let asked = patient(&[at], SHORT).ask("a.gov.cn", RecordKind::A).await;
    assert_eq!(cause(&asked.query.status), Some(Cause::ResolverUnreachable));
}

#[tokio::test]
async fn a_second_resolver_answers_for_a_silent_first() {
    let (mute, _) = resolver(|_, _| Says::Silence).await;
    let (good, _) = resolver(|_, _| Says::Records(vec![("a.gov.cn", v4("192.0.2.1"))])).await;
    let asked = patient(&[mute, good], SHORT).ask("a.gov.cn", RecordKind::A).await.query;
    assert_eq!(asked.status, DnsStatus::Answered);
    assert_eq!(asked.server, Some(good.to_string()));
}

#[tokio::test]
async fn both_families_are_asked_and_the_addresses_come_v4_first() {
    let (at, asked) = resolver(|_, kind| match kind {
        RecordType::A => Says::Records(vec![("a.gov.cn", v4("192.0.2.1"))]),
        _ => Says::Records(vec![("a.gov.cn", RData::AAAA(rdata::AAAA("2001:db8::1".parse().unwrap())))]),
    })
    .await;
    let (look, _) = dns(&[at]).look("a.gov.cn", &[]).await;
    let found: Vec<String> = look.addresses().iter().map(ToString::to_string).collect();
    assert_eq!(found, ["192.0.2.1", "2001:db8::1"]);
    assert_eq!(look.queries[0].answers[0].ttl, 60);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_dangling_alias_keeps_its_chain() {
    let (at, _) = resolver(|asked, _| match asked {
        // A recursive resolver sends chain and verdict at once.
        "whole.gov.cn" => Says::Coded(ResponseCode::NXDomain, vec![("whole.gov.cn", alias("gone.cdn.com"))]),
        // An authoritative one leaves the end of the chain to us.
        "part.gov.cn" => Says::Records(vec![("part.gov.cn", alias("gone.cdn.com"))]),
        "gone.cdn.com" => Says::Code(ResponseCode::NXDomain),
        "loop.gov.cn" => {
            Says::Records(vec![("loop.gov.cn", alias("pool.gov.cn")), ("pool.gov.cn", alias("loop.gov.cn"))])
        }
        _ => unreachable!("{asked}"),
    })
    .await;
    let dns = dns(&[at]);
    for name in ["whole.gov.cn", "part.gov.cn"] {
        let (look, _) = dns.look(name, &[]).await;
        assert!(look.no_such_name(), "{name}");
        assert_eq!(look.aliases(), ["gone.cdn.com"], "{name}");
    }
    let looped = dns.ask("loop.gov.cn", RecordKind::A).await.query;
    assert_eq!(cause(&looped.status), Some(Cause::DnsAliasLoop));
}

#[tokio::test]
async fn a_second_look_asks_again() {
    let (at, asked) = resolver(|_, _| Says::Records(vec![("a.gov.cn", v4("192.0.2.1"))])).await;
    let dns = dns(&[at]);
    dns.ask("a.gov.cn", RecordKind::A).await;
    dns.ask("a.gov.cn", RecordKind::A).await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_zone_is_asked_once_for_all_its_names_and_its_failures_are_not_remembered() {
    let ns = || RData::NS(rdata::NS(name("ns1.yl.gov.cn")));
    let (at, asked) = resolver(move |asked, kind| match (asked, kind) {
        ("yl.gov.cn", RecordType::NS) => Says::Records(vec![("yl.gov.cn", ns())]),
        ("yl.gov.cn", RecordType::SOA) => {
            let soa = rdata::SOA::new(name("ns1.yl.gov.cn"), name("admin.x"), 7, 2, 3, 4, 5);
            Says::Records(vec![("yl.gov.cn", RData::SOA(soa))])
        }
        ("broken.gov.cn" | "www.broken.gov.cn", _) => Says::Code(ResponseCode::ServFail),
        _ => Says::Nothing("yl.gov.cn"),
    })
    .await;
    let dns = dns(&[at]);
    let look = dns.zone("www.a.yl.gov.cn", None).await.unwrap();
    assert_eq!((look.zone.as_str(), look.name_servers()), ("yl.gov.cn", vec!["ns1.yl.gov.cn"]));
    assert!(look.soa.answers[0].data.starts_with("ns1.yl.gov.cn admin.x 7 "));
    // The negative answer named the zone, so the name between was skipped: NS, NS, SOA.
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    // An address answer that named the zone already saves the question at the name itself.
    assert_eq!(dns.zone("b.yl.gov.cn", Some("yl.gov.cn")).await.as_ref(), Some(&look));
    assert_eq!(asked.load(Ordering::SeqCst), 3);

    let failed = dns.zone("www.broken.gov.cn", None).await.unwrap();
    assert_eq!(cause(&failed.ns.status), Some(Cause::DnsServerFailure));
    let before = asked.load(Ordering::SeqCst);
    dns.zone("www.broken.gov.cn", None).await.unwrap();
    assert!(asked.load(Ordering::SeqCst) > before);
    assert_eq!(dns.zone("gov.cn", None).await, None);
}

#[tokio::test]
async fn records_are_written_as_people_write_them() {
    let (at, _) = resolver(|_, kind| {
        Says::Records(vec![(
            "a.gov.cn",
            match kind {
                RecordType::MX => RData::MX(rdata::MX::new(10, name("Mail.a.gov.cn"))),
                RecordType::TXT => RData::TXT(rdata::TXT::new(vec!["v=spf1 ".into(), "-all".into()])),
                _ => alias("b.gov.cn"),
            },
        )])
    })
    .await;
    let dns = dns(&[at]);
    let data = async |kind| dns.ask("a.gov.cn", kind).await.query.answers[0].data.clone();
    assert_eq!(data(RecordKind::Mx).await, "10 mail.a.gov.cn");
    assert_eq!(data(RecordKind::Txt).await, "v=spf1 -all");
    assert_eq!(data(RecordKind::Cname).await, "b.gov.cn");
}
