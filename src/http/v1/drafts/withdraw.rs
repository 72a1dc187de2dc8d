//! `POST /v1/drafts/{id}/withdraw`

use axum::Json;
use axum::extract::State;

use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiPath;
use crate::http::principal::{Allowed, Draft as MayDraft};
use crate::http::problem::Problem;
use crate::model::DraftId;
use crate::model::draft::Draft;

/// Take a submission back.
#[utoipa::path(post, path = "/drafts/{id}/withdraw", tag = "drafts", operation_id = "withdraw_draft",
    params(("id" = DraftId, Path)),
    responses((status = 200, body = Draft), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn withdraw(
    State(state): State<AppState>,
    allowed: Allowed<MayDraft>,
    ApiPath(id): ApiPath<DraftId>,
) -> Result<Json<Draft>, ApiError> {
    Ok(Json(state.approvals.withdraw(&allowed.principal, &id).await?))
}
