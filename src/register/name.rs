//! Host names, addresses and page addresses as people write them in a register.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::number::Refused;

fn refused<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { message: message.into(), help: Some(help.into()) })
}

/// A bare domain name in lower-case A-labels.
pub(super) fn domain(text: &str) -> Result<String, Refused> {
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
        return refused("这里只写域名，不带 http:// 或 https://", format!("写成 \"{host}\""));
    }
    if let Some((host, _)) = text.split_once(['/', '?', '#']) {
        return refused("这里只写域名，不带路径", format!("写成 \"{host}\""));
    }
    if text.starts_with("*.") {
        return refused("不能使用通配符", "请把在用的域名逐个写出");
    }
    match host(text)? {
        Host::Domain(name) => Ok(name),
        _ => refused("这里应写域名，不是 IP 地址", "例如 \"www.yl.gov.cn\""),
    }
}

/// A host: a name with at least two labels, or an address (IPv6 in brackets).
pub(super) fn host(text: &str) -> Result<Host, Refused> {
    plain(text)?;
    if !text.starts_with('[') && text.contains(':') {
        let host = text.split(':').next().unwrap_or_default();
        return refused("这里只写域名，不带端口", format!("写成 \"{host}\""));
    }
    match Host::parse(text) {
        Ok(Host::Domain(name)) => {
            well_formed(&name)?;
            Ok(Host::Domain(name))
        }
        Ok(address) => Ok(address),
        Err(_) => refused("域名写法有误", "例如 \"www.yl.gov.cn\" 或中文域名 \"榆林市人民政府.政务\""),
    }
}

/// A page address over http or https. The text itself is kept by the caller: parsing repairs silently.
pub(super) fn page(text: &str) -> Result<Url, Refused> {
    plain(text)?;
    if !text.contains("://") {
        // `http//host` and `https:/host` have the scheme, and only lack its marks.
        let scheme = ["https", "http"]
            .into_iter()
            .find(|s| text.strip_prefix(s).is_some_and(|rest| rest.starts_with([':', '/'])));
        let rest = scheme.map_or(text, |s| text[s.len()..].trim_start_matches([':', '/']));
        return refused(
            "网址缺少 http:// 或 https://",
            format!("是否想写 \"{}://{rest}\"？", scheme.unwrap_or("http")),
        );
    }
    let Ok(url) = Url::parse(text) else {
        return refused("网址写法有误", "例如 \"https://www.yl.gov.cn/\"");
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refused(
            format!("只支持 http 和 https 网址，这里是 {}", url.scheme()),
            "例如 \"https://www.yl.gov.cn/\"",
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("网址里不能带用户名或密码", "请删去“@”和它前面的部分");
    }
    if url.port() == Some(0) {
        return refused("网址里的端口不能是 0", "请核对端口");
    }
    if let Some(Host::Domain(name)) = url.host() {
        well_formed(name)?;
    }
    Ok(url)
}

/// `host:port` in canonical form (lower-case A-labels, brackets for IPv6).
pub(super) fn host_port(text: &str) -> Result<String, Refused> {
    let Some((name, port)) = text.rsplit_once(':').filter(|(h, _)| !h.contains(':') || h.ends_with(']')) else {
        return refused("缺少端口", format!("写成 \"{text}:443\""));
    };
    let Some(port) = port.parse::<u16>().ok().filter(|p| *p > 0) else {
        return refused("端口应为 1 到 65535 的整数", "例如 \"www.yl.gov.cn:443\"");
    };
    Ok(format!("{}:{port}", host(name)?))
}

/// An address with port; `default_port` where the text gives none and one is allowed.
pub(super) fn address(text: &str, default_port: Option<u16>) -> Result<SocketAddr, Refused> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return if address.port() == 0 { refused("端口不能是 0", "例如 \"127.0.0.1:53\"") } else { Ok(address) };
    }
    match (text.trim_matches(['[', ']']).parse::<IpAddr>(), default_port) {
        (Ok(ip), Some(port)) => Ok(SocketAddr::new(ip, port)),
        (Ok(_), None) => refused("缺少端口", format!("写成 \"{text}:443\"")),
        (Err(_), _) => refused("应写 IP 地址和端口，不是域名", "例如 \"127.0.0.1:5353\"，IPv6 写成 \"[::1]:5353\""),
    }
}

/// A reference point: a host, `host:port`, or an http(s) address.
pub(super) fn canary(text: &str) -> Result<String, Refused> {
    if text.contains("://") {
        return page(text).map(|url| url.to_string());
    }
    if text.contains('/') {
        return refused("参照点带有路径时须写完整网址", format!("写成 \"https://{text}\""));
    }
    if text.rsplit_once(':').is_some_and(|(h, _)| !h.contains(':') || h.ends_with(']')) {
        return host_port(text);
    }
    host(text).map(|h| h.to_string())
}

/// Blanks, control characters, full-width forms and backslashes are repaired silently by URL parsing; in a register they are
/// slips that someone must see.
fn plain(text: &str) -> Result<(), Refused> {
    use unicode_normalization::UnicodeNormalization;
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return refused("网址或域名里有空格或不可见字符", "请删去空格");
    }
    if text.contains('\\') {
        return refused("网址里有反斜杠“\\”", "请改为斜杠“/”");
    }
    let repaired: String = text.nfkc().map(|c| if c == '。' { '.' } else { c }).collect();
    if repaired != text.nfc().collect::<String>() {
        return refused("网址或域名里有全角字符", format!("是否想写 \"{repaired}\"？"));
    }
    Ok(())
}

/// Checks labels of an A-label name (RFC 1035 lengths; underscores occur in practice).
fn well_formed(name: &str) -> Result<(), Refused> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let good = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if name.len() > 253 || !name.split('.').all(good) {
        return refused("域名写法有误", "各段由字母、数字和连字符组成，不能为空，不能以连字符开头或结尾");
    }
    if !name.contains('.') {
        return refused("域名不完整", format!("“{name}”缺少后缀，例如 \"{name}.gov.cn\""));
    }
    Ok(())
}
