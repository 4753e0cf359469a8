//! Why something was not seen: the closed list of causes, and the closed list of reasons for "undetermined".

use serde::{Deserialize, Serialize};

/// The step of a look at which it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// On our own side, before or beside any packet to the site.
    Own,
    Dns,
    Tcp,
    Tls,
    Http,
    Body,
    Parse,
}

/// Named causes: a closed list, so that every failure can be explained in official wording and retried by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    // own side
    ResolverUnreachable,
    NoRoute,
    LocalExhausted,
    ClockWrong,
    BudgetSpent,
    Cancelled,
    RobotsDisallowed,
    OutOfReach,
    Internal,
    // DNS
    DnsNoSuchName,
    DnsNoData,
    DnsServerFailure,
    DnsRefused,
    DnsTimeout,
    DnsMalformed,
    DnsAliasLoop,
    DnsPrivateAddress,
    // TCP
    TcpRefused,
    TcpReset,
    TcpTimeout,
    TcpUnreachable,
    // TLS
    TlsTimeout,
    TlsClosed,
    TlsReset,
    TlsAlert,
    TlsVersionUnsupported,
    TlsNoSharedCipher,
    TlsNationalCrypto,
    TlsClientCertificate,
    TlsNotTls,
    TlsMalformed,
    // HTTP
    HttpTimeoutHeaders,
    HttpTimeoutBody,
    HttpClosed,
    HttpMalformed,
    HttpHeaderFlood,
    HttpShortBody,
    HttpTooLarge,
    HttpBadEncoding,
    HttpRedirectLoop,
    HttpTooManyRedirects,
    HttpBadLocation,
    HttpRateLimited,
    // page
    PageUndecodable,
    PageTooDeep,
    PageNotHtml,
    PageEmpty,
}

impl Cause {
    /// Own-side causes say nothing about the site.
    pub fn is_own_side(self) -> bool {
        self <= Cause::Internal
    }

    /// Worth another try after a pause within the same look. Refusals and certificates are not: they are answers.
    pub fn is_transient(self) -> bool {
        use Cause::*;
        matches!(
            self,
            ResolverUnreachable
                | LocalExhausted
                | DnsServerFailure
                | DnsTimeout
                | TcpReset
                | TcpTimeout
                | TlsTimeout
                | TlsClosed
                | TlsReset
                | HttpTimeoutHeaders
                | HttpTimeoutBody
                | HttpClosed
                | HttpShortBody
        )
    }

    /// The key of this cause in labels and stored data, the same as its serde name.
    pub fn key(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// A look that ended without an answer: where, why, after how long, with how much in hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub stage: Stage,
    pub cause: Cause,
    /// The library's or the peer's own words, for technicians; never shown as the problem text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    pub elapsed_ms: u32,
    /// Bytes received before the end.
    #[serde(default)]
    pub bytes: u64,
}

impl Failure {
    pub fn new(stage: Stage, cause: Cause, detail: impl Into<String>) -> Self {
        Failure { stage, cause, detail: detail.into(), elapsed_ms: 0, bytes: 0 }
    }
}

/// Why a judgement could not be made. Neither opens nor closes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Our own line was down.
    SelfOffline,
    /// Our own resolver failed.
    DnsLocal,
    /// Time, byte or request budget spent.
    Budget,
    Robots,
    /// A protection device answered instead of the site.
    Blocked,
    /// Behind a log-in.
    Login,
    /// What came could not be read (hostile structure, undecodable).
    Parse,
    /// Our own bug, contained.
    Internal,
    Cancelled,
    /// Something this check builds on could not be seen (the site was unreachable, say).
    Dependency,
    /// The register files the site as under maintenance or temporarily offline.
    Maintenance,
    RateLimited,
    ToolMissing,
    Stale,
    VersionSkew,
    Busy,
    Clock,
    /// The footer is written by a script that could not be read statically.
    ScriptFooter,
    /// The footer is a picture: a visitor reads it, the program does not.
    PictureFooter,
    /// Two looks of the same run disagreed.
    Unconfirmed,
    /// Too few pages of the site could be compared.
    FewPages,
    /// The rule needs evidence that this run did not collect.
    NotLooked,
    /// The address lies outside what the register allows us to contact.
    OutOfReach,
    /// A private address: the site can be inspected on its own network only.
    PrivateNetwork,
    /// The server demands a client certificate.
    ClientCertificate,
    /// Only old TLS versions or cipher suites are spoken.
    LegacyTls,
    /// Only national cryptography (TLCP) is spoken.
    NationalCrypto,
    /// Only one sign, which proves nothing: a person has to look.
    OneSign,
    /// The host answers every address with one and the same page, so that its answer says nothing.
    StandIn,
    /// Too few visits, or on too few days, for the official figure.
    TooFewVisits,
    /// The last failed visit is too recent to say that the site has recovered.
    NotSettled,
    /// What one vantage saw failing another saw in order.
    VantagesDisagree,
    /// A notice or a server's own page answers in the place of the site.
    Placeholder,
    /// The page shows too few dates, or dates that can be read in two ways.
    DatesUnclear,
}

impl Reason {
    /// The key of this reason in labels and stored data, the same as its serde name.
    pub fn key(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// "Could not tell", with the reason and the address or name it hangs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undetermined {
    pub reason: Reason,
    /// Script address, block family, cause key and the like: language-neutral.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Undetermined {
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Undetermined { reason, detail: detail.into() }
    }

    /// What a failed look means for a check that needed it.
    pub fn from_failure(failure: &Failure) -> Self {
        let reason = match failure.cause {
            Cause::ResolverUnreachable => Reason::DnsLocal,
            Cause::NoRoute | Cause::LocalExhausted => Reason::SelfOffline,
            Cause::ClockWrong => Reason::Clock,
            Cause::BudgetSpent => Reason::Budget,
            Cause::Cancelled => Reason::Cancelled,
            Cause::RobotsDisallowed => Reason::Robots,
            Cause::OutOfReach => Reason::OutOfReach,
            Cause::Internal => Reason::Internal,
            Cause::DnsPrivateAddress => Reason::PrivateNetwork,
            Cause::TlsClientCertificate => Reason::ClientCertificate,
            Cause::TlsVersionUnsupported | Cause::TlsNoSharedCipher => Reason::LegacyTls,
            Cause::TlsNationalCrypto => Reason::NationalCrypto,
            Cause::HttpRateLimited => Reason::RateLimited,
            Cause::PageUndecodable | Cause::PageTooDeep => Reason::Parse,
            _ => Reason::Dependency,
        };
        Undetermined::new(reason, failure.cause.key())
    }
}
