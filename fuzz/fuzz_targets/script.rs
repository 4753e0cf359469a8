//! Any text as a script file of a page.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xunjian::evidence::page::read_script;

fuzz_target!(|text: &str| {
    read_script(text.as_bytes(), "https://www.test.gov.cn/foot.js", None, Some("utf-8"), "https://www.test.gov.cn/");
});
