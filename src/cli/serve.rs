//! `serve`: the pages.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::args::ServeArgs;
use super::config::load_both;
use super::ledger::ledger_error;
use super::patrol::stop_requested;
use super::{CliError, Exit, Outcome, block_on, say};
use crate::clock::Clock;
use crate::diagnostic::io_reason;
use crate::ledger::Ledger;
use crate::web::{self, Office, ServeError, Tls};

/// Pages read at once.
const READERS: u32 = 8;

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
    block_on(async {
        let clock = Clock::system();
        let listening = web::listen(args.listen, tls.as_ref()).await.map_err(serve_error)?;
        let writer = Ledger::open(&args.data.data, clock.clone()).await.map_err(ledger_error)?;
        let reader = Ledger::open_readers(&args.data.data, clock.clone(), READERS).await.map_err(ledger_error)?;
        let nobody = reader.people().await.map_err(ledger_error)?.is_empty();
        let office = Arc::new(Office {
            reader,
            writer,
            register,
            rules: Arc::new(rules),
            clock,
            secure: tls.is_some() || args.behind_proxy,
            behind_proxy: args.behind_proxy,
            door: Semaphore::new(1),
        });
        let scheme = if tls.is_some() { "https" } else { "http" };
        let address = listening.address().unwrap_or(args.listen);
        say(&format!("网页已就绪：{scheme}://{address}/ 。按 Ctrl-C 结束。"));
        if nobody {
            say("还没有账号：另开一个窗口运行 xunjian people add 账号 --role 管理 --name 姓名，新建第一个管理账号。");
        }
        let stop = CancellationToken::new();
        let serving = listening.serve(web::router(office.clone()), stop.clone());
        let waiting = async {
            let _ = stop_requested().await;
            say("正在停止网页服务。");
            stop.cancel();
        };
        tokio::join!(serving, waiting);
        if let Ok(office) = Arc::try_unwrap(office) {
            office.reader.shutdown().await;
            office.writer.shutdown().await;
        }
        Ok(Exit::Done)
    })?
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
