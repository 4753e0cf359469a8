//! What was read from a page. Plain data: no DOM leaves the reader.

use std::ops::Range;

/// Everything read from one page (or fragment) in one parse.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageFacts {
    /// Address the page was served from, after redirects.
    pub url: String,
    pub charset: Charset,
    /// Set when the bytes were not parsed: the structure would cost too much, or it is no text. All lists are then empty.
    pub refused: Option<Refused>,
    /// `<title>`, blanks folded.
    pub title: String,
    pub metas: Vec<Meta>,
    /// Visible text, one line per block.
    pub text: String,
    /// The part of `text` that belongs to the footer, as far as it can be told; empty when there is none.
    pub footer: String,
    pub links: Vec<Link>,
    pub scripts: Vec<ScriptRef>,
    /// Absolute addresses of frames and iframes.
    pub frames: Vec<String>,
    /// What the page loads or sends without encryption by an absolute address; empty where the page itself lets browsers
    /// upgrade it.
    pub insecure: Vec<Insecure>,
    /// A hop a browser would make by itself at once.
    pub client_hop: Option<ClientHop>,
    pub marks: Marks,
    /// Resources that may write part of the page and that a careful reader must look at before saying "missing", most
    /// likely footer writers first.
    pub needs: Vec<Need>,
    /// Content that no static reading can see (an application shell, a script that must run). Non-empty means that the
    /// absence of a mark is not decided by this page alone.
    pub opaque: Vec<Opaque>,
    /// Something builds content that could not be followed, though not visibly into a footer.
    pub builds: bool,
}

/// How the bytes were turned into text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Charset {
    /// Web-standard name, e.g. `UTF-8`, `gb18030`.
    pub name: String,
    /// `bom`, `header`, `meta`, `valid_utf8`, `valid_gb18030`, `guess`.
    pub source: String,
    /// A declaration that disagrees with the content, as declared.
    pub conflict: Option<String>,
    /// Decoding met invalid sequences.
    pub damaged: bool,
}

/// Why a page was not parsed.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// Elements nested deeper than the guard.
    Depth(usize),
    /// More attributes on one element than the guard.
    Attributes(usize),
    /// Binary content.
    NotText,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meta {
    /// As written; compare without case.
    pub name: String,
    pub content: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Link {
    /// As written, trimmed.
    pub href: String,
    /// Absolute form, when it is an http(s) address.
    pub url: Option<String>,
    /// Visible text, else the alternative text of a picture inside.
    pub text: String,
    pub hidden: bool,
    /// How it is kept out of sight, by more ways than make it `hidden`: some of them also hide menus until they are opened.
    pub veil: Option<super::Veil>,
    /// Lies in the footer region.
    pub in_footer: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScriptRef {
    /// Absolute address of an external script.
    pub url: Option<String>,
    /// Text of an inline script.
    pub inline: String,
    pub charset: Option<String>,
    /// The text is mark-up for another script (`text/html`, `text/x-template`), not code.
    pub template: bool,
}

/// A resource or form target with an `http:` address.
#[derive(Debug, Clone, PartialEq)]
pub struct Insecure {
    pub url: String,
    pub load: Load,
}

/// What browsers do with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Script, style sheet, frame or object: refused on an encrypted page.
    Active,
    /// Picture, sound or film: asked for over https, or shown with a warning.
    Passive,
    /// Where a form sends what was typed in.
    Form,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClientHop {
    pub url: String,
    /// True for `<meta refresh>`, false for a script jump.
    pub meta: bool,
}

/// Where a mark was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Where {
    Text,
    Alt,
    Title,
    /// A link or script address, an attribute.
    Attribute,
    Comment,
    /// A string inside a script.
    Script,
}

/// Which resource a mark was read from; [`Source::Page`] unless the crawl merged fragments or scripts into the page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Source {
    #[default]
    Page,
    Frame(String),
    Fragment(String),
    Script(String),
    /// The page as a browser showed it.
    Rendered,
}

/// Place of a mark, to be shown to people.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    pub source: Source,
    /// A short CSS path, e.g. `div.footer > p > a`.
    pub selector: String,
    /// Byte range in the decoded text of the resource, when it could be told.
    pub range: Option<Range<usize>>,
    /// The surrounding text, at most 120 characters.
    pub excerpt: String,
}

