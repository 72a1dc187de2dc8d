//! What is due next for a dealership by itself: the end of a wait, a text held for permitted hours, a scheduled start.
//! The demonstration skips its clock there.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::ExecutionError;
use super::occurrences;
use crate::model::{ExecutionId, TenantId, WorkflowId};
use crate::store::Database;

/// Something that happens by itself at a moment to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Due {
    /// When (engine time).
    pub at: DateTime<Utc>,
    /// What.
    pub kind: DueKind,
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// Its title.
    pub title: String,
    /// The execution that goes on then; absent for a scheduled start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<ExecutionId>,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// A `wait` ends.
    Timer,
    /// The time limit of a wait for an event runs out.
    TimeLimit,
    /// A message that was held may be sent.
    HeldMessage,
    /// A call that failed is tried again.
    Retry,
    /// A workflow starts by its schedule.
    Schedule,
}

/// The earliest of all that is due after `now`; `None` when nothing is.
///
/// # Errors
/// As any statement.
pub(super) async fn find(db: &Database, tenant: &TenantId, now: DateTime<Utc>) -> Result<Option<Due>, ExecutionError> {
    let waking = db.find_next_waking(tenant, now.timestamp_millis()).await?.and_then(|waking| {
        let kind = match waking.doing.as_str() {
            _ if waking.holds_message => DueKind::HeldMessage,
            "listening" => DueKind::TimeLimit,
            "calling" => DueKind::Retry,
            _ => DueKind::Timer,
        };
        Some(Due {
            at: DateTime::from_timestamp_millis(waking.wake_at)?,
            kind,
            workflow_id: waking.workflow_id,
            title: waking.title,
            execution_id: Some(waking.id),
        })
    });
    let scheduled = next_start(db, tenant, now).await?;
    Ok(waking.into_iter().chain(scheduled).min_by_key(|due| due.at))
}

async fn next_start(db: &Database, tenant: &TenantId, now: DateTime<Utc>) -> Result<Option<Due>, ExecutionError> {
    let stores = db.list_stores(tenant).await?;
    let mut earliest: Option<Due> = None;
    for workflow in db.list_active_workflows(tenant).await? {
        let named = workflow.definition.stores();
        let here = stores.iter().filter(|store| named.is_empty() || named.contains(&store.id.as_str()));
        let next = |store: &crate::model::tenant::Store| {
            occurrences::next(&workflow.definition.schedule(), workflow.activated_at, now, store.timezone)
        };
        let Some(at) = here.filter_map(next).min() else { continue };
        if earliest.as_ref().is_none_or(|due| at < due.at) {
            earliest = Some(Due {
                at,
                kind: DueKind::Schedule,
                workflow_id: workflow.workflow_id.clone(),
                title: workflow.definition.title().to_owned(),
                execution_id: None,
            });
        }
    }
    Ok(earliest)
}

/// Waits until everything of the tenant that is due at this moment is done, so that "next" means what comes after it;
/// gives up after `patience`.
///
/// # Errors
/// As any statement.
pub(super) async fn settle(
    db: &Database,
    tenant: &TenantId,
    now_ms: i64,
    patience: TimeDelta,
) -> Result<(), ExecutionError> {
    let deadline = tokio::time::Instant::now() + patience.to_std().unwrap_or_default();
    while db.has_work_in_hand(tenant, now_ms).await? && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    Ok(())
}
