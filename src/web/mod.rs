//! The pages: what clerks, supervisors and auditors work with in a browser.
//!
//! *Owns*: addresses, forms, HTML, cookies, the listening socket, the schedule's loop. *May not*: run SQL, judge anything, hold
//! texts of problems. *Start reading at* [`router`], the one table of addresses.
//!
//! Every page is written on the server, works without scripts, asks for nothing from elsewhere. Whatever changes something is a
//! POST with the session's secret and answers with a redirect; a row is changed only by who has seen its newest event.
//! A unit's people see its own rows: everything else does not exist for them.

mod answer;
mod deeds;
mod html;
mod pages;
mod server;
mod visitor;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::register::Register;
use crate::rule::RuleSet;

pub use server::{Listening, ServeError, Tls, listen};

/// Largest form with files: a few photographs and a document.
const UPLOAD_BYTES: usize = 64 * 1024 * 1024;
/// Largest form without.
const FORM_BYTES: usize = 256 * 1024;

/// What every handler works with.
pub struct Office {
    /// Many at once, never writing.
    pub reader: Ledger,
    /// One at a time.
    pub writer: Ledger,
    pub register: Register,
    pub rules: Arc<RuleSet>,
    pub clock: Clock,
    /// Browsers reach us over TLS, so cookies never travel without it.
    pub secure: bool,
    /// The last address of `X-Forwarded-For` is the visitor's.
    pub behind_proxy: bool,
    /// One log-in at a time: wrong passwords are counted before the next is tried.
    pub door: Semaphore,
}

type Shared = Arc<Office>;

/// The table of addresses.
pub fn router(office: Shared) -> Router {
    use pages::*;
    let uploads =
        Router::new().route("/problems/{no}/{step}", post(deeds::deed)).layer(DefaultBodyLimit::max(UPLOAD_BYTES));
    Router::new()
        .route("/", get(overview::page))
        .route("/login", get(login::page).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/password", get(people::own_password).post(people::change_own_password))
        .route("/todo", get(todo::page))
        .route("/problems", get(problems::page))
        .route("/problems.csv", get(problems::csv))
        .route("/problems/bulk", post(deeds::bulk))
        .route("/problems/{no}", get(problem::page))
        .route("/problems/{no}/picture", get(problem::picture))
        .route("/problems/{no}/files/{sha}", get(problem::attachment))
        .route("/rules/{id}", get(help::rule))
        .route("/sites", get(sites::list))
        .route("/sites/{id}", get(sites::one))
        .route("/units", get(units::list))
        .route("/units/{id}", get(units::one))
        .route("/runs", get(runs::list))
        .route("/runs/{id}", get(runs::one))
        .route("/runs/{id}/{what}", post(runs::settle))
        .route("/unclear", get(runs::unclear))
        .route("/reports", get(reports::page))
        .route("/reports/{file}", get(reports::file))
        .route("/log", get(log::page))
        .route("/trail", get(log::trail))
        .route("/people", get(people::page).post(people::add))
        .route("/people/{account}/{what}", post(people::change))
        .route("/help", get(help::page))
        .route("/healthz", get(answer::health))
        .route("/style.css", get(answer::style))
        .route("/icon.svg", get(answer::icon))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .merge(uploads)
        .fallback(answer::nothing_here)
        .layer(axum::middleware::from_fn_with_state(office.clone(), answer::guard))
        .with_state(office)
}
