//! Every way a server may try to hurt who looks at it.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::raw::{answer, hold, http, request};

type Act = Box<dyn Fn(TcpStream) + Send + Sync>;

const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";

/// Name and manner of every hostile site. `elsewhere` is a host:port nobody may be sent to; `port` is the port of plain HTTP
/// as the outside sees it.
pub fn all(elsewhere: SocketAddr) -> Vec<(&'static str, Act)> {
    let page = |body: Vec<u8>| -> Act { Box::new(http(move |_| answer("200 OK", HTML, &body))) };
    let repeat =
        |head: &str, part: &str, times: usize, tail: &str| [head, &part.repeat(times), tail].concat().into_bytes();
    vec![
        ("endless", Box::new(endless)),
        ("bomb", {
            let bomb = gzip_bomb();
            Box::new(http(move |_| answer("200 OK", &format!("{HTML}Content-Encoding: gzip\r\n"), &bomb)))
        }),
        ("longline", page(repeat("<html><body>", "政府网站内容", 600_000, "</body></html>"))),
        ("circle", Box::new(http(|path| {
            let next = if path == "/a" { "/b" } else { "/a" };
            answer("302 Found", &format!("Location: {next}\r\n"), b"")
        }))),
        ("staircase", Box::new(http(|path| answer("302 Found", &format!("Location: {path}x\r\n"), b"")))),
        ("astray", Box::new(http(move |_| answer("302 Found", &format!("Location: http://{elsewhere}/\r\n"), b"")))),
        ("metadata", Box::new(http(|_| answer("302 Found", "Location: http://169.254.169.254/latest/meta-data/\r\n", b"")))),
        ("refresh", page(format!("<meta http-equiv=refresh content='0;url=http://{elsewhere}/'>").into_bytes())),
        ("jump", page(format!("<script>location.href='http://{elsewhere}/'</script>").into_bytes())),
        ("frames", page(
            format!("<frameset><frame src='http://{elsewhere}/f'></frameset><script src='http://{elsewhere}/s.js'></script>")
                .into_bytes(),
        )),
        ("filelink", Box::new(http(|_| answer("302 Found", "Location: file:///etc/passwd\r\n", b"")))),
        ("flood", Box::new(flood)),
        ("bighead", Box::new(|mut stream| {
            let _ = request(&mut stream);
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nX-Big: {}\r\n\r\n", "a".repeat(1 << 20)).as_bytes());
            hold(stream);
        })),
        ("mojibake", Box::new(http(|_| {
            let (bytes, ..) = encoding_rs::GBK.encode("<html><title>试验网站</title><body>网站内容，版权所有</body></html>");
            answer("200 OK", "Content-Type: text/html; charset=utf-16\r\n", &bytes)
        }))),
        ("deep", page(repeat("<html><body>", "<div>", 20_000, "x"))),
        ("tables", page(repeat("<html><body>", "<table><tr><td>", 20_000, "x"))),
        ("attributes", {
            let many: String = (0..60_000).map(|i| format!(" a{i}=1")).collect();
            page(format!("<html><body{many}>x</body></html>").into_bytes())
        }),
        ("formatting", page(repeat("<html><body>", "<b><i><a href=x>", 30_000, "x"))),
        ("nuls", page(repeat("<html>\0<body>", "\0\0\0", 100_000, "</body>"))),
        ("trickle", Box::new(|mut stream| {
            let _ = request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
            while stream.write_all(b"<").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        })),
        ("trickling-head", Box::new(|mut stream| {
            let _ = request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            while stream.write_all(b"X: y\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(100));
            }
        })),
        ("silent", Box::new(hold)),
        ("reset", Box::new(|mut stream| {
            // Unread bytes turn the close into a reset.
            std::thread::sleep(Duration::from_millis(20));
            let _ = stream.write_all(b"HT");
        })),
        ("closing", Box::new(drop)),
        ("garbage", Box::new(|mut stream| {
            let _ = request(&mut stream);
            let _ = stream.write_all(&(0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>());
        })),
        ("short", Box::new(|mut stream| {
            let _ = request(&mut stream);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<html>");
        })),
        ("length-lie", Box::new(|mut stream| {
            let _ = request(&mut stream);
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 18446744073709551615\r\n\r\n<html>";
            let _ = stream.write_all(head);
        })),
        ("empty", page(Vec::new())),
        ("blank", page(b"<html><head></head><body></body></html>".to_vec())),
        ("patient", Box::new(http(|_| answer("429 Too Many Requests", "Retry-After: 86400\r\n", b"")))),
        ("injecting", page(injections().into_bytes())),
        ("scripts", page(repeat("<html><body>", "<script src='/s.js?NNN'></script>", 20_000, "</body></html>"))),
        ("regex", page(repeat("<html><body>", "ICP备 陕 （（（ 号", 200_000, "</body></html>"))),
    ]
}

/// A title and numbers made to be carried into terminals, spreadsheets and pages.
fn injections() -> String {
    let terminal = "\u{1b}[31m\u{1b}]0;pwned\u{7}\u{1b}[2J\u{9b}31m";
    format!(
        "<html><head><title>=HYPERLINK(\"http://evil.example\",\"点我\"){terminal}&lt;script&gt;alert(1)&lt;/script&gt;</title></head>\
         <body><p>主办单位：=cmd|' /C calc'!A0{terminal}&lt;b&gt;\u{202e}单位</p>\
         <p>网站标识码：=1+1{terminal}</p><p>网站标识码：6199000001</p><p>网站标识码：6199000002</p>\
         <p><a href='https://beian.miit.gov.cn/{terminal}'>陕ICP备+12345{terminal}号</a></p>\
         <a href='javascript:alert(1)'>陕公网安备 @SUM(1+1)号</a></body></html>"
    )
}

fn endless(mut stream: TcpStream) {
    let _ = request(&mut stream);
    let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\n{HTML}\r\n<html><body>").as_bytes());
    let block = "<p>没有尽头</p>".repeat(4000);
    while stream.write_all(block.as_bytes()).is_ok() {}
}

fn flood(mut stream: TcpStream) {
    let _ = request(&mut stream);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
    let mut i = 0_u64;
    while stream.write_all(format!("X-{i}: {i}\r\n").as_bytes()).is_ok() {
        i += 1;
    }
}

/// A gigabyte of spaces in a megabyte.
fn gzip_bomb() -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..1024 {
        packer.write_all(&block).expect("memory");
    }
    packer.finish().expect("memory")
}
