//! Systems that send events under a signature of their own.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::execution::senders::SenderError;
use crate::http::AppState;
use crate::http::bounded::{Text, Whole};
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath, ApiQuery};
use crate::http::principal::{Administer, Allowed};
use crate::http::problem::Problem;
use crate::model::{After, EventSenderId, Page, PageLimit, PageRequest, UserId};
use crate::store::event_senders::EventSender;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(rotate)).routes(routes!(revoke))
}

/// A system that sends events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SenderResponse {
    /// Its id, which it sends as `auterity-sender`.
    id: EventSenderId,
    /// For people.
    name: String,
    /// What the `source` of each of its events begins with.
    source: String,
    /// Who let it in.
    created_by: UserId,
    /// When.
    created_at: DateTime<Utc>,
    /// Until when what it signs with the secret before is taken as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_until: Option<DateTime<Utc>>,
    /// Since when nothing it signs is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

impl From<EventSender> for SenderResponse {
    fn from(sender: EventSender) -> Self {
        Self {
            id: sender.id,
            name: sender.name,
            source: sender.source,
            created_by: sender.created_by,
            created_at: sender.created_at,
            old_secret_until: sender.old_secret_until,
            revoked_at: sender.revoked_at,
        }
    }
}

/// A sender, with what it signs with from now on. The secret is shown here and never again.
#[derive(Serialize, utoipa::ToSchema)]
pub struct NewSenderResponse {
    /// The sender.
    sender: SenderResponse,
    /// `whsec_` and 32 random bytes in base64, as Standard Webhooks writes secrets.
    secret: String,
}

/// A system to let in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSenderRequest {
    /// For people: `DMS nightly export`.
    name: Text<1, 100>,
    /// What the `source` of each of its events begins with: `/dealers/lakeside-toyota/dms`.
    source: Text<1, 200>,
}

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListSendersQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<EventSenderId>>,
}

/// Systems of the dealership that send events, those that were ended as well, the oldest first.
#[utoipa::path(get, path = "/events/senders", tag = "events", operation_id = "list_event_senders",
    params(ListSendersQuery),
    responses((status = 200, body = Page<SenderResponse>), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    caller: Allowed<Administer>,
    ApiQuery(query): ApiQuery<ListSendersQuery>,
) -> Result<Json<Page<SenderResponse>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    let Page { items, next } = state.execution.list_senders(&caller.principal.tenant, &page).await?;
    Ok(Json(Page { items: items.into_iter().map(SenderResponse::from).collect(), next }))
}

/// Let a system send events under a signature of its own.
#[utoipa::path(post, path = "/events/senders", tag = "events", operation_id = "add_event_sender",
    request_body = NewSenderRequest,
    responses((status = 201, body = NewSenderResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn add(
    State(state): State<AppState>,
    caller: Allowed<Administer>,
    ApiJson(new): ApiJson<NewSenderRequest>,
) -> Result<(StatusCode, Json<NewSenderResponse>), ApiError> {
    let (name, source) = (new.name.into_string(), new.source.into_string());
    let mut sender = state.execution.add_sender(&caller.principal, name, source).await?;
    let secret = std::mem::take(&mut sender.secret);
    Ok((StatusCode::CREATED, Json(NewSenderResponse { sender: sender.into(), secret })))
}

/// How the secret changes.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RotateSenderQuery {
    /// For how many hours what is signed with the secret before is still taken; 0: it is refused at once.
    #[serde(default)]
    #[param(value_type = Option<i64>, minimum = 0, maximum = 168, default = 0)]
    overlap_hours: Option<Whole<0, 168>>,
}

/// Give a system another secret. What it signs with the one before is refused from now on, or taken for some hours more,
/// so that the system can change without a gap.
#[utoipa::path(post, path = "/events/senders/{id}/secret", tag = "events", operation_id = "rotate_event_sender",
    params(("id" = EventSenderId, Path), RotateSenderQuery),
    responses((status = 200, body = NewSenderResponse), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn rotate(
    State(state): State<AppState>,
    caller: Allowed<Administer>,
    ApiPath(id): ApiPath<EventSenderId>,
    ApiQuery(query): ApiQuery<RotateSenderQuery>,
) -> Result<Json<NewSenderResponse>, ApiError> {
    let overlap = TimeDelta::hours(query.overlap_hours.map_or(0, i64::from));
    let found = state.execution.rotate_sender(&caller.principal, &id, overlap).await;
    let mut sender = found.map_err(|error| match error {
        SenderError::Unknown => ApiError::not_found("sender"),
        other => other.into(),
    })?;
    let secret = std::mem::take(&mut sender.secret);
    Ok(Json(NewSenderResponse { sender: sender.into(), secret }))
}

/// End a system: nothing it signs is taken from now on. Ending one twice changes nothing.
#[utoipa::path(delete, path = "/events/senders/{id}", tag = "events", operation_id = "revoke_event_sender",
    params(("id" = EventSenderId, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn revoke(
    State(state): State<AppState>,
    caller: Allowed<Administer>,
    ApiPath(id): ApiPath<EventSenderId>,
) -> Result<StatusCode, ApiError> {
    state.execution.revoke_sender(&caller.principal, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
