//! Pages a closed site once had, and the search of the site they went to.

use super::super::plan::{Plan, Site};
use super::super::rng::Rng;
use super::words::{SECTIONS, title};

/// Pages of a closed site that the register names.
const FORMER: usize = 8;

/// Titles of the former pages; no other page of the city has them.
pub fn former_titles(site: &Site) -> Vec<String> {
    (1..=FORMER).map(|n| format!("{}第{n}次局务会议纪要（编号{}）", site.sponsor, site.index * 10 + n)).collect()
}

/// Their addresses.
pub fn former_urls(site: &Site) -> Vec<String> {
    (1..=3).map(|n| format!("{}xwzx/tzgg/202403/t202403{n:02}_{}.html", site.url(), 900_000 + n)).collect()
}

/// The page of results: titles of the site's own columns and of what moved to it.
pub fn search(plan: &Plan, site: &Site, query: &str) -> String {
    let own = SECTIONS.iter().flat_map(|(_, path)| {
        let seed = format!("/{path}/").bytes().fold(site.seed, |s, b| s.wrapping_mul(31).wrapping_add(u64::from(b)));
        let mut rng = Rng::new(seed);
        // As the column page draws them: its own title and day first.
        let _ = (title(&site.sponsor, &mut rng), rng.below(28), rng.below(60));
        let titles: Vec<String> = (1..12).map(|_| title(&site.sponsor, &mut rng)).collect();
        titles
    });
    let here = site.url();
    let moved = plan.sites.iter().filter(|s| s.migrated && s.migrated_to.as_ref() == Some(&here));
    let all = own.chain(moved.flat_map(former_titles));
    let hits: String = all
        .filter(|t| !query.is_empty() && t.contains(query))
        .take(20)
        .enumerate()
        .map(|(n, t)| format!("<li><a href=\"/zt/qyzl/t20250101_{n}.html\">{t}</a></li>\n"))
        .collect();
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>站内检索</title></head><body><h1>站内检索</h1>\
         <p>关键字：{}</p><ul>\n{hits}</ul></body></html>\n",
        query.replace(['<', '>', '&'], "")
    )
}
