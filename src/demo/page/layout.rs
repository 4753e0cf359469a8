//! The page around the footer.

use jiff::Span;
use jiff::civil::Date;

use super::super::manner::{Encoding, Entry, Inner, PageManner, Placed, Report};
use super::super::names::{CITY_ZONE, OFFICES};
use super::super::plan::Site;
use super::super::rng::Rng;
use super::footer;
use super::words::{CLOSING_NEWS, NAVIGATION, SECTIONS, STANDING, title};

fn charset(page: &PageManner) -> &'static str {
    match page.encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Gbk => "gbk",
        Encoding::Gb18030AsGb2312 => "gb2312",
    }
}

/// The home page; `today` is the city's day.
pub fn home(site: &Site, page: &PageManner, today: Date) -> String {
    let mut rng = Rng::new(site.seed ^ 0x9A6E);
    let mut html = String::with_capacity(48 * 1024);
    head(&mut html, site, page, HOME_LABELS, &mut rng);
    if page.placed == Placed::AppShell {
        html += "<body>\n<noscript><strong>请开启浏览器脚本后访问本网站。</strong></noscript>\n<div id=\"app\"></div>\n\
                 <script src=\"/static/js/chunk-vendors.4f1c2a.js\"></script>\n<script src=\"/static/js/app.91d7be.js\"></script>\n\
                 </body>\n</html>\n";
        return html;
    }
    html += "<body>\n";
    content(&mut html, site, page, today, &mut rng);
    html += "</body>\n</html>\n";
    html
}

/// What stands on the home page.
fn content(html: &mut String, site: &Site, page: &PageManner, today: Date, rng: &mut Rng) {
    if rng.chance(40) {
        *html += "<!--Announced by Visual SiteBuilder 9-->\n";
    }
    *html += &super::extra::home(site, page.extra);
    banner(html, site);
    if page.pause_banner {
        *html +=
            "<div class=\"tip\">公告：因系统维护，本网站定于今晚22时至24时停机维护，期间暂停服务，敬请谅解。</div>\n";
    }
    if page.inner != Inner::EntryHome {
        sections(html, site, page, today, rng);
    }
    let year = today.year() - 1;
    match page.report {
        Report::Named => {
            *html += &format!("<p><a href=\"/ndbb/{year}.html\">政府网站工作年度报表（{year}年度）</a></p>\n")
        }
        Report::Entry => *html += "<p><a href=\"/ndbb/\">政府网站工作年度报表</a></p>\n",
        Report::None => {}
    }
    friends(html, rng);
    if page.claims_ipv6 {
        *html += "<p class=\"v6\">本网站已支持IPv6</p>\n";
    }
    if page.exit_notice {
        *html += &format!(
            "<div id=\"exitNotice\" class=\"modal\" style=\"display:none\"><p>您访问的链接即将离开“{}”门户网站，是否继续？</p>\
             <a href=\"javascript:;\" class=\"go\">继续访问</a> <a href=\"javascript:;\" class=\"no\">放弃</a></div>\n",
            site.name
        );
    }
    *html += &footer::element(site, page);
    *html += "<script type=\"text/javascript\" src=\"/js/common.js\"></script>\n";
}

const HOME_LABELS: &str = "<meta name=\"ColumnName\" content=\"首页\">\n<meta name=\"ColumnType\" content=\"首页\">\n";

