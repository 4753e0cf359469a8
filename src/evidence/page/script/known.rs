//! Names of scripts: which never write a footer, and which are likely to.

/// Beginnings of the names of libraries, players and counters: fetching such a file would teach nothing.
const LIBRARIES: &[&str] = &[
    "jquery",
    "swiper",
    "echarts",
    "layui",
    "bootstrap",
    "angular",
    "superslide",
    "owl",
    "lazyload",
    "crypto",
    "qrcode",
    "html5shiv",
    "modernizr",
    "polyfill",
    "lodash",
    "underscore",
    "moment",
    "dayjs",
    "requirejs",
    "ckplayer",
    "mediaelement",
    "datepicker",
    "datetimepicker",
    "laydate",
    "laypage",
    "pagination",
    "bdshare",
    "addtoany",
    "analytics",
    "sitegray",
    "accessib",
    "barrierfree",
    "readscreen",
    "screenread",
    "iconfont",
    "fastclick",
    "hammer",
    "fancybox",
    "lightbox",
    "masonry",
    "isotope",
    "jsencrypt",
    "captcha",
    "conac",
    "jweixin",
    "pinyin",
    "simplified",
];

/// Whole words in the names of such files; more than one of them may be a library's only word.
const LIBRARY_WORDS: &[&str] = &[
    "layer",
    "vue",
    "react",
    "dom",
    "slick",
    "carousel",
    "wow",
    "animate",
    "md5",
    "base64",
    "respond",
    "es5",
    "shim",
    "babel",
    "axios",
    "require",
    "sea",
    "video",
    "player",
    "flv",
    "hls",
    "scroll",
    "scrollbar",
    "slider",
    "slide",
    "marquee",
    "calendar",
    "weather",
    "tianqi",
    "share",
    "counter",
    "count",
    "stat",
    "tongji",
    "visit",
    "hm",
    "gray",
    "wza",
    "flexible",
    "rem",
    "touch",
    "sm2",
    "sm3",
    "sm4",
    "jiucuo",
    "search",
    "wx",
    "big5",
    "st",
    "element",
    "ui",
    "aos",
    "nprogress",
];

/// Folders that hold nothing but such files.
const LIBRARY_FOLDERS: &[&str] = &["/layer/", "/layui/", "/esd/", "/swiper/", "/echarts/", "/_sitegray/", "/ueditor/"];

/// Words of a library's name that say nothing: versions and ways of packing.
const PACKING: &[&str] =
    &["min", "js", "all", "bundle", "prod", "production", "global", "runtime", "pack", "umd", "esm", "v"];

/// Counters, badges, maps and share boxes: nothing of a page's own text comes from them or depends on them.
const SERVICES: &[&str] = &[
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
    "v.qq.com",
    "gwd.gov.cn/",
    "ta.trs.cn",
    "webterren",
    "tenmark",
];

/// Hosts of libraries: never part of a page's own text, but what writes it may need them.
const DEPOTS: &[&str] = &["res.wx.qq.com", "cdn.bootcss.com", "cdnjs.", "jsdelivr.net", "unpkg.com"];

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
    if SERVICES.iter().chain(DEPOTS).any(|h| url.contains(h)) {
        return true;
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    // "footer-slider.js" is a footer script all the same.
    if WRITERS[0].iter().any(|w| name.contains(w)) {
        return false;
    }
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let telling = || words.iter().filter(|w| !PACKING.contains(w) && !w.bytes().all(|b| b.is_ascii_digit()));
    // "jquery.common.js" is the site's own; what only packs or counts is not.
    if telling().any(|w| WRITERS.iter().flat_map(|group| group.iter()).any(|own| w == own)) {
        return false;
    }
    LIBRARY_FOLDERS.iter().any(|f| path.contains(f))
        || words.first().is_some_and(|first| LIBRARIES.iter().any(|l| first.starts_with(l)))
        || telling().next().is_some()
            && telling().all(|w| LIBRARY_WORDS.contains(w) || LIBRARIES.iter().any(|l| w.starts_with(l)))
}

/// A service beside the page, without which the page is written all the same.
pub fn is_service(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    SERVICES.iter().any(|h| url.contains(h))
}

/// An address of the 党政机关 or 找错 service that shows or opens a badge.
pub fn is_badge_service(address: &str) -> bool {
    ["bszs.conac.cn/sitename?method=show", "dcs.conac.cn/js/", "/exposure/jiucuo", "zfwzgl.www.gov.cn"]
        .iter()
        .any(|part| address.contains(part))
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
    const PLACES: [&str; 20] = [
        "foot",
        "bottom",
        "copyright",
        "beian",
        "icp",
        "banquan",
        "yejiao",
        "dibu",
        "bq",
        "siteinfo",
        "unitinfo",
        "psb",
        "gongan",
        "wangan",
        "police",
        "sitecode",
        "bsm",
        "conac",
        "jiucuo",
        "zhuban",
    ];
    PLACES.iter().any(|w| target.contains(w))
        || matches!(target.trim_start_matches(['#', '.']), "body" | "app" | "root" | "info" | "copy")
}
