//! The plan and its pages: pure.

use std::collections::{BTreeSet, HashSet};

use super::super::manner::{Block, Encoding, Inner, Placed, Tls, Web};
use super::super::plan::Phase;
use super::super::profile::Group;
use super::super::profiles::PROFILES;
use super::super::*;

#[test]
fn the_same_options_give_the_same_plan_and_another_seed_another() {
    assert_eq!(Plan::new(120, 3), Plan::new(120, 3));
    assert_ne!(Plan::new(120, 3), Plan::new(120, 4));
    assert_eq!(Plan::new(120, 3).sites[..40], Plan::new(40, 3).sites[..]);
}

#[test]
fn a_third_each_is_healthy_faulty_and_looks_faulty() {
    for seed in 0..20 {
        let plan = Plan::new(30, seed);
        let count = |wanted: fn(Kind) -> bool| plan.sites.iter().filter(|s| wanted(s.profile.kind)).count();
        assert_eq!(count(|k| k == Kind::Healthy), 10);
        assert_eq!(count(|k| matches!(k, Kind::Fault(_))), 10);
        assert_eq!(count(|k| k == Kind::LookAlike), 10);
    }
}

#[test]
fn a_cast_city_acts_out_nothing_else() {
    let healthy = Profile::of(Kind::Healthy);
    let plan = Plan::cast(40, 1, &healthy);
    assert!(plan.sites.iter().all(|s| s.profile.kind == Kind::Healthy));
    assert_eq!(plan.sites.iter().map(|s| s.profile.name).collect::<BTreeSet<_>>().len(), healthy.len());
    assert!(plan.expected(0).iter().all(|(_, expected)| expected.iter().all(|e| e.stage == Stage::Hint)));
    assert_eq!(Plan::cast(40, 1, &[]), Plan::new(40, 1));
}

#[test]
fn ten_planted_faults_break_requirements_of_every_group() {
    for seed in 0..20 {
        let groups: HashSet<Kind> =
            Plan::new(30, seed).sites.iter().map(|s| s.profile.kind).filter(|k| matches!(k, Kind::Fault(_))).collect();
        assert_eq!(groups.len(), Group::ALL.len(), "seed {seed}");
    }
}

#[test]
fn a_large_city_acts_out_every_profile() {
    let plan = Plan::new(330, 1);
    let dealt: BTreeSet<&str> = plan.sites.iter().map(|s| s.profile.name).collect();
    let all: BTreeSet<&str> = PROFILES.iter().map(|p| p.name).collect();
    assert_eq!(all.len(), PROFILES.len(), "names are unique");
    assert_eq!(dealt, all);
}

#[test]
fn ids_hosts_and_filing_numbers_are_unique_even_in_a_huge_city() {
    let plan = Plan::new(10_000, 5);
    let mut seen = HashSet::new();
    for site in &plan.sites {
        assert!(seen.insert(site.id.clone()), "id {}", site.id);
        assert!(seen.insert(site.own.icp.clone()), "icp {}", site.own.icp);
        assert!(seen.insert(site.own.psb.clone()), "psb {}", site.own.psb);
        assert_eq!(site.own.psb.len(), 14);
        assert_eq!(site.own.code.len(), 10);
        for (host, _) in site.hosts() {
            assert!(seen.insert(host.to_owned()), "host {host}");
        }
    }
}

#[test]
fn only_planted_faults_expect_rows_on_the_first_day() {
    for profile in PROFILES {
        let rows = profile.expected.iter().filter(|e| e.stage != Stage::Hint).count();
        assert_eq!(rows > 0, matches!(profile.kind, Kind::Fault(_)), "{}", profile.name);
    }
}

#[test]
fn the_portal_closed_sites_lead_to_stays_sound() {
    for seed in 0..20 {
        let plan = Plan::new(30, seed);
        assert_eq!(plan.sites[0].url(), "https://www.yunling.gov.cn/");
        for day in 0..30 {
            assert_eq!(plan.phase(&plan.sites[0], day), Phase::Planted);
            assert!(plan.sites[0].profile.expected_on(day).is_empty());
        }
    }
}

#[test]
fn days_repair_some_faults_break_some_sound_sites_and_leave_look_alikes_alone() {
    let plan = Plan::new(600, 2);
    let (mut mended, mut caught, mut relapsed) = (0, 0, 0);
    for site in &plan.sites {
        assert_eq!(plan.phase(site, 0), Phase::Planted, "the first day is as planted");
        let phases: Vec<Phase> = (0..12).map(|day| plan.phase(site, day)).collect();
        assert_eq!(phases, (0..12).map(|day| plan.phase(site, day)).collect::<Vec<_>>());
        match site.profile.kind {
            Kind::LookAlike => assert!(phases.iter().all(|p| *p == Phase::Planted)),
            Kind::Fault(_) => {
                mended += usize::from(phases.contains(&Phase::Mended));
                relapsed += usize::from(phases.windows(2).any(|w| w == [Phase::Mended, Phase::Planted]));
            }
            Kind::Healthy => caught += usize::from(phases.iter().any(|p| matches!(p, Phase::Caught(_)))),
        }
    }
    assert!(mended > 40 && relapsed > 5 && caught > 3, "{mended} mended, {relapsed} relapsed, {caught} caught");
}

