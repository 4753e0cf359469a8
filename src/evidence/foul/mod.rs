//! Signs that somebody else speaks in the place of a site: on a page, or in a link that visitors are not meant to see.
//!
//! *Owns*: naming the signs, one by one. *May not*: say what they amount to — one sign alone is a clue, and who warns against
//! such pages uses their words too. *Start reading at* [`on_page`] and [`Lure::of`].

mod words;

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use self::words::{GAMBLING, HOST_PARTS, INDECENT, SALE, SALE_HOSTS, SPUN, TRADITIONAL, WARNING};
use super::page::{Link, PageFacts, Veil, address};
use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

/// One sign; each is independent of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The title carries a brand or such words.
    Title,
    /// Description or keywords do.
    Labels,
    /// The text carries many different ones.
    Text,
    /// Rows of empty elements that share one made-up id.
    TagSoup,
    /// The whole page is in traditional characters.
    Traditional,
    /// Readings in brackets behind characters.
    Pinyin,
    /// Ordinary words exchanged for unusual ones.
    Spun,
    /// The page offers its own name for sale.
    Sale,
    /// It leads to hosts that trade in names.
    SaleHost,
    /// A link's words.
    LinkText,
    /// The name of the host a link leads to.
    LinkHost,
    /// Many links to many different places.
    LinkFarm,
    /// Search engines are shown something else.
    Cloak,
}

/// Different words in a text from which they are a sign: an article may quote a few.
const WORDS: usize = 5;
/// Empty elements sharing one id.
const SOUP: usize = 5;
/// Links into different registrable domains.
const FARM: usize = 20;
/// Traditional characters of hundred that could be either.
const TRADITIONAL_SHARE: usize = 4;
/// Readings in brackets.
const READINGS: usize = 5;
/// Bytes of a text looked at.
const LOOKED_AT: usize = 200 * 1024;

/// All such words at once: a page is searched for them in one pass.
static FOUL: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(GAMBLING.iter().chain(INDECENT))
        .expect("a few short words make a small automaton")
});

/// Whether a title alone is a sign.
pub fn is_foul_title(title: &str) -> bool {
    let title = title.to_lowercase();
    !warns(&title) && FOUL.is_match(&title)
}

/// What a page shows in its own name that only somebody else would put there: the signs that count on a site's own pages.
/// Other authorities' pages may be in traditional characters, or lead to many places.
pub fn telltale(page: &PageFacts, source: &[u8]) -> BTreeSet<Sign> {
    let mut signs = BTreeSet::new();
    let text = head(&page.text, LOOKED_AT);
    let warns = warns(&page.title.to_lowercase());
    if is_foul_title(&page.title) {
        signs.insert(Sign::Title);
    }
    let is_label = |name: &str| ["keywords", "description"].iter().any(|l| name.trim().eq_ignore_ascii_case(l));
    let labels: String = page.metas.iter().filter(|m| is_label(&m.name)).map(|m| m.content.to_lowercase()).collect();
    if !warns && !self::warns(&labels) && FOUL.is_match(&labels) {
        signs.insert(Sign::Labels);
    }
    let different: BTreeSet<usize> = FOUL.find_iter(text).map(|m| m.pattern().as_usize()).collect();
    if !warns && different.len() >= WORDS {
        signs.insert(Sign::Text);
    }
    if readings(text) >= READINGS {
        signs.insert(Sign::Pinyin);
    }
    if is_soup(&String::from_utf8_lossy(&source[..source.len().min(LOOKED_AT)])) {
        signs.insert(Sign::TagSoup);
    }
    signs
}

/// The signs of a page served under a name that should not serve such things.
pub fn on_page(page: &PageFacts, source: &[u8]) -> BTreeSet<Sign> {
    let mut signs = telltale(page, source);
    let text = head(&page.text, LOOKED_AT).to_lowercase();
    let title = page.title.to_lowercase();
    if has_any(&title, SALE) || has_any(&text, SALE) {
        signs.insert(Sign::Sale);
    }
    let hosts: Vec<&str> = page.links.iter().filter_map(host_of).collect();
    let trades = |host: &&str| SALE_HOSTS.iter().any(|sale| host == sale || host.ends_with(&format!(".{sale}")));
    if hosts.iter().any(trades) {
        signs.insert(Sign::SaleHost);
    }
    let domains: BTreeSet<&str> = hosts.iter().filter_map(|h| psl::domain_str(h)).collect();
    if domains.len() >= FARM {
        signs.insert(Sign::LinkFarm);
    }
    let han = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let traditional = text.chars().filter(|c| TRADITIONAL.contains(c)).count();
    if han > 100 && traditional * 100 > han * TRADITIONAL_SHARE {
        signs.insert(Sign::Traditional);
    }
    if SPUN.iter().filter(|w| text.contains(**w)).count() >= 2 {
        signs.insert(Sign::Spun);
    }
    signs
}

