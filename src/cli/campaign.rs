//! `campaign`: where a campaign stands, what is due next, which unit is behind.

use jiff::civil::Date;
use unicode_width::UnicodeWidthStr;

use super::args::CampaignArgs;
use super::config::load_both;
use super::ledger::{ledger_error, open};
use super::{CliError, Exit, Outcome, block_on, print};
use crate::clock::Clock;
use crate::export::date_words;
use crate::ledger::view::{Clockface, ProblemView};
use crate::ledger::{Filter, Stage};
use crate::register::Campaign;

/// Columns of a unit's name.
const NAME: usize = 30;

pub(super) fn campaign(args: &CampaignArgs) -> Outcome {
    let (register, _) = load_both(&args.config)?;
    let Some(campaign) = &register.settings.campaign else {
        let next = "请在登记表里写 [settings.campaign]，写法见 xunjian init 生成的样例";
        return Err(CliError::new(Exit::NotFound, format!("登记表里没有专项整治。{next}。")));
    };
    let clock = Clock::system();
    let mut out = head(campaign, clock.today());
    block_on(async {
        if !args.data.data.join("ledger.db").exists() {
            out.push_str("\n还没有台账，先巡查或导入自查表。\n");
            return print(out.trim_end()).map(|()| Exit::Done);
        }
        let ledger = open(&args.data, &clock).await?;
        let sheets = ledger.selfchecks().await.map_err(ledger_error)?;
        let rows = ledger.problems(&Filter::everything()).await.map_err(ledger_error)?;
        out.push_str(&format!("\n{}  自查表      列入  未销号  超期  已销号\n", padded("单位")));
        for unit in &register.units {
            let own: Vec<&ProblemView> = rows.iter().filter(|r| r.unit_id == unit.id && !r.number.is_empty()).collect();
            let count = |is: &dyn Fn(&ProblemView) -> bool| own.iter().filter(|r| is(r)).count();
            let sheet = sheets.get(&unit.id).map_or("未交".to_owned(), |s| s.on.to_string());
            let listed = count(&|r| r.stage != Stage::Dismissed);
            let open = count(&|r| r.stage.is_unsolved());
            let late = count(&|r| r.stage.is_unsolved() && r.clock == Clockface::Red);
            let closed = count(&|r| r.stage == Stage::Closed);
            let sheet = format!("{sheet}{}", " ".repeat(10_usize.saturating_sub(sheet.width_cjk())));
            out.push_str(&format!("{}  {sheet}  {listed:>4}  {open:>6}  {late:>4}  {closed:>6}\n", padded(&unit.name)));
        }
        print(out.trim_end()).map(|()| Exit::Done)
    })?
}

/// Phases, reports and the last day of every time limit.
fn head(campaign: &Campaign, today: Date) -> String {
    let mut out = campaign.title.clone();
    if !campaign.document.is_empty() {
        out.push_str(&format!("（{}）", campaign.document));
    }
    out.push('\n');
    for phase in &campaign.phases {
        let state = match () {
            () if today > phase.until => "已结束".to_owned(),
            () if today < phase.from => "未开始".to_owned(),
            () => format!("进行中，还有 {} 天", days(today, phase.until)),
        };
        out.push_str(&format!(
            "  {}  {} 至 {}  {state}\n",
            phase.name,
            date_words(phase.from),
            date_words(phase.until)
        ));
    }
    let left = |day: Date| match days(today, day) {
        0 => "今天截止".to_owned(),
        n @ 1.. => format!("还有 {n} 天"),
        n => format!("已过 {} 天", -n),
    };
    if let Some(day) = campaign.next_report(today) {
        out.push_str(&format!("  下次月报：{} 前报送，{}\n", date_words(day.tomorrow().unwrap_or(day)), left(day)));
    }
    if let Some(day) = campaign.overall_report {
        out.push_str(&format!("  总体报告：{} 前报送，{}\n", date_words(day), left(day)));
    }
    if let Some(day) = campaign.rectify_until {
        out.push_str(&format!("  整改时限不晚于 {}\n", date_words(day)));
    }
    out
}

fn days(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// A name in its column; what is too long runs over.
fn padded(name: &str) -> String {
    format!("{name}{}", " ".repeat(NAME.saturating_sub(name.width_cjk())))
}
