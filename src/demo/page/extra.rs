//! Links beside the usual ones, and what answers behind them.

use super::super::manner::{Extra, Squatter};
use super::super::plan::Site;
use super::error;

/// What stands on the home page.
pub fn home(site: &Site, extra: Extra) -> String {
    let list = |entries: &[(&str, &str)]| -> String {
        let row = |(href, text): &(&str, &str)| format!("<li><a href=\"{href}\">{text}</a></li>\n");
        format!("<ul class=\"hot\">\n{}</ul>\n", entries.iter().map(row).collect::<String>())
    };
    match extra {
        Extra::None | Extra::NoHead => String::new(),
        Extra::DeadHome => list(&[
            ("/tzgg/shijian.html", "便民服务事项清单"),
            ("/tzgg/biaoge.html", "办事表格下载"),
            ("/xinwen/jiu.html", "历史新闻"),
        ]),
        Extra::DeadInner | Extra::DeadAttachment => list(&[("/qingdan.html", "权责清单")]),
        Extra::DeadSoft => list(&[("/tzgg/shijian.html", "便民服务事项清单")]),
        Extra::DeadName => list(&[(&format!("https://zhuanti{}.{}/", site.index, site.zone), "专题网站")]),
        Extra::Barred => list(&[
            ("/user/center.html", "个人中心"),
            ("/oa/index.html", "内部办公"),
            ("/zxbs/index.html", "在线办事"),
            ("javascript:void(0)", "收藏本站"),
            ("mailto:bgs@yunling.gov.cn", "联系邮箱"),
            ("#top", "返回顶部"),
            ("", "建设中"),
        ]),
        Extra::Lures => format!(
            "<div style=\"position:absolute;left:-9999px;top:-9999px\">{}</div>\n",
            ["澳门金沙娱乐城", "百家乐在线", "365bet体育"]
                .iter()
                .enumerate()
                .map(|(n, text)| format!("<a href=\"http://www.bet{}{n}.com/\">{text}</a> ", 365 + site.index % 100))
                .collect::<String>()
        ),
        Extra::Folded => "<ul class=\"tab\"><li>部门网站</li><li>企业</li></ul><div class=\"pane\" style=\"display:none\">\
             <a href=\"http://www.yunling-shuiwu.com/\">云岭水务</a> <a href=\"http://www.yunling-ranqi.com/\">云岭燃气</a></div>\n\
             <style>.drop{display:none} .nav li:hover .drop{display:block}</style><div class=\"drop\"><a href=\"https://www.gov.cn/\">\
             中国政府网</a> <a href=\"http://www.yunling-gongjiao.com/\">云岭公交</a></div>\n\
             <select style=\"font-size:0\"><option value=\"http://www.a.com/\">友情链接</option></select>\n"
            .to_owned(),
        Extra::Lottery => list(&[
            ("/xwzx/ywdt/", "福利彩票、体育彩票公益金使用情况公告"),
            ("/xwzx/tzgg/", "关于打击网络赌博、百家乐、六合彩等违法犯罪活动的通告"),
        ]) + "<div style=\"display:none\"><a href=\"https://www.cwl.com.cn/\">中国福利彩票</a></div>\n",
        Extra::SentHome => list(&[("/index.php", "返回首页")]),
    }
}

/// What is served under these links: status and page.
pub fn answer(extra: Extra, path: &str, head_only: bool) -> Option<(u16, String)> {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let refused = |status, words| Some((status, error(status, words)));
    match (extra, path) {
        (Extra::NoHead, _) if head_only => refused(405, "Method Not Allowed"),
        (Extra::DeadInner, "/qingdan.html") => Some((200, rows("html"))),
        (Extra::DeadAttachment, "/qingdan.html") => Some((200, rows("pdf"))),
        (Extra::Barred, "/user/center.html") => refused(401, "Unauthorized"),
        (Extra::Barred, "/oa/index.html") => refused(403, "Forbidden"),
        (Extra::Barred, "/zxbs/index.html") => refused(400, "Bad Request"),
        _ => None,
    }
}

/// Who took a name over that the unit let go.
pub fn squatter(squatter: Squatter) -> String {
    let (title, head, body) = match squatter {
        Squatter::Sale => (
            "域名出售",
            "",
            "<h1>此域名正在出售</h1><p><a href=\"https://www.sedo.com/search\">购买该域名</a></p>".to_owned(),
        ),
        _ => (
            "365bet体育在线网址_365体育投注_必威官网登录",
            "<meta name=\"keywords\" content=\"百家乐,老虎机,棋牌,北京赛车\">",
            "<legend id=\"h4sia\"></legend><samp id=\"h4sia\"></samp>".repeat(4) + "<h1>真人视讯 六合彩 时时彩</h1>",
        ),
    };
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title>{head}</head><body>{body}</body></html>\n"
    )
}

/// A list whose entries are gone.
fn rows(extension: &str) -> String {
    let row = |n| format!("<li><a href=\"/qingdan/{n}.{extension}\">权责事项第{n}项</a></li>\n");
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>权责清单</title></head><body><h1>权责清单</h1><ul>{}</ul></body></html>\n",
        (1..4).map(row).collect::<String>()
    )
}
