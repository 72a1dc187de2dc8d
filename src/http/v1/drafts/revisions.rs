//! `GET /v1/drafts/{id}/revisions` and one of them.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::response::RevisionResponse;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiPath, ApiQuery};
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::draft::RevisionSummary;
use crate::model::{After, DraftId, Page, PageLimit, PageRequest};

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListRevisionsQuery {
    /// Rows at most.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<PageLimit>,
    /// `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<After<i64>>,
}

/// The revisions, oldest first, without their content.
#[utoipa::path(get, path = "/drafts/{id}/revisions", tag = "drafts", operation_id = "list_revisions",
    params(("id" = DraftId, Path), ListRevisionsQuery),
    responses((status = 200, body = Page<RevisionSummary>), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<DraftId>,
    ApiQuery(query): ApiQuery<ListRevisionsQuery>,
) -> Result<Json<Page<RevisionSummary>>, ApiError> {
    let page = PageRequest::new(query.limit, query.after);
    let revisions = state.db.list_revisions_page(&allowed.principal.tenant, &id, &page).await?;
    // a draft has at least one
    let unknown = revisions.items.is_empty() && page.after.is_none();
    if unknown { Err(ApiError::not_found("draft")) } else { Ok(Json(revisions)) }
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
