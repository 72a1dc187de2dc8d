//! Permission as a type in a handler's signature: `Allowed<Approve>` authenticates, checks and hands over the caller.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::ApiError;
use super::state::AppState;
use crate::auth::{Permission, Principal};

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

grants!(Converse, Draft, Read, Approve, Operate, Ingest, Administer, MoveClock);

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

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(_parts: &mut Parts, _state: &AppState) -> Result<Self, ApiError> {
        // CONTRACT: the identity slice replaces this body: `Authorization: Bearer <jwt>` verified by auth::Service.
        Err(ApiError::unauthorized("token_missing"))
    }
}
