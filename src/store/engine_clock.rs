//! How far the engine's clock is ahead of the real one.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::{Database, StoreError};

/// How long the name of a skip is remembered: longer than an `Idempotency-Key` is.
const REMEMBERED: TimeDelta = TimeDelta::days(2);

/// A skip that happens once, however often it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockSkip {
    /// What tells it from another.
    pub name: String,
    /// What is answered when it is asked for again.
    pub answer: Option<Value>,
    /// Real time.
    pub made_at: DateTime<Utc>,
}

const MOVE: &str = "update engine_clock set offset_ms = offset_ms + $1 where id = 1 returning offset_ms";

impl Database {
    /// The offset in milliseconds.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_clock_offset(&self) -> Result<i64, StoreError> {
        let sql = "select offset_ms from engine_clock where id = 1";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Adds to the offset and returns the new one.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_clock_offset(&self, add_ms: i64) -> Result<i64, StoreError> {
        Ok(with_pool!(self, pool => sqlx::query_scalar(MOVE).bind(add_ms).fetch_one(pool).await)?)
    }

    /// Adds to the offset unless this skip was made already; whether it was made now. Forgets skips of long ago.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_clock_skip(&self, skip: &ClockSkip, add_ms: i64) -> Result<bool, StoreError> {
        let forget = "delete from clock_skips where made_at < $1";
        let note = "insert into clock_skips (name, answer, made_at) values ($1, $2, $3) on conflict (name) do nothing";
        with_tx!(self, tx => {
            sqlx::query(forget).bind(skip.made_at - REMEMBERED).execute(&mut *tx).await?;
            let noted = sqlx::query(note).bind(&skip.name).bind(skip.answer.as_ref().map(Json)).bind(skip.made_at)
                .execute(&mut *tx).await?;
            if noted.rows_affected() == 0 {
                return Ok(false);
            }
            sqlx::query(MOVE).bind(add_ms).execute(&mut *tx).await?;
            Ok::<_, StoreError>(true)
        })
    }

    /// A skip that was made: its answer.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_clock_skip(&self, name: &str) -> Result<Option<Option<Value>>, StoreError> {
        let sql = "select answer from clock_skips where name = $1";
        let found: Option<Option<Json<Value>>> =
            with_pool!(self, pool => sqlx::query_scalar(sql).bind(name).fetch_optional(pool).await)?;
        Ok(found.map(|answer| answer.map(|json| json.0)))
    }
}
