//! Executions: started once per trigger, claimed by one engine at a time, listed for people.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::{ExecutionId, ExecutionStatus, Page, PageRequest, StoreId, TenantId, UserId, WorkflowId};
use crate::workflow::{Definition, Digest};

/// `wake_at` of an execution that only an event or a person can wake.
pub const NEVER: i64 = i64::MAX;

/// An execution to start.
#[derive(Debug, Clone)]
pub struct NewExecution {
    /// Its id.
    pub id: ExecutionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it runs.
    pub store: StoreId,
    /// Which workflow.
    pub workflow: WorkflowId,
    /// Which version of it.
    pub version: i64,
    /// Digest of the definition that was approved.
    pub digest: Digest,
    /// The definition itself: running executions never migrate.
    pub definition: Definition,
    /// `source` of the event that started it, or `schedule` or `manual`.
    pub trigger_source: String,
    /// `id` of the event, moment of the schedule, or a key of the caller.
    pub trigger_id: String,
    /// Who asked for the workflow: recipient `requester`.
    pub requested_by: Option<UserId>,
    /// Depth of the event that started it.
    pub depth: i64,
    /// Place in the event log after which its listeners begin.
    pub start_seq: i64,
    /// `$workflow.input`.
    pub input: Value,
    /// When it starts (engine time).
    pub now: DateTime<Utc>,
}

/// The latest execution that a schedule started.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LastRun {
    /// The moment it was started for.
    pub trigger_id: String,
    /// When it ended (engine time).
    pub finished_at: Option<DateTime<Utc>>,
}

/// An execution as people see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Execution {
    /// Its id.
    pub id: ExecutionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it runs.
    pub store: StoreId,
    /// Which workflow.
    pub workflow: WorkflowId,
    /// Which version of it.
    pub version: i64,
    /// Digest of what runs.
    pub digest: Digest,
    /// Title of the workflow.
    pub title: String,
    /// `source` of what started it.
    pub trigger_source: String,
    /// `id` of what started it.
    pub trigger_id: String,
    /// Who asked for the workflow.
    pub requested_by: Option<UserId>,
    /// Depth of the event that started it.
    pub depth: i64,
    /// Place in the event log after which its listeners begin.
    pub start_seq: i64,
    /// `$workflow.input`.
    pub input: Value,
    /// How it stands.
    pub status: ExecutionStatus,
    /// What it does at the moment.
    pub progress: Value,
    /// What it gave, once completed.
    pub output: Option<Value>,
    /// Why it faulted or was parked.
    pub error: Option<Value>,
    /// Next moment it wakes by itself, in ms of engine time; [`NEVER`] when it does not.
    pub wake_at: i64,
    /// Times an engine crashed on it since it last came forward.
    pub recoveries: i64,
    /// Whether somebody asked to end it.
    pub cancel_requested: bool,
    /// Fence: writes of an engine with another number are refused.
    pub epoch: i64,
    /// When it started (engine time).
    pub started_at: DateTime<Utc>,
    /// When it ended (engine time).
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: ExecutionId,
    tenant_id: TenantId,
    store_id: StoreId,
    workflow_id: WorkflowId,
    version: i64,
    digest: Digest,
    title: String,
    trigger_source: String,
    trigger_id: String,
    requested_by: Option<UserId>,
    depth: i64,
    start_seq: i64,
    input: String,
    status: String,
    progress: Json<Value>,
    output: Option<String>,
    error: Option<Json<Value>>,
    wake_at: i64,
    recoveries: i64,
    cancel_requested: bool,
    epoch: i64,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

const fn unreadable(column: &'static str) -> StoreError {
    StoreError::Inconsistent { table: "executions", column }
}

