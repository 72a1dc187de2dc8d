//! `POST /v1/drafts/{id}/edits`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::CREATED;
use super::response::DraftResponse;
use crate::http::AppState;
use crate::http::bounded::Few;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::principal::{Allowed, Draft};
use crate::http::problem::Problem;
use crate::model::DraftId;
use crate::model::draft::RevisionOrigin;
use crate::workflow::edit::EditOperation;

/// Operations on named targets; everything they do not name stays byte for byte as it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditRequest {
    /// The revision they are made for.
    base_revision: i64,
    /// What to do, in order; all of it or nothing.
    #[schema(value_type = Vec<Object>)]
    operations: Few<EditOperation, 64>,
}

/// Edit the draft. A submission waiting for a decision is voided (`voided_approval`).
#[utoipa::path(post, path = "/drafts/{id}/edits", tag = "drafts", operation_id = "edit_draft",
    params(("id" = DraftId, Path)), request_body = EditRequest,
    responses((status = 201, body = DraftResponse), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn edit(
    State(state): State<AppState>,
    allowed: Allowed<Draft>,
    ApiPath(id): ApiPath<DraftId>,
    ApiJson(body): ApiJson<EditRequest>,
) -> Result<(StatusCode, Json<DraftResponse>), ApiError> {
    let operations = body.operations.into_vec();
    if operations.is_empty() {
        return Err(ApiError::unprocessable("invalid_body", "The body does not have the expected shape")
            .field("/operations", "must have at least one operation"));
    }
    let origin = RevisionOrigin::Form;
    let view = state.drafts.edit(&allowed.principal, &id, body.base_revision, &operations, origin).await?;
    Ok((CREATED, Json(DraftResponse::of(&state.drafts, &allowed.principal.tenant, view).await?)))
}
