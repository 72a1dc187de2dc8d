//! The public keys of our access tokens.

use axum::Json;
use axum::extract::State;

use crate::auth::Jwks;
use crate::http::AppState;
use crate::http::error::ApiError;

/// The keys that verify access tokens (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", security(()), responses((status = 200, body = Jwks)))]
pub(super) async fn jwks(State(state): State<AppState>) -> Result<Json<Jwks>, ApiError> {
    Ok(Json(state.auth.jwks().await?))
}
