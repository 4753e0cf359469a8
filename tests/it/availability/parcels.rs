//! One machine sees, another keeps the ledger, a file goes between them.

use std::io::{Read, Write};
use std::path::Path;

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use xunjian::run::{Imported, ParcelFault, RunError};

use super::months::Lots;
use super::*;

/// A probe box outside, whose clock and city are its own, and an office with the same register and nothing else.
async fn two_machines(cast: &[&str]) -> (City, Office, Office) {
    let (city, mut outside) = Office::beside(cast).await;
    outside.register.settings.vantage = "外网".to_owned();
    let register = Register::load(&city.register_toml(outside.dir.path()).expect("written")).expect("a valid register");
    let (rules, clock, dir) = (outside.rules.clone(), outside.clock.clone(), tempfile::tempdir().expect("a folder"));
    (city, outside, Office { register, rules, clock, dir })
}

impl Office {
    async fn export(&self, name: &str) -> PathBuf {
        let (data, path) = (self.data(), self.dir.path().join(name));
        let since = "2026-05-01".parse().expect("a day");
        run::export_observations(&self.line(&data), since, &path).await.expect("written");
        path
    }

    async fn import(&self, path: &Path) -> Result<Imported, RunError> {
        let data = self.data();
        run::import_observations(&self.line(&data), path).await
    }

    async fn code(&self) -> String {
        self.ledger().await.code().await.expect("a code")
    }
}

