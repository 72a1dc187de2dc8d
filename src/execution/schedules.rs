//! `cron`, `every` and `after`: one execution per workflow, store and scheduled moment.
//!
//! Nothing is kept but the executions themselves: the scheduled moment is their trigger id, so two engines, or one after
//! a restart, cannot start the same twice.
//!
//! **Missed moments**, because no engine ran: the latest is made up for by one run, started late; the input says how
//! many others were left out (`missed`), and so does the story. What fell into a pause of the workflow is not made up
//! for. `after` misses nothing: its next run waits for the end of the last, however that ended.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::error::ExecutionError;
use super::journal::EngineParts;
use super::occurrences::{self, Occurrence};
use super::trigger::Trigger;
use crate::model::tenant::Store;
use crate::model::{StoreId, TenantId, WorkflowId};
use crate::store::executions::LastRun;
use crate::store::workflows::ActiveWorkflow;
use crate::workflow::document::Schedule;
use crate::workflow::duration::IsoDuration;

/// Between two looks at the schedules, unless the clock was moved.
const LOOK: Duration = Duration::from_secs(2);
/// A workflow that never ran yet and was activated on a clock behind the engine's looks back this far.
const FIRST_LOOK_BACK: TimeDelta = TimeDelta::minutes(5);

type Slot = (WorkflowId, i64, StoreId);

#[derive(Debug, Default)]
pub(super) struct Schedules {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    looked: Option<(Instant, TimeDelta)>,
    /// Latest moment each slot was started for.
    done: HashMap<Slot, DateTime<Utc>>,
}

impl Schedules {
    fn is_time(&self, offset: TimeDelta) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = state.looked.is_some_and(|(at, seen)| at.elapsed() < LOOK && seen == offset);
        if !wait {
            state.looked = Some((Instant::now(), offset));
        }
        !wait
    }

    /// Starts what is due by schedule; true when something was started.
    pub(super) async fn start_due(&self, parts: &EngineParts) -> Result<bool, ExecutionError> {
        if !self.is_time(parts.clock.offset()) {
            return Ok(false);
        }
        let mut acted = false;
        for tenant in parts.db.list_tenants().await? {
            // taken before the list is read: what is paused afterwards cannot start for a moment of its pause
            let now = parts.clock.now();
            for workflow in parts.db.list_active_workflows(&tenant.id).await? {
                if matches!(workflow.definition.schedule(), Schedule::Cron(_) | Schedule::Every(_) | Schedule::After(_))
                {
                    acted |= self.start_workflow(parts, (&tenant.id, &workflow), now).await?;
                }
            }
        }
        Ok(acted)
    }

    async fn start_workflow(
        &self,
        parts: &EngineParts,
        (tenant, workflow): (&TenantId, &ActiveWorkflow),
        now: DateTime<Utc>,
    ) -> Result<bool, ExecutionError> {
        let named = workflow.definition.stores();
        let mut acted = false;
        for store in parts.db.list_stores(tenant).await? {
            if !named.is_empty() && !named.contains(&store.id.as_str()) {
                continue;
            }
            let slot = (workflow.workflow_id.clone(), workflow.version, store.id.clone());
            let due = match workflow.definition.schedule() {
                Schedule::After(pause) => after_the_last(parts, (tenant, workflow), &store, pause, now).await?,
                schedule => {
                    let find =
                        |last, now| occurrences::due(&schedule, workflow.activated_at, (last, now), store.timezone);
                    let mut due = find(self.last(parts, tenant, workflow, &slot).await?, now);
                    if due.is_some_and(|due| due.missed > 0) {
                        // Missed by this process; another one may have been there.
                        self.forget(&slot);
                        due = find(self.last(parts, tenant, workflow, &slot).await?, now);
                    }
                    due
                }
            };
            let Some(due) = due else { continue };
            let moment = due.at.to_rfc3339_opts(SecondsFormat::Secs, true);
            let mut input = json!({ "scheduled_for": moment, "store_id": store.id });
            if due.missed > 0 {
                input["missed"] = json!(due.missed);
            }
            let seq = parts.db.find_last_event_seq(tenant).await?;
            let trigger = Trigger { store: &store.id, source: source(&store.id), id: moment, input, depth: 0, seq };
            let new = trigger.execution(tenant, workflow, parts.clock.now());
            acted |= parts.writer.start_execution(new).await?;
            self.state.lock().unwrap_or_else(PoisonError::into_inner).done.insert(slot, due.at);
        }
        Ok(acted)
    }

    fn forget(&self, slot: &Slot) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).done.remove(slot);
    }

    /// The moment this slot was last started for, else since when it counts.
    async fn last(
        &self,
        parts: &EngineParts,
        tenant: &TenantId,
        workflow: &ActiveWorkflow,
        slot: &Slot,
    ) -> Result<DateTime<Utc>, ExecutionError> {
        if let Some(done) = self.state.lock().unwrap_or_else(PoisonError::into_inner).done.get(slot) {
            return Ok((*done).max(workflow.activated_at));
        }
        let stored = parts.db.find_last_run(tenant, &workflow.workflow_id, &source(&slot.2)).await?;
        let stored: Option<DateTime<Utc>> = stored.and_then(|run| run.trigger_id.parse().ok());
        let since = if parts.clock.offset().is_zero() {
            workflow.activated_at
        } else {
            workflow.activated_at.max(parts.clock.now() - FIRST_LOOK_BACK)
        };
        let last = stored.map_or(since, |stored| stored.max(workflow.activated_at));
        self.state.lock().unwrap_or_else(PoisonError::into_inner).done.insert(slot.clone(), last);
        Ok(last)
    }
}

fn source(store: &StoreId) -> String {
    format!("schedule/{store}")
}

/// `after`: the first run begins with the activation, each other one its pause after the end of the last.
async fn after_the_last(
    parts: &EngineParts,
    (tenant, workflow): (&TenantId, &ActiveWorkflow),
    store: &Store,
    pause: &Value,
    now: DateTime<Utc>,
) -> Result<Option<Occurrence>, ExecutionError> {
    let Ok(pause) = IsoDuration::from_value(pause) else { return Ok(None) };
    let last = parts.db.find_last_run(tenant, &workflow.workflow_id, &source(&store.id)).await?;
    let at = match last {
        None => workflow.activated_at,
        Some(LastRun { finished_at: None, .. }) => return Ok(None),
        Some(LastRun { finished_at: Some(ended), .. }) => {
            pause.add_to(ended, store.timezone).max(workflow.activated_at)
        }
    };
    Ok((at <= now).then_some(Occurrence { at, missed: 0 }))
}
