//! Pausing, resuming and retiring a workflow: the status, its executions and the question about late messages in one
//! transaction.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::approvals::insert_request_on;
use super::audit::{AuditEntry, append_audit_on};
use super::executions::{CANCEL_OF_WORKFLOW, WAKE_OF_WORKFLOW};
use super::{Database, StoreError};
use crate::model::approval::{ApprovalRequest, RequestStatus};
use crate::model::workflow::{OpenCount, Workflow, WorkflowStatus};
use crate::model::{ApprovalId, ExecutionId, TenantId, WorkflowId};

/// Kind of the journal entry of an effect that waits for the end of a pause.
pub const HELD: &str = "held";
/// The same, of an effect that a customer gets: after a long pause a person is asked whether it may still happen.
pub const HELD_MESSAGE: &str = "held_message";
/// Kind of the journal entry that ends a hold. Its path is that of the hold with `#released/` for `#held/`.
pub const RELEASED: &str = "released";

/// Holds that are not released yet; for a message held since before `$3`. The release is asked for by its key, one
/// hold at a time: as `not exists` PostgreSQL reads the whole journal for it.
const LATE: &str = "select e.id, j.value, j.recorded_at
    from executions e join journal_entries j on j.execution_id = e.id
    where e.tenant_id = $1 and e.workflow_id = $2 and e.finished_at is null
      and e.status in ('ready', 'running', 'waiting', 'parked')
      and j.kind = 'held_message' and j.recorded_at < $3
      and (select r.path from journal_entries r
        where r.execution_id = j.execution_id and r.path = replace(j.path, '#held/', '#released/')) is null
    order by j.recorded_at, e.id";

/// A change of a workflow's status and what goes with it.
#[derive(Debug)]
pub struct StatusChange<'a> {
    /// The workflow as it was read.
    pub workflow: &'a Workflow,
    /// Its new status.
    pub to: WorkflowStatus,
    /// When a pause ends by it (engine time).
    pub resumed_at: Option<DateTime<Utc>>,
    /// Whether its open executions are to end.
    pub cancel_open: bool,
    /// What is asked about messages the pause made late, and the key it is asked once by.
    pub question: Option<(&'a ApprovalRequest, String)>,
    /// For the audit log.
    pub audit: &'a AuditEntry,
}

/// A workflow's pause as its executions see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// Whether it is paused now.
    pub paused: bool,
    /// When the last pause ended (engine time).
    pub resumed_at: Option<DateTime<Utc>>,
}

/// A message to a customer that a pause made late.
#[derive(Debug, Clone, PartialEq)]
pub struct LateMessage {
    /// The execution that holds it.
    pub execution: ExecutionId,
    /// `{action, input}` of the call.
    pub facts: Value,
    /// Since when it waits (engine time).
    pub since: DateTime<Utc>,
}

/// The key under which the question about late messages of one resume is asked once.
#[must_use]
pub fn late_key(workflow: &WorkflowId, resumed_at: DateTime<Utc>) -> String {
    format!("{workflow}#late/{}", resumed_at.timestamp_millis())
}

impl Database {
    /// Moves a workflow to another status. A question about late messages of an earlier resume is void then: the next
    /// resume asks anew, and cancelled executions have nothing to send.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the workflow does not stand where it was read.
    pub async fn update_workflow_status(&self, change: &StatusChange<'_>) -> Result<(), StoreError> {
        let (workflow, audit) = (change.workflow, change.audit);
        let tenant = &workflow.tenant_id;
        let set = "update workflows set status = $4, updated_at = $5, resumed_at = coalesce($6, resumed_at)
                   where tenant_id = $1 and id = $2 and status = $3 returning id";
        let void = "update approval_requests set status = 'voided', decided_at = $3
                    where tenant_id = $1 and subject_kind = 'workflow' and subject_id = $2 and status = 'pending'
                    returning id";
        with_tx!(self, tx => {
            let changed: Option<WorkflowId> = sqlx::query_scalar(set)
                .bind(tenant).bind(&workflow.id).bind(workflow.status.as_str()).bind(change.to.as_str())
                .bind(audit.at).bind(change.resumed_at).fetch_optional(&mut *tx).await?;
            if changed.is_none() {
                return Err(StoreError::Stale);
            }
            let mut voided: Vec<ApprovalId> = Vec::new();
            if change.to == WorkflowStatus::Paused || change.cancel_open {
                voided = sqlx::query_scalar(void).bind(tenant).bind(workflow.id.as_str()).bind(audit.at)
                    .fetch_all(&mut *tx).await?;
            }
            if let Some((question, key)) = &change.question {
                insert_request_on!(tx, question, Some(key.as_str()));
            }
            if change.cancel_open {
                sqlx::query(CANCEL_OF_WORKFLOW).bind(tenant).bind(&workflow.id).bind(i64::MAX)
                    .execute(&mut *tx).await?;
            } else if change.resumed_at.is_some() {
                sqlx::query(WAKE_OF_WORKFLOW).bind(tenant).bind(&workflow.id).execute(&mut *tx).await?;
            }
            append_audit_on!(tx, audit);
            for request in &voided {
                let entry = AuditEntry::new(tenant, audit.at, &audit.actor, "approval.voided", request.as_str())
                    .with(json!({ "workflow": workflow.id }));
                append_audit_on!(tx, &entry);
            }
            if let Some((question, _)) = &change.question {
                let entry = AuditEntry::new(tenant, audit.at, &audit.actor, "approval.requested", question.id.as_str())
                    .with(json!({ "approver": question.approver, "workflow": workflow.id }));
                append_audit_on!(tx, &entry);
            }
            Ok::<_, StoreError>(())
        })
    }

