//! Approved workflows: what is in force, its versions, pause and retire.

mod get;
mod list;
mod status;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(get::get))
        .routes(routes!(status::pause))
        .routes(routes!(status::resume))
        .routes(routes!(status::retire))
}
