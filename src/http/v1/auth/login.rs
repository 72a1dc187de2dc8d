//! E-mail address and password for tokens.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use serde::Deserialize;

use super::TokenResponse;
use crate::http::AppState;
use crate::http::bounded::Text;
use crate::http::error::ApiError;
use crate::http::extract::ApiJson;
use crate::http::problem::Problem;

/// Who, and what proves it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Sign-in name.
    email: Text<3, 254>,
    /// Password.
    password: Text<1, 256>,
}

/// Where the caller calls from: the peer of the connection, never a header, which anybody can write.
pub struct PeerAddress(String);

impl<S: Send + Sync> FromRequestParts<S> for PeerAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map_or_else(|| "unknown".to_owned(), |peer| peer.0.ip().to_string())))
    }
}

/// Sign in. After five failures in a row from one address on one account, that pair pauses for a minute.
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = LoginRequest,
    responses((status = 200, body = TokenResponse), (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
pub(super) async fn login(
    State(state): State<AppState>,
    PeerAddress(address): PeerAddress,
    ApiJson(body): ApiJson<LoginRequest>,
) -> Result<Json<TokenResponse>, ApiError> {
    let session = state.auth.login(body.email.as_str(), body.password.as_str(), &address).await?;
    Ok(Json(session.into()))
}
