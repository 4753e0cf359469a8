//! Bodies under a cap, on the wire and decoded alike.

use std::sync::Arc;
use std::time::Instant;

use super::fault::millis;
use crate::evidence::http::decode;
use crate::evidence::{Body, Cause, Failure, Stage};

/// Collects the bytes of one body until its cap.
#[derive(Debug)]
pub(super) struct Intake {
    wire: Vec<u8>,
    cap: usize,
    cut: bool,
    begun: Option<Instant>,
}

impl Intake {
    /// `promised` is the length the head announced; it only sizes the first allocation.
    pub(super) fn new(cap: usize, promised: Option<u64>) -> Self {
        let hint = promised.and_then(|n| usize::try_from(n).ok()).unwrap_or(0).min(cap).min(64 * 1024);
        Intake { wire: Vec::with_capacity(hint), cap, cut: false, begun: None }
    }

    /// Takes what fits. `false` when the cap is reached and nothing more is wanted.
    pub(super) fn take(&mut self, bytes: &[u8]) -> bool {
        if !bytes.is_empty() {
            self.begun.get_or_insert_with(Instant::now);
        }
        let room = self.cap - self.wire.len();
        if bytes.len() > room {
            self.wire.extend_from_slice(&bytes[..room]);
            self.cut = true;
            return false;
        }
        self.wire.extend_from_slice(bytes);
        true
    }

    /// Since the first byte; `None` while there is none.
    pub(super) fn elapsed_ms(&self) -> Option<u32> {
        self.begun.map(millis)
    }

    pub(super) fn len(&self) -> u64 {
        self.wire.len() as u64
    }

    /// The body as evidence, and a failure when its encoding cannot be undone. A cut or failed transfer is expected to be
    /// damaged; that is not the encoding's fault.
    pub(super) fn finish(self, encoding: &str, whole: bool) -> (Body, Option<Failure>) {
        let encoding = encoding.trim().to_ascii_lowercase();
        if encoding.is_empty() || encoding == "identity" {
            let bytes = Arc::from(self.wire.as_slice());
            return (Body { wire: self.wire, encoding: String::new(), cut: self.cut, bytes }, None);
        }
        let decoded = decode(&self.wire, &encoding, self.cap);
        let damaged = decoded.damaged && whole && !self.cut && !self.wire.is_empty();
        let failure =
            damaged.then(|| Failure::new(Stage::Body, Cause::HttpBadEncoding, format!("content-encoding {encoding}")));
        let cut = self.cut || decoded.cut;
        (Body { wire: self.wire, encoding, cut, bytes: decoded.bytes.into() }, failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_stops_at_its_cap_and_says_so() {
        let mut intake = Intake::new(10, Some(u64::MAX));
        assert!(intake.take(b"12345678"));
        assert!(!intake.take(b"90ab"));
        let (body, failure) = intake.finish("", true);
        assert_eq!((&body.bytes[..], body.cut, failure), (&b"1234567890"[..], true, None));
    }

    #[test]
    fn a_wrong_encoding_is_named_and_its_bytes_are_kept() {
        let mut intake = Intake::new(100, None);
        intake.take(b"<html>plain</html>");
        let (body, failure) = intake.finish("GZIP", true);
        assert_eq!(failure.map(|f| f.cause), Some(Cause::HttpBadEncoding));
        assert_eq!(body.wire, b"<html>plain</html>");
    }
}
