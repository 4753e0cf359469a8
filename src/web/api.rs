//! What programs read: the same JSON as on the command line, under `/api/v1`, and figures for monitoring.
//!
//! *Start reading at* [`ROUTES`]: one table makes the router and the OpenAPI document, so that neither can hold what the other
//! lacks. Reading only; a program sees what the account of its token may see.

use axum::Router;
use axum::extract::{ConnectInfo, FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde::Serialize;
use serde_json::{Value, json};

use super::answer::{Fault, encoded};
use super::pages::problems::Wish;
use super::server::Peer;
use super::{House, Office, Shared, visitor, words};
use crate::clock::{local, start_of};
use crate::export::{self, Totals};
use crate::ledger::people::{Person, Role, Token};
use crate::ledger::view::Stage;

/// Rows of one answer unless `limit` says less.
const PER_PAGE: u32 = 200;
const MOST: u32 = 1000;

/// One address of the interface.
struct Route {
    path: &'static str,
    /// What it answers with, for whoever writes a program.
    summary: &'static str,
    /// Names and meanings of what may stand in the address.
    parameters: &'static [(&'static str, &'static str)],
    handler: fn() -> MethodRouter<House>,
}

const FILTERS: &[(&str, &str)] = &[
    ("stage", "阶段：unsolved（默认）、all、suspected、open、rectifying、awaiting_review、deferred、closed、dismissed"),
    ("unit", "单位代号"),
    ("site", "网站标识码"),
    ("point", "重点内容，1 至 10"),
    ("severity", "严重程度：general、serious、veto"),
    ("rule", "规则编号"),
    ("due", "时限：overdue、soon"),
    ("relapsed", "写 1 只列反弹的"),
    ("q", "站点、网址、单位名称里的字"),
    ("after", "上一页 Link 头给出的位置"),
    ("limit", "每页条数，最多 1000"),
];

const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/problems",
        summary: "问题清单，与 problems list --format json 相同；下一页在 Link 头",
        parameters: FILTERS,
        handler: || get(problems),
    },
    Route {
        path: "/api/v1/problems/{no}",
        summary: "一条问题和办理经过，与 problems show --format json 相同",
        parameters: &[("no", "问题编号")],
        handler: || get(problem),
    },
    Route {
        path: "/api/v1/sites",
        summary: "登记的站点和各自的未销号数；下一页在 Link 头",
        parameters: &[("after", "上一页 Link 头给出的位置"), ("limit", "每页条数，最多 1000")],
        handler: || get(sites),
    },
    Route {
        path: "/api/v1/runs",
        summary: "巡查记录，与 runs list --format json 相同",
        parameters: &[],
        handler: || get(runs),
    },
    Route {
        path: "/api/v1/runs/{id}",
        summary: "一次巡查和无法判定的站点，与 runs show --format json 相同",
        parameters: &[("id", "巡查编号")],
        handler: || get(run),
    },
    Route {
        path: "/api/v1/summary",
        summary: "总览数字：各阶段条数、超期、反弹、本月新增和销号、十项重点内容",
        parameters: &[],
        handler: || get(summary),
    },
    Route {
        path: "/api/v1/openapi.json", summary: "本说明（OpenAPI 3.1）", parameters: &[], handler: || get(openapi)
    },
];

/// The addresses of the interface.
pub(super) fn routes() -> Router<House> {
    let table = ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, (route.handler)()));
    table.route("/metrics", get(metrics))
}

