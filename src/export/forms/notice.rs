//! 整改通知单 with its 回执, one per unit.

use crate::ledger::view::{ProblemView, Stage};
use crate::rule::Severity;

use super::super::paper::{Block, Kind, Layout, Paper, Row, Table};
use super::super::text::{clean, one_line};
use super::{Issuer, limit, narrow, said, site_name};

const NAME: &str = "政府网站问题整改通知单";

/// One notice per unit over its rows that await rectification (待整改, 整改中), units in the order of `problems`; each notice and its return
/// slip begin on pages of their own. `None` when nothing is to be notified. Marked 草稿 while a measure is neither confirmed nor issued.
pub fn notices(issuer: &Issuer, problems: &[ProblemView]) -> Option<Paper> {
    let asked = |p: &&ProblemView| matches!(p.stage, Stage::Open | Stage::Rectifying) && p.severity > Severity::Hint;
    let mut units: Vec<(&str, Vec<&ProblemView>)> = Vec::new();
    for problem in problems.iter().filter(asked) {
        match units.iter_mut().find(|(id, _)| *id == problem.unit_id) {
            Some((_, rows)) => rows.push(problem),
            None => units.push((&problem.unit_id, vec![problem])),
        }
    }
    let mut paper = Paper::new(NAME, &issuer.office, issuer.date, Layout::Portrait);
    paper.draft = units.iter().flat_map(|(_, rows)| rows).any(|p| !p.measure_stands());
    for (i, (_, rows)) in units.iter().enumerate() {
        if i > 0 {
            paper.blocks.push(Block::Break { restart: true });
        }
        notice(issuer, rows, &mut paper.blocks);
        paper.blocks.push(Block::Break { restart: false });
        receipt(issuer, rows, &mut paper.blocks);
    }
    (!units.is_empty()).then_some(paper)
}

fn notice(issuer: &Issuer, problems: &[&ProblemView], out: &mut Vec<Block>) {
    let unit = problems.first().map(|p| one_line(&p.unit)).unwrap_or_default();
    let rows = problems.iter().enumerate().map(|(i, p)| {
        let name = format!("{}\n（{}）", site_name(p), p.handle());
        vec![(i + 1).to_string(), name, said(p), clean(&p.measure), narrow(&limit(p))]
    });
    let columns = [
        ("序号", 12.0, Kind::Centred),
        ("网站名称及问题编号", 36.0, Kind::Text),
        ("存在问题", 44.0, Kind::Text),
        ("整改措施", 39.0, Kind::Text),
        ("整改时限", 25.0, Kind::Centred),
    ];
    let contact = match (issuer.contact_person.trim(), issuer.contact_phone.trim()) {
        ("", "") => None,
        (person, phone) => Some(format!("（联系人：{}，联系电话：{}）", one_line(person), one_line(phone))),
    };
    out.extend([
        Block::Title(NAME.to_owned()),
        Block::Salute(format!("{unit}：")),
        Block::Text(format!(
            "按照政府网站常态化监管要求，我单位对你单位主办的政府网站进行了检查，发现下列{}个问题，请按要求整改。",
            problems.len()
        )),
        Block::Table(Table::headed(&columns, rows.collect(), "")),
        Block::Note(issuer.code_line()),
        Block::Text("一、对照问题逐项整改，举一反三，排查同类问题。".to_owned()),
        Block::Text(
            "二、在整改时限内完成整改，并将整改回执（附后）加盖公章报送我单位。不能按期完成的，应在时限届满前书面说明原因，申请延期或者挂账。"
                .to_owned(),
        ),
        Block::Text("三、收到回执后，我单位组织复查。复查通过的予以销号，未通过的退回继续整改。".to_owned()),
    ]);
    out.push(Block::Signature(one_line(&issuer.office), issuer.date_text()));
    out.extend(contact.map(Block::Text));
}

fn receipt(issuer: &Issuer, problems: &[&ProblemView], out: &mut Vec<Block>) {
    let unit = problems.first().map(|p| one_line(&p.unit)).unwrap_or_default();
    let columns = [
        ("序号", 12.0, Kind::Centred),
        ("问题编号", 40.0, Kind::Centred),
        ("整改完成情况", 60.0, Kind::Text),
        ("完成日期", 24.0, Kind::Centred),
        ("备注", 20.0, Kind::Text),
    ];
    let blank = String::new;
    let rows = problems
        .iter()
        .enumerate()
        .map(|(i, p)| vec![(i + 1).to_string(), p.handle().to_owned(), blank(), blank(), blank()]);
    let mut table = Table::headed(&columns, rows.collect(), "");
    for row in &mut table.rows {
        row.mm = 16.0;
    }
    out.extend([
        Block::Title("整改回执".to_owned()),
        Block::Salute(format!("{}：", one_line(&issuer.office))),
        Block::Text(format!("{}发出的整改通知单收悉，现将整改情况报告如下：", issuer.date_text())),
        Block::Table(table),
        Block::Table(Table::facts(
            &[34.0, 44.0, 34.0, 44.0],
            vec![
                Row::tall(vec!["填报人".to_owned(), blank(), "联系电话".to_owned(), blank()], 12.0),
                Row::tall(vec!["负责人（签字）".to_owned(), blank(), "报送日期".to_owned(), blank()], 12.0),
            ],
        )),
        Block::Signature(format!("{unit}（盖章）"), "　　　　年　　月　　日".to_owned()),
    ]);
}
