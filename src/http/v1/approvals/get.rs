//! `GET /v1/approvals/{id}`

use axum::Json;
use axum::extract::State;

use crate::approvals::Review;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiPath;
use crate::http::principal::{Allowed, Read};
use crate::http::problem::Problem;
use crate::model::ApprovalId;

/// Everything a decision needs: how it reads, how it looks, what changes against the running version, where every value
/// comes from, the messages it would send, who may decide and what was decided so far.
#[utoipa::path(get, path = "/approvals/{id}", tag = "approvals", operation_id = "get_approval",
    params(("id" = ApprovalId, Path)),
    responses((status = 200, body = Review), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn get(
    State(state): State<AppState>,
    allowed: Allowed<Read>,
    ApiPath(id): ApiPath<ApprovalId>,
) -> Result<Json<Review>, ApiError> {
    let found = state.approvals.get(&allowed.principal, &id).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found("approval request"))
}
