//! Why a handshake was refused.

use std::io;

use rustls::{AlertDescription, InvalidMessage, PeerIncompatible};

use crate::evidence::{Cause, Failure, Stage};

use crate::fetch::fault::{find, own_side, words};

/// Record version of TLCP (GB/T 38636-2020).
const TLCP: [u8; 2] = [1, 1];
/// Record content types from change_cipher_spec to application_data (RFC 8446 §5.1).
const RECORD_TYPES: std::ops::RangeInclusive<u8> = 20..=23;

/// Names the refusal; `first` are the first bytes the peer sent, zeros when it sent none.
pub(super) fn of_handshake(error: &io::Error, first: &[u8; 8], certificate_asked: bool) -> Failure {
    let failure = |stage, cause| Failure::new(stage, cause, words(error));
    let spoke = first.iter().any(|b| *b != 0);
    if let Some(tls) = find::<rustls::Error>(error) {
        if spoke && RECORD_TYPES.contains(&first[0]) && first[1..3] == TLCP {
            return failure(Stage::Tls, Cause::TlsNationalCrypto);
        }
        if spoke && !RECORD_TYPES.contains(&first[0]) {
            return failure(Stage::Tls, Cause::TlsNotTls);
        }
        return failure(Stage::Tls, cause_of(tls, certificate_asked));
    }
    if let Some(cause) = own_side(error) {
        return failure(Stage::Own, cause);
    }
    failure(
        Stage::Tls,
        match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
                Cause::TlsReset
            }
            io::ErrorKind::UnexpectedEof if spoke && !RECORD_TYPES.contains(&first[0]) => Cause::TlsNotTls,
            io::ErrorKind::UnexpectedEof => Cause::TlsClosed,
            io::ErrorKind::TimedOut => Cause::TlsTimeout,
            _ => Cause::TlsMalformed,
        },
    )
}

fn cause_of(error: &rustls::Error, certificate_asked: bool) -> Cause {
    use AlertDescription as Alert;
    match error {
        rustls::Error::AlertReceived(alert) => match alert {
            Alert::CertificateRequired | Alert::NoCertificate => Cause::TlsClientCertificate,
            // Before TLS 1.3 a server that misses our certificate says only "handshake failure" or "bad certificate".
            Alert::HandshakeFailure | Alert::BadCertificate | Alert::AccessDenied if certificate_asked => {
                Cause::TlsClientCertificate
            }
            Alert::ProtocolVersion => Cause::TlsVersionUnsupported,
            Alert::HandshakeFailure | Alert::InsufficientSecurity => Cause::TlsNoSharedCipher,
            _ => Cause::TlsAlert,
        },
        rustls::Error::PeerIncompatible(why) => match why {
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled => Cause::TlsVersionUnsupported,
            _ => Cause::TlsNoSharedCipher,
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Cause::TlsNotTls,
        rustls::Error::InvalidMessage(InvalidMessage::UnsupportedKeyExchangeAlgorithm(_)) => Cause::TlsNoSharedCipher,
        // A server that answers with a suite or group we never offered speaks something else than we do.
        rustls::Error::PeerMisbehaved(
            rustls::PeerMisbehaved::SelectedUnofferedCipherSuite | rustls::PeerMisbehaved::SelectedUnofferedKxGroup,
        ) => Cause::TlsNoSharedCipher,
        _ => Cause::TlsMalformed,
    }
}

/// A TLS error that arrived in the place of an HTTP answer. TLS 1.3 servers demand a client certificate only there.
pub(in crate::fetch) fn after_handshake(
    error: &(dyn std::error::Error + 'static),
    certificate_asked: bool,
) -> Option<Failure> {
    let tls = find::<rustls::Error>(error)?;
    Some(Failure::new(Stage::Tls, cause_of(tls, certificate_asked), words(error)))
}
