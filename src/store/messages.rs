//! Rows of `messages`. Numbers within a conversation are given here, in order of arrival.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::conversation::{Message, Role, ToolCall};
use crate::model::{ConversationId, MessageId, TenantId};

/// Appends one message; its number is the next one of the conversation.
pub(super) const INSERT_MESSAGE: &str = "insert into messages \
     (id, tenant_id, conversation_id, run_id, seq, role, content, tool_calls, tool_call_id, created_at, prompts) \
     select $1, $2, $3, $4, coalesce(max(seq), 0) + 1, $5, $6, $7, $8, $9, $10 from messages where conversation_id = $3";

/// Marks a conversation as spoken in.
pub(super) const TOUCH_CONVERSATION: &str = "update conversations set updated_at = $3 where tenant_id = $1 and id = $2";

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    run_id: Option<String>,
    role: String,
    content: String,
    tool_calls: Json<Vec<ToolCall>>,
    tool_call_id: Option<String>,
    created_at: DateTime<Utc>,
    prompts: Option<String>,
}

impl TryFrom<Row> for Message {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let bad = |column| StoreError::Inconsistent { table: "messages", column };
        Ok(Self {
            id: row.id.parse().map_err(|_| bad("id"))?,
            run_id: row.run_id.map(|id| id.parse()).transpose().map_err(|_| bad("run_id"))?,
            role: Role::from_name(&row.role).ok_or_else(|| bad("role"))?,
            content: row.content,
            tool_calls: row.tool_calls.0,
            tool_call_id: row.tool_call_id,
            created_at: row.created_at,
            prompts: row.prompts,
        })
    }
}

impl Database {
    /// The newest `limit` messages of a conversation, oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_messages(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        limit: i64,
    ) -> Result<Vec<Message>, StoreError> {
        let sql = "select id, run_id, role, content, tool_calls, tool_call_id, created_at, prompts from messages \
                   where tenant_id = $1 and conversation_id = $2 order by seq desc limit $3";
        let rows: Vec<Row> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(conversation).bind(limit).fetch_all(pool).await
        })?;
        rows.into_iter().rev().map(TryInto::try_into).collect()
    }

    /// Puts other words in the place of what a message says.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_message_content(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        id: &MessageId,
        content: &str,
    ) -> Result<(), StoreError> {
        let sql = "update messages set content = $4 where tenant_id = $1 and conversation_id = $2 and id = $3";
        with_pool!(self, pool => {
            sqlx::query(sql).bind(tenant).bind(conversation).bind(id).bind(content).execute(pool).await.map(drop)
        })?;
        Ok(())
    }
}
