//! Events from other systems.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::execution::connectors::CallError;
use crate::execution::{Accepted, ExecutionError};
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::principal::{Allowed, Ingest};
use crate::http::problem::Problem;

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

/// Takes a CloudEvent 1.0 in structured JSON mode. Answers once it is stored; a repeated delivery (same source and id)
/// is accepted and changes nothing.
#[utoipa::path(post, path = "/events", tag = "events", operation_id = "ingest_event", request_body = Object,
    responses((status = 202, body = Accepted), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn ingest(
    State(state): State<AppState>,
    caller: Allowed<Ingest>,
    ApiJson(event): ApiJson<Value>,
) -> Result<(StatusCode, Json<Accepted>), ApiError> {
    let accepted = state.execution.ingest(&caller.principal.tenant, event).await?;
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}
