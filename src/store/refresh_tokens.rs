//! Refresh tokens, by the SHA-256 of the secret. A family is the chain of tokens that began with one sign-in.

use chrono::{DateTime, Utc};

use super::{Database, StoreError};
use crate::model::{TenantId, UserId};

/// A row: one token ever given out.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RefreshToken {
    /// SHA-256 of the secret, hexadecimal.
    pub token_hash: String,
    /// Tenant of the user.
    pub tenant_id: TenantId,
    /// Whose.
    pub user_id: UserId,
    /// The sign-in it descends from.
    pub family_id: String,
    /// When it was given out.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was exchanged for the next.
    pub used_at: Option<DateTime<Utc>>,
    /// When its family was ended.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What became of an exchange.
#[derive(Debug, Clone)]
pub enum Rotation {
    /// The token was good and is used now; the new one stands in its family.
    Rotated(RefreshToken),
    /// The token had been used before: the whole family is revoked.
    Reused(RefreshToken),
    /// Unknown, ended or revoked.
    Refused,
}

const INSERT: &str = "insert into refresh_tokens (token_hash, tenant_id, user_id, family_id, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6)";

impl Database {
    /// Adds the first token of a family.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_refresh_token(&self, token: &RefreshToken) -> Result<(), StoreError> {
        with_pool!(self, pool => sqlx::query(INSERT)
            .bind(&token.token_hash).bind(&token.tenant_id).bind(&token.user_id).bind(&token.family_id)
            .bind(token.created_at).bind(token.expires_at)
            .execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Exchanges the token with hash `old` for one with hash `new`, or ends the family when `old` was used before.
    /// One transaction; of two concurrent exchanges of one token exactly one succeeds.
    ///
    /// # Errors
    /// As any statement.
    pub async fn rotate_refresh_token(
        &self,
        old: &str,
        new: &str,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation, StoreError> {
        let claim = "update refresh_tokens set used_at = $2
             where token_hash = $1 and used_at is null and revoked_at is null and expires_at > $2 returning *";
        let revoke = "update refresh_tokens set revoked_at = $2 where family_id = $1 and revoked_at is null";
        with_tx!(self, tx => { async {
            let claimed: Option<RefreshToken> =
                sqlx::query_as(claim).bind(old).bind(now).fetch_optional(&mut *tx).await?;
            if let Some(token) = claimed {
                sqlx::query(INSERT).bind(new).bind(&token.tenant_id).bind(&token.user_id).bind(&token.family_id)
                    .bind(now).bind(expires_at).execute(&mut *tx).await?;
                return Ok(Rotation::Rotated(token));
            }
            let known: Option<RefreshToken> = sqlx::query_as("select * from refresh_tokens where token_hash = $1")
                .bind(old).fetch_optional(&mut *tx).await?;
            match known {
                Some(token) if token.used_at.is_some() => {
                    sqlx::query(revoke).bind(&token.family_id).bind(now).execute(&mut *tx).await?;
                    Ok(Rotation::Reused(token))
                }
                Some(_) | None => Ok::<_, StoreError>(Rotation::Refused),
            }
        }.await })
    }

    /// Ends the family the token belongs to; unknown tokens are ignored.
    ///
    /// # Errors
    /// As any statement.
    pub async fn revoke_refresh_family(&self, token_hash: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "update refresh_tokens set revoked_at = $2 where revoked_at is null and family_id in
             (select family_id from refresh_tokens where token_hash = $1)";
        with_pool!(self, pool => sqlx::query(sql).bind(token_hash).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Ends every sign-in of a user: refresh tokens are revoked, access tokens of before are good no more.
    ///
    /// # Errors
    /// As any statement.
    pub async fn revoke_user_tokens(
        &self,
        tenant: &TenantId,
        user: &UserId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let sql = "update refresh_tokens set revoked_at = $3
             where tenant_id = $1 and user_id = $2 and revoked_at is null";
        let sign_out = "update users set sign_outs = sign_outs + 1 where tenant_id = $1 and id = $2";
        with_tx!(self, tx => {
            sqlx::query(sql).bind(tenant).bind(user).bind(now).execute(&mut *tx).await?;
            sqlx::query(sign_out).bind(tenant).bind(user).execute(&mut *tx).await?;
            Ok::<_, StoreError>(())
        })
    }

    /// Forgets tokens that ended before `before`: they can no longer be replayed.
    ///
    /// # Errors
    /// As any statement.
    pub async fn delete_ended_refresh_tokens(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let sql = "delete from refresh_tokens where expires_at < $1";
        let gone = with_pool!(self, pool => sqlx::query(sql).bind(before).execute(pool).await
            .map(|done| done.rows_affected()))?;
        Ok(gone)
    }
}
