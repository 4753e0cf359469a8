//! Any bytes as a page: no panic, no endless time, and every range points into the decoded text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xunjian::evidence::page::{PageInput, read};

/// What a server may say of the bytes; the first byte of the input chooses.
const CONTENT_TYPES: [Option<&str>; 6] = [
    None,
    Some("text/html; charset=utf-8"),
    Some("text/html; charset=gb2312"),
    Some("text/html; charset=utf-16"),
    Some("text/html;charset=big5"),
    Some("text/html"),
];

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else { return };
    let content_type = CONTENT_TYPES[usize::from(first) % CONTENT_TYPES.len()];
    let input =
        PageInput { bytes, url: "https://www.test.gov.cn/index.html", content_type, fragment: first >= 128 };
    let facts = read(&input);
    assert_eq!(facts, read(&input), "the same bytes read twice");
});
