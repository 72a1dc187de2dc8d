//! The start of an execution: once per trigger, and only of an active workflow.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::model::{ExecutionId, StoreId, TenantId, UserId, WorkflowId};
use crate::store::{Database, StoreError};
use crate::workflow::{Definition, Digest};

/// An execution to start.
#[derive(Debug, Clone)]
pub struct NewExecution {
    /// Its id.
    pub id: ExecutionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it runs.
    pub store: StoreId,
    /// Which workflow.
    pub workflow: WorkflowId,
    /// Which version of it.
    pub version: i64,
    /// Digest of the definition that was approved.
    pub digest: Digest,
    /// The definition itself: running executions never migrate.
    pub definition: Definition,
    /// `source` of the event that started it, or `schedule` or `manual`.
    pub trigger_source: String,
    /// `id` of the event, moment of the schedule, or a key of the caller.
    pub trigger_id: String,
    /// Who asked for the workflow: recipient `requester`.
    pub requested_by: Option<UserId>,
    /// Depth of the event that started it.
    pub depth: i64,
    /// Place in the event log after which its listeners begin.
    pub start_seq: i64,
    /// `$workflow.input`.
    pub input: Value,
    /// When it starts (engine time).
    pub now: DateTime<Utc>,
}

/// The latest execution that a schedule started.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LastRun {
    /// The moment it was started for.
    pub trigger_id: String,
    /// When it ended (engine time).
    pub finished_at: Option<DateTime<Utc>>,
}

/// Of a workflow that was paused or retired since the caller read it, none is started.
pub(in crate::store) const INSERT: &str =
    "insert into executions (id, tenant_id, store_id, workflow_id, version, digest, title, definition,
       interpreter_version, trigger_source, trigger_id, requested_by, depth, start_seq, input, status, progress,
       wake_at, lease_until, epoch, recoveries, cancel_requested, started_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $14, 'ready', $15, 0, 0, 0, 0, false, $16
     where not exists (select 1 from workflows where tenant_id = $2 and id = $4 and status <> 'active')
     on conflict (tenant_id, workflow_id, trigger_source, trigger_id) do nothing";

impl Database {
    /// The latest trigger id of a workflow's executions with this trigger source.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_last_run(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        source: &str,
    ) -> Result<Option<LastRun>, StoreError> {
        // The unique key of what started an execution finds it without a sort: moments sort as text.
        let sql = "select trigger_id, finished_at from executions
                   where tenant_id = $1 and workflow_id = $2 and trigger_source = $3
                   order by trigger_id desc limit 1";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(workflow).bind(source)
            .fetch_optional(pool).await)?)
    }

    /// The execution that something had started.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_execution_started_by(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        source: &str,
        trigger_id: &str,
    ) -> Result<Option<ExecutionId>, StoreError> {
        let sql = "select id from executions
                   where tenant_id = $1 and workflow_id = $2 and trigger_source = $3 and trigger_id = $4";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(workflow).bind(source).bind(trigger_id)
            .fetch_optional(pool).await)?)
    }
}
