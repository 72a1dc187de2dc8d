//! What starts one execution of a workflow.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::model::{ExecutionId, StoreId, TenantId};
use crate::store::StoredEvent;
use crate::store::executions::NewExecution;
use crate::store::workflows::ActiveWorkflow;

/// What starts an execution of a workflow. Source and id name it: the same trigger starts nothing twice.
pub(super) struct Trigger<'a> {
    /// The store it runs in.
    pub(super) store: &'a StoreId,
    /// `source` of the event, or `schedule/…`.
    pub(super) source: String,
    /// `id` of the event, or the scheduled moment.
    pub(super) id: String,
    /// `$workflow.input`.
    pub(super) input: Value,
    /// Depth of the event.
    pub(super) depth: i64,
    /// Place in the event log after which listeners begin.
    pub(super) seq: i64,
}

impl<'a> Trigger<'a> {
    /// One event.
    pub(super) fn event(event: &StoredEvent, store: &'a StoreId) -> Self {
        Self {
            store,
            source: event.event.source.clone(),
            id: event.event.id.clone(),
            input: json!([event.event.envelope]),
            depth: event.event.depth,
            seq: event.seq,
        }
    }

    /// The execution it starts at `now`.
    pub(super) fn execution(self, tenant: &TenantId, workflow: &ActiveWorkflow, now: DateTime<Utc>) -> NewExecution {
        NewExecution {
            id: ExecutionId::generate(),
            tenant: tenant.clone(),
            store: self.store.clone(),
            workflow: workflow.workflow_id.clone(),
            version: workflow.version,
            digest: workflow.digest.clone(),
            definition: workflow.definition.clone(),
            trigger_source: self.source,
            trigger_id: self.id,
            requested_by: workflow.requested_by.clone(),
            depth: self.depth,
            start_seq: self.seq,
            input: self.input,
            now,
        }
    }
}
