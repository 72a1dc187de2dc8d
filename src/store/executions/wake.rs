//! What wakes executions, and when the next one wakes by itself.

use super::NEVER;
use crate::model::{ExecutionId, TenantId, WorkflowId};
use crate::store::{Database, StoreError};

/// Makes every waiting execution of a workflow due, so that it looks again whether it may go on.
pub(in crate::store) const WAKE_OF_WORKFLOW: &str = "update executions set wake_at = 0
    where tenant_id = $1 and workflow_id = $2 and finished_at is null and status in ('waiting', 'running')";

/// An execution that wakes by itself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waking {
    /// Which.
    pub id: ExecutionId,
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// The workflow's title.
    pub title: String,
    /// When, in ms of engine time.
    pub wake_at: i64,
    /// What it does until then: `waiting`, `listening`, `calling` …
    pub doing: String,
    /// A message of it waits for permitted hours.
    pub holds_message: bool,
}

impl Database {
    /// Next moment (ms of engine time) at which some execution wakes by itself.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_next_wake(&self) -> Result<Option<i64>, StoreError> {
        let sql = "select min(wake_at) from executions where status in ('ready', 'waiting')";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// The execution of a tenant that wakes next by itself after `now_ms` (engine time). Those that look again and again
    /// whether a pause is over do not count.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_next_waking(&self, tenant: &TenantId, now_ms: i64) -> Result<Option<Waking>, StoreError> {
        let sql = "select id, workflow_id, title, wake_at, coalesce(progress ->> 'doing', '') as doing,
                     exists (select 1 from outbox o where o.execution_id = executions.id and o.status = 'held')
                       as holds_message
                   from executions
                   where tenant_id = $1 and status = 'waiting' and wake_at > $2 and wake_at < $3
                     and coalesce(progress ->> 'doing', '') <> 'paused'
                   order by wake_at limit 1";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(now_ms).bind(NEVER)
            .fetch_optional(pool).await)?)
    }

    /// Whether something of a tenant is due or worked on at this moment: an event to route, an execution to run.
    ///
    /// # Errors
    /// As any statement.
    pub async fn has_work_in_hand(&self, tenant: &TenantId, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from executions where tenant_id = $1
                     and (status in ('ready', 'running') or (status = 'waiting' and wake_at <= $2)))
                     or exists (select 1 from events where tenant_id = $1 and routed_at is null)";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(now_ms).fetch_one(pool).await)?)
    }
}
