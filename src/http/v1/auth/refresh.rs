//! A refresh token for the next pair.

use axum::Json;
use axum::extract::State;

use super::{RefreshRequest, TokenResponse};
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::problem::Problem;

/// Renew. Each refresh token is good once; using one twice ends the whole sign-in (`refresh_reused`).
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(()), request_body = RefreshRequest,
    responses((status = 200, body = TokenResponse), (status = 401, body = Problem)))]
pub(super) async fn refresh(
    State(state): State<AppState>,
    ApiJson(body): ApiJson<RefreshRequest>,
) -> Result<Json<TokenResponse>, ApiError> {
    Ok(Json(state.auth.refresh(body.refresh_token.as_str()).await?.into()))
}
