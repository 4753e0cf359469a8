//! From a finished run to what `export` prints.

use super::patrol::Session;
use crate::evidence::{Reason, SiteStatus};
use crate::export::audit::{Answer, Line, Sheet};
use crate::export::summary::{Canaries, Hold, Movements, RunEnd, RunSummary};
use crate::fetch::CanaryReport;
use crate::inspect::{SiteVerdict, Verdict};
use crate::ledger::Applied;
use crate::ledger::view::{ProblemView, RunView, Stage};
use crate::render::{Mode, Renderer};
use crate::run::{Ended, Ran};

/// The summary of `ran`; `problems` is the whole ledger after it.
pub(super) fn of(session: &Session, ran: &Ran, problems: &[ProblemView]) -> RunSummary {
    let empty = Applied::default();
    let applied = match &ran.ended {
        Ended::Applied(applied) => applied.as_ref(),
        Ended::Void => &empty,
    };
    let name = |id: &String| session.register.site(id).map_or_else(|| id.clone(), |s| s.name.clone());
    let sites = applied.undetermined_sites();
    let unsolved = problems.iter().filter(|p| p.stage.is_unsolved()).count();
    let suspects = problems.iter().filter(|p| p.stage == Stage::Suspected).count();
    let seconds = ran.finished_at.duration_since(ran.started_at).as_secs();
    RunSummary {
        run: ran.run.0.clone(),
        kind: ran.kind.to_owned(),
        started_at: ran.started_at,
        seconds: u64::try_from(seconds).unwrap_or(0),
        end: end_of(session, ran, applied),
        planned: count(ran.planned),
        // The ledger's figure, which lists and forms show too: sites with at least one answer.
        covered: match &ran.ended {
            Ended::Applied(applied) if !applied.repeated => applied.covered,
            _ => count(ran.covered),
        },
        undetermined: count(sites.len()),
        reasons: applied.undetermined.iter().map(|(reason, sites)| (reason.clone(), count(sites.len()))).collect(),
        undetermined_sites: sites.iter().map(name).collect(),
        movements: Movements {
            suspected: applied.suspected,
            opened: applied.opened + applied.confirmed,
            still_there: applied.seen_again,
            awaiting_review: applied.awaiting_review,
            closed: applied.closed,
            reopened: applied.reopened,
            returned: applied.returned,
            unconfirmed: applied.not_confirmed,
        },
        examples: problems
            .iter()
            .filter(|p| applied.opened_numbers.contains(&p.number))
            .map(|p| (p.site_name.clone(), p.rule_title.clone()))
            .collect(),
        canaries: canaries(&ran.opening, ran.closing.as_ref()),
        unsolved: count(unsolved),
        suspects: count(suspects),
        files: Vec::new(),
        notes: [notes(ran), rendering_notes(ran)].concat(),
        next: next_steps(session, ran, applied, unsolved + suspects),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn end_of(session: &Session, ran: &Ran, applied: &Applied) -> RunEnd {
    match (&ran.ended, &applied.held) {
        (Ended::Void, _) => RunEnd::Void,
        (_, Some(hold)) => RunEnd::Held(Hold {
            rule: hold.rule.clone(),
            rule_title: session.rules.get(&hold.rule).map_or_else(String::new, |r| r.title.clone()),
            changed: hold.flips,
            judged: hold.covered,
            to_fail: hold.to_fail * 2 >= hold.flips,
            allowed: hold.threshold,
            why: hold.why,
            sites: hold
                .sites
                .iter()
                .map(|id| session.register.site(id).map_or_else(|| id.clone(), |s| s.name.clone()))
                .collect(),
        }),
        _ if ran.interrupted => RunEnd::Partial,
        _ => RunEnd::Applied,
    }
}

fn canaries(opening: &CanaryReport, closing: Option<&CanaryReport>) -> Option<Canaries> {
    let good = |report: &CanaryReport| count(report.points.iter().filter(|p| p.ok).count());
    opening.healthy.map(|_| Canaries {
        opening: good(opening),
        closing: closing.map(good),
        total: count(opening.points.len()),
    })
}

fn notes(ran: &Ran) -> Vec<String> {
    let gone = |run: &RunView| format!("上次巡查 {} 中途被结束，已整体作废，未改动清单。", run.id);
    ran.abandoned.iter().map(gone).collect()
}

fn rendering_notes(ran: &Ran) -> Vec<String> {
    let Some(report) = &ran.rendering else { return Vec::new() };
    let mut notes = Vec::new();
    if report.pages > 0 {
        notes.push(format!("用浏览器复看首页 {} 次，其中 {} 次看到网页完整显示。", report.pages, report.completed));
    }
    if report.unsandboxed {
        let why = "以 root 身份运行，或系统不允许";
        notes.push(format!("浏览器没有启用沙箱（{why}）；建议改用普通用户运行。"));
    }
    if let Some(why) = &report.broken {
        notes.push(format!("浏览器未能正常运行（{why}）；脚本生成的页脚未能复看，相应事项仍为无法判定。"));
    }
    notes
}

fn next_steps(session: &Session, ran: &Ran, applied: &Applied, listed: usize) -> Vec<String> {
    // A command that can be typed as it stands, wherever the ledger is.
    let data = match session.data.to_str() {
        Some("data") | None => String::new(),
        Some(dir) => format!(" --data {dir}"),
    };
    let mut next = Vec::new();
    if matches!(ran.ended, Ended::Void) {
        if ran.opening.healthy.is_none() {
            next.push("登记表没有设参照点，全部网站又都没有应答，无法区分是网站故障还是本机断网。请在 settings.network.canaries 设三个参照点。".to_owned());
        }
        return next;
    }
    if applied.held.is_some() {
        next.push(format!("核实后放行：xunjian runs release {} --reason \"…\"{data}", ran.run));
        next.push(format!("放弃本次结果：xunjian runs drop {} --reason \"…\"{data}", ran.run));
        return next;
    }
    if ran.interrupted {
        next.push("巡查被中断。再次运行 xunjian patrol 即可查完其余网站，已入账的不会重复。".to_owned());
    }
    if listed > 0 {
        next.push(format!("查看清单：xunjian problems list{data}"));
    }
    let some = |reason: Reason| applied.undetermined.contains_key(&reason.key());
    if some(Reason::PrivateNetwork) && !session.register.settings.network.allow_private {
        next.push(
            "有网站解析到内网地址；本机就在该网络内的，请在登记表 settings.network 中设 allow_private = true。"
                .to_owned(),
        );
    }
    if some(Reason::Blocked) {
        next.push("有网站被防护设备拦截；请联系其主办单位，把本机出口地址加入白名单。".to_owned());
    }
    let no_browser = ran.rendering.as_ref().is_some_and(|r| !r.available);
    if some(Reason::ScriptFooter) && no_browser && session.render.mode != Mode::Never && Renderer::BUILT {
        next.push(
            "有网站的页脚由脚本生成，静态读取无法判定；在本机安装 Chromium 浏览器后再次巡查，可自动复看。".to_owned(),
        );
    }
    if !applied.awaiting_numbers.is_empty() {
        next.push(format!("有问题复查已通过，待复核：xunjian problems list --stage 待复核{data}"));
    }
    next
}

/// Every answer about one site, for audits.
pub(super) fn sheet(session: &Session, verdict: &SiteVerdict) -> Sheet {
    let site = session.register.site(&verdict.site);
    let mut lines = Vec::new();
    for (rule, subject) in verdict.answers() {
        let Some(known) = session.rules.get(&rule.rule) else { continue };
        let mut line = Line {
            rule: rule.rule.clone(),
            title: known.title.clone(),
            severity: known.severity,
            key_point: known.key_point,
            answer: Answer::Pass,
            problem: String::new(),
            measure: String::new(),
            basis: String::new(),
            reason: String::new(),
            detail: String::new(),
        };
        match &subject.verdict {
            Verdict::Pass => {}
            Verdict::Fail(finding) | Verdict::Recovering(finding) => {
                line.answer = Answer::Fail;
                line.problem = finding.text.clone();
                line.measure = finding.measure.clone();
                line.basis = finding.basis.clone();
            }
            Verdict::NotApplicable(_) => line.answer = Answer::NotApplicable,
            Verdict::Undetermined(why) => {
                line.answer = Answer::Undetermined;
                line.reason = why.reason.key();
                line.detail = why.detail.clone();
            }
            Verdict::Error(text) => {
                line.answer = Answer::Error;
                line.detail = text.clone();
            }
        }
        lines.push(line);
    }
    Sheet {
        site: verdict.site.clone(),
        name: site.map_or_else(String::new, |s| s.name.clone()),
        url: site.map_or_else(String::new, |s| s.url_text.clone()),
        status: site.map_or(SiteStatus::Running, |s| s.status),
        at: verdict.at,
        looks: verdict.looks,
        lines,
    }
}
