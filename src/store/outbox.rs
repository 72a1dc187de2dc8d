//! What connectors put out: texts, e-mails, calls, notices to staff, notes. Shown to people, counted for the caps.
//!
//! A message that must wait for permitted hours stands here at once, as `held`; only what was sent counts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::QueryBuilder;

use super::{Database, StoreError};
use crate::model::{ExecutionId, OutboxId, Page, PageRequest, StoreId, TenantId, WorkflowId};

/// Something that went out, was blocked, or is held until it may go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, sqlx::FromRow)]
pub struct OutboxEntry {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OutboxId,
    /// Whose.
    #[serde(skip)]
    #[sqlx(rename = "tenant_id")]
    pub tenant: TenantId,
    /// Store it is from.
    pub store_id: String,
    /// Execution that caused it.
    pub execution_id: Option<String>,
    /// `execution#path`: a repeated call puts nothing out a second time.
    #[serde(skip)]
    pub idempotency_key: String,
    /// `sms`, `email`, `phone`, `app`, `note` …
    pub channel: String,
    /// Customer it is for.
    pub customer_id: Option<String>,
    /// Number, address or person.
    pub recipient: String,
    /// Subject line.
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// `marketing`, `informational`, `transactional`.
    pub purpose: Option<String>,
    /// What it is about (`lead/lead-1001`): attempts on one subject are capped. None for replies in a conversation.
    pub topic: Option<String>,
    /// `sent`, `blocked`, or `held`. What becomes of a held one keeps its id; the texts are filled in again then.
    pub status: String,
    /// Why it was blocked or held: `quiet_hours`, `opted_out`, `given_up` …
    pub reason: Option<String>,
    /// Until when it is held; then the law is asked again.
    pub held_until: Option<DateTime<Utc>>,
    /// Engine time.
    pub created_at: DateTime<Utc>,
}

/// Which rows a list shows; absent means any.
#[derive(Debug, Clone, Default)]
pub struct OutboxFilter {
    /// Of this execution.
    pub execution: Option<ExecutionId>,
    /// Of the executions of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Of this store.
    pub store: Option<StoreId>,
    /// `sent` or `blocked`.
    pub status: Option<String>,
    /// `sms`, `email` …
    pub channel: Option<String>,
}

/// A contact that went out, for the caps.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SentContact {
    /// When.
    pub created_at: DateTime<Utc>,
    /// How.
    pub channel: String,
    /// What for.
    pub purpose: Option<String>,
    /// About what.
    pub topic: Option<String>,
}

/// The columns of [`OutboxEntry`], in the order in which [`bind_outbox`] binds them.
macro_rules! columns {
    () => {
        "id, tenant_id, store_id, execution_id, idempotency_key, channel, customer_id, recipient, subject, body, \
         purpose, topic, status, reason, held_until, created_at"
    };
}

/// One more entry; the parameter is what happens when there is one for this call and recipient.
macro_rules! insert {
    ($conflict:literal) => {
        concat!(
            "insert into outbox (",
            columns!(),
            ", workflow_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
               (select workflow_id from executions where tenant_id = $2 and id = $4))",
            $conflict
        )
    };
}

pub(super) const INSERT: &str = insert!("");
const HOLD: &str = insert!(" on conflict (tenant_id, idempotency_key, recipient) do nothing");

/// A statement with the columns of an entry bound.
macro_rules! bind_outbox {
    ($sql:expr, $entry:expr) => {{
        let row: &$crate::store::OutboxEntry = $entry;
        sqlx::query($sql)
            .bind(&row.id)
            .bind(&row.tenant)
            .bind(&row.store_id)
            .bind(&row.execution_id)
            .bind(&row.idempotency_key)
            .bind(&row.channel)
            .bind(&row.customer_id)
            .bind(&row.recipient)
            .bind(&row.subject)
            .bind(&row.body)
            .bind(&row.purpose)
            .bind(&row.topic)
            .bind(&row.status)
            .bind(&row.reason)
            .bind(row.held_until)
            .bind(row.created_at)
    }};
}
pub(super) use bind_outbox;

