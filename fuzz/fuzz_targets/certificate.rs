//! Any bytes as a chain of certificates: no panic, small facts, and nothing unread passes.

#![no_main]

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use xunjian::fetch::ChainReader;

static READER: LazyLock<ChainReader> = LazyLock::new(|| ChainReader::new().expect("the TLS library takes its own settings"));
const AT: Timestamp = Timestamp::constant(1_788_203_520, 0);

fuzz_target!(|data: &[u8]| {
    // One byte chooses where a second certificate begins.
    let Some((&cut, bytes)) = data.split_first() else { return };
    let (leaf, rest) = bytes.split_at(bytes.len() * usize::from(cut) / 255);
    let chain: Vec<&[u8]> = if rest.is_empty() { vec![leaf] } else { vec![leaf, rest] };
    let Some((facts, faults)) = READER.judge(&chain, "www.test.gov.cn", AT) else { return };
    assert!(!faults.is_empty(), "no fuzzer signs for a public authority");
    for one in facts {
        assert!(one.names.len() <= 100 && one.names.iter().map(String::len).sum::<usize>() < 200_000);
        assert!(one.subject.len() + one.issuer.len() + one.serial.len() < 10_000);
    }
});
