//! Asking executions to end. Each ends by itself, before its next effect.

use crate::model::{ExecutionId, TenantId};
use crate::store::{Database, StoreError};

/// Asks to end the open executions of a workflow whose version is below the one given.
pub(in crate::store) const CANCEL_OF_WORKFLOW: &str = "update executions set cancel_requested = true, wake_at = 0,
      status = case when status = 'parked' then 'waiting' else status end
    where tenant_id = $1 and workflow_id = $2 and version < $3 and finished_at is null
      and status in ('ready', 'waiting', 'running', 'parked')";

impl Database {
    /// Asks to end an execution and makes it due; false when it is over already.
    ///
    /// # Errors
    /// As any statement.
    pub async fn cancel_execution(&self, tenant: &TenantId, id: &ExecutionId) -> Result<bool, StoreError> {
        let sql = "update executions set cancel_requested = true, wake_at = 0,
                     status = case when status = 'parked' then 'waiting' else status end
                   where tenant_id = $1 and id = $2 and status in ('ready', 'waiting', 'running', 'parked')";
        Ok(with_pool!(self, pool => sqlx::query(sql).bind(tenant).bind(id).execute(pool).await
            .map(|done| done.rows_affected() == 1))?)
    }
}