/// A link to another site that visitors are not meant to see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lure {
    /// The page it stands on.
    pub on: String,
    pub url: String,
    /// At most [`TEXT`] characters.
    pub text: String,
    pub veil: Veil,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub signs: BTreeSet<Sign>,
}

/// Characters kept of a link's text.
const TEXT: usize = 40;

impl Lure {
    /// The hidden links of `page` that lead away from everything the register knows and from other authorities, with the signs
    /// of each.
    pub fn of(page: &PageFacts, known: &[&String]) -> Vec<Lure> {
        page.links.iter().filter_map(|link| Lure::read(link, &page.url, known)).collect()
    }

    fn read(link: &Link, on: &str, known: &[&String]) -> Option<Lure> {
        let veil = link.veil?;
        let host = host_of(link)?;
        if is_trusted(host, known) {
            return None;
        }
        let mut signs = BTreeSet::new();
        let text = link.text.to_lowercase();
        if !warns(&text) && FOUL.is_match(&text) {
            signs.insert(Sign::LinkText);
        }
        if names_trade(host) {
            signs.insert(Sign::LinkHost);
        }
        Some(Lure {
            on: on.to_owned(),
            url: link.url.clone().unwrap_or_default().chars().take(200).collect(),
            text: link.text.chars().take(TEXT).collect(),
            veil,
            signs,
        })
    }

    /// Signs of all together: also that they are a farm.
    pub fn signs<'l>(lures: impl Iterator<Item = &'l Lure>) -> BTreeSet<Sign> {
        let mut signs = BTreeSet::new();
        let mut domains = BTreeSet::new();
        for lure in lures {
            signs.extend(&lure.signs);
            domains.extend(address::host_of(&lure.url).and_then(psl::domain_str));
        }
        if domains.len() >= FARM {
            signs.insert(Sign::LinkFarm);
        }
        signs
    }
}

fn host_of(link: &Link) -> Option<&str> {
    address::host_of(link.url.as_deref()?)
}

/// A name the register knows, or one that only authorities, schools and the like can have.
fn is_trusted(host: &str, known: &[&String]) -> bool {
    let domain = psl::domain_str(host).unwrap_or(host);
    let listed = known.iter().any(|h| psl::domain_str(h).unwrap_or(h) == domain);
    listed
        || [".gov.cn", ".xn--zfr164b", ".edu.cn", ".ac.cn", ".mil.cn"].iter().any(|end| host.ends_with(end))
        || host == "gov.cn"
}

/// A label, or a part of one between digits and hyphens, is one of the words of the trade.
fn names_trade(host: &str) -> bool {
    host.split(['.', '-']).any(|label| {
        let letters = label.trim_matches(|c: char| c.is_ascii_digit());
        HOST_PARTS.iter().any(|part| label == *part || letters == *part || (part.len() >= 4 && label.contains(part)))
    })
}

fn warns(text: &str) -> bool {
    has_any(text, WARNING)
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn head(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// How often a reading stands in brackets behind a character: a Chinese character, a bracket, Latin letters, a bracket.
fn readings(text: &str) -> usize {
    let mut found = 0;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, '(' | '（') && ('\u{4e00}'..='\u{9fff}').contains(&before) {
            let mut letters = 0;
            while chars.peek().is_some_and(|c| c.is_alphabetic() && (*c as u32) < 0x250) && letters < 7 {
                chars.next();
                letters += 1;
            }
            found += usize::from((1..=6).contains(&letters) && matches!(chars.peek(), Some(')' | '）')));
        }
        before = c;
    }
    found
}

/// Whether empty elements share an id of five or so letters and digits.
fn is_soup(source: &str) -> bool {
    let mut ids: HashMap<&str, usize> = HashMap::new();
    for piece in source.split("<").skip(1) {
        let Some((tag, rest)) = piece.split_once('>') else { continue };
        // Directly closed: the next piece begins with the end tag.
        if !rest.is_empty() || tag.starts_with('/') {
            continue;
        }
        let Some((_, id)) = tag.split_once("id=\"") else { continue };
        let Some((id, _)) = id.split_once('"') else { continue };
        let made_up = (4..=6).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric())
            && id.bytes().any(|b| b.is_ascii_digit());
        if made_up && ids.len() < 1000 {
            *ids.entry(id).or_default() += 1;
        }
    }
    ids.values().any(|n| *n >= SOUP)
}

