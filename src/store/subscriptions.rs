//! What waiting executions listen for, indexed by what an event must carry, and how an event wakes them.

use super::{Database, StoreError};
use crate::model::TenantId;

/// One filter of a `listen` that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// Journal path of the `listen`, with the number of the filter.
    pub path: String,
    /// Event type asked for.
    pub event_type: String,
    /// The correlation expressions, as a JSON array.
    pub correlate_from: String,
    /// The values they must give, as a JSON array.
    pub correlate_key: String,
}

impl Database {
    /// The different sets of correlation expressions that executions of a tenant apply to a type of event.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_correlations(&self, tenant: &TenantId, event_type: &str) -> Result<Vec<String>, StoreError> {
        let sql = "select distinct correlate_from from subscriptions where tenant_id = $1 and event_type = $2";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(event_type).fetch_all(pool).await)?)
    }

    /// Makes the executions due that listen for this type of event with this key. An execution that an engine works on
    /// right now is marked too, and runs again after its turn. Returns how many.
    ///
    /// # Errors
    /// As any statement.
    pub async fn wake_subscribers(
        &self,
        tenant: &TenantId,
        event_type: &str,
        correlate_from: &str,
        correlate_key: &str,
    ) -> Result<u64, StoreError> {
        let sql = "update executions set wake_at = 0
                   where status in ('ready', 'waiting', 'running') and id in (
                     select execution_id from subscriptions where tenant_id = $1 and event_type = $2
                       and correlate_from = $3 and correlate_key = $4)";
        Ok(with_pool!(self, pool => sqlx::query(sql).bind(tenant).bind(event_type).bind(correlate_from)
            .bind(correlate_key).execute(pool).await.map(|done| done.rows_affected()))?)
    }
}
