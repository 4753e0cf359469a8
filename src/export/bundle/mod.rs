//! Evidence bundles: one problem with everything that was stored of it, as one zip file that opens offline and proves itself. Pure bytes
//! in, pure bytes out; the same snapshot gives the same bytes. *Start reading at* [`build`].

mod verify;
mod warc;

pub use verify::{Fault, Verified, verify};

use std::io::{Cursor, Write};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::evidence::facts::page_of;
use crate::evidence::{Evidence, Purpose};
use crate::ledger::view::{EventView, ProblemView};
use crate::rule::Labels;

use super::forms::{Dossier, Issuer, Stored, dossier, excerpts};
use super::paper::{Block, Kind, Table};
use super::{ExportError, html, text};

/// Version of the manifest.
pub const VERSION: u32 = 1;
const MANIFEST: &str = "manifest.json";

/// A file that the ledger cites.
#[derive(Debug, Clone)]
pub enum Cited {
    /// A look: the stored line and what it says.
    Look(Vec<u8>, Box<Evidence>, Option<Vec<u8>>),
    /// A file that a person brought, as named by them.
    Attachment(String, Vec<u8>),
    /// It could not be read any more.
    Missing,
}

/// All that goes into a bundle.
#[derive(Debug, Clone)]
pub struct Source {
    pub issuer: Issuer,
    /// Name and version of the program.
    pub program: String,
    pub problem: ProblemView,
    pub events: Vec<EventView>,
    /// Address → file, in the order of [`ProblemView::evidence`].
    pub cited: Vec<(String, Cited)>,
    /// SM3 (GB/T 32905) beside SHA-256.
    pub sm3: bool,
}

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub v: u32,
    pub r#type: String,
    pub program: String,
    /// 编号
    pub problem: String,
    pub rule: String,
    /// 台账校验码 of the snapshot.
    pub ledger: String,
    pub looks: Vec<LookEntry>,
    pub files: Vec<FileEntry>,
    /// Addresses the ledger cites that could not be read.
    pub missing: Vec<String>,
    /// What is never kept, by key.
    pub not_kept: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LookEntry {
    /// Address in the ledger: SHA-256 of the look's `evidence.json`.
    pub address: String,
    pub folder: String,
    pub started_at: jiff::Timestamp,
    pub finished_at: jiff::Timestamp,
    pub vantage: String,
    pub look: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_off: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileEntry {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm3: Option<String>,
}

/// A finished bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub zip: Vec<u8>,
    /// SHA-256 of `manifest.json`, hexadecimal: whoever knows it knows every file.
    pub manifest: String,
    pub files: usize,
    pub missing: usize,
}

/// The bundle of one problem.
///
/// # Errors
/// [`ExportError`] when a container cannot be written in memory.
pub fn build(source: &Source, labels: &Labels) -> Result<Bundle, ExportError> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut looks, mut missing, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    let mut newest: Option<&Evidence> = None;
    for (address, cited) in &source.cited {
        match cited {
            Cited::Look(line, evidence, picture) => {
                if looks.iter().any(|l: &LookEntry| l.address == *address) {
                    continue;
                }
                let folder = format!("looks/{:02}", looks.len() + 1);
                look(&folder, line, evidence, picture.as_deref(), &source.program, &mut files)?;
                looks.push(LookEntry {
                    address: address.clone(),
                    folder,
                    started_at: evidence.started_at,
                    finished_at: evidence.finished_at,
                    vantage: evidence.vantage.clone(),
                    look: evidence.look,
                    clock_off: evidence.clock_off,
                });
                let (at, vantage) = (Some(evidence.started_at), evidence.vantage.clone());
                stored.push(Stored { address: address.clone(), at, vantage });
                newest = Some(evidence);
            }
            Cited::Attachment(name, bytes) => {
                let path = format!("attachments/{address}{}", extension(name));
                if !files.iter().any(|(known, _)| *known == path) {
                    files.push((path, bytes.clone()));
                }
            }
            Cited::Missing => {
                stored.push(Stored { address: address.clone(), at: None, vantage: String::new() });
                missing.push(address.clone());
            }
        }
    }
    let record = serde_json::json!({ "v": VERSION, "problem": source.problem, "events": source.events });
    files.push(("problem.json".to_owned(), serde_json::to_vec_pretty(&record)?));
    let case = Dossier {
        problem: source.problem.clone(),
        events: source.events.clone(),
        excerpts: excerpts(&source.problem.locations, newest),
        stored,
    };
    files.push(("README.html".to_owned(), readme(source, &case, &files, &missing, labels).into_bytes()));
    files.sort_by(|a, b| a.0.cmp(&b.0));
    let entry = |(name, bytes): &(String, Vec<u8>)| FileEntry {
        name: name.clone(),
        bytes: bytes.len() as u64,
        sha256: hex(&Sha256::digest(bytes)),
        sm3: source.sm3.then(|| hex(&sm3::Sm3::digest(bytes))),
    };
    let manifest = Manifest {
        v: VERSION,
        r#type: "xunjian.evidence".to_owned(),
        program: source.program.clone(),
        problem: source.problem.handle().to_owned(),
        rule: source.problem.rule.clone(),
        ledger: source.issuer.code.clone(),
        looks,
        files: files.iter().map(entry).collect(),
        not_kept: ["requests", "cookie_values", "pictures_of_pages"].map(str::to_owned).to_vec(),
        missing,
    };
    let manifest_bytes = serde_json::to_vec_pretty(&manifest)?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    zip.start_file(MANIFEST, plain)?;
    zip.write_all(&manifest_bytes)?;
    for (name, bytes) in &files {
        let packed = name.ends_with(".gz") || name.ends_with(".png");
        let options = if packed { plain.compression_method(CompressionMethod::Stored) } else { plain };
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    let zip = zip.finish()?.into_inner();
    let (files, missing) = (files.len() + 1, manifest.missing.len());
    Ok(Bundle { zip, manifest: hex(&Sha256::digest(&manifest_bytes)), files, missing })
}

