//! What was read from a page: JSON with every detail, and a table for a terminal.

use serde::Serialize;

use crate::evidence::page::page_labels::{self, Form, Group, PageLabel};
use crate::evidence::page::{
    Badge, BadgeForm, CodeMark, CodeOrigin, Grade, LinkGrade, Marks, NumberKind, NumberMark, PageFacts, Place, Refused,
    Source, TextMark, Where,
};
use crate::evidence::{Home, Rendered, Shortfall, Undetermined};
use crate::rule::Labels;

use super::text;

#[derive(Serialize)]
struct Out<'a> {
    v: u32,
    url: &'a str,
    charset: OutCharset<'a>,
    refused: Option<String>,
    title: &'a str,
    metas: Vec<OutMeta<'a>>,
    labels: Vec<OutLabel<'a>>,
    text: &'a str,
    footer: &'a str,
    links: Vec<OutLink<'a>>,
    frames: &'a [String],
    client_hop: Option<OutHop<'a>>,
    icp: Vec<OutNumber<'a>>,
    psb: Vec<OutNumber<'a>>,
    codes: Vec<OutCode<'a>>,
    conac: Vec<OutBadge<'a>>,
    jiucuo: Vec<OutBadge<'a>>,
    sponsor: Vec<OutText<'a>>,
    contact: Vec<OutText<'a>>,
    sitemap: Vec<OutText<'a>>,
    needs: Vec<&'a str>,
    undecided: Vec<OutWhy<'a>>,
}

#[derive(Serialize)]
struct OutCharset<'a> {
    name: &'a str,
    source: &'a str,
    conflict: Option<&'a str>,
    damaged: bool,
}

#[derive(Serialize)]
struct OutMeta<'a> {
    name: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct OutLabel<'a> {
    name: &'static str,
    group: &'static str,
    required: bool,
    form: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct OutLink<'a> {
    href: &'a str,
    url: Option<&'a str>,
    text: &'a str,
    hidden: bool,
    in_footer: bool,
}

#[derive(Serialize)]
struct OutHop<'a> {
    url: &'a str,
    meta: bool,
}

#[derive(Serialize)]
struct OutPlace<'a> {
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    selector: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<[usize; 2]>,
    excerpt: &'a str,
}

#[derive(Serialize)]
struct OutNumber<'a> {
    shown: &'a str,
    normalised: &'a str,
    kind: &'static str,
    grade: &'static str,
    #[serde(rename = "where")]
    at: &'static str,
    visible: bool,
    in_footer: bool,
    link: Option<&'a str>,
    link_grade: &'static str,
    place: OutPlace<'a>,
}

#[derive(Serialize)]
struct OutCode<'a> {
    shown: &'a str,
    origin: &'static str,
    well_formed: bool,
    visible: bool,
    place: OutPlace<'a>,
}

#[derive(Serialize)]
struct OutBadge<'a> {
    form: &'static str,
    href: &'a str,
    code: &'a str,
    retired_host: bool,
    visible: bool,
    place: OutPlace<'a>,
}

#[derive(Serialize)]
struct OutText<'a> {
    value: &'a str,
    visible: bool,
    place: OutPlace<'a>,
}

#[derive(Serialize)]
struct OutWhy<'a> {
    reason: String,
    detail: &'a str,
}

/// Everything read, as one versioned JSON object. `marks` are those of the page with its frames, fragments and scripts.
pub fn json(facts: &PageFacts, marks: &Marks, undecided: &[Undetermined]) -> String {
    serde_json::to_string_pretty(&out(facts, marks, undecided)).expect("plain data serialises")
}

/// The same on one line.
pub fn line(facts: &PageFacts, marks: &Marks, undecided: &[Undetermined]) -> String {
    serde_json::to_string(&out(facts, marks, undecided)).expect("plain data serialises")
}

