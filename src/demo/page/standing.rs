//! Pages that answer in the place of a site.

use super::super::names::CITY;
use super::super::plan::Site;

/// An unfinished closing: 200, but only a notice.
pub fn rebuilding(site: &Site) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><div align=\"center\">\
         <h1>{0}网站升级改版中，敬请期待！</h1></div></body></html>\n",
        site.name
    )
}

/// The notice a rightly closed site may show for a while.
pub fn closing_notice(site: &Site) -> String {
    let to = site.migrated_to.as_deref().unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}网站关停公告</title></head><body><h1>关停公告</h1>\
         <p>按照政府网站集约化建设要求，{0}网站已关停，全部内容迁移至{CITY}人民政府网站，请访问 <a href=\"{to}\">{to}</a>。</p>\
         </body></html>\n",
        site.name
    )
}

/// A notice that forgets to say where to go.
pub fn bare_notice(site: &Site) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>公告</title></head><body><h1>公告</h1>\
         <p>按照政府网站集约化建设要求，{}网站已正式关停，感谢您的支持。</p></body></html>\n",
        site.name
    )
}

/// A notice of a pause.
pub fn pause(site: &Site) -> String {
    format!(
        "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><h1>临时下线公告</h1>\
         <p>因机房改造，{0}网站临时下线，恢复时间另行公告。</p></body></html>\n",
        site.name
    )
}

/// The page of a web server nobody has set up.
pub const SERVER_DEFAULT: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n\
    <h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\nworking. Further \
    configuration is required.</p>\n<p>For online documentation and support please refer to\n\
    <a href=\"http://nginx.org/\">nginx.org</a>.</p>\n</body>\n</html>\n";
