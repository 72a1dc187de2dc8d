//! `cron` and `every`: one execution per workflow, store and scheduled moment.
//!
//! Nothing is kept but the executions themselves: the scheduled moment is their trigger id, so two engines, or one after
//! a restart, cannot start the same twice. Moments missed while no engine ran are made up for by the latest only.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use croner::parser::CronParser;
use serde_json::json;

use super::error::ExecutionError;
use super::journal::EngineParts;
use super::triggers::{Router, Trigger};
use crate::model::{StoreId, TenantId, WorkflowId};
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
    pub(super) async fn start_due(&self, router: &Router, parts: &EngineParts) -> Result<bool, ExecutionError> {
        if !self.is_time(parts.clock.offset()) {
            return Ok(false);
        }
        let mut acted = false;
        for tenant in parts.db.list_tenants().await? {
            for workflow in parts.db.list_active_workflows(&tenant.id).await? {
                if matches!(workflow.definition.schedule(), Schedule::Cron(_) | Schedule::Every(_)) {
                    acted |= self.start_workflow(router, parts, &tenant.id, &workflow).await?;
                }
            }
        }
        Ok(acted)
    }

    async fn start_workflow(
        &self,
        router: &Router,
        parts: &EngineParts,
        tenant: &TenantId,
        workflow: &ActiveWorkflow,
    ) -> Result<bool, ExecutionError> {
        let named = workflow.definition.stores();
        let mut acted = false;
        for store in parts.db.list_stores(tenant).await? {
            if !named.is_empty() && !named.contains(&store.id.as_str()) {
                continue;
            }
            let slot = (workflow.workflow_id.clone(), workflow.version, store.id.clone());
            let after = self.last(parts, tenant, workflow, &slot).await?;
            let now = parts.clock.now();
            let Some(due) = latest(&workflow.definition.schedule(), workflow.activated_at, now, store.timezone) else {
                continue;
            };
            if due <= after {
                continue;
            }
            let moment = due.to_rfc3339_opts(SecondsFormat::Secs, true);
            let input = json!({ "scheduled_for": moment, "store_id": store.id });
            let seq = parts.db.find_last_event_seq().await?;
            let trigger = Trigger { store: &store.id, source: source(&store.id), id: moment, input, depth: 0, seq };
            let new = router.new_execution(tenant, workflow, trigger);
            acted |= parts.writer.start_execution(new).await?;
            self.state.lock().unwrap_or_else(PoisonError::into_inner).done.insert(slot, due);
        }
        Ok(acted)
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
            return Ok(*done);
        }
        let stored = parts.db.find_last_trigger_id(tenant, &workflow.workflow_id, &source(&slot.2)).await?;
        let stored: Option<DateTime<Utc>> = stored.and_then(|moment| moment.parse().ok());
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

/// The latest scheduled moment up to now, read in the store's zone.
fn latest(
    schedule: &Schedule<'_>,
    anchor: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: chrono_tz::Tz,
) -> Option<DateTime<Utc>> {
    match schedule {
        Schedule::Cron(pattern) => {
            let cron = CronParser::builder().dom_and_dow(true).build().parse(pattern).ok()?;
            let local = now.with_timezone(&zone);
            cron.find_previous_occurrence(&local, true).ok().map(|at| at.with_timezone(&Utc))
        }
        Schedule::Every(every) => {
            let step = IsoDuration::from_value(every).ok()?.approximate_millis().max(1_000);
            let passed = (now - anchor).num_milliseconds();
            (passed >= step).then(|| anchor + TimeDelta::milliseconds(passed / step * step))
        }
        Schedule::On(_) | Schedule::After(_) | Schedule::Manual => None,
    }
}

/// The first scheduled moment after now, read in the store's zone.
pub(super) fn next(
    schedule: &Schedule<'_>,
    anchor: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: chrono_tz::Tz,
) -> Option<DateTime<Utc>> {
    match schedule {
        Schedule::Cron(pattern) => {
            let cron = CronParser::builder().dom_and_dow(true).build().parse(pattern).ok()?;
            let local = now.with_timezone(&zone);
            cron.find_next_occurrence(&local, false).ok().map(|at| at.with_timezone(&Utc))
        }
        Schedule::Every(every) => {
            let step = IsoDuration::from_value(every).ok()?.approximate_millis().max(1_000);
            let passed = (now - anchor).num_milliseconds().max(0);
            Some(anchor + TimeDelta::milliseconds((passed / step + 1) * step))
        }
        Schedule::On(_) | Schedule::After(_) | Schedule::Manual => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn cron_is_read_in_the_stores_zone_and_both_day_fields_must_match() {
        let zone = chrono_tz::America::Chicago;
        let anchor = at("2026-01-01T00:00:00Z");
        // first Monday of the month at nine: in March 2026 that is the 2nd, 15:00 UTC in winter time
        let monday = Schedule::Cron("0 9 1-7 * 1");
        assert_eq!(latest(&monday, anchor, at("2026-03-20T00:00:00Z"), zone), Some(at("2026-03-02T15:00:00Z")));
        // after the change to summer time nine o'clock is 14:00 UTC
        let daily = Schedule::Cron("0 9 * * *");
        assert_eq!(latest(&daily, anchor, at("2026-03-20T18:00:00Z"), zone), Some(at("2026-03-20T14:00:00Z")));
    }

    #[test]
    fn every_counts_from_activation() {
        let hour = json!("PT1H");
        let every = Schedule::Every(&hour);
        let anchor = at("2026-03-10T15:20:00Z");
        assert_eq!(latest(&every, anchor, at("2026-03-10T16:19:59Z"), chrono_tz::UTC), None);
        assert_eq!(
            latest(&every, anchor, at("2026-03-10T18:30:00Z"), chrono_tz::UTC),
            Some(at("2026-03-10T18:20:00Z"))
        );
    }
}