/// A column or article page, where the path is one of the site's; in the encoding UTF-8, as the newer templates of a site
/// often are.
pub fn inner(site: &Site, page: &PageManner, path: &str, today: Date) -> Option<String> {
    let trimmed = path.trim_matches('/');
    let column = NAVIGATION.iter().chain(SECTIONS).find(|(_, p)| !p.is_empty() && *p == trimmed);
    let column = column.or(STANDING.iter().find(|(_, p)| *p == trimmed));
    let column = column.or(trimmed.starts_with("ndbb").then_some(&("政府网站工作年度报表", "ndbb")));
    let article = trimmed.rsplit_once('/').is_some_and(|(_, name)| name.starts_with('t') && name.ends_with(".html"));
    if column.is_none() && !article {
        return None;
    }
    let page = &PageManner { encoding: Encoding::Utf8, ..page.clone() };
    let year = today.year();
    // An application answers every path with its shell.
    if page.placed == Placed::AppShell {
        return Some(home(site, page, today));
    }
    let mut rng = Rng::new(path.bytes().fold(site.seed, |seed, b| seed.wrapping_mul(31).wrapping_add(u64::from(b))));
    let text = title(&site.sponsor, &mut rng);
    let date = format!("{year}-03-{:02} 09:{:02}", 1 + rng.below(28), rng.below(60));
    let mut html = String::new();
    if article && page.inner == Inner::PrintView {
        return Some(format!(
            "<html><head><meta charset=\"utf-8\"><title>{text}</title></head><body onload=\"window.print()\"><h1>{text}</h1><p>{date}</p></body></html>\n"
        ));
    }
    let labels = match column {
        Some((name, _)) => format!(
            "<meta name=\"ColumnName\" content=\"{name}\">\n<meta name=\"ColumnDescription\" content=\"{name}栏目\">\n\
             <meta name=\"ColumnKeywords\" content=\"{name}\">\n<meta name=\"ColumnType\" content=\"工作动态\">\n"
        ),
        None if page.inner == Inner::NoLabels => String::new(),
        None => format!(
            "<meta name=\"ArticleTitle\" content=\"{text}\">\n<meta name=\"PubDate\" content=\"{date}\">\n\
             <meta name=\"ContentSource\" content=\"{}\">\n",
            site.sponsor
        ),
    };
    head(&mut html, site, page, &labels, &mut Rng::new(site.seed ^ 0x9A6E));
    html += "<body>\n";
    banner(&mut html, site);
    match column {
        Some((name, path)) => {
            html += &format!("<div class=\"list\"><h1>{name}</h1><ul>\n");
            for day in 1..12 {
                let text = title(&site.sponsor, &mut rng);
                html += &format!(
                    "<li><a href=\"/{path}/{year}03/t{year}03{day:02}_{}.html\">{text}</a></li>\n",
                    300_000 + day
                );
            }
            html += "</ul></div>\n";
        }
        None => {
            html += &format!(
                "<div class=\"article\"><h1>{text}</h1><p>发布时间：{date} 来源：{}</p><p>{text}。</p></div>\n",
                site.sponsor
            );
        }
    }
    if page.inner != Inner::NoFooter {
        html += &footer::element(site, page);
    }
    html += "<script type=\"text/javascript\" src=\"/js/common.js\"></script>\n</body>\n</html>\n";
    Some(html)
}

fn head(html: &mut String, site: &Site, page: &PageManner, labels: &str, rng: &mut Rng) {
    *html += "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n";
    if rng.chance(50) {
        *html += &format!("<meta charset=\"{}\">\n", charset(page));
    } else {
        *html += &format!("<meta http-equiv=\"Content-Type\" content=\"text/html; charset={}\">\n", charset(page));
    }
    if page.device_traces {
        *html += "<meta content=\"3Hx9vQk2\" r=\"m\">\n<script type=\"text/javascript\" r=\"m\">$_ts=window['$_ts'];if(!$_ts)$_ts={};\
                  $_ts.nsd=48213;$_ts.cd=\"qEqDr7lqhAqrqAlqWk3qcqfr\";</script>\n";
    }
    let slogan = *rng.pick(&["", "", "-政府门户网站", "_官方网站"]);
    *html += &format!("<title>{}{slogan}</title>\n", site.name);
    if let Some(code) = &page.label_code {
        let name = &site.name;
        let host = &site.host;
        *html += &if rng.chance(70) {
            format!(
                "<meta name=\"SiteName\" content=\"{name}\">\n<meta name=\"SiteDomain\" content=\"{host}\">\n\
                 <meta name=\"SiteIDCode\" content=\"{code}\">\n"
            )
        } else {
            format!(
                "<meta content=\"{name}\" name=\"SiteName\" />\n<meta content='{host}' name='SiteDomain'/>\n\
                 <meta name=\"SiteIDCode\"content=\"{code}\"/>\n"
            )
        };
    }
    *html += &format!("{labels}<meta name=\"keywords\" content=\"{},政务公开,办事服务,互动交流\">\n", site.name);
    *html += "<link rel=\"stylesheet\" href=\"/css/style.css\">\n<script type=\"text/javascript\" src=\"/js/jquery.min.js\"></script>\n";
    if rng.chance(40) || page.grey {
        *html += "<link rel=\"stylesheet\" href=\"/_sitegray/_sitegray_d.css\">\n\
                  <script type=\"text/javascript\" src=\"/_sitegray/_sitegray.js\"></script>\n";
    }
    if page.grey {
        *html += "<style>html{filter:grayscale(100%);-webkit-filter:grayscale(100%)}</style>\n";
    }
    *html += "</head>\n";
}