fn look(
    folder: &str,
    line: &[u8],
    evidence: &Evidence,
    picture: Option<&[u8]>,
    program: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), ExportError> {
    let mut put = |name: &str, bytes: Vec<u8>| files.push((format!("{folder}/{name}"), bytes));
    put("evidence.json", line.to_vec());
    put("exchange.warc.gz", warc::write(evidence, program)?);
    let home = |f: &crate::evidence::Fetch| f.purpose == Purpose::Home && f.last().body.is_some();
    if let Some(index) = evidence.fetches.iter().position(home) {
        let page = page_of(evidence, index);
        let body = evidence.fetches[index].last().body.as_ref().map_or(&[][..], |b| &b.bytes);
        // Never under a name that a browser would run.
        put("page-text.txt", text::clean(&page.text).into_bytes());
        put("page-source.bin", body.to_vec());
    }
    if !evidence.names.is_empty() || !evidence.zones.is_empty() {
        let dns = serde_json::json!({ "names": evidence.names, "zones": evidence.zones });
        put("dns.json", serde_json::to_vec_pretty(&dns)?);
    }
    if !evidence.tls.is_empty() {
        put("tls.json", serde_json::to_vec_pretty(&evidence.tls)?);
        let pem = chain(evidence);
        if !pem.is_empty() {
            put("tls.pem", pem.into_bytes());
        }
    }
    if !evidence.visits.is_empty() {
        let mut lines = Vec::new();
        for day in &evidence.visits {
            serde_json::to_writer(&mut lines, day)?;
            lines.push(b'\n');
        }
        put("visits.ndjson", lines);
    }
    if let Some(png) = picture {
        put("screenshot.png", png.to_vec());
    }
    Ok(())
}

/// Certificates as far as they were kept, each once.
fn chain(evidence: &Evidence) -> String {
    let (mut out, mut seen) = (String::new(), Vec::new());
    for certificate in evidence.tls.iter().flat_map(|t| &t.chain) {
        let Some(der) = &certificate.der else { continue };
        if seen.contains(&&certificate.sha256) || !der.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
        {
            continue;
        }
        seen.push(&certificate.sha256);
        out.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in der.as_bytes().chunks(64) {
            out.push_str(&String::from_utf8_lossy(line));
            out.push('\n');
        }
        out.push_str("-----END CERTIFICATE-----\n");
    }
    out
}

/// The dossier, what each file is, and how to check them.
fn readme(source: &Source, case: &Dossier, files: &[(String, Vec<u8>)], missing: &[String], labels: &Labels) -> String {
    let mut paper = dossier(&source.issuer, case, labels);
    let rows = files.iter().map(|(name, bytes)| {
        let last = name.rsplit('/').next().unwrap_or(name);
        vec![name.clone(), what(last).to_owned(), bytes.len().to_string()]
    });
    let columns = [("文件", 62.0, Kind::Text), ("内容", 74.0, Kind::Text), ("字节", 20.0, Kind::Centred)];
    paper.blocks.extend([
        Block::Heading("七、证据包里的文件".to_owned()),
        Block::Table(Table::headed(&columns, rows.collect(), "")),
        Block::Heading("八、怎样核对".to_owned()),
        Block::Text(
            "manifest.json列出每个文件的SHA-256（选用国密时并列SM3）。evidence.json的SHA-256就是台账中该次巡查记录的地址，与问题档案、问题清单“依据与证据”表所印的校验值相同，逐字核对即可证明未被改动。Windows可用certutil -hashfile 文件 SHA256，Linux可用sha256sum 文件，也可用xunjian evidence verify 证据包。"
                .to_owned(),
        ),
        Block::Heading("九、没有保存的内容".to_owned()),
        Block::Text(
            "请求原文不保存，只保存访问的地址、时间、所得状态、应答头和正文；Cookie只留名称；页面上的图片不下载；没有用浏览器复看的，没有截图；证书没有异常时只保存网站自己的证书。WARC文件由保存的状态、应答头和正文写成，压缩的正文保持原样。"
                .to_owned(),
        ),
    ]);
    if !missing.is_empty() {
        paper.blocks.push(Block::Text(format!("以下记录在台账中有地址，但文件已缺失或损坏：{}。", missing.join("、"))));
    }
    html::build(&paper)
}

fn what(name: &str) -> &'static str {
    match name {
        "evidence.json" => "该次巡查看到的全部内容（原样）",
        "exchange.warc.gz" => "网页应答（WARC 1.1）",
        "page-text.txt" => "首页可见文字",
        "page-source.bin" => "首页原文（解压后）",
        "dns.json" => "域名解析结果",
        "tls.json" => "证书与加密连接情况",
        "tls.pem" => "证书",
        "visits.ndjson" => "各日访问记录",
        "screenshot.png" => "页面底部截图",
        "problem.json" => "问题与办理经过（数据）",
        _ => "单位提交的佐证材料",
    }
}

/// A harmless file-name ending from whatever a person named the file.
fn extension(name: &str) -> String {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let known = ["jpg", "jpeg", "png", "pdf", "docx", "doc", "xlsx", "xls", "txt", "zip", "wps", "et", "ofd"];
    let end = end.to_ascii_lowercase();
    if known.contains(&end.as_str()) { format!(".{end}") } else { ".bin".to_owned() }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[cfg(test)]
pub(super) mod tests;