/// All marks of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    pub icp: Vec<NumberMark>,
    pub psb: Vec<NumberMark>,
    /// 网站标识码 as printed, in 找错 entries, and in metas.
    pub codes: Vec<CodeMark>,
    /// 党政机关/事业单位 mark.
    pub conac: Vec<Badge>,
    /// 我为政府网站找错 entry.
    pub jiucuo: Vec<Badge>,
    /// 主办单位 as printed in the footer, prefix removed.
    pub sponsor: Vec<TextMark>,
    /// Telephone, mail or "contact us".
    pub contact: Vec<TextMark>,
    /// 网站地图 / 站点地图.
    pub sitemap: Vec<TextMark>,
}

impl Marks {
    /// Takes over everything `other` holds, keeping the source of each mark.
    pub fn absorb(&mut self, other: &Marks) {
        self.icp.extend(other.icp.iter().cloned());
        self.psb.extend(other.psb.iter().cloned());
        self.codes.extend(other.codes.iter().cloned());
        self.conac.extend(other.conac.iter().cloned());
        self.jiucuo.extend(other.jiucuo.iter().cloned());
        self.sponsor.extend(other.sponsor.iter().cloned());
        self.contact.extend(other.contact.iter().cloned());
        self.sitemap.extend(other.sitemap.iter().cloned());
    }
}

/// What a number turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// A filing number of today's form.
    Filing,
    /// An operating licence (ICP证, B2-…): not a filing.
    Licence,
    /// An old form that once was right (12-digit police numbers).
    Legacy,
    /// `12345678`, `XXXXXXXX`, masked digits: a template nobody filled.
    Placeholder,
    /// Not of any known form.
    Malformed,
}

/// How far a well-formed number can be believed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grade {
    Valid,
    /// Right shape, impossible content (year 45).
    Impossible,
    /// The province letter contradicts the first two digits.
    ProvinceConflict,
    /// Kind is not `Filing`; see there.
    NotFiling,
}

/// An ICP or public-security number.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberMark {
    /// As displayed, blanks folded.
    pub shown: String,
    /// `陕ICP备05000001号-1`, `陕公网安备61080002000001号`; empty for forms that cannot be normalised.
    pub normalised: String,
    pub kind: NumberKind,
    pub grade: Grade,
    pub at: Where,
    /// A visitor sees it (false for comments, hidden elements, strings of a script nobody shows).
    pub visible: bool,
    pub in_footer: bool,
    pub link: LinkState,
    pub place: Place,
}

/// Where a number links to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkState {
    pub grade: LinkGrade,
    /// The address as written; empty when there is none.
    pub href: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LinkGrade {
    /// The current query service (with the right code, where the service wants one).
    Right,
    /// A host that once was right.
    Retired,
    WrongHost,
    /// The other filing's service.
    WrongService,
    /// Right service, but without the number.
    NoCode,
    /// Right service, but with another number.
    CodeDiffers,
    /// `#`, `/`, empty, `javascript:`.
    Dead,
    /// No link at all.
    #[default]
    None,
}

/// Where a site code was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CodeOrigin {
    /// Printed text.
    Printed,
    /// `<meta name=SiteIDCode>`.
    Meta,
    /// The 找错 entry.
    Jiucuo,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CodeMark {
    pub shown: String,
    pub origin: CodeOrigin,
    /// 10 digits or `bm` + 8 digits, with a possible province.
    pub well_formed: bool,
    pub visible: bool,
    pub place: Place,
}

/// How strongly a badge is there, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BadgeForm {
    /// The service's own script.
    Script,
    /// A link to the service.
    Link,
    /// A click handler.
    Handler,
    /// Only a picture, a class name or words: added wrongly.
    PictureOnly,
    /// Only in a comment.
    Comment,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Badge {
    pub form: BadgeForm,
    /// Address of script or link as written.
    pub href: String,
    /// The host is one the service no longer uses.
    pub retired_host: bool,
    /// CONAC id or site code inside the badge.
    pub code: String,
    pub visible: bool,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TextMark {
    pub value: String,
    pub visible: bool,
    pub place: Place,
}

/// A resource the page needs before its footer can be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Absolute address.
    pub url: String,
    pub kind: NeedKind,
    /// Charset attribute of the script tag.
    pub charset: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NeedKind {
    Frame,
    Fragment,
    Script,
}

/// A part of the page that static reading cannot see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    /// The script's address, or `inline`.
    pub source: String,
    /// `shell` (an application mounts here), `write` (writes computed content), `request` (loads content we cannot name),
    /// `choice` (chooses among several units' footers), [`PICTURE`].
    pub why: &'static str,
}

/// Why of an [`Opaque`]: the footer is a picture.
pub const PICTURE: &str = "picture";
