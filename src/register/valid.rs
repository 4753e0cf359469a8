//! From text to a register without mistakes, or all mistakes at once.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{
    Diagnostic, DiagnosticsError, SourceFile, io_reason, is_readable, nearest, parse_document, read_table,
};

use super::notes::Notes;
use super::raw::{RawExemption, RawMedia, RawSettings, RawSite, RawUnit};
use super::sites::Sites;
use super::units::{self, Entry, Units};
use super::{Register, settings};

/// Why there is no register. The person who keeps the file must act on every variant.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file is missing or may not be read.
    #[error("读不了登记文件 {}：{reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// The file is not UTF-8 text; `line` is the first that is not.
    #[error(
        "登记文件 {name} 不是 UTF-8 编码（第 {line} 行起无法识别，{guess}）；请用记事本或 WPS 打开，选择“另存为”，编码选“UTF-8”，再重新运行"
    )]
    NotUtf8 { name: String, line: usize, guess: &'static str },
    /// The file holds mistakes.
    #[error("{0}")]
    Mistakes(DiagnosticsError),
}

impl Register {
    /// Reads and validates a register file.
    pub fn load(path: &Path) -> Result<Register, LoadError> {
        let unreadable = |reason: String| LoadError::Unreadable { path: path.to_owned(), reason };
        let bytes = std::fs::read(path).map_err(|e| {
            unreadable(match e.kind() {
                std::io::ErrorKind::NotFound => "文件不存在。请运行 xunjian init 生成样例，或核对路径".to_owned(),
                std::io::ErrorKind::PermissionDenied => {
                    "没有读取权限。请检查文件权限，或换用有权限的账户运行".to_owned()
                }
                std::io::ErrorKind::IsADirectory => "这是文件夹，不是文件。请写出登记文件本身的路径".to_owned(),
                _ => format!("{}。请检查磁盘和路径", io_reason(&e)),
            })
        })?;
        let name = path.display().to_string();
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(e) => {
                let line = bytes[..e.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
                let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
                let guess = if wide { "可能是 UTF-16 编码" } else { "可能是 GBK 编码" };
                return Err(LoadError::NotUtf8 { name, line, guess });
            }
        };
        Register::parse(&name, text, path.parent().unwrap_or(Path::new("")))
    }

    /// Validates the text of a register. `name` is shown in messages; paths inside count from `base_dir`. A byte order mark
    /// and CRLF line ends are accepted.
    pub fn parse(name: &str, text: &str, base_dir: &Path) -> Result<Register, LoadError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = SourceFile { name: name.to_owned(), text: text.to_owned() };
        let mut notes = Notes::new(text);
        let root = parse_document(text, &mut notes.mistakes);
        if !is_readable(&notes.mistakes) {
            let mut error = DiagnosticsError::of(&file, &notes.mistakes);
            error.rendered.push_str("\n\n以上是文件写法的错误，改正后请再运行一次，继续检查各项内容");
            return Err(LoadError::Mistakes(error));
        }
        let syntax_errors = notes.mistakes.len();
        let register = register(root, base_dir, &mut notes);
        notes.drop_repeated(syntax_errors);
        if notes.mistakes.is_empty() {
            Ok(Register { warnings: notes.warnings, ..register })
        } else {
            Err(LoadError::Mistakes(DiagnosticsError::of(&file, &notes.mistakes)))
        }
    }
}

/// Names of the top-level tables.
const TABLES: [&str; 5] = ["settings", "unit", "site", "media", "exemption"];

fn register(root: Spanned<DeTable<'_>>, base: &Path, notes: &mut Notes<'_>) -> Register {
    let mut root = root.into_inner();
    let settings = root.remove_entry("settings");
    let [units, sites, media, exemptions] =
        ["unit", "site", "media", "exemption"].map(|key| root.remove(key).unwrap_or_else(empty_array));
    for key in root.keys() {
        let list = "可用的表：[settings]、[[unit]]、[[site]]、[[media]]、[[exemption]]";
        let help = match nearest(key.get_ref(), TABLES) {
            Some(meant) => format!("是否想写“{meant}”？{list}"),
            None => list.to_owned(),
        };
        notes.wrong(Diagnostic::new(key.span(), format!("没有名为“{}”的表", key.get_ref())).help(help));
    }
    let (raw, place) = match settings {
        Some((key, value)) => (table::<RawSettings>(value, "[settings]", notes), key.span()),
        None => (Some(RawSettings::default()), 0..0),
    };
    let settings = raw.map(|raw| settings::settings(raw, &place, base, notes)).unwrap_or_default();
    let units = Units::read(entries::<RawUnit>(units, "[[unit]]", notes), notes);
    let sites_written = sites.span() != (0..0);
    let raw_sites = entries::<RawSite>(sites, "[[site]]", notes);
    if raw_sites.is_empty() && !sites_written {
        notes.wrong(
            Diagnostic::new(0..0, "没有登记任何网站").help("至少写一个 [[site]]；运行 xunjian init 可生成带说明的样例"),
        );
    }
    let sites = Sites::read(raw_sites, &units, notes);
    for canary in &settings.network.canaries {
        let host = canary.split_once("://").map_or(canary.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        if let Some(place) = sites.place_of_host(host) {
            let place = place.clone();
            notes.warn(&place, "这个网站同时被用作参照点，它一旦故障会使整次巡查作废，参照点建议改用辖区以外的网站");
        }
    }
    let media = units::media(entries::<RawMedia>(media, "[[media]]", notes), &units, notes);
    let exemptions = entries::<RawExemption>(exemptions, "[[exemption]]", notes);
    let exemptions = units::exemptions(exemptions, &sites.ids, notes);
    Register { settings, units: units.units, sites: sites.sites, media, exemptions, ..Register::default() }
}

fn empty_array<'a>() -> Spanned<DeValue<'a>> {
    Spanned::new(0..0, DeValue::Array(std::iter::empty::<Spanned<DeValue<'a>>>().collect()))
}

fn table<T: DeserializeOwned>(value: Spanned<DeValue<'_>>, header: &str, notes: &mut Notes<'_>) -> Option<T> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => read_table(&Spanned::new(span, table), &mut notes.mistakes),
        _ => {
            notes.wrong(
                Diagnostic::new(span, "类型不对：这里应是表").help(format!("单独一行写 {header}，各项写在下面")),
            );
            None
        }
    }
}

/// Every table of an array, each read on its own.
fn entries<T: DeserializeOwned>(value: Spanned<DeValue<'_>>, header: &str, notes: &mut Notes<'_>) -> Vec<Entry<T>> {
    let span = value.span();
    let DeValue::Array(array) = value.into_inner() else {
        notes.wrong(
            Diagnostic::new(span, "这里应写双方括号").help(format!("每一项以单独一行 {header} 开头，各项写在下面")),
        );
        return Vec::new();
    };
    let elements: Vec<Spanned<DeValue<'_>>> = array.iter().cloned().collect();
    elements
        .into_iter()
        .filter_map(|element| {
            let span = element.span();
            Some((table::<T>(element, header, notes)?, span))
        })
        .collect()
}
