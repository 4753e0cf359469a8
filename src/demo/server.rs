//! TCP, TLS and HTTP/1.1 of the city: small, cheap and able to misbehave on purpose.

use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::canned::{self, Hello};
use super::manner::Tls;
use super::names::CITY_ZONE;
use super::respond::{Answer, Ask, Page, Reply, answer, words};
use super::world::World;

/// A client that says nothing for this long is let go.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest request head accepted, bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// What every connection needs.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) world: Arc<World>,
    pub(super) cut: watch::Receiver<bool>,
    pub(super) stop: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// Accepts until stopped; every connection is a task of its own.
pub(super) async fn accept(listener: TcpListener, secure: bool, shared: Shared) {
    loop {
        let stream = tokio::select! {
            () = shared.stop.cancelled() => return,
            got = listener.accept() => match got {
                Ok((stream, _)) => stream,
                Err(_) => {
                    // Out of descriptors: wait for some to come back instead of spinning.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
        };
        if *shared.cut.borrow() {
            reset(stream);
            continue;
        }
        let (world, stop) = (Arc::clone(&shared.world), shared.stop.clone());
        shared.tasks.spawn(async move {
            let talk = async {
                let _ = stream.set_nodelay(true);
                // Clients leave whenever they like; that is no error of the city's.
                let _ = if secure { tls(stream, &world).await } else { http(stream, false, &world).await };
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = talk => {}
            }
        });
    }
}

/// Ends a connection with a TCP reset.
fn reset(stream: TcpStream) {
    // Where the option is missing, the peer sees an orderly end instead.
    let _ = stream.set_zero_linger();
}

async fn tls(mut stream: TcpStream, world: &World) -> std::io::Result<()> {
    let Some(start) = timeout(PATIENCE, first_record(&mut stream)).await.map_err(std::io::Error::other)?? else {
        return Ok(());
    };
    // Without a name the platform shows its own certificate, as shared hosts do.
    let platform = || format!("www.{CITY_ZONE}");
    let hello = Hello::read(&start);
    let host = hello.as_ref().and_then(|h| h.host.clone()).unwrap_or_else(platform);
    let kind = world.tls(&host);
    match kind {
        Tls::Reset => {
            reset(stream);
            return Ok(());
        }
        Tls::Close => return stream.shutdown().await,
        _ => {}
    }
    if let Some(hello) = &hello {
        let chain = world.pki.presented(kind, &host).map_err(std::io::Error::other)?;
        if let Some(bytes) = canned::answer(kind, hello, &chain) {
            stream.write_all(&bytes).await?;
            // A first flight ends with the client's turn; these clients have none.
            let mut rest = [0; 512];
            while timeout(PATIENCE, stream.read(&mut rest)).await.map_err(std::io::Error::other)?? > 0 {}
            return Ok(());
        }
    }
    let (read, write) = stream.into_split();
    let stream = tokio::io::join(std::io::Cursor::new(start).chain(read), write);
    let acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
    let start = timeout(PATIENCE, acceptor).await.map_err(std::io::Error::other)??;
    let config = world.pki.config(kind, &host).map_err(std::io::Error::other)?;
    let stream = timeout(PATIENCE, start.into_stream(config)).await.map_err(std::io::Error::other)??;
    http(stream, true, world).await
}

/// The bytes of the first record; `None` when the client left before.
async fn first_record(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut start = Vec::with_capacity(512);
    loop {
        match Hello::length(&start) {
            Some(whole) if start.len() >= whole => return Ok(Some(start)),
            _ if start.len() > HEAD_LIMIT => return Ok(None),
            _ => {}
        }
        if stream.read_buf(&mut start).await? == 0 {
            return Ok(None);
        }
    }
}

/// One connection, request by request.
async fn http<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, secure: bool, world: &World) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(1024);
    while let Some(end) =
        timeout(PATIENCE, head_end(&mut stream, &mut buffer)).await.map_err(std::io::Error::other)??
    {
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        buffer.drain(..end);
        let Some(request) = Request::parse(&head) else {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
            return stream.shutdown().await;
        };
        let ask =
            Ask { host: &request.host, path: request.path, secure, gzip: request.gzip, head_only: request.head_only };
        let Answer { delay, reply } = answer(world, &ask);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match reply {
            Reply::Close => return stream.shutdown().await,
            Reply::Garbage => {
                stream.write_all(b"\x00\x01\x02 220 service ready\r\nnothing to see here\r\n").await?;
                return stream.shutdown().await;
            }
            Reply::Page(page) => stream.write_all(&wire(&page, &request)).await?,
        }
        stream.flush().await?;
        if request.close {
            return stream.shutdown().await;
        }
    }
    Ok(())
}

/// Reads until a whole request head is in `buffer` and says where it ends; `None` when the client left.
async fn head_end<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut Vec<u8>) -> std::io::Result<Option<usize>> {
    loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            return Ok(Some(at + 4));
        }
        if buffer.len() > HEAD_LIMIT {
            return Ok(None);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

struct Request<'a> {
    path: &'a str,
    host: String,
    head_only: bool,
    gzip: bool,
    close: bool,
}

impl<'a> Request<'a> {
    /// GET and HEAD without a body; anything else is refused.
    fn parse(head: &'a str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        if !matches!(method, "GET" | "HEAD") || !path.starts_with('/') {
            return None;
        }
        let mut request = Request { path, host: String::new(), head_only: method == "HEAD", gzip: false, close: false };
        for line in lines {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim().to_ascii_lowercase();
            match name.to_ascii_lowercase().as_str() {
                "host" => request.host = value.split(':').next().unwrap_or_default().trim_end_matches('.').to_owned(),
                "accept-encoding" => request.gzip = value.contains("gzip"),
                "connection" => request.close = value.contains("close"),
                _ => {}
            }
        }
        Some(request)
    }
}

/// A whole response as bytes.
fn wire(page: &Page, request: &Request<'_>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", page.status, words(page.status));
    for (name, value) in &page.headers {
        head.push_str(name);
        head.push_str(": ");
        head.push_str(value);
        head.push_str("\r\n");
    }
    head += if request.close { "Connection: close\r\n" } else { "Connection: keep-alive\r\n" };
    let chunked = page.chunked && !page.body.is_empty();
    if chunked {
        head += "Transfer-Encoding: chunked\r\n\r\n";
    } else {
        head += &format!("Content-Length: {}\r\n\r\n", page.body.len());
    }
    let mut bytes = head.into_bytes();
    if request.head_only {
        return bytes;
    }
    if !chunked {
        bytes.extend_from_slice(&page.body);
        return bytes;
    }
    for chunk in page.body.chunks(8 * 1024) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}
