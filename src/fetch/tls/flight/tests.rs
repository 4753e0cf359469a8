use proptest::prelude::*;

use super::*;
use crate::fetch::tls::hello::client_hello;

fn vector(width: usize, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    [&length[length.len() - width..], body].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [vec![kind], vector(3, body)].concat()
}

fn record(kind: u8, version: [u8; 2], body: &[u8]) -> Vec<u8> {
    [vec![kind, version[0], version[1]], vector(2, body)].concat()
}

fn hello(version: [u8; 2], suite: u16, extensions: &[u8]) -> Vec<u8> {
    let mut body = [&version[..], &[7; 32], &[0], &suite.to_be_bytes(), &[0]].concat();
    if !extensions.is_empty() {
        body.extend(vector(2, extensions));
    }
    message(2, &body)
}

fn heard(offer: Offer, bytes: &[u8]) -> HelloAnswer {
    let mut flight = Flight::new(offer);
    flight.feed(bytes).unwrap_or_else(|| flight.end(HelloAnswer::Closed))
}

/// A first flight with a prime of 1024 significant bits, a leading zero before them.
fn dhe_flight() -> Vec<u8> {
    let mut prime = vec![0];
    prime.extend([0xff; 128]);
    let exchange = [vector(2, &prime), vector(2, &[2]), vector(2, &[1; 128]), vec![2, 1], vector(2, &[9; 64])].concat();
    let renegotiation = [0xff, 1, 0, 1, 0];
    let certificate = message(11, &vector(3, &vector(3, &[0x30, 0])));
    let all = [hello([3, 3], 0x0033, &renegotiation), certificate, message(12, &exchange), message(14, &[])].concat();
    // Messages cut at odd places into records.
    all.chunks(77).flat_map(|part| record(22, [3, 3], part)).collect()
}

