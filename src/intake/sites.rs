//! A list of sites as offices keep it: every column known by several heads, in any order.

use std::collections::HashMap;

use url::Url;

use super::grid::{Grid, Head, read as grids};
use super::{Mistake, SheetError};

/// Columns wanted, with other heads they are known by; the first so many must be there.
const COLUMNS: [&[&str]; 12] = [
    &["网站名称", "名称", "站点名称", "政府网站名称", "网站名"],
    &["网址", "首页网址", "首页地址", "网站地址", "网站网址", "域名", "网站域名", "主域名", "url", "URL", "链接"],
    &["网站标识码", "标识码", "政府网站标识码", "站点标识码"],
    &["主办单位", "主办单位名称", "单位名称", "单位", "责任单位", "网站主办单位"],
    &["主管单位", "主管单位名称", "网站主管单位"],
    &["承办单位", "承办单位名称", "运维单位", "网站承办单位"],
    &["单位类别", "级别", "单位级别", "类别"],
    &["网站类别", "网站类型", "站点类型"],
    &["状态", "运行状态", "网站状态", "当前状态"],
    &["ICP备案号", "ICP备案编号", "ICP备案", "备案号", "网站备案号"],
    &["公安备案号", "公安机关备案号", "公安备案编号", "公安备案", "公安机关备案编号"],
    &["其他域名", "其它域名", "别名", "域名别名"],
];
const NEEDED: usize = 2;

/// Words lists use for a status, beside the register's own.
const STATUS: [(&str, &str); 8] = [
    ("正常", "正常运行"),
    ("运行", "正常运行"),
    ("在用", "正常运行"),
    ("运行中", "正常运行"),
    ("关停", "已关停"),
    ("关闭", "已关停"),
    ("已关闭", "已关停"),
    ("维护", "例行维护"),
];
const STATUSES: [&str; 5] = ["正常运行", "例行维护", "临时下线", "申请关停", "已关停"];

/// One site of the list; what the list does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SiteRow {
    /// As people count.
    pub row: usize,
    pub name: String,
    /// With its scheme.
    pub url: String,
    /// 10 digits.
    pub code: String,
    pub sponsor: String,
    pub supervisor: String,
    pub undertaker: String,
    /// 市级部门 or 县市区.
    pub level: String,
    /// 门户 or 部门.
    pub class: String,
    pub status: String,
    pub icp: String,
    pub psb: String,
    /// Names besides the home page's.
    pub domains: Vec<String>,
}

/// A list of sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sites {
    pub sheet: String,
    pub rows: Vec<SiteRow>,
    /// Head in the list → what it was taken for.
    pub columns: Vec<(String, &'static str)>,
    /// Heads of columns that say nothing to us.
    pub unread: Vec<String>,
}

/// Reads a list. Every mistake of the file is given at once.
///
/// # Errors
/// [`SheetError`] when there is no such table; otherwise all mistakes.
pub fn read(bytes: &[u8]) -> Result<Result<Sites, Vec<Mistake>>, SheetError> {
    let grids = grids(bytes)?;
    let table = grids.iter().find_map(|g| Some((g, g.head(&COLUMNS, NEEDED)?)));
    let (grid, head) = table.ok_or_else(|| SheetError::NoTable("“网站名称”“网址”".to_owned()))?;
    Ok(rows(grid, &head))
}

