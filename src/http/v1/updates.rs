//! Live notices for open pages: something of the dealership changed, look again.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Principal;
use crate::events::{Next, Topic};
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::http::sse::WELCOME;
use crate::store::Database;

/// Between two signs of life on a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Without word from other processes a page is asked to look again so often: what they did shows in the store only.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(updates))
}

/// Server-sent events `{"kind": "approval|execution|outbox|draft|workflow|clock|user", "id": "…"}`. A notice may be lost;
/// an event `missed` says so: read everything again. Ends when the caller may no longer sign in.
#[utoipa::path(get, path = "/updates", tag = "engine", operation_id = "updates",
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 401, body = Problem),
        (status = 429, description = "`too_many_streams`", body = Problem)))]
async fn updates(
    State(state): State<AppState>,
    caller: Allowed<Read>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let watch = state.streams.open(&caller.principal)?;
    let mut notices = state.events.subscribe(Topic::Tenant(caller.principal.tenant.clone()));
    let (events, stop) = (state.events.clone(), state.shutdown.clone());
    // an embedded database has one process
    let alone = matches!(state.db, Database::Sqlite(_));
    let (mut look_again, mut look) = (tokio::time::interval(LOOK_AGAIN), tokio::time::interval(WELCOME));
    look_again.reset();
    look.reset();
    let stream = async_stream::stream! {
        let _watch = watch; // counted until the stream is dropped
        // The first frame tells a client that it is connected before anything happens.
        yield Ok(Event::default().event("hello").data("{}"));
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => break,
                next = notices.next() => next,
                _ = look.tick() => if still_welcome(&state, &caller.principal).await { continue } else { break },
                _ = look_again.tick(), if !alone => {
                    if events.hears_others() { continue } else { Next::Missed }
                }
            };
            match next {
                Next::Notice(body) => {
                    if concerns(&body, &caller.principal) && !still_welcome(&state, &caller.principal).await {
                        break;
                    }
                    yield Ok(Event::default().event("update").data(&*body));
                }
                Next::Missed => yield Ok(Event::default().event("missed").data("{}")),
                Next::Closed => break,
            }
        }
    };
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Whether a notice says that the caller's own account changed.
fn concerns(notice: &str, caller: &Principal) -> bool {
    notice.contains(r#""kind":"user""#) && notice.contains(caller.user.as_str())
}

async fn still_welcome(state: &AppState, caller: &Principal) -> bool {
    // a store that does not answer says nothing about its reader: it is asked again
    state.auth.is_welcome(caller).await.unwrap_or(true)
}
