//! The socket: plain or TLS, and limits that a slow or greedy client runs into.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Extension};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Clients at once; further ones wait in the system's queue.
const CONNECTIONS: usize = 512;
/// Time for a request's head, and between two requests.
const HEAD: Duration = Duration::from_secs(15);
/// No connection lives longer, so that one that is read from at a trickle ends as well.
const LIFE: Duration = Duration::from_secs(600);
/// Time to finish what is under way when the service ends.
const FAREWELL: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 32 * 1024;

/// Address of whoever connected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub SocketAddr);

impl Connected<SocketAddr> for Peer {
    fn connect_info(address: SocketAddr) -> Self {
        Peer(address)
    }
}

/// Our own certificate: PEM files of the chain and of the key.
#[derive(Debug, Clone)]
pub struct Tls {
    pub chain: PathBuf,
    pub key: PathBuf,
}

/// Why the service cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on: taken, not ours, or reserved.
    #[error("{0}: {1}")]
    Address(SocketAddr, std::io::Error),
    /// Certificate or key cannot be used: act on the file.
    #[error("{}: {why}", path.display())]
    Certificate { path: PathBuf, why: String },
}

/// A socket that is listening already: who connects is not refused.
pub struct Listening {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

/// Begins to listen.
///
/// # Errors
/// [`ServeError`].
pub async fn listen(address: SocketAddr, tls: Option<&Tls>) -> Result<Listening, ServeError> {
    let tls = tls.map(acceptor).transpose()?;
    let socket = TcpListener::bind(address).await.map_err(|e| ServeError::Address(address, e))?;
    Ok(Listening { socket, tls })
}

fn acceptor(tls: &Tls) -> Result<TlsAcceptor, ServeError> {
    let fail = |path: &PathBuf, why: &dyn std::fmt::Display| ServeError::Certificate {
        path: path.clone(),
        why: why.to_string(),
    };
    let chain: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_file_iter(&tls.chain).map_err(|e| fail(&tls.chain, &e))?.collect();
    let chain = chain.map_err(|e| fail(&tls.chain, &e))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| fail(&tls.key, &e))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| fail(&tls.chain, &e))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| fail(&tls.chain, &e))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

impl Listening {
    /// Where, with the port the system chose.
    pub fn address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }

    /// Serves until `stop`, then lets what is under way finish.
    pub async fn serve(self, router: Router, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let tracker = TaskTracker::new();
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { break };
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, from) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // No more descriptors, or the client was gone again: a moment later it may do.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let router = router.clone().layer(Extension(ConnectInfo(Peer(from))));
            let (tls, stop) = (self.tls.clone(), stop.clone());
            tracker.spawn(async move {
                let _place = place;
                match tls {
                    None => connection(stream, router, stop).await,
                    Some(tls) => {
                        let shaken = tokio::time::timeout(HEAD, tls.accept(stream)).await;
                        if let Ok(Ok(stream)) = shaken {
                            connection(stream, router, stop).await;
                        }
                    }
                }
            });
        }
        tracker.close();
        let _ = tokio::time::timeout(FAREWELL, tracker.wait()).await;
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: CancellationToken,
) {
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
        () = tokio::time::sleep(LIFE) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
