//! Sign-in, renewal, sign-out, and who a token speaks for.

use std::sync::Arc;

use chrono::TimeDelta;

use super::jwt::Signed;
use super::keys::{Jwks, Keys};
use super::password::Passwords;
use super::principal::SignIn;
use super::{AuthError, Principal, jwt, refresh};
use crate::config::AuthConfig;
use crate::model::Clock;
use crate::model::user::User;
use crate::model::{TenantId, UserId};
use crate::store::refresh_tokens::{RefreshToken, Rotation};
use crate::store::users::Caller;
use crate::store::{Database, FailureRule};

/// The service; one per process.
#[derive(Debug)]
pub struct Service {
    pub(super) db: Database,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) passwords: Passwords,
    config: AuthConfig,
    keys: Keys,
    signed: Signed,
    failures: FailureRule,
}

/// What a sign-in or a renewal gives.
#[derive(Clone)]
pub struct Session {
    /// Who.
    pub user: User,
    /// JWT for `Authorization: Bearer`.
    pub access_token: String,
    /// Seconds the access token lives.
    pub expires_in: i64,
    /// Good once, for the next pair.
    pub refresh_token: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("user", &self.user.id).finish_non_exhaustive()
    }
}

impl Service {
    /// The service over these rows. Does no I/O; keys are read, or made, at first use.
    #[must_use]
    pub fn new(db: Database, clock: Arc<dyn Clock>, config: AuthConfig) -> Self {
        let pause = i64::try_from(config.failure_pause_s).unwrap_or(i64::MAX);
        let failures = FailureRule {
            max: i64::from(config.max_failures.max(1)),
            pause: TimeDelta::try_seconds(pause).unwrap_or(TimeDelta::days(1)),
        };
        let keys = Keys::new(db.clone(), Arc::clone(&clock));
        Self { db, clock, passwords: Passwords::new(), config, keys, signed: Signed::default(), failures }
    }

    /// What a server does once at its start: reads or makes the signing key, so that the first sign-in need not wait
    /// for it, and forgets refresh tokens that ended.
    ///
    /// # Errors
    /// [`AuthError::Store`] or [`AuthError::Crypto`].
    pub async fn prepare(&self) -> Result<(), AuthError> {
        self.db.delete_ended_refresh_tokens(self.clock.now()).await?;
        self.keys.signing().await.map(drop)
    }

    /// Exchanges e-mail address and password for tokens. `address` is where the caller calls from.
    ///
    /// # Errors
    /// [`AuthError::WrongCredentials`], [`AuthError::TooManyAttempts`], [`AuthError::Busy`].
    pub async fn login(&self, email: &str, password: &str, address: &str) -> Result<Session, AuthError> {
        let email = normal_email(email);
        // a hash: the table of failures tells nobody who tried to sign in from where
        let key = refresh::hash(&format!("{address} {email}"));
        let now = self.clock.now();
        if let Some(until) = self.db.begin_sign_in(&key, self.failures, now).await? {
            let retry_after_s = u64::try_from((until - now).num_seconds()).unwrap_or(0).max(1);
            return Err(AuthError::TooManyAttempts { retry_after_s });
        }
        let found = self.db.find_credentials(&email).await?;
        let stored = found.as_ref().map(|credentials| credentials.password_hash.clone());
        let fits = self.passwords.verify(password.to_owned(), stored).await?;
        match found {
            Some(credentials) if fits && credentials.user.active => {
                self.db.delete_sign_in_failures(&key).await?;
                self.begin_session(credentials.user).await
            }
            Some(_) | None => Err(AuthError::WrongCredentials),
        }
    }

    async fn begin_session(&self, user: User) -> Result<Session, AuthError> {
        let now = self.clock.now();
        let secret = refresh::secret()?;
        let token_hash = refresh::hash(&secret);
        self.db
            .insert_refresh_token(&RefreshToken {
                family_id: token_hash.clone(),
                token_hash: token_hash.clone(),
                tenant_id: user.tenant_id.clone(),
                user_id: user.id.clone(),
                created_at: now,
                expires_at: now + TimeDelta::days(self.config.refresh_days),
                used_at: None,
                revoked_at: None,
            })
            .await?;
        self.session(user, secret, token_hash).await
    }

