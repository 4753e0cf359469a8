//! The one DOM parse and the one walk over it. Leaves plain data only.

use std::borrow::Cow;

use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};

use super::Where;
use super::flow::{Anchor, Flow, PathStep, Piece, Token};
use super::types::{Insecure, Load, Meta, ScriptRef};
use super::veil::{self, Hidden, Veil};

/// What the walk found beside the flow of text.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    pub flow: Flow,
    pub title: String,
    pub metas: Vec<Meta>,
    /// `http-equiv=refresh` contents, as written.
    pub refreshes: Vec<String>,
    /// `<base href>`.
    pub base: Option<String>,
    /// Addresses as written; inline text for scripts without one.
    pub scripts: Vec<ScriptRef>,
    /// Addresses of frames of a frameset, as written.
    pub frames: Vec<String>,
    /// Addresses of inline frames, as written.
    pub iframes: Vec<String>,
    /// Addresses of includes by attribute (`data-include`, `w3-include-html`, `<object data>`), as written.
    pub includes: Vec<String>,
    /// Resources and form targets with an absolute `http:` address; at most [`INSECURE`] of each kind.
    pub insecure: Vec<Insecure>,
    /// A policy in the page lets browsers ask for everything over https.
    pub upgrades: bool,
    /// Server-side includes that reached us unrendered.
    pub raw_includes: u32,
    /// Ids of elements, for scripts that write into them.
    pub ids: Vec<String>,
}

/// Unencrypted resources kept of one page and kind.
const INSECURE: usize = 50;
/// Characters kept of one address.
const ADDRESS: usize = 300;

/// How text inside the element at hand is to be taken.
#[derive(Clone, Copy)]
struct Frame {
    hidden: bool,
    veil: Option<Veil>,
    footer: bool,
    anchor: Option<u32>,
    path: u32,
    raw: Raw,
}

#[derive(Clone, Copy, PartialEq)]
enum Raw {
    No,
    Skip,
    Title,
    Script,
    Style,
}

/// Parses a whole document and walks it. The caller has asked [`super::guard::check`] first.
pub fn walk_document(text: &str) -> Walked {
    let mut walk = Walk::default();
    walk.tree(&Html::parse_document(text), Where::Text);
    walk.finish()
}

/// Parses a piece of a page: an include, or what a script writes.
pub fn walk_fragment(text: &str) -> Walked {
    let mut walk = Walk::default();
    walk.tree(&Html::parse_fragment(text), Where::Text);
    walk.finish()
}

#[derive(Default)]
struct Walk {
    out: Walked,
    block: u32,
    script: Option<ScriptRef>,
    comments: Vec<(String, Frame)>,
    /// What the page's own style sheets and scripts keep out of sight.
    out_of_sight: Hidden,
}

/// Comments longer than this hold no footer, only disabled page parts.
const COMMENT_MAX: usize = 32 * 1024;
/// Comments read for marks on one page.
const COMMENTS_MAX: usize = 64;

impl Walk {
    fn tree(&mut self, html: &Html, at: Where) {
        let outside =
            Frame { hidden: at == Where::Comment, veil: None, footer: false, anchor: None, path: 0, raw: Raw::No };
        self.nodes(html, at, outside);
        for (text, frame) in std::mem::take(&mut self.comments) {
            if super::guard::check(&text).is_ok() {
                self.nodes(&Html::parse_fragment(&text), Where::Comment, Frame { hidden: true, anchor: None, ..frame });
            }
        }
    }

