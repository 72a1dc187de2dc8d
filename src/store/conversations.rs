//! Rows of `conversations`.

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use super::like::containing;
use super::{Database, StoreError};
use crate::model::conversation::{Conversation, ConversationMoment};
use crate::model::{ConversationId, DraftId, Page, PageRequest, TenantId, UserId};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    tenant_id: String,
    user_id: String,
    title: String,
    draft_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Conversation {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let bad = |column| StoreError::Inconsistent { table: "conversations", column };
        Ok(Self {
            id: row.id.parse().map_err(|_| bad("id"))?,
            tenant_id: row.tenant_id.parse().map_err(|_| bad("tenant_id"))?,
            user_id: row.user_id.parse().map_err(|_| bad("user_id"))?,
            title: row.title,
            draft_id: row.draft_id.map(|id| id.parse()).transpose().map_err(|_| bad("draft_id"))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Begins a conversation.
pub(super) const INSERT_CONVERSATION: &str = "insert into conversations (id, tenant_id, user_id, title, draft_id, created_at, updated_at) \
     values ($1, $2, $3, $4, $5, $6, $7)";
/// Gives a conversation without a title its title.
pub(super) const SET_CONVERSATION_TITLE: &str =
    "update conversations set title = $3 where tenant_id = $1 and id = $2 and title = ''";
/// Names the draft a conversation works on.
pub(super) const SET_CONVERSATION_DRAFT: &str =
    "update conversations set draft_id = $3 where tenant_id = $1 and id = $2";

impl Database {
    /// The conversation with this id.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_conversation(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let sql = "select id, tenant_id, user_id, title, draft_id, created_at, updated_at from conversations \
                   where tenant_id = $1 and id = $2";
        let row: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(id).fetch_optional(pool).await
        })?;
        row.map(TryInto::try_into).transpose()
    }

    /// A user's conversations, the one spoken in last first; those with `words` in their title when asked.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_conversations(
        &self,
        tenant: &TenantId,
        user: &UserId,
        words: Option<&str>,
        page: &PageRequest,
    ) -> Result<Page<Conversation>, StoreError> {
        let after = page.after.as_ref().and_then(|cursor| cursor.key().parse().ok());
        let ConversationMoment { updated_at, id } = after.unwrap_or_else(ConversationMoment::newest);
        let rows: Vec<Row> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(
                "select id, tenant_id, user_id, title, draft_id, created_at, updated_at from conversations
                 where tenant_id = ");
            query.push_bind(tenant).push(" and user_id = ").push_bind(user);
            query.push(" and (updated_at, id) < (").push_bind(updated_at).push(", ").push_bind(&id).push(")");
            if let Some(words) = words {
                query.push(" and lower(title) like ").push_bind(containing(words)).push(" escape '!'");
            }
            query.push(" order by updated_at desc, id desc limit ").push_bind(page.limit + 1);
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let items = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Conversation>, _>>()?;
        Ok(Page::from_rows(items, page.limit, |row| ConversationMoment::of(row).to_string()))
    }

    /// Begins a conversation.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when the id is taken, by whatever tenant.
    pub async fn insert_conversation(&self, new: &Conversation) -> Result<(), StoreError> {
        with_pool!(self, pool => {
            sqlx::query(INSERT_CONVERSATION)
                .bind(&new.id)
                .bind(&new.tenant_id)
                .bind(&new.user_id)
                .bind(&new.title)
                .bind(&new.draft_id)
                .bind(new.created_at)
                .bind(new.updated_at)
                .execute(pool)
                .await
                .map(drop)
        })?;
        Ok(())
    }

    /// Names the draft a conversation works on.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_conversation_draft(
        &self,
        tenant: &TenantId,
        id: &ConversationId,
        draft: &DraftId,
    ) -> Result<(), StoreError> {
        with_pool!(self, pool => {
            sqlx::query(SET_CONVERSATION_DRAFT).bind(tenant).bind(id).bind(draft).execute(pool).await.map(drop)
        })?;
        Ok(())
    }
}
