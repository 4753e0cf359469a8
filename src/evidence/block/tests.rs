use super::*;

type Pairs = &'static [(&'static str, &'static str)];

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn family(status: u16, pairs: &[(&str, &str)], body: &str) -> Option<&'static str> {
    recognise(status, &headers(pairs), body.as_bytes())
}

/// A front page with enough to read, with `extra` in its head.
fn front_page(extra: &str) -> String {
    let news = "<li><a href=/a.html>市政府召开常务会议研究部署重点工作</a></li>".repeat(60);
    format!("<html><head><title>榆林市人民政府</title>{extra}</head><body><ul>{news}</ul></body></html>")
}

const RUISHU: &str = r#"<!DOCTYPE html><html><head><meta charset="utf-8"><meta content="abc" r="m"><script r="m">$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=1;$_ts.cd="x"</script><script src="/a/b.js"></script></head><body></body></html>"#;

#[test]
fn dynamic_challenge_is_recognised_by_status_script_and_emptiness_together() {
    assert_eq!(family(412, &[("set-cookie", "aBcDeFgHS")], RUISHU), Some("ruishu"));
    assert_eq!(family(202, &[], RUISHU), Some("ruishu"));
    assert_eq!(family(200, &[], RUISHU), None);
    let passed = front_page(r#"<meta content="x" r="m"><script r="m">$_ts=window['$_ts']</script>"#);
    assert_eq!(family(200, &[("set-cookie", "aBcDeFgHT")], &passed), None);
    assert_eq!(family(412, &[], &passed), None);
    assert_eq!(family(412, &[], "<html><body></body></html>"), None);
}

#[test]
fn status_521_needs_the_cookie_or_the_script() {
    let script = "<script>document.cookie=('_')+('_');location.href=location.pathname+location.search</script>";
    assert_eq!(family(521, &[("set-cookie", "__jsluid_s")], ""), Some("jiasule"));
    assert_eq!(family(521, &[("set-cookie", "__jsluid_h=abc; path=/")], "x"), Some("jiasule"));
    assert_eq!(family(521, &[], script), Some("jiasule"));
    assert_eq!(family(521, &[("server", "cloudflare")], "<title>521: Web server is down</title>"), None);
    assert_eq!(family(200, &[("set-cookie", "__jsluid_s")], &front_page("")), None);
}

#[test]
fn block_notices_are_recognised_in_either_encoding() {
    let body = "<html><title>403</title><body>当前访问疑似黑客攻击，已被拦截</body></html>";
    assert_eq!(family(403, &[], body), Some("chuangyudun"));
    let (gbk, _, _) = encoding_rs::GBK.encode(body);
    assert_eq!(recognise(403, &[], &gbk), Some("chuangyudun"));
    // Cut in the middle of a character.
    let long = format!("{body}{}", "<!-- 注 -->".repeat(10_000));
    assert_eq!(family(403, &[], &long), Some("chuangyudun"));
}

#[test]
fn each_family_is_known_by_its_own_page() {
    let cases: &[(u16, Pairs, &str, &str)] = &[
        (468, &[], "", "safeline"),
        (403, &[], "<html><body>blocked</body></html><!-- event id: 7f -->", "safeline"),
        (200, &[], "<script>SafeLineChallenge(\"id\", {})</script>", "safeline"),
        (493, &[], "", "wzws"),
        (403, &[("wzws-ray", "1")], "Forbidden", "wzws"),
        (302, &[("location", "/WZWSRELaGVsbG8=?wzwschallenge=x")], "", "wzws"),
        (405, &[], "很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。您的请求ID是 1", "aliyun"),
        (
            200,
            &[("set-cookie", "acw_tc")],
            "<script>var arg1='0123';function r(){document.cookie='acw_sc__v2='+x}</script>",
            "aliyun",
        ),
        (418, &[("set-cookie", "HWWAFSESID")], "", "huaweicloud"),
        (418, &[("server", "HuaweiCloudWAF")], "", "huaweicloud"),
        (403, &[], "<title>腾讯云Web应用防火墙</title>", "tencent"),
        (302, &[("location", "https://waf.tencent.com/501page.html?u=1")], "", "tencent"),
        (403, &[], "<div class=\"dbwaf-box\">x</div>", "xuanwudun"),
        (200, &[], "<div class=\"safedog-flow-item\">x</div>", "safedog"),
        (403, &[], "<img class=yunsuologo>", "yunsuo"),
        (200, &[("set-cookie", "yunsuo_session_verify")], "<script>x()</script>", "yunsuo"),
        (403, &[("server", "yunjiasu-nginx")], "<a href=http://su.baidu.com/>yunjiasu</a>", "yunjiasu"),
        (200, &[], "<title>D盾_拦截提示</title>", "ddun"),
        (403, &[], "您的请求带有不合法参数，已被系统设置拦截！", "ngxlua"),
        (403, &[("server", "BDWAF/2.0")], "", "landun"),
        (403, &[], "<img src=/yxlink/a.png>", "yxlink"),
        (200, &[], "<iframe src=http://zhuji.360.cn/guard/firewall/stopattack.html></iframe>", "zhuji360"),
        (200, &[], "<title>455</title><script>setCookie('https_waf_cookie')</script>", "court"),
        (200, &[], "<script src=/_bot_sbu/sbu_fpcm.js></script>", "botsbu"),
        (403, &[("cf-mitigated", "challenge")], "Just a moment...", "cloudflare"),
        (403, &[("server", "Beaver")], "", "unfiled"),
        (403, &[], "<TITLE>Non-compliance ICP Filing</TITLE>", "unfiled"),
        (200, &[], "<script>document.cookie = 'a=1'; window.location.reload();</script>", "generic_challenge"),
        (200, &[], "<title>人机验证</title><body>请拖动滑块</body>", "generic_challenge"),
        (403, &[], "您的访问请求可能存在风险，已被拦截", "generic_block"),
    ];
    for (status, pairs, body, expected) in cases {
        assert_eq!(family(*status, pairs, body), Some(*expected), "{status} {body}");
    }
}

#[test]
fn pages_that_were_let_through_are_not_blocked() {
    let carried: &[(u16, Pairs, &str)] = &[
        (200, &[("set-cookie", "HWWAFSESID")], ""),
        (200, &[("set-cookie", "acw_tc")], "<script>/* acw_sc__v2 arg1= */</script>"),
        (200, &[("wzws-ray", "1"), ("server", "qianxin-waf")], ""),
        (200, &[("server", "yunjiasu")], "yunjiasu"),
        (200, &[("set-cookie", "yunsuo_session_verify")], "<script></script>"),
        (200, &[], "<script src=/_bot_sbu/sbu_fpcm.js></script>"),
        (200, &[], "<a href=https://www.365cyd.com/>365cyd.com/cyd-error-help</a> 当前访问疑似黑客攻击"),
        (200, &[], "<script>document.cookie='a=1';location.reload()</script>"),
    ];
    for (status, pairs, extra) in carried {
        assert_eq!(family(*status, pairs, &front_page(extra)), None, "{extra}");
    }
}

#[test]
fn the_sites_own_refusals_and_front_doors_are_not_blocked() {
    assert_eq!(
        family(403, &[("server", "nginx")], "<html><title>403 Forbidden</title><center>nginx</center></html>"),
        None
    );
    assert_eq!(family(404, &[("wzws-ray", "1")], "<title>404 Not Found</title>"), None);
    assert_eq!(family(404, &[], "<p>页面不存在</p><a href=https://www.365cyd.com/>创宇盾</a>"), None);
    assert_eq!(family(502, &[("server", "yunjiasu")], "Bad Gateway"), None);
    assert_eq!(family(503, &[("wzws-ray", "1"), ("server", "qianxin-waf")], "Service Unavailable"), None);
    assert_eq!(family(401, &[("wzws-ray", "1")], "Unauthorized"), None);
    assert_eq!(family(418, &[], "I'm a teapot"), None);
    assert_eq!(family(405, &[], "Method Not Allowed"), None);
    assert_eq!(family(200, &[], ""), None);
    let door = "<script>document.cookie='lang=zh';window.location.href='/index/'</script>";
    assert_eq!(family(200, &[], door), None);
}

#[test]
fn every_family_has_its_word() {
    let labels = include_str!("../../../rules/labels.toml");
    let labels: toml::Table = toml::from_str(labels).unwrap();
    let others = ["ruishu", "jiasule", "huaweicloud", "court", "yunjiasu", "generic_challenge"];
    let families = MARKERS.iter().map(|m| m.family).chain(others);
    for family in families {
        assert!(labels["block"].get(family).is_some(), "{family}");
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_looked_at_without_panic(status: u16, body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = recognise(status, &[], &body);
    }

    #[test]
    fn any_tag_soup_is_looked_at_without_panic(body in "(<|>|</|<!--|-->|script|title|style|[ a中=\"]){0,80}") {
        let enough = body.len() + 1;
        assert!(visible_bytes(body.as_bytes(), enough) <= body.len());
        let _ = recognise(200, &[], body.as_bytes());
    }
}
