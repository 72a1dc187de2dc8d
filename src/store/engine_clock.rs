//! How far the engine's clock is ahead of the real one.

use super::{Database, StoreError};

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
        let sql = "update engine_clock set offset_ms = offset_ms + $1 where id = 1 returning offset_ms";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(add_ms).fetch_one(pool).await)?)
    }
}