fn out<'a>(facts: &'a PageFacts, marks: &'a Marks, undecided: &'a [Undetermined]) -> Out<'a> {
    Out {
        v: 1,
        url: &facts.url,
        charset: OutCharset {
            name: &facts.charset.name,
            source: &facts.charset.source,
            conflict: facts.charset.conflict.as_deref(),
            damaged: facts.charset.damaged,
        },
        refused: facts.refused.as_ref().map(refused),
        title: &facts.title,
        metas: facts.metas.iter().map(|m| OutMeta { name: &m.name, content: &m.content }).collect(),
        labels: page_labels::read(&facts.metas).iter().map(out_label).collect(),
        text: &facts.text,
        footer: &facts.footer,
        links: facts
            .links
            .iter()
            .map(|l| OutLink {
                href: &l.href,
                url: l.url.as_deref(),
                text: &l.text,
                hidden: l.hidden,
                in_footer: l.in_footer,
            })
            .collect(),
        frames: &facts.frames,
        client_hop: facts.client_hop.as_ref().map(|h| OutHop { url: &h.url, meta: h.meta }),
        icp: marks.icp.iter().map(number).collect(),
        psb: marks.psb.iter().map(number).collect(),
        codes: marks.codes.iter().map(code).collect(),
        conac: marks.conac.iter().map(badge).collect(),
        jiucuo: marks.jiucuo.iter().map(badge).collect(),
        sponsor: marks.sponsor.iter().map(text_mark).collect(),
        contact: marks.contact.iter().map(text_mark).collect(),
        sitemap: marks.sitemap.iter().map(text_mark).collect(),
        needs: facts.needs.iter().map(|n| n.url.as_str()).collect(),
        undecided: undecided.iter().map(|u| OutWhy { reason: u.reason.key(), detail: &u.detail }).collect(),
    }
}

fn out_label<'a>(label: &PageLabel<'a>) -> OutLabel<'a> {
    OutLabel {
        name: label.name,
        group: match label.group {
            Group::Site => "site",
            Group::Column => "column",
            Group::Content => "content",
        },
        required: label.required,
        form: match label.form {
            Form::Absent => "absent",
            Form::Empty => "empty",
            Form::Good => "good",
            Form::Malformed => "malformed",
            Form::Repeated => "repeated",
        },
        content: label.content,
    }
}

fn number(mark: &NumberMark) -> OutNumber<'_> {
    OutNumber {
        shown: &mark.shown,
        normalised: &mark.normalised,
        kind: kind_key(mark.kind),
        grade: match mark.grade {
            Grade::Valid => "valid",
            Grade::Impossible => "impossible",
            Grade::ProvinceConflict => "province_conflict",
            Grade::NotFiling => "not_filing",
        },
        at: where_key(mark.at),
        visible: mark.visible,
        in_footer: mark.in_footer,
        link: (mark.link.grade != LinkGrade::None).then_some(mark.link.href.as_str()),
        link_grade: link_key(mark.link.grade),
        place: place(&mark.place),
    }
}

fn code(mark: &CodeMark) -> OutCode<'_> {
    OutCode {
        shown: &mark.shown,
        origin: match mark.origin {
            CodeOrigin::Printed => "printed",
            CodeOrigin::Meta => "meta",
            CodeOrigin::Jiucuo => "jiucuo",
        },
        well_formed: mark.well_formed,
        visible: mark.visible,
        place: place(&mark.place),
    }
}

fn badge(mark: &Badge) -> OutBadge<'_> {
    OutBadge {
        form: badge_key(mark.form),
        href: &mark.href,
        code: &mark.code,
        retired_host: mark.retired_host,
        visible: mark.visible,
        place: place(&mark.place),
    }
}

fn text_mark(mark: &TextMark) -> OutText<'_> {
    OutText { value: &mark.value, visible: mark.visible, place: place(&mark.place) }
}

fn place(place: &Place) -> OutPlace<'_> {
    let (source, resource) = match &place.source {
        Source::Page => ("page", None),
        Source::Frame(url) => ("frame", Some(url.as_str())),
        Source::Fragment(url) => ("fragment", Some(url.as_str())),
        Source::Script(url) => ("script", Some(url.as_str())),
        Source::Rendered => ("rendered", None),
    };
    let range = place.range.as_ref().map(|r| [r.start, r.end]);
    OutPlace { source, resource, selector: &place.selector, range, excerpt: &place.excerpt }
}

fn kind_key(kind: NumberKind) -> &'static str {
    match kind {
        NumberKind::Filing => "filing",
        NumberKind::Licence => "licence",
        NumberKind::Legacy => "legacy",
        NumberKind::Placeholder => "placeholder",
        NumberKind::Malformed => "malformed",
    }
}

fn where_key(at: Where) -> &'static str {
    match at {
        Where::Text => "text",
        Where::Alt => "alt",
        Where::Title => "title",
        Where::Attribute => "attribute",
        Where::Comment => "comment",
        Where::Script => "script",
    }
}

fn link_key(grade: LinkGrade) -> &'static str {
    match grade {
        LinkGrade::Right => "right",
        LinkGrade::Retired => "retired",
        LinkGrade::WrongHost => "wrong_host",
        LinkGrade::WrongService => "wrong_service",
        LinkGrade::NoCode => "no_code",
        LinkGrade::CodeDiffers => "code_differs",
        LinkGrade::Dead => "dead",
        LinkGrade::None => "none",
    }
}

