//! The files opened by an office suite, when this machine has one.

use std::path::Path;
use std::process::Command;

use jiff::civil::date;

use super::fixtures::{labels, problem};
use super::form::{Annex, Coverage, FormOptions, FormSpec};
use super::letter::letters;
use super::letter::tests::{hint, sender};

/// Pages of each file after conversion to PDF, in order; `None` (with the reason printed) without an office suite.
fn converted_pages(files: &[(&str, Vec<u8>)]) -> Option<Vec<usize>> {
    if Command::new("soffice").arg("--version").output().is_err() {
        println!("skipped: soffice is not installed, so the files were not opened in an office suite");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("soffice");
    let profile = folder.path().join("profile");
    command.args(["--headless", "--convert-to", "pdf", "--outdir"]).arg(folder.path());
    command.arg(format!("-env:UserInstallation=file://{}", profile.display()));
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        command.arg(path);
    }
    let output = command.output().unwrap();
    let pages = |name: &str| {
        let path = folder.path().join(Path::new(name).with_extension("pdf"));
        let pdf = std::fs::read(&path).unwrap_or_else(|e| panic!("{name} was not converted ({e}): {output:?}"));
        pdf.windows(11).filter(|w| w.starts_with(b"/Type/Page") && w[10] != b's').count()
    };
    Some(files.iter().map(|(name, _)| pages(name)).collect())
}

#[test]
fn both_forms_open_in_an_office_suite_with_the_expected_pages() {
    let options = FormOptions {
        office: "榆林市人民政府办公室".to_owned(),
        coverage: Some(Coverage { planned: 54, covered: 54, undetermined: 0 }),
        checksum: Some("7QF3-91KD-02XM@18204".to_owned()),
        ..FormOptions::new(Annex::One, date(2020, 5, 12))
    };
    let many: Vec<_> = (1..=40).map(problem).collect();
    let form = |rows: usize| FormSpec::build(&options, &many[..rows]);
    let draft = FormSpec { draft: true, ..form(3) };
    let files = [
        ("none.docx", super::docx::build(&form(0)).unwrap()),
        ("draft.docx", super::docx::build(&draft).unwrap()),
        ("many.docx", super::docx::build(&form(40)).unwrap()),
        ("none_sheet.xlsx", super::xlsx::build(&form(0), &[], &labels()).unwrap()),
    ];
    let Some(pages) = converted_pages(&files) else { return };
    assert_eq!(pages[..2], [1, 1]);
    assert!((5..=12).contains(&pages[2]), "{pages:?}");
    // The form, the data, the evidence and the instructions; the hidden sheet is not printed.
    assert_eq!(pages[3], 4);
}

#[test]
fn each_letter_opens_on_a_page_of_its_own() {
    let long = "洛水市行政审批服务局政务服务管理办公室门户网站";
    let hints = [
        hint("洛水市教育局", "洛水市教育局网站", "b"),
        hint("洛水市行政审批服务局", long, "b"),
        hint("洛水市行政审批服务局", "洛水市公共资源交易网", "b"),
    ];
    let letters = letters(&hints, &["b"]);
    let files = [("letters.docx", super::docx::build_letters(&letters, &sender(&["192.0.2.7"])).unwrap())];
    let Some(pages) = converted_pages(&files) else { return };
    assert!((2..=4).contains(&pages[0]), "{pages:?}");
}

#[test]
fn every_paper_opens_in_an_office_suite_and_keeps_its_pages() {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, paper) in super::forms::tests::every() {
        files.push((format!("{name}.docx"), super::docx::build_paper(&paper).unwrap()));
    }
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    if let Ok(folder) = std::env::var("XUNJIAN_KEEP_FORMS") {
        for (name, bytes) in &files {
            std::fs::write(Path::new(&folder).join(name), bytes).unwrap();
        }
    }
    let Some(pages) = converted_pages(&files) else { return };
    // Two notices with a return slip each; one sheet per row in review and in 挂账; lists on one page.
    assert_eq!(pages[..5], [4, 1, 1, 1, 1]);
    assert!((1..=2).contains(&pages[5]), "{pages:?}");
}
