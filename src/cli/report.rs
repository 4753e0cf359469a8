//! `report form --kind`: the papers beside the two annexes.

use std::path::Path;

use super::args::{FormArgs, PaperKind};
use super::config::{load_register, load_rules};
use super::ledger::{day, export_error, find_unit, ledger_error, open};
use super::{CliError, Exit, Outcome, block_on, print, say, write_file};
use crate::clock::Clock;
use crate::evidence::format;
use crate::export::forms::{self, Dossier, Issuer, Stored, Unclear};
use crate::export::paper::Paper;
use crate::export::{docx, html, xlsx};
use crate::ledger::view::{ProblemView, RunView};
use crate::ledger::{Filter, Ledger};
use crate::register::Register;

/// Bytes a stored page may have once decoded.
const BODY_CAP: usize = 32 * 1024 * 1024;

/// Patrols whose results count, newest first.
pub(super) fn applied_patrols(runs: &[RunView]) -> Vec<RunView> {
    let counts = |r: &&RunView| matches!(r.state.as_str(), "applied" | "partial") && r.kind == "patrol";
    runs.iter().filter(counts).cloned().collect()
}

pub(super) fn paper_form(form: &FormArgs, kind: PaperKind) -> Outcome {
    if form.output.is_none() && form.xlsx.is_none() && form.html.is_none() {
        let hint = "请用 -o 文件.docx、--html 文件.html 或 --xlsx 文件.xlsx 写明输出到哪里";
        return Err(CliError::new(Exit::Usage, format!("没有写明输出文件。{hint}。")));
    }
    if form.csv.is_some() {
        return Err(CliError::new(Exit::Usage, "--csv 只用于附件1、附件2。".to_owned()));
    }
    let register = load_register(&form.config)?;
    let rules = load_rules(form.config.rules.as_deref(), &register.settings.region)?;
    let clock = Clock::system();
    let date = day(form.date.as_deref(), &clock)?;
    let unit = form.unit.as_deref().map(|what| find_unit(&register, what)).transpose()?;
    block_on(async {
        let ledger = open(&form.data, &clock).await?;
        let filter = Filter { unit: unit.clone(), ..Filter::everything() };
        let mut problems = ledger.problems(&filter).await.map_err(ledger_error)?;
        if !form.no.is_empty() {
            let mut asked = Vec::new();
            for name in &form.no {
                asked.push(ledger.problem(name).await.map_err(ledger_error)?.0.id);
            }
            problems.retain(|p| asked.contains(&p.id));
        }
        let issuer = Issuer {
            office: register.settings.contact.office.clone(),
            contact_person: register.settings.contact.person.clone(),
            contact_phone: register.settings.contact.phone.clone(),
            date,
            code: ledger.code().await.map_err(ledger_error)?,
        };
        let histories = ledger.histories().await.map_err(ledger_error)?;
        let paper = match kind {
            PaperKind::Notice => forms::notices(&issuer, &problems),
            PaperKind::Review => forms::reviews(&issuer, &problems, &histories, &rules.labels),
            PaperKind::Deferral => forms::deferrals(&issuer, &problems, &histories, !form.no.is_empty()),
            PaperKind::Closing => Some(forms::closings(&issuer, &problems, &histories)),
            PaperKind::Undetermined => {
                let patrols = applied_patrols(&ledger.runs().await.map_err(ledger_error)?);
                let unclear = unclear(&ledger, &register, &patrols, unit.as_deref()).await?;
                let looked = patrols.first().map(|r| r.started_at);
                Some(forms::undetermined(&issuer, &unclear, looked, &rules.labels))
            }
            PaperKind::Dossier => {
                let [problem] = problems.as_slice() else {
                    let help = "问题档案一次一件，请用 --no 编号 写明是哪一件";
                    return Err(CliError::new(Exit::Usage, format!("{help}。")));
                };
                let events = histories.get(&problem.id).cloned().unwrap_or_default();
                Some(forms::dossier(&issuer, &assemble(&ledger, problem.clone(), events), &rules.labels))
            }
        };
        let Some(mut paper) = paper else {
            return print("目前没有需要印这种表的问题。").map(|()| Exit::Done);
        };
        if paper.draft && !form.draft {
            say(
                "注意：有整改措施仍是系统建议、尚未确认，已加“草稿”字样。认领（take）、修改（edit）或下发（issue）后再印即无此字样。",
            );
        }
        paper.draft |= form.draft;
        write_paper(form, &paper)
    })?
}

/// Sites the newest patrol could not tell about, with their units.
pub(super) async fn unclear(
    ledger: &Ledger,
    register: &Register,
    patrols: &[RunView],
    unit: Option<&str>,
) -> Result<Vec<Unclear>, CliError> {
    let sites = ledger.sites().await.map_err(ledger_error)?;
    let found = ledger.unclear_since(patrols).await.map_err(ledger_error)?;
    let order = |id: &str| register.units.iter().position(|u| u.id == id).unwrap_or(usize::MAX);
    let mut out: Vec<(usize, Unclear)> = Vec::new();
    for (view, since) in found {
        let snapshot = sites.iter().find(|s| s.site == view.site);
        let unit_id = snapshot.map_or("", |s| s.unit_id.as_str());
        if unit.is_none_or(|wanted| wanted == unit_id) {
            let name = snapshot.map(|s| s.unit.clone()).unwrap_or_default();
            out.push((
                order(unit_id),
                Unclear { site: view.site, name: view.name, unit: name, reasons: view.reasons, since },
            ));
        }
    }
    out.sort_by(|a, b| (a.0, &a.1.site).cmp(&(b.0, &b.1.site)));
    Ok(out.into_iter().map(|(_, unclear)| unclear).collect())
}

/// What the evidence store still has of a problem.
fn assemble(ledger: &Ledger, problem: ProblemView, events: Vec<crate::ledger::view::EventView>) -> Dossier {
    let store = ledger.evidence();
    let mut stored = Vec::new();
    let mut newest = None;
    for address in &problem.evidence {
        let look = store
            .get(address)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|line| format::from_line(&line, 1, BODY_CAP).ok());
        stored.push(Stored {
            address: address.clone(),
            at: look.as_ref().map(|e| e.started_at),
            vantage: look.as_ref().map(|e| e.vantage.clone()).unwrap_or_default(),
        });
        newest = look.or(newest);
    }
    let excerpts = forms::excerpts(&problem.locations, newest.as_ref());
    Dossier { problem, events, excerpts, stored }
}

/// Writes a paper in every form asked for.
fn write_paper(form: &FormArgs, paper: &Paper) -> Outcome {
    let put = |path: &Path, bytes: &[u8]| -> Result<(), CliError> {
        write_file(path, bytes)?;
        say(&format!("已写出 {}", path.display()));
        Ok(())
    };
    if let Some(path) = &form.output {
        put(path, &docx::build_paper(paper).map_err(export_error)?)?;
    }
    if let Some(path) = &form.html {
        put(path, html::build(paper).as_bytes())?;
    }
    if let Some(path) = &form.xlsx {
        let Some(bytes) = xlsx::build_paper(paper).map_err(export_error)? else {
            return Err(CliError::new(Exit::Usage, "这种表没有 Excel 版，请用 -o 或 --html。".to_owned()));
        };
        put(path, &bytes)?;
    }
    Ok(Exit::Done)
}
