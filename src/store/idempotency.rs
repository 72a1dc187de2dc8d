//! Keys of requests that must not be carried out twice (`Idempotency-Key`), and the answer the first of them got.
//!
//! A key is taken before the work and settled after it. One that was taken by a process that died is free again after
//! its lock ran out; whoever takes it then gets the same seed, so that the ids made from it are the same.

use chrono::{DateTime, Utc};

use super::{Database, StoreError};
use crate::model::{TenantId, UserId};

/// Whose key, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyScope {
    /// Whose.
    pub tenant: TenantId,
    /// Who sent it; the same key of somebody else is another key.
    pub user: UserId,
    /// Method and route template; the same key on another route is another key.
    pub route: String,
    /// The key.
    pub key: String,
}

/// A request that wants its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// The key.
    pub scope: KeyScope,
    /// What tells this request from another with the same key.
    pub fingerprint: String,
    /// What ids are made from, if it is the first.
    pub seed: String,
    /// Until when it counts as being worked on.
    pub locked_until: DateTime<Utc>,
    /// When the key may be forgotten.
    pub expires_at: DateTime<Utc>,
    /// Keys one person may have at most.
    pub most: i64,
}

/// An answer that was given, for giving again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: i64,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its body; absent when it was too large to keep.
    pub body: Option<String>,
}

/// What a key is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyClaim {
    /// Carry the request out, and make ids from this seed.
    Yours(String),
    /// It was carried out: this was the answer.
    Answered(KeptAnswer),
    /// Another attempt is being worked on.
    InFlight,
    /// The key came with another request before.
    Reused,
    /// This person has too many keys already.
    TooMany,
}

#[derive(sqlx::FromRow)]
struct Row {
    fingerprint: String,
    seed: String,
    locked_until: DateTime<Utc>,
    status: Option<i64>,
    content_type: Option<String>,
    body: Option<String>,
}

/// A key that is neither free nor taken was given back in between; looked at again so often.
const ROUNDS: usize = 3;

const FORGET: &str = "delete from idempotency_keys where expires_at <= $1";
const TAKE: &str = "insert into idempotency_keys
       (tenant_id, user_id, route, idempotency_key, fingerprint, seed, locked_until, expires_at)
     select $1, $2, $3, $4, $5, $6, $7, $8
     where (select count(*) from idempotency_keys where tenant_id = $1 and user_id = $2) < $9
     on conflict (tenant_id, user_id, route, idempotency_key) do nothing";
const FIND: &str = "select fingerprint, seed, locked_until, status, content_type, body from idempotency_keys
     where tenant_id = $1 and user_id = $2 and route = $3 and idempotency_key = $4";
const TAKE_OVER: &str = "update idempotency_keys set locked_until = $5
     where tenant_id = $1 and user_id = $2 and route = $3 and idempotency_key = $4 and status is null
       and locked_until <= $6";
const SETTLE: &str = "update idempotency_keys set status = $5, content_type = $6, body = $7
     where tenant_id = $1 and user_id = $2 and route = $3 and idempotency_key = $4 and status is null";
const FREE: &str = "delete from idempotency_keys
     where tenant_id = $1 and user_id = $2 and route = $3 and idempotency_key = $4 and status is null";

/// A statement with the four parts of a key bound.
macro_rules! keyed {
    ($query:expr, $scope:expr) => {
        $query.bind(&$scope.tenant).bind(&$scope.user).bind(&$scope.route).bind(&$scope.key)
    };
}

impl Database {
    /// Takes a key, or says why not. Forgets what has expired.
    ///
    /// # Errors
    /// As any statement.
    pub async fn claim_idempotency_key(&self, asked: &KeyRequest, now: DateTime<Utc>) -> Result<KeyClaim, StoreError> {
        let scope = &asked.scope;
        with_pool!(self, pool => sqlx::query(FORGET).bind(now).execute(pool).await.map(drop))?;
        for _ in 0..ROUNDS {
            let taken = with_pool!(self, pool => keyed!(sqlx::query(TAKE), scope)
                .bind(&asked.fingerprint).bind(&asked.seed).bind(asked.locked_until).bind(asked.expires_at)
                .bind(asked.most).execute(pool).await.map(|done| done.rows_affected()))?;
            if taken == 1 {
                return Ok(KeyClaim::Yours(asked.seed.clone()));
            }
            let found: Option<Row> =
                with_pool!(self, pool => keyed!(sqlx::query_as(FIND), scope).fetch_optional(pool).await)?;
            if let Some(found) = found {
                return self.claim_taken_key(asked, found, now).await;
            }
        }
        Ok(KeyClaim::TooMany)
    }

    async fn claim_taken_key(
        &self,
        asked: &KeyRequest,
        found: Row,
        now: DateTime<Utc>,
    ) -> Result<KeyClaim, StoreError> {
        if found.fingerprint != asked.fingerprint {
            return Ok(KeyClaim::Reused);
        }
        if let Some(status) = found.status {
            let (content_type, body) = (found.content_type, found.body);
            return Ok(KeyClaim::Answered(KeptAnswer { status, content_type, body }));
        }
        if found.locked_until > now {
            return Ok(KeyClaim::InFlight);
        }
        let taken_over = with_pool!(self, pool => keyed!(sqlx::query(TAKE_OVER), asked.scope)
            .bind(asked.locked_until).bind(now).execute(pool).await.map(|done| done.rows_affected()))?;
        Ok(if taken_over == 1 { KeyClaim::Yours(found.seed) } else { KeyClaim::InFlight })
    }

    /// Ends the lock of every key. Only where no other process can be working on one.
    ///
    /// # Errors
    /// As any statement.
    pub async fn unlock_idempotency_keys(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "update idempotency_keys set locked_until = $1 where status is null";
        with_pool!(self, pool => sqlx::query(sql).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Keeps the answer of a request that was carried out.
    ///
    /// # Errors
    /// As any statement.
    pub async fn settle_idempotency_key(&self, scope: &KeyScope, answer: &KeptAnswer) -> Result<(), StoreError> {
        with_pool!(self, pool => keyed!(sqlx::query(SETTLE), scope)
            .bind(answer.status).bind(&answer.content_type).bind(&answer.body).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Gives a key back whose request came to nothing.
    ///
    /// # Errors
    /// As any statement.
    pub async fn free_idempotency_key(&self, scope: &KeyScope) -> Result<(), StoreError> {
        with_pool!(self, pool => keyed!(sqlx::query(FREE), scope).execute(pool).await.map(drop))?;
        Ok(())
    }
}
