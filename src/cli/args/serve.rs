//! Arguments of `serve` and `people`.

#[cfg(feature = "web")]
use std::net::SocketAddr;
#[cfg(feature = "web")]
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{ConfigArgs, DataArgs};

#[cfg(feature = "web")]
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// 在哪个地址和端口提供网页
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "地址:端口")]
    pub listen: SocketAddr,
    /// 本单位证书链（PEM）；给出后网页走 HTTPS
    #[arg(long, value_name = "文件", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// 证书的私钥（PEM）
    #[arg(long, value_name = "文件", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// 由前面的代理提供 HTTPS（须转发 X-Forwarded-For）
    #[arg(long)]
    pub behind_proxy: bool,
    /// 只提供网页，不按日程巡查、复查、访问
    #[arg(long)]
    pub no_schedule: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct PeopleArgs {
    #[command(subcommand)]
    pub action: PeopleAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleArg {
    #[value(name = "经办", alias = "handler")]
    Handler,
    #[value(name = "监管", alias = "supervisor")]
    Supervisor,
    #[value(name = "领导", alias = "leader")]
    Leader,
    #[value(name = "审计", alias = "auditor")]
    Auditor,
    #[value(name = "管理", alias = "admin")]
    Admin,
}

#[derive(Debug, Clone, Subcommand)]
pub enum PeopleAction {
    /// 新建账号；口令从终端输入（不显示），或从标准输入读一行
    Add {
        /// 账号：文字、数字和 . - _
        #[arg(value_name = "账号")]
        account: String,
        /// 姓名，写入办理经过
        #[arg(long, value_name = "姓名")]
        name: String,
        /// 角色
        #[arg(long)]
        role: RoleArg,
        /// 所属单位（经办必填），登记表里的单位代号或全称
        #[arg(long)]
        unit: Option<String>,
        #[command(flatten)]
        config: ConfigArgs,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 列出账号
    List(DataArgs),
    /// 停用账号，其登录立即失效
    Lock {
        #[arg(value_name = "账号")]
        account: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 启用账号
    Unlock {
        #[arg(value_name = "账号")]
        account: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 重设口令
    Passwd {
        #[arg(value_name = "账号")]
        account: String,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 为程序新建接口令牌，只显示这一次
    Token {
        #[arg(value_name = "账号")]
        account: String,
        /// 用途
        #[arg(long, default_value = "接口", value_name = "文字")]
        label: String,
        #[command(flatten)]
        data: DataArgs,
    },
}
