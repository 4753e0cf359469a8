//! Servers that speak bytes, not a protocol: whatever a hostile or broken machine may send.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A listener that counts who comes.
pub struct Server {
    pub at: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Serves every connection with `act` on a thread of its own, as long as the process lives.
    pub fn start(at: SocketAddr, act: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind(at).unwrap_or_else(|e| panic!("{at}: {e}"));
        let at = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let act = Arc::new(act);
        std::thread::spawn({
            let connections = connections.clone();
            move || {
                while let Ok((stream, _)) = listener.accept() {
                    connections.fetch_add(1, Ordering::SeqCst);
                    let act = act.clone();
                    std::thread::spawn(move || act(stream));
                }
            }
        });
        Server { at, connections }
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads one request head; its path, or `None` when the other side has gone.
pub fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > 64 * 1024 || stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&head).into_owned();
    Some(line.split(' ').nth(1)?.to_owned())
}

/// An answer with a length and the end of the connection announced.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Answers every request with what `reply` makes of its path.
pub fn http(reply: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> impl Fn(TcpStream) + Send + Sync + 'static {
    move |mut stream| {
        while let Some(path) = request(&mut stream) {
            if stream.write_all(&reply(&path)).is_err() {
                return;
            }
        }
    }
}

/// Waits until the other side goes away.
pub fn hold(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while stream.read(&mut buffer).is_ok_and(|n| n > 0) {}
}
