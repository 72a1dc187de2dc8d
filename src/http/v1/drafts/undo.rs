//! `POST /v1/drafts/{id}/undo`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::CREATED;
use super::response::DraftResponse;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::principal::{Allowed, Draft};
use crate::http::problem::Problem;
use crate::model::DraftId;

/// What to take back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// The revision the caller looks at.
    base_revision: i64,
    /// Bring back this revision instead of the one before: how an undo is undone.
    #[serde(default)]
    to_revision: Option<i64>,
}

/// Take back the last change, by one more revision. Repeated, it goes further back, without limit.
#[utoipa::path(post, path = "/drafts/{id}/undo", tag = "drafts", operation_id = "undo_draft",
    params(("id" = DraftId, Path)), request_body = UndoRequest,
    responses((status = 201, body = DraftResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn undo(
    State(state): State<AppState>,
    allowed: Allowed<Draft>,
    ApiPath(id): ApiPath<DraftId>,
    ApiJson(body): ApiJson<UndoRequest>,
) -> Result<(StatusCode, Json<DraftResponse>), ApiError> {
    let view = state.drafts.undo(&allowed.principal, &id, body.base_revision, body.to_revision).await?;
    Ok((CREATED, Json(DraftResponse::of(&state.drafts, &allowed.principal.tenant, view).await?)))
}
