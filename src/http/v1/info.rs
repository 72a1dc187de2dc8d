//! What a page may know before anybody signed in.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(info))
}

/// This installation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Info {
    /// Sample data is loaded: the four accounts all have the password `demo`, and the engine's clock can be moved.
    demo: bool,
    /// The built-in offline planner answers instead of a language model.
    offline_model: bool,
    /// Version of the binary.
    version: &'static str,
}

/// What kind of installation this is. Open to anybody.
#[utoipa::path(get, path = "/info", tag = "health", security(()), responses((status = 200, body = Info)))]
async fn info(State(state): State<AppState>) -> Json<Info> {
    Json(Info { demo: state.demo, offline_model: state.config.llm.offline(), version: env!("CARGO_PKG_VERSION") })
}