    /// Whether the workflow of an execution is paused, and when its last pause ended. A workflow that does not exist is
    /// not paused.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_pause(&self, tenant: &TenantId, workflow: &WorkflowId) -> Result<Pause, StoreError> {
        let sql = "select status, resumed_at from workflows where tenant_id = $1 and id = $2";
        let row: Option<(String, Option<DateTime<Utc>>)> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(workflow).fetch_optional(pool).await)?;
        let (status, resumed_at) = row.unwrap_or_default();
        Ok(Pause { paused: status == WorkflowStatus::Paused.as_str(), resumed_at })
    }

    /// Messages to customers that wait since before `since` for the end of a pause, oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_late_messages(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        since: DateTime<Utc>,
    ) -> Result<Vec<LateMessage>, StoreError> {
        let rows: Vec<(ExecutionId, String, DateTime<Utc>)> = with_pool!(self, pool =>
            sqlx::query_as(LATE).bind(tenant).bind(workflow).bind(since).fetch_all(pool).await)?;
        rows.into_iter()
            .map(|(execution, value, since)| {
                let facts: Value = serde_json::from_str(&value)?;
                Ok(LateMessage { execution, facts, since })
            })
            .collect()
    }

    /// What became of the question about the messages that the pause ended at `resumed_at` had made late: where it
    /// stands and what was chosen.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_late_answer(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        resumed_at: DateTime<Utc>,
    ) -> Result<Option<(RequestStatus, Option<String>)>, StoreError> {
        let sql = "select r.status, d.choice from approval_requests r
                   left join approval_decisions d on d.request_id = r.id
                   where r.tenant_id = $1 and r.idempotency_key = $2";
        let key = late_key(workflow, resumed_at);
        let row: Option<(String, Option<String>)> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(&key).fetch_optional(pool).await)?;
        let unreadable = |_| StoreError::Inconsistent { table: "approval_requests", column: "status" };
        row.map(|(status, choice)| Ok((status.parse().map_err(unreadable)?, choice))).transpose()
    }

    /// Executions of a workflow that are not over, those held by a pause among them, and those with a message to a
    /// customer held since before `late_since`.
    ///
    /// # Errors
    /// As any statement.
    pub async fn count_open(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        late_since: DateTime<Utc>,
    ) -> Result<OpenCount, StoreError> {
        let sql = "select count(distinct e.id),
                     count(distinct case when j.execution_id is not null then e.id end),
                     count(distinct case when j.kind = 'held_message' and j.recorded_at < $3 then e.id end)
                   from executions e
                   left join journal_entries j on j.execution_id = e.id and j.kind in ('held', 'held_message')
                     and not exists (select 1 from journal_entries r
                       where r.execution_id = j.execution_id and r.path = replace(j.path, '#held/', '#released/'))
                   where e.tenant_id = $1 and e.workflow_id = $2 and e.finished_at is null
                     and e.status in ('ready', 'running', 'waiting', 'parked')";
        let (open, held, late): (i64, i64, i64) = with_pool!(self, pool =>
            sqlx::query_as(sql).bind(tenant).bind(workflow).bind(late_since).fetch_one(pool).await)?;
        Ok(OpenCount { open, held, late })
    }
}