fn badge_key(form: BadgeForm) -> &'static str {
    match form {
        BadgeForm::Script => "script",
        BadgeForm::Link => "link",
        BadgeForm::Handler => "handler",
        BadgeForm::PictureOnly => "picture_only",
        BadgeForm::Comment => "comment",
    }
}

fn refused(why: &Refused) -> String {
    match why {
        Refused::Depth(_) => "depth",
        Refused::Attributes(_) => "attributes",
        Refused::NotText => "not_text",
    }
    .to_owned()
}

/// Why there is no page to show, in words.
pub fn why_no_page(home: &Home, labels: &Labels) -> String {
    match home {
        Home::Page(_) => String::new(),
        Home::Blocked { family, status } => {
            format!("被防护设备拦截（{}，状态码 {status}）", labels.word("block", family))
        }
        Home::ErrorStatus(status) => format!("服务器返回状态码 {status}"),
        Home::Unreadable(why) => labels.word("reason", &why.reason.key()).to_owned(),
        Home::Failed(failure) => labels.word("cause", &failure.cause.key()).to_owned(),
        Home::NotLooked => labels.word("reason", "not_looked").to_owned(),
    }
}

/// What was read, for a terminal of `width` columns.
pub fn text(facts: &PageFacts, marks: &Marks, undecided: &[Undetermined], labels: &Labels, width: usize) -> String {
    const INDENT: usize = 14;
    let mut out = String::new();
    let mut last = "";
    for (title, value) in rows(facts, marks, undecided, labels) {
        let mut head = if title == last { "" } else { title };
        last = title;
        for line in text::wrap(&value, width.saturating_sub(INDENT).max(20), usize::MAX) {
            out.push_str(&format!("{}{line}\n", text::pad(std::mem::take(&mut head), INDENT)));
        }
    }
    out
}

/// What was read, each with the heading it stands under.
pub fn rows(
    facts: &PageFacts,
    marks: &Marks,
    undecided: &[Undetermined],
    labels: &Labels,
) -> Vec<(&'static str, String)> {
    let mut out = Rows(Vec::new());
    out.row("页面地址", &facts.url);
    let conflict = facts.charset.conflict.as_ref().map(|c| format!("；网页声明 {c}，与内容不符")).unwrap_or_default();
    out.row("文字编码", &format!("{}{conflict}", facts.charset.name));
    if facts.refused.is_some() {
        out.row("未能解析", labels.word("cause", "page_too_deep"));
        return out.0;
    }
    out.row("网页标题", &facts.title);
    for label in page_labels::read(&facts.metas) {
        if label.group == Group::Site || label.form != Form::Absent {
            out.row(label.name, &label_line(&label));
        }
    }
    for (title, numbers) in [("ICP备案", &marks.icp), ("公安备案", &marks.psb)] {
        out.list(title, numbers.iter().map(number_line).collect());
    }
    out.list("网站标识码", marks.codes.iter().map(code_line).collect());
    out.list("党政机关标识", marks.conac.iter().map(badge_line).collect());
    out.list("找错入口", marks.jiucuo.iter().map(badge_line).collect());
    for (title, marks) in [("主办单位", &marks.sponsor), ("联系方式", &marks.contact), ("站点地图", &marks.sitemap)]
    {
        let line = |m: &TextMark| format!("{}{}{}", m.value, seen(m.visible, Where::Text, &m.place), stands(&m.place));
        out.list(title, marks.iter().map(line).collect());
    }
    out.row("链接", &format!("{} 个", facts.links.len()));
    if let Some(hop) = &facts.client_hop {
        out.row("自动跳转", &hop.url);
    }
    if undecided.is_empty() {
        out.row("结论范围", "页面已读全，未见的标识即为未标明");
    } else {
        let why = |u: &Undetermined| format!("{}（{}）", labels.word("reason", &u.reason.key()), u.detail);
        out.list("尚不能断定", undecided.iter().map(why).collect());
    }
    out.0
}

fn label_line(label: &PageLabel<'_>) -> String {
    let remark = match label.form {
        Form::Absent => return "（无）".to_owned(),
        Form::Empty => return "（空）".to_owned(),
        Form::Good => "",
        Form::Malformed => "，格式不规范",
        Form::Repeated => "，重复出现且不一致",
    };
    let spelling = if label.spelled == label.name { String::new() } else { format!("，写作 {}", label.spelled) };
    format!("{}{remark}{spelling}", label.content)
}

