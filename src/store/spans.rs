//! Rows of `conversation_spans`: text of others that came into a conversation beside its messages.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Database, StoreError};
use crate::model::span::Span;
use crate::model::{ConversationId, TenantId};

/// Spans of a conversation that are read at most; the newest.
const MOST: i64 = 200;

#[derive(sqlx::FromRow)]
struct Row {
    origin: String,
    label: String,
    body: String,
}

impl TryFrom<Row> for Span {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let bad = |_| StoreError::Inconsistent { table: "conversation_spans", column: "origin" };
        Ok(Self { origin: row.origin.parse().map_err(bad)?, label: row.label, text: row.body })
    }
}

impl Database {
    /// What came into a conversation beside its messages, newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_spans(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<Vec<Span>, StoreError> {
        let sql = "select origin, label, body from conversation_spans where tenant_id = $1 and conversation_id = $2 \
                   order by created_at desc, digest limit $3";
        let rows: Vec<Row> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(conversation).bind(MOST).fetch_all(pool).await
        })?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Keeps what came in; the same text again only becomes new again.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_spans(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        spans: &[Span],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let sql = "insert into conversation_spans (tenant_id, conversation_id, digest, origin, label, body, created_at) \
                   values ($1, $2, $3, $4, $5, $6, $7) \
                   on conflict (tenant_id, conversation_id, digest) do update set created_at = excluded.created_at";
        for span in spans {
            with_pool!(self, pool => {
                sqlx::query(sql)
                    .bind(tenant)
                    .bind(conversation)
                    .bind(digest(span))
                    .bind(span.origin.as_str())
                    .bind(&span.label)
                    .bind(&span.text)
                    .bind(now)
                    .execute(pool)
                    .await
                    .map(drop)
            })?;
        }
        Ok(())
    }
}

fn digest(span: &Span) -> String {
    let mut hash = Sha256::new();
    for part in [span.origin.as_str(), &span.label, &span.text] {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
