//! Any bytes as a server's first flight: no panic, and the same answer however the network cuts them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use xunjian::evidence::hello::{HelloAnswer, Offer};
use xunjian::fetch::read_answer;

/// Every kind of question.
const OFFERS: [Offer; 11] = [
    Offer::Old,
    Offer::Tls13,
    Offer::Tlcp,
    Offer::TlcpBare,
    Offer::Ssl3,
    Offer::Tls10,
    Offer::Tls11,
    Offer::Tls12,
    Offer::WeakSuites,
    Offer::Dhe,
    Offer::Rfc8998,
];

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else { return };
    let offer = OFFERS[usize::from(first) % OFFERS.len()];
    let whole = read_answer(offer, [bytes]);
    let bit_by_bit = read_answer(offer, bytes.chunks(1 + usize::from(first) / OFFERS.len()));
    assert_eq!(whole, bit_by_bit, "cut otherwise");
    if let HelloAnswer::Accepted(accepted) = whole {
        assert!(!accepted.suite.is_empty() && accepted.dh_bits.is_none_or(|bits| bits <= 8 * 65_536));
    }
});
