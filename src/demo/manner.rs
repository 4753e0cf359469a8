//! How a site behaves on one day: plain data the servers act out.

/// What the name server says of the site's own name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Dns {
    /// An address of the shared platform.
    #[default]
    Served,
    /// The same, through an alias into the platform's zone.
    Alias,
    /// An address where nothing listens.
    Deserted,
    /// A public address and a private one together; dialled through the register's dial map.
    Mixed,
    /// A public address alone, dialled in the same way.
    Public,
    /// An address where only port 80 is open.
    PlainOnly,
    NoSuchName,
    ServerFailure,
    /// An alias whose target does not exist.
    DanglingAlias,
}

/// What the TLS port does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tls {
    #[default]
    Good,
    /// TLS 1.2 only, with a good certificate.
    Old,
    Expired,
    /// Ends ten days after the city's first day.
    Expiring,
    NotYetValid,
    WrongHost,
    /// Expired and for another host at once.
    ExpiredWrongHost,
    SelfSigned,
    /// A complete chain to a root nobody trusts.
    Untrusted,
    /// The leaf without its intermediate.
    Incomplete,
    /// TCP reset after the ClientHello.
    Reset,
    /// The first connection of a day is reset, the others are good.
    ResetOnce,
    /// Closed without a byte after the ClientHello.
    Close,
    /// TLS 1.0 with RSA key exchange only.
    Ancient,
    /// TLS 1.2 with RSA key exchange and CBC only.
    RsaCbc,
    /// TLS 1.2 with RSA key exchange, without RFC 5746.
    NoRenegotiation,
    /// TLS 1.2 with ephemeral Diffie-Hellman over 1024 bits only.
    WeakDh,
    /// TLCP (GB/T 38636-2020) only.
    National,
    /// Alert 40 to everybody.
    Refuses,
}

/// Protection devices whose page stands in place of the site's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Rs412,
    Rs202,
    Jsl521,
    Sl468,
    Cyd403,
    Ali405,
    AliArg1,
    Hw418,
    Wzws493,
    Tx403,
    Court449,
    /// A cloud host's answer to names without an ICP filing.
    Unfiled,
    /// 403 without a word: an address filter, perhaps.
    Plain403,
}

/// What the web server answers on `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Web {
    #[default]
    Page,
    Block(Block),
    /// An error page of the site's own.
    Error(u16),
    /// 502 to the first request of a day, the page afterwards.
    ErrorOnce,
    /// 429 with a short Retry-After: a long one would be waited for and delay everybody on the address.
    TooMany,
    /// A redirect away, absolute.
    Redirect(String),
    /// Every address leads to this one.
    RedirectAll(String),
    /// Bytes that are not HTTP.
    Garbage,
    /// Closed after the request without an answer.
    Close,
    /// A notice of rebuilding with status 200.
    Rebuilding,
    /// A closing notice that says where to go, with status 200.
    Notice,
    /// A closing notice that does not.
    BareNotice,
    /// A notice of 临时下线.
    Pause,
    /// What a web server shows before a site is set up.
    ServerDefault,
}

/// Bytes of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    #[default]
    Utf8,
    Gbk,
    /// Declared gb2312, with characters only GB18030 has.
    Gb18030AsGb2312,
}

/// How a visitor gets to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Entry {
    #[default]
    Direct,
    MetaRefresh,
    ScriptHop,
}

/// Where the footer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Placed {
    #[default]
    Page,
    /// `document.writeln` chain in a script file of the same site.
    ScriptFile,
    /// `innerHTML = '…'` in a script file of the same site.
    InnerHtml,
    /// `document.write` inside the page.
    InlineScript,
    /// jQuery `.load('/…')`.
    Fragment,
    Frame,
    /// One script with the footers of many units, chosen at run time.
    GroupScript,
    /// An application shell: nothing but a mount point.
    AppShell,
    /// The whole footer in a comment beside the live one.
    PageAndComment,
    /// Twice: for wide and for narrow screens, with different links.
    Twice,
}

/// What column and article pages are like, beside the home page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inner {
    /// Head, navigation and footer as on the home page.
    #[default]
    Same,
    /// The footer is on the home page only.
    NoFooter,
    /// Article pages carry no content labels.
    NoLabels,
    /// Articles open in a bare view for printing.
    PrintView,
    /// The home page names columns only.
    EntryHome,
}

