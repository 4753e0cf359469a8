//! Guards against sites that have, or make, more addresses than pages: calendars, sessions and searches in addresses, paths that
//! repeat themselves, parameters in every combination, and pages that are the same under ever new addresses.

use std::collections::HashMap;

use url::Url;

use crate::evidence::inner::shape;
use crate::evidence::walk::Print;

/// Longest address, bytes.
const ADDRESS: usize = 500;
/// Folders of an address.
const FOLDERS: usize = 12;
/// How often one folder name may stand in an address.
const REPEATS: usize = 2;
/// Addresses of one program, by the number of its parameters: each further one multiplies what the same pages are called.
const PER_PROGRAM: [u32; 5] = [u32::MAX, 20_000, 2_000, 200, 40];
/// Addresses of one shape with something in a folder that only a machine would have thought of: a session, a token.
const PER_TOKEN: u32 = 40;
/// Letters and digits in a row from which a folder is such a thing.
const TOKEN: usize = 20;
/// Addresses of one shape that ask for a day or a month.
const PER_CALENDAR: u32 = 40;
/// Names of parameters that do.
const CALENDAR: &[&str] = &["date", "day", "month", "year", "y", "m", "d", "yyyy", "mm", "dd", "riqi", "ym", "ymd"];
/// Pages of one shape in a row that say nearly the same, until the shape is left alone.
const ALIKE: u32 = 32;
/// Bits by which fingerprints of such pages differ.
const NEAR: u32 = 3;
/// Shapes remembered; a site with more makes them.
const SHAPES: usize = 20_000;

/// What is known of the addresses of one kind.
#[derive(Debug, Default)]
struct Kin {
    offered: u32,
    last: Option<Print>,
    alike: u32,
}

#[derive(Debug, Default)]
pub(super) struct Traps {
    kin: HashMap<String, Kin>,
}

impl Traps {
    /// Whether `url` is to be left alone; counts it among its like otherwise.
    pub(super) fn catches(&mut self, url: &Url) -> bool {
        if url.as_str().len() > ADDRESS || repeats_itself(url) {
            return true;
        }
        let most = most_of_a_kind(url);
        let Some(kin) = self.kin(url) else { return true };
        kin.offered += 1;
        kin.offered > most || kin.alike >= ALIKE
    }

    /// Whether the shape of `url` was left alone after it had been offered.
    pub(super) fn is_closed(&self, url: &Url) -> bool {
        self.kin.get(&kind(url)).is_some_and(|kin| kin.alike >= ALIKE)
    }

    /// Notes what the page at `url` said.
    pub(super) fn served(&mut self, url: &Url, print: Option<Print>) {
        let Some(kin) = self.kin(url) else { return };
        let near = match (kin.last, print) {
            (Some(last), Some(print)) => last.distance(print) <= NEAR,
            (_, None) => true,
            (None, _) => false,
        };
        kin.alike = if near { kin.alike + 1 } else { 0 };
        kin.last = print.or(kin.last);
    }

    fn kin(&mut self, url: &Url) -> Option<&mut Kin> {
        let kind = kind(url);
        if self.kin.len() >= SHAPES && !self.kin.contains_key(&kind) {
            return None;
        }
        Some(self.kin.entry(kind).or_default())
    }
}

/// What addresses made by one template or program have in common: the shape of the path, tokens apart, and how many parameters
/// there are, whatever their names.
fn kind(url: &Url) -> String {
    let mut plain = url.clone();
    plain.set_query(None);
    if folders(url).any(is_token) {
        let path: String = folders(url).map(|f| format!("/{}", if is_token(f) { "0" } else { f })).collect();
        plain.set_path(&format!("{path}/x"));
    }
    match url.query_pairs().count() {
        0 => shape(&plain),
        // The shape of a program keeps its name.
        n => {
            plain.set_query(Some(""));
            format!("{}?{}", shape(&plain), n.min(PER_PROGRAM.len() - 1))
        }
    }
}

/// The path without its last part, which names an article; many systems number articles by tokens.
fn folders(url: &Url) -> impl Iterator<Item = &str> {
    let mut parts = url.path_segments();
    if let Some(parts) = &mut parts {
        parts.next_back();
    }
    parts.into_iter().flatten()
}

fn repeats_itself(url: &Url) -> bool {
    let folders: Vec<&str> = url.path_segments().into_iter().flatten().filter(|s| !s.is_empty()).collect();
    folders.len() > FOLDERS || folders.iter().any(|f| folders.iter().filter(|g| *g == f).count() > REPEATS)
}

/// How many addresses of the shape of `url` are believed.
fn most_of_a_kind(url: &Url) -> u32 {
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.to_ascii_lowercase()).collect();
    let by_parameters = PER_PROGRAM.get(names.len()).or(PER_PROGRAM.last()).copied().unwrap_or_default();
    let asks_a_day = names.iter().any(|n| CALENDAR.contains(&n.as_str()));
    let token = folders(url).any(is_token);
    by_parameters.min(if asks_a_day { PER_CALENDAR } else { u32::MAX }).min(if token { PER_TOKEN } else { u32::MAX })
}

fn is_token(folder: &str) -> bool {
    folder.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        run.len() >= TOKEN && run.bytes().any(|b| b.is_ascii_digit()) && run.bytes().any(|b| b.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caught(addresses: impl Iterator<Item = String>) -> usize {
        let mut traps = Traps::default();
        addresses.filter(|a| traps.catches(&Url::parse(&format!("http://www.a.gov.cn{a}")).unwrap())).count()
    }

    #[test]
    fn an_honest_site_is_walked_whole() {
        let articles = (0..50_000).map(|n| format!("/xwzx/2026{:02}/t2026{:02}08_{n}.html", n % 12, n % 12));
        let programs = (0..15_000).map(|n| format!("/content.jsp?id={n}"));
        let tokens = (0..5_000).map(|n| format!("/zwgk/8a8a8b{n:026x}.html"));
        assert_eq!(caught(articles.chain(programs).chain(tokens)), 0);
    }

    #[test]
    fn traps_are_left_after_a_few_steps() {
        let calendar = (0..9_999).map(|n| format!("/events?year={}&month={}", 2000 + n / 12, n % 12));
        let sessions = (0..9_999).map(|n| format!("/s/4hd83k{n:020x}/list.html"));
        let explosion = (0..9_999).map(|n| format!("/list?a={}&b={}&c={}&e={}", n % 9, n % 7, n % 11, n));
        for (trap, most) in [(calendar.collect::<Vec<_>>(), 40), (sessions.collect(), 40), (explosion.collect(), 40)] {
            assert_eq!(caught(trap.into_iter()), 9_999 - most);
        }
        let deep = (1..40).map(|n| format!("/{}", "a/b/".repeat(n)));
        assert_eq!(caught(deep), 37);
        assert_eq!(caught(std::iter::once(format!("/{}", "x".repeat(600)))), 1);
    }

    #[test]
    fn pages_that_say_the_same_under_new_addresses_are_left() {
        let url = |n: u32| Url::parse(&format!("http://www.a.gov.cn/p/{n}.html")).unwrap();
        let mut traps = Traps::default();
        for n in 0..ALIKE {
            assert!(!traps.catches(&url(n)));
            traps.served(&url(n), Some(Print(7)));
        }
        assert!(!traps.is_closed(&url(99)), "the first of them was new");
        traps.served(&url(ALIKE), Some(Print(5)));
        assert!(traps.is_closed(&url(99)) && traps.catches(&url(99)));
    }
}
