//! The first hand: one connection driven by hand over hyper, so that every phase can be seen.
//!
//! The connection is polled by the task that uses it; no task is spawned for HTTP/1.1.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Instant;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderValue, REFERER, USER_AGENT,
};
use hyper::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use url::Url;

use crate::evidence::{Cause, Failure, Hop, Stage};

use super::body::Intake;
use super::fault::{self, Until, millis};
use super::head;
use super::style::Style;
use super::target::Target;
use super::tls::Secured;

/// Largest response head taken, bytes.
const HEAD: usize = 64 * 1024;

type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

enum Sender {
    One(http1::SendRequest<Empty<Bytes>>),
    Two(http2::SendRequest<Empty<Bytes>>),
}

/// One open connection to an origin.
pub(super) struct Line {
    pub(super) target: Target,
    pub(super) address: SocketAddr,
    /// Index of the handshake in the look's list.
    pub(super) tls: Option<usize>,
    pub(super) used: bool,
    client_certificate: bool,
    sender: Sender,
    driver: Option<Driver>,
}

/// A plain TCP connection, the failure named otherwise.
pub(super) async fn connect(address: SocketAddr, until: Until) -> Result<TcpStream, Failure> {
    let step = async {
        #[expect(clippy::disallowed_methods, reason = "this is the door")]
        let stream = TcpStream::connect(address).await.map_err(|e| fault::connect(&e))?;
        // Small requests must not wait for an acknowledgement.
        stream.set_nodelay(true).ok();
        Ok(stream)
    };
    until.wait(Stage::Tcp, Cause::TcpTimeout, step).await
}

impl Line {
    pub(super) async fn plain(tcp: TcpStream, target: Target, address: SocketAddr) -> Result<Line, Failure> {
        Line::over(tcp, target, address, None, false, false).await
    }

    pub(super) async fn secured(
        secured: Secured,
        target: Target,
        address: SocketAddr,
        tls: Option<usize>,
    ) -> Result<Line, Failure> {
        Line::over(secured.stream, target, address, tls, secured.http2, secured.client_certificate).await
    }

