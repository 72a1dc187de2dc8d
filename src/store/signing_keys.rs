//! Keys that sign access tokens, shared by every replica on one database.

use chrono::{DateTime, Utc};

use super::{Database, StoreError};

/// One key pair.
#[derive(Clone, sqlx::FromRow)]
pub struct SigningKey {
    /// `kid` of tokens it signed.
    pub id: String,
    /// PKCS#8.
    pub private_pem: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Set: it signs no more, but what it signed is still good.
    pub retired_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Database {
    /// Every key, the one that signs first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_signing_keys(&self) -> Result<Vec<SigningKey>, StoreError> {
        let sql = "select id, private_pem, created_at, retired_at from signing_keys
                   order by case when retired_at is null then 0 else 1 end, created_at, id";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Adds a key, unless one that signs is there already: of two replicas that start together one wins.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_first_signing_key(&self, key: &SigningKey) -> Result<(), StoreError> {
        let sql = "insert into signing_keys (id, private_pem, created_at) select $1, $2, $3
                   where not exists (select 1 from signing_keys where retired_at is null)";
        with_pool!(self, pool => sqlx::query(sql)
            .bind(&key.id).bind(&key.private_pem).bind(key.created_at).execute(pool).await.map(drop))?;
        Ok(())
    }
}
