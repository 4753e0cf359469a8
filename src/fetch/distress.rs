//! Signs that a server can hardly cope: then it is left alone for a while, longer each time, but never so long that its
//! neighbours at the same address are not looked at.

use std::time::Duration;

use crate::evidence::{Cause, Failure, Hop};

/// Signs in a row before anything is done about them.
const IN_A_ROW: u32 = 3;
/// The first rest doubles this often at most: 1, 2, 4, 8 seconds.
const DOUBLED: u32 = 3;
/// All rests of one address together.
const MOST: Duration = Duration::from_secs(60);
/// An answer this many times slower than usual is a sign, but only from this many milliseconds on.
const SLOWER: u32 = 4;
const SLOW_MS: u32 = 2000;

/// What one exchange says of the server's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answered after so many milliseconds.
    Answered(u32),
    /// It said that it is overloaded or broken, or nothing at all in time.
    Failing,
}

impl Sign {
    /// `None` when the exchange says nothing about it: it was ours that failed, or something that load does not explain.
    pub(super) fn of(hop: &Hop, failure: Option<&Failure>) -> Option<Sign> {
        match (failure.map(|f| f.cause), hop.status) {
            (Some(Cause::TcpTimeout | Cause::HttpTimeoutHeaders), _) => Some(Sign::Failing),
            (None, Some(500 | 502 | 503 | 504)) => Some(Sign::Failing),
            (None, Some(_)) => hop.timing.first_byte_ms.map(Sign::Answered),
            _ => None,
        }
    }
}

/// The signs of one address so far.
#[derive(Debug, Default)]
pub(super) struct Distress {
    in_a_row: u32,
    usual_ms: Option<u32>,
    rested: Duration,
}

impl Distress {
    /// Notes a sign; returns how long the address should now be left alone.
    pub(super) fn felt(&mut self, sign: Sign) -> Option<Duration> {
        if let Sign::Answered(ms) = sign
            && self.usual_ms.is_none_or(|usual| ms <= SLOW_MS.max(usual.saturating_mul(SLOWER)))
        {
            self.in_a_row = 0;
            self.usual_ms = Some(self.usual_ms.map_or(ms, |usual| usual - usual / 4 + ms / 4));
            return None;
        }
        self.in_a_row += 1;
        let over = self.in_a_row.checked_sub(IN_A_ROW)?;
        let rest = Duration::from_secs(1 << over.min(DOUBLED)).min(MOST - self.rested);
        self.rested += rest;
        (!rest.is_zero()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rests(signs: &[Sign]) -> Vec<u64> {
        let mut distress = Distress::default();
        signs.iter().map(|s| distress.felt(*s).map_or(0, |rest| rest.as_secs())).collect()
    }

    #[test]
    fn three_errors_in_a_row_earn_a_rest_that_grows_and_one_answer_ends_it() {
        use Sign::*;
        assert_eq!(rests(&[Failing, Failing, Answered(90), Failing, Failing]), [0; 5]);
        assert_eq!(rests(&[Failing; 8]), [0, 0, 1, 2, 4, 8, 8, 8]);
        let mut recovered = vec![Failing; 4];
        recovered.extend([Answered(90), Failing, Failing, Failing]);
        assert_eq!(rests(&recovered), [0, 0, 1, 2, 0, 0, 0, 1]);
        assert_eq!(
            rests(&[Failing; 400]).iter().sum::<u64>(),
            60,
            "a dead address does not hold its neighbours up for ever"
        );
    }

    #[test]
    fn answers_far_slower_than_usual_are_signs_and_a_slow_server_is_not() {
        let answers = |all: &[u32]| rests(&all.iter().map(|ms| Sign::Answered(*ms)).collect::<Vec<_>>());
        assert_eq!(answers(&[100, 120, 2500, 4000, 9000, 12_000]), [0, 0, 0, 0, 1, 2]);
        assert_eq!(answers(&[100, 500, 1900, 1990, 1999, 2000]), [0; 6], "never mind below two seconds");
        assert_eq!(answers(&[5000, 6000, 5500, 7000, 9000]), [0; 5]);
    }

    #[test]
    fn only_what_load_explains_is_a_sign() {
        let mut hop = Hop::new("http://a.gov.cn/", crate::evidence::HopKind::Start);
        let failed = |cause| Failure::new(crate::evidence::Stage::Tcp, cause, "");
        assert_eq!(Sign::of(&hop, Some(&failed(Cause::TcpTimeout))), Some(Sign::Failing));
        for cause in [Cause::TcpRefused, Cause::NoRoute, Cause::Cancelled, Cause::DnsTimeout] {
            assert_eq!(Sign::of(&hop, Some(&failed(cause))), None, "{cause:?}");
        }
        hop.timing.first_byte_ms = Some(70);
        for (status, sign) in [(200, Sign::Answered(70)), (404, Sign::Answered(70)), (502, Sign::Failing)] {
            hop.status = Some(status);
            assert_eq!(Sign::of(&hop, None), Some(sign));
        }
    }
}