    fn nodes(&mut self, html: &Html, at: Where, outside: Frame) {
        if self.out.flow.paths.is_empty() {
            self.out.flow.paths.push(PathStep::default());
        }
        let mut stack = vec![outside];
        for edge in html.tree.root().traverse() {
            let top = *stack.last().expect("the outermost frame is never popped");
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Element(element) => {
                        let frame = self.open(element, top, at);
                        stack.push(frame);
                    }
                    Node::Text(text) => self.text(text, top, at),
                    Node::Comment(comment) => self.comment(comment, top, at),
                    _ => {}
                },
                Edge::Close(node) => {
                    if let Node::Element(element) = node.value() {
                        stack.pop();
                        if is_block(element.name()) {
                            self.block += 1;
                        }
                        if element.name() == "script"
                            && let Some(script) = self.script.take()
                            && at != Where::Comment
                        {
                            self.out_of_sight.script(&script.inline);
                            self.out.scripts.push(script);
                        }
                    }
                }
            }
        }
    }

    fn open(&mut self, element: &Element, top: Frame, at: Where) -> Frame {
        let tag = element.name();
        let live = at != Where::Comment;
        if is_block(tag) || tag == "br" {
            self.block += 1;
        }
        let common = Common::of(element);
        let (id, class) = (common.id, common.class);
        let path = self.path(top.path, tag, id, class);
        let mut frame = Frame {
            hidden: top.hidden || common.hidden || (tag == "input" && attr(element, "type") == Some("hidden")),
            veil: top.veil.or(common.veil),
            footer: top.footer || is_footer(tag, id, class),
            path,
            ..top
        };
        if live && !id.is_empty() {
            self.out.ids.push(id.to_owned());
        }
        // What stands in <noscript> or <template> is not loaded.
        if live && !matches!(top.raw, Raw::Skip) {
            self.insecure(element, tag);
        }
        match tag {
            "script" => {
                frame.raw = Raw::Script;
                // The loader's own file writes nothing; the file it is told to begin with may.
                let main = attr(element, "data-main")
                    .map(|m| if m.ends_with(".js") { m.to_owned() } else { format!("{m}.js") });
                let source = main.or_else(|| attr(element, "src").map(|s| s.trim().to_owned()));
                self.script = Some(ScriptRef {
                    url: source.filter(|s| !s.is_empty()),
                    inline: String::new(),
                    charset: attr(element, "charset").map(str::to_owned),
                    template: attr(element, "type").is_some_and(is_template_type),
                });
            }
            "style" => frame.raw = Raw::Style,
            "marquee" if frame.veil.is_none() => {
                let get = |name| attr(element, name);
                frame.veil = veil::of_marquee(get("width"), get("height"), get("scrollamount"));
            }
            "noscript" | "template" | "textarea" | "select" | "noframes" => frame.raw = Raw::Skip,
            // SVG has titles too; only the document's own counts.
            "title" if self.out.title.is_empty() => frame.raw = Raw::Title,
            "title" => frame.raw = Raw::Skip,
            "base" if live && self.out.base.is_none() => self.out.base = attr(element, "href").map(str::to_owned),
            "meta" if live => self.meta(element),
            "frame" if live => self.out.frames.extend(source(element)),
            "iframe" => {
                frame.raw = Raw::Skip;
                if live {
                    self.out.iframes.extend(source(element));
                }
            }
            "link" if live && attr(element, "rel").is_some_and(|r| r.trim().eq_ignore_ascii_case("import")) => {
                self.out.includes.extend(attr(element, "href").map(str::to_owned));
            }
            "object" | "embed" if live => {
                let address = attr(element, "data").or(attr(element, "src")).unwrap_or_default();
                if address.contains(".htm") {
                    self.out.includes.push(address.to_owned());
                }
            }
            "a" | "area" => frame.anchor = Some(self.anchor(element, frame, at)),
            _ => {}
        }
        if live && is_raw_include(tag) {
            self.out.raw_includes += 1;
        }
        if live {
            self.out.raw_includes += u32::from(common.server_include);
            self.out.includes.extend(common.includes.iter().filter(|a| !a.is_empty()).map(|a| (*a).to_owned()));
        }
        self.token(element, &common, frame, at);
        frame
    }

    fn path(&mut self, parent: u32, tag: &str, id: &str, class: &str) -> u32 {
        let paths = &mut self.out.flow.paths;
        let parent = (parent != 0).then_some(parent);
        paths.push(PathStep { parent, tag: tag_name(tag), id: id.to_owned(), class: class.to_owned() });
        u32::try_from(paths.len() - 1).unwrap_or(0)
    }

    fn anchor(&mut self, element: &Element, frame: Frame, at: Where) -> u32 {
        let get = |name| attr(element, name).unwrap_or_default().trim().to_owned();
        let other = ["url", "data-url", "data-href", "data-link", "_href", "link"]
            .iter()
            .find_map(|n| attr(element, n).map(str::trim).filter(|v| !v.is_empty()));
        let anchors = &mut self.out.flow.anchors;
        anchors.push(Anchor {
            href: get("href"),
            other_address: other.unwrap_or_default().to_owned(),
            onclick: get("onclick"),
            title: get("title"),
            class: get("class"),
            visible: !frame.hidden,
            veil: frame.veil,
            in_footer: frame.footer,
            comment: at == Where::Comment,
            block: self.block,
            path: frame.path,
        });
        u32::try_from(anchors.len() - 1).unwrap_or(0)
    }

    fn insecure(&mut self, element: &Element, tag: &str) {
        let Some((name, load)) = load(element, tag) else { return };
        let address = attr(element, name).unwrap_or_default().trim();
        let url = match &self.out.base {
            _ if is_plain(address) => address.to_owned(),
            // An unencrypted base makes every relative address one of its own kind.
            Some(base) if is_plain(base) && !address.is_empty() => {
                match url::Url::parse(base.trim()).and_then(|base| base.join(address)) {
                    Ok(url) if url.scheme() == "http" => url.into(),
                    _ => return,
                }
            }
            _ => return,
        };
        if self.out.insecure.iter().filter(|i| i.load == load).count() < INSECURE {
            self.out.insecure.push(Insecure { url: url.chars().take(ADDRESS).collect(), load });
        }
    }

    fn meta(&mut self, element: &Element) {
        let content = attr(element, "content").unwrap_or_default();
        if attr(element, "http-equiv").is_some_and(|h| h.trim().eq_ignore_ascii_case("content-security-policy")) {
            self.out.upgrades |= content.to_ascii_lowercase().contains("upgrade-insecure-requests");
        }
        if attr(element, "http-equiv").is_some_and(|h| h.trim().eq_ignore_ascii_case("refresh")) {
            self.out.refreshes.push(content.to_owned());
        }
        if let Some(name) = attr(element, "name").or(attr(element, "property")) {
            self.out.metas.push(Meta { name: name.trim().to_owned(), content: content.trim().to_owned() });
        }
    }

    /// Alternative texts become pieces; elements that may be badges become tokens.
    fn token(&mut self, element: &Element, common: &Common<'_>, frame: Frame, at: Where) {
        let tag = element.name();
        for (text, place) in [(common.alt, Where::Alt), (common.title, Where::Title)] {
            if is_blank(text) {
                continue;
            }
            let at = if at == Where::Comment { at } else { place };
            self.piece(Cow::Borrowed(text), frame, at);
        }
        if !common.telling && !matches!(tag, "img" | "script" | "iframe" | "input" | "embed") {
            return;
        }
        self.out.flow.tokens.push(Token {
            tag: tag.to_owned(),
            attributes: element.attrs().map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect(),
            visible: !frame.hidden,
            in_footer: frame.footer,
            comment: at == Where::Comment,
            anchor: frame.anchor,
            block: self.block,
            path: frame.path,
        });
    }

    fn text(&mut self, text: &str, frame: Frame, at: Where) {
        match frame.raw {
            Raw::No => {
                if !is_blank(text) {
                    self.piece(Cow::Borrowed(text), frame, at);
                } else if let Some(last) = self.out.flow.pieces.last_mut()
                    && last.block == self.block
                    && !last.text.ends_with(' ')
                {
                    // A blank between two inline elements parts words, no more.
                    last.text.push(' ');
                }
            }
            Raw::Title if at != Where::Comment => self.out.title = fold(text),
            Raw::Script => {
                if let Some(script) = &mut self.script {
                    script.inline.push_str(text);
                }
            }
            Raw::Style => self.out_of_sight.sheet(text),
            Raw::Title | Raw::Skip => {}
        }
        if frame.raw == Raw::No && at == Where::Text && has_directive(text) {
            self.out.raw_includes += 1;
        }
    }

    fn comment(&mut self, text: &str, frame: Frame, at: Where) {
        if at == Where::Comment || frame.raw != Raw::No {
            return;
        }
        let start = text.trim_start();
        if start.starts_with("#include") {
            self.out.raw_includes += 1;
        }
        let marks = ["\u{5907}", "\u{5099}", "\u{6807}\u{8bc6}\u{7801}", "conac", "jiucuo"];
        if text.len() <= COMMENT_MAX && self.comments.len() < COMMENTS_MAX && marks.iter().any(|m| text.contains(m)) {
            // `<!--div class="foot"> … -->` loses its first bracket with the comment's own.
            let text = if start.starts_with(|c: char| c.is_ascii_alphabetic()) && start.contains('>') {
                format!("<{start}")
            } else {
                text.to_owned()
            };
            self.comments.push((text, frame));
        }
    }

    fn piece(&mut self, text: Cow<'_, str>, frame: Frame, at: Where) {
        self.out.flow.pieces.push(Piece {
            text: text.into_owned(),
            at,
            visible: !frame.hidden && at != Where::Comment,
            in_footer: frame.footer,
            block: self.block,
            anchor: frame.anchor,
            path: frame.path,
        });
        if at == Where::Comment {
            self.block += 1;
        }
    }

    fn finish(mut self) -> Walked {
        if self.out_of_sight.is_empty() {
            return self.out;
        }
        let Flow { anchors, paths, .. } = &mut self.out.flow;
        for anchor in anchors.iter_mut().filter(|a| a.veil.is_none()) {
            let mut above = Some(anchor.path);
            while let Some(step) = above.and_then(|at| paths.get(at as usize)) {
                anchor.veil = self.out_of_sight.veil(&step.id, &step.class);
                above = step.parent.filter(|_| anchor.veil.is_none());
            }
        }
        self.out
    }
}

