//! Runs: follow one again, stop one.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Converse};
use crate::http::problem::Problem;
use crate::http::sse::{self, Followed};
use crate::model::run::Run;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(events)).routes(routes!(cancel))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// Number of the last frame the client has; all frames when absent. The `Last-Event-ID` header does the same.
    #[param(minimum = 0)]
    after: Option<i64>,
}

/// The frames of a run after a number, then those to come.
#[utoipa::path(
    get, path = "/runs/{run}/events", tag = "conversation", operation_id = "run_events",
    params(("run" = String, Path, description = "As given in `runId`"), EventsQuery),
    responses(
        (status = 200, description = "AG-UI 1.0 events", content_type = "text/event-stream", body = String),
        (status = 404, body = Problem),
    )
)]
async fn events(
    caller: Allowed<Converse>,
    State(state): State<AppState>,
    ApiPath(name): ApiPath<String>,
    ApiQuery(query): ApiQuery<EventsQuery>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let run = state.chat.find_run(&caller.principal, &name).await?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.rsplit(':').next()?.parse().ok());
    let after = query.after.or(last).unwrap_or(0).max(0);
    Ok(sse::follow(&state, Followed { tenant: caller.principal.tenant, run: run.id, name, after }))
}

/// Stop a run. It ends with `RUN_FINISHED` and the outcome `cancelled`; what was written is kept.
#[utoipa::path(
    post, path = "/runs/{run}/cancel", tag = "conversation", operation_id = "cancel_run",
    params(("run" = String, Path, description = "As given in `runId`")),
    responses((status = 202, body = Run), (status = 404, body = Problem))
)]
async fn cancel(
    caller: Allowed<Converse>,
    State(state): State<AppState>,
    ApiPath(name): ApiPath<String>,
) -> Result<(StatusCode, Json<Run>), ApiError> {
    let run = state.chat.cancel(&caller.principal, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(run)))
}
