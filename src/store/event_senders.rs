//! Systems that may send events under a signature of their own, and the secrets they sign with.

use chrono::{DateTime, Utc};

use super::audit::{AuditEntry, append_audit_on};
use super::{Database, StoreError};
use crate::model::{EventSenderId, Page, PageRequest, TenantId, UserId};

/// A row.
#[derive(Clone, sqlx::FromRow)]
pub struct EventSender {
    /// Its id, which it sends with every event.
    pub id: EventSenderId,
    /// Whose events it sends.
    pub tenant_id: TenantId,
    /// For people: `DMS nightly export`.
    pub name: String,
    /// What the `source` of each of its events begins with.
    pub source: String,
    /// What it signs with: `whsec_` and 32 bytes in base64.
    pub secret: String,
    /// What it signed with before, while that is still taken.
    pub old_secret: Option<String>,
    /// Until when.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// Who let it in.
    pub created_by: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Since when nothing it signs is taken.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for EventSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventSender").field("id", &self.id).field("source", &self.source).finish_non_exhaustive()
    }
}

impl Database {
    /// Adds a sender, and says so in the audit log.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_event_sender(&self, sender: &EventSender, audit: &AuditEntry) -> Result<(), StoreError> {
        let sql = "insert into event_senders (id, tenant_id, name, source, secret, created_by, created_at)
                   values ($1, $2, $3, $4, $5, $6, $7)";
        with_tx!(self, tx => { async {
            sqlx::query(sql).bind(&sender.id).bind(&sender.tenant_id).bind(&sender.name).bind(&sender.source)
                .bind(&sender.secret).bind(&sender.created_by).bind(sender.created_at)
                .execute(&mut *tx).await?;
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        }.await })
    }

    /// The sender with this id, of whichever tenant: it is who it says only when its signature is good.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_event_sender(&self, id: &EventSenderId) -> Result<Option<EventSender>, StoreError> {
        let sql = "select * from event_senders where id = $1";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// The senders of a tenant, the oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_event_senders(
        &self,
        tenant: &TenantId,
        page: &PageRequest,
    ) -> Result<Page<EventSender>, StoreError> {
        let sql = "select * from event_senders where tenant_id = $1 and id > $2 order by id limit $3";
        let rows: Vec<EventSender> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(page.ascending()).bind(page.limit + 1).fetch_all(pool).await)?;
        Ok(Page::from_rows(rows, page.limit, |sender| sender.id.to_string()))
    }

    /// Gives a sender another secret, and keeps the one before until `overlap`, when there is to be one; `None` when
    /// there is no such sender in the tenant, or it was ended.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_event_sender_secret(
        &self,
        tenant: &TenantId,
        id: &EventSenderId,
        (secret, overlap): (&str, Option<DateTime<Utc>>),
        audit: &AuditEntry,
    ) -> Result<Option<EventSender>, StoreError> {
        let sql = "update event_senders set secret = $3, old_secret_until = $4,
                     old_secret = case when $5 then secret end
                   where tenant_id = $1 and id = $2 and revoked_at is null returning *";
        with_tx!(self, tx => { async {
            let changed: Option<EventSender> =
                sqlx::query_as(sql).bind(tenant).bind(id).bind(secret).bind(overlap).bind(overlap.is_some())
                    .fetch_optional(&mut *tx).await?;
            if changed.is_some() {
                append_audit_on!(tx, audit);
            }
            Ok::<_, StoreError>(changed)
        }.await })
    }

    /// Ends a sender; false when there is none in the tenant. Ending one twice changes nothing.
    ///
    /// # Errors
    /// As any statement.
    pub async fn revoke_event_sender(
        &self,
        tenant: &TenantId,
        id: &EventSenderId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let sql = "update event_senders set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null";
        let known = "select count(*) from event_senders where tenant_id = $1 and id = $2";
        with_tx!(self, tx => { async {
            let ended = sqlx::query(sql).bind(tenant).bind(id).bind(audit.at).execute(&mut *tx).await?;
            if ended.rows_affected() == 1 {
                append_audit_on!(tx, audit);
                return Ok(true);
            }
            let known: i64 = sqlx::query_scalar(known).bind(tenant).bind(id).fetch_one(&mut *tx).await?;
            Ok::<_, StoreError>(known == 1)
        }.await })
    }
}
