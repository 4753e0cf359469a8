//! TLS: a handshake that records every verdict instead of failing at the first.

mod ask;
mod facts;
mod flight;
mod hello;
mod offline;
mod refusal;
mod verify;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use jiff::Timestamp;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::evidence::hello::{HelloAnswer, HelloLook, Offer};
use crate::evidence::{Cause, Failure, Stage, TlsLook};

use super::fault::{Until, millis};
use super::settings::SetupError;
use super::target::Target;

pub use offline::{ChainReader, read_answer};
pub(super) use refusal::after_handshake;

/// What a connection that did not come about answers to a question.
pub(super) fn unanswered(failure: &Failure) -> HelloAnswer {
    ask::of_failure(failure)
}

/// What all handshakes of a fetcher share: roots, provider, and a configuration to copy from.
pub(super) struct Tls {
    base: ClientConfig,
    authority: Arc<verify::Authority>,
}

/// A stream under TLS, and what must still be known about it later.
pub(super) struct Secured {
    pub(super) stream: TlsStream<Sniffed>,
    pub(super) http2: bool,
    /// The server asked for a client certificate: a refusal after the handshake then means that.
    pub(super) client_certificate: bool,
}

impl Tls {
    pub(super) fn new(extra: &[CertificateDer<'static>]) -> Result<Self, SetupError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in extra {
            roots.add(root.clone()).map_err(|e| SetupError::Root(e.to_string()))?;
        }
        let provider = provider();
        let authority = Arc::new(verify::Authority::new(roots, provider.clone()));
        let mut base = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verify::Unjudged::new(&authority)))
            .with_no_client_auth();
        // A resumed session shows no certificate.
        base.resumption = Resumption::disabled();
        base.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Tls { base, authority })
    }

    /// A configuration for the pooled client: certificates are not judged there, only first contact judges.
    pub(super) fn unjudged(&self) -> ClientConfig {
        self.base.clone()
    }

    /// One question by a ClientHello that is never completed.
    pub(super) async fn ask(
        &self,
        tcp: TcpStream,
        target: &Target,
        offer: Offer,
        now: Timestamp,
        until: Until,
    ) -> HelloLook {
        ask::ask(self.authority.provider(), tcp, target, offer, now, until).await
    }

    /// One handshake. The look is complete in either case; its failure, if any, is also the error.
    pub(super) async fn handshake(
        &self,
        tcp: TcpStream,
        target: &Target,
        address: SocketAddr,
        now: Timestamp,
        until: Until,
    ) -> (TlsLook, Option<Secured>) {
        let start = Instant::now();
        let mut look = TlsLook {
            host: target.host.clone(),
            port: target.port,
            address: address.to_string(),
            at: now,
            failure: None,
            protocol: None,
            cipher: None,
            group: None,
            alpn: None,
            chain: Vec::new(),
            faults: Vec::new(),
            missing_issuer: None,
            notes: Vec::new(),
            judged: false,
            elapsed_ms: 0,
        };
        let name = match target.ip {
            Some(ip) => Ok(ServerName::from(ip)),
            None => ServerName::try_from(target.host.clone()),
        };
        let Ok(name) = name else {
            look.failure =
                Some(Failure::new(Stage::Tls, Cause::TlsMalformed, "the name cannot be sent in a handshake"));
            return (look, None);
        };
        // One recorder per handshake: a shared one would mix the verdicts of different sites.
        let recorder = Arc::new(verify::Recorder::new(self.authority.clone(), now));
        let mut config = self.base.clone();
        config.dangerous().set_certificate_verifier(recorder.clone());
        config.client_auth_cert_resolver = recorder.clone();

        let mut seen = [0u8; 8];
        let step = async {
            let mut connecting = TlsConnector::from(Arc::new(config)).connect(name, Sniffed::new(tcp)).into_fallible();
            match (&mut connecting).await {
                Ok(stream) => Ok(stream),
                Err((error, io)) => {
                    seen = io.first;
                    Err(refusal::of_handshake(&error, &seen, recorder.asked_for_certificate()))
                }
            }
        };
        let result = until.wait(Stage::Tls, Cause::TlsTimeout, step).await;
        look.elapsed_ms = millis(start);
        if let Some(verdict) = recorder.take() {
            look.judged = verdict.judged;
            look.chain = verdict.chain;
            look.faults = verdict.faults;
            look.missing_issuer = verdict.missing_issuer;
            look.notes = verdict.notes;
        }
        match result {
            Ok(stream) => {
                let session = stream.get_ref().1;
                look.protocol =
                    session.protocol_version().and_then(|v| v.as_str()).map(|v| v.replace("TLSv1_", "TLSv1."));
                look.cipher = session.negotiated_cipher_suite().and_then(|s| s.suite().as_str()).map(str::to_owned);
                look.group = session.negotiated_key_exchange_group().map(|g| format!("{:?}", g.name()));
                look.alpn = session.alpn_protocol().map(|p| String::from_utf8_lossy(p).into_owned());
                let http2 = look.alpn.as_deref() == Some("h2");
                (look, Some(Secured { stream, http2, client_certificate: recorder.asked_for_certificate() }))
            }
            Err(mut failure) => {
                failure.elapsed_ms = look.elapsed_ms;
                look.failure = Some(failure);
                (look, None)
            }
        }
    }
}

/// The one place that chooses the cryptography.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A TCP stream that remembers its first bytes: a refused handshake is told apart by what the peer spoke instead.
pub(super) struct Sniffed {
    tcp: TcpStream,
    first: [u8; 8],
    filled: usize,
}

impl Sniffed {
    fn new(tcp: TcpStream) -> Self {
        Sniffed { tcp, first: [0; 8], filled: 0 }
    }
}

impl AsyncRead for Sniffed {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.tcp).poll_read(cx, buf);
        if this.filled < this.first.len() {
            let fresh = &buf.filled()[before..];
            let take = fresh.len().min(this.first.len() - this.filled);
            this.first[this.filled..this.filled + take].copy_from_slice(&fresh[..take]);
            this.filled += take;
        }
        polled
    }
}

impl AsyncWrite for Sniffed {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().tcp).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().tcp).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
