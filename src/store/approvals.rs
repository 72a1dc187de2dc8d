//! The approval queue: requests, and what people decided on them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::audit::{AuditEntry, append_audit_on};
use super::{Database, StoreError};
use crate::model::approval::{ApprovalDecision, ApprovalRequest, RequestStatus, SubjectKind};
use crate::model::{ApprovalId, DraftId, Page, PageRequest, StoreId, TenantId, UserId};

#[derive(sqlx::FromRow)]
pub(super) struct RequestRow {
    id: ApprovalId,
    tenant_id: TenantId,
    subject_kind: String,
    subject_id: String,
    revision: Option<i64>,
    digest: Option<String>,
    store_id: Option<StoreId>,
    title: String,
    details: Json<Value>,
    approver: String,
    required: i64,
    risk: String,
    status: String,
    requested_by: Option<UserId>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    remind_at: Option<DateTime<Utc>>,
    reminders: i64,
    decided_at: Option<DateTime<Utc>>,
}

impl TryFrom<RequestRow> for ApprovalRequest {
    type Error = StoreError;

    fn try_from(row: RequestRow) -> Result<Self, StoreError> {
        let unreadable = |column| StoreError::Inconsistent { table: "approval_requests", column };
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            subject_kind: row.subject_kind.parse().map_err(|_| unreadable("subject_kind"))?,
            subject_id: row.subject_id,
            revision: row.revision,
            digest: row.digest,
            store_id: row.store_id,
            title: row.title,
            details: row.details.0,
            approver: row.approver,
            required: row.required,
            risk: row.risk,
            status: row.status.parse().map_err(|_| unreadable("status"))?,
            requested_by: row.requested_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            remind_at: row.remind_at,
            reminders: row.reminders,
            decided_at: row.decided_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct DecisionRow {
    request_id: ApprovalId,
    decided_by: UserId,
    decision: String,
    choice: Option<String>,
    comment: Option<String>,
    digest: Option<String>,
    place: i64,
    created_at: DateTime<Utc>,
}

impl TryFrom<DecisionRow> for ApprovalDecision {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let unreadable = StoreError::Inconsistent { table: "approval_decisions", column: "decision" };
        Ok(Self {
            decided_by: row.decided_by,
            decision: row.decision.parse().map_err(|_| unreadable)?,
            choice: row.choice,
            comment: row.comment,
            digest: row.digest,
            place: row.place,
            created_at: row.created_at,
        })
    }
}

pub(super) const INSERT_REQUEST: &str =
    "insert into approval_requests (id, tenant_id, subject_kind, subject_id, revision, digest,
    store_id, title, details, approver, required, risk, status, requested_by, idempotency_key, created_at, expires_at,
    remind_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    on conflict (tenant_id, idempotency_key) do nothing returning id";

/// One more request inside a transaction; `None` when there is one with this idempotency key.
macro_rules! insert_request_on {
    ($tx:ident, $request:expr, $key:expr) => {{
        let request: &ApprovalRequest = $request;
        let key: Option<&str> = $key;
        sqlx::query_scalar::<_, ApprovalId>($crate::store::approvals::INSERT_REQUEST)
            .bind(&request.id)
            .bind(&request.tenant_id)
            .bind(request.subject_kind.as_str())
            .bind(&request.subject_id)
            .bind(request.revision)
            .bind(&request.digest)
            .bind(&request.store_id)
            .bind(&request.title)
            .bind(sqlx::types::Json(&request.details))
            .bind(&request.approver)
            .bind(request.required)
            .bind(&request.risk)
            .bind(request.status.as_str())
            .bind(&request.requested_by)
            .bind(key)
            .bind(request.created_at)
            .bind(request.expires_at)
            .bind(request.remind_at)
            .fetch_optional(&mut *$tx)
            .await?
    }};
}
pub(super) use insert_request_on;

pub(super) const INSERT_DECISION: &str =
    "insert into approval_decisions (id, tenant_id, request_id, decided_by, decision, choice, comment, digest,
       created_at, place)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
       (select count(*) + 1 from approval_decisions where request_id = $3))";

/// One more decision inside a transaction that holds the request, so that its place is certain; the table refuses a
/// second one of the same person.
macro_rules! insert_decision_on {
    ($tx:ident, $request:expr, $decision:expr) => {{
        let decision: &ApprovalDecision = $decision;
        sqlx::query($crate::store::approvals::INSERT_DECISION)
            .bind(format!("{}:{}", $request.id, decision.decided_by))
            .bind(&$request.tenant_id)
            .bind(&$request.id)
            .bind(&decision.decided_by)
            .bind(decision.decision.as_str())
            .bind(&decision.choice)
            .bind(&decision.comment)
            .bind(&decision.digest)
            .bind(decision.created_at)
            .execute(&mut *$tx)
            .await?
    }};
}
pub(super) use insert_decision_on;

