//! What starts executions and what wakes them: stored events, routed in the order of the log.
//!
//! An event is marked as routed only after everything it starts is stored, so a crash in between routes it again; the
//! key (workflow, source, id) keeps that from starting anything twice.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::ExecutionError;
use super::gathering::Gatherer;
use super::journal::EngineParts;
use super::matching::{self, Place};
use super::places::Places;
use super::schedules::Schedules;
use super::trigger::Trigger;
use crate::events::Topic;
use crate::model::{StoreId, TenantId};
use crate::store::StoredEvent;
use crate::store::workflows::ActiveWorkflow;
use crate::telemetry::boundary;
use crate::workflow::Definition;
use crate::workflow::document::{EventStrategy, Schedule, StrategyMode};

/// Events routed between two looks at the list of workflows.
const BATCH: i64 = 100;
/// Routes events and schedules.
#[derive(Debug)]
pub(super) struct Router {
    parts: EngineParts,
    places: Arc<Places>,
    schedules: Schedules,
}

impl Router {
    pub(super) fn new(parts: EngineParts, places: Arc<Places>) -> Self {
        Self { parts, places, schedules: Schedules::default() }
    }

    /// Routes every event that is not routed yet, and starts what is scheduled.
    ///
    /// # Errors
    /// When the store fails; what was routed stays routed.
    pub(super) async fn route_pending(&self) -> Result<(), ExecutionError> {
        let mut acted = self.schedules.start_due(&self.parts).await?;
        loop {
            let events = self.parts.db.list_unrouted_events(BATCH).await?;
            let more = i64::try_from(events.len()).unwrap_or(0) == BATCH;
            let mut active: HashMap<TenantId, Vec<ActiveWorkflow>> = HashMap::new();
            for event in events {
                let tenant = event.event.tenant.clone();
                if !active.contains_key(&tenant) {
                    let workflows = self.parts.db.list_active_workflows(&tenant).await?;
                    active.insert(tenant.clone(), workflows);
                }
                acted |= self.route(&event, active.get(&tenant).map_or(&[][..], Vec::as_slice)).await?;
            }
            if !more {
                break;
            }
        }
        if acted {
            self.parts.events.publish(&Topic::Engine, "due");
        }
        Ok(())
    }

    /// Routes one event; true when something is due because of it.
    async fn route(&self, event: &StoredEvent, active: &[ActiveWorkflow]) -> Result<bool, ExecutionError> {
        let mut acted = false;
        let tenant = &event.event.tenant;
        let store: Option<StoreId> = event.event.store_id.parse().ok();
        let place = match &store {
            Some(store) => self.places.find(tenant, store, None).await.ok(),
            None => None,
        };
        if let (Some(store), Some(place)) = (store, place) {
            if event.event.depth < self.parts.config.max_depth {
                for workflow in active.iter().filter(|workflow| runs_in(&workflow.definition, &store)) {
                    let Schedule::On(strategy) = workflow.definition.schedule() else { continue };
                    let at = Gatherer { parts: &self.parts, workflow, store: &store, place: &place };
                    let triggers = if strategy.mode == StrategyMode::All {
                        at.gather(&strategy, event).await?
                    } else if fits(&strategy, event, &place) {
                        vec![Trigger::event(event, &store)]
                    } else {
                        Vec::new()
                    };
                    for trigger in triggers {
                        let new = trigger.execution(tenant, workflow, self.parts.clock.now());
                        acted |= self.parts.writer.start_execution(new).await?;
                    }
                }
            } else {
                tracing::warn!(
                    event.seq = event.seq,
                    event.depth = event.event.depth,
                    "an event of our own actions is too deep to start anything"
                );
            }
            acted |= self.wake(event, &place).await?;
        } else {
            tracing::warn!(event.seq = event.seq, "an event names a store that does not exist");
        }
        boundary::reached("event: before it is marked as routed");
        self.parts.db.update_event_routed(event.seq, self.parts.clock.now()).await?;
        boundary::reached("event: after it is marked as routed");
        Ok(acted)
    }

    async fn wake(&self, event: &StoredEvent, place: &Place) -> Result<bool, ExecutionError> {
        let (tenant, event_type) = (&event.event.tenant, &event.event.event_type);
        let mut woken = 0;
        for from in self.parts.db.list_correlations(tenant, event_type).await? {
            if let Some(key) = matching::correlation_key(&from, event, place) {
                boundary::reached("event: before it wakes its listeners");
                woken += self.parts.db.wake_subscribers(tenant, event_type, &from, &key).await?;
                boundary::reached("event: after it woke its listeners");
            }
        }
        Ok(woken > 0)
    }
}

/// Whether a workflow is meant for this store.
fn runs_in(definition: &Definition, store: &StoreId) -> bool {
    let stores = definition.stores();
    stores.is_empty() || stores.contains(&store.as_str())
}

/// Whether one of the filters takes this event: type and condition.
fn fits(strategy: &EventStrategy<'_>, event: &StoredEvent, place: &Place) -> bool {
    strategy.filters.iter().any(|filter| {
        let condition = filter.data_condition();
        filter.event_type().is_some_and(|wanted| matching::type_and_data_match(wanted, condition, event, place))
    })
}
