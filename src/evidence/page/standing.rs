//! What a whole page stands for: the site's own content, or something that only answers in its place.
//!
//! Only short pages with next to no links can be anything but content: an article about a closing, a banner above the news and
//! the word "rebuilding" in a headline stand on pages that have much more to say.

use super::address::host_of;
use super::types::PageFacts;
use super::words::standing as words;

/// What answers under an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    #[default]
    Content,
    /// A notice that the site is or will be closed for good.
    Closing,
    /// A notice that the site is found elsewhere.
    Moved,
    /// A notice of a pause: 临时下线, 停机维护.
    Suspended,
    /// 「升级改版中」: no date, no site.
    Rebuilding,
    /// The page a server or a hosting panel shows when no site is set up.
    ServerDefault,
    /// A name that is for sale or left with a parking service.
    Parked,
    /// A list of files.
    Listing,
}

/// Bytes of text above which a page is content without a further look.
const TEXT_MAX: usize = 12_000;
/// Characters without blanks of a notice; of a notice of a pause, which has even less to say; of a page of a server or a
/// parking service.
const NOTICE: usize = 500;
const PAUSE: usize = 300;
const PLACEHOLDER: usize = 2_500;
/// A page with more links into itself has a menu; a pause links nowhere but home.
const OWN_LINKS: usize = 5;
const PAUSE_LINKS: usize = 2;
/// Characters from the naming of the site to the verb of its closing.
const REACH: usize = 40;

impl Standing {
    /// Key in the label group `standing`.
    pub fn key(self) -> &'static str {
        match self {
            Standing::Content => "content",
            Standing::Closing => "closing",
            Standing::Moved => "moved",
            Standing::Suspended => "suspended",
            Standing::Rebuilding => "rebuilding",
            Standing::ServerDefault => "server_default",
            Standing::Parked => "parked",
            Standing::Listing => "listing",
        }
    }

    /// Reads a page. Pure and cheap: nothing is looked at on a page of any length.
    pub fn of(page: &PageFacts) -> Standing {
        if page.text.len() > TEXT_MAX || page.client_hop.is_some() || page.refused.is_some() {
            return Standing::Content;
        }
        let title = page.title.trim().to_lowercase();
        if title.starts_with(words::LISTING) || page.text.contains(words::LISTING_UP) {
            return Standing::Listing;
        }
        // Nearly every page ends here: many rules ask, and what follows is dear.
        let own_links = own_links(page);
        if own_links > OWN_LINKS {
            return Standing::Content;
        }
        let length = page.text.chars().filter(|c| !c.is_whitespace()).count();
        if length <= PLACEHOLDER {
            let lower = page.text.to_lowercase();
            if words::SERVER_TITLES.iter().any(|w| title.contains(w)) || words::SERVER_TEXTS.contains(&lower.trim()) {
                return Standing::ServerDefault;
            }
            if has(&lower, words::PARKED) || has(&title, words::PARKED) || links_to_parking(page) {
                return Standing::Parked;
            }
        }
        let lines: Vec<&str> = page.text.lines().filter(|l| !page.footer.contains(*l)).collect();
        let said = std::iter::once(page.title.as_str()).chain(lines.iter().copied());
        let body: usize = lines.iter().map(|l| l.chars().filter(|c| !c.is_whitespace()).count()).sum();
        if body > NOTICE || length > 2 * NOTICE || leads_in(page) {
            return Standing::Content;
        }
        let sentences: Vec<&str> = said.flat_map(|line| line.split(words::SENTENCE_ENDS)).collect();
        let any = |is: fn(&str) -> bool| sentences.iter().any(|s| is(s));
        if any(ends) {
            return Standing::Closing;
        }
        if body <= PAUSE && own_links <= PAUSE_LINKS {
            if any(pauses) {
                return Standing::Suspended;
            }
            if any(|s| has(s, words::REBUILDING)) {
                return Standing::Rebuilding;
            }
        }
        match any(moves) {
            true => Standing::Moved,
            false => Standing::Content,
        }
    }
}

/// The sentence says that the site ends: the site is named first, the verb follows, and for verbs that buttons know too the
/// sentence speaks of a fact or a date.
fn ends(sentence: &str) -> bool {
    if has(sentence, words::FOR_A_WHILE) {
        return false;
    }
    after_site(sentence)
        .is_some_and(|rest| has(rest, words::ENDED) || (has(rest, words::SHUT) && has(sentence, words::DECIDED)))
}

fn moves(sentence: &str) -> bool {
    after_site(sentence).is_some_and(|rest| has(rest, words::MOVED))
}

/// A heading such as `网站维护：某中心` names who maintains it.
fn pauses(sentence: &str) -> bool {
    words::PAUSED.iter().any(|word| {
        sentence
            .match_indices(word)
            .any(|(at, _)| !sentence[at + word.len()..].trim_start_matches(words::MAINTAINER).starts_with([':', '：']))
    })
}

