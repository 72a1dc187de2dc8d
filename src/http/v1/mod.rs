//! Version 1 of the REST interface, one file or folder a resource.

use utoipa_axum::router::OpenApiRouter;

use super::AppState;

/// Every resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
