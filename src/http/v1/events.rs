//! Events from other systems.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::execution::connectors::CallError;
use crate::execution::intake::signature::Signed;
use crate::execution::senders::SenderError;
use crate::execution::{Accepted, ExecutionError};
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiBytes, parse_json};
use crate::http::principal::{Allowed, Ingest};
use crate::http::problem::Problem;
use crate::model::TenantId;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(ingest))
}

impl From<ExecutionError> for ApiError {
    fn from(error: ExecutionError) -> Self {
        match error {
            ExecutionError::Store(error) => error.into(),
            ExecutionError::Call(CallError::Retryable(_)) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "records_busy", "The records cannot be written now")
                    .cause(error)
            }
            ExecutionError::Call(CallError::Terminal { detail, .. }) => {
                Self::unprocessable("invalid_input", "The input is not valid").detail(detail)
            }
            ExecutionError::NotFound(what) => Self::not_found(what),
            ExecutionError::Over => Self::conflict("execution_over", "The execution is over"),
            ExecutionError::Invalid(fields) => {
                let problem = Self::unprocessable("invalid_input", "The input is not valid");
                fields.into_iter().fold(problem, |problem, field| problem.field(field.pointer, field.message))
            }
            ExecutionError::Conflict => Self::conflict("event_conflict", "The event is known with other content")
                .detail("An event that has something new to say needs an id of its own.")
                .field("/id", "is the id of an earlier event of this source, which says something else"),
            ExecutionError::NotManual => Self::conflict("not_manual", "This workflow is not started by hand")
                .detail("Events or a schedule start it."),
            ExecutionError::DemoOnly => Self::forbidden("demo_only", "Only in demonstration mode")
                .detail("Start the server with --demo to use this."),
            ExecutionError::ClockOfAnother => Self::forbidden("clock_not_yours", "The clock is not yours to move")
                .detail("There is one clock for all dealerships of this installation; the sample dealership moves it."),
            ExecutionError::NothingDue => Self::conflict("nothing_due", "Nothing is due")
                .detail("No timer, held message or schedule waits for a moment to come."),
            ExecutionError::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "The server is stopping")
            }
            ExecutionError::DigestMismatch => {
                Self::conflict("digest_mismatch", "The definition is not the one that was approved")
            }
        }
    }
}

impl From<SenderError> for ApiError {
    fn from(error: SenderError) -> Self {
        let refused = || Self::unauthorized("signature_invalid");
        match error {
            SenderError::Unknown => refused().detail("The sender is not known, or its signature does not fit."),
            SenderError::Signature(_) => refused().detail(error.to_string()),
            SenderError::Store(error) => error.into(),
            SenderError::Random(_) => Self::internal(error),
        }
    }
}

/// The header that names the sender of a signed event.
pub const SENDER: &str = "auterity-sender";

/// An event, and who brought it: a signed-in caller, or a sender whose signature holds.
struct Delivered {
    tenant: TenantId,
    from: Option<String>,
    event: Value,
}

impl FromRequest<AppState> for Delivered {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let signed = parts.headers.contains_key(SENDER);
        let caller =
            if signed { None } else { Some(Allowed::<Ingest>::from_request_parts(&mut parts, state).await?.principal) };
        let whole = Request::from_parts(parts.clone(), body);
        let ApiBytes(bytes) = ApiBytes::from_request(whole, state).await?;
        let (tenant, from) = match caller {
            Some(caller) => (caller.tenant, None),
            None => {
                let headers = Signed {
                    id: text(&parts, "webhook-id"),
                    timestamp: text(&parts, "webhook-timestamp"),
                    signatures: text(&parts, "webhook-signature"),
                };
                let sender = state.execution.verify_sender(text(&parts, SENDER), headers, &bytes).await?;
                (sender.tenant_id, Some(sender.source))
            }
        };
        Ok(Self { tenant, from, event: parse_json(&bytes)? })
    }
}

fn text<'a>(parts: &'a Parts, name: &str) -> &'a str {
    parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Takes a CloudEvent 1.0 in structured JSON mode. Answers once it is stored; a repeated delivery (same source and id)
/// is accepted and changes nothing, and one that says something else than the first is refused.
///
/// Comes with an access token, or signed as Standard Webhooks has it: `auterity-sender` names the sender, and
/// `webhook-signature` is `v1,` and the HMAC-SHA-256 of `<webhook-id>.<webhook-timestamp>.<body>` in base64, made with the
/// sender's secret at most five minutes ago.
#[utoipa::path(post, path = "/events", tag = "events", operation_id = "ingest_event", request_body = Object,
    security(("bearer" = []), ("signature" = [])),
    params(("auterity-sender" = Option<String>, Header, description = "Id of the sender of a signed event (`snd_…`)"),
        ("webhook-id" = Option<String>, Header, description = "Id of the delivery"),
        ("webhook-timestamp" = Option<i64>, Header, description = "Seconds since 1970")),
    responses((status = 202, body = Accepted), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, description = "`event_conflict`", body = Problem), (status = 422, body = Problem)))]
async fn ingest(State(state): State<AppState>, delivered: Delivered) -> Result<(StatusCode, Json<Accepted>), ApiError> {
    let accepted = state.execution.ingest(&delivered.tenant, delivered.from.as_deref(), delivered.event).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}
