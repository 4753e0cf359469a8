//! What stands in the world: one fault a site, and sites that only look as if they had one.

use super::pages::{self, CODE, CONAC, CONAC_LINK, CONTACT, ICP, JIUCUO, JIUCUO_LINK, LABELS, MAP, PSB, SPONSOR};

/// One site. Numbers, unit and register row follow from its place in the list.
#[derive(Default)]
pub struct Site {
    pub key: &'static str,
    /// Empty: `<key>.luoshui.gov.cn`.
    pub host: &'static str,
    pub http: bool,
    /// Lines of the register row beside the usual ones, or in their place.
    pub row: &'static str,
    /// Rules whose rows the site must get, no others; those of suspicion first seen are listed as 疑似.
    pub faults: &'static [&'static str],
    /// Hints it must get beside `no-ipv6`.
    pub hints: &'static [&'static str],
    /// What is different in the healthy page.
    pub edits: Vec<(&'static str, &'static str)>,
    pub page: Page,
    /// Certificate: `ok`, or the recipe's name.
    pub cert: &'static str,
    /// nginx directives of the server, in place of serving files.
    pub server: &'static str,
    /// Zone lines of the host in place of an address; `-` for none.
    pub dns: &'static str,
    /// Where the register's dial map leads: `http`, `https` or `closed`.
    pub dial: &'static str,
    /// Further names of the same server.
    pub names: &'static [&'static str],
}

