//! Is it alive, is it ready, what is it waiting for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppState;

/// The health routes, outside `/v1` and open to anybody.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(live)).routes(routes!(ready))
}

/// State of the server.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`, or `degraded` when a part does not answer.
    status: &'static str,
    /// Version of the binary.
    version: &'static str,
    /// Which database holds the rows.
    database: &'static str,
    /// Parts that are not there yet.
    waiting_for: Vec<&'static str>,
}

async fn check(state: &AppState) -> Health {
    let database = tokio::time::timeout(std::time::Duration::from_secs(2), state.db.ping()).await;
    let mut waiting_for = Vec::new();
    if !matches!(database, Ok(Ok(()))) {
        waiting_for.push("database");
    }
    if state.knowledge.opening() {
        waiting_for.push("knowledge");
    }
    Health {
        status: if waiting_for.is_empty() { "ok" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        database: state.db.kind(),
        waiting_for,
    }
}

/// Overall state, for people.
#[utoipa::path(get, path = "/health", tag = "health", security(()), responses((status = 200, body = Health)))]
async fn health(State(state): State<AppState>) -> Json<Health> {
    Json(check(&state).await)
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "health", security(()), responses((status = 204)))]
async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Everything needed to work is there; 503 names what is not.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()), responses((status = 200, body = Health), (status = 503, body = Health)))]
async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let health = check(&state).await;
    let status = if health.waiting_for.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health))
}
