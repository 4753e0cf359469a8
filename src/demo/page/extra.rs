//! Links beside the usual ones, and what answers behind them.

use super::super::manner::Extra;
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

/// A list whose entries are gone.
fn rows(extension: &str) -> String {
    let row = |n| format!("<li><a href=\"/qingdan/{n}.{extension}\">权责事项第{n}项</a></li>\n");
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>权责清单</title></head><body><h1>权责清单</h1><ul>{}</ul></body></html>\n",
        (1..4).map(row).collect::<String>()
    )
}
