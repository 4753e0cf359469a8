//! One question: a ClientHello sent over a fresh connection, the answer read as far as it goes, the connection dropped.

use std::time::Instant;

use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::evidence::hello::{HelloAnswer, HelloLook, Offer};
use crate::evidence::{Cause, Failure, Stage};
use crate::fetch::fault::{Until, millis, own_side};
use crate::fetch::target::Target;

use super::flight::Flight;
use super::hello::client_hello;

/// Asks once. The answer is never an error: what prevented one is an answer of its own.
pub(super) async fn ask(
    provider: &CryptoProvider,
    mut tcp: TcpStream,
    target: &Target,
    offer: Offer,
    now: Timestamp,
    until: Until,
) -> HelloLook {
    let start = Instant::now();
    let mut random = [0u8; 32];
    let filled = provider.secure_random.fill(&mut random).is_ok();
    let name = target.ip.is_none().then_some(target.host.as_str());
    let message = client_hello(offer, name, &random);
    let mut flight = Flight::new(offer);
    let talk = async {
        if let Err(error) = tcp.write_all(&message).await {
            return Ok(of_error(&error));
        }
        let mut buffer = [0u8; 4096];
        loop {
            match tcp.read(&mut buffer).await {
                Ok(0) => return Ok(flight.end(HelloAnswer::Closed)),
                Ok(count) => {
                    if let Some(answer) = flight.feed(&buffer[..count]) {
                        return Ok(answer);
                    }
                }
                Err(error) => return Ok(flight.end(of_error(&error))),
            }
        }
    };
    let answer = match filled {
        true => until.wait(Stage::Tls, Cause::TlsTimeout, talk).await,
        false => Ok(HelloAnswer::Unasked(Cause::Internal)),
    };
    let answer = answer.unwrap_or_else(|failure| flight.end(of_failure(&failure)));
    HelloLook {
        host: target.host.clone(),
        port: target.port,
        address: tcp.peer_addr().map(|a| a.to_string()).unwrap_or_default(),
        at: now,
        offer,
        answer,
        nth: 0,
        sent: u32::try_from(message.len()).unwrap_or(u32::MAX),
        received: u32::try_from(flight.received()).unwrap_or(u32::MAX),
        elapsed_ms: millis(start),
    }
}

/// A connection that did not come about, or a wait that ended, as an answer.
pub(super) fn of_failure(failure: &Failure) -> HelloAnswer {
    match failure.cause {
        Cause::TlsTimeout | Cause::TcpTimeout => HelloAnswer::Silent,
        Cause::TcpReset | Cause::TlsReset => HelloAnswer::Reset,
        cause => HelloAnswer::Unasked(cause),
    }
}

fn of_error(error: &std::io::Error) -> HelloAnswer {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut};
    match (own_side(error), error.kind()) {
        (Some(cause), _) => HelloAnswer::Unasked(cause),
        (None, ConnectionReset | ConnectionAborted | BrokenPipe) => HelloAnswer::Reset,
        (None, TimedOut) => HelloAnswer::Silent,
        (None, _) => HelloAnswer::Malformed,
    }
}
