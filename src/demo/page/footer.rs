//! Footers: the marks, their several layouts, and the scripts and fragments that write them.

use super::super::manner::{Conac, Footer, Jiucuo, Mark, PageManner, Placed};
use super::super::plan::Site;
use super::super::rng::Rng;

/// The ICP number as displayed, in one element or several.
fn icp_text(shown: &str, footer: &Footer) -> String {
    if footer.split
        && let Some((province, rest)) = shown.split_once("ICP备")
        && let Some((digits, tail)) = rest.split_once('号')
    {
        return format!("{province}<span>ICP</span>备<span>{digits}</span>号<span>{tail}</span>");
    }
    if footer.spaced {
        return shown.replace("ICP", "&nbsp;ＩＣＰ&nbsp;").replace('-', "－");
    }
    shown.to_owned()
}

fn linked(text: &str, mark: &Mark) -> String {
    match &mark.href {
        Some(href) => format!("<a href=\"{href}\" target=\"_blank\" rel=\"nofollow\">{text}</a>"),
        None => format!("<span>{text}</span>"),
    }
}

fn icp(footer: &Footer, second: Option<&str>) -> String {
    let Some(mark) = &footer.icp else { return String::new() };
    let mut html = linked(&icp_text(&mark.shown, footer), mark);
    if let Some(second) = second {
        html += " ";
        html += &linked(second, mark);
    }
    html
}

fn psb(footer: &Footer) -> String {
    let Some(mark) = &footer.psb else { return String::new() };
    let text =
        if footer.spaced { mark.shown.replace("公网安备", "公网安备：&nbsp;") } else { mark.shown.clone() };
    let picture = "<img src=\"/images/ghs.png\" alt=\"\" width=\"20\" height=\"20\">";
    format!("{picture}{}", linked(&text, mark))
}

fn code(footer: &Footer, rng: &mut Rng) -> String {
    let label = *rng.pick(&["政府网站标识码：", "网站标识码：", "网站标识码", "政府网站标识码&nbsp;"]);
    footer.code.as_ref().map(|code| format!("<span>{label}{code}</span>")).unwrap_or_default()
}

/// The mark of party and government bodies. Inside scripts only its link form is written.
fn conac(footer: &Footer, in_script: bool, rng: &mut Rng) -> String {
    let id = 40_000_000 + rng.below(999_999);
    let address = format!("//dcs.conac.cn/js/27/000/0000/{id}/CA270000000{id}0004.js");
    match footer.conac {
        Conac::None => String::new(),
        Conac::PictureOnly => "<img src=\"/images/red.png\" alt=\"党政机关\">".to_owned(),
        Conac::Unescape if !in_script => format!(
            "<script type=\"text/javascript\">document.write(unescape(\"%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript \
             src='{address}' type='text/javascript'%3E%3C/script%3E\"));</script>"
        ),
        Conac::Script if !in_script => {
            format!("<span id=\"_ideConac\"></span><script src=\"{address}\"></script>")
        }
        _ => format!(
            "<a href=\"https://bszs.conac.cn/sitename?method=show&amp;id={}\" target=\"_blank\"><img id=\"imgConac\" \
             src=\"//dcs.conac.cn/image/red.png\" alt=\"党政机关\"></a>",
            rng.hex(32).to_ascii_uppercase()
        ),
    }
}

fn jiucuo(footer: &Footer, in_script: bool, host: &str) -> String {
    let code = &footer.jiucuo_code;
    let link = |service: &str| {
        format!(
            "<a href=\"{service}/exposure/jiucuo.html?site_code={code}&amp;url=https%3A%2F%2F{host}%2F\" \
             target=\"_blank\"><img src=\"/images/jiucuo.png\" alt=\"我为政府网站找错\"></a>"
        )
    };
    let script = |service: &str| {
        format!(
            "<span id=\"_span_jiucuo\"></span><script id=\"_jiucuo_\" sitecode='{code}' \
             src='{service}/exposure/jiucuo.js'></script>"
        )
    };
    match footer.jiucuo {
        Jiucuo::None => String::new(),
        Jiucuo::Script if !in_script => script("https://zfwzgl.www.gov.cn"),
        Jiucuo::Script | Jiucuo::Link => link("https://zfwzgl.www.gov.cn"),
        Jiucuo::Retired if !in_script => script("http://pucha.kaipuyun.cn"),
        Jiucuo::Retired => link("http://pucha.kaipuyun.cn"),
    }
}

