//! Permission as a type in a handler's signature: `Allowed<Approve>` authenticates, checks and hands over the caller.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::error::ApiError;
use super::state::AppState;
use crate::auth::{AuthError, Permission, Principal};

/// A permission at type level.
pub trait Grant: Send + Sync + 'static {
    /// Which one.
    const PERMISSION: Permission;
}

macro_rules! grants {
    ($($name:ident),*) => {$(
        #[doc = concat!("Requires [`Permission::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub struct $name;
        impl Grant for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

grants!(Converse, Draft, Read, Approve, Operate, Ingest, Curate, Administer, MoveClock);

/// The caller, known to have permission `G`.
#[derive(Debug)]
pub struct Allowed<G: Grant> {
    /// Who is asking.
    pub principal: Principal,
    grant: PhantomData<G>,
}

impl<G: Grant> FromRequestParts<AppState> for Allowed<G> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let SignedIn(principal) = SignedIn::from_request_parts(parts, state).await?;
        if principal.may(G::PERMISSION) {
            Ok(Self { principal, grant: PhantomData })
        } else {
            Err(ApiError::forbidden("permission_missing", "Your role does not allow this").detail(format!(
                "It needs the permission {:?}; ask an administrator of your dealership.",
                G::PERMISSION
            )))
        }
    }
}

/// The caller, whoever they are, as long as they are signed in.
#[derive(Debug)]
pub struct SignedIn(pub Principal);

/// The access token of a request. RFC 9110: the scheme is compared without regard to case.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        if let Some(known) = parts.extensions.get::<Principal>() {
            return Ok(Self(known.clone()));
        }
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::unauthorized("token_missing")
                .detail("Send `Authorization: Bearer <access token>`; POST /v1/auth/login gives one."));
        }
        let token = bearer(&parts.headers).ok_or(AuthError::TokenMalformed)?;
        Ok(Self(state.auth.verify(token).await?))
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        use axum::http::StatusCode as S;
        match error {
            AuthError::WrongCredentials => Self::new(S::UNAUTHORIZED, "wrong_credentials", "Sign-in failed")
                .detail("The e-mail address or the password is wrong, or the account is not active."),
            AuthError::TooManyAttempts { retry_after_s } => {
                Self::new(S::TOO_MANY_REQUESTS, "too_many_attempts", "Too many failed sign-ins")
                    .detail(format!("Wait {retry_after_s} seconds, then try again."))
                    .retry_after(retry_after_s)
            }
            AuthError::Busy => Self::new(S::SERVICE_UNAVAILABLE, "busy", "Too many sign-ins at the same moment")
                .detail("Try again in a few seconds.")
                .retry_after(5),
            AuthError::TokenMalformed => {
                Self::unauthorized("token_malformed").detail("The Authorization header holds no access token.")
            }
            AuthError::TokenExpired => {
                Self::unauthorized("token_expired").detail("Renew it with POST /v1/auth/refresh.")
            }
            AuthError::TokenInvalid => Self::unauthorized("token_invalid").detail("Sign in again."),
            AuthError::RefreshInvalid => Self::unauthorized("refresh_invalid").detail("Sign in again."),
            AuthError::RefreshReused => Self::unauthorized("refresh_reused")
                .detail("This refresh token was used before, so the whole sign-in was ended. Sign in again."),
            AuthError::UnknownUser => Self::not_found("user"),
            AuthError::AboveOwnRole => Self::forbidden("above_own_role", "Your role does not allow this")
                .detail("Nobody gives or changes a role above their own."),
            AuthError::OwnAccount => Self::conflict("own_account", "Not on your own account")
                .detail("Ask another administrator to change your role or to deactivate you."),
            AuthError::LastAdministrator => {
                Self::conflict("last_administrator", "The dealership needs an administrator")
                    .detail("Make somebody else an administrator first, then change this account.")
            }
            AuthError::EmailTaken => Self::conflict("email_taken", "The e-mail address is in use")
                .field("/email", "another account has this address"),
            AuthError::UnknownStore(store) => Self::unprocessable("unknown_store", "There is no such store")
                .field("/stores", format!("the dealership has no store `{store}`")),
            AuthError::Store(error) => error.into(),
            AuthError::Crypto(_) => Self::internal(error),
        }
    }
}