fn banner(html: &mut String, site: &Site) {
    *html += &format!(
        "<div class=\"top\"><div class=\"w1200\"><div class=\"logo\"><a href=\"/\"><img src=\"/images/logo.png\" alt=\"{}\"></a></div>\
         <form action=\"/search\" method=\"get\"><input type=\"text\" name=\"q\" placeholder=\"请输入关键字\"><input type=\"submit\" \
         value=\"搜索\"></form></div></div>\n<div class=\"nav\"><ul>\n",
        site.name
    );
    for (name, path) in NAVIGATION {
        *html += &format!("<li><a href=\"/{path}\">{name}</a></li>\n");
    }
    *html += "</ul></div>\n";
}

fn sections(html: &mut String, site: &Site, page: &PageManner, today: Date, rng: &mut Rng) {
    let mut order: Vec<_> = SECTIONS.iter().collect();
    rng.shuffle(&mut order);
    let shape = rng.below(3);
    for (at, (heading, path)) in order.into_iter().enumerate() {
        *html += &format!(
            "<div class=\"box box-{at}\"><div class=\"hd\"><h2>{heading}</h2><a class=\"more\" href=\"/{path}/\">更多&gt;&gt;</a></div>\n\
             <ul class=\"list\">\n"
        );
        for row in 0..9 + rng.below(4) {
            let mut text = title(&site.sponsor, rng);
            if page.encoding == Encoding::Gb18030AsGb2312 && row % 4 == 0 {
                // Place names with characters that gb2312 does not have; the last ones exist in GB18030 only.
                text += "（玥镕社区、㙍坪村、䶮家沟村）";
            }
            if let Some(news) = CLOSING_NEWS.get(row).filter(|_| page.closing_news) {
                text = (*news).to_owned();
            }
            if page.foreign_number && at == 1 && row == 2 {
                text = "关于注销京ICP备12345678号、沪ICP备2021527689号等网站备案的通告".to_owned();
            }
            // The newest of a list is of today or a day or two before; the others follow.
            let back = rng.below(3) + row * (1 + rng.below(4)) + if page.stale { 45 } else { 0 };
            let date = today.saturating_sub(Span::new().days(back as i64));
            let (year, month, day) = (date.year(), date.month(), date.day());
            let id = 100_000 + rng.below(899_999);
            let href = format!("/{path}/{year}{month:02}/t{year}{month:02}{day:02}_{id}.html");
            *html += &match shape {
                0 => format!(
                    "<li><span>{year}-{month:02}-{day:02}</span><a href=\"{href}\" title=\"{text}\" target=\"_blank\">{text}</a></li>\n"
                ),
                1 => format!(
                    "<li><a href=\"{href}\" target=\"_blank\" title=\"{text}\">{text}</a><em>[{month:02}-{day:02}]</em></li>\n"
                ),
                _ => format!(
                    "<li><div class=\"dot\"></div><a target=\"_blank\" href=\"{href}\"><font title=\"{text}\">{text}</font></a>\
                     <i>{month:02}/{day:02}</i></li>\n"
                ),
            };
        }
        *html += "</ul></div>\n";
    }
}

