//! Real name servers with planted faults, and sound ones that look ill, asked the way an inspection asks them.

mod servers;
mod zones;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use servers::{Holder, LOSSY, MUTE, NO_TCP, NSD_NEAR, OPEN, PARENTS, SLOW, Servers};
use tokio_util::sync::CancellationToken;
use xunjian::clock::Clock;
use xunjian::evidence::{Authority, Evidence, Needs, ParentSaid, SiteFacts, SiteProfile};
use xunjian::fetch::{Budget, Fetcher, Settings};
use xunjian::inspect::{self, Verdict};
use xunjian::rule::RuleSet;
use zones::{SOUND, Signed, Zone};

/// Everything that is planted, and everything that only looks as if.
const ZONES: &[Zone] = &[
    // Sound.
    Zone { name: "sound", ..SOUND },
    Zone { name: "signed", signed: Signed::Well, ..SOUND },
    Zone { name: "long-keys", signed: Signed::Long, ..SOUND },
    Zone { name: "one-behind", signed: Signed::OldOnNsd, ..SOUND },
    Zone { name: "wildcard", zone: &[("www.wildcard.gov.cn.", "*.wildcard.gov.cn.")], ..SOUND },
    Zone {
        name: "provider",
        parent: &[
            ("NS ns1.provider.gov.cn.", "NS ns1.hosting.gov.cn."),
            ("NS ns2.provider.gov.cn.", "NS ns2.hosting.gov.cn."),
            ("ns1.provider.gov.cn. A 127.53.1.1\nns2.provider.gov.cn. A 127.53.2.1\n", ""),
        ],
        zone: &[
            ("NS ns1.provider.gov.cn.", "NS ns1.hosting.gov.cn."),
            ("NS ns2.provider.gov.cn.", "NS ns2.hosting.gov.cn."),
        ],
        ..SOUND
    },
    Zone { name: "slow", parent: &[("127.53.2.1", SLOW)], zone: &[("127.53.2.1", SLOW)], ..SOUND },
    Zone { name: "lossy", parent: &[("127.53.2.1", LOSSY)], zone: &[("127.53.2.1", LOSSY)], ..SOUND },
    Zone {
        name: "spf-good",
        zone: &[("www.", "spf-good.gov.cn. TXT \"v=spf1 mx ip4:192.0.2.0/24 include:hosting.gov.cn -all\"\nwww.")],
        ..SOUND
    },
    // Ill.
    Zone { name: "refused", on: &[Holder::Nsd], faults: &["lame-name-server"], ..SOUND },
    Zone {
        name: "passed-on",
        parent: &[("127.53.2.1", OPEN)],
        zone: &[("127.53.2.1", OPEN)],
        faults: &["lame-name-server"],
        ..SOUND
    },
    Zone {
        name: "mute",
        parent: &[("127.53.2.1", MUTE)],
        zone: &[("127.53.2.1", MUTE)],
        faults: &["silent-name-server"],
        unknown: &["lame-name-server"],
        ..SOUND
    },
    Zone {
        name: "dead",
        parent: &[("127.53.1.1", MUTE)],
        on: &[],
        faults: &["zone-without-working-server"],
        unknown: &["lame-name-server", "silent-name-server", "name-server-tcp-closed", "zone-versions-differ"],
        ..SOUND
    },
    Zone {
        name: "no-tcp",
        parent: &[("127.53.2.1", NO_TCP)],
        zone: &[("127.53.2.1", NO_TCP)],
        faults: &["name-server-tcp-closed"],
        ..SOUND
    },
    Zone {
        name: "single",
        parent: &[("single.gov.cn. NS ns2.single.gov.cn.\n", ""), ("ns2.single.gov.cn. A 127.53.2.1\n", "")],
        zone: &[("single.gov.cn. NS ns2.single.gov.cn.\n", "")],
        faults: &["single-name-server"],
        ..SOUND
    },
    Zone {
        name: "one-place",
        parent: &[("127.53.2.1", "127.53.1.1")],
        zone: &[("127.53.2.1", "127.53.1.1")],
        faults: &["name-servers-one-address"],
        ..SOUND
    },
    Zone {
        name: "one-net",
        parent: &[("127.53.2.1", NSD_NEAR)],
        zone: &[("127.53.2.1", NSD_NEAR)],
        faults: &["name-servers-one-network"],
        ..SOUND
    },
    Zone {
        name: "moved",
        zone: &[("NS ns2.moved.gov.cn.", "NS ns2.hosting.gov.cn.")],
        faults: &["name-server-sets-differ"],
        ..SOUND
    },
    Zone {
        name: "discord",
        knot: &[("NS ns2.discord.gov.cn.", "NS ns2.hosting.gov.cn.")],
        faults: &["name-server-sets-differ"],
        ..SOUND
    },
    Zone { name: "behind", knot: &[("2026112501", "2026112400")], faults: &["zone-versions-differ"], ..SOUND },
    Zone {
        name: "stale-glue",
        parent: &[("127.53.2.1", "127.53.1.3")],
        faults: &["name-servers-one-network", "stale-glue"],
        ..SOUND
    },
    Zone {
        name: "alias-ns",
        parent: &[("NS ns2.alias-ns.gov.cn.", "NS alias.hosting.gov.cn."), ("ns2.alias-ns.gov.cn. A 127.53.2.1\n", "")],
        zone: &[("NS ns2.alias-ns.gov.cn.", "NS alias.hosting.gov.cn.")],
        faults: &["name-server-is-alias"],
        ..SOUND
    },
    Zone {
        name: "nobody-ns",
        parent: &[
            ("NS ns2.nobody-ns.gov.cn.", "NS nobody.hosting.gov.cn."),
            ("ns2.nobody-ns.gov.cn. A 127.53.2.1\n", ""),
        ],
        zone: &[("NS ns2.nobody-ns.gov.cn.", "NS nobody.hosting.gov.cn.")],
        faults: &["name-server-unresolvable"],
        ..SOUND
    },
    Zone {
        name: "alias-master",
        zone: &[("SOA ns1.alias-master.gov.cn.", "SOA hidden.hosting.gov.cn.")],
        faults: &["zone-master-is-alias"],
        ..SOUND
    },
    Zone {
        name: "open",
        parent: &[("127.53.2.1", OPEN)],
        zone: &[("127.53.2.1", OPEN)],
        on: &[Holder::Nsd, Holder::Open],
        faults: &["name-server-open-recursion", "name-server-version-shown", "zone-transfer-open"],
        ..SOUND
    },
    Zone {
        name: "spf-slip",
        zone: &[("www.", "spf-slip.gov.cn. TXT \"v=spf1 ipv4:192.0.2.1 -all\"\nwww.")],
        faults: &["spf-malformed"],
        ..SOUND
    },
    Zone {
        name: "spf-twice",
        zone: &[("www.", "spf-twice.gov.cn. TXT \"v=spf1 -all\"\nspf-twice.gov.cn. TXT \"v=spf1 a -all\"\nwww.")],
        faults: &["spf-malformed"],
        ..SOUND
    },
    Zone { name: "expired", signed: Signed::Expired, faults: &["dnssec-broken"], ..SOUND },
    Zone { name: "no-key", signed: Signed::NoKey, faults: &["dnssec-broken"], ..SOUND },
    Zone { name: "other-key", signed: Signed::OtherKey, faults: &["dnssec-broken"], ..SOUND },
    Zone { name: "unlinked", signed: Signed::Unlinked, faults: &["dnssec-unlinked"], ..SOUND },
];

