//! How a request ends: answered, taken back, expired, or without its subject. What belongs together is one transaction.

use chrono::{DateTime, Utc};

use super::approvals::{CLOSE_REQUEST, HOLD_PENDING, RequestRow, insert_decision_on};
use super::audit::{AuditEntry, append_audit_on};
use super::event_log::{NewEvent, insert_event_on};
use super::executions::WAKE_OF_WORKFLOW;
use super::outbox::insert_outbox_on;
use super::{Database, OutboxEntry, StoreError};
use crate::model::approval::{ApprovalDecision, ApprovalRequest, RequestStatus, SubjectKind};
use crate::model::draft::DraftStatus;
use crate::model::{ApprovalId, DraftId, TenantId};

/// Requests the sweep takes up at once.
const SWEEP: i64 = 200;

const UNFREEZE: &str = "update drafts set status = $4, updated_at = $5
    where tenant_id = $1 and id = $2 and revision = $3 and status = 'submitted' returning id";

/// Holds a pending request inside a transaction, or leaves with [`StoreError::Stale`].
macro_rules! hold_pending_on {
    ($tx:ident, $request:expr) => {{
        let held: Option<ApprovalId> = sqlx::query_scalar(HOLD_PENDING)
            .bind(&$request.tenant_id)
            .bind(&$request.id)
            .fetch_optional(&mut *$tx)
            .await?;
        if held.is_none() {
            return Err(StoreError::Stale);
        }
    }};
}

macro_rules! close_on {
    ($tx:ident, $request:expr, $status:expr, $at:expr) => {
        sqlx::query(CLOSE_REQUEST)
            .bind(&$request.tenant_id)
            .bind(&$request.id)
            .bind($status.as_str())
            .bind($at)
            .execute(&mut *$tx)
            .await?
    };
}

/// What follows from the end of a request, in its transaction.
#[derive(Debug, Clone, Default)]
pub struct Consequences {
    /// Words to staff.
    pub notices: Vec<OutboxEntry>,
    /// What an execution listens for.
    pub event: Option<NewEvent>,
}

