//! Executions: started once per trigger, claimed by one engine at a time, listed for people.
//!
//! Here is what an execution is and how people find it; its start, an engine's claim, what wakes it and what ends it
//! have a file each.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::{ExecutionId, ExecutionStatus, Page, PageRequest, StoreId, TenantId, UserId, WorkflowId};
use crate::workflow::{Definition, Digest};

/// The columns of [`Row`]; spliced into constants, because statements are constants.
macro_rules! columns {
    () => {
        "id, tenant_id, store_id, workflow_id, version, digest, title, trigger_source, trigger_id, requested_by, \
         depth, start_seq, input, status, progress, output, error, wake_at, recoveries, cancel_requested, epoch, \
         started_at, finished_at"
    };
}

mod cancel;
mod claim;
mod start;
mod wake;

pub(super) use cancel::CANCEL_OF_WORKFLOW;
pub use claim::{Claim, ClaimKind};
pub(super) use start::INSERT;
pub use start::{LastRun, NewExecution};
pub(super) use wake::WAKE_OF_WORKFLOW;
pub use wake::Waking;

/// `wake_at` of an execution that only an event or a person can wake.
pub const NEVER: i64 = i64::MAX;

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

impl Database {
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
}