    async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        io: S,
        target: Target,
        address: SocketAddr,
        tls: Option<usize>,
        http2: bool,
        client_certificate: bool,
    ) -> Result<Line, Failure> {
        let io = TokioIo::new(io);
        let failed = |e: hyper::Error| fault::http(&e, false, client_certificate);
        let (sender, driver): (Sender, Driver) = if http2 {
            let (sender, connection) = http2::Builder::new(TokioExecutor::new())
                .max_header_list_size(HEAD as u32)
                .handshake(io)
                .await
                .map_err(failed)?;
            (Sender::Two(sender), Box::pin(async move { connection.await.unwrap_or_default() }))
        } else {
            let (sender, connection) = http1::Builder::new()
                .max_buf_size(HEAD)
                .ignore_invalid_headers_in_responses(true)
                .allow_obsolete_multiline_headers_in_responses(true)
                .allow_spaces_after_header_name_in_responses(true)
                .handshake(io)
                .await
                .map_err(failed)?;
            (Sender::One(sender), Box::pin(async move { connection.await.unwrap_or_default() }))
        };
        Ok(Line { target, address, tls, used: false, client_certificate, sender, driver: Some(driver) })
    }

    /// May another request be sent here?
    pub(super) fn is_open(&self) -> bool {
        self.driver.is_some()
            && match &self.sender {
                Sender::One(sender) => !sender.is_closed(),
                Sender::Two(sender) => !sender.is_closed(),
            }
    }

    /// One GET, or as `style` says. `hop` takes what came, also when the end is a failure. `Ok(true)` when the connection may be used again.
    pub(super) async fn get(
        &mut self,
        url: &Url,
        agent: &HeaderValue,
        style: Style,
        cap: usize,
        until: Until,
        hop: &mut Hop,
    ) -> Result<bool, Failure> {
        let start = Instant::now();
        self.used = true;
        let request = self.request(url, agent, style)?;
        let certificate = self.client_certificate;
        let response = until
            .wait(Stage::Http, Cause::HttpTimeoutHeaders, async {
                self.send(request).await.map_err(|e| fault::http(&e, false, certificate))
            })
            .await?;
        hop.timing.first_byte_ms = Some(millis(start));
        hop.status = Some(response.status().as_u16());
        hop.version = Some(head::version(response.version()));
        hop.headers = head::keep(response.headers());
        if style.head_only {
            return Ok(self.is_open());
        }
        self.body(response, cap, until, hop).await
    }

    fn request(&self, url: &Url, agent: &HeaderValue, style: Style) -> Result<Request<Empty<Bytes>>, Failure> {
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authority = self.target.authority();
        let uri = match &self.sender {
            Sender::One(_) => path.parse::<Uri>(),
            Sender::Two(_) => format!("https://{authority}{path}").parse(),
        };
        let unsendable = |e: &dyn std::fmt::Display| Failure::new(Stage::Http, Cause::HttpBadLocation, e.to_string());
        let mut request = Request::new(Empty::new());
        *request.method_mut() = style.method();
        *request.uri_mut() = uri.map_err(|e| unsendable(&e))?;
        let headers = request.headers_mut();
        headers.reserve(5);
        if matches!(self.sender, Sender::One(_)) {
            headers.insert(HOST, HeaderValue::from_str(&authority).map_err(|e| unsendable(&e))?);
        }
        let guise = style.agent(agent.to_str().unwrap_or_default());
        headers.insert(USER_AGENT, guise.map_or_else(|| agent.clone(), |text| head::value(&text)));
        if let Some(referer) = style.referer() {
            headers.insert(REFERER, HeaderValue::from_static(referer));
        }
        headers.insert(ACCEPT, HeaderValue::from_static(head::ACCEPT));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(head::ACCEPT_ENCODING));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(head::ACCEPT_LANGUAGE));
        Ok(request)
    }

    async fn send(&mut self, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, hyper::Error> {
        match &mut self.sender {
            Sender::One(sender) => {
                drive(&mut self.driver, sender.ready()).await?;
                drive(&mut self.driver, sender.send_request(request)).await
            }
            Sender::Two(sender) => {
                drive(&mut self.driver, sender.ready()).await?;
                drive(&mut self.driver, sender.send_request(request)).await
            }
        }
    }

    async fn body(
        &mut self,
        response: Response<Incoming>,
        cap: usize,
        until: Until,
        hop: &mut Hop,
    ) -> Result<bool, Failure> {
        let (parts, mut incoming) = response.into_parts();
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.trim().parse().ok());
        let encoding = parts.headers.get(CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let delimited = length.is_some()
            || parts.headers.contains_key(hyper::header::TRANSFER_ENCODING)
            || parts.version == hyper::Version::HTTP_2;
        let mut intake = Intake::new(cap, length);
        let mut more = true;
        let result = {
            let (driver, intake, more) = (&mut self.driver, &mut intake, &mut more);
            let certificate = self.client_certificate;
            until
                .wait(Stage::Body, Cause::HttpTimeoutBody, async move {
                    while let Some(frame) = drive(driver, incoming.frame()).await {
                        let frame = frame.map_err(|e| fault::http(&e, true, certificate))?;
                        if let Some(data) = frame.data_ref()
                            && !intake.take(data)
                        {
                            *more = false;
                            break;
                        }
                    }
                    Ok(())
                })
                .await
        };
        // Without a length the end of the connection is the end of the body; old servers end it without saying goodbye.
        let result = result.or_else(|f| match f.cause {
            Cause::HttpShortBody if !delimited && intake.len() > 0 => {
                more = false;
                Ok(())
            }
            _ => Err(f),
        });
        let received = intake.len();
        hop.timing.body_ms = intake.elapsed_ms();
        let (body, damage) = intake.finish(encoding, result.is_ok());
        hop.body = Some(body);
        match result.err().or(damage) {
            Some(mut failure) => {
                failure.bytes = received;
                Err(failure)
            }
            None => Ok(more && self.is_open()),
        }
    }
}

/// Polls the connection along with a step that needs it.
async fn drive<T>(driver: &mut Option<Driver>, step: impl Future<Output = T>) -> T {
    let mut step = std::pin::pin!(step);
    std::future::poll_fn(|cx| {
        if let Some(connection) = driver
            && connection.as_mut().poll(cx).is_ready()
        {
            *driver = None;
        }
        step.as_mut().poll(cx)
    })
    .await
}
