//! Names of scripts: which never write a footer, and which are likely to.

/// Files and hosts of libraries, players, counters and share buttons: fetching them would teach nothing.
const LIBRARIES: &[&str] = &[
    "jquery",
    "swiper",
    "echarts",
    "layui",
    "layer.js",
    "layer/",
    "bootstrap",
    "vue.js",
    "vue.min",
    "vue.runtime",
    "react",
    "angular",
    "element-ui",
    "superslide",
    "slick",
    "owl.carousel",
    "wow.",
    "animate",
    "lazyload",
    "md5",
    "base64",
    "crypto",
    "qrcode",
    "html5shiv",
    "respond.",
    "modernizr",
    "es5-shim",
    "babel",
    "polyfill",
    "lodash",
    "underscore",
    "moment",
    "dayjs",
    "axios.min",
    "axios.js",
    "require.js",
    "require.min",
    "sea.js",
    "requirejs",
    "video",
    "player",
    "flv",
    "hls",
    "ckplayer",
    "scroll",
    "slider",
    "marquee",
    "datepicker",
    "laydate",
    "laypage",
    "calendar",
    "pagination",
    "weather",
    "tianqi",
    "share",
    "bdshare",
    "addtoany",
    "counter",
    "count.js",
    "stat.js",
    "tongji",
    "visit",
    "analytics",
    "hm.js",
    "gray",
    "sitegray",
    "accessib",
    "wza",
    "barrierfree",
    "readscreen",
    "screenread",
    "esd/",
    "_sitegray",
    "iconfont",
    "fastclick",
    "flexible",
    "rem.js",
    "hammer",
    "touch",
    "fancybox",
    "lightbox",
    "masonry",
    "isotope",
    "jsencrypt",
    "sm2",
    "sm3",
    "sm4",
    "captcha",
    "jiucuo.js",
    "conac",
    "search.js",
    "jweixin",
    "wx.js",
    "pinyin",
    "simplified",
    "big5",
    "st.js",
];

/// Hosts whose scripts are never part of a page's own text.
const OUTSIDE_HOSTS: &[&str] = &[
    "hm.baidu.com",
    "cnzz.com",
    "umeng.com",
    "google-analytics",
    "googletagmanager",
    "51.la",
    "dcs.conac.cn",
    "bszs.conac.cn",
    "zfwzgl.www.gov.cn",
    "pucha.kaipuyun.cn",
    "bdimg.com",
    "share.baidu.com",
    "map.baidu.com",
    "api.map",
    "webapi.amap.com",
    "map.tianditu",
    "res.wx.qq.com",
    "v.qq.com",
    "cdn.bootcss.com",
    "cdnjs.",
    "jsdelivr.net",
    "unpkg.com",
    "gwd.gov.cn/",
    "ta.trs.cn",
    "webterren",
    "tenmark",
];

/// Requests by scripts that bring figures, not pages.
const FIGURES: &[&str] = &[
    "counter",
    "visit",
    "statistic",
    "/log",
    "hits",
    "click",
    "track",
    "weather",
    "tianqi",
    "login",
    "captcha",
    "search",
    "/user",
    "token",
    "session",
    "suggest",
    "favicon",
    "manifest",
];

/// Words in a script's name, likeliest footer writers first.
const WRITERS: &[&[&str]] = &[
    &["foot", "bottom", "copyright", "yejiao", "dibu", "beian", "banquan"],
    &["common", "public", "include", "global", "gonggong", "pub.js", "base", "head"],
    &["template", "tpl", "load", "layout", "frame", "index", "main", "site", "config", "app", "chunk", "bundle"],
];

/// A script that cannot be writing the footer.
pub fn is_library(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    if OUTSIDE_HOSTS.iter().any(|h| url.contains(h)) {
        return true;
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let folder_too = |w: &&str| if w.contains('/') { path.contains(*w) } else { name.contains(*w) };
    // "footer-slider.js" is a footer script all the same.
    !WRITERS[0].iter().any(|w| name.contains(w)) && LIBRARIES.iter().any(folder_too)
}

/// A request that brings a counter, a log-in state or a forecast.
pub fn is_figure(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    !WRITERS[0].iter().any(|w| url.contains(w)) && FIGURES.iter().any(|w| url.contains(w))
}

/// How likely a script of this name writes the footer; lower is likelier.
pub fn footer_rank(url: &str) -> u8 {
    let url = url.to_ascii_lowercase();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let rank = WRITERS.iter().position(|words| words.iter().any(|w| name.contains(w))).unwrap_or(WRITERS.len());
    u8::try_from(rank).unwrap_or(u8::MAX)
}

/// A place of the page a footer is written into.
pub fn is_footer_target(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    ["foot", "bottom", "copyright", "beian", "icp", "banquan", "yejiao", "dibu", "bq", "siteinfo", "unitinfo"]
        .iter()
        .any(|w| target.contains(w))
        || matches!(target.trim_start_matches(['#', '.']), "body" | "app" | "root" | "info" | "copy")
}
