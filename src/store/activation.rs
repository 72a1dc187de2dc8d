//! The decision on a draft: counted, and on the last approval needed the workflow version goes into force, all in one
//! transaction.

use super::approvals::{CLOSE_REQUEST, HOLD_PENDING, insert_decision_on};
use super::audit::{AuditEntry, append_audit_on};
use super::drafts::{DraftRevision, list_title};
use super::executions::CANCEL_OF_WORKFLOW;
use super::{Database, StoreError};
use crate::model::approval::{ApprovalDecision, ApprovalRequest, RequestStatus, Verdict};
use crate::model::workflow::OpenExecutions;
use crate::model::{ApprovalId, DraftId, WorkflowId};

/// What a decision on a draft led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionEffect {
    /// Where the request stands now.
    pub status: RequestStatus,
    /// How many different people have approved.
    pub approvals: i64,
    /// The workflow and the version that went into force.
    pub activated: Option<(WorkflowId, i64)>,
}

const HOLD_DRAFT: &str = "update drafts set status = status
    where tenant_id = $1 and id = $2 and revision = $3 and status = 'submitted' returning id";
const COUNT_APPROVALS: &str =
    "select count(*) from approval_decisions where tenant_id = $1 and request_id = $2 and decision = 'approved'";
const SETTLE_DRAFT: &str = "update drafts set status = $3, updated_at = $4 where tenant_id = $1 and id = $2";
const WORKFLOW_OF: &str = "select workflow_id from drafts where tenant_id = $1 and id = $2";
const LINK_DRAFT: &str = "update drafts set workflow_id = $3 where tenant_id = $1 and id = $2";
const INSERT_WORKFLOW: &str = "insert into workflows (id, tenant_id, draft_id, title, status, active_version,
    created_at, updated_at) values ($1, $2, $3, $4, 'active', 1, $5, $5)";
/// A paused workflow stays paused: approving content does not say that it may run again. A retired one comes back.
const NEXT_VERSION: &str = "update workflows set active_version = active_version + 1, title = $3,
    status = case when status = 'retired' then 'active' else status end, updated_at = $4
    where tenant_id = $1 and id = $2 returning active_version";
const RETIRE_VERSIONS: &str = "update workflow_versions set retired_at = $3
    where tenant_id = $1 and workflow_id = $2 and retired_at is null";
const INSERT_VERSION: &str = "insert into workflow_versions (workflow_id, version, tenant_id, definition, digest,
    draft_id, revision, approval_id, activated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

impl Database {
    /// Stores a decision on a draft. The last approval needed activates `revision`: a new version, the one before
    /// retired, the draft approved; `running` says what becomes of executions of the versions before, which stay on
    /// their digest. Anything else than an approval settles the request at once.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the draft or the request is no longer what was decided on;
    /// [`StoreError::NotUnique`] when this person has decided already.
    pub async fn insert_draft_decision(
        &self,
        request: &ApprovalRequest,
        decision: &ApprovalDecision,
        revision: &DraftRevision,
        running: OpenExecutions,
        audit: &AuditEntry,
    ) -> Result<DecisionEffect, StoreError> {
        let (tenant, draft, at) = (&request.tenant_id, &revision.draft_id, decision.created_at);
        let text = serde_json::to_string(&revision.definition)?;
        let title = list_title(&revision.definition);
        let new_workflow = WorkflowId::generate();
        with_tx!(self, tx => {
            // drafts before requests, as in every other transaction on both: no deadlock
            let frozen: Option<DraftId> = sqlx::query_scalar(HOLD_DRAFT)
                .bind(tenant).bind(draft).bind(revision.revision).fetch_optional(&mut *tx).await?;
            let held: Option<ApprovalId> = sqlx::query_scalar(HOLD_PENDING)
                .bind(tenant).bind(&request.id).fetch_optional(&mut *tx).await?;
            if frozen.is_none() || held.is_none() {
                return Err(StoreError::Stale);
            }
            insert_decision_on!(tx, request, decision);
            let approvals: i64 = sqlx::query_scalar(COUNT_APPROVALS)
                .bind(tenant).bind(&request.id).fetch_one(&mut *tx).await?;
            let status = match decision.decision {
                Verdict::Approved if approvals < request.required => RequestStatus::Pending,
                verdict @ (Verdict::Approved | Verdict::Rejected | Verdict::ChangesRequested) => verdict.into(),
            };
            let mut activated = None;
            if status != RequestStatus::Pending {
                sqlx::query(CLOSE_REQUEST).bind(tenant).bind(&request.id).bind(status.as_str()).bind(at)
                    .execute(&mut *tx).await?;
                sqlx::query(SETTLE_DRAFT).bind(tenant).bind(draft).bind(status.as_str()).bind(at)
                    .execute(&mut *tx).await?;
            }
            if status == RequestStatus::Approved {
                let known: Option<WorkflowId> =
                    sqlx::query_scalar(WORKFLOW_OF).bind(tenant).bind(draft).fetch_one(&mut *tx).await?;
                let (workflow, version) = if let Some(workflow) = known {
                    let version: i64 = sqlx::query_scalar(NEXT_VERSION)
                        .bind(tenant).bind(&workflow).bind(&title).bind(at)
                        .fetch_one(&mut *tx).await?;
                    (workflow, version)
                } else {
                    sqlx::query(INSERT_WORKFLOW)
                        .bind(&new_workflow).bind(tenant).bind(draft).bind(&title).bind(at)
                        .execute(&mut *tx).await?;
                    sqlx::query(LINK_DRAFT).bind(tenant).bind(draft).bind(&new_workflow).execute(&mut *tx).await?;
                    (new_workflow.clone(), 1)
                };
                sqlx::query(RETIRE_VERSIONS).bind(tenant).bind(&workflow).bind(at).execute(&mut *tx).await?;
                sqlx::query(INSERT_VERSION)
                    .bind(&workflow).bind(version).bind(tenant).bind(&text).bind(&revision.digest).bind(draft)
                    .bind(revision.revision).bind(&request.id).bind(at).execute(&mut *tx).await?;
                if running == OpenExecutions::Cancel {
                    sqlx::query(CANCEL_OF_WORKFLOW).bind(tenant).bind(&workflow).bind(version)
                        .execute(&mut *tx).await?;
                }
                activated = Some((workflow, version));
            }
            append_audit_on!(tx, audit);
            if let Some((workflow, version)) = &activated {
                let entry = AuditEntry::new(tenant, audit.at, &audit.actor, "workflow.activated", workflow.as_str())
                    .with(serde_json::json!({ "version": version, "digest": revision.digest, "approval": request.id,
                        "running": running }));
                append_audit_on!(tx, &entry);
            }
            Ok::<_, StoreError>(DecisionEffect { status, approvals, activated })
        })
    }
}
