//! Failed sign-ins in a row, by key, shared by every process on the database.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Database, StoreError};

/// When a key has to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureRule {
    /// Failures in a row before the pause.
    pub max: i64,
    /// The pause, counted from the last attempt that was let through.
    pub pause: TimeDelta,
}

impl Database {
    /// Counts an attempt as failed, until [`Database::delete_sign_in_failures`] takes it back: of many attempts sent at
    /// once no more than `rule.max` are let through. `Some`: the key pauses until then, and the attempt was not let
    /// through.
    ///
    /// # Errors
    /// As any statement.
    pub async fn begin_sign_in(
        &self,
        key: &str,
        rule: FailureRule,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        // one statement, so that two processes cannot both read the last free attempt
        let count = "insert into sign_in_failures (key, failures, last_at) values ($1, 1, $2)
                     on conflict (key) do update set
                       failures = case when sign_in_failures.failures >= $3 and sign_in_failures.last_at <= $4
                                  then 1 else sign_in_failures.failures + 1 end,
                       last_at = case when sign_in_failures.failures >= $3 and sign_in_failures.last_at > $4
                                 then sign_in_failures.last_at else $2 end
                     returning failures, last_at";
        let sweep = "delete from sign_in_failures where last_at <= $1";
        let ended = now - rule.pause;
        let (failures, last_at): (i64, DateTime<Utc>) = with_pool!(self, pool => sqlx::query_as(count)
            .bind(key).bind(now).bind(rule.max).bind(ended).fetch_one(pool).await)?;
        if failures == 1 {
            // only new keys make the table longer, so they pay for keeping it short
            with_pool!(self, pool => sqlx::query(sweep).bind(ended).execute(pool).await.map(drop))?;
        }
        Ok((failures > rule.max).then(|| last_at + rule.pause))
    }

    /// Forgets the failures of a key.
    ///
    /// # Errors
    /// As any statement.
    pub async fn delete_sign_in_failures(&self, key: &str) -> Result<(), StoreError> {
        let sql = "delete from sign_in_failures where key = $1";
        with_pool!(self, pool => sqlx::query(sql).bind(key).execute(pool).await.map(drop))?;
        Ok(())
    }
}