#[test]
fn the_truth_of_a_day_follows_what_sites_do_that_day() {
    let plan = Plan::new(600, 2);
    for day in [0, 3, 10] {
        for (site, (id, expected)) in plan.sites.iter().zip(plan.expected(day)) {
            assert_eq!(site.id, id);
            let rows = expected.iter().any(|e| e.stage != Stage::Hint);
            match plan.phase(site, day) {
                Phase::Mended => assert!(!rows),
                Phase::Caught(_) => assert!(rows),
                Phase::Planted if matches!(site.profile.kind, Kind::Fault(_)) => assert!(rows),
                Phase::Planted => assert_eq!(rows, day >= 3 && site.profile.name == "expiring-certificate"),
            }
        }
    }
}

#[test]
fn nothing_in_the_table_is_planted_without_a_behaviour_or_a_row_of_its_own() {
    let plan = Plan::new(240, 9);
    let sound = plan.sites.iter().find(|s| s.profile.name == "ok-static").unwrap();
    for profile in PROFILES.iter().filter(|p| matches!(p.kind, Kind::Fault(_))) {
        let mut manner = plan.manner(sound, 0);
        let healthy = manner.clone();
        (profile.act)(&mut manner, sound);
        assert!(manner != healthy || profile.row.is_some(), "{}", profile.name);
        // Only a cloud host shows the same fault on both ports.
        let both = manner.web == Web::Block(Block::Unfiled);
        assert!(manner.tls == Tls::Good || manner.web == Web::Page || both, "one fault at a time: {}", profile.name);
    }
}

#[test]
fn home_pages_are_as_large_and_as_full_of_links_as_real_ones() {
    let plan = Plan::new(240, 9);
    for site in &plan.sites {
        let manner = plan.manner(site, 0);
        if manner.page.placed == Placed::AppShell || manner.page.inner == Inner::EntryHome {
            continue;
        }
        let html = page::home(site, &manner.page, jiff::civil::date(2026, 5, 6));
        let links = html.matches("<a ").count();
        assert!((28_000..60_000).contains(&html.len()), "{} bytes for {}", html.len(), site.profile.name);
        assert!((120..220).contains(&links), "{links} links for {}", site.profile.name);
    }
}

#[test]
fn chinese_encodings_lose_nothing() {
    let plan = Plan::new(240, 9);
    for site in &plan.sites {
        let manner = plan.manner(site, 0);
        let html = page::home(site, &manner.page, jiff::civil::date(2026, 5, 6));
        let bytes = page::encode(&html, manner.page.encoding);
        let decoder = if manner.page.encoding == Encoding::Utf8 { encoding_rs::UTF_8 } else { encoding_rs::GB18030 };
        let (text, _, damaged) = decoder.decode(&bytes);
        assert!(!damaged);
        assert_eq!(text, html, "{}", site.profile.name);
    }
}

#[test]
fn marks_are_on_the_page_exactly_as_the_profile_says() {
    let plan = Plan::new(240, 9);
    let html = |name: &str| {
        let site = plan.sites.iter().find(|s| s.profile.name == name).unwrap();
        (site, page::home(site, &plan.manner(site, 0).page, jiff::civil::date(2026, 5, 6)))
    };
    let (site, text) = html("ok-static");
    for mark in [&site.own.icp, &site.own.psb, &site.own.code, &site.sponsor] {
        assert!(text.contains(mark.as_str()), "{mark}");
    }
    let (site, text) = html("icp-missing");
    assert!(!text.contains("ICP备") && text.contains(&site.own.psb));
    let (site, text) = html("icp-only-in-comment");
    assert_eq!(text.matches(&site.own.icp).count(), 1);
    assert!(text.contains("<!-- <a href=\"https://beian.miit.gov.cn/\">"));
    let (site, text) = html("ok-docwrite");
    assert!(!text.contains(&site.own.icp));
    let script = page::script(site, &plan.manner(site, 0).page, "/js/foot.js").unwrap();
    assert!(script.contains(&site.own.icp) && script.contains("<\\/a>"));
    let (site, text) = html("sponsor-missing");
    assert!(!text.contains("主办") && text.contains(&site.own.icp));
    let (_, text) = html("foot-vue");
    assert!(!text.contains("备案") && text.contains("id=\"app\""));
}
