//! A footer that is a picture: a visitor reads the numbers in it, the program cannot, so nothing is "missing" there.

use super::Where;
use super::flow::{Flow, Token};
use super::{marks, words};

/// Names of pictures that are no footer: badges, codes to scan, icons, ornaments.
const SMALL_THINGS: [&str; 22] = [
    "conac", "jiucuo", "zhaocuo", "red.png", "blue.png", "dzjg", "ghs", "beian", "batb", "jinghui", "logo", "icon",
    "qr", "ewm", "erweima", "weixin", "wx", "weibo", "arrow", "line", "blank", "spacer",
];
/// A picture declared narrower or lower than this holds no line of text, CSS pixels.
const NARROW: u32 = 240;
const LOW: u32 = 40;

/// Whether the bottom of the page has no words of a footer, but a picture in the place of them: inside a container named as
/// the footer, or behind the last words of a page without one.
pub(super) fn is_footer(flow: &Flow) -> bool {
    let shown = || flow.pieces.iter().filter(|p| p.visible && p.at == Where::Text && !p.text.trim().is_empty());
    let tells = |text: &str| marks::is_footer_marker(text) || words::FOOTER_WORDS.iter().any(|w| text.contains(w));
    if shown().any(|p| p.in_footer && tells(&p.text)) {
        return false;
    }
    let last_words = shown().map(|p| p.block).max().unwrap_or(0);
    let named = flow.tokens.iter().any(|t| t.in_footer);
    let stands_there = |t: &&Token| if named { t.in_footer } else { t.block > last_words };
    flow.tokens.iter().filter(stands_there).any(is_banner)
}

fn is_banner(token: &Token) -> bool {
    let get = |name| token.attribute(name).unwrap_or_default().to_ascii_lowercase();
    let (source, alt) = (get("src"), get("alt"));
    let file = source.rsplit('/').next().unwrap_or_default();
    let declared = |name| get(name).trim_end_matches("px").trim().parse::<u32>().ok();
    token.tag == "img"
        && token.visible
        && !token.comment
        && !source.is_empty()
        && alt.trim().is_empty()
        && declared("width").is_none_or(|w| w >= NARROW)
        && declared("height").is_none_or(|h| h >= LOW)
        && !SMALL_THINGS.iter().any(|s| file.contains(s) || get("id").contains(s) || get("class").contains(s))
}

#[cfg(test)]
mod tests {
    use super::super::{PICTURE, PageInput, read};

    fn is_picture(bottom: &str) -> bool {
        let html =
            format!("<html><body><h1>某局</h1><p>要闻</p><p><img src='/a.jpg'></p><p>更多</p>{bottom}</body></html>");
        let facts = read(&PageInput {
            bytes: html.as_bytes(),
            url: "https://www.test.gov.cn/",
            content_type: Some("text/html; charset=utf-8"),
            fragment: false,
        });
        facts.opaque.iter().any(|o| o.why == PICTURE)
    }

    #[test]
    fn a_footer_that_is_a_picture_is_known_by_its_place() {
        assert!(is_picture("<div class=footer><img src='/images/footer.jpg' width=1200 height=180 usemap='#m'></div>"));
        assert!(is_picture("<div id=foot><a href='/gywm'>关于我们</a><br><img src='x.gif'></div>"));
        assert!(is_picture("<table><tr><td><img src='/images/dibu_02.jpg'></td></tr></table>"));
    }

    #[test]
    fn pictures_beside_the_words_of_a_footer_and_badges_are_no_footer() {
        assert!(!is_picture("<div class=footer><p>版权所有 某局</p><img src='/images/bg.jpg'></div>"));
        assert!(!is_picture("<div class=footer><p>某局</p><img src='//dcs.conac.cn/image/red.png'></div>"));
        assert!(!is_picture("<div class=footer><img src='/images/ghs.png' width=20><img src='d.png' height=20></div>"));
        assert!(!is_picture("<div class=footer><img src='/images/jc.png' alt='找错'></div>"));
        assert!(!is_picture("<div class=footer><p>某局</p></div>"));
        assert!(!is_picture(""));
    }
}