fn friends(html: &mut String, rng: &mut Rng) {
    *html += "<div class=\"links\"><h3>友情链接</h3>\n<select onchange=\"window.open(this.value)\"><option>--国务院部门网站--</option>\n";
    for name in ["中国政府网", "国家发展改革委", "教育部", "财政部"] {
        *html += &format!("<option value=\"https://www.gov.cn/\">{name}</option>\n");
    }
    *html += "</select>\n";
    for office in OFFICES.iter().take(10 + rng.below(10)) {
        *html += &format!(
            "<a href=\"https://www.{CITY_ZONE}/jgzn/?bm={}\" target=\"_blank\">{}</a>\n",
            office.label, office.name
        );
    }
    *html += "</div>\n";
}

/// What `/` holds when the page lies one hop away, and where that is.
pub fn entry_hop(entry: Entry) -> Option<(&'static str, &'static str)> {
    match entry {
        Entry::Direct => None,
        Entry::MetaRefresh => Some((
            "<html><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0; url=/index.shtml\"></head><body></body></html>\n",
            "/index.shtml",
        )),
        Entry::ScriptHop => Some((
            "<html><head><meta charset=\"utf-8\"><title></title></head><body><script type=\"text/javascript\">\
             window.location.href=\"/home/index.html\";</script></body></html>\n",
            "/home/index.html",
        )),
    }
}

/// An error page of the server's own.
pub fn error(status: u16, words: &str) -> String {
    format!(
        "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n<center><h1>{status} {words}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// Somebody else's page.
pub fn moved_away(host: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>游戏下载站</title></head><body><h1>{host}</h1><ul>{}</ul></body></html>\n",
        (1..40).map(|n| format!("<li><a href=\"/soft/{n}.html\">热门游戏下载第{n}期</a></li>")).collect::<String>()
    )
}

/// A bundle as build tools write it; all the page shows comes from an interface whose address it puts together.
pub fn app_shell_script(path: &str) -> Option<String> {
    match path {
        "/static/js/app.91d7be.js" => Some(format!(
            "(function(e){{function t(t){{for(var r,o,u=t[0],c=t[1];0<u.length;)r=u.shift();return r}}var n={{}};{}\
             var q=new XMLHttpRequest();q.open(\"GET\",[\"\"].concat([\"config\",\"site\",\"api\"].reverse()).join(\"/\"));\
             q.onload=function(){{var v=JSON.parse(q.responseText);setTimeout(function(){{var d=document.getElementById(\"app\");\
             for(var k in v)d.insertAdjacentHTML(\"beforeend\",v[k])}},1200)}};q.send()}})([]);\n",
            (0..200).map(|n| format!("n[{n}]=function(e,t){{e.exports=t({})}};", n * 7 % 200)).collect::<String>()
        )),
        "/static/js/chunk-vendors.4f1c2a.js" => Some(format!(
            "(window[\"webpackJsonp\"]=window[\"webpackJsonp\"]||[]).push([[\"chunk-vendors\"],{{{}}}]);\n",
            (0..300).map(|n| format!("\"{n:04x}\":function(t,e,n){{\"use strict\";e.a=n({n})}},")).collect::<String>()
        )),
        _ => None,
    }
}

/// What the interface of an application answers: the content of the page it draws.
pub fn app_config(site: &Site, page: &PageManner, path: &str, today: Date) -> Option<String> {
    if page.placed != Placed::AppShell || path != "/api/site/config" {
        return None;
    }
    let mut body = String::new();
    content(&mut body, site, page, today, &mut Rng::new(site.seed ^ 0x9A6E));
    let text: String = body
        .chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            '\n' => vec!['\\', 'n'],
            '\t' => vec![' '],
            c => vec![c],
        })
        .collect();
    Some(format!("{{\"layout\":\"{text}\"}}"))
}