/// Why a program gets no answer; always JSON.
struct Refusal(StatusCode, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.0, json_body(json!({ "v": 1, "error": self.1 }).to_string())).into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Refusal {
        match fault {
            Fault::NotFound => Refusal(StatusCode::NOT_FOUND, "not_found"),
            Fault::Bad(_) => Refusal(StatusCode::BAD_REQUEST, "bad_request"),
            Fault::Forbidden => Refusal(StatusCode::FORBIDDEN, "forbidden"),
            Fault::Login(_) | Fault::Again(_) | Fault::Stale => Refusal(StatusCode::UNAUTHORIZED, "no_token"),
            Fault::Ledger(error) => {
                tracing::error!(%error, "the ledger refused an answer");
                Refusal(StatusCode::INTERNAL_SERVER_ERROR, "ledger")
            }
            Fault::Broken(why) => {
                tracing::error!(why, "an answer could not be made");
                Refusal(StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        }
    }
}

impl From<crate::ledger::LedgerError> for Refusal {
    fn from(error: crate::ledger::LedgerError) -> Refusal {
        Fault::from(error).into()
    }
}

impl From<crate::export::ExportError> for Refusal {
    fn from(error: crate::export::ExportError) -> Refusal {
        Fault::from(error).into()
    }
}

fn json_body(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], text).into_response()
}

/// The holder of a token, or somebody logged in.
struct Caller(Person);

impl Caller {
    fn unit(&self) -> Option<&str> {
        visitor::unit_of(&self.0)
    }
}

impl FromRequestParts<House> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Caller, Refusal> {
        let office = house.office();
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
        let person = match given.and_then(|v| v.strip_prefix("Bearer ")) {
            Some(token) => office.reader.token_holder(&Token::given(token.trim())).await?,
            None => match visitor::cookie(&office, &parts.headers) {
                Some(token) => office.reader.session(&token).await?.map(|session| session.person),
                None => None,
            },
        };
        person.map(Caller).ok_or(Refusal(StatusCode::UNAUTHORIZED, "no_token"))
    }
}

/// What an answer stands for: the list changes with its events, colours with the time, names with the register.
async fn tag(office: &Office) -> Result<String, Refusal> {
    let hour = local(office.clock.now()).strftime("%Y%m%d%H").to_string();
    Ok(format!("\"{}-{hour}-{}\"", office.reader.newest_event().await?, office.born.as_second()))
}

