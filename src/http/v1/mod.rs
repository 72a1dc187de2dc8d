//! Version 1 of the REST interface, one file or folder a resource.

use utoipa_axum::router::OpenApiRouter;

use super::AppState;

pub mod auth;
pub mod info;
pub mod knowledge;
pub mod stores;
pub mod users;

/// Every resource.
pub fn routes() -> OpenApiRouter<AppState> {
    let resources = [auth::routes(), info::routes(), knowledge::routes(), stores::routes(), users::routes()];
    resources.into_iter().fold(OpenApiRouter::new(), OpenApiRouter::merge)
}