/// How the page is served.
#[derive(Default)]
pub enum Page {
    #[default]
    Healthy,
    Gb18030,
    /// These files instead; their braces are filled in.
    Files(Vec<(&'static str, String)>),
    /// No server at all.
    Nobody,
}

fn fault(key: &'static str, faults: &'static [&'static str], edits: &[(&'static str, &'static str)]) -> Site {
    Site { key, faults, edits: edits.to_vec(), ..Site::default() }
}

fn cert(key: &'static str, faults: &'static [&'static str]) -> Site {
    Site { key, faults, cert: key, ..Site::default() }
}

fn served(key: &'static str, server: &'static str, faults: &'static [&'static str]) -> Site {
    Site { key, faults, server, ..Site::default() }
}

fn files(key: &'static str, files: Vec<(&'static str, String)>) -> Site {
    Site { key, page: Page::Files(files), ..Site::default() }
}

fn like(key: &'static str, edits: &[(&'static str, &'static str)]) -> Site {
    fault(key, &[], edits)
}

const CLOSED: &str = "status = \"已关停\"\nstatus_since = 2020-05-13\nmigrated_to = \"https://www.luoshui.gov.cn/\"";

/// Marks that are missing, wrong or not the register's.
pub fn marks() -> Vec<Site> {
    vec![
        fault("icp-none", &["icp-missing"], &[(ICP, "")]),
        Site { row: "icp = \"\"", ..fault("icp-short", &["icp-malformed"], &[("{icp}-1", "陕ICP备1900号")]) },
        fault("icp-other", &["icp-mismatch"], &[("{icp}-1", "陕ICP备05012345号-3")]),
        fault("icp-plain", &["icp-link-missing"], &[(ICP, "{icp}-1")]),
        fault("icp-astray", &["icp-link-wrong"], &[("https://beian.miit.gov.cn/", "https://www.baidu.com/")]),
        fault("icp-old", &["icp-link-retired"], &[("https://beian.miit.gov.cn/", "http://www.miitbeian.gov.cn/")]),
        fault("psb-none", &["psb-missing"], &[(PSB, "")]),
        Site {
            row: "psb = \"\"",
            ..fault(
                "psb-short",
                &["psb-malformed"],
                &[(PSB, "<a href='https://beian.mps.gov.cn/'>陕公网安备 61998802001号</a>")],
            )
        },
        fault("psb-province", &["psb-province-conflict"], &[("陕公网安备 {psb}", "京公网安备 {psb}")]),
        fault("psb-other", &["psb-mismatch"], &[("{psb}", "61998802009999")]),
        fault("psb-plain", &["psb-link-missing"], &[(PSB, "陕公网安备 {psb}号")]),
        fault(
            "psb-astray",
            &["psb-link-wrong"],
            &[("https://beian.mps.gov.cn/#/query/webSearch?code={psb}", "https://www.luoshui.gov.cn/ga/")],
        ),
        Site {
            hints: &["psb-link-retired"],
            ..like(
                "psb-old",
                &[(
                    "https://beian.mps.gov.cn/#/query/webSearch?code=",
                    "http://www.beian.gov.cn/portal/registerSystemInfo?recordcode=",
                )],
            )
        },
        fault("code-none", &["site-code-missing"], &[(CODE, "")]),
        fault("code-short", &["site-code-malformed"], &[(CODE, "网站标识码：619988001")]),
        fault("code-other", &["site-code-mismatch"], &[("{code}", "6199889999")]),
        fault("code-copied", &["site-code-conflict"], &[("sitecode=\"{code}\"", "sitecode=\"6199870001\"")]),
        fault("conac-none", &["conac-missing"], &[(CONAC, "")]),
        Site {
            hints: &["conac-picture-only"],
            ..like("conac-image", &[(CONAC, "<img src='/i/dzjg.png' alt='党政机关'>")])
        },
        fault("jc-none", &["error-report-missing"], &[(JIUCUO, "")]),
        Site {
            // Its old script comes without encryption.
            hints: &["mixed-active-content"],
            ..fault("jc-old", &["error-report-retired"], &[("https://zfwzgl.www.gov.cn", "http://pucha.kaipuyun.cn")])
        },
        fault("sponsor-none", &["sponsor-missing"], &[(SPONSOR, "")]),
        fault("sponsor-other", &["sponsor-mismatch"], &[(SPONSOR, "主办单位：景山县人民政府办公室")]),
        fault("contact-none", &["contact-missing"], &[(CONTACT, "")]),
        Site { hints: &["sitemap-missing"], ..like("map-none", &[(MAP, "")]) },
        fault("labels", &["site-label-missing"], &[(LABELS, "<meta name='SiteName' content='洛水'>")]),
    ]
}

/// Names, servers, certificates, closed sites.
pub fn network() -> Vec<Site> {
    let dead: &[&str] = &["unreachable-server"];
    vec![
        Site { host: "www.lsjtj.com", ..cert("suffix", &["nonstandard-suffix"]) },
        Site {
            host: "117.36.88.9",
            http: true,
            dns: "-",
            dial: "http",
            hints: &["no-https"],
            ..fault("bare", &["bare-ip-address"], &[])
        },
        Site { host: "port.luoshui.gov.cn:8443", ..fault("port", &["nonstandard-port"], &[]) },
        served("moved", "return 302 https://elsewhere.luoshui.cn/;", &["unlisted-name"]),
        Site {
            names: &["old-idle.luoshui.gov.cn"],
            row: "idle_domains = [\"old-idle.luoshui.gov.cn\"]",
            ..fault("idle", &["idle-name-resolving"], &[])
        },
        Site { page: Page::Nobody, dns: "-", ..fault("nowhere", &["unresolvable-name"], &[]) },
        Site {
            page: Page::Nobody,
            dns: "CNAME loop.luoshui.gov.cn.",
            ..fault("servfail", &["unresolvable-name"], &[])
        },
        Site { page: Page::Nobody, dial: "closed", ..fault("refused", dead, &[]) },
        Site { page: Page::Nobody, dial: "http", ..fault("no-tls", &["failed-handshake"], &[]) },
        served("broken500", "return 500;", &["error-status"]),
        served("gone404", "return 404;", &["error-status"]),
        Site { row: CLOSED, ..fault("closed-serving", &["closed-still-serving"], &[]) },
        Site {
            row: CLOSED,
            ..served("closed-astray", "return 302 https://www.lsjy.cn/;", &["closed-redirect-astray"])
        },
        Site { row: CLOSED, ..served("closed-404", "return 404;", &["closed-name-resolving"]) },
        Site {
            page: Page::Nobody,
            dns: "-",
            row: "status = \"已关停\"\nstatus_since = 2020-05-13\nmigrated_to = \"https://gone.luoshui.gov.cn/\"",
            ..fault("closed-dead", &["dead-successor"], &[])
        },
        Site {
            dns: "A 113.141.77.9\n{host} A 10.20.30.40",
            dial: "https",
            ..fault("inner", &["private-address"], &[])
        },
        Site {
            page: Page::Nobody,
            dns: "CNAME gone-customer.lsjy.cn.",
            ..fault("dangling", &["dangling-alias", "unresolvable-name"], &[])
        },
        cert("expired", &["expired-certificate"]),
        cert("future", &["not-yet-valid-certificate"]),
        cert("other-host", &["wrong-host-certificate"]),
        cert("self-signed", &["self-signed-certificate"]),
        cert("other-root", &["untrusted-certificate"]),
        cert("leaf-only", &["incomplete-chain"]),
        cert("expired-other-host", &["expired-certificate", "wrong-host-certificate"]),
        Site { hints: &["expiring-certificate-14"], ..cert("soon", &[]) },
        Site { http: true, hints: &["no-https"], ..like("no-https", &[]) },
        Site { server: "plain too", hints: &["hsts-missing", "plain-http-open"], ..like("plain-open", &[]) },
    ]
}

/// Nothing is wrong with these, or nothing can be told.
pub fn alike() -> Vec<Site> {
    let foot = pages::footer(1);
    let whole = |foot: &str| pages::page(foot);
    let waf412 = "<!DOCTYPE html><html><head><meta charset='utf-8'><meta id='aV3' content='q9kx' r='m'><script r='m'>$_ts=window['$_ts'];\
        if(!$_ts)$_ts={};$_ts.nsd=71031;$_ts.cd='qEqxrAlqWqr';</script><script src='/4QbVtADbn/c.FxJ.js' r='m'></script></head><body></body></html>";
    let notice = "<html><head><meta charset='utf-8'><title>关停公告</title></head><body><h2>关于{name}网站关停的公告</h2><p>根据政府网站集约化\
        要求，本网站已于2020年5月13日关停，停止更新，相关内容已迁移至<a href='https://www.luoshui.gov.cn/'>洛水市人民政府门户网站</a>。</p></body></html>";
    let shell = format!(
        "<!DOCTYPE html><html><head><meta charset=utf-8><title>{{name}}</title>{LABELS}</head><body><div id=app></div><script \
         src=/js/chunk-vendors.8d1.js></script><script src=/js/app.9c2.js></script></body></html>"
    );
    let comment = format!("<!--div class=\"foot\">陕ICP备11111111号-9 网站标识码：1111111111</div-->\n{foot}");
    let jquery =
        "<div id=\"bottom\"></div><script>$(function(){ $(\"#bottom\").load(\"/common/foot.html\"); });</script>";
    vec![
        Site {
            http: true,
            page: Page::Gb18030,
            hints: &["no-https"],
            ..like("gbk", &[("charset=\"utf-8\"", "charset=\"gb2312\"")])
        },
        files(
            "script-footer",
            vec![
                ("index.html", whole("<script type=\"text/javascript\" src=\"/js/bottom.js\"></script>")),
                ("js/bottom.js", pages::writing(&foot)),
            ],
        ),
        files(
            "load-footer",
            vec![
                ("index.html", whole(jquery)),
                ("common/foot.html", foot.replace(CONAC, CONAC_LINK).replace(JIUCUO, JIUCUO_LINK)),
            ],
        ),
        files(
            "frame-footer",
            vec![
                (
                    "index.html",
                    whole("<iframe src=\"foot.htm\" width=\"100%\" height=\"160\" scrolling=\"no\"></iframe>"),
                ),
                ("foot.htm", format!("<html><head><meta charset=\"utf-8\"></head><body>{foot}</body></html>")),
            ],
        ),
        Site {
            server: "ssi on",
            ..files(
                "included",
                vec![
                    ("index.html", whole("<!--#include virtual=\"/inc/foot.html\" -->")),
                    ("inc/foot.html", foot.clone()),
                ],
            )
        },
        files("include-raw", vec![("index.html", whole("<!--#include virtual=\"/inc/foot.html\" -->"))]),
        files(
            "picture-footer",
            vec![(
                "index.html",
                whole("<div class=\"footer\"><img src=\"/images/footer.jpg\" width=\"1200\" height=\"180\"></div>"),
            )],
        ),
        files("shell", vec![("index.html", shell)]),
        files("old-comment", vec![("index.html", whole(&comment))]),
        files(
            "meta-refresh",
            vec![
                (
                    "index.html",
                    "<html><head><meta http-equiv=\"refresh\" content=\"0;url=/home/index.html\"></head></html>".into(),
                ),
                ("home/index.html", whole(&foot)),
            ],
        ),
        files(
            "script-jump",
            vec![
                (
                    "index.html",
                    "<html><head><script>window.location.href=\"/zh/index.html\";</script></head></html>".into(),
                ),
                ("zh/index.html", whole(&foot)),
            ],
        ),
        like(
            "friend",
            &[("<h3>友情链接</h3>", "<p>图片来自京东（京ICP备11041704号-15 京公网安备 11000002000088号）</p>")],
        ),
        like(
            "split",
            &[
                ("{icp}-1</a>", "陕<span>ICP</span>备 <b>{icp-digits}</b>号<i>-1</i></a>"),
                (CODE, "政府网站标识码 : {code}"),
            ],
        ),
        like("full-width", &[("{icp}-1", "{icp-wide}－１")]),
        like("suffix-sponsor", &[(SPONSOR, "{name}主办　洛水市政务信息中心承办")]),
        like(
            "roles",
            &[(
                SPONSOR,
                "主管：中共洛水市委宣传部　主办：{name}　承办：洛水市大数据中心　技术支持：洛水云科技有限公司",
            )],
        ),
        like(
            "two-numbers",
            &[(
                ICP,
                "<a href='https://beian.miit.gov.cn/'>{icp}-1</a> <a href='https://beian.miit.gov.cn/'>{icp}-2</a>",
            )],
        ),
        like("no-suffix", &[("{icp}-1", "{icp}")]),
        Site {
            page: Page::Files(vec![("w.html", waf412.into())]),
            ..served(
                "waf412",
                "error_page 412 /w.html; location = /w.html { internal; } location / { return 412; }",
                &[],
            )
        },
        served(
            "waf521",
            "location / { add_header Set-Cookie \"__jsluid_s=0a1b2c3d; path=/\" always; return 521 '<script>document.cookie=(\"_\");location.href=location.pathname+location.search</script>'; }",
            &[],
        ),
        served(
            "waf468",
            "location / { default_type text/html; return 468 '<html><head><title>Protected</title></head><body><script>SafeLineChallenge(\"x\",{})</script></body></html>'; }",
            &[],
        ),
        served("plain403", "return 403;", &[]),
        Site {
            row: "status = \"例行维护\"\nstatus_since = 2020-05-13", ..served("maintained", "return 503;", &[])
        },
        Site {
            row: "status = \"临时下线\"\nstatus_since = 2020-05-13\nstatus_until = 2190-12-31",
            page: Page::Nobody,
            dns: "-",
            ..like("suspended", &[])
        },
        Site {
            row: "status = \"申请关停\"\nstatus_since = 2020-05-13\nstatus_until = 2190-12-31",
            ..like("closing", &[])
        },
        Site { row: CLOSED, page: Page::Nobody, dns: "-", ..like("closed-gone", &[]) },
        Site { row: CLOSED, ..served("closed-moved", "return 301 https://www.luoshui.gov.cn/;", &[]) },
        Site { row: CLOSED, ..files("closed-notice", vec![("index.html", notice.into())]) },
        Site { dns: "CNAME web.lsjy.cn.", ..like("alias", &[]) },
        Site { host: "xn--6krv38bvhjctj3vdqyn.xn--zfr164b", hints: &["chinese-name-form"], ..cert("zhengwu", &[]) },
        like(
            "grey",
            &[
                ("<html lang", "<html style=\"filter:grayscale(100%)\" lang"),
                (
                    "</head>",
                    "<!--Announced by Visual SiteBuilder 9--><script src=\"/_sitegray/_sitegray.js\"></script></head>",
                ),
            ],
        ),
        like(
            "leaving",
            &[("</body>", "<div style=\"display:none\">您访问的链接即将离开“洛水市”门户网站，是否继续？</div></body>")],
        ),
        Site { server: "every path is home", ..like("soft404", &[]) },
        like("exempt", &[(ICP, "{icp}-1")]),
    ]
}
