//! `POST /v1/approvals/{id}/delegate`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::{ApiJson, ApiPath};
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::approval::ApprovalRequest;
use crate::model::{ApprovalId, UserId};

/// To whom.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegateRequest {
    /// One of the request's `successors`.
    to: UserId,
}

/// Hand a pending request to somebody else who may decide it. Whoever hands it on decides it no more, unless it comes
/// back. Admins of the dealership may hand on anybody's request.
#[utoipa::path(post, path = "/approvals/{id}/delegate", tag = "approvals", operation_id = "delegate_approval",
    params(("id" = ApprovalId, Path)), request_body = DelegateRequest,
    responses((status = 200, body = ApprovalRequest), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn delegate(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<ApprovalId>,
    ApiJson(body): ApiJson<DelegateRequest>,
) -> Result<Json<ApprovalRequest>, ApiError> {
    Ok(Json(state.approvals.delegate(&allowed.principal, &id, &body.to).await?))
}
