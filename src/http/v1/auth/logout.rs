//! The end of a sign-in.

use axum::extract::State;
use axum::http::StatusCode;

use super::RefreshRequest;
use crate::http::AppState;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::problem::Problem;

/// Sign out: the refresh token and all that descend from the same sign-in are good no more. The access token ends by
/// itself. Unknown tokens answer the same.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security(()), request_body = RefreshRequest,
    responses((status = 204), (status = 422, body = Problem)))]
pub(super) async fn logout(
    State(state): State<AppState>,
    ApiJson(body): ApiJson<RefreshRequest>,
) -> Result<StatusCode, ApiError> {
    state.auth.logout(body.refresh_token.as_str()).await?;
    Ok(StatusCode::NO_CONTENT)
}