fn listed(rows: &BTreeMap<String, Vec<ProblemView>>) -> Vec<(&str, &str, Stage)> {
    rows.values().flatten().map(|r| (r.site.as_str(), r.rule.as_str(), r.stage)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_machine_sees_another_puts_on_its_list_once() {
    let (_city, outside, inside) = two_machines(&["ok-static", "unreachable-server", "icp-missing"]).await;
    let data = outside.data();
    let sites: Vec<_> = outside.register.sites.iter().collect();
    run::run(&outside.line(&data), "patrol", &sites, false, &Silent).await.expect("a patrol");
    for _ in 0..8 {
        outside.clock.advance(SignedDuration::from_hours(1));
        outside.visit().await;
    }
    let file = outside.export("stick.ndjson.gz").await;
    let imported = inside.import(&file).await.expect("taken over");
    assert_eq!((imported.vantage.as_str(), imported.visits.added, imported.looks), ("外网", 27, 5), "{imported:?}");
    assert!(imported.unknown.is_empty() && imported.moved.is_empty());
    let rows = inside.rows().await;
    assert_eq!(listed(&rows), listed(&outside.rows().await), "both machines say the same");
    let expected = [(inside.site(1), "site-outage", Stage::Open), (inside.site(2), "icp-missing", Stage::Open)];
    assert_eq!(listed(&rows), expected.each_ref().map(|(site, rule, stage)| (site.as_str(), *rule, *stage)));
    let outage = &rows[&inside.site(1)][0];
    assert!(outage.text.contains("探测点：外网"), "{}", outage.text);
    assert!(!outage.evidence.is_empty());
    assert!(inside.ledger().await.verify().await.expect("readable").is_sound());
    // The same stick once more, and the same observations in another file.
    let code = inside.code().await;
    let again = inside.import(&file).await.expect("taken over");
    assert_eq!((again.visits.added, again.visits.known), (0, 27));
    inside.import(&outside.export("again.ndjson").await).await.expect("taken over");
    assert_eq!(inside.code().await, code, "no event");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_around_a_cut_of_the_line_stay_where_they_were_made() {
    let (city, outside, inside) = two_machines(&["ok-static", "icp-missing"]).await;
    let data = outside.data();
    let sites: Vec<_> = outside.register.sites.iter().collect();
    city.cut_network(true);
    run::run(&outside.line(&data), "patrol", &sites, false, &Silent).await.expect("a void patrol");
    outside.visit().await;
    city.cut_network(false);
    let imported = inside.import(&outside.export("stick.ndjson").await).await.expect("taken over");
    assert_eq!((imported.visits.added, imported.looks, imported.ran.len()), (2, 0, 0));
    assert!(inside.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_under_another_address_or_not_in_the_register_is_left_out_and_named() {
    let (_city, outside, mut inside) = two_machines(&["unreachable-server", "unreachable-server", "ok-static"]).await;
    for _ in 0..8 {
        outside.clock.advance(SignedDuration::from_hours(1));
        outside.visit().await;
    }
    let file = outside.export("stick.ndjson").await;
    let (gone, moved) = (inside.site(0), inside.site(1));
    inside.register.sites[1].url.set_path("/new/");
    inside.register.sites.remove(0);
    let imported = inside.import(&file).await.expect("taken over");
    assert_eq!((imported.unknown, imported.moved), (vec![gone], vec![moved]));
    assert_eq!(imported.visits.added, 8);
    assert!(inside.rows().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_foreign_or_newer_file_is_refused_whole_and_its_line_is_named() {
    let (_city, outside, mut inside) = two_machines(&["ok-static", "unreachable-server"]).await;
    let data = outside.data();
    let sites: Vec<_> = outside.register.sites.iter().collect();
    run::run(&outside.line(&data), "patrol", &sites, false, &Silent).await.expect("a patrol");
    outside.clock.advance(SignedDuration::from_hours(1));
    outside.visit().await;
    let path = outside.export("stick.ndjson").await;
    let good = std::fs::read_to_string(&path).expect("text");
    let lines: Vec<&str> = good.lines().collect();
    let last = lines.len() as u64;
    let file = inside.dir.path().join("file");
    let fault = async |inside: &Office, bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("written");
        match inside.import(&file).await {
            Err(RunError::Parcel { line, fault, .. }) => (line, fault),
            other => panic!("not refused: {other:?}"),
        }
    };
    let with = |n: usize, from: &str, to: &str| {
        assert!(lines[n].contains(from), "{}", lines[n]);
        let mut changed: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
        changed[n] = changed[n].replacen(from, to, 1);
        changed.join("\n") + "\n"
    };
    let short = lines[..lines.len() - 1].join("\n") + "\n";
    let packed = {
        let mut out = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(good.as_bytes()).expect("in memory");
        out.finish().expect("in memory")
    };
    let mut endless = good.as_bytes()[..good.find('\n').expect("a line") + 1].to_vec();
    endless.resize(endless.len() + 65 * 1024 * 1024, b' ');
    for (bytes, line, wanted) in [
        (b"".to_vec(), 1, ParcelFault::Foreign),
        (b"<html>\n".to_vec(), 1, ParcelFault::Foreign),
        (vec![0xff; 9], 1, ParcelFault::Foreign),
        (b"{\"type\":\"run\",\"run\":\"1\"}\n".to_vec(), 1, ParcelFault::Foreign),
        (with(0, "\"v\":1", "\"v\":7").into_bytes(), 1, ParcelFault::Newer(7)),
        (with(0, "外网", "外\\n网").into_bytes(), 1, ParcelFault::Vantage),
        (with(1, "外网", "内网").into_bytes(), 2, ParcelFault::Vantage),
        (with(1, "opened", "shut").into_bytes(), 2, ParcelFault::Damaged),
        (with(1, "opened", "status:200").into_bytes(), last, ParcelFault::Altered),
        (with(1, "\"site\"", "\"\":0,\"site\"").into_bytes(), 2, ParcelFault::Damaged),
        (with(lines.len() - 1, "\"lines\":", "\"lines\":1").into_bytes(), last, ParcelFault::Altered),
        (short.clone().into_bytes(), last, ParcelFault::Short),
        (good.as_bytes()[..good.len() - 9].to_vec(), last, ParcelFault::Short),
        ((good.clone() + lines[1] + "\n").into_bytes(), last + 1, ParcelFault::Altered),
        (packed[..packed.len() / 2].to_vec(), 0, ParcelFault::Short),
        (endless, 2, ParcelFault::TooLong),
    ] {
        let (at, found) = fault(&inside, &bytes).await;
        assert_eq!(found, wanted, "line {at}");
        assert!(line == 0 || at == line, "{wanted:?} at line {at}, not {line}");
    }
    // Any other single byte.
    let mut lots = Lots(7);
    for _ in 0..60 {
        let mut bytes = good.clone().into_bytes();
        let place = lots.below(bytes.len() as u64) as usize;
        bytes[place] ^= 1 + lots.below(255) as u8;
        fault(&inside, &bytes).await;
    }
    inside.clock = Clock::starting_at(Office::start() - SignedDuration::from_hours(1));
    assert!(matches!(fault(&inside, good.as_bytes()).await.1, ParcelFault::Ahead(_)));
    inside.clock = outside.clock.clone();
    inside.register.settings.vantage = "外网".to_owned();
    assert_eq!(fault(&inside, good.as_bytes()).await, (1, ParcelFault::OurVantage("外网".to_owned())));
    inside.register.settings.vantage = "本机".to_owned();
    let (from, to) = ("2026-05-01".parse().expect("a day"), "2026-06-01".parse().expect("a day"));
    assert!(inside.ledger().await.visits(from, to, None).await.expect("visits").is_empty(), "nothing was stored");
    // The file itself was good all along, packed or not.
    std::fs::write(&file, &packed).expect("written");
    assert_eq!(inside.import(&file).await.expect("taken over").visits.added, 4);
    let mut text = String::new();
    let packed = std::fs::File::open(outside.export("stick.gz").await).expect("a file");
    GzDecoder::new(packed).read_to_string(&mut text).expect("gzip");
    assert!(text.starts_with("{\"type\":\"observations\",\"v\":1,"));
}
