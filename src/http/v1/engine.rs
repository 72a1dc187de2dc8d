//! The engine's clock.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::principal::{Allowed, MoveClock, SignedIn};
use crate::http::problem::Problem;
use crate::workflow::duration::IsoDuration;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(clock)).routes(routes!(skip))
}

/// Engine time.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ClockResponse {
    /// What timers and contact rules go by.
    now: DateTime<Utc>,
    /// How far it is ahead of real time, in seconds.
    ahead_s: i64,
    /// Whether it may be moved (demonstration mode).
    movable: bool,
}

fn response(state: &AppState) -> ClockResponse {
    let clock = state.execution.clock();
    ClockResponse { now: clock.now(), ahead_s: clock.offset().num_seconds(), movable: state.demo }
}

/// Reads the engine's clock.
#[utoipa::path(get, path = "/engine/clock", tag = "engine", operation_id = "read_clock",
    responses((status = 200, body = ClockResponse), (status = 401, body = Problem)))]
async fn clock(State(state): State<AppState>, SignedIn(_caller): SignedIn) -> Result<Json<ClockResponse>, ApiError> {
    state.execution.clock().refresh().await?;
    Ok(Json(response(&state)))
}

/// How far to move it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipRequest {
    /// An ISO 8601 duration such as `PT10M`, forward only, 366 days at most.
    by: Text<2, 40>,
}

/// Moves the engine's clock forward (demonstration mode only); timers that become due fire at once.
#[utoipa::path(post, path = "/engine/clock/skip", tag = "engine", operation_id = "skip_clock",
    request_body = SkipRequest,
    responses((status = 200, body = ClockResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn skip(
    State(state): State<AppState>,
    caller: Allowed<MoveClock>,
    ApiJson(request): ApiJson<SkipRequest>,
) -> Result<Json<ClockResponse>, ApiError> {
    let invalid =
        |message: String| ApiError::unprocessable("invalid_input", "The input is not valid").field("/by", message);
    let by = IsoDuration::parse(request.by.as_str()).map_err(|error| invalid(error.to_string()))?;
    let by = TimeDelta::milliseconds(by.approximate_millis());
    state.execution.skip(&caller.principal.tenant, by).await?;
    Ok(Json(response(&state)))
}
