//! Pausing, resuming and retiring what was approved.

use serde_json::json;

use super::{ApprovalError, Service};
use crate::auth::Principal;
use crate::events::Topic;
use crate::model::WorkflowId;
use crate::model::workflow::{Workflow, WorkflowStatus};
use crate::store::{AuditEntry, StoreError};

impl Service {
    /// Pauses, resumes or retires a workflow. Retired ones come back only by a new approval. Open executions go on
    /// after a resume, and finish after a retirement unless `cancel_open` says to end them.
    ///
    /// # Errors
    /// [`ApprovalError::WrongWorkflowStatus`] when it cannot get there from where it stands.
    pub async fn set_workflow_status(
        &self,
        operator: &Principal,
        workflow: &WorkflowId,
        to: WorkflowStatus,
        cancel_open: bool,
    ) -> Result<Workflow, ApprovalError> {
        let tenant = &operator.tenant;
        let current = self.db.find_workflow(tenant, workflow).await?.ok_or(ApprovalError::NoWorkflow)?;
        let (allowed, action) = match to {
            WorkflowStatus::Paused => (current.status == WorkflowStatus::Active, "workflow.paused"),
            WorkflowStatus::Active => (current.status == WorkflowStatus::Paused, "workflow.resumed"),
            WorkflowStatus::Retired => (current.status != WorkflowStatus::Retired, "workflow.retired"),
        };
        if !allowed {
            return Err(ApprovalError::WrongWorkflowStatus(current.status));
        }
        let audit = AuditEntry::new(tenant, self.clock.now(), operator.user.as_str(), action, workflow.as_str())
            .with(json!({ "version": current.active_version, "cancel_open": cancel_open }));
        match self.db.update_workflow_status(&current, to, &audit).await {
            Err(StoreError::Stale) => {
                let now = self.db.find_workflow(tenant, workflow).await?.ok_or(ApprovalError::NoWorkflow)?;
                return Err(ApprovalError::WrongWorkflowStatus(now.status));
            }
            other => other?,
        }
        match to {
            WorkflowStatus::Active => _ = self.db.wake_executions_of(tenant, workflow).await?,
            WorkflowStatus::Retired if cancel_open => _ = self.db.cancel_executions_of(tenant, workflow).await?,
            // retired from a pause: what was held may finish
            WorkflowStatus::Retired => _ = self.db.wake_executions_of(tenant, workflow).await?,
            WorkflowStatus::Paused => {}
        }
        self.announce(tenant, "workflow", workflow.as_str());
        self.events.publish(&Topic::Engine, "workflow");
        self.db.find_workflow(tenant, workflow).await?.ok_or(ApprovalError::NoWorkflow)
    }
}
