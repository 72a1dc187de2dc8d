//! Rows of `model_spending`: what model calls took, by user and day.

use super::{Database, StoreError};
use crate::model::spending::{Day, DaySpending, Spending, Spent};
use crate::model::{TenantId, UserId};

/// What one model call took, and whose it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Who asked.
    pub user: UserId,
    /// On which day.
    pub day: Day,
    /// What it took.
    pub spent: Spent,
}

/// Adds a charge to its day.
pub(super) const ADD_SPENDING: &str = "insert into model_spending
       (tenant_id, day, user_id, model_calls, input_tokens, cached_tokens, output_tokens, cost_microdollars)
     values ($1, $2, $3, 1, $4, $5, $6, $7)
     on conflict (tenant_id, day, user_id) do update set
       model_calls = model_spending.model_calls + 1,
       input_tokens = model_spending.input_tokens + excluded.input_tokens,
       cached_tokens = model_spending.cached_tokens + excluded.cached_tokens,
       output_tokens = model_spending.output_tokens + excluded.output_tokens,
       cost_microdollars = model_spending.cost_microdollars + excluded.cost_microdollars";

const OF_DAY: &str = "select
       cast(coalesce(sum(case when user_id = $3 then input_tokens + output_tokens else 0 end), 0) as bigint),
       cast(coalesce(sum(case when user_id = $3 then cost_microdollars else 0 end), 0) as bigint),
       cast(coalesce(sum(input_tokens + output_tokens), 0) as bigint),
       cast(coalesce(sum(cost_microdollars), 0) as bigint)
     from model_spending where tenant_id = $1 and day = $2";

impl Database {
    /// What a user and their tenant spent on a day.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_spending(&self, tenant: &TenantId, user: &UserId, day: Day) -> Result<DaySpending, StoreError> {
        let row: (i64, i64, i64, i64) = with_pool!(self, pool => {
            sqlx::query_as(OF_DAY).bind(tenant).bind(day.number()).bind(user).fetch_one(pool).await
        })?;
        Ok(DaySpending {
            user: Spending { tokens: row.0, cost_microdollars: row.1 },
            tenant: Spending { tokens: row.2, cost_microdollars: row.3 },
        })
    }
}