/// The few words that follow the first naming of a site.
fn after_site(sentence: &str) -> Option<&str> {
    let at = words::SITE.iter().filter_map(|w| sentence.find(w)).min()?;
    let rest = &sentence[at..];
    let end = rest.char_indices().nth(REACH).map_or(rest.len(), |(i, _)| i);
    Some(&rest[..end])
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|w| text.contains(w))
}

/// Host of an address, without its `www.`.
pub(super) fn host(url: &str) -> Option<&str> {
    host_of(url).map(|host| host.trim_start_matches("www."))
}

/// Visible links into the page's own host; no more are counted than a notice may have.
fn own_links(page: &PageFacts) -> usize {
    let own = host(&page.url);
    let links = page.links.iter().filter(|l| !l.hidden && !l.in_footer).filter_map(|l| l.url.as_deref());
    links.filter(|url| host(url) == own).take(OWN_LINKS + 1).count()
}

/// A splash before the site: a notice with a way in.
fn leads_in(page: &PageFacts) -> bool {
    page.links.iter().any(|l| !l.hidden && has(&l.text, words::WAY_IN))
}

fn links_to_parking(page: &PageFacts) -> bool {
    let mut hosts =
        page.links.iter().filter_map(|l| host(l.url.as_deref()?)).chain(page.frames.iter().filter_map(|f| host(f)));
    hosts.any(|h| words::PARKING_HOSTS.iter().any(|p| h == *p || h.strip_suffix(p).is_some_and(|r| r.ends_with('.'))))
}

#[cfg(test)]
mod tests {
    use super::super::{PageInput, read};
    use super::*;

    fn of(html: &str) -> Standing {
        let html = format!("<html><head><meta charset=utf-8>{html}</html>");
        let url = "https://www.test.gov.cn/";
        Standing::of(&read(&PageInput { bytes: html.as_bytes(), url, content_type: None, fragment: false }))
    }

    #[test]
    fn each_state_is_told_by_its_own_words() {
        for (page, standing) in [
            ("<p>根据要求，本网站已于2026年3月1日关停，请访问市政府网站。", Standing::Closing),
            ("<p>某局网站自2026年5月1日起永久下线。", Standing::Closing),
            ("<h1>关于关停某局网站的公告</h1><p>某局网站将于6月底关闭。", Standing::Closing),
            ("<p>本站域名已变更为 www.new.gov.cn", Standing::Moved),
            ("<p>原网站内容已迁移至市政府门户网站", Standing::Moved),
            ("<p>因系统维护，本网站自5月1日起临时下线，预计5月20日恢复。", Standing::Suspended),
            ("<p>网站停机维护中，请稍后访问", Standing::Suspended),
            ("<p>网站暂时关闭", Standing::Suspended),
            ("<h1>网站升级改版中，敬请期待</h1>", Standing::Rebuilding),
            ("<title>Welcome to nginx!</title><h1>Welcome to nginx!</h1>", Standing::ServerDefault),
            ("<title>恭喜，站点创建成功！</title><p>这是默认index.html", Standing::ServerDefault),
            ("<body>It works!", Standing::ServerDefault),
            ("<title>Index of /</title><a href=a.txt>a.txt</a>", Standing::Listing),
            ("<title>old.com</title><p>This domain is for sale", Standing::Parked),
            ("<p>您访问的域名正在出售</p><a href=https://sedoparking.com/x>x</a>", Standing::Parked),
        ] {
            assert_eq!(of(page), standing, "{page}");
        }
    }

    #[test]
    fn what_only_speaks_of_such_things_is_content() {
        let news: String =
            (0..8).map(|n| format!("<li><a href=/xw/{n}.html>关于关停整合政府网站的通知{n}</a>")).collect();
        let headline: String =
            (0..8).map(|n| format!("<li><a href=/xw/{n}.html>网站升级改版中，市长调研{n}</a>")).collect();
        let long = "某局今日召开会议，部署重点工作。".repeat(60);
        for page in [
            news.clone(),
            headline,
            format!("<p>本网站已关停的栏目见公告</p>{news}"),
            format!("<div>系统维护公告：今晚停机维护</div>{long}"),
            "<p>如无法打开，请关闭弹窗拦截后访问本网站".to_owned(),
            "<p>本网站建议使用谷歌浏览器<p>网站维护：市信息中心<p>网站维护单位：市信息中心".to_owned(),
            "<p>公告：系统维护</p><a href=/index.html>进入网站</a>".to_owned(),
            format!("<p>本网站已于2026年关停{long}"),
            "<meta http-equiv=refresh content='0;url=/a.html'><p>网站已迁移至新址".to_owned(),
        ] {
            assert_eq!(of(&page), Standing::Content, "{page}");
        }
    }
}