/// Answers 304 when the program has what there is, else with what `make` makes.
async fn fresh(
    office: &Office,
    headers: &HeaderMap,
    make: impl Future<Output = Result<Response, Refusal>>,
) -> Result<Response, Refusal> {
    let tag = tag(office).await?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    let known = known.is_some_and(|v| v.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { make.await? };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok(response)
}

fn with_next(mut response: Response, next: Option<String>) -> Response {
    if let Some(value) = next.and_then(|n| HeaderValue::from_str(&format!("<{n}>; rel=\"next\"")).ok()) {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Page {
    after: String,
    limit: Option<u32>,
}

impl Page {
    fn limit(&self) -> u32 {
        self.limit.unwrap_or(PER_PAGE).clamp(1, MOST)
    }
}

async fn problems(
    State(office): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Query(wish): Query<Wish>,
    Query(page): Query<Page>,
) -> Result<Response, Refusal> {
    fresh(&office, &headers, async {
        let filter = wish.filter(&office, caller.unit())?;
        let after = (!page.after.is_empty()).then_some(page.after.as_str());
        let list = office.reader.page(&filter, after, page.limit()).await?;
        let figures = office.reader.figures(caller.unit(), office.clock.now()).await?;
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let totals = Totals {
            unsolved: count(figures.total_unsolved()),
            suspected: count(figures.of(Stage::Suspected)),
            undetermined: count(office.reader.undetermined_rows(caller.unit()).await?),
            closed: count(figures.of(Stage::Closed)),
        };
        let next = list.next.as_deref().map(|mark| {
            let address = wish.address("/api/v1/problems", Some(mark));
            page.limit.map_or(address.clone(), |limit| format!("{address}&limit={limit}"))
        });
        Ok(with_next(json_body(export::json::problems(&list.rows, totals)?), next))
    })
    .await
}

async fn problem(
    State(office): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(no): Path<String>,
) -> Result<Response, Refusal> {
    fresh(&office, &headers, async {
        let (row, history) = office.reader.problem(&no).await?;
        if caller.unit().is_some_and(|own| own != row.unit_id) {
            return Err(Refusal(StatusCode::NOT_FOUND, "not_found"));
        }
        Ok(json_body(export::json::dossier(&row, &history)?))
    })
    .await
}

#[derive(Serialize)]
struct SiteV1<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    unit: UnitV1<'a>,
    status: &'a str,
    unsolved: u64,
}

#[derive(Serialize)]
struct UnitV1<'a> {
    id: &'a str,
    name: &'a str,
}

async fn sites(
    State(office): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Query(page): Query<Page>,
) -> Result<Response, Refusal> {
    fresh(&office, &headers, async {
        let register = &office.register;
        let seen = |s: &&crate::register::Site| caller.unit().is_none_or(|own| own == register.sponsor(s).id);
        let mut rest = register.sites.iter().filter(seen).peekable();
        if !page.after.is_empty() {
            while rest.next_if(|s| s.id != page.after).is_some() {}
            rest.next();
        }
        let shown: Vec<_> = rest.by_ref().take(page.limit() as usize).collect();
        let ids: Vec<&str> = shown.iter().map(|s| s.id.as_str()).collect();
        let unsolved = office.reader.unsolved_of_sites(&ids).await?;
        let next = shown.last().filter(|_| rest.peek().is_some());
        let next = next.map(|s| format!("/api/v1/sites?after={}&limit={}", encoded(&s.id), page.limit()));
        let line = |site: &&crate::register::Site| {
            let unit = register.sponsor(site);
            json!(SiteV1 {
                id: &site.id,
                name: &site.name,
                url: &site.url_text,
                unit: UnitV1 { id: &unit.id, name: &unit.name },
                status: words::status_key(site.status),
                unsolved: unsolved.get(&site.id).copied().unwrap_or(0),
            })
        };
        let sites: Vec<Value> = shown.iter().map(line).collect();
        Ok(with_next(json_body(json!({ "v": 1, "sites": sites }).to_string()), next))
    })
    .await
}

/// Runs concern all units, so only who sees all sees them.
fn all(caller: &Caller) -> Result<(), Refusal> {
    if caller.0.role == Role::Handler { Err(Refusal(StatusCode::NOT_FOUND, "not_found")) } else { Ok(()) }
}

async fn runs(State(office): State<Shared>, caller: Caller, headers: HeaderMap) -> Result<Response, Refusal> {
    all(&caller)?;
    fresh(&office, &headers, async { Ok(json_body(export::json::runs(&office.reader.runs().await?)?)) }).await
}

async fn run(
    State(office): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    all(&caller)?;
    fresh(&office, &headers, async {
        let run = office.reader.run(&id).await?;
        let unclear = office.reader.unclear(&run.id).await?;
        Ok(json_body(export::json::run_with_sites(&run, &unclear)?))
    })
    .await
}

async fn summary(State(office): State<Shared>, caller: Caller, headers: HeaderMap) -> Result<Response, Refusal> {
    fresh(&office, &headers, async {
        let month = office.clock.today().first_of_month();
        let figures = office.reader.figures(caller.unit(), start_of(month)).await?;
        let stages: serde_json::Map<String, Value> =
            words::STAGES.iter().map(|s| (words::stage_key(*s).to_owned(), json!(figures.of(*s)))).collect();
        let points: serde_json::Map<String, Value> =
            (1..=10u8).map(|p| (p.to_string(), json!(figures.unsolved.get(&p).copied().unwrap_or(0)))).collect();
        let body = json!({
            "v": 1,
            "seq": office.reader.newest_event().await?,
            "unsolved": figures.total_unsolved(),
            "overdue": figures.overdue,
            "relapsed": figures.relapsed,
            "opened_this_month": figures.opened,
            "closed_this_month": figures.closed,
            "stages": stages,
            "key_points": points,
        });
        Ok(json_body(body.to_string()))
    })
    .await
}

async fn openapi(_caller: Caller) -> Response {
    json_body(document().to_string())
}

fn document() -> Value {
    let path = |route: &Route| {
        let parameter = |(name, meaning): &(&str, &str)| {
            let within = route.path.contains(&format!("{{{name}}}"));
            json!({
                "name": name,
                "in": if within { "path" } else { "query" },
                "required": within,
                "description": meaning,
                "schema": { "type": "string" },
            })
        };
        let parameters: Vec<Value> = route.parameters.iter().map(parameter).collect();
        let body = json!({ "application/json": { "schema": { "type": "object", "required": ["v"] } } });
        let answers = json!({
            "200": { "description": "成功；ETag 随台账变化", "content": body },
            "304": { "description": "与 If-None-Match 相同" },
            "401": { "description": "没有令牌，或令牌失效" },
            "404": { "description": "没有，或不在令牌账号的范围内" },
        });
        let operation = json!({ "summary": route.summary, "parameters": parameters, "responses": answers });
        (route.path.to_owned(), json!({ "get": operation }))
    };
    let paths: serde_json::Map<String, Value> = ROUTES.iter().map(path).collect();
    json!({
        "openapi": "3.1.0",
        "info": { "title": "巡检接口", "version": "1" },
        "security": [{ "token": [] }],
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
        "paths": paths,
    })
}

/// Prometheus text. Without a token only for a collector on this very machine.
async fn metrics(
    State(office): State<Shared>,
    peer: Option<axum::Extension<ConnectInfo<Peer>>>,
    caller: Result<Caller, Refusal>,
) -> Result<Response, Refusal> {
    let here = !office.behind_proxy && peer.is_some_and(|p| p.0.0.0.ip().is_loopback());
    if !here {
        all(&caller?)?;
    }
    let figures = office.reader.figures(None, office.clock.now()).await?;
    let runs = office.reader.runs().await?;
    let mut out = String::new();
    let mut figure = |name: &str, kind: &str, help: &str, lines: &[(String, String)]| {
        out.push_str(&format!("# HELP xunjian_{name} {help}\n# TYPE xunjian_{name} {kind}\n"));
        for (labels, value) in lines {
            out.push_str(&format!("xunjian_{name}{labels} {value}\n"));
        }
    };
    let one = |value: u64| vec![(String::new(), value.to_string())];
    let stages: Vec<(String, String)> = words::STAGES
        .iter()
        .map(|s| (format!("{{stage=\"{}\"}}", words::stage_key(*s)), figures.of(*s).to_string()))
        .collect();
    figure("problems", "gauge", "Rows of the list by stage.", &stages);
    figure("problems_overdue", "gauge", "Unsolved rows past their time limit.", &one(figures.overdue));
    figure("sites", "gauge", "Sites of the register.", &one(office.register.sites.len() as u64));
    let newest = office.reader.newest_event().await?;
    figure("events_total", "counter", "Events of the log.", &one(u64::try_from(newest).unwrap_or(0)));
    let last = runs.iter().find(|r| r.kind == "patrol" && r.finished_at.is_some());
    if let Some(run) = last {
        let ended = run.finished_at.map_or(0, |at| at.as_second());
        let lines = [(String::new(), ended.to_string())];
        figure("last_patrol_end_seconds", "gauge", "End of the newest patrol, Unix time.", &lines);
        figure("last_patrol_undetermined_sites", "gauge", "Sites it could not tell of.", &one(run.undetermined.into()));
    }
    let held = runs.iter().filter(|r| r.state == "held").count() as u64;
    figure("runs_held", "gauge", "Runs the brake holds.", &one(held));
    let going = u64::from(office.board.going().is_some());
    figure("run_going", "gauge", "1 while a run of this service is under way.", &one(going));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], out).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_stands_in_the_document_with_every_part_of_its_path() {
        let document = document();
        for route in ROUTES {
            let operation = &document["paths"][route.path]["get"];
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{}", route.path);
            let within = route.path.matches('{').count();
            let named = route.parameters.iter().filter(|(n, _)| route.path.contains(&format!("{{{n}}}"))).count();
            assert_eq!(within, named, "{}", route.path);
        }
        assert_eq!(document["paths"].as_object().map(serde_json::Map::len), Some(ROUTES.len()));
    }
}
