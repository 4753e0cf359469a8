//! Arguments of `evidence`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DataArgs;

#[derive(Debug, Clone, Args)]
pub struct EvidenceArgs {
    #[command(subcommand)]
    pub action: EvidenceAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum EvidenceAction {
    /// 把一个问题的全部证据导出为证据包（zip），可离线打开、逐个核对
    Export(EvidenceExportArgs),
    /// 列出一个问题的证据文件
    Show(EvidenceShowArgs),
    /// 核对证据包，不需要台账
    Verify {
        /// 证据包
        #[arg(value_name = "文件.zip")]
        file: PathBuf,
    },
    /// 清理台账不再引用的旧证据；默认只看不删
    Gc(EvidenceGcArgs),
}

#[derive(Debug, Clone, Args)]
pub struct EvidenceExportArgs {
    /// 问题编号
    #[arg(value_name = "编号")]
    pub number: String,
    /// 输出文件；默认 证据包-编号.zip
    #[arg(short, long, value_name = "文件.zip")]
    pub output: Option<PathBuf>,
    /// 并列国密 SM3 校验值
    #[arg(long)]
    pub sm3: bool,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct EvidenceShowArgs {
    /// 问题编号
    #[arg(value_name = "编号")]
    pub number: String,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct EvidenceGcArgs {
    /// 存入未满多少天的一律保留
    #[arg(long, value_name = "天数", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: u32,
    /// 真正删除
    #[arg(long)]
    pub apply: bool,
    #[command(flatten)]
    pub data: DataArgs,
}