/// The rules this is about: the folder's, without the one every site of this world would break.
fn ours() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/dns");
    let names = fs::read_dir(folder).expect("rules").map(|f| f.expect("a rule").file_name());
    let ids = names.filter_map(|n| Some(n.to_str()?.strip_suffix(".toml")?.to_owned()));
    ids.filter(|id| !["no-ipv6", "private-address"].contains(&id.as_str())).collect()
}

fn settings(servers: &Servers) -> Settings {
    Settings {
        resolvers: vec![servers.at(OPEN)],
        ports: BTreeMap::from([(53, servers.port()), (80, 9), (443, 9)]),
        allow_private: true,
        canaries: vec!["canary.hosting.gov.cn".to_owned()],
        requests_per_second: 1000.0,
        connections_per_address: 64,
        budget: Budget { dns: Duration::from_secs(8), retry_pause: Duration::ZERO, ..Budget::default() },
        ..Settings::default()
    }
}

async fn looked(fetcher: &Fetcher, zone: &str) -> Evidence {
    let host = format!("www.{zone}.gov.cn");
    let profile = SiteProfile {
        id: "6108000001".into(),
        url: format!("http://{host}/"),
        hosts: vec![host],
        ..SiteProfile::default()
    };
    let needs = Needs { zone: true, authority: true, ..Needs::default() };
    xunjian::crawl::look(profile, &needs, fetcher, None, 1, &CancellationToken::new()).await
}

fn authority(evidence: &Evidence) -> &Authority {
    evidence.zones.first().and_then(|z| z.authority.as_deref()).expect("a direct look")
}