/// Holds a pending request until the transaction ends; nothing when it is no longer pending.
pub(super) const HOLD_PENDING: &str = "update approval_requests set status = status
    where tenant_id = $1 and id = $2 and status = 'pending' returning id";
pub(super) const CLOSE_REQUEST: &str =
    "update approval_requests set status = $3, decided_at = $4 where tenant_id = $1 and id = $2";

impl Database {
    /// Submits a draft: the request is stored and the draft frozen at the request's revision.
    ///
    /// # Errors
    /// [`StoreError::Stale`] unless the draft stands at that revision and may be submitted.
    pub async fn insert_draft_request(&self, request: &ApprovalRequest, audit: &AuditEntry) -> Result<(), StoreError> {
        let freeze = "update drafts set status = 'submitted', updated_at = $4
                      where tenant_id = $1 and id = $2 and revision = $3 and status in ('open', 'withdrawn')
                      returning id";
        with_tx!(self, tx => {
            let frozen: Option<DraftId> = sqlx::query_scalar(freeze)
                .bind(&request.tenant_id).bind(&request.subject_id).bind(request.revision).bind(request.created_at)
                .fetch_optional(&mut *tx).await?;
            if frozen.is_none() {
                return Err(StoreError::Stale);
            }
            insert_request_on!(tx, request, None);
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    /// Stores a question of an execution once: with a key that was used before, the first request's id comes back.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_question(
        &self,
        request: &ApprovalRequest,
        key: &str,
        audit: &AuditEntry,
    ) -> Result<(ApprovalId, bool), StoreError> {
        let first = "select id from approval_requests where tenant_id = $1 and idempotency_key = $2";
        with_tx!(self, tx => {
            let inserted = insert_request_on!(tx, request, Some(key));
            let answer = if let Some(id) = inserted {
                append_audit_on!(tx, audit);
                (id, true)
            } else {
                let id: ApprovalId =
                    sqlx::query_scalar(first).bind(&request.tenant_id).bind(key).fetch_one(&mut *tx).await?;
                (id, false)
            };
            Ok::<_, StoreError>(answer)
        })
    }

    /// One request of the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_approval(
        &self,
        tenant: &TenantId,
        approval: &ApprovalId,
    ) -> Result<Option<ApprovalRequest>, StoreError> {
        let sql = "select * from approval_requests where tenant_id = $1 and id = $2";
        let row: Option<RequestRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(approval).fetch_optional(pool).await)?;
        row.map(ApprovalRequest::try_from).transpose()
    }

    /// The newest request about a draft.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_newest_request(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
    ) -> Result<Option<ApprovalRequest>, StoreError> {
        let sql = "select * from approval_requests where tenant_id = $1 and subject_kind = 'draft' and subject_id = $2
                   order by id desc limit 1";
        let row: Option<RequestRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(draft).fetch_optional(pool).await)?;
        row.map(ApprovalRequest::try_from).transpose()
    }

    /// Requests of the tenant, newest first, of one status and one kind or of all.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_approvals(
        &self,
        tenant: &TenantId,
        status: Option<RequestStatus>,
        kind: Option<SubjectKind>,
        page: &PageRequest,
    ) -> Result<Page<ApprovalRequest>, StoreError> {
        let rows: Vec<RequestRow> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new("select * from approval_requests where tenant_id = ");
            query.push_bind(tenant).push(" and id < ").push_bind(page.descending());
            if let Some(status) = status {
                query.push(" and status = ").push_bind(status.as_str());
            }
            if let Some(kind) = kind {
                query.push(" and subject_kind = ").push_bind(kind.as_str());
            }
            query.push(" order by id desc limit ").push_bind(page.limit + 1);
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let requests = rows.into_iter().map(ApprovalRequest::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(requests, page.limit, |request| request.id.to_string()))
    }

    /// What people decided on these requests, in order; nothing for one that nobody decided on.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_decisions(
        &self,
        tenant: &TenantId,
        approvals: &[ApprovalId],
    ) -> Result<HashMap<ApprovalId, Vec<ApprovalDecision>>, StoreError> {
        let rows: Vec<DecisionRow> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(
                "select request_id, decided_by, decision, choice, comment, digest, place, created_at
                 from approval_decisions where tenant_id = ");
            query.push_bind(tenant).push(" and request_id in ");
            push_list!(query, approvals);
            query.push(" order by place").build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let mut found: HashMap<ApprovalId, Vec<ApprovalDecision>> = HashMap::new();
        for row in rows {
            found.entry(row.request_id.clone()).or_default().push(row.try_into()?);
        }
        Ok(found)
    }
}
