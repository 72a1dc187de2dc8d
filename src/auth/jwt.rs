//! Access tokens: RS256 only, our issuer, our audience, our clock.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

use super::keys::{Key, Keys};
use super::principal::SignIn;
use super::seen::Seen;
use super::{AuthError, Principal};
use crate::model::user::SystemRole;
use crate::model::{StoreId, TenantId, UserId};

/// `aud` of access tokens.
const AUDIENCE: &str = "auterity-api";
/// Longer ones are not ours.
const MAX_LENGTH: usize = 8 * 1024;
/// Seconds by which the clocks of two replicas may differ.
const SKEW_S: i64 = 60;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    tenant: TenantId,
    name: String,
    role: SystemRole,
    job_roles: Vec<String>,
    stores: Vec<StoreId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    employee: Option<String>,
    /// How often every sign-in of the user had been ended when this was made.
    #[serde(default)]
    sign_outs: i64,
    /// The sign-in it belongs to: the family of its refresh tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

/// What a valid token says; whether its user still may is for the store to tell.
#[derive(Debug)]
pub(super) struct Bearer {
    /// Their tenant.
    pub(super) tenant: TenantId,
    /// Who.
    pub(super) user: UserId,
    /// What it was made under.
    pub(super) sign_in: SignIn,
}

/// Signs a token for `principal` that ends `life` after `now`.
pub(super) fn sign(
    principal: &Principal,
    sign_in: SignIn,
    key: &Key,
    issuer: &str,
    now: DateTime<Utc>,
    life: TimeDelta,
) -> Result<String, AuthError> {
    let claims = Claims {
        iss: issuer.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: principal.user.clone(),
        iat: now.timestamp(),
        exp: (now + life).timestamp(),
        nbf: None,
        tenant: principal.tenant.clone(),
        name: principal.name.clone(),
        role: principal.role,
        job_roles: principal.job_roles.clone(),
        stores: principal.stores.clone(),
        employee: principal.employee_id.clone(),
        sign_outs: sign_in.sign_outs,
        sid: sign_in.family,
    };
    let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::RS256) };
    encode(&header, &claims, &key.signs).map_err(AuthError::crypto)
}

/// Tokens that were signed by us.
#[derive(Debug, Default)]
pub(super) struct Signed(Seen<Claims>);

/// Who the token speaks for.
pub(super) async fn verify(
    token: &str,
    (keys, signed): (&Keys, &Signed),
    issuer: &str,
    now: DateTime<Utc>,
) -> Result<Bearer, AuthError> {
    if token.len() > MAX_LENGTH {
        return Err(AuthError::TokenMalformed);
    }
    // `alg: none` and unknown algorithms fail here or below: only RS256 is ever accepted.
    let header = decode_header(token).map_err(|_| AuthError::TokenMalformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(AuthError::TokenInvalid);
    }
    let kid = header.kid.ok_or(AuthError::TokenInvalid)?;
    let key = keys.verifying(&kid).await?.ok_or(AuthError::TokenInvalid)?;
    let claims = signed.0.read(token, || {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The library would read the machine's clock; ours is passed in.
        rules.validate_exp = false;
        let read = decode::<Claims>(token, &key.verifies, &rules).map_err(|_| AuthError::TokenInvalid)?;
        Ok::<_, AuthError>(read.claims)
    })?;
    if now.timestamp() >= claims.exp {
        return Err(AuthError::TokenExpired);
    }
    let begins = claims.nbf.unwrap_or(claims.iat).max(claims.iat);
    if begins > now.timestamp() + SKEW_S {
        return Err(AuthError::TokenInvalid);
    }
    let sign_in = SignIn { sign_outs: claims.sign_outs, family: claims.sid.clone() };
    Ok(Bearer { tenant: claims.tenant.clone(), user: claims.sub.clone(), sign_in })
}
