//! What a turn begins from, read in one go: a turn's first word waits for it.

use chrono::{DateTime, Utc};

use super::{Database, StoreError};
use crate::model::conversation::Conversation;
use crate::model::spending::{Day, DaySpending, Spending};
use crate::model::{ConversationId, DraftId, MessageId, RunId, StoreId, TenantId, UserId};

/// Which turn.
#[derive(Debug, Clone, Copy)]
pub struct OpeningKey<'a> {
    /// Whose it is.
    pub tenant: &'a TenantId,
    /// Who spoke.
    pub user: &'a UserId,
    /// In which conversation.
    pub conversation: &'a ConversationId,
    /// Its run.
    pub run: &'a RunId,
    /// The id the client wants for its message.
    pub message: Option<&'a MessageId>,
    /// Today.
    pub day: Day,
}

/// What there is when a turn begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// The tenant's slug.
    pub slug: String,
    /// The tenant's name.
    pub name: String,
    /// Its stores.
    pub stores: Vec<StoreId>,
    /// The conversation, unless it is new.
    pub conversation: Option<Conversation>,
    /// Another turn of it is not over.
    pub busy: bool,
    /// The run is there already.
    pub known: bool,
    /// The id of the message is taken, by whomever.
    pub taken: bool,
    /// What was spent today.
    pub today: DaySpending,
}

/// One row for each store.
#[derive(sqlx::FromRow)]
struct Row {
    slug: String,
    name: String,
    store_id: Option<StoreId>,
    id: Option<ConversationId>,
    user_id: Option<UserId>,
    title: Option<String>,
    draft_id: Option<DraftId>,
    created_at: Option<DateTime<Utc>>,
    updated_at: Option<DateTime<Utc>>,
    busy: bool,
    known: bool,
    taken: bool,
    user_tokens: i64,
    user_cost: i64,
    tenant_tokens: i64,
    tenant_cost: i64,
}

const OPENING: &str = "select tenants.slug, tenants.name, stores.id as store_id,
       talk.id, talk.user_id, talk.title, talk.draft_id, talk.created_at, talk.updated_at,
       exists (select 1 from runs where tenant_id = $1 and conversation_id = $2 and finished_at is null) as busy,
       exists (select 1 from runs where tenant_id = $1 and id = $3) as known,
       exists (select 1 from messages where id = $4) as taken,
       (select cast(coalesce(sum(input_tokens + output_tokens), 0) as bigint) from model_spending
          where tenant_id = $1 and day = $6 and user_id = $5) as user_tokens,
       (select cast(coalesce(sum(cost_microdollars), 0) as bigint) from model_spending
          where tenant_id = $1 and day = $6 and user_id = $5) as user_cost,
       (select cast(coalesce(sum(input_tokens + output_tokens), 0) as bigint) from model_spending
          where tenant_id = $1 and day = $6) as tenant_tokens,
       (select cast(coalesce(sum(cost_microdollars), 0) as bigint) from model_spending
          where tenant_id = $1 and day = $6) as tenant_cost
     from tenants
     left join conversations talk on talk.tenant_id = tenants.id and talk.id = $2
     left join stores on stores.tenant_id = tenants.id
     where tenants.id = $1 order by stores.id";

impl Database {
    /// What a turn begins from; `None` when there is no such tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_opening(&self, of: OpeningKey<'_>) -> Result<Option<Opening>, StoreError> {
        let rows: Vec<Row> = with_pool!(self, pool => {
            sqlx::query_as(OPENING)
                .bind(of.tenant)
                .bind(of.conversation)
                .bind(of.run)
                .bind(of.message)
                .bind(of.user)
                .bind(of.day.number())
                .fetch_all(pool)
                .await
        })?;
        let stores = rows.iter().filter_map(|row| row.store_id.clone()).collect();
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(Opening {
            stores,
            today: DaySpending {
                user: Spending { tokens: row.user_tokens, cost_microdollars: row.user_cost },
                tenant: Spending { tokens: row.tenant_tokens, cost_microdollars: row.tenant_cost },
            },
            conversation: conversation(&row, of.tenant),
            slug: row.slug,
            name: row.name,
            busy: row.busy,
            known: row.known,
            taken: row.taken,
        }))
    }
}

fn conversation(row: &Row, tenant: &TenantId) -> Option<Conversation> {
    Some(Conversation {
        id: row.id.clone()?,
        tenant_id: tenant.clone(),
        user_id: row.user_id.clone()?,
        title: row.title.clone()?,
        draft_id: row.draft_id.clone(),
        created_at: row.created_at?,
        updated_at: row.updated_at?,
    })
}
