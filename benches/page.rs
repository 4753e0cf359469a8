//! Reading one page, measured against the bare parse of the same page.
//!
//! `cargo bench --bench page` prints one line per kind of page: CPU time of `scraper`'s parse alone, of our whole reading
//! (decoding, guard, parse, walk, marks, scripts, places), and their ratio. Figures are CPU time of this thread from the
//! operating system's account (Linux), the best of several rounds.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::hint::black_box;

use scraper::Html;
use xunjian::evidence::page::{PageInput, read};

/// Rounds per page; the best counts.
const ROUNDS: usize = 7;
/// CPU nanoseconds one round takes at least.
const ROUND_NS: u64 = 40_000_000;

const FOOTER: &str = "<div class=\"footer\"><p>主办单位：榆林市人民政府办公室　承办单位：榆林市大数据局</p>\
<p><a href=\"https://beian.miit.gov.cn/\">陕ICP备05000001号-1</a> \
<a href=\"https://beian.mps.gov.cn/#/query/webSearch?code=61080002000001\"><img src=\"/images/ga.png\">陕公网安备 61080002000001号</a> \
网站标识码：6108000001</p><p>联系电话：0912-3525000 <a href=\"/wzdt/\">网站地图</a></p>\
<a href=\"//bszs.conac.cn/sitename?method=show&amp;id=0123456789ABCDEF0123456789ABCDEF\"><img src=\"//dcs.conac.cn/image/red.png\"></a>\
<script id=\"_jiucuo_\" sitecode=\"6108000001\" src=\"https://zfwzgl.www.gov.cn/exposure/jiucuo.js\"></script></div>";

const HEAD: &str = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>榆林市人民政府</title>\
<meta name=\"SiteName\" content=\"榆林市人民政府\"><meta name=\"SiteDomain\" content=\"www.yl.gov.cn\">\
<meta name=\"SiteIDCode\" content=\"6108000001\"><link rel=\"stylesheet\" href=\"/css/a.css\">\
<script src=\"/js/jquery.min.js\"></script><style>.a{color:red}.b{margin:0 auto}</style></head><body>";

fn main() {
    println!("{:<34} {:>8} {:>12} {:>12} {:>8} {:>10}", "page", "KB", "parse ms", "reading ms", "ratio", "MB/s");
    for (name, page) in pages() {
        let input = PageInput {
            bytes: page.as_bytes(),
            url: "https://www.yl.gov.cn/",
            content_type: Some("text/html; charset=utf-8"),
            fragment: false,
        };
        let parse = best(|| drop(black_box(Html::parse_document(black_box(&page)))));
        let reading = best(|| drop(black_box(read(black_box(&input)))));
        println!(
            "{name:<34} {:>8.1} {parse:>12.3} {reading:>12.3} {:>8.2} {:>10.1}",
            page.len() as f64 / 1024.0,
            reading / parse,
            page.len() as f64 / 1e6 / (reading / 1e3),
        );
    }
}

/// CPU milliseconds of one call, the best round's mean.
fn best(work: impl Fn()) -> f64 {
    (0..ROUNDS)
        .map(|_| {
            let start = cpu_ns();
            let mut calls = 0u32;
            while cpu_ns() - start < ROUND_NS {
                work();
                calls += 1;
            }
            (cpu_ns() - start) as f64 / f64::from(calls) / 1e6
        })
        .fold(f64::INFINITY, f64::min)
}

/// CPU nanoseconds this thread has used.
fn cpu_ns() -> u64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    account.split(' ').next().and_then(|first| first.parse().ok()).expect("Linux keeps an account of CPU time")
}

fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("home page, lists of links", home(400)),
        ("home page, large", home(3_000)),
        ("article", article(120)),
        ("old page of tables", tables(600)),
        ("footer written by a script", scripted()),
        ("page with much inline script", inline_script()),
        ("application shell", format!("{HEAD}<div id=app></div><script src=/assets/index.js></script></body></html>")),
    ]
}

fn home(links: usize) -> String {
    let mut page = format!("{HEAD}<div class=\"nav\"><ul>");
    for i in 0..12 {
        let _ = write!(page, "<li><a href=\"/zwgk/{i}/\" title=\"栏目{i}\">栏目{i}</a></li>");
    }
    page.push_str("</ul></div>");
    for i in 0..links {
        let _ = writeln!(
            page,
            "<div class=\"list_{}\"><ul class=\"news\"><li><span class=\"date\">2026-11-{:02}</span><a target=\"_blank\" \
             href=\"/xwzx/{i}/t20261125_{i}.html\" title=\"市委常委会召开会议研究部署第{i}项重点工作\">市委常委会召开会议研究部署第{i}项重点工作</a></li></ul></div>",
            i % 9,
            i % 28 + 1
        );
    }
    page + FOOTER + "</body></html>"
}

fn article(paragraphs: usize) -> String {
    let mut page = format!("{HEAD}<div class=\"article\"><h1>关于进一步加强政府网站管理工作的通知</h1>");
    for i in 0..paragraphs {
        let _ = writeln!(
            page,
            "<p style=\"text-indent: 2em; font-size: 16px\">第{i}条　各县市区人民政府、市政府各工作部门应当按照有关规定，认真做好政府网站的内容保障、\
             安全防护和日常巡查工作，发现问题及时整改，并于每月底前报送整改情况。联系电话另行通知。</p>"
        );
    }
    page + "</div>" + FOOTER + "</body></html>"
}

fn tables(rows: usize) -> String {
    let mut page = format!("{HEAD}<table width=\"1000\" border=\"0\" cellspacing=\"0\">");
    for i in 0..rows {
        let _ = writeln!(
            page,
            "<tr><td width=\"20\" align=\"center\"><img src=\"images/dot.gif\" width=\"5\" height=\"5\"></td>\
             <td><a href=\"show.asp?id={i}\"><font color=\"#333333\">公示公告第{i}号</font></a></td><td>[11-25]</td></tr>"
        );
    }
    page + "</table>" + FOOTER + "</body></html>"
}

fn scripted() -> String {
    let mut page = home(100).replace(FOOTER, "");
    let written: String = FOOTER
        .split_inclusive('>')
        .map(|part| format!("document.writeln('{}');\n", part.replace('\'', "\\'").replace("</script>", "<\\/script>")))
        .collect();
    let end = page.rfind("</body>").unwrap_or(page.len());
    page.insert_str(end, &format!("<script>\n{written}</script>"));
    page
}

fn inline_script() -> String {
    let mut page = home(150);
    let mut script = String::from("<script>");
    for i in 0..800 {
        let _ = writeln!(
            script,
            "var item{i} = {{ id: {i}, name: 'menu-{i}', open: function (e) {{ if (e && e.target) {{ $('#m{i}').toggle(); }} }} }};"
        );
    }
    script.push_str("</script>");
    let end = page.rfind("</body>").unwrap_or(page.len());
    page.insert_str(end, &script);
    page
}
