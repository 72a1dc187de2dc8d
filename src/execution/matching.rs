//! Whether an event is one that somebody waits for, and how a subscription finds its events without looking at all.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::context::Wanted;
use crate::model::tenant::Store;
use crate::store::StoredEvent;
use crate::store::subscriptions::NewSubscription;
use crate::workflow::expression::{self, Expression, Moment, Variables};

/// Where an execution runs: zone, hours and names.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Slug of the tenant.
    pub tenant_slug: String,
    /// The store.
    pub store: Store,
    /// Department of the workflow; whose hours `next_open` means.
    pub department: String,
}

impl Place {
    /// The moment of an evaluation.
    #[must_use]
    pub fn moment(&self, now: DateTime<Utc>) -> Moment<'_> {
        Moment { now, zone: self.store.timezone, hours: &self.store.hours, department: &self.department }
    }
}

/// Whether `event` is wanted: type, condition on the data, every correlation. An expression that cannot be evaluated
/// on this event says no.
#[must_use]
pub fn matches(wanted: &Wanted, event: &StoredEvent, place: &Place) -> bool {
    let correlated = wanted.correlate.iter().all(|(from, expected)| {
        correlation_value(from, &event.event.envelope, place, event.received_at).as_ref() == Some(expected)
    });
    correlated && type_and_data_match(&wanted.event_type, wanted.condition.as_deref(), event, place)
}

/// Whether type and data condition fit; what starts a workflow has no correlation.
#[must_use]
pub fn type_and_data_match(event_type: &str, condition: Option<&str>, event: &StoredEvent, place: &Place) -> bool {
    let moment = place.moment(event.received_at);
    event.event.event_type == event_type
        && condition.is_none_or(|text| {
            expression::condition(text, event.data(), &Variables::default(), &moment).unwrap_or_else(|error| {
            tracing::debug!(event.seq = event.seq, error = %error, "a data condition cannot be evaluated on an event");
            false
        })
        })
}

/// What a correlation expression gives on an envelope.
pub(super) fn correlation_value(from: &str, envelope: &Value, place: &Place, at: DateTime<Utc>) -> Option<Value> {
    let compiled = Expression::compile_lenient(from).ok()?;
    compiled.evaluate(envelope, &Variables::default(), &place.moment(at)).ok()
}

/// The subscriptions of a `listen`: one for each wanted event.
#[must_use]
pub fn subscriptions(path: &str, wanted: &[Wanted]) -> Vec<NewSubscription> {
    let entries = wanted.iter().enumerate();
    let subscription = |(index, wanted): (usize, &Wanted)| {
        let (from, expected): (Vec<&str>, Vec<&Value>) =
            wanted.correlate.iter().map(|(from, expected)| (from.as_str(), expected)).unzip();
        NewSubscription {
            path: format!("{path}#{index}"),
            event_type: wanted.event_type.clone(),
            correlate_from: serde_json::to_string(&from).unwrap_or_default(),
            correlate_key: serde_json::to_string(&expected).unwrap_or_default(),
        }
    };
    entries.map(subscription).collect()
}

/// The key an event has under a stored list of correlation expressions; `None` when one gives nothing on it.
#[must_use]
pub fn correlation_key(correlate_from: &str, event: &StoredEvent, place: &Place) -> Option<String> {
    let from: Vec<String> = serde_json::from_str(correlate_from).ok()?;
    let values: Option<Vec<Value>> =
        from.iter().map(|text| correlation_value(text, &event.event.envelope, place, event.received_at)).collect();
    serde_json::to_string(&values?).ok()
}