/// Link to the report of the past year (政府网站工作年度报表).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Report {
    #[default]
    Named,
    /// The link names no year.
    Entry,
    None,
}

/// What stands on the home page beside the usual links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extra {
    #[default]
    None,
    /// Links to pages that are gone.
    DeadHome,
    /// A list page with articles that are gone.
    DeadInner,
    /// A list page with files that are gone.
    DeadAttachment,
    /// A link to a page that is gone, on a site that says so with status 200.
    DeadSoft,
    /// A link to a name that is gone.
    DeadName,
    /// Links behind a log-in, a filter and a program that wants more of an address; script and mail links.
    Barred,
    /// The server answers no request for heads.
    NoHead,
    /// Unknown addresses lead to the home page, and one link uses that.
    SentHome,
    /// Links of gamblers, far outside the window.
    Lures,
    /// Links to companies in tabs, menus and lists that are not open.
    Folded,
    /// What a lawful lottery administration writes about.
    Lottery,
}

/// What stands under an idle name that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Squatter {
    /// The site's own page.
    #[default]
    Nobody,
    Gambling,
    Sale,
}

/// A number as shown, and the address it links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub shown: String,
    pub href: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conac {
    /// `document.write(unescape(…))` as handed out by the service.
    Unescape,
    Script,
    Link,
    PictureOnly,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jiucuo {
    Script,
    Link,
    /// The old service host.
    Retired,
    None,
}

/// The marks of a footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    pub icp: Option<Mark>,
    pub psb: Option<Mark>,
    /// 网站标识码 as printed.
    pub code: Option<String>,
    pub conac: Conac,
    pub jiucuo: Jiucuo,
    /// Site code inside the 找错 entry.
    pub jiucuo_code: String,
    pub sponsor: Option<String>,
    pub contact: bool,
    pub sitemap: bool,
    /// Markup put into a comment beside the marks.
    pub comment: Option<String>,
    /// Put the number into several inline elements.
    pub split: bool,
    /// No-break spaces and full-width letters.
    pub spaced: bool,
}

/// Everything about the page that is not content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageManner {
    pub footer: Footer,
    /// `SiteIDCode` of the head; `None` leaves all three labels out.
    pub label_code: Option<String>,
    pub encoding: Encoding,
    pub gzip: bool,
    pub entry: Entry,
    pub placed: Placed,
    /// Mourning filter and its switch file.
    pub grey: bool,
    /// Hidden notice "you are leaving this site".
    pub exit_notice: bool,
    /// Traces of a protection device around real content.
    pub device_traces: bool,
    /// A news title that mentions another site's number.
    pub foreign_number: bool,
    /// News titles that speak of closing, moving and rebuilding sites.
    pub closing_news: bool,
    /// Nothing new for weeks.
    pub stale: bool,
    /// A notice of maintenance above the content.
    pub pause_banner: bool,
    pub inner: Inner,
    pub extra: Extra,
    pub report: Report,
    /// The footer says that the site supports IPv6, which no site of the city does.
    pub claims_ipv6: bool,
    /// A second ICP number of the same subject beside the first.
    pub second_icp: Option<String>,
}

/// One site on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manner {
    pub dns: Dns,
    pub tls: Tls,
    pub web: Web,
    /// Milliseconds before the first byte of an answer.
    pub delay_ms: u32,
    /// How long the server thinks first in the city's own time; only where the city follows a clock.
    pub lag_ms: u32,
    /// Hours of every week in which the server hangs up; only where the city follows a clock.
    pub bad_hours: u32,
    /// Port 80 serves the page itself instead of sending to https.
    pub plain_open: bool,
    /// robots.txt forbids everything.
    pub robots_closed: bool,
    /// Unknown paths answer 200.
    pub soft_404: bool,
    /// Only one name server.
    pub single_ns: bool,
    /// The idle names of the site still resolve and serve.
    pub idle_alive: bool,
    /// … somebody else's page.
    pub squatter: Squatter,
    /// The successor of a closed site, where it is a host of its own, answers.
    pub successor_alive: bool,
    pub page: PageManner,
}
