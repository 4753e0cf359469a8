//! From the libraries' errors to named causes.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use crate::evidence::{Cause, Failure, Stage};

/// Milliseconds since `start`, for evidence.
pub(super) fn millis(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX)
}

/// When a step must be done, and whether it is the look's own budget that ends it (then the site is not to blame).
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    pub(super) at: Instant,
    pub(super) ours: bool,
}

impl Until {
    /// The sooner of `self` and `limit` from now.
    pub(super) fn within(self, limit: Duration) -> Until {
        let at = Instant::now() + limit;
        if at < self.at { Until { at, ours: false } } else { self }
    }

    /// Waits for `step`, or fails with `cause` at `stage`.
    pub(super) async fn wait<T>(
        self,
        stage: Stage,
        cause: Cause,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout_at(self.at.into(), step).await {
            Ok(result) => result,
            Err(_) if self.ours => Err(Failure::new(Stage::Own, Cause::BudgetSpent, "time of this look is spent")),
            Err(_) => Err(Failure::new(stage, cause, "no answer in time")),
        }
    }
}

/// Error numbers that mean "this machine has run out of something".
#[cfg(target_os = "linux")]
const EXHAUSTED: [i32; 4] = [23, 24, 12, 105]; // ENFILE, EMFILE, ENOMEM, ENOBUFS
#[cfg(all(unix, not(target_os = "linux")))]
const EXHAUSTED: [i32; 4] = [23, 24, 12, 55];
#[cfg(windows)]
const EXHAUSTED: [i32; 4] = [10024, 10055, 8, 14]; // WSAEMFILE, WSAENOBUFS, out of memory

/// Own-side causes hidden in an I/O error, if it is one.
pub(super) fn own_side(error: &io::Error) -> Option<Cause> {
    use io::ErrorKind::*;
    if error.raw_os_error().is_some_and(|n| EXHAUSTED.contains(&n)) {
        return Some(Cause::LocalExhausted);
    }
    match error.kind() {
        AddrNotAvailable | AddrInUse | OutOfMemory => Some(Cause::LocalExhausted),
        // A packet filter of our own says "not permitted"; a machine without a route says "network unreachable".
        NetworkUnreachable | NetworkDown | PermissionDenied => Some(Cause::NoRoute),
        _ => None,
    }
}

/// What a failed TCP connect means.
pub(super) fn connect(error: &io::Error) -> Failure {
    if let Some(cause) = own_side(error) {
        return Failure::new(Stage::Own, cause, error.to_string());
    }
    let cause = match error.kind() {
        io::ErrorKind::ConnectionRefused => Cause::TcpRefused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Cause::TcpReset,
        io::ErrorKind::TimedOut => Cause::TcpTimeout,
        _ => Cause::TcpUnreachable,
    };
    Failure::new(Stage::Tcp, cause, error.to_string())
}

/// The first error of type `E` among `error` and what caused it, looking inside I/O errors too.
pub(super) fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    // `source` of an I/O error skips the error it carries.
    let carried: Option<&(dyn Error + 'static)> = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    };
    carried.and_then(find)
}

/// The innermost I/O error: libraries wrap one in another and lose its kind.
pub(super) fn find_io<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let outer: &io::Error = find(error)?;
    outer.get_ref().and_then(|inner| find_io(inner)).or(Some(outer))
}

/// All messages of an error and its sources, for technicians.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let message = source.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        next = source.source();
    }
    text.chars().take(300).collect()
}

/// What an error after the connection stood means; `body` when the head had already come.
pub(super) fn http(error: &(dyn Error + 'static), body: bool, certificate_asked: bool) -> Failure {
    if let Some(failure) = super::tls::after_handshake(error, certificate_asked) {
        return failure;
    }
    let failure = after_connect(error, body);
    // TLS 1.3 refuses a missing certificate after the handshake; a reset on its heels swallows the alert that says so.
    match failure.cause {
        Cause::TcpReset | Cause::HttpClosed if certificate_asked && !body => {
            Failure::new(Stage::Tls, Cause::TlsClientCertificate, failure.detail)
        }
        _ => failure,
    }
}

fn after_connect(error: &(dyn Error + 'static), body: bool) -> Failure {
    let stage = if body { Stage::Body } else { Stage::Http };
    let failure = |cause| Failure::new(stage, cause, words(error));
    let ended = if body { Cause::HttpShortBody } else { Cause::HttpClosed };
    if let Some(hyper) = find::<hyper::Error>(error) {
        // hyper names a head over its limits only in words.
        if hyper.is_parse() && hyper.to_string().contains("too large") {
            return failure(Cause::HttpHeaderFlood);
        }
        if hyper.is_parse() {
            return failure(Cause::HttpMalformed);
        }
        if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled() {
            return failure(ended);
        }
    }
    if let Some(io) = find_io(error) {
        use io::ErrorKind::*;
        if let Some(cause) = own_side(io) {
            return Failure::new(Stage::Own, cause, words(error));
        }
        return failure(match io.kind() {
            UnexpectedEof | BrokenPipe | NotConnected => ended,
            ConnectionReset | ConnectionAborted if body => Cause::HttpShortBody,
            ConnectionReset | ConnectionAborted => Cause::TcpReset,
            TimedOut if body => Cause::HttpTimeoutBody,
            TimedOut => Cause::HttpTimeoutHeaders,
            _ => Cause::HttpMalformed,
        });
    }
    failure(Cause::HttpMalformed)
}
