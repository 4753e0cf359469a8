//! `serve`: the pages, and the schedule beside them.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::args::{ConfigArgs, ServeArgs};
use super::config::{load_both, render_settings};
use super::ledger::ledger_error;
use super::patrol::stop_requested;
use super::{CliError, Exit, Outcome, block_on, say};
use crate::clock::Clock;
use crate::diagnostic::io_reason;
use crate::ledger::Ledger;
use crate::register::Register;
use crate::rule::RuleSet;
use crate::web::{self, Board, Duty, House, Office, ServeError, Tls};

/// Pages read at once.
const READERS: u32 = 8;
/// Runs asked for from pages that may wait.
const ORDERS: usize = 4;

pub(super) fn serve(args: &ServeArgs) -> Outcome {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(chain), Some(key)) => Some(Tls { chain: chain.clone(), key: key.clone() }),
        _ => None,
    };
    if !args.listen.ip().is_loopback() && tls.is_none() && !args.behind_proxy {
        let why = "对外提供网页时口令不能明文传输。请用 --tls-cert、--tls-key 给出证书，或由前面的代理提供 HTTPS 并加 --behind-proxy";
        return Err(CliError::new(Exit::Usage, format!("{} 不是本机地址：{why}。", args.listen)));
    }
    let (register, rules) = load_both(&args.config)?;
    for warning in &register.warnings {
        say(&format!("注意：{warning}"));
    }
    render_settings(&register, None)?;
    let files = Files::new(&args.config);
    block_on(async {
        let clock = Clock::system();
        let listening = web::listen(args.listen, tls.as_ref()).await.map_err(serve_error)?;
        let writer = Ledger::open(&args.data.data, clock.clone()).await.map_err(ledger_error)?;
        let reader = Ledger::open_readers(&args.data.data, clock.clone(), READERS).await.map_err(ledger_error)?;
        let nobody = reader.people().await.map_err(ledger_error)?.is_empty();
        let (sender, orders) = mpsc::channel(ORDERS);
        let house = House::new(Office {
            reader,
            writer,
            register,
            rules: Arc::new(rules),
            born: clock.now(),
            clock,
            secure: tls.is_some() || args.behind_proxy,
            behind_proxy: args.behind_proxy,
            door: Arc::new(Semaphore::new(1)),
            scheduled: !args.no_schedule,
            board: Arc::new(Board::default()),
            orders: sender,
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let address = listening.address().unwrap_or(args.listen);
        say(&format!("网页已就绪：{scheme}://{address}/ 。按 Ctrl-C 结束。"));
        if nobody {
            say("还没有账号：另开一个窗口运行 xunjian people add 账号 --role 管理 --name 姓名，新建第一个管理账号。");
        }
        let stop = CancellationToken::new();
        let serving = listening.serve(web::router(house.clone()), stop.clone());
        let reload = || files.changed(&args.config);
        let scheduled = async {
            if !args.no_schedule {
                let duty = Duty { data: &args.data.data, orders, reload: &reload, tell: &say, stop: stop.clone() };
                web::work(&house, duty).await;
            }
        };
        let waiting = async {
            let _ = stop_requested().await;
            say("正在停止：不再开始新的网站，正在进行的巡查保存已查完的部分。");
            stop.cancel();
        };
        tokio::join!(serving, scheduled, waiting);
        let office = house.office();
        office.reader.clone().shutdown().await;
        office.writer.clone().shutdown().await;
        Ok(Exit::Done)
    })?
}

/// Register and rules as last read: files are read again when one of them is younger.
struct Files(Cell<Option<SystemTime>>);

impl Files {
    fn new(config: &ConfigArgs) -> Files {
        Files(Cell::new(youngest(config)))
    }

    /// Both, if a file has changed; the words of what is wrong with them, once.
    fn changed(&self, config: &ConfigArgs) -> Result<Option<(Register, RuleSet)>, String> {
        let now = youngest(config);
        if now == self.0.replace(now) {
            return Ok(None);
        }
        load_both(config).map(Some).map_err(|error| error.message)
    }
}

/// When the register or a rule was last written.
fn youngest(config: &ConfigArgs) -> Option<SystemTime> {
    fn of(path: &Path, depth: u8) -> Option<SystemTime> {
        let meta = path.metadata().ok()?;
        let own = meta.modified().ok();
        if !meta.is_dir() || depth == 0 {
            return own;
        }
        let entries = path.read_dir().into_iter().flatten().flatten();
        entries.filter_map(|entry| of(&entry.path(), depth - 1)).chain(own).max()
    }
    let rules = config.rules.as_deref().unwrap_or(Path::new("rules"));
    of(&config.targets, 0).max(of(rules, 2))
}

fn serve_error(error: ServeError) -> CliError {
    match error {
        ServeError::Address(address, e) => {
            let why = io_reason(&e);
            let next = "端口被占用时请用 --listen 换一个端口，1024 以下的端口须有系统权限";
            CliError::new(Exit::Usage, format!("不能在 {address} 提供网页（{why}）。{next}。"))
        }
        ServeError::Certificate { path, why } => {
            let next = "请给出 PEM 格式的证书链和与之相配的私钥";
            CliError::new(Exit::Config, format!("证书无法使用：{}（{why}）。{next}。", path.display()))
        }
    }
}
