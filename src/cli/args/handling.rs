//! Arguments of the steps people take with rows of the list.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;

use super::{ConfigArgs, DataArgs};

/// Which rows, by whom.
#[derive(Debug, Clone, Args)]
pub struct RowsArgs {
    /// 问题编号，可给多个；- 表示从标准输入读入，每行一个
    #[arg(required = true, num_args = 1.., value_name = "编号")]
    pub numbers: Vec<String>,
    /// 办理人
    #[arg(long, default_value = "经办人", value_name = "姓名")]
    pub by: String,
    /// 只看会怎样，不写入台账
    #[arg(long)]
    pub dry_run: bool,
    /// 多条一起办理时，预览给出的确认码
    #[arg(long, value_name = "确认码")]
    pub confirm: Option<String>,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ActArgs {
    #[command(flatten)]
    pub rows: RowsArgs,
    /// 理由（必填，写入台账）
    #[arg(long, value_name = "文字")]
    pub reason: String,
}

/// A step that may bring files.
#[derive(Debug, Clone, Args)]
pub struct AttachArgs {
    #[command(flatten)]
    pub act: ActArgs,
    /// 佐证材料，可给多个；原样存入证据库
    #[arg(long, value_name = "文件")]
    pub attach: Vec<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct IssueArgs {
    #[command(flatten)]
    pub rows: RowsArgs,
    /// 理由或文号
    #[arg(long, default_value = "下发整改", value_name = "文字")]
    pub reason: String,
}

#[derive(Debug, Clone, Args)]
pub struct TakeArgs {
    #[command(flatten)]
    pub rows: RowsArgs,
    /// 整改措施；不给时采用建议的措施
    #[arg(long, value_name = "文字")]
    pub measure: Option<String>,
    /// 本单位计划完成的日期，不晚于整改时限
    #[arg(long, value_name = "日期")]
    pub until: Option<Date>,
    /// 责任人
    #[arg(long, value_name = "姓名")]
    pub assignee: Option<String>,
    /// 说明
    #[arg(long, default_value = "认领整改", value_name = "文字")]
    pub reason: String,
}

#[derive(Debug, Clone, Args)]
pub struct HangArgs {
    #[command(flatten)]
    pub act: ActArgs,
    /// 挂账到哪一天
    #[arg(long, value_name = "日期")]
    pub until: Date,
    /// 批准人
    #[arg(long, value_name = "姓名")]
    pub approver: String,
    /// 后续整改安排
    #[arg(long, value_name = "文字")]
    pub plan: String,
    /// 批准文号
    #[arg(long, value_name = "文号")]
    pub document: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GroundArg {
    /// 误报（须附材料）
    #[value(name = "误报", alias = "false_alarm")]
    FalseAlarm,
    /// 重复（须写明与哪一条重复）
    #[value(name = "重复", alias = "duplicate")]
    Duplicate,
    /// 非本单位
    #[value(name = "非本单位", alias = "other_unit")]
    OtherUnit,
    /// 政策允许（须写明文号）
    #[value(name = "政策允许", alias = "permitted")]
    Permitted,
    /// 不属检查范围
    #[value(name = "不属范围", alias = "out_of_scope")]
    OutOfScope,
    /// 站点已关停且已核
    #[value(name = "站点已关停", alias = "site_closed")]
    SiteClosed,
}

#[derive(Debug, Clone, Args)]
pub struct DismissArgs {
    #[command(flatten)]
    pub attach: AttachArgs,
    /// 属于哪一种情形
    #[arg(long, value_enum, value_name = "情形")]
    pub ground: GroundArg,
    /// 到哪一天为止（最长一年）；期满后再次发现即恢复列入
    #[arg(long, value_name = "日期")]
    pub until: Date,
    /// 依据的文号
    #[arg(long, value_name = "文号")]
    pub document: Option<String>,
    /// 与哪一条重复
    #[arg(long, value_name = "编号")]
    pub same_as: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct ExtendArgs {
    #[command(flatten)]
    pub act: ActArgs,
    /// 新的整改时限（最后一天）
    #[arg(long, value_name = "日期")]
    pub until: Date,
}

#[derive(Debug, Clone, Args)]
pub struct AssignArgs {
    #[command(flatten)]
    pub rows: RowsArgs,
    /// 责任人
    #[arg(long, value_name = "姓名", required_unless_present = "measure")]
    pub assignee: Option<String>,
    /// 改写整改措施
    #[arg(long, value_name = "文字")]
    pub measure: Option<String>,
    /// 说明
    #[arg(long, default_value = "修改责任人或措施", value_name = "文字")]
    pub reason: String,
}

/// Where an entry brought by a person comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SourceArg {
    #[value(name = "人工", alias = "manual")]
    Manual,
    #[value(name = "上级通报", alias = "above")]
    Above,
    #[value(name = "下级报送", alias = "below")]
    Below,
    #[value(name = "自查", alias = "selfcheck")]
    SelfCheck,
}

#[derive(Debug, Clone, Args)]
pub struct AddArgs {
    /// 存在问题
    #[arg(long, value_name = "文字")]
    pub text: String,
    /// 属于通知的哪一个要点
    #[arg(long, value_name = "1-10", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub key_point: u8,
    /// 网站（标识码、网址、域名或名称）
    #[arg(long, value_name = "网站", required_unless_present = "unit", conflicts_with = "unit")]
    pub site: Option<String>,
    /// 单位（编号或名称）：问题不属于某一个网站时
    #[arg(long, value_name = "单位")]
    pub unit: Option<String>,
    /// 整改措施
    #[arg(long, default_value = "", value_name = "文字")]
    pub measure: String,
    /// 依据
    #[arg(long, default_value = "", value_name = "文字")]
    pub basis: String,
    /// 整改时限（最后一天）；不给时为10个工作日
    #[arg(long, value_name = "日期")]
    pub until: Option<Date>,
    /// 严重程度
    #[arg(long, value_enum, default_value = "一般", value_name = "程度")]
    pub severity: SeverityWord,
    /// 来源
    #[arg(long, value_enum, default_value = "人工", value_name = "来源")]
    pub source: SourceArg,
    /// 通报文号与条目等，用以识别；同一来源、同一单位、同一编号只列入一次
    #[arg(long, value_name = "文字")]
    pub reference: Option<String>,
    /// 佐证材料，可给多个
    #[arg(long, value_name = "文件")]
    pub attach: Vec<PathBuf>,
    /// 理由或说明
    #[arg(long, default_value = "人工列入", value_name = "文字")]
    pub reason: String,
    /// 办理人
    #[arg(long, default_value = "经办人", value_name = "姓名")]
    pub by: String,
    /// 只看会怎样，不写入台账
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityWord {
    #[value(name = "单项否决", alias = "veto")]
    Veto,
    #[value(name = "严重", alias = "serious")]
    Serious,
    #[value(name = "一般", alias = "general")]
    General,
}

#[derive(Debug, Clone, Args)]
pub struct BalanceArgs {
    /// 从哪一天起（含）
    #[arg(long, value_name = "日期")]
    pub from: Date,
    /// 到哪一天止（含）；默认今天
    #[arg(long, value_name = "日期")]
    pub to: Option<Date>,
    #[command(flatten)]
    pub data: DataArgs,
    /// 输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: super::Format,
}

#[derive(Debug, Clone, Args)]
pub struct RecheckArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
    /// 复查这些问题所在的网站；不给时复查全部已申请复核、还没有新的复查结果的
    #[arg(value_name = "编号")]
    pub numbers: Vec<String>,
    /// 不显示进度
    #[arg(long)]
    pub quiet: bool,
    /// 结果输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: super::Format,
}

#[derive(Debug, Clone, Args)]
pub struct SelfCheckArgs {
    #[command(subcommand)]
    pub action: SelfCheckAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum SelfCheckAction {
    /// 写出空白自查表（Excel）
    New {
        /// 单位（编号或名称）；不给时为登记表里的每个单位各写一份
        #[arg(long, value_name = "单位")]
        unit: Option<String>,
        /// 输出的文件；不给 --unit 时是文件夹
        #[arg(short, long, value_name = "文件或文件夹")]
        output: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// 收回填好的自查表：填“否”“部分”的列入清单
    Import {
        #[arg(required = true, num_args = 1.., value_name = "文件.xlsx")]
        files: Vec<PathBuf>,
        /// 写入台账；不给时只看会怎样
        #[arg(long)]
        apply: bool,
        /// 整改时限（最后一天）；不给时为10个工作日
        #[arg(long, value_name = "日期")]
        until: Option<Date>,
        /// 办理人
        #[arg(long, default_value = "经办人", value_name = "姓名")]
        by: String,
        #[command(flatten)]
        config: ConfigArgs,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 哪些单位已交，十项重点内容各查到什么程度
    Status {
        #[command(flatten)]
        config: ConfigArgs,
        #[command(flatten)]
        data: DataArgs,
    },
}

#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// 只看会怎样，不写入台账
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

/// Who sent a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListSourceArg {
    #[value(name = "下级报送", alias = "below")]
    Below,
    #[value(name = "上级通报", alias = "above")]
    Above,
}

#[derive(Debug, Clone, Args)]
pub struct ImportProblemsArgs {
    #[arg(value_name = "文件.xlsx")]
    pub file: PathBuf,
    /// 写入台账；不给时只看会怎样
    #[arg(long)]
    pub apply: bool,
    /// 没有编号的条目来自哪里
    #[arg(long, value_enum, default_value = "下级报送", value_name = "来源")]
    pub source: ListSourceArg,
    /// 通报或报送的文号
    #[arg(long, value_name = "文号")]
    pub reference: Option<String>,
    /// 通报或报送的日期；已销号的问题，在此之后再次出现的恢复整改
    #[arg(long, value_name = "日期")]
    pub dated: Option<Date>,
    /// 表中没有“重点内容”列时，属于哪一项
    #[arg(long, value_name = "1-10", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub key_point: Option<u8>,
    /// 办理人
    #[arg(long, default_value = "经办人", value_name = "姓名")]
    pub by: String,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}