/// Attributes every element is asked for, gathered in one pass.
#[derive(Default)]
struct Common<'e> {
    id: &'e str,
    class: &'e str,
    alt: &'e str,
    title: &'e str,
    /// Addresses of parts that a script puts in here.
    includes: [&'e str; 6],
    /// A template engine was to put a part in here, and did not.
    server_include: bool,
    /// By its own attributes.
    hidden: bool,
    veil: Option<Veil>,
    /// Something says that the element may be a badge.
    telling: bool,
}

/// Parts of ids, class names, addresses and styles of badges.
const TELLING: [&str; 5] = ["conac", "jiucuo", "j-gov", "zhaocuo", "dzjg"];

impl<'e> Common<'e> {
    fn of(element: &'e Element) -> Self {
        let mut common = Common::default();
        for (name, value) in &element.attrs {
            let (own, local, value) = (name.prefix.is_none() && name.ns.is_empty(), &*name.local, &**value);
            common.telling |= match local {
                "data-setting" | "sitecode" | "data-sitecode" => true,
                name if is_handler(name) => true,
                "id" | "class" | "src" | "style" => has_any(value, &TELLING),
                _ => false,
            };
            // An attribute of a name space of its own (`xlink:title`) is another one.
            match local {
                _ if !own => {}
                "id" => common.id = value,
                "class" => common.class = value,
                "alt" => common.alt = value,
                "title" => common.title = value,
                "data-include" => common.includes[0] = value,
                "w3-include-html" => common.includes[1] = value,
                "include-src" => common.includes[2] = value,
                "include-html" | "data-include-html" => common.includes[3] = value,
                "hx-get" | "data-hx-get" => common.includes[4] = value,
                "ic-src" | "data-remote-src" => common.includes[5] = value,
                "th:replace" | "th:include" | "th:insert" | "ng-include" | "v-include" => common.server_include = true,
                "hidden" => (common.hidden, common.veil) = (true, Some(Veil::NotDisplayed)),
                "style" => {
                    common.hidden |= hides(value);
                    common.veil = common.veil.or_else(|| veil::of_style(value));
                }
                _ => {}
            }
        }
        common
    }
}