fn rows(grid: &Grid, head: &Head) -> Result<Sites, Vec<Mistake>> {
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    for row in head.row + 1..grid.rows.len() {
        let cell = |i: usize| grid.cell(row, head.columns[i]).split_whitespace().collect::<Vec<_>>().join(" ");
        let (name, address) = (cell(0), cell(1));
        // Sums and signatures stand below many lists: a row of a site names one and says where it is.
        if name.is_empty() && address.is_empty() {
            continue;
        }
        let mut wrong = |column: usize, text: String| mistakes.push(grid.mistake(row, COLUMNS[column][0], text));
        if name.is_empty() {
            wrong(0, "没有写网站名称".to_owned());
        }
        let url = url(&address).unwrap_or_else(|why| {
            wrong(1, why);
            String::new()
        });
        let code = cell(2).replace(' ', "");
        if !code.is_empty() && (code.len() != 10 || !code.bytes().all(|b| b.is_ascii_digit())) {
            wrong(2, format!("标识码“{code}”不是10位数字；没有标识码的请留空"));
        }
        let level = level(&cell(6)).unwrap_or_else(|| {
            wrong(6, format!("“{}”看不懂，请写 市级部门 或 县市区", cell(6)));
            ""
        });
        let class = class(&cell(7)).unwrap_or_else(|| {
            wrong(7, format!("“{}”看不懂，请写 门户 或 部门", cell(7)));
            ""
        });
        let status = status(&cell(8)).unwrap_or_else(|| {
            wrong(8, format!("“{}”看不懂，请写 {}", cell(8), STATUSES.join("、")));
            ""
        });
        let domains = cell(11);
        rows.push(SiteRow {
            row: row + 1,
            name,
            url,
            code,
            sponsor: cell(3),
            supervisor: cell(4),
            undertaker: cell(5),
            level: level.to_owned(),
            class: class.to_owned(),
            status: status.to_owned(),
            icp: said(cell(9)),
            psb: said(cell(10)),
            domains: domains.split([' ', '、', '，', ',', ';', '；']).filter_map(|d| host(&url_text(d))).collect(),
        });
    }
    twice(grid, &rows, &mut mistakes);
    if rows.is_empty() && mistakes.is_empty() {
        mistakes.push(grid.mistake(head.row, "", "表头下面没有内容"));
    }
    if !mistakes.is_empty() {
        mistakes.sort_by_key(|m| m.row);
        return Err(mistakes);
    }
    let heads = grid.rows.get(head.row).map_or(&[][..], Vec::as_slice);
    let named = |(i, at): (usize, &Option<usize>)| Some((heads.get((*at)?)?.trim().to_owned(), COLUMNS[i][0]));
    let columns = head.columns.iter().enumerate().filter_map(named).collect();
    Ok(Sites { sheet: grid.name.clone(), rows, columns, unread: grid.unread(head) })
}

/// One site in two rows, by its code or by its address.
fn twice(grid: &Grid, rows: &[SiteRow], mistakes: &mut Vec<Mistake>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for site in rows {
        for (column, key) in [(2, site.code.clone()), (1, site.url.clone())] {
            if key.is_empty() {
                continue;
            }
            if let Some(before) = seen.insert(key.clone(), site.row) {
                mistakes.push(grid.mistake(site.row - 1, COLUMNS[column][0], format!("“{key}”与第{before}行重复")));
            }
        }
    }
}

/// What people write for nothing.
fn said(text: String) -> String {
    if matches!(text.as_str(), "无" | "-" | "—" | "/" | "暂无" | "未备案" | "没有") {
        String::new()
    } else {
        text
    }
}

fn url_text(text: &str) -> String {
    let text = text.trim().replace('：', ":").replace('．', ".").replace('／', "/");
    if text.contains("://") || text.is_empty() { text } else { format!("http://{text}") }
}

fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    (matches!(url.scheme(), "http" | "https") && host.contains('.')).then(|| host.to_owned())
}

fn url(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("没有写网址".to_owned());
    }
    let written = url_text(text);
    if text.split_whitespace().count() > 1 || host(&written).is_none() {
        return Err(format!("“{text}”不是一个网址，请写成 www.example.gov.cn 或 https://www.example.gov.cn/ 的样子"));
    }
    Ok(Url::parse(&written).map(String::from).unwrap_or(written))
}

fn status(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("");
    }
    let own = STATUSES.iter().find(|s| **s == text).copied();
    own.or_else(|| STATUS.iter().find(|(word, _)| *word == text).map(|(_, status)| *status))
}

fn level(text: &str) -> Option<&'static str> {
    match text {
        "" => Some(""),
        "市级部门" | "市级" | "市直" | "市直部门" | "市直单位" | "部门" | "市本级" => {
            Some("市级部门")
        }
        "县市区" | "县（市、区）" | "县区" | "区县" | "县级" | "县" | "区" => Some("县市区"),
        _ => None,
    }
}

fn class(text: &str) -> Option<&'static str> {
    match text {
        "" => Some(""),
        "门户" | "门户网站" | "政府门户" | "政府门户网站" => Some("门户"),
        "部门" | "部门网站" | "专题" | "专题网站" | "专业网站" => Some("部门"),
        _ => None,
    }
}
