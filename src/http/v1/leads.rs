//! Leads: ADF/XML from providers, and a made-up one for demonstrations.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::execution::ExecutionError;
use crate::execution::intake::leads::ReceivedLead;
use crate::execution::intake::{LeadCustomer, LeadVehicle, NormalisedLead};
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiBytes, ApiJson, ApiQuery};
use crate::http::ids::NewId;
use crate::http::principal::{Allowed, Ingest, MoveClock};
use crate::http::problem::Problem;
use crate::model::StoreId;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(adf)).routes(routes!(demo))
}

/// Where the leads belong.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdfQuery {
    /// Slug of the store.
    #[param(value_type = String)]
    store_id: StoreId,
}

/// Takes ADF/XML 1.0, bare or as the body of a mail, in the encoding that its byte order mark, its content type or its
/// XML declaration names (UTF-8 when none does). Read leniently, but a document that is cut off or that declares entities
/// is refused, and of several prospects all are taken or none. Answers once every lead is stored. A lead is an inquiry,
/// not consent to marketing texts.
#[utoipa::path(post, path = "/leads/adf", tag = "events", operation_id = "receive_adf", params(AdfQuery),
    request_body(content = String, content_type = "application/x-adf+xml"),
    responses((status = 202, body = Vec<ReceivedLead>), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn adf(
    State(state): State<AppState>,
    caller: Allowed<Ingest>,
    ApiQuery(query): ApiQuery<AdfQuery>,
    headers: HeaderMap,
    ApiBytes(body): ApiBytes,
) -> Result<(StatusCode, Json<Vec<ReceivedLead>>), ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let document = (content_type, body.as_ref());
    let received = state.execution.receive_adf(&caller.principal.tenant, &query.store_id, document).await?;
    Ok((StatusCode::ACCEPTED, Json(received)))
}

/// Which made-up lead.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DemoLeadRequest {
    /// Slug of the store; the first of the dealership when absent.
    #[schema(value_type = Option<String>)]
    store_id: Option<StoreId>,
}

/// Area codes of the sample store's own zone, so that its quiet hours are the same for every sample lead; none that a
/// sample customer has, who may have said STOP.
const TEXAS: [u16; 8] = [214, 254, 281, 469, 817, 832, 940, 972];

/// People who do not exist, and cars they ask about.
const PEOPLE: [(&str, &str); 6] = [
    ("Robin", "Castell"),
    ("Jamie", "Orozco"),
    ("Taylor", "Brandt"),
    ("Morgan", "Eze"),
    ("Avery", "Lindqvist"),
    ("Jordan", "Sato"),
];
const MODELS: [&str; 4] = ["RAV4", "Camry", "Tacoma", "Highlander"];

/// Makes up an internet lead of a customer who agreed to be texted (demonstration mode only).
#[utoipa::path(post, path = "/demo/lead", tag = "events", operation_id = "demo_lead", request_body = DemoLeadRequest,
    responses((status = 202, body = ReceivedLead), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn demo(
    State(state): State<AppState>,
    caller: Allowed<MoveClock>,
    new_id: NewId,
    ApiJson(request): ApiJson<DemoLeadRequest>,
) -> Result<(StatusCode, Json<ReceivedLead>), ApiError> {
    if !state.demo {
        return Err(ExecutionError::DemoOnly.into());
    }
    let tenant = &caller.principal.tenant;
    let store = match request.store_id {
        Some(store) => store,
        None => {
            let stores = state.db.list_stores(tenant).await?;
            let mine = stores.iter().find(|store| caller.principal.works_in(store.id.as_str()));
            mine.ok_or_else(|| ApiError::not_found("store"))?.id.clone()
        }
    };
    let received = state.execution.receive_web_lead(tenant, &store, &made_up(&new_id.name())).await?;
    Ok((StatusCode::ACCEPTED, Json(received)))
}

/// A fresh fictional lead: telephone numbers from the range kept for fiction, addresses of example.com.
fn made_up(key: &str) -> NormalisedLead {
    let digits = key.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let (first, last) = PEOPLE[digits % PEOPLE.len()];
    let short = &key[key.len().saturating_sub(6)..];
    NormalisedLead {
        source: "Web site".to_owned(),
        external_id: Some(key.to_string()),
        interest: "buy".to_owned(),
        vehicle_status: "new".to_owned(),
        vehicle: LeadVehicle {
            year: Some(2026),
            make: "Toyota".to_owned(),
            model: MODELS[digits / 7 % MODELS.len()].to_owned(),
            ..LeadVehicle::default()
        },
        customer: LeadCustomer {
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            email: Some(format!("{}.{}.{short}@example.com", first.to_lowercase(), last.to_lowercase())),
            mobile: Some(format!("+1{}5550{}", TEXAS[digits / 11 % TEXAS.len()], 100 + digits / 13 % 100)),
            language: "en".to_owned(),
            ..LeadCustomer::default()
        },
        comments: Some("Is it still available?".to_owned()),
        preferred_channel: "sms".to_owned(),
        preferred_time: "nopreference".to_owned(),
        ..NormalisedLead::default()
    }
}
