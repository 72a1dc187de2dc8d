//! `schedule.on.all`: an execution starts when each of several events has come.
//!
//! Events belong together when they are of the same store and every `correlate.from` gives the same on them. Each
//! filter takes the oldest event that fits it; an event is used for one start. An event waits [`PATIENCE`] for the
//! others, and a new version of the workflow gathers anew.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::error::ExecutionError;
use super::journal::EngineParts;
use super::matching::{self, Place};
use super::trigger::Trigger;
use crate::model::StoreId;
use crate::store::gathered_events::{GatheredEvent, Gathering};
use crate::store::workflows::ActiveWorkflow;
use crate::store::{Database, StoredEvent};
use crate::workflow::document::{EventFilter, EventStrategy};

/// How long an event waits for the others.
const PATIENCE: TimeDelta = TimeDelta::days(30);

/// Where an event is gathered: the workflow and the event's own place.
pub(super) struct Gatherer<'a> {
    pub(super) parts: &'a EngineParts,
    pub(super) workflow: &'a ActiveWorkflow,
    pub(super) store: &'a StoreId,
    pub(super) place: &'a Place,
}

impl Gatherer<'_> {
    /// Puts an event to the others; what the complete ones start. An event that is routed again starts the same again.
    pub(super) async fn gather<'s>(
        &'s self,
        strategy: &EventStrategy<'_>,
        event: &StoredEvent,
    ) -> Result<Vec<Trigger<'s>>, ExecutionError> {
        let mut keys: Vec<String> =
            strategy.filters.iter().filter_map(|filter| self.key(filter, event)).map(|key| key.to_string()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut triggers = Vec::new();
        for key in keys {
            let gathering = Gathering {
                tenant: &event.event.tenant,
                workflow: &self.workflow.workflow_id,
                version: self.workflow.version,
                store: self.store,
                key: &key,
            };
            while let Some(found) = self.complete(&gathering, strategy, event).await? {
                if let Some(trigger) = self.take(&self.parts.db, &gathering, found).await? {
                    triggers.push(trigger);
                    break;
                }
            }
        }
        Ok(triggers)
    }

    /// The correlation values of an event under a filter; `None` when the event does not fit it.
    fn key(&self, filter: &EventFilter<'_>, event: &StoredEvent) -> Option<Value> {
        let condition = filter.data_condition();
        let fits = matching::type_and_data_match(filter.event_type()?, condition, event, self.place);
        let from = filter.correlations().into_iter().map(|(name, from, _)| {
            let value = matching::correlation_value(from, &event.event.envelope, self.place, event.received_at)?;
            (!value.is_null()).then(|| (name.to_owned(), value))
        });
        let mut values: Vec<(String, Value)> = fits.then(|| from.collect::<Option<Vec<_>>>())??;
        values.sort_by(|left, right| left.0.cmp(&right.0));
        Some(json!(values))
    }

    /// One event for each filter, once there are; those that started something with this event already, if they did.
    async fn complete(
        &self,
        gathering: &Gathering<'_>,
        strategy: &EventStrategy<'_>,
        event: &StoredEvent,
    ) -> Result<Option<Found>, ExecutionError> {
        let since = event.received_at - PATIENCE;
        let gathered = self.parts.db.insert_gathered_event(gathering, event.seq, since).await?;
        let earlier = gathered.iter().find(|one| one.stored.seq == event.seq).and_then(|one| one.taken_by.clone());
        let mut free: Vec<&GatheredEvent> = gathered.iter().filter(|one| one.taken_by == earlier).collect();
        let mut events = Vec::with_capacity(strategy.filters.len());
        for filter in &strategy.filters {
            let fits = |one: &&GatheredEvent| {
                self.key(filter, &one.stored).map(|key| key.to_string()).is_some_and(|key| key == gathering.key)
            };
            let Some(at) = free.iter().position(fits) else { return Ok(None) };
            events.push(free.remove(at).stored.clone());
        }
        Ok(Some(Found { events, taken: earlier.is_some() }))
    }

    /// Uses the events; `None` when another process was first with one of them.
    async fn take<'s>(
        &'s self,
        db: &Database,
        gathering: &Gathering<'_>,
        found: Found,
    ) -> Result<Option<Trigger<'s>>, ExecutionError> {
        let seqs: Vec<i64> = found.events.iter().map(|event| event.seq).collect();
        let id = seqs.iter().map(i64::to_string).collect::<Vec<_>>().join("+");
        if !found.taken && !db.take_gathered_events(gathering, &seqs, &id).await? {
            return Ok(None);
        }
        let envelopes: Vec<&Value> = found.events.iter().map(|event| &event.event.envelope).collect();
        Ok(Some(Trigger {
            store: self.store,
            source: format!("events/{}", self.store),
            id,
            input: json!(envelopes),
            depth: found.events.iter().map(|event| event.event.depth).max().unwrap_or(0),
            seq: seqs.into_iter().max().unwrap_or(0),
        }))
    }
}

/// One event for each filter.
struct Found {
    events: Vec<StoredEvent>,
    /// They are marked as used, by an earlier look at the same event.
    taken: bool,
}
