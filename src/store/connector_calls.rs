//! What a connector call did, committed in one transaction: its effects on records, what went out, the events that
//! follow, and the answer a repeated call gets.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::audit::{AuditEntry, append_audit_on};
use super::event_log::{NewEvent, insert_event_on};
use super::once_keys::claim_once_on;
use super::outbox::{DELETE_HELD, insert_outbox_on};
use super::records::{insert_record_on, update_record_on};
use super::rotations::{Turn, take_turn_on};
use super::{Database, OnceClaim, OutboxEntry, Record, StoreError};
use crate::model::TenantId;

/// Everything one call did.
#[derive(Debug, Clone)]
pub struct CallCommit {
    /// Whose.
    pub tenant: TenantId,
    /// `execution#path`.
    pub idempotency_key: String,
    /// Which action.
    pub action: String,
    /// Its answer.
    pub output: Value,
    /// Records that are new.
    pub inserts: Vec<Record>,
    /// Records that changed, at the version that was read.
    pub updates: Vec<Record>,
    /// What went out.
    pub outbox: Vec<OutboxEntry>,
    /// What follows from it.
    pub events: Vec<NewEvent>,
    /// For the audit log.
    pub audit: Vec<AuditEntry>,
    /// The key it must be alone with.
    pub once: Option<OnceClaim>,
    /// The turn it takes on a list of people.
    pub turn: Option<Turn>,
}

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// Everything is written.
    Done,
    /// The call was there already; nothing is written.
    Repeated,
    /// Another call holds the `once` key; nothing is written.
    Held,
}

impl Database {
    /// The answer of a call that was made.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_call(&self, tenant: &TenantId, key: &str) -> Result<Option<Value>, StoreError> {
        let sql = "select output from connector_calls where tenant_id = $1 and idempotency_key = $2";
        let found: Option<Json<Value>> = with_pool!(self, pool =>
            sqlx::query_scalar(sql).bind(tenant).bind(key).fetch_optional(pool).await)?;
        Ok(found.map(|json| json.0))
    }

    /// How many calls of an action took effect; what a test of a killed server counts.
    ///
    /// # Errors
    /// As any statement.
    pub async fn count_calls(&self, tenant: &TenantId, action: &str) -> Result<i64, StoreError> {
        let sql = "select count(*) from connector_calls where tenant_id = $1 and action = $2";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(action).fetch_one(pool).await)?)
    }

    /// Writes all a call did, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when a record changed since it was read; [`StoreError::NotUnique`] when a new one exists.
    pub async fn commit_call(&self, commit: &CallCommit, now: DateTime<Utc>) -> Result<Committed, StoreError> {
        let tenant = &commit.tenant;
        let key = &commit.idempotency_key;
        with_tx!(self, tx => {
            let call = sqlx::query(
                "insert into connector_calls (tenant_id, idempotency_key, action, output, created_at)
                 values ($1, $2, $3, $4, $5) on conflict (tenant_id, idempotency_key) do nothing")
                .bind(tenant).bind(key).bind(&commit.action).bind(Json(&commit.output)).bind(now)
                .execute(&mut *tx).await?;
            if call.rows_affected() == 0 {
                return Ok(Committed::Repeated);
            }
            if let Some(claim) = &commit.once
                && !claim_once_on!(&mut *tx, tenant, claim, key, now)?
            {
                return Ok(Committed::Held);
            }
            if let Some(turn) = &commit.turn
                && !take_turn_on!(&mut *tx, tenant, turn)?
            {
                return Err(StoreError::Stale);
            }
            for record in &commit.inserts {
                insert_record_on!(&mut *tx, tenant, record, now)?;
            }
            for record in &commit.updates {
                if !update_record_on!(&mut *tx, tenant, record, now)? {
                    return Err(StoreError::Stale);
                }
            }
            if !commit.outbox.is_empty() {
                sqlx::query(DELETE_HELD).bind(tenant).bind(key).execute(&mut *tx).await?;
            }
            for row in &commit.outbox {
                insert_outbox_on!(&mut *tx, row)?;
            }
            for event in &commit.events {
                insert_event_on!(&mut *tx, event, now)?;
            }
            for entry in &commit.audit {
                append_audit_on!(tx, entry);
            }
            Ok::<_, StoreError>(Committed::Done)
        })
    }
}
