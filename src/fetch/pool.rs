//! The second hand: reqwest, for everything that is not first contact. One client per look, made when it is first needed,
//! so that a second look never finds a connection of the first.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, HOST, HeaderMap, HeaderValue, USER_AGENT,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use rustls::ClientConfig;
use url::Url;

use crate::evidence::{Cause, Failure, Hop, Stage};

use super::body::Intake;
use super::fault::{self, Until, find, find_io, millis, words};
use super::head;
use super::style::Style;
use super::target::Target;

pub(super) struct Pool {
    client: reqwest::Client,
    pins: Arc<Pins>,
}

/// Addresses chosen by the look; the client resolves nothing by itself.
#[derive(Default)]
struct Pins(Mutex<HashMap<String, SocketAddr>>);

impl Resolve for Pins {
    fn resolve(&self, name: Name) -> Resolving {
        let pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name.as_str()).copied();
        Box::pin(std::future::ready(match pinned {
            Some(address) => Ok(Box::new(std::iter::once(address)) as Addrs),
            None => Err(format!("no address was chosen for {}", name.as_str()).into()),
        }))
    }
}

impl Pool {
    pub(super) fn new(tls: ClientConfig, agent: &HeaderValue, connect: Duration) -> Result<Self, Failure> {
        let pins = Arc::new(Pins::default());
        let headers = HeaderMap::from_iter([
            (USER_AGENT, agent.clone()),
            (ACCEPT, HeaderValue::from_static(head::ACCEPT)),
            (ACCEPT_ENCODING, HeaderValue::from_static(head::ACCEPT_ENCODING)),
            (ACCEPT_LANGUAGE, HeaderValue::from_static(head::ACCEPT_LANGUAGE)),
        ]);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(pins.clone())
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(connect)
            .pool_max_idle_per_host(1)
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http2_max_header_list_size(64 * 1024)
            .build()
            .map_err(|e| Failure::new(Stage::Own, Cause::Internal, words(&e)))?;
        Ok(Pool { client, pins })
    }

    /// One GET, or HEAD where `style` says so, at the chosen address. Guises are the first hand's.
    #[expect(clippy::too_many_arguments, reason = "the parts of one exchange")]
    pub(super) async fn get(
        &self,
        url: &Url,
        target: &Target,
        address: SocketAddr,
        style: Style,
        cap: usize,
        until: Until,
        hop: &mut Hop,
    ) -> Result<(), Failure> {
        let start = Instant::now();
        let mut dialled = url.clone();
        dialled.set_fragment(None);
        // The client would turn a user part into a log-in.
        dialled.set_username("").ok();
        dialled.set_password(None).ok();
        let mut request_host = None;
        // A port in the URL overrides the resolver's, and a literal address is never resolved: both are replaced in the
        // URL and put back in the Host header.
        if target.ip.is_some_and(|ip| ip != address.ip())
            || (url.port().is_some() || target.ip.is_some()) && target.port != address.port()
        {
            if target.ip.is_some() {
                dialled.set_ip_host(address.ip()).ok();
            }
            dialled.set_port(Some(address.port())).ok();
            request_host = Some(target.authority());
        }
        self.pins.0.lock().unwrap_or_else(PoisonError::into_inner).insert(target.host.clone(), address);
        let mut request = self.client.request(style.method(), dialled);
        if let Some(host) = request_host {
            request = request.header(HOST, host);
        }
        let response = until
            .wait(Stage::Http, Cause::HttpTimeoutHeaders, async { request.send().await.map_err(|e| of(&e, false)) })
            .await?;
        hop.timing.first_byte_ms = Some(millis(start));
        hop.status = Some(response.status().as_u16());
        hop.version = Some(head::version(response.version()));
        hop.headers = head::keep(response.headers());
        if style.head_only {
            return Ok(());
        }
        let encoding =
            response.headers().get(CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let mut intake = Intake::new(cap, response.content_length());
        let result = {
            let intake = &mut intake;
            let mut response = response;
            until
                .wait(Stage::Body, Cause::HttpTimeoutBody, async move {
                    while let Some(chunk) = response.chunk().await.map_err(|e| of(&e, true))? {
                        if !intake.take(&chunk) {
                            break;
                        }
                    }
                    Ok(())
                })
                .await
        };
        let received = intake.len();
        hop.timing.body_ms = intake.elapsed_ms();
        let (body, damage) = intake.finish(&encoding, result.is_ok());
        hop.body = Some(body);
        match result.err().or(damage) {
            Some(mut failure) => {
                failure.bytes = received;
                Err(failure)
            }
            None => Ok(()),
        }
    }
}

/// The same names for the same faults as the first hand gives.
fn of(error: &reqwest::Error, body: bool) -> Failure {
    if error.is_connect() {
        if error.is_timeout() {
            return Failure::new(Stage::Tcp, Cause::TcpTimeout, words(error));
        }
        if find::<rustls::Error>(error).is_none()
            && let Some(io) = find_io(error)
        {
            // During a handshake the connection stood already.
            return match io.kind() {
                std::io::ErrorKind::UnexpectedEof => Failure::new(Stage::Tls, Cause::TlsClosed, words(error)),
                _ => fault::connect(io),
            };
        }
    }
    fault::http(error, body, false)
}
