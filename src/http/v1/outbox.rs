//! What connectors put out.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::{ExecutionId, Page, PageRequest};
use crate::store::OutboxEntry;

/// This resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which rows, and how many.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only what this execution put out.
    #[param(value_type = Option<String>)]
    execution: Option<ExecutionId>,
    /// Rows at most, 1 to 200 (50 when absent).
    limit: Option<i64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// What went out or was blocked, newest first.
#[utoipa::path(get, path = "/outbox", tag = "outbox", operation_id = "list_outbox", params(Filter),
    responses((status = 200, body = Page<OutboxEntry>), (status = "4XX", body = Problem)))]
async fn list(
    allowed: Allowed<Read>,
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Result<Json<Page<OutboxEntry>>, ApiError> {
    let execution = filter.execution.as_ref().map(ExecutionId::as_str);
    let page = PageRequest::new(filter.limit, filter.after);
    Ok(Json(state.db.list_outbox(&allowed.principal.tenant, execution, &page).await?))
}