struct Rows(Vec<(&'static str, String)>);

impl Rows {
    fn row(&mut self, title: &'static str, value: &str) {
        let value = text::one_line(value);
        self.0.push((title, if value.is_empty() { "（无）".to_owned() } else { value }));
    }

    fn list(&mut self, title: &'static str, values: Vec<String>) {
        if values.is_empty() {
            self.row(title, "");
        }
        for value in &values {
            self.row(title, value);
        }
    }
}

fn number_line(mark: &NumberMark) -> String {
    let kind = match (mark.kind, mark.grade) {
        (NumberKind::Filing, Grade::Valid) => "格式正确",
        (NumberKind::Filing, Grade::Impossible) => "编号不可能存在",
        (NumberKind::Filing, Grade::ProvinceConflict) => "省份与编号矛盾",
        (NumberKind::Filing, Grade::NotFiling) | (NumberKind::Malformed, _) => "格式不规范",
        (NumberKind::Licence, _) => "经营许可证，不是备案",
        (NumberKind::Legacy, _) => "旧式编号",
        (NumberKind::Placeholder, _) => "占位编号",
    };
    let link = match mark.link.grade {
        LinkGrade::Right => "链接正确",
        LinkGrade::Retired => "链接已停用的地址",
        LinkGrade::WrongHost => "链接到其他网站",
        LinkGrade::WrongService => "链接到另一类备案的网站",
        LinkGrade::NoCode => "链接未带编号",
        LinkGrade::CodeDiffers => "链接中的编号不同",
        LinkGrade::Dead => "链接无效",
        LinkGrade::None => "无链接",
    };
    format!("{}  {kind}，{link}{}{}", mark.shown, seen(mark.visible, mark.at, &mark.place), stands(&mark.place))
}

fn code_line(mark: &CodeMark) -> String {
    let origin = match mark.origin {
        CodeOrigin::Printed => "页面文字",
        CodeOrigin::Meta => "网页标签",
        CodeOrigin::Jiucuo => "找错入口",
    };
    let form = if mark.well_formed { "" } else { "，格式不规范" };
    let hidden = if mark.visible || mark.origin != CodeOrigin::Printed { "" } else { "，访问者看不到" };
    format!("{}  {origin}{form}{hidden}{}", mark.shown, stands(&mark.place))
}

fn badge_line(mark: &Badge) -> String {
    let form = match mark.form {
        BadgeForm::Script => "官方代码",
        BadgeForm::Link => "链接",
        BadgeForm::Handler => "点击代码",
        BadgeForm::PictureOnly => "仅有图片或文字",
        BadgeForm::Comment => "在注释中，访问者看不到",
    };
    let retired = if mark.retired_host { "，地址已停用" } else { "" };
    let href = if mark.href.is_empty() { String::new() } else { format!("  {}", mark.href) };
    format!("{form}{retired}{href}{}", stands(&mark.place))
}

/// Where it stands, for whoever wants to look it up.
fn stands(place: &Place) -> String {
    let range = place.range.as_ref().map(|r| format!("第 {}–{} 字节", r.start, r.end));
    match (place.selector.is_empty(), range) {
        (true, None) => String::new(),
        (true, Some(range)) => format!("〔{range}〕"),
        (false, None) => format!("〔{}〕", place.selector),
        (false, Some(range)) => format!("〔{}，{range}〕", place.selector),
    }
}

fn seen(visible: bool, at: Where, place: &Place) -> String {
    let mut out = String::new();
    match at {
        Where::Alt => out.push_str("，在图片说明中"),
        Where::Title => out.push_str("，在提示文字中"),
        Where::Attribute => out.push_str("，在链接地址中"),
        Where::Comment => out.push_str("，在注释中"),
        Where::Script if visible => out.push_str("，由脚本写出"),
        Where::Script => out.push_str("，在脚本中"),
        Where::Text => {}
    }
    match (visible, at) {
        (true, _) => {}
        // What a script holds may be shown to visitors; reading cannot tell.
        (false, Where::Script) => out.push_str("，是否显示未能确定"),
        (false, _) => out.push_str("，访问者看不到"),
    }
    match &place.source {
        Source::Page => {}
        Source::Rendered => out.push_str("，来自浏览器渲染后的页面"),
        Source::Frame(url) | Source::Fragment(url) | Source::Script(url) => out.push_str(&format!("，来自 {url}")),
    }
    out
}

/// What a browser's look at the page came to: a line, and the first reasons why the page was not shown to its end.
pub fn rendering(rendered: &Rendered, labels: &Labels) -> String {
    if rendered.completed() {
        return "浏览器复看：网页完整显示。".to_owned();
    }
    let mut out = "浏览器复看：网页没有显示完，没看到的内容仍为无法判定。".to_owned();
    for Shortfall { kind, detail } in rendered.shortfalls.iter().take(5) {
        out += &format!("\n  · {} {}", labels.word("shortfall", &kind.key()), text::one_line(detail));
    }
    out
}
