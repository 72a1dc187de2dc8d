//! `GET /v1/drafts`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiQuery;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::draft::{Draft, DraftStatus};
use crate::model::{Page, PageRequest};

/// Which page of which drafts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDraftsQuery {
    /// Only drafts of this status.
    status: Option<DraftStatus>,
    /// Rows at most, 1 to 200 (50 when absent).
    limit: Option<i64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Drafts of the dealership, newest first, without their content.
#[utoipa::path(get, path = "/drafts", tag = "drafts", operation_id = "list_drafts", params(ListDraftsQuery),
    responses((status = 200, body = Page<Draft>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiQuery(query): ApiQuery<ListDraftsQuery>,
) -> Result<Json<Page<Draft>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    state.approvals.expire_overdue(&allowed.principal.tenant).await?;
    Ok(Json(state.drafts.list(&allowed.principal.tenant, query.status, &page).await?))
}
