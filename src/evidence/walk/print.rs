//! Fingerprint of a page's own text: pages that say nearly the same have fingerprints that differ in few bits (simhash over
//! runs of characters, so that it works without knowing where Chinese words end).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// Characters of one run.
const RUN: usize = 4;
/// A text of fewer characters says nothing by itself.
const LEAST: usize = 8;
/// Characters looked at.
const MOST: usize = 20_000;

/// 64 bits of simhash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Print(pub u64);

impl Print {
    /// Bits that differ, 0 to 64.
    pub fn distance(self, other: Print) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

/// Lines that a page shares with all others of its site: navigation and footer, taken from the home page.
#[derive(Debug, Clone, Default)]
pub struct Common(HashSet<u64>);

impl Common {
    /// The lines of the home page's visible text.
    pub fn of(text: &str) -> Self {
        Common(text.lines().map(line_hash).collect())
    }

    /// The fingerprint of `text` without the common lines; `None` when what remains says nothing.
    pub fn print(&self, text: &str) -> Option<Print> {
        print(text.lines().filter(|line| !self.0.contains(&line_hash(line))))
    }
}

fn print<'t>(lines: impl Iterator<Item = &'t str>) -> Option<Print> {
    let mut ones = [0i32; 64];
    let mut seen = 0;
    for line in lines {
        let chars: Vec<char> = line.chars().filter(|c| !c.is_whitespace()).take(MOST).collect();
        for run in chars.windows(RUN.min(chars.len()).max(1)) {
            let bits = hash(run.iter().map(|c| *c as u32));
            for (at, one) in ones.iter_mut().enumerate() {
                *one += if bits >> at & 1 == 1 { 1 } else { -1 };
            }
        }
        seen += chars.len();
        if seen > MOST {
            break;
        }
    }
    let bits = ones.iter().enumerate().filter(|(_, n)| **n > 0).fold(0, |all, (at, _)| all | 1u64 << at);
    (seen >= LEAST).then_some(Print(bits))
}

fn line_hash(line: &str) -> u64 {
    hash(line.bytes().map(u32::from))
}

/// FNV-1a with a final mixing of the bits (splitmix64): fingerprints are stored and compared years later, so the function may
/// never change.
fn hash(units: impl Iterator<Item = u32>) -> u64 {
    let folded =
        units.fold(0xCBF2_9CE4_8422_2325u64, |hash, unit| (hash ^ u64::from(unit)).wrapping_mul(0x100_0000_01B3));
    let mixed = (folded ^ folded >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "首页\n新闻\n版权所有 测试市人民政府";

    fn of(text: &str) -> Option<Print> {
        Common::of(HOME).print(text)
    }

    #[test]
    fn nearly_the_same_text_is_near_and_another_is_far() {
        let body =
            "测试市召开优化营商环境工作推进会，市委副书记、市长出席会议并讲话，强调要持续深化放管服改革。".repeat(8);
        let a = of(&format!("首页\n新闻\n{body}浏览次数：12")).unwrap();
        let b = of(&format!("首页\n{body}浏览次数：97\n版权所有 测试市人民政府")).unwrap();
        let c = of(&"关于做好今年春季义务植树有关工作的通知，各县市区人民政府，市政府各工作部门。".repeat(8)).unwrap();
        assert!(a.distance(b) <= 3, "{}", a.distance(b));
        assert!(a.distance(c) > 12, "{}", a.distance(c));
    }

    #[test]
    fn what_every_page_says_is_nobodys_own() {
        assert_eq!(of(HOME), None);
        assert_eq!(of(""), None);
        assert_eq!(of("首页\n无"), None);
    }
}
