use super::super::score::score;

/// Measured against labelled pages where such a folder is at hand; see `page score`.
#[test]
fn labelled_pages_are_read_as_labelled() {
    let Some(folder) = std::env::var_os("XUNJIAN_CORPUS") else {
        println!("skipped: XUNJIAN_CORPUS names no folder with labels.jsonl");
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let report = score(&labels, &|name| std::fs::read(folder.join(name)).ok());
    println!("{}", report.text);
    assert!(report.unusable.is_empty(), "{:?}", report.unusable);
}

#[test]
fn zz_dump() {
    let Some(files) = std::env::var_os("XJ_DUMP") else { return };
    for f in files.to_str().unwrap().split(',') {
        let bytes = std::fs::read(f).unwrap();
        let facts = super::super::read(&super::super::PageInput {
            bytes: &bytes,
            url: "https://www.example.gov.cn/",
            content_type: Some("text/html; charset=utf-8"),
            fragment: false,
        });
        println!("== {f}\n{:#?}", facts.marks);
    }
}