fn sponsor(footer: &Footer, rng: &mut Rng) -> String {
    let label = *rng.pick(&["主办单位：", "主办：", "网站主办单位："]);
    footer.sponsor.as_ref().map(|name| format!("<span>{label}{name}</span>")).unwrap_or_default()
}

fn contact(footer: &Footer, site: &Site) -> String {
    if !footer.contact {
        return String::new();
    }
    format!(
        "<span>联系电话：0999-{:07}</span> <span>地址：{}迎宾路{}号</span>",
        3_200_000 + site.index % 99_999,
        site.area,
        1 + site.index % 180
    )
}

fn sitemap(footer: &Footer) -> &'static str {
    if footer.sitemap { "<a href=\"/wzdt.html\">网站地图</a> " } else { "" }
}

/// The content of the footer in one of four layouts.
pub(super) fn marks(site: &Site, page: &PageManner, in_script: bool) -> String {
    let footer = &page.footer;
    let mut rng = Rng::new(site.seed ^ 0xF007);
    let layout = rng.below(4);
    let conac = conac(footer, in_script, &mut rng);
    let jiucuo = jiucuo(footer, in_script, &site.host);
    let code = code(footer, &mut rng);
    let sponsor = sponsor(footer, &mut rng);
    let contact = contact(footer, site);
    let icp = icp(footer, page.second_icp.as_deref());
    let psb = psb(footer);
    let sitemap = sitemap(footer);
    let about = "<a href=\"/gywm.html\">关于我们</a> <a href=\"/wzsm.html\">网站声明</a>";
    let comment = footer.comment.as_ref().map(|html| format!("<!-- {html} -->\n")).unwrap_or_default();
    match layout {
        0 => format!(
            "<div class=\"foot-badge\">{conac} {jiucuo}</div>\n<p>{sponsor} {contact}</p>\n<p>{icp} {psb} {code}</p>\n{comment}\
             <p>{sitemap}{about}</p>\n"
        ),
        1 => format!(
            "<ul class=\"bottom-list\">\n<li>{about} {sitemap}</li>\n<li>{sponsor}</li>\n<li>{contact}</li>\n<li>{code}</li>\n\
             <li>{icp}</li>\n{comment}<li>{psb}</li>\n</ul>\n<div class=\"bz\">{conac}</div><div class=\"jc\">{jiucuo}</div>\n"
        ),
        2 => format!(
            "<table width=\"1000\" align=\"center\"><tr><td width=\"120\">{conac}</td><td align=\"center\">{sitemap}{about}<br>\
             {sponsor}&nbsp;&nbsp;{code}<br>{icp}&nbsp;&nbsp;{psb}<br>{comment}{contact}</td><td width=\"120\">{jiucuo}</td>\
             </tr></table>\n"
        ),
        _ => format!(
            "<div class=\"foot-l\">{conac}</div>\n<div class=\"foot-m\">\n<div>{sponsor}</div>\n<div>{contact}</div>\n\
             <div>{code}　{icp}　{psb}</div>\n{comment}<div>{about}　{sitemap}</div>\n</div>\n<div class=\"foot-r\">{jiucuo}</div>\n"
        ),
    }
}

