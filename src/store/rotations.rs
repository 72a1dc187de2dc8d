//! Whose turn it is on a list of people.

use super::{Database, StoreError};
use crate::model::TenantId;

/// A turn to take: written only when nobody else took one in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Which list: `lakeside-main/internet_sales`.
    pub list: String,
    /// Turns taken before this one.
    pub taken: i64,
    /// Who gets it.
    pub chosen: String,
}

impl Database {
    /// Who had the last turn on a list, and how many were taken.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_last_turn(&self, tenant: &TenantId, list: &str) -> Result<Option<(String, i64)>, StoreError> {
        let sql = "select last, turns from rotations where tenant_id = $1 and list = $2";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(list).fetch_optional(pool).await)?)
    }
}

/// Takes a turn through any executor. `Result<bool, sqlx::Error>`: false when somebody was faster.
macro_rules! take_turn_on {
    ($executor:expr, $tenant:expr, $turn:expr) => {{
        let turn: &$crate::store::rotations::Turn = $turn;
        sqlx::query(
            "insert into rotations (tenant_id, list, last, turns) values ($1, $2, $3, $4 + 1)
             on conflict (tenant_id, list) do update set last = excluded.last, turns = excluded.turns
             where rotations.turns = $4",
        )
        .bind($tenant)
        .bind(&turn.list)
        .bind(&turn.chosen)
        .bind(turn.taken)
        .execute($executor)
        .await
        .map(|done| done.rows_affected() == 1)
    }};
}
pub(super) use take_turn_on;
