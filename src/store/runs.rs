//! Rows of `runs` and `run_events`. The lease names the process that drives a run; one that is not renewed is dead.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::conversations::{INSERT_CONVERSATION, SET_CONVERSATION_TITLE};
use super::frames;
use super::messages::INSERT_MESSAGE;
use super::{Database, StoreError};
use crate::model::conversation::{Conversation, Message};
use crate::model::run::{Frame, Run, RunStatus, RunUsage};
use crate::model::{ConversationId, RunId, TenantId};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    tenant_id: String,
    conversation_id: String,
    user_id: String,
    status: String,
    error_code: Option<String>,
    usage: Json<RunUsage>,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Run {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let bad = |column| StoreError::Inconsistent { table: "runs", column };
        Ok(Self {
            id: row.id.parse().map_err(|_| bad("id"))?,
            tenant_id: row.tenant_id.parse().map_err(|_| bad("tenant_id"))?,
            conversation_id: row.conversation_id.parse().map_err(|_| bad("conversation_id"))?,
            user_id: row.user_id.parse().map_err(|_| bad("user_id"))?,
            status: RunStatus::from_name(&row.status).ok_or_else(|| bad("status"))?,
            error_code: row.error_code,
            usage: row.usage.0,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// Who drives a run, and until when that is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The process.
    pub owner: String,
    /// The moment after which it counts as dead.
    pub until: DateTime<Utc>,
}

/// Where a run begins.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In a conversation that is there.
    Known,
    /// In one that gets this title with it, unless it has one by then.
    Untitled(&'a str),
    /// In one that begins with it.
    New(&'a Conversation),
}

/// What a sign of life of a driver comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driving {
    /// It goes on.
    On,
    /// Somebody asked to stop the run.
    Stopping,
    /// The run is over, or another process has it.
    Lost,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    /// Never `Running`.
    pub status: RunStatus,
    /// Stable code of the failure.
    pub error_code: Option<String>,
    /// What was spent.
    pub usage: RunUsage,
    /// When.
    pub at: DateTime<Utc>,
}

impl Database {
    /// The run with this id.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_run(&self, tenant: &TenantId, id: &RunId) -> Result<Option<Run>, StoreError> {
        let sql = "select id, tenant_id, conversation_id, user_id, status, error_code, usage, started_at, finished_at \
                   from runs where tenant_id = $1 and id = $2";
        let row: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(id).fetch_optional(pool).await
        })?;
        row.map(TryInto::try_into).transpose()
    }

    /// The run of a conversation that has not ended.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_open_run(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
    ) -> Result<Option<Run>, StoreError> {
        let sql = "select id, tenant_id, conversation_id, user_id, status, error_code, usage, started_at, finished_at \
                   from runs where tenant_id = $1 and conversation_id = $2 and finished_at is null \
                   order by started_at desc limit 1";
        let row: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(conversation).fetch_optional(pool).await
        })?;
        row.map(TryInto::try_into).transpose()
    }

    /// Begins a run with the message it answers and its first frames, unless another one of the conversation is open;
    /// all or nothing, a new conversation among it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when one is open; [`StoreError::NotUnique`] when an id is taken, by whatever tenant.
    pub async fn insert_run(
        &self,
        run: &Run,
        lease: &Lease,
        place: Place<'_>,
        (message, frames): (&Message, &[Frame]),
    ) -> Result<(), StoreError> {
        let insert = "insert into runs (id, tenant_id, conversation_id, user_id, status, owner, lease_until, usage, \
                      started_at) select $1, $2, $3, $4, $5, $6, $7, $8, $9 \
                      where not exists (select 1 from runs where conversation_id = $3 and finished_at is null)";
        with_tx!(self, tx => {
            match place {
                Place::Known => {}
                Place::Untitled(title) => {
                    sqlx::query(SET_CONVERSATION_TITLE)
                        .bind(&run.tenant_id)
                        .bind(&run.conversation_id)
                        .bind(title)
                        .execute(&mut *tx)
                        .await?;
                }
                Place::New(conversation) => {
                    sqlx::query(INSERT_CONVERSATION)
                        .bind(&run.conversation_id)
                        .bind(&run.tenant_id)
                        .bind(&conversation.user_id)
                        .bind(&conversation.title)
                        .bind(&conversation.draft_id)
                        .bind(conversation.created_at)
                        .bind(conversation.updated_at)
                        .execute(&mut *tx)
                        .await?;
                }
            }
            let done = sqlx::query(insert)
                .bind(&run.id)
                .bind(&run.tenant_id)
                .bind(&run.conversation_id)
                .bind(&run.user_id)
                .bind(run.status.as_str())
                .bind(&lease.owner)
                .bind(lease.until)
                .bind(Json(&run.usage))
                .bind(run.started_at)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Err(StoreError::Stale);
            }
            sqlx::query(INSERT_MESSAGE)
                .bind(&message.id)
                .bind(&run.tenant_id)
                .bind(&run.conversation_id)
                .bind(&message.run_id)
                .bind(message.role.as_str())
                .bind(&message.content)
                .bind(Json(&message.tool_calls))
                .bind(&message.tool_call_id)
                .bind(message.created_at)
                .bind(&message.prompts)
                .execute(&mut *tx)
                .await?;
            insert_frames!(tx, frames::rows(&run.tenant_id, &run.id, frames, run.started_at).collect());
            Ok::<_, StoreError>(())
        })
    }

    /// Frames of a run after number `after`, in order: those of the next `limit` rows.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_frames(
        &self,
        tenant: &TenantId,
        run: &RunId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Frame>, StoreError> {
        // from the row that frame `after` is in
        let sql = "select seq, body from run_events where tenant_id = $1 and run_id = $2 and seq >= \
                     coalesce((select max(seq) from run_events where run_id = $2 and seq <= $3), 0) \
                   order by seq limit $4";
        let rows: Vec<(i64, String)> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(run).bind(after).bind(limit).fetch_all(pool).await
        })?;
        let frames = rows.iter().flat_map(|(first, body)| frames::frames(*first, body));
        Ok(frames.filter(|frame| frame.seq > after).collect())
    }

    /// The number of the last stored frame; 0 without one.
    ///
    /// # Errors
    /// As any statement.
    pub async fn last_frame(&self, tenant: &TenantId, run: &RunId) -> Result<i64, StoreError> {
        let sql = "select seq, body from run_events where tenant_id = $1 and run_id = $2 order by seq desc limit 1";
        let row: Option<(i64, String)> = with_pool!(self, pool => {
            sqlx::query_as(sql).bind(tenant).bind(run).fetch_optional(pool).await
        })?;
        Ok(row.and_then(|(first, body)| frames::frames(first, &body).last()).map_or(0, |frame| frame.seq))
    }

    /// Renews the lease of a run.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_run_lease(&self, tenant: &TenantId, run: &RunId, lease: &Lease) -> Result<Driving, StoreError> {
        let sql = "update runs set lease_until = $4 where tenant_id = $1 and id = $2 and owner = $3 \
                   and finished_at is null returning cancel_requested";
        let stopping: Option<bool> = with_pool!(self, pool => {
            sqlx::query_scalar(sql)
                .bind(tenant)
                .bind(run)
                .bind(&lease.owner)
                .bind(lease.until)
                .fetch_optional(pool)
                .await
        })?;
        Ok(match stopping {
            Some(false) => Driving::On,
            Some(true) => Driving::Stopping,
            None => Driving::Lost,
        })
    }

    /// Asks whichever process drives a run to stop it.
    ///
    /// # Errors
    /// As any statement.
    pub async fn request_run_cancel(&self, tenant: &TenantId, run: &RunId) -> Result<(), StoreError> {
        let sql = "update runs set cancel_requested = true where tenant_id = $1 and id = $2 and finished_at is null";
        with_pool!(self, pool => sqlx::query(sql).bind(tenant).bind(run).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Open runs whose lease ran out before `as_of`.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_dead_runs(&self, as_of: DateTime<Utc>) -> Result<Vec<Run>, StoreError> {
        let sql = "select id, tenant_id, conversation_id, user_id, status, error_code, usage, started_at, finished_at \
                   from runs where finished_at is null and lease_until < $1 order by lease_until limit 1000";
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql).bind(as_of).fetch_all(pool).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Takes over a run whose lease ran out before `as_of`; false when somebody else did, or its driver lives after all.
    ///
    /// # Errors
    /// As any statement.
    pub async fn claim_dead_run(&self, run: &Run, as_of: DateTime<Utc>, lease: &Lease) -> Result<bool, StoreError> {
        let sql = "update runs set owner = $4, lease_until = $5 \
                   where tenant_id = $1 and id = $2 and finished_at is null and lease_until < $3";
        let claimed = with_pool!(self, pool => {
            sqlx::query(sql)
                .bind(&run.tenant_id)
                .bind(&run.id)
                .bind(as_of)
                .bind(&lease.owner)
                .bind(lease.until)
                .execute(pool)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(claimed == 1)
    }
}