/// As whom a page was asked for once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// A spider of a search engine.
    Spider,
    /// A visitor who comes from a search engine.
    Search,
}

/// The home page as it was shown to somebody else; no body is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Masked {
    pub mask: Mask,
    /// Where the visit ended.
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// At most 120 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub signs: BTreeSet<Sign>,
}

/// The signs [`telltale`] looks for; others' reports are filtered by it.
pub const TELLTALE: [Sign; 5] = [Sign::Title, Sign::Labels, Sign::Text, Sign::TagSoup, Sign::Pinyin];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::page::{PageInput, read};

    fn page(html: &str) -> PageFacts {
        read(&PageInput {
            bytes: html.as_bytes(),
            url: "http://www.a.gov.cn/",
            content_type: Some("text/html; charset=utf-8"),
            fragment: false,
        })
    }

    fn signs(html: &str) -> Vec<Sign> {
        on_page(&page(html), html.as_bytes()).into_iter().collect()
    }

    #[test]
    fn the_pattern_book_is_recognised() {
        assert_eq!(
            signs(
                "<title>365bet体育在线网址_365体育_Best365官网登录</title><meta name=keywords content='百家乐,老虎机'><p>x"
            ),
            [Sign::Title, Sign::Labels]
        );
        let soup = "<p>x".to_owned() + &"<legend id=\"h4sia\"></legend><samp id=\"h4sia\"></samp>".repeat(3);
        assert_eq!(signs(&soup), [Sign::TagSoup]);
        assert_eq!(
            signs(&"國務院辦公廳關於開展政府網站檢查的報告，各縣區機構組織發布動態信息。".repeat(6)),
            [Sign::Traditional]
        );
        assert_eq!(signs(&"國務院辦(bàn)公廳網(wang)站".repeat(3)), [Sign::Pinyin]);
        assert_eq!(
            signs("<title>a.com</title><p>此域名正在出售<a href='https://www.sedo.com/x'>x</a>"),
            [Sign::Sale, Sign::SaleHost]
        );
    }

    #[test]
    fn who_warns_and_who_is_lawful_shows_no_sign() {
        for html in [
            "<title>关于打击网络赌博、百家乐等违法犯罪的通告</title><p>警惕百家乐、老虎机、六合彩、时时彩、北京赛车、棋牌类网络赌博",
            "<title>云岭市福利彩票发行中心</title><meta name=keywords content='福利彩票,体育彩票,双色球,大乐透'><p>双色球开奖公告",
            "<title>云岭市人民政府</title><p>市长（副市长）召开会议（视频）<p>专题（一）（二）",
            "<title>云岭市体育局</title><p>足球 篮球 体育彩票公益金使用情况",
        ] {
            assert_eq!(signs(html), [], "{html}");
        }
    }

    #[test]
    fn only_links_out_of_sight_to_strangers_are_lures() {
        let html = "<div style='position:absolute;left:-9999px'><a href='http://www.bet365-cn.com/'>澳门金沙娱乐城</a>\
             <a href='http://www.b.gov.cn/'>友情链接</a><a href='/x'>x</a></div>\
             <div style='display:none'><a href='http://www.hezuo.com/'>合作单位</a></div>\
             <style>.tab2{display:none} .a .b{display:none}</style><div class=tab2><a href='https://www.cwl-lottery.com/'>福利彩票</a></div>\
             <div id=cf><a href='http://x.com/'>裸聊</a></div><script>document.getElementById('cf').style.display = \"none\"</script>\
             <a href='http://www.yabo.com/'>亚博</a>";
        let known = "www.a.gov.cn".to_owned();
        let lures = Lure::of(&page(html), &[&known]);
        let found: Vec<(&str, Vec<Sign>)> =
            lures.iter().map(|l| (l.url.as_str(), l.signs.iter().copied().collect())).collect();
        assert_eq!(
            found,
            [
                ("http://www.bet365-cn.com/", vec![Sign::LinkText, Sign::LinkHost]),
                ("http://www.hezuo.com/", vec![]),
                ("https://www.cwl-lottery.com/", vec![Sign::LinkHost]),
                ("http://x.com/", vec![Sign::LinkText]),
            ]
        );
    }
}
