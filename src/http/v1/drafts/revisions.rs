//! `GET /v1/drafts/{id}/revisions` and one of them.

use axum::Json;
use axum::extract::State;

use super::response::RevisionResponse;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiPath;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::DraftId;
use crate::model::draft::RevisionSummary;

/// Every revision, oldest first, without its content.
#[utoipa::path(get, path = "/drafts/{id}/revisions", tag = "drafts", operation_id = "list_revisions",
    params(("id" = DraftId, Path)),
    responses((status = 200, body = Vec<RevisionSummary>), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<DraftId>,
) -> Result<Json<Vec<RevisionSummary>>, ApiError> {
    let revisions = state.db.list_revisions(&allowed.principal.tenant, &id).await?;
    // a draft has at least one
    if revisions.is_empty() { Err(ApiError::not_found("draft")) } else { Ok(Json(revisions)) }
}

/// One revision with its content.
#[utoipa::path(get, path = "/drafts/{id}/revisions/{revision}", tag = "drafts", operation_id = "get_revision",
    params(("id" = DraftId, Path), ("revision" = i64, Path)),
    responses((status = 200, body = RevisionResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath((id, revision)): ApiPath<(DraftId, i64)>,
) -> Result<Json<RevisionResponse>, ApiError> {
    let found = state.db.find_revision(&allowed.principal.tenant, &id, revision).await?;
    Ok(Json(found.ok_or_else(|| ApiError::not_found("revision"))?.into()))
}