#[test]
fn a_whole_flight_is_read_however_it_is_cut() {
    let bytes = dhe_flight();
    for size in [1, 2, 5, 76, 1000, bytes.len()] {
        let mut flight = Flight::new(Offer::Dhe);
        let answer = bytes.chunks(size).find_map(|part| flight.feed(part)).expect("an answer");
        let accepted = answer.accepted().expect("accepted");
        assert_eq!(
            (accepted.version, accepted.suite.as_str()),
            (TlsVersion::Tls12, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA")
        );
        assert_eq!((accepted.dh_bits, accepted.secure_renegotiation), (Some(1024), Some(true)));
        assert_eq!((accepted.certificates, accepted.leaf.is_none()), (1, true));
    }
}

#[test]
fn a_flight_that_breaks_off_keeps_what_the_hello_said() {
    let bytes = dhe_flight();
    // The hello lies in the first record.
    let whole = 5 + 77;
    for cut in 0..bytes.len() {
        match heard(Offer::Dhe, &bytes[..cut]) {
            HelloAnswer::Accepted(accepted) => assert!(cut >= whole && accepted.dh_bits.is_none(), "cut at {cut}"),
            answer => assert!(answer == HelloAnswer::Closed && cut < whole, "cut at {cut}: {answer:?}"),
        }
    }
}

#[test]
fn what_was_not_offered_is_not_accepted() {
    let plain = |version, suite| record(22, version, &hello(version, suite, &[]));
    assert!(heard(Offer::Tls10, &plain([3, 1], 0x002f)).accepted().is_some());
    assert!(heard(Offer::Tlcp, &plain([1, 1], 0xe013)).accepted().is_some_and(Accepted::is_national));
    for (offer, bytes) in [
        (Offer::Tls10, plain([3, 2], 0x002f)),
        (Offer::Tls10, plain([3, 1], 0x1301)),
        (Offer::Tlcp, plain([3, 3], 0xe013)),
        (Offer::Old, plain([1, 1], 0xe013)),
        (Offer::WeakSuites, plain([3, 3], 0x002f)),
        (Offer::Old, plain([3, 3], 0x00ff)),
        (Offer::Old, plain([9, 9], 0x002f)),
    ] {
        assert!(heard(offer, &bytes).accepted().is_none(), "{offer:?} {bytes:02x?}");
    }
}

#[test]
fn tls13_accepts_by_a_retry_request_only() {
    let extensions = [&[0, 43, 0, 2, 3, 4][..], &[0, 51, 0, 2, 0, 0x29]].concat();
    let mut bytes = record(22, [3, 3], &hello([3, 3], 0x00c6, &extensions));
    assert!(heard(Offer::Rfc8998, &bytes).accepted().is_none());
    bytes[11..43].copy_from_slice(&RETRY);
    let answer = heard(Offer::Rfc8998, &bytes);
    let accepted = answer.accepted().expect("accepted");
    assert_eq!((accepted.version, accepted.suite.as_str()), (TlsVersion::Tls13, "TLS_SM4_GCM_SM3"));
    assert!(accepted.is_national());
}

#[test]
fn refusals_and_rubbish_have_names() {
    for (bytes, expected) in [
        (record(21, [3, 3], &[2, 40]), HelloAnswer::Alert(40)),
        (record(21, [1, 1], &[2, 70]), HelloAnswer::Alert(70)),
        (record(21, [3, 3], &[1, 0]), HelloAnswer::Alert(0)),
        (b"HTTP/1.1 400 Bad Request\r\n".to_vec(), HelloAnswer::NotTls),
        (vec![22, 3, 3, 0xff, 0xff], HelloAnswer::NotTls),
        (record(22, [3, 3], &[2, 0xff, 0xff, 0xff]), HelloAnswer::Malformed),
        (record(22, [3, 3], &message(14, &[])), HelloAnswer::Malformed),
        (record(23, [3, 3], &[0; 9]), HelloAnswer::Malformed),
        (record(22, [3, 3], &message(2, &[3, 3])), HelloAnswer::Malformed),
        (Vec::new(), HelloAnswer::Closed),
    ] {
        assert_eq!(heard(Offer::Old, &bytes), expected, "{bytes:02x?}");
    }
    // A warning about the name comes first, the hello behind it.
    let warned = [record(21, [3, 3], &[1, 112]), record(22, [3, 3], &hello([3, 3], 0x002f, &[]))].concat();
    assert!(heard(Offer::Old, &warned).accepted().is_some());
}

#[test]
fn floods_end_at_their_limits() {
    let empty = record(22, [3, 3], &[]).repeat(RECORDS + 1);
    assert_eq!(heard(Offer::Old, &empty), HelloAnswer::Malformed);
    let mut flight = Flight::new(Offer::Old);
    let start = record(22, [3, 3], &hello([3, 3], 0x002f, &[]));
    assert!(flight.feed(&start).is_none());
    // A certificate that never ends: the hello stands, the rest is not waited for.
    let part = record(22, [3, 3], &[11, 0, 0xf0, 0].into_iter().chain([0; 1000]).collect::<Vec<u8>>());
    let answer = (0..100).find_map(|_| flight.feed(&part)).expect("an end");
    assert!(answer.accepted().is_some());
    assert!(flight.raw.len() + flight.messages.len() <= 2 * MOST);
}

#[test]
fn hellos_are_short_and_say_what_they_offer() {
    let host = "www.some-county-bureau.yl.gov.cn";
    for offer in Offer::SURVEY.into_iter().chain(Offer::AFTER_FAILURE) {
        let bytes = client_hello(offer, Some(host), &[1; 32]);
        assert_eq!(usize::from(u16::from_be_bytes([bytes[3], bytes[4]])), bytes.len() - 5, "{offer:?}");
        let named = bytes.windows(host.len()).any(|w| w == host.as_bytes());
        assert_eq!(named, !matches!(offer, Offer::Ssl3 | Offer::TlcpBare), "{offer:?}");
        let old = !matches!(offer, Offer::Tls13 | Offer::Rfc8998);
        assert!(!old || bytes.len() <= 256, "{offer:?}: {} bytes", bytes.len());
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_none_are_read_twice(bytes in proptest::collection::vec(any::<u8>(), 0..600), cut in 1usize..50) {
        for offer in [Offer::Old, Offer::Tlcp, Offer::Rfc8998] {
            let mut flight = Flight::new(offer);
            let pieces = bytes.chunks(cut).find_map(|part| flight.feed(part));
            let pieces = pieces.unwrap_or_else(|| flight.end(HelloAnswer::Closed));
            prop_assert_eq!(pieces, heard(offer, &bytes));
        }
    }

    #[test]
    fn damage_after_the_hello_neither_panics_nor_unsays_it(at in 60usize..400, byte in any::<u8>()) {
        let mut bytes = dhe_flight();
        let at = at % bytes.len();
        if at > 90 {
            bytes[at] = byte;
        }
        prop_assert!(heard(Offer::Dhe, &bytes).accepted().is_some());
    }
}
