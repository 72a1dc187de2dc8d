//! The journal of executions, and the one door through which an engine writes.
//!
//! An engine groups the writes of all executions it works on into one transaction ([`Database::apply_engine_writes`]):
//! with `synchronous=FULL` the disk is asked once for many. Every write of a turn carries the epoch of its claim; when
//! the execution has another epoch meanwhile, nothing of the write happens and the writer is told.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::executions::{Claim, Execution, INSERT, NewExecution, Row as ExecutionRow};
use super::subscriptions::NewSubscription;
use super::{Database, StoreError};
use crate::model::{ExecutionId, ExecutionStatus, TenantId};

/// One line of a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Where in the definition, with loop iterations; the key.
    pub path: String,
    /// Its number within the execution.
    pub seq: i64,
    /// What it records: `step`, `timer`, `event` …
    pub kind: String,
    /// False: `value` is an error.
    pub ok: bool,
    /// The outcome.
    pub value: Value,
    /// When (engine time).
    pub recorded_at: DateTime<Utc>,
}

/// How a turn of an execution ends.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Its state from now on.
    pub status: ExecutionStatus,
    /// When it wakes by itself, in ms of engine time. An earlier wake-up that came during the turn is kept.
    pub wake_at: i64,
    /// What it gave.
    pub output: Option<Value>,
    /// Why it faulted.
    pub error: Option<Value>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Writes of one turn, all or nothing.
#[derive(Debug, Clone)]
pub struct TurnWrite {
    /// Which execution.
    pub execution: ExecutionId,
    /// Whose.
    pub tenant: TenantId,
    /// Epoch of the claim.
    pub epoch: i64,
    /// New lines.
    pub entries: Vec<JournalEntry>,
    /// What it does now, for people.
    pub progress: Option<Value>,
    /// New subscriptions.
    pub subscribe: Vec<NewSubscription>,
    /// Subscriptions whose paths begin so end.
    pub unsubscribe: Vec<String>,
    /// Messages of calls whose paths begin so were held and will not be sent.
    pub give_up: Vec<String>,
    /// The end of the turn.
    pub ending: Option<Ending>,
}

/// One thing an engine writes.
#[derive(Debug, Clone)]
pub enum EngineWrite {
    /// A new execution.
    Start(Box<NewExecution>),
    /// Part of a turn.
    Turn(Box<TurnWrite>),
    /// A claim.
    Claim(Claim),
}

/// What became of part of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnReply {
    /// It is written.
    Written {
        /// Somebody asked to end the execution.
        cancel_requested: bool,
    },
    /// Fenced off: another engine has the execution, under another epoch. Nothing is written.
    Fenced,
}

/// What became of an [`EngineWrite`].
#[derive(Debug, Clone)]
pub enum EngineReply {
    /// Whether it is new; false: this trigger had started one already.
    Started(bool),
    /// What became of part of a turn.
    Turn(TurnReply),
    /// What was claimed.
    Claimed(Vec<Execution>),
}

// A write of a turn begins with one update that is three things: the fence, what people see, and the end of the turn. It
// leaves the lease alone, which the engine extends for all it holds at once: nothing of an index changes, and on
// PostgreSQL the update stays within its page.
const FENCE: &str = "update executions set progress = coalesce($3, progress)
     where id = $1 and epoch = $2 and status = 'running' returning cancel_requested";
const END: &str = "update executions set progress = coalesce($3, progress), status = $4, output = $6, error = $7,
       finished_at = $8, recoveries = 0, wake_at = case when wake_at < $5 then wake_at else $5 end,
       lease_owner = null, lease_until = 0
     where id = $1 and epoch = $2 and status = 'running' returning cancel_requested";
const ENTRY: &str = "insert into journal_entries (execution_id, path, seq, kind, ok, value, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7)";
const SUBSCRIBE: &str =
    "insert into subscriptions (execution_id, path, tenant_id, event_type, correlate_from, correlate_key)
     values ($1, $2, $3, $4, $5, $6) on conflict (execution_id, path) do nothing";
const UNSUBSCRIBE: &str =
    "delete from subscriptions where execution_id = $1 and substr(path, 1, cast($3 as integer)) = $2";
/// By the index `outbox_held`: an execution has a handful of held messages at most.
const GIVE_UP: &str = "update outbox set status = 'blocked', reason = 'given_up', held_until = null
     where execution_id = $1 and status = 'held' and substr(idempotency_key, 1, cast($3 as integer)) = $2";

fn length(prefix: &str) -> i64 {
    i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX)
}

