//! Ways to keep something on a page and out of sight.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::dom::has_any;

/// How an element, or one around it, is kept out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Veil {
    /// `display:none`, `visibility:hidden`, the `hidden` attribute.
    NotDisplayed,
    /// Placed far outside the window.
    OffScreen,
    /// A box without room.
    NoRoom,
    /// Letters without size.
    NoFont,
    Transparent,
    /// Letters in the colour of their paper.
    SameColour,
    /// A moving text in a box without room, or too fast to be seen.
    Marquee,
}

/// What stands in every style that hides something.
const TELLING: [&str; 8] = ["none", "hidden", "position", "indent", "-size", "line-height", "opacity", "background"];
/// Pixels from which a place is outside every window.
const FAR: f32 = -300.0;
/// Pixels in which nobody reads.
const TINY: f32 = 2.0;

/// What a style declaration list hides by.
pub(super) fn of_style(style: &str) -> Option<Veil> {
    // Nearly all styles say nothing of the kind, and most pages are full of them.
    if style.len() > 2_000 || !has_any(style, &TELLING) {
        return None;
    }
    let declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let all: Vec<(&str, String)> = declarations
        .map(|(name, value)| {
            let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
            (name.trim(), value.trim_end_matches("!important").to_ascii_lowercase())
        })
        .collect();
    let get = |name: &str| all.iter().rev().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
    let px = |name: &str| get(name).and_then(pixels);
    let far = |name: &str| px(name).is_some_and(|n| n <= FAR);
    let tiny = |name: &str| px(name).is_some_and(|n| (0.0..=TINY).contains(&n));
    let placed = matches!(get("position"), Some("absolute" | "fixed" | "relative"));
    if get("display") == Some("none") || get("visibility") == Some("hidden") {
        Some(Veil::NotDisplayed)
    } else if placed && ["left", "top", "right", "bottom"].into_iter().any(far) || far("text-indent") {
        Some(Veil::OffScreen)
    } else if get("overflow") == Some("hidden") && (tiny("height") || tiny("width")) {
        Some(Veil::NoRoom)
    } else if px("font-size").is_some_and(|n| (0.0..=1.0).contains(&n)) || px("line-height").is_some_and(|n| n == 0.0) {
        Some(Veil::NoFont)
    } else if get("opacity").and_then(|o| o.parse::<f32>().ok()).is_some_and(|o| o <= 0.01)
        || get("filter").is_some_and(|f| f.contains("alpha(opacity=0)"))
    {
        Some(Veil::Transparent)
    } else {
        let paper = get("background-color").or(get("background"));
        (get("color").is_some() && get("color") == paper).then_some(Veil::SameColour)
    }
}

/// What a `<marquee>` hides by.
pub(super) fn of_marquee(width: Option<&str>, height: Option<&str>, speed: Option<&str>) -> Option<Veil> {
    let tiny = |size: Option<&str>| size.and_then(pixels).is_some_and(|n| n <= 10.0);
    let fast = speed.and_then(pixels).is_some_and(|n| n >= 1000.0);
    (tiny(width) || tiny(height) || fast).then_some(Veil::Marquee)
}

/// `-9999px`, `0`, `-200em` in pixels; relative sizes have none.
fn pixels(value: &str) -> Option<f32> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '.' | '+'))).unwrap_or(value.len());
    let number: f32 = value[..end].parse().ok()?;
    match &value[end..] {
        "" | "px" | "pt" => Some(number),
        "em" | "rem" => Some(number * 16.0),
        _ => None,
    }
}

/// What the page's own style sheets and scripts hide, by id and class.
#[derive(Debug, Default)]
pub(super) struct Hidden {
    ids: HashMap<String, Veil>,
    classes: HashMap<String, Veil>,
}

/// Names remembered of one page.
const NAMES: usize = 2_000;

impl Hidden {
    /// Takes in the text of a `<style>` element: rules for a single id or class; what depends on more may be undone by more.
    pub(super) fn sheet(&mut self, text: &str) {
        for rule in text.split('}') {
            let Some((selectors, body)) = rule.rsplit_once('{') else { continue };
            let Some(veil) = of_style(body) else { continue };
            for selector in selectors.split(',') {
                let selector = selector.trim();
                let single = |name: &str| {
                    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
                };
                match (selector.strip_prefix('#'), selector.strip_prefix('.')) {
                    (Some(id), _) if single(id) && self.ids.len() < NAMES => self.ids.insert(id.to_owned(), veil),
                    (_, Some(class)) if single(class) && self.classes.len() < NAMES => {
                        self.classes.insert(class.to_owned(), veil)
                    }
                    _ => None,
                };
            }
        }
    }

    /// Takes in a script: `getElementById("x").style.display="none"`, as injected links are hidden most often.
    pub(super) fn script(&mut self, text: &str) {
        for piece in text.split("getElementById(").skip(1).take(200) {
            let quote = piece.trim_start().chars().next().filter(|c| matches!(c, '"' | '\''));
            let Some(quote) = quote else { continue };
            let mut parts = piece.trim_start()[1..].splitn(2, quote);
            let (Some(id), Some(rest)) = (parts.next(), parts.next()) else { continue };
            let call: String =
                rest.chars().take(40).filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
            let gone = call.starts_with(").style.display=none") || call.starts_with(").style.visibility=hidden");
            if gone && self.ids.len() < NAMES {
                self.ids.insert(id.to_owned(), Veil::NotDisplayed);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.classes.is_empty()
    }

    /// By an element's id or one of its classes.
    pub(super) fn veil(&self, id: &str, class: &str) -> Option<Veil> {
        self.ids.get(id).or_else(|| class.split_ascii_whitespace().find_map(|c| self.classes.get(c))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_hide_is_named() {
        for (style, veil) in [
            ("display: none", Some(Veil::NotDisplayed)),
            ("DISPLAY:NONE !important", Some(Veil::NotDisplayed)),
            ("position:absolute; left:-9999px", Some(Veil::OffScreen)),
            ("position: fixed;top:-100em", Some(Veil::OffScreen)),
            ("text-indent:-9999px", Some(Veil::OffScreen)),
            ("height:0;overflow:hidden", Some(Veil::NoRoom)),
            ("width:1px;height:1px;overflow:hidden", Some(Veil::NoRoom)),
            ("font-size:0px", Some(Veil::NoFont)),
            ("opacity:0", Some(Veil::Transparent)),
            ("filter:alpha(opacity=0)", Some(Veil::Transparent)),
            ("color:#fff;background:#fff", Some(Veil::SameColour)),
            ("left:-9999px", None),
            ("position:absolute;left:-20px", None),
            ("height:200px;overflow:hidden", None),
            ("font-size:0.9em;color:#fff;background:#036", None),
            ("", None),
        ] {
            assert_eq!(of_style(style), veil, "{style}");
        }
        assert_eq!(of_marquee(None, Some("1"), None), Some(Veil::Marquee));
        assert_eq!(of_marquee(Some("4"), None, Some("3000")), Some(Veil::Marquee));
        assert_eq!(of_marquee(Some("100%"), Some("30"), Some("3")), None);
    }
}
