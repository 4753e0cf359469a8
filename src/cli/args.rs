//! Arguments as typed. Help texts are what the user reads.

mod evidence;
mod handling;
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use evidence::*;
pub(super) use handling::*;
pub(super) use serve::*;

/// 政府网站合规巡检：巡查登记的政府网站，直接写出问题清单，见到改好才销号。
#[derive(Debug, Parser)]
#[command(
    name = "xunjian",
    version,
    about = "政府网站合规巡检：巡查登记的政府网站，直接写出问题清单，见到改好才销号",
    after_help = "\
退出码：
   0 完成                      1 有达到 --fail-on 的未销号问题
   2 命令写法有误              3 登记表、规则或日历有误
   4 无法判定过多              5 台账被占用
   6 台账或证据损坏            7 熔断待放行
   8 查无此项                  9 办理被拒绝
  10 读写文件失败             11 本机网络故障，巡查作废
 130 被中断，已查完的已保存"
)]
pub struct Cli {
    /// 显示运行日志（再加一个 -v 更详细）
    #[arg(short, long, action = clap::ArgAction::Count, global = true, display_order = 899)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// 在当前目录生成登记表样例 targets.toml
    Init(InitArgs),
    /// 检查登记表
    Register(RegisterArgs),
    /// 检查、查看、新建规则
    Rules(RulesArgs),
    /// 巡查全部登记网站，写入问题清单
    Patrol(PatrolArgs),
    /// 访问各网站首页一次（或常驻每天 24 次），按国办指标统计打开率
    Probe(ProbeArgs),
    /// 访问记录：各网站本周打开情况，再失败几次即达 5%
    Visits(VisitsArgs),
    /// 把本机看到的观测写成文件，带到台账所在的机器
    Export(ExportArgs),
    /// 并入另一台机器写出的观测，或收回、收到的问题清单
    Import(ImportArgs),
    /// 体检一个网站或一个单位（抽查前自查）
    Audit(AuditArgs),
    /// 复查已申请复核的问题
    Recheck(RecheckArgs),
    /// 自查表：发给各单位填写，收回后列入清单
    Selfcheck(SelfCheckArgs),
    /// 专项整治：各阶段、报送日期、各单位进展
    Campaign(CampaignArgs),
    /// 查看从一个页面读到了什么
    Page(PageArgs),
    /// 问题清单：列出、查看，以及确认、下发、认领、复核、销号等办理
    Problems(ProblemsArgs),
    /// 巡查记录：列出、查看、放行、放弃
    Runs(RunsArgs),
    /// 生成报表（附件1、附件2、通知、台账、月报、通报、收支）
    Report(ReportArgs),
    /// 证据：导出证据包、核对、查看、清理
    Evidence(EvidenceArgs),
    /// 台账：校验、重建
    Ledger(LedgerArgs),
    /// 网页：登录后查看、办理问题清单
    #[cfg(feature = "web")]
    Serve(ServeArgs),
    /// 网页的账号：新建、停用、重设口令
    People(PeopleArgs),
    /// 在本机模拟一座城市，完整演示一次巡查
    #[cfg(feature = "demo")]
    Demo(DemoArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// 登记表
    #[arg(long, default_value = "targets.toml", value_name = "文件")]
    pub targets: PathBuf,
    /// 规则目录；不给时用当前目录的 rules/，没有则用程序自带规则
    #[arg(long, value_name = "目录")]
    pub rules: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// 数据目录（台账、证据、报表）
    #[arg(long, default_value = "data", value_name = "目录")]
    pub data: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// 生成到哪个文件
    #[arg(default_value = "targets.toml", value_name = "文件")]
    pub path: PathBuf,
    /// 同时写出规则目录，便于修改
    #[arg(long)]
    pub with_rules: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RegisterArgs {
    #[command(subcommand)]
    pub action: RegisterAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum RegisterAction {
    /// 检查登记表，一次列出全部错误
    Check(ConfigArgs),
    /// 由 Excel 网站名单生成登记表，或把名单里新的网站补进登记表；先列出各列怎样理解、将写入什么，加 --apply 才写入
    Import(ImportSitesArgs),
    /// 登记表自己能说明的问题（新媒体超过14天未更新）列入清单；已改正的转待复核
    Compare(CompareArgs),
}

#[derive(Debug, Clone, Args)]
pub struct CampaignArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ImportSitesArgs {
    /// 网站名单（.xlsx），须有“网站名称”“网址”两列，其余各列有则读
    #[arg(value_name = "文件.xlsx")]
    pub file: PathBuf,
    /// 登记表；还没有时新建
    #[arg(long, default_value = "targets.toml", value_name = "文件")]
    pub targets: PathBuf,
    /// 新建登记表时：本地区名称，印在报告上，如 榆林市
    #[arg(long, value_name = "名称")]
    pub name: Option<String>,
    /// 新建登记表时：区划代码（6 位）；不给则取名单中标识码的前 6 位
    #[arg(long, value_name = "代码")]
    pub region: Option<String>,
    /// 写入登记表
    #[arg(long)]
    pub apply: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    pub action: RulesAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum RulesAction {
    /// 检查规则文件并运行各规则自带的样例
    Check(RulesDirArgs),
    /// 列出规则
    List(RulesDirArgs),
    /// 解释一条规则：查什么、依据、措辞、时限
    Explain {
        /// 规则编号，如 icp-missing
        id: String,
        #[command(flatten)]
        dir: RulesDirArgs,
    },
    /// 新建一条规则（写出规则文件骨架）
    New {
        /// 规则编号：小写英文与连字符，如 missing-slogan
        id: String,
        /// 检查方式，如 page_text、link、meta、header、number_pattern、dns_record
        #[arg(long)]
        kind: String,
        /// 放在 rules/ 下哪个子目录
        #[arg(long, default_value = "local")]
        group: String,
        /// 规则目录
        #[arg(long, default_value = "rules", value_name = "目录")]
        rules: PathBuf,
    },
}

#[derive(Debug, Clone, Args)]
pub struct RulesDirArgs {
    /// 规则目录；不给时用当前目录的 rules/，没有则用程序自带规则
    #[arg(long, value_name = "目录")]
    pub rules: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Ndjson,
    Csv,
}

/// 用浏览器复看首页
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RenderArg {
    /// 只看静态读取无法判定的
    Auto,
    /// 不用
    Never,
    /// 全部首页
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeverityArg {
    /// 单项否决
    #[value(name = "单项否决", alias = "veto")]
    Veto,
    /// 严重及以上
    #[value(name = "严重", alias = "serious")]
    Serious,
    /// 一般及以上
    #[value(name = "一般", alias = "general")]
    General,
}

#[derive(Debug, Clone, Args)]
pub struct PatrolArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
    /// 不联网，按保存的证据重新判定（巡查证据文件 data/runs/*.ndjson）
    #[arg(long, value_name = "文件", num_args = 1..)]
    pub from_evidence: Vec<PathBuf>,
    /// 用本机的 Chromium 浏览器复看首页：auto 只看脚本生成、静态读取无法判定的，never 不用，always 全部首页；不给时按登记表 settings.render
    #[arg(long, value_enum, value_name = "方式", conflicts_with = "from_evidence")]
    pub render: Option<RenderArg>,
    /// 与 --from-evidence 同用：只看结果，不写入台账
    #[arg(long, requires = "from_evidence")]
    pub dry_run: bool,
    /// 有达到该严重程度的未销号问题时以 1 退出
    #[arg(long, value_enum)]
    pub fail_on: Option<SeverityArg>,
    /// 无法判定的网站超过该百分比时以 4 退出
    #[arg(long, default_value_t = 50, value_name = "百分比", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub max_undetermined: u8,
    /// 常驻运行，每天到点巡查一次，如 02:00
    #[arg(long, value_name = "时:分", conflicts_with = "from_evidence")]
    pub daily: Option<String>,
    /// 不显示进度
    #[arg(long)]
    pub quiet: bool,
    /// 结果输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct ProbeArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
    /// 常驻运行，每个网站每天访问 24 次，间隔错开
    #[arg(long)]
    pub resident: bool,
    /// 不显示进度
    #[arg(long)]
    pub quiet: bool,
    /// 结果输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct VisitsArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
    /// 只看一个网站（网站标识码、网址、域名或名称），列出每次未打开的访问
    #[arg(long, value_name = "网站")]
    pub site: Option<String>,
    /// 与 --site 同用：打开的访问也列出
    #[arg(long, requires = "site")]
    pub all: bool,
    /// 看最近多少天（单次访问保存 90 天）
    #[arg(long, default_value_t = 8, value_name = "天数", value_parser = clap::value_parser!(u8).range(7..=90))]
    pub days: u8,
    /// 输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    #[command(subcommand)]
    pub action: ExportAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ExportAction {
    /// 观测：每次访问，以及每次巡查看到的全部内容
    Observations {
        /// 从哪一天起，如 2026-05-06；默认 8 天前
        #[arg(long, value_name = "日期")]
        since: Option<String>,
        /// 输出的文件；文件名以 .gz 结尾的压缩
        #[arg(short, long, value_name = "文件")]
        output: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 事件：台账的全部经过，每行一个 JSON，可供另一程序逐条核对校验码
    Events {
        /// 只写序号大于此数的事件
        #[arg(long, default_value_t = 0, value_name = "序号")]
        since: i64,
        /// 输出的文件，文件名以 .gz 结尾的压缩；不给则写到屏幕
        #[arg(short, long, value_name = "文件")]
        output: Option<PathBuf>,
        #[command(flatten)]
        data: DataArgs,
    },
}

#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub action: ImportAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ImportAction {
    /// 观测：由 export observations 写出的文件，同一个文件可以重复并入
    Observations {
        #[arg(value_name = "文件")]
        file: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 问题清单（Excel）：填回的整改措施，下级报送的附件2，上级通报
    Problems(ImportProblemsArgs),
}

#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
    /// 网站标识码、网址、域名，或单位编号、单位名称；可给多个
    #[arg(long, required = true, num_args = 1.., value_name = "网站或单位")]
    pub site: Vec<String>,
    /// 用本机的 Chromium 浏览器复看首页：auto 只看脚本生成、静态读取无法判定的，never 不用，always 全部首页；不给时按登记表 settings.render
    #[arg(long, value_enum, value_name = "方式")]
    pub render: Option<RenderArg>,
    /// 有达到该严重程度的未销号问题时以 1 退出
    #[arg(long, value_enum, default_value = "单项否决")]
    pub fail_on: SeverityArg,
    /// 不显示进度
    #[arg(long)]
    pub quiet: bool,
    /// 结果输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// 文件名、网址，或 - 表示标准输入；score 目录 表示按目录里的 labels.jsonl 评分
    #[arg(required = true, num_args = 1..=2, value_name = "文件或网址")]
    pub what: Vec<String>,
    /// 页面地址（读文件时用于判断相对链接）
    #[arg(long, value_name = "网址")]
    pub url: Option<String>,
    /// 服务器声明的类型，如 "text/html; charset=gbk"
    #[arg(long, value_name = "类型")]
    pub content_type: Option<String>,
    /// 用本机的 Chromium 浏览器复看首页：auto 只看脚本生成、静态读取无法判定的，never 不用，always 全部首页；不给时按登记表 settings.render
    #[arg(long, value_enum, value_name = "方式")]
    pub render: Option<RenderArg>,
    #[command(flatten)]
    pub config: ConfigArgs,
    /// 输出格式
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct ProblemsArgs {
    #[command(subcommand)]
    pub action: ProblemsAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ProblemsAction {
    /// 列出问题
    List(ListArgs),
    /// 查看一条问题：事实、依据、证据、经过
    Show {
        /// 问题编号
        number: String,
        /// 把网页底部的截图另存为图片文件（用浏览器复看过的才有）
        #[arg(long, value_name = "文件.png")]
        picture: Option<PathBuf>,
        #[command(flatten)]
        data: DataArgs,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// 确认疑似问题，列入清单
    Confirm(ActArgs),
    /// 下发：从此刻起计算整改时限
    Issue(IssueArgs),
    /// 认领：写明措施，转入整改中
    Take(TakeArgs),
    /// 申请复核
    Claim(AttachArgs),
    /// 复核通过，销号（须已有通过的复查或佐证材料）
    Close(AttachArgs),
    /// 复核不通过，退回整改
    Return(ActArgs),
    /// 已销号的问题恢复整改
    Reopen(ActArgs),
    /// 挂账：经批准推迟到某日，仍计入未销号
    Hang(HangArgs),
    /// 解除挂账
    Resume(ActArgs),
    /// 延长整改时限（原时限保留，统计按原时限）
    Extend(ExtendArgs),
    /// 不予列入：误报、重复、非本单位、政策允许、不属范围、站点已关停
    Dismiss(DismissArgs),
    /// 不予列入的问题恢复列入
    Restore(ActArgs),
    /// 改责任人或整改措施
    Assign(AssignArgs),
    /// 补充说明或材料
    Note(AttachArgs),
    /// 撤销当天办理的最近一步
    Undo(ActArgs),
    /// 人工列入一条问题（上级通报、下级报送、自查、人工检查）
    Add(AddArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// 阶段：未销号（默认）、全部、疑似、待整改、整改中、待复核、挂账、已销号、提示
    #[arg(long, default_value = "未销号")]
    pub stage: String,
    /// 只看一个单位（名称或编号）
    #[arg(long)]
    pub unit: Option<String>,
    /// 只看一个网站（标识码）
    #[arg(long)]
    pub site: Option<String>,
    /// 只看一条规则
    #[arg(long)]
    pub rule: Option<String>,
    /// 有达到该严重程度的未销号问题时以 1 退出
    #[arg(long, value_enum)]
    pub fail_on: Option<SeverityArg>,
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct RunsArgs {
    #[command(subcommand)]
    pub action: RunsAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum RunsAction {
    /// 列出巡查记录
    List {
        #[command(flatten)]
        data: DataArgs,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// 查看一次巡查
    Show {
        run: String,
        #[command(flatten)]
        data: DataArgs,
        #[arg(long, value_enum, default_value = "table")]
        format: Format,
    },
    /// 核实后放行被熔断的巡查
    Release(ActRunArgs),
    /// 放弃被熔断的巡查
    Drop(ActRunArgs),
}

#[derive(Debug, Clone, Args)]
pub struct ActRunArgs {
    pub run: String,
    /// 理由（必填，写入台账）
    #[arg(long)]
    pub reason: String,
    /// 办理人
    #[arg(long, default_value = "经办人")]
    pub by: String,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    #[command(subcommand)]
    pub action: ReportAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ReportAction {
    /// 问题清单表（附件1、附件2）及通知、复核、销号、挂账、无法判定、档案等用表
    Form(FormArgs),
    /// 月度进展报告
    Monthly(MonthlyArgs),
    /// 专项整治总体情况报告
    Overall(OverallArgs),
    /// 季度检查情况通报
    Notice(NoticeArgs),
    /// 列出已定稿的报告
    List(DataArgs),
    /// 取出一份定稿报告，先核对校验码
    Show(ShowReportArgs),
    /// 收支：期初、新增、反弹、恢复、销号、剔除、期末
    Balance(BalanceArgs),
    /// 放行函：请主办单位把巡检加入防护设备的白名单
    Whitelist(WhitelistArgs),
}

/// What all reports in prose share.
#[derive(Debug, Clone, Args)]
pub struct ProseArgs {
    /// 输出的 Word 文件
    #[arg(short, long, value_name = "文件.docx")]
    pub output: PathBuf,
    /// 同时写出可离线打印的网页
    #[arg(long, value_name = "文件.html")]
    pub html: Option<PathBuf>,
    /// 附件写到哪个目录：附件1、附件2 问题清单，销号台账，无法判定清单
    #[arg(long, value_name = "目录")]
    pub annexes: Option<PathBuf>,
    /// 抬头（主送单位）
    #[arg(long, default_value = "上级主管单位", value_name = "单位")]
    pub to: String,
    /// 成文日期，如 2020-05-12；默认今天
    #[arg(long, value_name = "日期")]
    pub date: Option<String>,
    /// 定稿：去掉“草稿”字样，文件存入台账不再改动，下一期从这里算起
    #[arg(long)]
    pub freeze: bool,
    /// 更正已定稿的报告（编号见 report list）：与 --freeze 同用，列出与原报告不同的数字
    #[arg(long, value_name = "编号", requires = "freeze")]
    pub correct: Option<i64>,
    /// 定稿人
    #[arg(long, default_value = "经办人", value_name = "姓名")]
    pub by: String,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct MonthlyArgs {
    /// 月份，如 2026-11
    #[arg(long, value_name = "年-月")]
    pub period: String,
    #[command(flatten)]
    pub prose: ProseArgs,
}

#[derive(Debug, Clone, Args)]
pub struct OverallArgs {
    /// 从哪一天起，如 2026-04-20；不给则从台账的第一天起
    #[arg(long, value_name = "日期")]
    pub from: Option<jiff::civil::Date>,
    #[command(flatten)]
    pub prose: ProseArgs,
}

#[derive(Debug, Clone, Args)]
pub struct NoticeArgs {
    /// 季度，如 2026Q4
    #[arg(long, value_name = "年Q季")]
    pub quarter: String,
    #[command(flatten)]
    pub prose: ProseArgs,
}

#[derive(Debug, Clone, Args)]
pub struct ShowReportArgs {
    /// 编号，见 report list
    pub id: i64,
    /// 写到哪个文件
    #[arg(short, long, value_name = "文件.docx")]
    pub output: PathBuf,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct WhitelistArgs {
    /// 输出的 Word 文件，每个单位一函，各起一页
    #[arg(short, long, value_name = "文件.docx")]
    pub output: PathBuf,
    /// 巡检出口地址，可给多个；不给则留空手填
    #[arg(long, value_name = "IP地址")]
    pub address: Vec<std::net::IpAddr>,
    /// 只写给一个单位（名称或编号）
    #[arg(long)]
    pub unit: Option<String>,
    /// 成文日期，如 2020-05-12；默认今天
    #[arg(long, value_name = "日期")]
    pub date: Option<String>,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

/// A paper beside the two annexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PaperKind {
    #[value(alias = "整改通知单")]
    Notice,
    #[value(alias = "复核意见表")]
    Review,
    #[value(alias = "销号台账")]
    Closing,
    #[value(alias = "挂账审批表")]
    Deferral,
    #[value(alias = "无法判定清单")]
    Undetermined,
    #[value(alias = "问题档案")]
    Dossier,
}

#[derive(Debug, Clone, Args)]
pub struct FormArgs {
    /// 附件号：1 市级部门，2 县市区政府
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=2), required_unless_present = "kind")]
    pub annex: Option<u8>,
    /// 其他表：notice 整改通知单（附回执）、review 复核意见表、closing 销号台账、deferral 挂账审批表、undetermined 无法判定清单、
    /// dossier 问题档案
    #[arg(long, value_name = "表", conflicts_with = "annex", hide_possible_values = true)]
    pub kind: Option<PaperKind>,
    /// 只印这些编号的问题（与 --kind 同用），可给多个
    #[arg(long, value_name = "编号", requires = "kind")]
    pub no: Vec<String>,
    /// 输出的 Word 文件
    #[arg(short, long, value_name = "文件.docx")]
    pub output: Option<PathBuf>,
    /// 输出的 Excel 文件（附件1、附件2、销号台账、无法判定清单、整改通知单）
    #[arg(long, value_name = "文件.xlsx")]
    pub xlsx: Option<PathBuf>,
    /// 输出的网页文件，离线打开即可打印（与 --kind 同用）
    #[arg(long, value_name = "文件.html", requires = "kind")]
    pub html: Option<PathBuf>,
    /// 输出的 CSV 文件
    #[arg(long, value_name = "文件.csv")]
    pub csv: Option<PathBuf>,
    /// 只含一个单位（名称或编号）；不给则含附件范围内全部单位
    #[arg(long)]
    pub unit: Option<String>,
    /// 也印出疑似问题（注明疑似）
    #[arg(long)]
    pub include_suspected: bool,
    /// 表名；默认按通知用“基础建设”
    #[arg(long)]
    pub title: Option<String>,
    /// 填表日期，如 2020-05-12；默认今天
    #[arg(long, value_name = "日期")]
    pub date: Option<String>,
    /// 标注“草稿”
    #[arg(long)]
    pub draft: bool,
    #[command(flatten)]
    pub config: ConfigArgs,
    #[command(flatten)]
    pub data: DataArgs,
}

#[derive(Debug, Clone, Args)]
pub struct LedgerArgs {
    #[command(subcommand)]
    pub action: LedgerAction,
}

#[derive(Debug, Clone, Subcommand)]
pub enum LedgerAction {
    /// 校验事件链、证据和清单是否一致，给出台账校验码
    Verify {
        /// 另核对一个校验码（印在报表上的）是否出自本台账
        #[arg(long, value_name = "校验码")]
        at: Option<String>,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 备份：台账和全部证据复制到另一个目录，校验后才替换上一次的备份；巡查进行时也可以备份
    Backup {
        /// 备份到哪个目录，最好在另一块磁盘上；再次备份到同一目录时只复制新增的证据
        #[arg(value_name = "目录")]
        to: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// 由事件和观测重建清单
    Rebuild {
        #[command(flatten)]
        data: DataArgs,
    },
}

#[cfg(feature = "demo")]
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// 网站数
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub sites: u32,
    /// 随机种子：相同种子得到相同的城市
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// 连续巡查天数（虚拟时间）
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub days: u32,
    /// 结果写到哪个目录
    #[arg(long, default_value = "demo-out", value_name = "目录")]
    pub out: PathBuf,
    /// 只启动模拟城市的服务器，把登记表写到该目录，按 Ctrl-C 结束
    #[arg(long, value_name = "目录")]
    pub serve_only: Option<PathBuf>,
    /// 与 --serve-only 同用：全部网站都处于同一种情形，如 ok-static（最普通的合格网站）；healthy 表示各种合格网站轮流
    #[arg(long, value_name = "情形", requires = "serve_only")]
    pub only: Option<String>,
}
