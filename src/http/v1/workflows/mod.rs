//! Approved workflows: what is in force, its versions, starting one by hand, pause and retire.

mod get;
mod list;
mod start;
mod status;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(get::get))
        .routes(routes!(start::start))
        .routes(routes!(status::pause))
        .routes(routes!(status::resume))
        .routes(routes!(status::retire))
}