impl Database {
    /// What went out or was blocked, newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_outbox(
        &self,
        tenant: &TenantId,
        filter: &OutboxFilter,
        page: &PageRequest,
    ) -> Result<Page<OutboxEntry>, StoreError> {
        let rows: Vec<OutboxEntry> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(concat!("select ", columns!(), " from outbox where tenant_id = "));
            query.push_bind(tenant).push(" and id < ").push_bind(page.descending());
            let fields = [
                (" and execution_id = ", filter.execution.as_ref().map(ExecutionId::as_str)),
                (" and workflow_id = ", filter.workflow.as_ref().map(WorkflowId::as_str)),
                (" and store_id = ", filter.store.as_ref().map(StoreId::as_str)),
                (" and status = ", filter.status.as_deref()),
                (" and channel = ", filter.channel.as_deref()),
            ];
            for (field, value) in fields {
                if let Some(value) = value {
                    query.push(field).push_bind(value);
                }
            }
            query.push(" order by id desc limit ").push_bind(page.limit + 1);
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        Ok(Page::from_rows(rows, page.limit, |row| row.id.to_string()))
    }

    /// Shows a message that waits, or says anew until when one waits that is shown already.
    ///
    /// # Errors
    /// As any statement.
    pub async fn hold_outbox(&self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let again = "update outbox set recipient = $3, subject = $4, body = $5, reason = $6, held_until = $7
                     where tenant_id = $1 and idempotency_key = $2 and status = 'held'";
        let shown = with_pool!(self, pool => sqlx::query(again)
            .bind(&entry.tenant).bind(&entry.idempotency_key).bind(&entry.recipient).bind(&entry.subject)
            .bind(&entry.body).bind(&entry.reason).bind(entry.held_until)
            .execute(pool).await.map(|done| done.rows_affected()))?;
        if shown == 0 {
            with_pool!(self, pool => bind_outbox!(HOLD, entry).execute(pool).await.map(drop))?;
        }
        Ok(())
    }

    /// The id under which a call's message is shown while it waits.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_held_outbox(&self, tenant: &TenantId, call: &str) -> Result<Option<OutboxId>, StoreError> {
        let sql = "select id from outbox where tenant_id = $1 and idempotency_key = $2 and status = 'held'";
        Ok(with_pool!(self, pool =>
            sqlx::query_scalar(sql).bind(tenant).bind(call).fetch_optional(pool).await)?)
    }

    /// Contacts sent to a customer since then, over all workflows.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_sent_contacts(
        &self,
        tenant: &TenantId,
        customer: &str,
        since: DateTime<Utc>,
    ) -> Result<Vec<SentContact>, StoreError> {
        let sql = "select created_at, channel, purpose, topic from outbox
                   where tenant_id = $1 and customer_id = $2 and status = 'sent' and created_at > $3
                   order by created_at limit 1000";
        Ok(with_pool!(self, pool =>
            sqlx::query_as(sql).bind(tenant).bind(customer).bind(since).fetch_all(pool).await)?)
    }

    /// The number or address the customer was last reached at on a channel.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_last_recipient(
        &self,
        tenant: &TenantId,
        customer: &str,
        channel: &str,
    ) -> Result<Option<String>, StoreError> {
        let sql = "select recipient from outbox
                   where tenant_id = $1 and customer_id = $2 and channel = $3 and status = 'sent'
                   order by created_at desc, id desc limit 1";
        Ok(with_pool!(self, pool =>
            sqlx::query_scalar(sql).bind(tenant).bind(customer).bind(channel).fetch_optional(pool).await)?)
    }

    /// When the customer last wrote, by what the event says.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_last_inbound(&self, tenant: &TenantId, customer: &str) -> Result<Option<String>, StoreError> {
        let sql = "select envelope -> 'data' ->> 'occurred_at' from events
                   where tenant_id = $1 and type = 'customer.message.received'
                     and envelope -> 'data' ->> 'customer_id' = $2
                   order by seq desc limit 1";
        let found: Option<Option<String>> = with_pool!(self, pool =>
            sqlx::query_scalar(sql).bind(tenant).bind(customer).fetch_optional(pool).await)?;
        Ok(found.flatten())
    }
}

/// What takes the place of a held message: it is deleted in the transaction that puts it out or blocks it.
pub(super) const DELETE_HELD: &str =
    "delete from outbox where tenant_id = $1 and idempotency_key = $2 and status = 'held'";

/// Inserts an entry through any executor. `Result<(), sqlx::Error>`.
macro_rules! insert_outbox_on {
    ($executor:expr, $entry:expr) => {
        $crate::store::outbox::bind_outbox!($crate::store::outbox::INSERT, $entry).execute($executor).await.map(drop)
    };
}
pub(super) use insert_outbox_on;