impl Database {
    /// Answers a question: decision, closed request, the event that carries it, and for a question about late messages
    /// the executions that hold them become due; together or not at all.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no longer pending.
    pub async fn insert_answer(
        &self,
        request: &ApprovalRequest,
        decision: &ApprovalDecision,
        event: &NewEvent,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let status = RequestStatus::from(decision.decision);
        with_tx!(self, tx => {
            hold_pending_on!(tx, request);
            insert_decision_on!(tx, request, decision);
            close_on!(tx, request, status, decision.created_at);
            if request.subject_kind == SubjectKind::Workflow {
                sqlx::query(WAKE_OF_WORKFLOW).bind(&request.tenant_id).bind(&request.subject_id)
                    .execute(&mut *tx).await?;
            }
            insert_event_on!(&mut *tx, event, decision.created_at)?;
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    /// Takes a submission back: the request is withdrawn, and so is the draft.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no longer pending.
    pub async fn withdraw_request(&self, request: &ApprovalRequest, audit: &AuditEntry) -> Result<(), StoreError> {
        let (closed, draft) = (RequestStatus::Withdrawn, DraftStatus::Withdrawn);
        self.close_draft_request(request, closed, draft, &Consequences::default(), audit).await
    }

    /// Ends a request that nobody decided on in time: a draft opens again, a question takes what `follow` says.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no longer pending.
    pub async fn expire_request(
        &self,
        request: &ApprovalRequest,
        follow: &Consequences,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        match request.subject_kind {
            SubjectKind::Draft => {
                let (closed, draft) = (RequestStatus::Expired, DraftStatus::Open);
                self.close_draft_request(request, closed, draft, follow, audit).await
            }
            SubjectKind::Execution | SubjectKind::Workflow => {
                self.close_question(request, RequestStatus::Expired, follow, audit).await
            }
        }
    }

    /// Ends a question whose execution is over: there is nothing to answer any more.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no longer pending.
    pub async fn void_question(&self, request: &ApprovalRequest, audit: &AuditEntry) -> Result<(), StoreError> {
        self.close_question(request, RequestStatus::Voided, &Consequences::default(), audit).await
    }

    async fn close_draft_request(
        &self,
        request: &ApprovalRequest,
        status: RequestStatus,
        draft_status: DraftStatus,
        follow: &Consequences,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        with_tx!(self, tx => {
            // drafts before requests, as in every other transaction on both: no deadlock
            let unfrozen: Option<DraftId> = sqlx::query_scalar(UNFREEZE)
                .bind(&request.tenant_id).bind(&request.subject_id).bind(request.revision)
                .bind(draft_status.as_str()).bind(audit.at).fetch_optional(&mut *tx).await?;
            if unfrozen.is_none() {
                return Err(StoreError::Stale);
            }
            hold_pending_on!(tx, request);
            close_on!(tx, request, status, audit.at);
            for notice in &follow.notices {
                insert_outbox_on!(&mut *tx, notice)?;
            }
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    async fn close_question(
        &self,
        request: &ApprovalRequest,
        status: RequestStatus,
        follow: &Consequences,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let closed_at = if status == RequestStatus::Expired { request.expires_at } else { Some(audit.at) };
        with_tx!(self, tx => {
            hold_pending_on!(tx, request);
            close_on!(tx, request, status, closed_at);
            for notice in &follow.notices {
                insert_outbox_on!(&mut *tx, notice)?;
            }
            if request.subject_kind == SubjectKind::Workflow {
                sqlx::query(WAKE_OF_WORKFLOW).bind(&request.tenant_id).bind(&request.subject_id)
                    .execute(&mut *tx).await?;
            }
            if let Some(event) = &follow.event {
                insert_event_on!(&mut *tx, event, closed_at)?;
            }
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    /// Notes that the `reminder`th reminder of a request goes out, with its notices and when the next is due.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the request is no longer pending, or another process sent this reminder.
    pub async fn insert_reminder(
        &self,
        request: &ApprovalRequest,
        next: Option<DateTime<Utc>>,
        notices: &[OutboxEntry],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let sql = "update approval_requests set reminders = reminders + 1, remind_at = $4
                   where tenant_id = $1 and id = $2 and status = 'pending' and reminders = $3 returning id";
        with_tx!(self, tx => {
            let ours: Option<ApprovalId> = sqlx::query_scalar(sql)
                .bind(&request.tenant_id).bind(&request.id).bind(request.reminders).bind(next)
                .fetch_optional(&mut *tx).await?;
            if ours.is_none() {
                return Err(StoreError::Stale);
            }
            for notice in notices {
                insert_outbox_on!(&mut *tx, notice)?;
            }
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    /// Pending requests of a tenant whose time is over.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_overdue(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
    ) -> Result<Vec<ApprovalRequest>, StoreError> {
        let sql = "select * from approval_requests where tenant_id = $1 and status = 'pending' and expires_at <= $2
                   order by id";
        let rows: Vec<RequestRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(now).fetch_all(pool).await)?;
        rows.into_iter().map(ApprovalRequest::try_from).collect()
    }

    /// Pending requests of every tenant for which something is due: a reminder or their end.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_due_requests(&self, now: DateTime<Utc>) -> Result<Vec<ApprovalRequest>, StoreError> {
        let sql = "select * from approval_requests
                   where status = 'pending' and (expires_at <= $1 or remind_at <= $1) order by id limit $2";
        let rows: Vec<RequestRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(now).bind(SWEEP).fetch_all(pool).await)?;
        rows.into_iter().map(ApprovalRequest::try_from).collect()
    }

    /// Pending questions of every tenant whose execution is over.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_moot_questions(&self) -> Result<Vec<ApprovalRequest>, StoreError> {
        let sql = "select r.* from approval_requests r join executions e on e.id = r.subject_id
                   where r.status = 'pending' and r.subject_kind = 'execution'
                     and e.status in ('completed', 'faulted', 'cancelled') order by r.id limit $1";
        let rows: Vec<RequestRow> = with_pool!(self, pool => sqlx::query_as(sql).bind(SWEEP).fetch_all(pool).await)?;
        rows.into_iter().map(ApprovalRequest::try_from).collect()
    }
}
