//! Version 1 of the REST interface, one file or folder a resource.

use utoipa_axum::router::OpenApiRouter;

use super::AppState;

pub mod auth;
pub mod info;
pub mod stores;
pub mod users;

/// Every resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().merge(auth::routes()).merge(info::routes()).merge(stores::routes()).merge(users::routes())
}