macro_rules! write_start {
    ($tx:ident, $new:expr) => {{
        let new = $new;
        sqlx::query(INSERT)
            .bind(&new.id)
            .bind(&new.tenant)
            .bind(&new.store)
            .bind(&new.workflow)
            .bind(new.version)
            .bind(&new.digest)
            .bind(new.definition.title())
            .bind(serde_json::to_string(new.definition.raw())?)
            .bind(&new.trigger_source)
            .bind(&new.trigger_id)
            .bind(&new.requested_by)
            .bind(new.depth)
            .bind(new.start_seq)
            .bind(serde_json::to_string(&new.input)?)
            .bind(Json(Value::Null))
            .bind(new.now)
            .execute(&mut *$tx)
            .await?
            .rows_affected()
            == 1
    }};
}

macro_rules! write_turn {
    ($tx:ident, $turn:expr) => {{
        let turn = $turn;
        let id = &turn.execution;
        let progress = turn.progress.as_ref().map(Json);
        let held: Option<bool> = match &turn.ending {
            None => {
                sqlx::query_scalar(FENCE).bind(id).bind(turn.epoch).bind(progress).fetch_optional(&mut *$tx).await?
            }
            Some(end) => {
                let output = end.output.as_ref().map(serde_json::to_string).transpose()?;
                let query = sqlx::query_scalar(END).bind(id).bind(turn.epoch).bind(progress).bind(end.status.as_str());
                let query = query.bind(end.wake_at).bind(output).bind(end.error.as_ref().map(Json));
                query.bind(end.finished_at).fetch_optional(&mut *$tx).await?
            }
        };
        if held.is_some() {
            for entry in &turn.entries {
                let query = sqlx::query(ENTRY).bind(id).bind(&entry.path).bind(entry.seq).bind(&entry.kind);
                let query = query.bind(entry.ok).bind(serde_json::to_string(&entry.value)?).bind(entry.recorded_at);
                query.execute(&mut *$tx).await?;
            }
            for prefix in &turn.unsubscribe {
                sqlx::query(UNSUBSCRIBE).bind(id).bind(prefix).bind(length(prefix)).execute(&mut *$tx).await?;
            }
            for sub in &turn.subscribe {
                let query = sqlx::query(SUBSCRIBE).bind(id).bind(&sub.path).bind(&turn.tenant).bind(&sub.event_type);
                query.bind(&sub.correlate_from).bind(&sub.correlate_key).execute(&mut *$tx).await?;
            }
            for path in &turn.give_up {
                let prefix = format!("{id}#{path}");
                let query = sqlx::query(GIVE_UP).bind(id).bind(&prefix).bind(length(&prefix));
                query.execute(&mut *$tx).await?;
            }
        }
        held.map_or(TurnReply::Fenced, |cancel_requested| TurnReply::Written { cancel_requested })
    }};
}

impl Database {
    /// Writes a batch in one transaction; the replies stand in the order of the writes and count only because the
    /// transaction was committed.
    ///
    /// # Errors
    /// As any statement; then nothing of the batch was written.
    pub async fn apply_engine_writes(&self, batch: &[EngineWrite]) -> Result<Vec<EngineReply>, StoreError> {
        with_tx!(self, tx => {
            let mut replies = Vec::with_capacity(batch.len());
            for write in batch {
                replies.push(match write {
                    EngineWrite::Start(new) => EngineReply::Started(write_start!(tx, new)),
                    EngineWrite::Turn(turn) => EngineReply::Turn(write_turn!(tx, turn)),
                    EngineWrite::Claim(claim) => {
                        let query = sqlx::query_as(claim.sql(self)).bind(&claim.owner).bind(claim.lease_until);
                        let rows: Vec<ExecutionRow> =
                            query.bind(claim.now).bind(claim.limit).fetch_all(&mut *tx).await?;
                        let claimed: Result<Vec<Execution>, StoreError> =
                            rows.into_iter().map(Execution::try_from).collect();
                        EngineReply::Claimed(claimed?)
                    }
                });
            }
            Ok::<_, StoreError>(replies)
        })
    }

    /// The journal of an execution, in the order it was written.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_journal(
        &self,
        tenant: &TenantId,
        execution: &ExecutionId,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let sql = "select j.path, j.seq, j.kind, j.ok, j.value, j.recorded_at
                   from journal_entries j join executions e on e.id = j.execution_id
                   where e.tenant_id = $1 and e.id = $2 order by j.seq";
        let rows: Vec<Row> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(execution).fetch_all(pool).await)?;
        rows.into_iter().map(JournalEntry::try_from).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    path: String,
    seq: i64,
    kind: String,
    ok: bool,
    value: String,
    recorded_at: DateTime<Utc>,
}

impl TryFrom<Row> for JournalEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let value = serde_json::from_str(&row.value)
            .map_err(|_| StoreError::Inconsistent { table: "journal_entries", column: "value" })?;
        let (path, seq, kind, ok, recorded_at) = (row.path, row.seq, row.kind, row.ok, row.recorded_at);
        Ok(Self { path, seq, kind, ok, value, recorded_at })
    }
}
