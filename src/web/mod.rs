//! The pages: what clerks, supervisors and auditors work with in a browser.
//!
//! *Owns*: addresses, forms, HTML, cookies, the listening socket, the schedule's loop. *May not*: run SQL, judge anything, hold
//! texts of problems. *Start reading at* [`router`], the one table of addresses.
//!
//! Every page is written on the server, works without scripts, asks for nothing from elsewhere. Whatever changes something is a
//! POST with the session's secret and answers with a redirect; a row is changed only by who has seen its newest event.
//! A unit's people see its own rows: everything else does not exist for them.

mod answer;
mod api;
mod deeds;
mod duty;
mod html;
mod pages;
mod server;
mod visitor;
mod words;

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::routing::{get, post};
use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc};

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::register::Register;
use crate::rule::RuleSet;

pub use duty::{Board, Duty, Going, Order, work};
pub use server::{Listening, ServeError, Tls, listen};

/// Largest form with files: a few photographs and a document.
const UPLOAD_BYTES: usize = 64 * 1024 * 1024;
/// Largest form without.
const FORM_BYTES: usize = 256 * 1024;

/// What every handler works with; one that began with a register ends with it.
pub struct Office {
    /// Many at once, never writing.
    pub reader: Ledger,
    /// One at a time.
    pub writer: Ledger,
    pub register: Register,
    pub rules: Arc<RuleSet>,
    pub clock: Clock,
    /// Since when this register and these rules are in use.
    pub born: Timestamp,
    /// Browsers reach us over TLS, so cookies never travel without it.
    pub secure: bool,
    /// The last address of `X-Forwarded-For` is the visitor's.
    pub behind_proxy: bool,
    /// One log-in at a time: wrong passwords are counted before the next is tried.
    pub door: Arc<Semaphore>,
    /// A schedule is at work here.
    pub scheduled: bool,
    pub board: Arc<Board>,
    /// To the schedule.
    pub orders: mpsc::Sender<Order>,
}

type Shared = Arc<Office>;

/// The office, which is another one after the register or the rules have changed.
#[derive(Clone)]
pub struct House(Arc<RwLock<Shared>>);

impl House {
    pub fn new(office: Office) -> House {
        House(Arc::new(RwLock::new(Arc::new(office))))
    }

    /// The office as it is now.
    pub fn office(&self) -> Arc<Office> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on with another register and other rules.
    fn renew(&self, register: Register, rules: RuleSet) {
        let old = self.office();
        let new = Office {
            reader: old.reader.clone(),
            writer: old.writer.clone(),
            register,
            rules: Arc::new(rules),
            clock: old.clock.clone(),
            born: old.clock.now(),
            secure: old.secure,
            behind_proxy: old.behind_proxy,
            door: old.door.clone(),
            scheduled: old.scheduled,
            board: old.board.clone(),
            orders: old.orders.clone(),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
    }
}

impl FromRef<House> for Shared {
    fn from_ref(house: &House) -> Shared {
        house.office()
    }
}

/// The table of addresses.
pub fn router(house: House) -> Router {
    use pages::*;
    let uploads = Router::new()
        .route("/problems/{no}/{step}", post(deeds::deed))
        .route("/selfcheck", get(selfcheck::page).post(selfcheck::upload))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES));
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
        .route("/schedule/{what}", post(settings::press))
        .route("/settings", get(settings::page).post(settings::save))
        .route("/unclear", get(runs::unclear))
        .route("/selfcheck/confirm", post(selfcheck::confirm))
        .route("/selfcheck/{unit}", get(selfcheck::blank))
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
        .merge(api::routes())
        .fallback(answer::nothing_here)
        .layer(axum::middleware::from_fn_with_state(house.clone(), answer::guard))
        .with_state(house)
}
