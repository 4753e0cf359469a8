//! The page as a flow of pieces of text: what the one DOM walk leaves behind, and what the mark readers work on.

use std::borrow::Cow;

use super::Where;

/// A page (or fragment) after its one DOM walk. No DOM leaves the walk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flow {
    /// Text in document order.
    pub pieces: Vec<Piece>,
    /// Every `<a>` and `<area>`, in document order.
    pub anchors: Vec<Anchor>,
    /// Elements that may carry a badge: images, scripts with an address, clickable things, elements with telling class
    /// names or `data-` attributes.
    pub tokens: Vec<Token>,
    /// Ancestor chain of pieces, anchors and tokens.
    pub paths: Vec<PathStep>,
}

/// A run of text with one parent.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Entities decoded, blanks as in the source.
    pub text: String,
    pub at: Where,
    /// A visitor sees it.
    pub visible: bool,
    pub in_footer: bool,
    /// Pieces of one block follow each other without a border; block tags and `<br>` begin a new number.
    pub block: u32,
    /// Innermost anchor around it, index into [`Flow::anchors`].
    pub anchor: Option<u32>,
    /// Index into [`Flow::paths`].
    pub path: u32,
}

/// A link.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Anchor {
    /// As written, trimmed.
    pub href: String,
    /// An address kept in a made-up attribute (`url=`, `data-url=`, `data-href=`) or a click handler.
    pub other_address: String,
    pub onclick: String,
    pub title: String,
    pub class: String,
    pub visible: bool,
    pub veil: Option<super::Veil>,
    pub in_footer: bool,
    /// Found inside a comment.
    pub comment: bool,
    pub block: u32,
    pub path: u32,
}

/// An element that is no text but may be a mark.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Token {
    /// Lower case, e.g. `img`, `script`, `div`, `meta`.
    pub tag: String,
    /// All attributes, names in lower case, in source order.
    pub attributes: Vec<(String, String)>,
    pub visible: bool,
    pub in_footer: bool,
    /// Found inside a comment.
    pub comment: bool,
    pub anchor: Option<u32>,
    pub block: u32,
    pub path: u32,
}

impl Token {
    /// Value of an attribute, name in lower case.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One element on the way from the root: enough for a short selector.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PathStep {
    pub parent: Option<u32>,
    pub tag: Cow<'static, str>,
    pub id: String,
    pub class: String,
}

impl Flow {
    /// A short CSS path of at most four steps, e.g. `div.footer > p > a`.
    pub fn selector(&self, path: u32) -> String {
        let mut steps = Vec::new();
        let mut next = Some(path);
        while let Some(step) = next.and_then(|i| self.paths.get(i as usize)) {
            let mut text = step.tag.clone().into_owned();
            if !step.id.is_empty() {
                text.push('#');
                text.push_str(&step.id);
            } else if let Some(class) = step.class.split_ascii_whitespace().next() {
                text.push('.');
                text.push_str(class);
            }
            let anchored = !step.id.is_empty();
            steps.push(text);
            if steps.len() == 4 || anchored {
                break;
            }
            next = step.parent;
        }
        steps.reverse();
        steps.join(" > ")
    }
}
