//! Pages of protection devices, as they come on the wire.

use super::super::manner::Block;

/// Status, extra headers and body of a block page.
pub struct BlockPage {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// The page `family` sends instead of the site's own; `salt` varies what is random in reality.
pub fn page(family: Block, salt: u64) -> BlockPage {
    let token = format!("{salt:016x}");
    let (status, headers, body): (u16, Vec<(&'static str, String)>, String) = match family {
        Block::Rs412 | Block::Rs202 => (
            if family == Block::Rs412 { 412 } else { 202 },
            vec![("Set-Cookie", format!("{}S=5{token}{token}; Path=/; HttpOnly", &token[..12]))],
            format!(
                "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><meta content=\"{token}\" r=\"m\"><script type=\"text/javascript\" \
                 r=\"m\">$_ts=window['$_ts'];if(!$_ts)$_ts={{}};$_ts.nsd=61234;$_ts.cd=\"{token}{token}\";if($_ts.lcd)$_ts.lcd();</script>\
                 <script type=\"text/javascript\" charset=\"iso-8859-1\" src=\"/{}/{}.js\" r=\"m\"></script></head><body></body></html>",
                &token[..8],
                &token[8..]
            ),
        ),
        Block::Jsl521 => (
            521,
            vec![("Set-Cookie", format!("__jsluid_s={token}{token}; max-age=31536000; path=/; HttpOnly; SameSite=None; secure"))],
            "<script>document.cookie=('_')+('_')+('j')+('s')+('l')+('_')+('c')+('l')+('e')+('a')+('r')+('a')+('n')+('c')+('e')+('_')+\
             ('s')+('=')+(-~[]+'')+((1+[2])/[2]+'')+('|')+('-')+(+!+[]+'')+('|');location.href=location.pathname+location.search</script>"
                .to_owned(),
        ),
        Block::Sl468 => (
            468,
            vec![("Set-Cookie", format!("sl-session={token}; Path=/"))],
            format!(
                "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>Protected By SafeLine WAF</title><script \
                 src=\"/.safeline/static/challenge.js\"></script></head><body><div id=\"slg-bg\"></div><p>安全检测能力由 雷池 WAF 驱动</p>\
                 <script>SafeLineChallenge(\"{token}\", {{}})</script></body></html>"
            ),
        ),
        Block::Cyd403 => (
            403,
            vec![("Server", "nginx".to_owned())],
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>访问被拦截</title></head><body><h1>403</h1><p>当前访问疑似黑客攻击，\
             已被网站管理员设置为拦截并记录</p><a href=\"http://www.365cyd.com\">创宇盾</a> <a \
             href=\"http://help.365cyd.com/cyd-error-help.html?code=403\">帮助</a></body></html>"
                .to_owned(),
        ),
        Block::Unfiled => (
            403,
            vec![("Server", "Beaver".to_owned())],
            "<html>\n<head>\n<meta http-equiv=\"Content-Type\" content=\"textml;charset=UTF-8\" />\n<title>Non-compliance ICP \
             Filing</title>\n</head>\n<body>\n<iframe src=\"https://www.aliyun.com/beian/beian-block\"></iframe>\n</body>\n</html>"
                .to_owned(),
        ),
        Block::Ali405 => (
            405,
            vec![("Server", "Tengine".to_owned()), ("Set-Cookie", format!("acw_tc={token}; path=/; HttpOnly"))],
            format!(
                "<!doctype html><html><head><meta charset=\"utf-8\"><title>405</title><link rel=\"icon\" \
                 href=\"https://errors.aliyun.com/images/favicon.ico\"></head><body data-spm=\"7663354\"><div><p>很抱歉，由于您访问的URL有可能\
                 对网站造成安全威胁，您的访问被阻断。</p><p>您的请求ID是：<strong>{token}</strong></p></div></body></html>"
            ),
        ),
        Block::AliArg1 => (
            200,
            vec![("Server", "Tengine".to_owned()), ("Set-Cookie", format!("acw_tc={token}; path=/; HttpOnly"))],
            format!(
                "<html><script>var arg1='{}';var _0x4818=['csKHwqMI','ZsKJwr8VeAsy'];function setCookie(name,value){{var expiredate=new \
                 Date();expiredate.setTime(expiredate.getTime()+(3600*1000));document.cookie=name+\"=\"+value}}function reload(x){{\
                 setCookie(\"acw_sc__v2\",x);document.location.reload()}}</script></html>",
                format!("{token}{token}{token}").chars().take(40).collect::<String>().to_ascii_uppercase()
            ),
        ),
        Block::Hw418 => (
            418,
            vec![("Server", "HuaweiCloudWAF".to_owned()), ("Set-Cookie", format!("HWWAFSESID={token}; path=/"))],
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>访问被拦截</title></head><body><h1>您的请求疑似攻击行为！</h1>\
             <p>事件编号已记录，如有疑问请联系网站管理员。</p></body></html>"
                .to_owned(),
        ),
        Block::Wzws493 => (
            493,
            vec![("Server", "qianxin-waf".to_owned()), ("WZWS-Ray", format!("1127-{token}"))],
            "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>493</title></head><body><div><img \
             src=\"/wzws-waf-cgi/images/block.png\">您的访问可能存在风险，已被网站卫士拦截</div></body></html>"
                .to_owned(),
        ),
        Block::Tx403 => (
            403,
            vec![("Server", "nginx".to_owned())],
            format!(
                "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>403</title></head><body><p>腾讯云Web应用防火墙</p><p>很抱歉，您\
                 提交的请求可能对网站造成威胁，请求已被管理员设置的策略阻断。</p><a href=\"https://waf.tencent.com/403page.html?id={token}\">\
                 反馈</a></body></html>"
            ),
        ),
        Block::Court449 => (
            449,
            vec![("Set-Cookie", format!("https_waf_cookie={token}; path=/; secure; HttpOnly"))],
            format!(
                "<html><head><meta charset=\"utf-8\"><title>449</title></head><body><script>var t=\"{token}\";\
                 document.cookie=\"https_ydclearance=\"+t;location.reload()</script></body></html>"
            ),
        ),
        Block::Plain403 => {
            (403, vec![("Server", "nginx".to_owned())], super::layout::error(403, "Forbidden"))
        }
    };
    BlockPage { status, headers, body }
}
