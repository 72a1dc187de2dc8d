//! `POST /v1/drafts/{id}/submit`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::CREATED;
use crate::http::AppState;
use crate::http::bounded::Digested;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::principal::{Allowed, Draft};
use crate::http::problem::Problem;
use crate::model::DraftId;
use crate::model::approval::ApprovalRequest;

/// What is submitted: exactly the content the author looked at.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitRequest {
    /// Its revision.
    revision: i64,
    /// Its digest.
    #[schema(value_type = String)]
    digest: Digested,
}

/// Submit the draft for approval. It is frozen until somebody decides, takes it back or changes it.
#[utoipa::path(post, path = "/drafts/{id}/submit", tag = "drafts", operation_id = "submit_draft",
    params(("id" = DraftId, Path)), request_body = SubmitRequest,
    responses((status = 201, body = ApprovalRequest), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn submit(
    State(state): State<AppState>,
    allowed: Allowed<Draft>,
    ApiPath(id): ApiPath<DraftId>,
    ApiJson(body): ApiJson<SubmitRequest>,
) -> Result<(StatusCode, Json<ApprovalRequest>), ApiError> {
    let request = state.approvals.submit(&allowed.principal, &id, body.revision, &body.digest.0).await?;
    Ok((CREATED, Json(request)))
}
