//! The engine's clock.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::execution::{Due, SkipTo};
use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::ids::NewId;
use crate::http::principal::{Allowed, MoveClock, SignedIn};
use crate::http::problem::Problem;
use crate::model::TenantId;
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
    /// Whether the caller's dealership may move it (the sample dealership, in demonstration mode).
    movable: bool,
    /// What the clock was moved to, when it was asked for what is due next.
    #[serde(skip_serializing_if = "Option::is_none")]
    went_to: Option<Due>,
}

fn response(state: &AppState, tenant: &TenantId) -> ClockResponse {
    let clock = state.execution.clock();
    ClockResponse {
        now: clock.now(),
        ahead_s: clock.offset().num_seconds(),
        movable: clock.is_movable_by(tenant),
        went_to: None,
    }
}

/// Reads the engine's clock.
#[utoipa::path(get, path = "/engine/clock", tag = "engine", operation_id = "read_clock",
    responses((status = 200, body = ClockResponse), (status = 401, body = Problem)))]
async fn clock(State(state): State<AppState>, SignedIn(caller): SignedIn) -> Result<Json<ClockResponse>, ApiError> {
    state.execution.clock().refresh().await?;
    Ok(Json(response(&state, &caller.tenant)))
}

/// How far to move it: `by` a duration, or `to` what is due next; one of the two.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipRequest {
    /// An ISO 8601 duration such as `PT10M`, forward only, 366 days at most.
    #[serde(default)]
    by: Option<Text<2, 40>>,
    /// What to go to.
    #[serde(default)]
    to: Option<SkipTarget>,
}

/// A moment named by what happens then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SkipTarget {
    /// The next moment at which something of the caller's dealership happens by itself: a wait ends, a held message may
    /// be sent, a schedule starts. What is due already is done first.
    Next,
}

/// Moves the engine's clock forward; timers that become due fire at once. In demonstration mode only, and only for people
/// of the sample dealership: there is one clock for all. `nothing_due` (409) when nothing waits for a moment to come.
#[utoipa::path(post, path = "/engine/clock/skip", tag = "engine", operation_id = "skip_clock",
    request_body = SkipRequest,
    responses((status = 200, body = ClockResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn skip(
    State(state): State<AppState>,
    caller: Allowed<MoveClock>,
    id: NewId,
    ApiJson(request): ApiJson<SkipRequest>,
) -> Result<Json<ClockResponse>, ApiError> {
    let invalid = |pointer: &str, message: String| {
        ApiError::unprocessable("invalid_input", "The input is not valid").field(pointer, message)
    };
    let tenant = &caller.principal.tenant;
    let to = match (request.by, request.to) {
        (Some(by), None) => {
            let by = IsoDuration::parse(by.as_str()).map_err(|error| invalid("/by", error.to_string()))?;
            SkipTo::Later(TimeDelta::milliseconds(by.approximate_millis()))
        }
        (None, Some(SkipTarget::Next)) => SkipTo::Next,
        (Some(_), Some(_)) | (None, None) => {
            return Err(invalid("", "must have either `by` or `to`".to_owned()));
        }
    };
    let went_to = state.execution.skip_once(tenant, &id.name(), to).await?;
    Ok(Json(ClockResponse { went_to, ..response(&state, tenant) }))
}
