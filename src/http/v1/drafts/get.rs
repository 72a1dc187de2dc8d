//! `GET /v1/drafts/{id}`

use axum::Json;
use axum::extract::State;

use super::response::DraftResponse;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiPath;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::DraftId;

/// A draft with its current content, how it reads, what is wrong with it and what is missing.
#[utoipa::path(get, path = "/drafts/{id}", tag = "drafts", operation_id = "get_draft", params(("id" = DraftId, Path)),
    responses((status = 200, body = DraftResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<DraftId>,
) -> Result<Json<DraftResponse>, ApiError> {
    let tenant = &allowed.principal.tenant;
    state.approvals.expire_overdue(tenant).await?;
    let view = state.drafts.get(tenant, &id).await?.ok_or_else(|| ApiError::not_found("draft"))?;
    Ok(Json(DraftResponse::of(&state.drafts, tenant, view).await?))
}
