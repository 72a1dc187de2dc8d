//! Runs: follow one again, stop one.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::chat::recorder::NUMBERS_LOST_AT_MOST;
use crate::http::AppState;
use crate::http::bounded::Count;
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
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// Number of the last frame the client has; all frames when absent. The `Last-Event-ID` header does the same; of
    /// the two the later one counts, because a browser that reconnects keeps the address it began with.
    #[param(inline)]
    after: Option<Count>,
}

/// The frames of a run after a number, then those to come.
#[utoipa::path(
    get, path = "/runs/{run}/events", tag = "conversation", operation_id = "run_events",
    params(("run" = String, Path, description = "As given in `runId`"), EventsQuery),
    responses(
        (status = 200, description = "AG-UI 1.0 events", content_type = "text/event-stream", body = String),
        (status = 404, body = Problem),
        (status = 422, description = "`unknown_frame`", body = Problem),
        (status = 429, description = "`too_many_streams`", body = Problem),
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
    let asked = query.after.map_or(0, i64::from);
    let seen = match headers.get(LAST_EVENT_ID) {
        Some(value) => sse::frame_number(value.as_bytes(), &name).ok_or_else(|| {
            unknown_frame(LAST_EVENT_ID_POINTER, format!("must be the id of a frame of this run: {name}:<number>"))
        })?,
        None => 0,
    };
    let (after, pointer) = if seen > asked { (seen, LAST_EVENT_ID_POINTER) } else { (asked, "?after") };
    let last = state.db.last_frame(&caller.principal.tenant, &run.id).await?;
    // a piece goes out up to 100 ms before it is stored; the recovery of a crashed run numbers beyond what was lost
    let beyond = if run.finished_at.is_some() { last } else { last + NUMBERS_LOST_AT_MOST };
    if after > beyond {
        return Err(unknown_frame(pointer, format!("the last frame of this run is {last}")));
    }
    let watch = state.streams.open(&caller.principal)?;
    let followed = Followed { caller: caller.principal, run: run.id, name, after };
    Ok(sse::follow(&state, followed, None, watch))
}

const LAST_EVENT_ID: &str = "last-event-id";
const LAST_EVENT_ID_POINTER: &str = "last-event-id:";

/// 422: the client says it has a frame that does not exist; following from there would skip what it has not seen.
fn unknown_frame(pointer: &str, message: String) -> ApiError {
    ApiError::unprocessable("unknown_frame", "There is no such frame")
        .detail("Follow the run without a number to have every frame.")
        .field(pointer, message)
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