/// Types of script elements whose text is mark-up that another script shows.
fn is_template_type(kind: &str) -> bool {
    has_any(kind, &["html", "template", "tmpl", "handlebars", "mustache", "x-vue"])
}

/// Elements of template languages that a server should have replaced by a part of the page.
fn is_raw_include(tag: &str) -> bool {
    matches!(tag, "jsp:include" | "c:import" | "esi:include" | "s:include" | "tiles:insertattribute" | "cms:include")
}

/// Include directives of template languages, left as text by a server that failed.
fn has_directive(text: &str) -> bool {
    const DIRECTIVES: [&str; 10] = [
        "<%@",
        "<#include",
        "<jsp:include",
        "{% include",
        "{%include",
        "{include ",
        "{{template",
        "{{> ",
        "@include(",
        "#include(",
    ];
    text.contains(['<', '{', '@', '#']) && DIRECTIVES.iter().any(|d| text.contains(d))
}

/// Attributes whose value is a click handler, those of page frameworks included.
pub fn is_handler(name: &str) -> bool {
    matches!(
        name,
        "onclick"
            | "@click"
            | "v-on:click"
            | "ng-click"
            | "(click)"
            | "@click.prevent"
            | "onmousedown"
            | "onclickcapture"
    )
}

fn is_plain(address: &str) -> bool {
    address.trim_start().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}

