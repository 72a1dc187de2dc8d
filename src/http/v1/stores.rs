//! The stores of the caller's dealership.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::principal::SignedIn;
use crate::http::problem::Problem;
use crate::model::tenant::Store;

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The stores, by id.
#[utoipa::path(get, path = "/stores", tag = "stores", operation_id = "list_stores",
    responses((status = 200, body = Vec<Store>), (status = 401, body = Problem)))]
async fn list(State(state): State<AppState>, SignedIn(caller): SignedIn) -> Result<Json<Vec<Store>>, ApiError> {
    Ok(Json(state.db.list_stores(&caller.tenant).await?))
}