/// Each rule by itself: none stands back for another.
fn rules() -> RuleSet {
    let mut rules = RuleSet::embedded(&[]).expect("valid rules");
    rules.rules.iter_mut().for_each(|r| r.covers.clear());
    rules
}

/// Rules of ours that failed, and those that could not tell.
fn said(rules: &RuleSet, ours: &BTreeSet<String>, evidence: &Evidence) -> (Vec<String>, Vec<String>) {
    let verdict = inspect::judge(rules, &SiteFacts::of(evidence), &[]);
    let (mut failing, mut unknown) = (Vec::new(), Vec::new());
    for (rule, subject) in verdict.answers().filter(|(r, _)| ours.contains(&r.rule)) {
        match &subject.verdict {
            Verdict::Fail(_) => failing.push(rule.rule.clone()),
            Verdict::Undetermined(_) => unknown.push(rule.rule.clone()),
            _ => {}
        }
    }
    (failing, unknown)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_name_servers_are_known_by_what_is_wrong_with_them() {
    if let Some(missing) = servers::missing() {
        println!("skipped: this test needs {missing}");
        return;
    }
    let servers = Servers::start(ZONES);
    let fetcher = Fetcher::new(settings(&servers), Clock::system()).expect("a fetcher");
    let (rules, ours) = (rules(), ours());
    let (fetcher, all) = (&fetcher, ZONES.iter());
    let found = join_all(all.map(|zone| async move { (zone, looked(fetcher, zone.name).await) })).await;
    let mut wrong = Vec::new();
    for (zone, evidence) in &found {
        let (failing, unknown) = said(&rules, &ours, evidence);
        let seen = authority(evidence);
        println!("{:14} {:3} questions {:5} bytes {failing:?}", zone.name, seen.queries, seen.bytes);
        assert!(seen.queries <= 40, "{}: {} questions", zone.name, seen.queries);
        let missed: Vec<_> = zone.unknown.iter().filter(|r| !unknown.iter().any(|u| u == *r)).collect();
        // A sound zone is known to be sound: whatever could not be told is the test's own mistake.
        let lazy = zone.faults.is_empty() && !unknown.is_empty();
        if failing != zone.faults || !missed.is_empty() || lazy {
            wrong.push(format!(
                "{}: found {failing:?}, expected {:?}; unknown {unknown:?}\n{seen:#?}",
                zone.name, zone.faults
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // A name that the parent does not have.
    let evidence = looked(fetcher, "nowhere").await;
    let (failing, _) = said(&rules, &ours, &evidence);
    assert_eq!(failing, ["zone-not-delegated"], "{:#?}", authority(&evidence));

    // From the root down it comes to the same parent, although one server serves both.
    let roots = vec![servers.at(PARENTS[0])];
    let walking =
        Fetcher::new(Settings { dns_roots: roots, ..settings(&servers) }, Clock::system()).expect("a fetcher");
    let evidence = looked(&walking, "signed").await;
    assert_eq!(authority(&evidence).parent.said, ParentSaid::Delegates);
    assert_eq!(authority(&evidence).parent.zone, "gov.cn");
    assert_eq!(said(&rules, &ours, &evidence), (Vec::new(), Vec::new()));
}

/// A register of the zones' sites, for the program itself.
fn register(port: u16) -> String {
    let mut out = format!(
        "[settings]\nname = \"洛水市\"\nregion = \"619988\"\n[settings.contact]\nperson = \"王芳\"\nphone = \"0999-8800000\"\n\
         [settings.network]\nresolvers = [\"{OPEN}:{port}\"]\nallow_private = true\nports = {{ 53 = {port}, 80 = 9, 443 = 9 }}\n\
         canaries = [\"canary.hosting.gov.cn:{port}\"]\n[settings.politeness]\nrecheck_after_secs = 0\n\
         [[unit]]\nid = \"u\"\nname = \"洛水市人民政府\"\nlevel = \"市级部门\"\n"
    );
    for (n, zone) in ZONES.iter().enumerate() {
        let (name, code) = (zone.name, 6_199_880_001 + n);
        let _ = writeln!(
            out,
            "[[site]]\nid = \"{code}\"\nname = \"{name}\"\nurl = \"http://www.{name}.gov.cn/\"\nsponsor = \"u\""
        );
    }
    out
}

#[test]
#[ignore = "keeps the servers up until its input ends, for other tools to look at; port 53 is root's"]
fn servers_for_other_tools() {
    let servers = Servers::start_at(ZONES, 53);
    fs::write(servers.path("targets.toml"), register(53)).expect("a file");
    println!("{}", servers.path("").display());
    ZONES.iter().for_each(|zone| println!("{}.gov.cn {:?}", zone.name, zone.faults));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}
