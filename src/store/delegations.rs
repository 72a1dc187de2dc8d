//! Requests handed from one person to another, in order.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::approvals::HOLD_PENDING;
use super::audit::{AuditEntry, append_audit_on};
use super::outbox::insert_outbox_on;
use super::{Database, OutboxEntry, StoreError};
use crate::model::approval::{ApprovalRequest, Delegation};
use crate::model::{ApprovalId, TenantId, UserId};

#[derive(sqlx::FromRow)]
struct Row {
    request_id: ApprovalId,
    from_user: UserId,
    to_user: UserId,
    created_at: DateTime<Utc>,
}

impl From<Row> for Delegation {
    fn from(row: Row) -> Self {
        Self { from: row.from_user, to: row.to_user, created_at: row.created_at }
    }
}

impl Database {
    /// Hands a pending request on, with the notice to whom it goes.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is no longer pending.
    pub async fn insert_delegation(
        &self,
        request: &ApprovalRequest,
        delegation: &Delegation,
        notice: &OutboxEntry,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let sql = "insert into approval_delegations (request_id, place, tenant_id, from_user, to_user, created_at)
                   values ($1, (select count(*) + 1 from approval_delegations where request_id = $1), $2, $3, $4, $5)";
        with_tx!(self, tx => {
            let held: Option<ApprovalId> = sqlx::query_scalar(HOLD_PENDING)
                .bind(&request.tenant_id).bind(&request.id).fetch_optional(&mut *tx).await?;
            if held.is_none() {
                return Err(StoreError::Stale);
            }
            sqlx::query(sql)
                .bind(&request.id).bind(&request.tenant_id).bind(&delegation.from).bind(&delegation.to)
                .bind(delegation.created_at).execute(&mut *tx).await?;
            insert_outbox_on!(&mut *tx, notice)?;
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    /// Who handed these requests to whom, in order; nothing for one that nobody handed on.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_delegations(
        &self,
        tenant: &TenantId,
        approvals: &[ApprovalId],
    ) -> Result<HashMap<ApprovalId, Vec<Delegation>>, StoreError> {
        let rows: Vec<Row> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(
                "select request_id, from_user, to_user, created_at from approval_delegations where tenant_id = ");
            query.push_bind(tenant).push(" and request_id in ");
            push_list!(query, approvals);
            query.push(" order by place").build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let mut found: HashMap<ApprovalId, Vec<Delegation>> = HashMap::new();
        for row in rows {
            found.entry(row.request_id.clone()).or_default().push(row.into());
        }
        Ok(found)
    }
}
