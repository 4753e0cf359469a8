//! `evidence export`, `show`, `verify`, `gc`: bundles, and what the evidence folder holds.

use std::io::Read;
use std::path::Path;

use super::args::{EvidenceAction, EvidenceArgs, EvidenceExportArgs, EvidenceGcArgs, EvidenceShowArgs};
use super::ledger::{export_error, labels, ledger_error, open};
use super::{CliError, Exit, Outcome, block_on, print, say, write_file};
use crate::clock::{Clock, local};
use crate::evidence::format;
use crate::export::bundle::{self, Cited, Source};
use crate::export::forms::Issuer;
use crate::ledger::view::{EventView, ProblemView};
use crate::ledger::{self, EvidenceStore, Ledger};

/// Bytes a stored page may have once decoded.
const BODY_CAP: usize = 32 * 1024 * 1024;
/// Largest bundle that is read, bytes.
const BUNDLE_MAX: u64 = 1024 * 1024 * 1024;

pub(super) fn evidence(args: &EvidenceArgs) -> Outcome {
    match &args.action {
        EvidenceAction::Export(args) => export(args),
        EvidenceAction::Show(args) => show(args),
        EvidenceAction::Verify { file } => verify(file),
        EvidenceAction::Gc(args) => gc(args),
    }
}

/// A stored file as what it is.
fn cited(store: &EvidenceStore, problem: &ProblemView, address: &str) -> Cited {
    if !store.verify(address) {
        return Cited::Missing;
    }
    let Ok(bytes) = store.get(address) else { return Cited::Missing };
    if let Some(attachment) = problem.attachments.iter().find(|a| a.sha256 == address) {
        return Cited::Attachment(attachment.name.clone(), bytes);
    }
    let look = std::str::from_utf8(&bytes).ok().and_then(|line| format::from_line(line, 1, BODY_CAP).ok());
    let Some(look) = look else { return Cited::Attachment(String::new(), bytes) };
    let picture = look.rendered.as_ref().and_then(|r| r.picture.as_ref()).map(|p| p.sha256.clone());
    let picture = picture.filter(|sha| store.verify(sha)).and_then(|sha| store.get(&sha).ok());
    Cited::Look(bytes, Box::new(look), picture)
}

fn export(args: &EvidenceExportArgs) -> Outcome {
    let labels = labels()?;
    block_on(async {
        let ledger = open(&args.data, &Clock::system()).await?;
        let (problem, events) = ledger.problem(&args.number).await.map_err(ledger_error)?;
        let code = ledger.code().await.map_err(ledger_error)?;
        let store = ledger.evidence();
        let mut addresses: Vec<&String> = problem.evidence.iter().collect();
        addresses.extend(problem.attachments.iter().map(|a| &a.sha256).filter(|a| !problem.evidence.contains(a)));
        let mut files: Vec<(String, Cited)> = Vec::new();
        for address in addresses {
            if !files.iter().any(|(known, _)| known == address) {
                files.push((address.clone(), cited(&store, &problem, address)));
            }
        }
        if files.iter().all(|(_, f)| matches!(f, Cited::Missing)) && !files.is_empty() {
            return Err(CliError::new(
                Exit::Integrity,
                format!("问题 {} 的证据文件全部缺失或损坏。", problem.handle()),
            ));
        }
        let newest = events.last().map_or(problem.first_seen, |e: &EventView| e.at);
        let source = Source {
            // The day of the newest event, not today: the same snapshot gives the same file.
            issuer: Issuer {
                office: String::new(),
                contact_person: String::new(),
                contact_phone: String::new(),
                date: local(newest).date(),
                code,
            },
            program: format!("xunjian {}", env!("CARGO_PKG_VERSION")),
            problem,
            events,
            cited: files,
            sm3: args.sm3,
        };
        let made = bundle::build(&source, &labels).map_err(export_error)?;
        let name = format!("证据包-{}.zip", source.problem.handle());
        let path = args.output.clone().unwrap_or_else(|| name.into());
        write_file(&path, &made.zip)?;
        say(&format!("已写出 {}（{} 个文件，{} 字节）", path.display(), made.files, made.zip.len()));
        if made.missing > 0 {
            say(&format!("注意：有 {} 个证据文件缺失或损坏，已在包内写明。", made.missing));
        }
        print(&format!("清单校验值（manifest.json 的 SHA-256）{}", made.manifest)).map(|()| Exit::Done)
    })?
}

fn show(args: &EvidenceShowArgs) -> Outcome {
    block_on(async {
        let ledger = open(&args.data, &Clock::system()).await?;
        let (problem, _) = ledger.problem(&args.number).await.map_err(ledger_error)?;
        let store = ledger.evidence();
        let mut out = format!("{}  {}\n", problem.handle(), problem.site_name);
        for address in &problem.evidence {
            let what = match cited(&store, &problem, address) {
                Cited::Look(line, look, picture) => {
                    let at = local(look.started_at).strftime("%Y-%m-%d %H:%M:%S");
                    let shot = if picture.is_some() { "，有截图" } else { "" };
                    let bytes = line.len();
                    format!(
                        "巡查记录 {at}  探测点 {}  访问 {} 次  {bytes} 字节{shot}",
                        look.vantage,
                        look.fetches.len()
                    )
                }
                Cited::Attachment(name, bytes) => format!("附件 {name}  {} 字节", bytes.len()),
                Cited::Missing => "文件缺失或损坏".to_owned(),
            };
            out.push_str(&format!("{address}\n  {what}\n"));
        }
        if problem.evidence.is_empty() {
            out.push_str("没有保存的证据文件。\n");
        }
        print(&out).map(|()| Exit::Done)
    })?
}

fn verify(path: &Path) -> Outcome {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(BUNDLE_MAX).read_to_end(&mut bytes))
        .map_err(|e| CliError::file("读取证据包", path, &e))?;
    match bundle::verify(&bytes) {
        Ok(verified) => {
            let m = &verified.manifest;
            print(&format!(
                "证据包完整：问题 {}，文件 {} 个，巡查记录 {} 次，台账校验码 {}。\n清单校验值 {}",
                m.problem,
                m.files.len(),
                m.looks.len(),
                m.ledger,
                verified.sha256
            ))
            .map(|()| Exit::Done)
        }
        Err(faults) => {
            let lines: Vec<String> = faults.iter().take(100).map(|f| format!("  {}", f.words())).collect();
            print(&format!("证据包校验未通过：\n{}", lines.join("\n")))?;
            let next = "请向出具单位重新索取";
            Err(CliError::new(Exit::Integrity, format!("共 {} 处不符。{next}。", faults.len())))
        }
    }
}

fn gc(args: &EvidenceGcArgs) -> Outcome {
    block_on(async {
        let clock = Clock::system();
        let _lock = ledger::lock(&args.data.data).map_err(ledger_error)?;
        let ledger = Ledger::open(&args.data.data, clock.clone()).await.map_err(ledger_error)?;
        let idle = ledger.idle_evidence(args.keep).await.map_err(ledger_error)?;
        let bytes: u64 = idle.iter().map(|f| f.bytes).sum();
        let what = format!("{} 个文件，{bytes} 字节，台账事件和问题都不引用，存入已超过 {} 天", idle.len(), args.keep);
        if !args.apply {
            return print(&format!("可清理 {what}。未删除任何文件；确认后加 --apply。")).map(|()| Exit::Done);
        }
        let store = ledger.evidence();
        for file in &idle {
            store.remove(&file.address).map_err(ledger_error)?;
        }
        print(&format!("已清理 {what}。")).map(|()| Exit::Done)
    })?
}
