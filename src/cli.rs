//! The command line: subcommands, what they print, and how they end.
//!
//! *Owns*: arguments, reading and writing the files a user names, exit codes. *May not*: hold stage logic, open sockets, run
//! SQL. *Start reading at* [`main`].

mod args;
mod campaign;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod evidence;
mod exit;
mod inspectors;
mod intake;
mod ledger;
mod observations;
mod patrol;
mod people;
mod probe;
mod problems;
mod progress;
mod prose;
mod report;
mod selfcheck;
#[cfg(feature = "web")]
mod serve;
mod sites;
mod summary;
mod words;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub use args::{Cli, Command};
pub use exit::{CliError, Exit};

use crate::export;

/// What a command returns: its exit code, or the error the user reads.
pub type Outcome = Result<Exit, CliError>;

/// Parses the command line, runs the command, turns its end into an exit code.
pub fn main() -> ExitCode {
    let parsed = words::localised(Cli::command()).try_get_matches().and_then(|m| Cli::from_arg_matches(&m));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return ExitCode::from(Exit::Done.code());
        }
        Err(error) => {
            say(&words::usage_error(&error));
            return ExitCode::from(Exit::Usage.code());
        }
    };
    init_logs(&cli);
    match dispatch(cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            say(&error.message);
            ExitCode::from(error.exit.code())
        }
    }
}

fn dispatch(cli: Cli) -> Outcome {
    match cli.command {
        Command::Init(args) => config::init(&args),
        Command::Register(args) => config::register(&args),
        Command::Rules(args) => config::rules(&args),
        Command::Patrol(args) => patrol::patrol(&args),
        Command::Probe(args) => probe::probe(&args),
        Command::Visits(args) => probe::visits(&args),
        Command::Export(args) => observations::export(&args),
        Command::Import(args) => observations::import(&args),
        Command::Audit(args) => patrol::audit(&args),
        Command::Page(args) => inspectors::page(&args),
        Command::Problems(args) => problems::problems(&args),
        Command::Selfcheck(args) => selfcheck::selfcheck(&args),
        Command::Campaign(args) => campaign::campaign(&args),
        Command::Recheck(args) => problems::recheck(&args),
        Command::Runs(args) => ledger::runs(&args),
        Command::Report(args) => ledger::report(&args),
        Command::Evidence(args) => evidence::evidence(&args),
        Command::Ledger(args) => ledger::ledger(&args),
        #[cfg(feature = "web")]
        Command::Serve(args) => serve::serve(&args),
        Command::People(args) => people::people(&args),
        #[cfg(feature = "demo")]
        Command::Demo(args) => demo::demo(&args),
    }
}

/// Data for the user or the next program: standard output. A closed pipe is not an error worth a message.
fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes())).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CliError::new(Exit::Output, format!("写标准输出失败（{}）。", crate::diagnostic::io_reason(&e))))
        }
        _ => Ok(()),
    }
}

/// Talk: standard error.
fn say(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = writeln!(err, "{}", text.trim_end_matches('\n'));
}

/// Columns of the terminal; 80 elsewhere, so that files look the same everywhere.
fn terminal_width() -> usize {
    let found = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    found.map_or(export::table::WIDTH, |columns| columns.clamp(60, 200))
}

/// Runs `work` on a runtime sized for one polite machine.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CliError> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().map_err(|e| {
            CliError::new(
                Exit::Output,
                format!("启动运行环境失败（{}）。请关闭其他程序后重试。", crate::diagnostic::io_reason(&e)),
            )
        })?;
    Ok(runtime.block_on(work))
}

fn init_logs(cli: &Cli) {
    let level = match cli.verbose {
        0 => "error",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("XUNJIAN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("off,xunjian={level}")));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// Writes a file the user asked for: whole or not at all.
fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), CliError> {
    let fail = |e: std::io::Error| CliError::file("写文件", path, &e);
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if name.is_empty() {
        return Err(CliError::new(
            Exit::Output,
            format!("写文件失败：{} 不是文件名。请给出完整文件名。", path.display()),
        ));
    }
    let partial = path.with_file_name(format!(".{name}.partial"));
    std::fs::write(&partial, bytes).map_err(fail)?;
    std::fs::rename(&partial, path).map_err(|e| {
        let _ = std::fs::remove_file(&partial);
        fail(e)
    })
}
