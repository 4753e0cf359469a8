//! Pages written by hand, as offices have them. Braces are filled in per site: `{icp}` `{psb}` `{code}` `{host}` `{name}` `{n}`.

pub const ICP: &str = r#"<a href="https://beian.miit.gov.cn/" target="_blank">{icp}-1</a>"#;
pub const PSB: &str =
    r#"<a href="https://beian.mps.gov.cn/#/query/webSearch?code={psb}" target="_blank">陕公网安备 {psb}号</a>"#;
pub const CODE: &str = "网站标识码：{code}";
pub const CONAC: &str = r#"<script type="text/javascript">document.write(unescape("%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript src='//dcs.conac.cn/js/27/388/0000/41468{n}/CA27388000041468{n}0001.js' type='text/javascript'%3E%3C/script%3E"));</script>"#;
pub const CONAC_LINK: &str = r#"<a href="https://bszs.conac.cn/sitename?method=show&amp;id=08A5C2D1F3E24B0E9D0C08A5C2D1F3E2" target="_blank"><img src="https://dcs.conac.cn/image/red.png" alt="党政机关"></a>"#;
pub const JIUCUO: &str = r#"<span id="_span_jiucuo"></span><script id="_jiucuo_" sitecode="{code}" src="https://zfwzgl.www.gov.cn/exposure/jiucuo.js"></script>"#;
pub const JIUCUO_LINK: &str = r#"<a href="https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code={code}&amp;url=https%3A%2F%2F{host}%2F" target="_blank"><img src="/images/jiucuo.png" alt="政府网站找错"></a>"#;
pub const SPONSOR: &str = "主办单位：{name}";
pub const CONTACT: &str = "联系电话：0999-88{n}　地址：洛水市滨河路1号　邮编：719999";
pub const MAP: &str = r#"<a href="/wzdt/index.html">网站地图</a>"#;
pub const LABELS: &str = r#"<meta name="SiteName" content="{name}">
<meta name="SiteDomain" content="{host}">
<meta name="SiteIDCode" content="{code}">"#;

/// The footer alone, for sites that keep it in a file of its own.
pub fn footer(style: usize) -> String {
    match style % 3 {
        0 => format!(
            "<table width=\"100%\" class=\"foot\"><tr><td rowspan=\"3\">{CONAC}</td><td><a href=\"/gywm/\">关于我们</a>　|　{MAP}</td>\
             <td rowspan=\"3\">{JIUCUO}</td></tr>\n<tr><td>{SPONSOR}　{CONTACT}</td></tr>\n<tr><td>{ICP}　<img src=\"/images/ghs.png\" \
             width=\"16\">{PSB}　{CODE}</td></tr></table>"
        ),
        1 => format!(
            "<footer id=\"footer\"><ul class=\"nav\"><li><a href=\"/gywm/\">关于我们</a></li><li>{MAP}</li></ul>\n<p>{SPONSOR}</p>\n\
             <p>{CONTACT}</p>\n<p>{CODE}</p>\n<p>{ICP}</p>\n<p>{PSB}</p>\n<div class=\"ico\">{CONAC}</div><div class=\"ico\">{JIUCUO}</div></footer>"
        ),
        _ => format!(
            "<TABLE border=0 width=1000 align=center><TR><TD align=middle><FONT color=#333333>{MAP} | <a href=\"/gywm/\">关于我们</a><BR>\n\
             {SPONSOR}&nbsp;&nbsp;{CONTACT}<BR>\n{ICP}&nbsp;&nbsp;{PSB}&nbsp;&nbsp;{CODE}</FONT><BR>{CONAC}&nbsp;{JIUCUO}</TD></TR></TABLE>"
        ),
    }
}

/// A home page with nothing wrong around `footer`. Its news are full of words of footers.
pub fn page(footer: &str) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{{name}}</title>
{LABELS}
<meta name="ColumnName" content="首页">
<link rel="stylesheet" href="/css/style.css">
<script src="/js/jquery-1.12.4.min.js"></script>
</head>
<body>
<div class="header"><h1>{{name}}</h1><div class="nav"><a href="/zwgk/">政务公开</a> <a href="/zwfw/">政务服务</a> <a href="/hdjl/">互动交流</a></div></div>
<div class="main"><h2>要闻动态</h2><ul>
<li><a href="/art/1.html">洛水市召开防汛抗旱工作部署会议</a><span>2024-05-10</span></li>
<li><a href="/art/2.html">全市一季度经济运行情况新闻发布会召开</a><span>2024-05-11</span></li>
<li><a href="/art/3.html">关于端午节放假安排的通知</a><span>2024-05-12</span></li>
<li><a href="/art/4.html">市政协主办、市文旅局承办的洛水文化节开幕</a><span>2024-05-16</span></li>
</ul>
<p><a href="/wza/">无障碍浏览</a> <a href="/ndbb/">政府网站工作年度报表（{{report}}年度）</a>
<a href="/xxgknb/">{{report}}年政府信息公开工作年度报告</a></p>
<h3>友情链接</h3><select onchange="window.open(this.value)"><option value="http://www.gov.cn">中国政府网</option></select></div>
{footer}
</body>
</html>
"#
    )
}

/// A script that writes `html` line by line, with marks in the form a script can write.
pub fn writing(html: &str) -> String {
    let html = html.replace(CONAC, CONAC_LINK).replace(JIUCUO, JIUCUO_LINK);
    let quoted = |line: &str| line.replace('\\', "\\\\").replace('\'', "\\'").replace("</", "<\\/");
    html.lines().map(|line| format!("document.writeln('{}');\n", quoted(line))).collect()
}