    /// Exchanges a refresh token for the next pair.
    ///
    /// # Errors
    /// [`AuthError::RefreshReused`] (the family is revoked) or [`AuthError::RefreshInvalid`].
    pub async fn refresh(&self, secret: &str) -> Result<Session, AuthError> {
        let now = self.clock.now();
        let next = refresh::secret()?;
        let ends = now + TimeDelta::days(self.config.refresh_days);
        let old = refresh::hash(secret);
        match self.db.rotate_refresh_token(&old, &refresh::hash(&next), now, ends).await? {
            Rotation::Rotated(token) => match self.db.find_user(&token.tenant_id, &token.user_id).await? {
                Some(user) if user.active => self.session(user, next, token.family_id).await,
                Some(_) | None => {
                    self.db.revoke_refresh_family(&old, now).await?;
                    Err(AuthError::RefreshInvalid)
                }
            },
            Rotation::Reused(token) => {
                tracing::warn!(user.id = %token.user_id, "a refresh token was used twice; that sign-in is ended");
                Err(AuthError::RefreshReused)
            }
            Rotation::Refused => Err(AuthError::RefreshInvalid),
        }
    }

    /// Ends the sign-in a refresh token belongs to, its access tokens included. Unknown tokens are ignored.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, secret: &str) -> Result<(), AuthError> {
        Ok(self.db.revoke_refresh_family(&refresh::hash(secret), self.clock.now()).await?)
    }

    /// Who an access token speaks for, with the rights they have now: a role taken away or an account deactivated holds
    /// at once, not when the token ends.
    ///
    /// # Errors
    /// [`AuthError::TokenMalformed`], [`AuthError::TokenExpired`] or [`AuthError::TokenInvalid`].
    pub async fn verify(&self, access_token: &str) -> Result<Principal, AuthError> {
        let bearer =
            jwt::verify(access_token, (&self.keys, &self.signed), &self.config.issuer, self.clock.now()).await?;
        match self.signed_in(&bearer.tenant, &bearer.user, &bearer.sign_in).await? {
            Some(user) => Ok(Principal { sign_in: Some(bearer.sign_in), ..Principal::of(&user) }),
            None => Err(AuthError::TokenInvalid),
        }
    }

    /// Whether somebody who was let in would be let in again: what a stream asks that stays open for long.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_welcome(&self, caller: &Principal) -> Result<bool, AuthError> {
        let Some(sign_in) = &caller.sign_in else { return Ok(self.account(caller).await?.active) };
        Ok(self.signed_in(&caller.tenant, &caller.user, sign_in).await?.is_some())
    }

    /// The user, while the account is active and the sign-in has not been ended.
    async fn signed_in(&self, tenant: &TenantId, user: &UserId, sign_in: &SignIn) -> Result<Option<User>, AuthError> {
        let found = self.db.find_caller(tenant, user, sign_in.family.as_deref()).await?;
        let holds =
            |caller: &Caller| caller.user.active && caller.sign_outs == sign_in.sign_outs && !caller.family_ended;
        Ok(found.filter(holds).map(|caller| caller.user))
    }

    /// An access token for `user`, without a password: for tests and the command line.
    ///
    /// # Errors
    /// When the key cannot be read or made.
    pub async fn issue_for(&self, user: &User) -> Result<String, AuthError> {
        self.issue(user, None).await
    }

    async fn issue(&self, user: &User, family: Option<String>) -> Result<String, AuthError> {
        let key = self.keys.signing().await?;
        let life = TimeDelta::minutes(self.config.access_minutes);
        let caller = self.db.find_caller(&user.tenant_id, &user.id, None).await?.ok_or(AuthError::UnknownUser)?;
        let sign_in = SignIn { sign_outs: caller.sign_outs, family };
        jwt::sign(&Principal::of(user), sign_in, &key, &self.config.issuer, self.clock.now(), life)
    }

    /// The public keys.
    ///
    /// # Errors
    /// When the key cannot be read or made.
    pub async fn jwks(&self) -> Result<Jwks, AuthError> {
        self.keys.public().await
    }

    /// The caller's own account as it stands now.
    ///
    /// # Errors
    /// [`AuthError::UnknownUser`] when the account is gone.
    pub async fn account(&self, principal: &Principal) -> Result<User, AuthError> {
        self.db.find_user(&principal.tenant, &principal.user).await?.ok_or(AuthError::UnknownUser)
    }

    async fn session(&self, user: User, refresh_token: String, family: String) -> Result<Session, AuthError> {
        let access_token = self.issue(&user, Some(family)).await?;
        Ok(Session { user, access_token, expires_in: self.config.access_minutes * 60, refresh_token })
    }
}

/// Sign-in names are compared in lower case, without the spaces a phone adds.
pub(super) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}