/// Where an element names what browsers load or send to, and what they do with it (W3C Mixed Content §3).
fn load(element: &Element, tag: &str) -> Option<(&'static str, Load)> {
    let rel = |word: &str| attr(element, "rel").is_some_and(|r| r.to_ascii_lowercase().contains(word));
    match tag {
        "script" | "iframe" | "frame" | "embed" => Some(("src", Load::Active)),
        "object" => Some(("data", Load::Active)),
        "link" if rel("stylesheet") => Some(("href", Load::Active)),
        "link" if rel("icon") => Some(("href", Load::Passive)),
        "img" | "audio" | "video" | "source" => Some(("src", Load::Passive)),
        "form" => Some(("action", Load::Form)),
        _ => None,
    }
}

/// Value of an attribute. The DOM's own look-up would intern every name it is asked for.
fn attr<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    let found = element.attrs.iter().find(|(n, _)| &*n.local == name && n.prefix.is_none() && n.ns.is_empty());
    found.map(|(_, value)| &**value)
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Whether one of `words` (ASCII, lower case) stands in `text` in letters of any case.
pub fn has_any(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let letter = |b: u8| 1u32 << (b & 31);
    let firsts = words.iter().filter_map(|w| w.bytes().next()).fold(0, |all, b| all | letter(b));
    let begins = |at: usize, word: &str| {
        bytes[at..].get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    bytes.iter().enumerate().any(|(at, b)| firsts & letter(*b) != 0 && words.iter().any(|w| begins(at, w)))
}

fn source(element: &Element) -> Option<String> {
    let address = attr(element, "src")?.trim();
    let real = !address.is_empty() && !address.starts_with("about:") && !address.starts_with("javascript:");
    real.then(|| address.to_owned())
}

/// Blanks folded to one, ends trimmed.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(&mut out, text);
    out
}

/// As [`fold`], behind what `out` holds already.
pub fn fold_into(out: &mut String, text: &str) {
    let start = out.len();
    for word in text.split(|c: char| c.is_whitespace() || c == '\u{200b}' || c == '\u{feff}').filter(|w| !w.is_empty())
    {
        if out.len() > start {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// A style that takes the element off the page.
fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}

/// Without allocating for what nearly all elements are.
fn tag_name(tag: &str) -> Cow<'static, str> {
    const COMMON: [&str; 24] = [
        "a", "li", "div", "span", "td", "tr", "p", "img", "ul", "i", "em", "font", "b", "strong", "h3", "h2", "dd",
        "dt", "dl", "input", "table", "tbody", "script", "option",
    ];
    let known = COMMON.iter().find(|known| **known == tag);
    known.map_or_else(|| Cow::Owned(tag.to_owned()), |known| Cow::Borrowed(*known))
}

/// Container names that mean "bottom of the page".
fn is_footer(tag: &str, id: &str, class: &str) -> bool {
    const PARTS: [&str; 9] =
        ["foot", "bottom", "copyright", "copy-right", "copy_right", "banquan", "yejiao", "dibu", "beian"];
    const WHOLE: [&str; 4] = ["bq", "copy", "btm", "bot"];
    let whole = |name: &str| WHOLE.iter().any(|w| name.eq_ignore_ascii_case(w));
    tag == "footer"
        || has_any(id, &PARTS)
        || whole(id)
        || has_any(class, &PARTS)
        || class.split_ascii_whitespace().any(whole)
}

fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "frameset"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "option"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
            | "marquee"
            | "iframe"
            | "textarea"
            | "select"
    )
}
