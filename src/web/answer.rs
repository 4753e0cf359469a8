//! Answers: pages, failures, files, and the headers on all of them.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::{Shared, html as shell};
use crate::ledger::LedgerError;

/// No request may keep a handler longer.
const LONGEST: Duration = Duration::from_secs(120);

/// Why a page cannot be shown, each with what the visitor reads.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nobody is logged in; afterwards back to this address.
    Login(String),
    /// Ask for this address once more, from a page of ours.
    Again(String),
    /// The address leads nowhere, or to what this visitor may not know of.
    NotFound,
    Forbidden,
    /// The form did not come from a page of this session.
    Stale,
    Bad(String),
    Ledger(LedgerError),
    /// The maintainers of the program act.
    Broken(String),
}

impl From<LedgerError> for Fault {
    fn from(error: LedgerError) -> Fault {
        match error {
            LedgerError::NoSuchProblem(_) | LedgerError::NoSuchRun(_) => Fault::NotFound,
            LedgerError::Account(why) => Fault::Bad(why),
            other => Fault::Ledger(other),
        }
    }
}

impl From<crate::export::ExportError> for Fault {
    fn from(error: crate::export::ExportError) -> Fault {
        Fault::Broken(error.to_string())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Fault::Login(next) => return Redirect::to(&format!("/login?next={}", encoded(&next))).into_response(),
            Fault::Again(wanted) => return Html(shell::again(&wanted)).into_response(),
            Fault::NotFound => {
                (StatusCode::NOT_FOUND, "没有这个页面", "地址可能写错了，或者内容不在您的办理范围内。".to_owned())
            }
            Fault::Forbidden => {
                (StatusCode::FORBIDDEN, "没有权限", "您的账号不办理此事。如确需办理，请联系管理账号。".to_owned())
            }
            Fault::Stale => (
                StatusCode::FORBIDDEN,
                "表单已失效",
                "没有写入任何内容。请返回上一页，刷新后重新提交；刚才填写的文字可以先复制下来。".to_owned(),
            ),
            Fault::Bad(why) => (StatusCode::BAD_REQUEST, "填写有误", format!("{why}。请返回上一页改正后再提交。")),
            Fault::Ledger(error) => {
                tracing::error!(%error, "the ledger refused a page");
                let status = match &error {
                    LedgerError::Refused { .. } | LedgerError::RunState { .. } | LedgerError::Overtaken { .. } => {
                        StatusCode::CONFLICT
                    }
                    LedgerError::Busy { .. } | LedgerError::Locked => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                // Paths and technical words are for the log, not for whoever asks.
                let text = match &error {
                    LedgerError::File { .. } | LedgerError::Sql(_) | LedgerError::Missing(_) => {
                        "台账读写失败，没有写入任何内容。请联系管理人员查看运行日志。".to_owned()
                    }
                    other => other.to_string(),
                };
                (status, "未能办理", text)
            }
            Fault::Broken(why) => {
                tracing::error!(why, "a page could not be made");
                (StatusCode::INTERNAL_SERVER_ERROR, "未能生成", "请稍后重试；仍不行请联系管理人员。".to_owned())
            }
        };
        let body = html! {
            h1 { (title) }
            p.notice role="alert" { (text) }
            p { a.button href="/" { "返回总览" } }
        };
        (status, Html(shell::bare(title, &body))).into_response()
    }
}

/// A page.
pub(super) struct Html(pub(super) Markup);

impl IntoResponse for Html {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], self.0.into_string()).into_response()
    }
}

/// A file to keep. Its name may hold anything: it travels as RFC 6266 says, percent-encoded.
pub(super) fn download(name: &str, kind: &'static str, bytes: Vec<u8>) -> Response {
    let value = format!("attachment; filename=\"download\"; filename*=UTF-8''{}", encoded(name));
    let disposition = HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)];
    (headers, bytes).into_response()
}

/// Percent-encoded, so that it stands for itself in any part of an address or header.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

pub(super) async fn health(State(office): State<Shared>) -> Response {
    match office.reader.newest_event().await {
        Ok(_) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok\n").into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "ledger\n").into_response(),
    }
}

pub(super) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("style.css")).into_response()
}

pub(super) async fn icon() -> Response {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "max-age=86400")];
    (headers, include_str!("icon.svg")).into_response()
}

pub(super) async fn nothing_here() -> Fault {
    Fault::NotFound
}

/// What holds for every answer: what a browser may do with it, how long a request may take, and that forms come from us.
pub(super) async fn guard(State(office): State<Shared>, request: Request, next: Next) -> Response {
    let posted = request.method() == Method::POST;
    let cacheable = matches!(request.uri().path(), "/style.css" | "/icon.svg");
    let mut response = if posted && !is_own(&request) {
        Fault::Stale.into_response()
    } else {
        tokio::time::timeout(LONGEST, next.run(request))
            .await
            .unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
    };
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
        base-uri 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !cacheable {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if office.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Browsers say where a form was sent from. Programs that say nothing carry no cookie of ours either.
fn is_own(request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    if header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let Some(origin) = header("origin") else { return true };
    // A proxy may have put its own name into Host; no browser lets another page write the second header.
    let from = origin.split_once("://").map(|(_, from)| from);
    from.is_some() && (from == header("host") || from == header("x-forwarded-host"))
}
