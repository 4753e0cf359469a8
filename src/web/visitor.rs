//! Who is asking: the session behind the cookie, and what may be shown to it.

use axum::extract::{ConnectInfo, FromRef as _, FromRequestParts};
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use super::answer::Fault;
use super::server::Peer;
use super::{House, Office, Shared};
use crate::ledger::people::{Person, Role, Session, Token, TrailKind};

/// Somebody logged in.
pub(super) struct Visitor {
    pub(super) person: Person,
    pub(super) csrf: String,
    pub(super) token: Token,
    pub(super) address: String,
}

impl Visitor {
    /// The only unit whose rows exist for this visitor; `None` sees all.
    pub(super) fn unit(&self) -> Option<&str> {
        unit_of(&self.person)
    }

    pub(super) fn sees_unit(&self, unit: &str) -> bool {
        self.unit().is_none_or(|own| own == unit)
    }

    /// The secret of the form that was sent.
    pub(super) fn sent_by_us(&self, csrf: Option<&str>) -> Result<(), Fault> {
        if csrf == Some(self.csrf.as_str()) { Ok(()) } else { Err(Fault::Stale) }
    }

    /// Notes and refuses what the role does not allow.
    pub(super) async fn must(&self, allowed: bool, office: &Office, what: &str) -> Result<(), Fault> {
        if allowed {
            return Ok(());
        }
        office.writer.note_trail(&self.person.account, &self.address, TrailKind::Forbidden, what).await?;
        Err(Fault::Forbidden)
    }

    pub(super) async fn took(&self, office: &Office, what: &str) -> Result<(), Fault> {
        let note = office.writer.note_trail(&self.person.account, &self.address, TrailKind::Downloaded, what);
        note.await.map_err(Fault::from)
    }
}

/// The only unit whose rows exist for this person; `None` sees all.
pub(super) fn unit_of(person: &Person) -> Option<&str> {
    match person.role {
        // An account without its unit would see everything: one that names nobody sees nothing.
        Role::Handler => Some(person.unit.as_deref().unwrap_or("-")),
        _ => None,
    }
}

/// Name of the cookie. With the prefix a browser takes it only over TLS, for this very host.
pub(super) fn cookie_name(office: &Office) -> &'static str {
    if office.secure { "__Host-xunjian" } else { "xunjian" }
}

pub(super) fn cookie(office: &Office, headers: &HeaderMap) -> Option<Token> {
    let name = cookie_name(office);
    let lines = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| Token::given(value)).next()
}

/// Where the request came from, for the trail and for lock-out.
pub(super) fn address(office: &Office, parts: &Parts) -> String {
    if office.behind_proxy {
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).next_back();
        if let Some(last) = forwarded.and_then(|line| line.rsplit(',').next()) {
            return last.trim().chars().take(64).collect();
        }
    }
    let peer = parts.extensions.get::<ConnectInfo<Peer>>();
    peer.map_or_else(|| "-".to_owned(), |info| info.0.0.ip().to_string())
}

impl FromRequestParts<House> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Visitor, Fault> {
        let office = Shared::from_ref(house);
        let address = address(&office, parts);
        let wanted = match parts.method {
            Method::GET => parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned(),
            _ => "/".to_owned(),
        };
        let Some(token) = cookie(&office, &parts.headers) else {
            // A link in a mail comes without the cookie; the same address asked for by our own page comes with it.
            let from_elsewhere = parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
            return Err(if from_elsewhere { Fault::Again(wanted) } else { Fault::Login(wanted) });
        };
        let Some(Session { person, csrf, stale }) = office.reader.session(&token).await? else {
            return Err(Fault::Login(wanted));
        };
        if stale {
            // Looking at pages never waits for whoever writes.
            let (office, token) = (office.clone(), token.clone());
            tokio::spawn(async move {
                if let Err(error) = office.writer.touch_session(&token).await {
                    tracing::warn!(%error, "the use of a session could not be noted");
                }
            });
        }
        Ok(Visitor { person, csrf, token, address })
    }
}

/// The address alone, for those who are not logged in yet.
pub(super) struct From(pub(super) String);

impl FromRequestParts<House> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<From, Self::Rejection> {
        Ok(From(address(&house.office(), parts)))
    }
}
