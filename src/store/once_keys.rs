//! `once`: at most one call per key, tenant and workflow within a time.

use chrono::{DateTime, Utc};

use super::{Database, StoreError};
use crate::model::{TenantId, WorkflowId};

/// A call that wants to be the only one with its key for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnceClaim {
    /// Keys are per tenant and workflow.
    pub workflow: WorkflowId,
    /// The key.
    pub key: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Database {
    /// The idempotency key of the call that holds this key at `now`.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_once_holder(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, StoreError> {
        let sql = "select holder from once_keys
                   where tenant_id = $1 and workflow_id = $2 and once_key = $3 and expires_at > $4";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql)
            .bind(tenant).bind(workflow).bind(key).bind(now).fetch_optional(pool).await)?)
    }
}

/// Takes a key that is free or expired at `now`. `Result<bool, sqlx::Error>`: whether it was.
macro_rules! claim_once_on {
    ($executor:expr, $tenant:expr, $claim:expr, $holder:expr, $now:expr) => {{
        let claim: &$crate::store::OnceClaim = $claim;
        sqlx::query(
            "insert into once_keys (tenant_id, workflow_id, once_key, holder, expires_at)
             values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, workflow_id, once_key) do update
             set holder = excluded.holder, expires_at = excluded.expires_at where once_keys.expires_at <= $6",
        )
        .bind($tenant)
        .bind(&claim.workflow)
        .bind(&claim.key)
        .bind($holder)
        .bind(claim.expires_at)
        .bind($now)
        .execute($executor)
        .await
        .map(|done| done.rows_affected() == 1)
    }};
}
pub(super) use claim_once_on;
