//! `demo`: the simulated city, patrolled from end to end.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::args::{DemoArgs, FormArgs, Format};
use super::config::load_rules;
use super::patrol::{Session, finish};
use super::{CliError, Exit, Outcome, block_on, print, say, terminal_width};
use crate::clock::{Clock, local};
use crate::demo::{self, City, CityOptions, Found, Kind, Profile};
use crate::export::form::{Coverage, FormSpec};
use crate::export::{self, Totals};
use crate::ledger::view::{ProblemView, Stage};
use crate::ledger::{Filter, Ledger};
use crate::register::{Register, Site};

pub(super) fn demo(args: &DemoArgs) -> Outcome {
    match &args.serve_only {
        Some(dir) => serve(args, dir),
        None => block_on(run(args))?,
    }
}

/// The city's first patrol: two in the morning of the coming day, so that certificates and calendar fit the present.
fn first_patrol() -> Timestamp {
    let today = local(Clock::system().now()).date();
    let night = today.to_datetime(jiff::civil::Time::constant(2, 0, 0, 0));
    night.to_zoned(crate::clock::office_zone()).map_or(Timestamp::UNIX_EPOCH, |z| z.timestamp())
}

fn options(args: &DemoArgs, start: Timestamp) -> Result<CityOptions, CliError> {
    let cast = args.only.as_deref().map_or(Ok(Vec::new()), cast)?;
    Ok(CityOptions { sites: args.sites as usize, seed: args.seed, cast, start })
}

/// The profiles `--only` asks for.
fn cast(name: &str) -> Result<Vec<&'static Profile>, CliError> {
    let healthy = || Profile::of(Kind::Healthy);
    if name == "healthy" {
        return Ok(healthy());
    }
    Profile::named(name).map(|p| vec![p]).ok_or_else(|| {
        let known: Vec<&str> = healthy().iter().map(|p| p.name).collect();
        CliError::new(Exit::Usage, format!("没有“{name}”这种情形。合格网站有：healthy、{}。", known.join("、")))
    })
}

fn city_error(error: demo::DemoError) -> CliError {
    CliError::new(Exit::Output, format!("{error}。"))
}

fn serve(args: &DemoArgs, dir: &Path) -> Outcome {
    block_on(async {
        let city = City::start(&options(args, Clock::system().now())?).await.map_err(city_error)?;
        let register = city.register_toml(dir).map_err(city_error)?;
        print(&format!(
            "模拟城市已启动：{} 个网站，域名服务器 {}。\n登记表：{}\n另开一个窗口巡查：xunjian patrol --targets {} --data {}\n按 Ctrl-C 结束。",
            args.sites,
            city.resolver(),
            register.display(),
            register.display(),
            dir.join("data").display()
        ))?;
        let _ = super::patrol::stop_requested().await;
        city.shutdown().await;
        Ok(Exit::Done)
    })?
}

async fn run(args: &DemoArgs) -> Outcome {
    let start = first_patrol();
    let out = &args.out;
    let city = City::start(&options(args, start)?).await.map_err(city_error)?;
    let targets = city.register_toml(out).map_err(city_error)?;
    let register = Register::load(&targets).map_err(|e| CliError::new(Exit::Config, e.to_string()))?;
    let rules = Arc::new(load_rules(None, &register.settings.region)?);
    // A fresh ledger every time: the demonstration always begins on the first day.
    let data = out.join("data");
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(|e| CliError::file("清理上次演示的数据", &data, &e))?;
    }
    let clock = Clock::starting_at(start);
    let render = crate::run::render_settings(&register);
    let session = Session { register, rules, data, clock: clock.clone(), quiet: false, render };
    let sites: Vec<&Site> = session.register.sites.iter().collect();
    say(&format!("模拟城市：{} 个网站（种子 {}），不访问互联网。", sites.len(), args.seed));

    let mut perfect = true;
    let mut exit = Exit::Done;
    for day in 0..args.days {
        if day > 0 {
            clock.advance(SignedDuration::from_hours(24));
        }
        city.set_day(day);
        if args.days > 1 {
            print(&format!("\n—— 第 {} 天 ——", day + 1))?;
        }
        let ran = session.run("patrol", &sites, false).await?;
        exit = finish(&session, &ran, Some(Format::Table), None, None).await?;
        if exit != Exit::Done {
            break;
        }
        if day == 0 {
            let problems = everything(&session).await?;
            let comparison = demo::compare(&city.planted(0), &found(&problems), true);
            if args.days == 1 {
                print_list(&session, &problems)?;
            }
            perfect = comparison.is_perfect();
            write_outputs(&session, out, &problems).await?;
            print(&format!("\n{}", comparison.text()))?;
        }
    }
    if args.days > 1 && exit == Exit::Done {
        let problems = everything(&session).await?;
        print_list(&session, &problems)?;
        write_outputs(&session, out, &problems).await?;
    }
    city.shutdown().await;
    print(&format!("文件在 {}：附件1.docx、附件1.xlsx、附件2.docx、附件2.xlsx、targets.toml、data/。", out.display()))?;
    print(&format!("看一条问题：xunjian problems show <编号> --data {}", session.data.display()))?;
    Ok(if exit == Exit::Done && !perfect { Exit::Unsolved } else { exit })
}

async fn everything(session: &Session) -> Result<Vec<ProblemView>, CliError> {
    let open = Ledger::open_read(&session.data, session.clock.clone()).await;
    let ledger = open.map_err(super::ledger::ledger_error)?;
    ledger.problems(&Filter::everything()).await.map_err(super::ledger::ledger_error)
}

fn found(problems: &[ProblemView]) -> Vec<Found> {
    problems
        .iter()
        .filter_map(|p| {
            let stage = match p.stage {
                Stage::Suspected => demo::Stage::Suspected,
                stage if stage.is_unsolved() => demo::Stage::Open,
                _ => return None,
            };
            Some(Found { site: p.site.clone(), rule: p.rule.clone(), stage })
        })
        .collect()
}

fn print_list(session: &Session, problems: &[ProblemView]) -> Result<(), CliError> {
    let shown: Vec<ProblemView> =
        problems.iter().filter(|p| p.stage.is_unsolved() || p.stage == Stage::Suspected).cloned().collect();
    let table = export::table::problems(&shown, Totals::of(problems), &session.rules.labels, terminal_width());
    print(&format!("\n{table}"))
}

async fn write_outputs(session: &Session, out: &Path, problems: &[ProblemView]) -> Result<(), CliError> {
    let open = Ledger::open_read(&session.data, session.clock.clone()).await;
    let ledger = open.map_err(super::ledger::ledger_error)?;
    let code = ledger.code().await.map_err(super::ledger::ledger_error)?;
    let runs = ledger.runs().await.map_err(super::ledger::ledger_error)?;
    for annex in [1, 2] {
        let form = FormArgs {
            annex: Some(annex),
            kind: None,
            no: Vec::new(),
            html: None,
            output: Some(out.join(format!("附件{annex}.docx"))),
            xlsx: Some(out.join(format!("附件{annex}.xlsx"))),
            csv: None,
            unit: None,
            include_suspected: false,
            title: None,
            date: None,
            draft: false,
            config: super::args::ConfigArgs { targets: out.join("targets.toml"), rules: None },
            data: super::args::DataArgs { data: session.data.clone() },
        };
        let coverage = runs.first().map(Coverage::from);
        let options =
            super::ledger::form_options(&form, &session.register, session.clock.today(), coverage, code.clone());
        super::ledger::write_forms(&form, &FormSpec::build(&options, problems), problems, &session.rules.labels)?;
    }
    Ok(())
}
