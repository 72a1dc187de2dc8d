//! Pausing, resuming and retiring what was approved.
//!
//! A paused workflow starts nothing; what runs holds before its next effect while its timers run on. When the pause
//! ends, what was held goes on, except messages to customers that were held for more than an hour: one question for all
//! of them goes into the approval queue ("send now" or "skip"), because it is one pause that made them late and one
//! manager who knows why. Without an answer they are skipped: nobody gets a message at a time that nobody meant.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::policy::{self, Rules};
use super::{ApprovalError, Service};
use crate::auth::Principal;
use crate::events::Topic;
use crate::model::approval::{ApprovalRequest, RequestStatus, SubjectKind};
use crate::model::workflow::{OpenCount, OpenExecutions, Workflow, WorkflowStatus};
use crate::model::{ApprovalId, TenantId, WorkflowId};
use crate::store::pauses::{LateMessage, late_key};
use crate::store::{AuditEntry, StatusChange, StoreError};
use crate::workflow::catalog::{Catalog, RiskClass};

/// A message that a pause held for longer is asked about.
pub const LATE: TimeDelta = TimeDelta::hours(1);
/// The answer that lets late messages go out.
pub const SEND_NOW: &str = "send_now";
/// The answer that drops late messages, and what silence means.
pub const SKIP: &str = "skip";
/// Late messages named in the question.
const NAMED: usize = 20;

/// A workflow after its status changed.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusChanged {
    /// The workflow.
    pub workflow: Workflow,
    /// Its open executions at the moment of the change.
    pub executions: OpenCount,
    /// The question about messages the pause made late.
    pub question: Option<ApprovalId>,
}

impl Service {
    /// No new executions; open ones hold before their next effect.
    ///
    /// # Errors
    /// [`ApprovalError::WrongWorkflowStatus`] unless it is active.
    pub async fn pause(&self, operator: &Principal, workflow: &WorkflowId) -> Result<StatusChanged, ApprovalError> {
        self.change_status(operator, workflow, WorkflowStatus::Paused, OpenExecutions::Finish).await
    }

    /// Starts again, and asks about messages that the pause made late.
    ///
    /// # Errors
    /// [`ApprovalError::WrongWorkflowStatus`] unless it is paused.
    pub async fn resume(&self, operator: &Principal, workflow: &WorkflowId) -> Result<StatusChanged, ApprovalError> {
        self.change_status(operator, workflow, WorkflowStatus::Active, OpenExecutions::Finish).await
    }

    /// Starts no more, until a new version is approved. Open executions finish, those held by a pause included, or end.
    ///
    /// # Errors
    /// [`ApprovalError::WrongWorkflowStatus`] when it is retired already.
    pub async fn retire(
        &self,
        operator: &Principal,
        workflow: &WorkflowId,
        open: OpenExecutions,
    ) -> Result<StatusChanged, ApprovalError> {
        self.change_status(operator, workflow, WorkflowStatus::Retired, open).await
    }

    /// Executions of a workflow that are not over.
    ///
    /// # Errors
    /// As any statement.
    pub async fn open_executions(&self, tenant: &TenantId, workflow: &WorkflowId) -> Result<OpenCount, ApprovalError> {
        Ok(self.db.count_open(tenant, workflow, self.engine_now().await? - LATE).await?)
    }

    async fn change_status(
        &self,
        operator: &Principal,
        workflow: &WorkflowId,
        to: WorkflowStatus,
        open: OpenExecutions,
    ) -> Result<StatusChanged, ApprovalError> {
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
        let executions = self.open_executions(tenant, workflow).await?;
        let cancel_open = open == OpenExecutions::Cancel;
        // a pause ends by a resume, and by a retirement that lets executions finish
        let ends_pause = current.status == WorkflowStatus::Paused && !cancel_open;
        let resumed_at = if ends_pause { Some(self.engine_now().await?) } else { None };
        let question = match resumed_at {
            Some(at) => self.late_question(&current, at).await?,
            None => None,
        };
        let asked = question.as_ref().map(|question| question.id.clone());
        let audit = AuditEntry::new(tenant, self.clock.now(), operator.user.as_str(), action, workflow.as_str())
            .with(json!({ "version": current.active_version, "open": executions.open, "executions": open,
                "question": asked }));
        let change = StatusChange {
            workflow: &current,
            to,
            resumed_at,
            cancel_open,
            question: question.as_ref().zip(resumed_at.map(|at| late_key(workflow, at))),
            audit: &audit,
        };
        match self.db.update_workflow_status(&change).await {
            Err(StoreError::Stale) => {
                let now = self.db.find_workflow(tenant, workflow).await?.ok_or(ApprovalError::NoWorkflow)?;
                return Err(ApprovalError::WrongWorkflowStatus(now.status));
            }
            other => other?,
        }
        self.announce(tenant, "workflow", workflow.as_str());
        if let Some(question) = &asked {
            self.announce(tenant, "approval", question.as_str());
        }
        self.events.publish(&Topic::Engine, "workflow");
        let workflow = self.db.find_workflow(tenant, workflow).await?.ok_or(ApprovalError::NoWorkflow)?;
        Ok(StatusChanged { workflow, executions, question: asked })
    }

    /// The question about messages held for more than an hour by the pause that ends at `at`; it goes to those who may
    /// approve the workflow itself.
    async fn late_question(
        &self,
        workflow: &Workflow,
        at: DateTime<Utc>,
    ) -> Result<Option<ApprovalRequest>, ApprovalError> {
        let tenant = &workflow.tenant_id;
        let late = self.db.list_late_messages(tenant, &workflow.id, at - LATE).await?;
        if late.is_empty() {
            return Ok(None);
        }
        let versions = self.db.list_workflow_versions(tenant, &workflow.id).await?;
        let active = versions.iter().find(|version| version.summary.version == workflow.active_version);
        let definition = &active.ok_or(ApprovalError::NoWorkflow)?.definition;
        let need = policy::requirement(definition, Catalog::embedded(), Rules::embedded());
        let expires_at = at + TimeDelta::hours(self.config.late_question_h);
        let details = json!({
            "stores": need.stores,
            "options": [SEND_NOW, SKIP],
            "default": SKIP,
            "count": late.len(),
            "late": self.named(tenant, &late).await?,
        });
        Ok(Some(ApprovalRequest {
            id: ApprovalId::generate(),
            tenant_id: tenant.clone(),
            subject_kind: SubjectKind::Workflow,
            subject_id: workflow.id.to_string(),
            revision: None,
            digest: None,
            store_id: need.only_store(),
            title: workflow.title.clone(),
            details,
            approver: need.approver(),
            required: 1,
            risk: RiskClass::CustomerFacing.as_str().to_owned(),
            status: RequestStatus::Pending,
            requested_by: None,
            created_at: at,
            expires_at: Some(expires_at),
            remind_at: self.config.first_reminder(at, Some(expires_at)),
            reminders: 0,
            decided_at: None,
        }))
    }

    /// The first late messages with whom they are for.
    async fn named(&self, tenant: &TenantId, late: &[LateMessage]) -> Result<Vec<Value>, ApprovalError> {
        let mut named = Vec::new();
        for message in late.iter().take(NAMED) {
            let customer = message.facts.pointer("/input/customer_id").and_then(Value::as_str);
            let record = match customer {
                Some(id) => self.db.find_record(tenant, "customer", id).await?,
                None => None,
            };
            named.push(json!({
                "execution": message.execution,
                "action": message.facts.get("action"),
                "customer": record.map(|record| record.text("name").to_owned()),
                "since": message.since,
            }));
        }
        Ok(named)
    }
}
