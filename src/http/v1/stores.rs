//! The stores of the caller's dealership.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::SignedIn;
use crate::http::problem::Problem;
use crate::model::tenant::Store;
use crate::model::{After, Page, PageLimit, PageRequest, StoreId};

/// The routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListStoresQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<StoreId>>,
}

/// The stores, by id.
#[utoipa::path(get, path = "/stores", tag = "stores", operation_id = "list_stores", params(ListStoresQuery),
    responses((status = 200, body = Page<Store>), (status = 400, body = Problem), (status = 401, body = Problem)))]
async fn list(
    State(state): State<AppState>,
    SignedIn(caller): SignedIn,
    ApiQuery(query): ApiQuery<ListStoresQuery>,
) -> Result<Json<Page<Store>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    Ok(Json(state.db.list_stores_page(&caller.tenant, &page).await?))
}