impl TryFrom<Row> for Execution {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let output = row.output.map(|text| serde_json::from_str(&text)).transpose();
        Ok(Self {
            status: ExecutionStatus::from_str(&row.status).map_err(|_| unreadable("status"))?,
            input: serde_json::from_str(&row.input).map_err(|_| unreadable("input"))?,
            output: output.map_err(|_| unreadable("output"))?,
            id: row.id,
            tenant: row.tenant_id,
            store: row.store_id,
            workflow: row.workflow_id,
            version: row.version,
            digest: row.digest,
            title: row.title,
            trigger_source: row.trigger_source,
            trigger_id: row.trigger_id,
            requested_by: row.requested_by,
            depth: row.depth,
            start_seq: row.start_seq,
            progress: row.progress.0,
            error: row.error.map(|error| error.0),
            wake_at: row.wake_at,
            recoveries: row.recoveries,
            cancel_requested: row.cancel_requested,
            epoch: row.epoch,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// The columns of [`Row`]; spliced into constants, because statements are constants.
macro_rules! columns {
    () => {
        "id, tenant_id, store_id, workflow_id, version, digest, title, trigger_source, trigger_id, requested_by, \
         depth, start_seq, input, status, progress, output, error, wake_at, recoveries, cancel_requested, epoch, \
         started_at, finished_at"
    };
}

/// Of a workflow that was paused or retired since the caller read it, none is started.
pub(super) const INSERT: &str =
    "insert into executions (id, tenant_id, store_id, workflow_id, version, digest, title, definition,
       interpreter_version, trigger_source, trigger_id, requested_by, depth, start_seq, input, status, progress,
       wake_at, lease_until, epoch, recoveries, cancel_requested, started_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12, $13, $14, 'ready', $15, 0, 0, 0, 0, false, $16
     where not exists (select 1 from workflows where tenant_id = $2 and id = $4 and status <> 'active')
     on conflict (tenant_id, workflow_id, trigger_source, trigger_id) do nothing";

/// The claim of due executions; the parameter is the lock clause of the dialect.
macro_rules! claim_due {
    ($lock:literal) => {
        concat!(
            "update executions set status = 'running', lease_owner = $1, lease_until = $2, epoch = epoch + 1,
               wake_at = 9223372036854775807
             where id in (select id from executions where status in ('ready', 'waiting') and wake_at <= $3
                          order by wake_at limit $4 ",
            $lock,
            ") returning ",
            columns!()
        )
    };
}

/// The claim of executions whose engine went silent.
macro_rules! claim_lost {
    ($lock:literal) => {
        concat!(
            "update executions set lease_owner = $1, lease_until = $2, epoch = epoch + 1, recoveries = recoveries + 1,
               wake_at = 9223372036854775807
             where id in (select id from executions where status = 'running' and lease_until < $3
                          order by lease_until limit $4 ",
            $lock,
            ") returning ",
            columns!()
        )
    };
}

/// Which executions a list shows; absent means any.
#[derive(Debug, Clone, Default)]
pub struct ExecutionFilter {
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this state.
    pub status: Option<ExecutionStatus>,
    /// In this store.
    pub store: Option<StoreId>,
}
/// Asks to end the open executions of a workflow whose version is below the one given.
pub(super) const CANCEL_OF_WORKFLOW: &str = "update executions set cancel_requested = true, wake_at = 0,
      status = case when status = 'parked' then 'waiting' else status end
    where tenant_id = $1 and workflow_id = $2 and version < $3 and finished_at is null
      and status in ('ready', 'waiting', 'running', 'parked')";
/// Makes every waiting execution of a workflow due, so that it looks again whether it may go on.
pub(super) const WAKE_OF_WORKFLOW: &str = "update executions set wake_at = 0
    where tenant_id = $1 and workflow_id = $2 and finished_at is null and status in ('waiting', 'running')";

/// An execution that wakes by itself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waking {
    /// Which.
    pub id: ExecutionId,
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// The workflow's title.
    pub title: String,
    /// When, in ms of engine time.
    pub wake_at: i64,
    /// What it does until then: `waiting`, `listening`, `calling` …
    pub doing: String,
    /// A message of it waits for permitted hours.
    pub holds_message: bool,
}

/// Which executions a claim asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// Ready, or waiting with their moment come.
    Due,
    /// Held by an engine that went silent.
    Lost,
}

/// A claim of an engine.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which executions.
    pub kind: ClaimKind,
    /// Name of the engine.
    pub owner: String,
    /// Until when it may be silent, in ms of real time.
    pub lease_until: i64,
    /// [`ClaimKind::Due`]: now in ms of engine time; [`ClaimKind::Lost`]: now in ms of real time.
    pub now: i64,
    /// How many at most.
    pub limit: i64,
}

impl Claim {
    /// The statement of this claim. SQLite has one writer, so two claims never see the same row. PostgreSQL must skip
    /// rows that another engine is claiming at this moment, or it would wait for them and then find nothing.
    pub(super) const fn sql(&self, db: &Database) -> &'static str {
        match (db, self.kind) {
            (Database::Sqlite(_), ClaimKind::Due) => claim_due!(""),
            (Database::Sqlite(_), ClaimKind::Lost) => claim_lost!(""),
            (Database::Postgres(_), ClaimKind::Due) => claim_due!("for update skip locked"),
            (Database::Postgres(_), ClaimKind::Lost) => claim_lost!("for update skip locked"),
        }
    }
}

impl Database {
    /// Takes executions out of circulation on which engines crashed too often; returns them.
    ///
    /// # Errors
    /// As any statement.
    pub async fn park_executions(
        &self,
        max_recoveries: i64,
        real_now_ms: i64,
        error: &Value,
    ) -> Result<Vec<Execution>, StoreError> {
        let sql = concat!(
            "update executions set status = 'parked', error = $3, epoch = epoch + 1
             where status = 'running' and lease_until < $2 and recoveries >= $1 returning ",
            columns!()
        );
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql).bind(max_recoveries).bind(real_now_ms)
            .bind(Json(error)).fetch_all(pool).await)?;
        rows.into_iter().map(Execution::try_from).collect()
    }

    /// Says that an engine is alive: extends the leases of everything it holds.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_leases(&self, owner: &str, lease_until: i64) -> Result<(), StoreError> {
        // PostgreSQL: rows that a batch of the engine has locked are alive anyway, and waiting for them while holding
        // others could end in a deadlock with that batch.
        let sql = match self {
            Self::Sqlite(_) => "update executions set lease_until = $2 where status = 'running' and lease_owner = $1",
            Self::Postgres(_) => {
                "update executions set lease_until = $2 where id in (
                   select id from executions where status = 'running' and lease_owner = $1 for update skip locked)"
            }
        };
        with_pool!(self, pool => sqlx::query(sql).bind(owner).bind(lease_until).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Ends every lease. Only where no other engine can be alive: the executions of a killed server go on at once then,
    /// not when its leases have run out.
    ///
    /// # Errors
    /// As any statement.
    pub async fn end_all_leases(&self) -> Result<(), StoreError> {
        let sql = "update executions set lease_until = 0 where status = 'running'";
        with_pool!(self, pool => sqlx::query(sql).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Next moment (ms of engine time) at which some execution wakes by itself.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_next_wake(&self) -> Result<Option<i64>, StoreError> {
        let sql = "select min(wake_at) from executions where status in ('ready', 'waiting')";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// The execution of a tenant that wakes next by itself after `now_ms` (engine time). Those that look again and again
    /// whether a pause is over do not count.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_next_waking(&self, tenant: &TenantId, now_ms: i64) -> Result<Option<Waking>, StoreError> {
        let sql = "select id, workflow_id, title, wake_at, coalesce(progress ->> 'doing', '') as doing,
                     exists (select 1 from outbox o where o.execution_id = executions.id and o.status = 'held')
                       as holds_message
                   from executions
                   where tenant_id = $1 and status = 'waiting' and wake_at > $2 and wake_at < $3
                     and coalesce(progress ->> 'doing', '') <> 'paused'
                   order by wake_at limit 1";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(now_ms).bind(NEVER)
            .fetch_optional(pool).await)?)
    }

    /// Whether something of a tenant is due or worked on at this moment: an event to route, an execution to run.
    ///
    /// # Errors
    /// As any statement.
    pub async fn has_work_in_hand(&self, tenant: &TenantId, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "select exists (select 1 from executions where tenant_id = $1
                     and (status in ('ready', 'running') or (status = 'waiting' and wake_at <= $2)))
                     or exists (select 1 from events where tenant_id = $1 and routed_at is null)";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(now_ms).fetch_one(pool).await)?)
    }

    /// One execution of a tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_execution(&self, tenant: &TenantId, id: &ExecutionId) -> Result<Option<Execution>, StoreError> {
        let sql = concat!("select ", columns!(), " from executions where tenant_id = $1 and id = $2");
        let row: Option<Row> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(id).fetch_optional(pool).await)?;
        row.map(Execution::try_from).transpose()
    }

    /// The definition an execution runs.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_execution_definition(
        &self,
        tenant: &TenantId,
        id: &ExecutionId,
    ) -> Result<Option<Definition>, StoreError> {
        let sql = "select definition from executions where tenant_id = $1 and id = $2";
        let text: Option<String> =
            with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(id).fetch_optional(pool).await)?;
        text.map(|text| Definition::from_json_text(&text)).transpose().map_err(|_| unreadable("definition"))
    }

    /// Executions of a tenant, newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_executions(
        &self,
        tenant: &TenantId,
        filter: &ExecutionFilter,
        page: &PageRequest,
    ) -> Result<Page<Execution>, StoreError> {
        let rows: Vec<Row> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(concat!("select ", columns!(), " from executions where tenant_id = "));
            query.push_bind(tenant).push(" and id < ").push_bind(page.descending());
            if let Some(workflow) = &filter.workflow {
                query.push(" and workflow_id = ").push_bind(workflow);
            }
            if let Some(status) = filter.status {
                query.push(" and status = ").push_bind(status.as_str());
            }
            if let Some(store) = &filter.store {
                query.push(" and store_id = ").push_bind(store);
            }
            query.push(" order by id desc limit ").push_bind(page.limit + 1);
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let items: Result<Vec<Execution>, StoreError> = rows.into_iter().map(Execution::try_from).collect();
        Ok(Page::from_rows(items?, page.limit, |execution| execution.id.to_string()))
    }

    /// Asks to end an execution and makes it due; false when it is over already.
    ///
    /// # Errors
    /// As any statement.
    pub async fn cancel_execution(&self, tenant: &TenantId, id: &ExecutionId) -> Result<bool, StoreError> {
        let sql = "update executions set cancel_requested = true, wake_at = 0,
                     status = case when status = 'parked' then 'waiting' else status end
                   where tenant_id = $1 and id = $2 and status in ('ready', 'waiting', 'running', 'parked')";
        Ok(with_pool!(self, pool => sqlx::query(sql).bind(tenant).bind(id).execute(pool).await
            .map(|done| done.rows_affected() == 1))?)
    }

    /// The latest trigger id of a workflow's executions with this trigger source.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_last_run(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        source: &str,
    ) -> Result<Option<LastRun>, StoreError> {
        // The unique key of what started an execution finds it without a sort: moments sort as text.
        let sql = "select trigger_id, finished_at from executions
                   where tenant_id = $1 and workflow_id = $2 and trigger_source = $3
                   order by trigger_id desc limit 1";
        Ok(with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(workflow).bind(source)
            .fetch_optional(pool).await)?)
    }

    /// The execution that something had started.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_execution_started_by(
        &self,
        tenant: &TenantId,
        workflow: &WorkflowId,
        source: &str,
        trigger_id: &str,
    ) -> Result<Option<ExecutionId>, StoreError> {
        let sql = "select id from executions
                   where tenant_id = $1 and workflow_id = $2 and trigger_source = $3 and trigger_id = $4";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).bind(workflow).bind(source).bind(trigger_id)
            .fetch_optional(pool).await)?)
    }
}