/// The footer element of the page itself: marks, or what pulls them in.
pub(super) fn element(site: &Site, page: &PageManner) -> String {
    let mut rng = Rng::new(site.seed ^ 0xB077);
    let class = *rng.pick(&["footer", "foot", "bottom", "copyright"]);
    let wrap = |inner: &str| format!("<div class=\"{class}\">\n{inner}</div>\n");
    match page.placed {
        Placed::Page => wrap(&marks(site, page, false)),
        Placed::ScriptFile => wrap("<script type=\"text/javascript\" src=\"/js/foot.js\"></script>\n"),
        Placed::InnerHtml => "<div id=\"footer\" class=\"footer\"></div>\n<script src=\"/js/footer.js\"></script>\n".to_owned(),
        Placed::InlineScript => wrap(&format!("<script>\n{}</script>\n", writeln_chain(&marks(site, page, true)))),
        Placed::Fragment => format!(
            "<div id=\"footer\" class=\"{class}\"></div>\n<script>$(function(){{$(\"#footer\").load(\"/public/foot.html\");}});</script>\n"
        ),
        Placed::Frame => {
            "<iframe src=\"/public/foot.html\" width=\"100%\" height=\"180\" frameborder=\"0\" scrolling=\"no\"></iframe>\n".to_owned()
        }
        Placed::GroupScript => wrap("<div id=\"footimages\"></div>\n<script src=\"/js/groupfoot.js\"></script>\n"),
        // Drawn by the application, from what its interface answers.
        Placed::AppShell => wrap(&marks(site, page, true)),
        Placed::PageAndComment => {
            let live = marks(site, page, false);
            format!("<!--div class=\"foot\">\n{}</div-->\n{}", marks(site, page, true), wrap(&live))
        }
        Placed::Twice => {
            let mut narrow = page.clone();
            if let Some(icp) = &mut narrow.footer.icp {
                icp.href = Some("http://beian.miit.gov.cn".to_owned());
            }
            format!(
                "<div class=\"{class} pc-only\">\n{}</div>\n<div class=\"{class}-mobile\">\n{}</div>\n",
                marks(site, page, false),
                marks(site, &narrow, true)
            )
        }
    }
}

/// A `document.writeln` chain that writes `html` line by line.
fn writeln_chain(html: &str) -> String {
    html.lines().map(|line| format!("document.writeln(\"{}\");\n", quoted(line))).collect()
}

/// `text` for the inside of a double-quoted script string.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace("</", "<\\/").replace('\n', "\\n")
}

/// The script file that writes the footer, by its path, where the site has one.
pub fn script(site: &Site, page: &PageManner, path: &str) -> Option<String> {
    match (page.placed, path) {
        (Placed::ScriptFile, "/js/foot.js") => Some(writeln_chain(&marks(site, page, true))),
        (Placed::InnerHtml, "/js/footer.js") => Some(format!(
            "var footer = document.getElementById(\"footer\");\nfooter.innerHTML = \"{}\";\n",
            quoted(&marks(site, page, true))
        )),
        (Placed::GroupScript, "/js/groupfoot.js") => Some(group_script(site, page)),
        _ => None,
    }
}

/// One script for many units; which branch runs is only known in a browser.
fn group_script(site: &Site, page: &PageManner) -> String {
    let mut out =
        String::from("var groupId = document.querySelector('body').getAttribute('data-group') || getGroup();\n");
    out += "var footimages = document.getElementById(\"footimages\");\n";
    for n in 0..5 {
        let mut other = page.clone();
        if n != 2 {
            let number = 40_000 + (site.index * 5 + n) % 50_000;
            if let Some(icp) = &mut other.footer.icp {
                icp.shown = format!("陕ICP备079{number:05}号-1");
            }
            if let Some(psb) = &mut other.footer.psb {
                psb.shown = format!("陕公网安备 619900028{number:05}号");
            }
            other.footer.code = Some(format!("6197{number:06}"));
            other.footer.sponsor = Some(format!("{}第{}办事处", site.area, n + 1));
        }
        let keyword = if n == 0 { "if" } else { "else if" };
        out += &format!(
            "{keyword} (groupId == '{}') {{ footimages.innerHTML = \"{}\"; }}\n",
            1000 + n,
            quoted(&marks(site, &other, true))
        );
    }
    out
}

/// The HTML fragment that holds the footer, where the site has one.
pub fn fragment(site: &Site, page: &PageManner, path: &str) -> Option<String> {
    let inner = || format!("<div class=\"footer\">\n{}</div>\n", marks(site, page, true));
    match (page.placed, path) {
        (Placed::Fragment, "/public/foot.html") => Some(inner()),
        (Placed::Frame, "/public/foot.html") => Some(format!(
            "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>底部</title></head><body>{}</body></html>\n",
            inner()
        )),
        _ => None,
    }
}
