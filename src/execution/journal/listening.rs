//! Events: subscribed to, found in the log, taken once; and those we emit ourselves.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::parts::EngineParts;
use super::turn::JournalContext;
use crate::events::Topic;
use crate::execution::context::{AttemptError, Effect, Envelope, Listening};
use crate::execution::error::Halt;
use crate::execution::matching;
use crate::store::executions::NEVER;
use crate::store::{NewEvent, StoredEvent};
use crate::telemetry::boundary;

/// Events looked at in one query.
const EVENT_PAGE: i64 = 200;

impl JournalContext {
    pub(super) async fn take_event(&self, path: &str, listening: &Listening) -> Result<(usize, Envelope), Halt> {
        if let Some((_, mut value)) = self.seen(path) {
            let index = value["wanted"].as_u64().and_then(|index| usize::try_from(index).ok()).unwrap_or(0);
            return Ok((index, value["envelope"].take()));
        }
        self.alive(path)?;
        let marker = format!("{path}#listening");
        if self.seen(&marker).is_none() {
            // Subscribed first, scanned second: an event stored before the scan is seen by it, one stored after it
            // finds the subscription. None falls in between.
            let subscriptions = matching::subscriptions(path, &listening.wanted);
            self.book().unwritten.subscribe.extend(subscriptions);
            let types: Vec<&str> = listening.wanted.iter().map(|wanted| wanted.event_type.as_str()).collect();
            self.record(&marker, "listening", true, json!({ "for": types, "until": listening.deadline }));
            boundary::reached("subscription: before it is made");
            self.flush().await?;
            boundary::reached("subscription: after it is made");
        }
        let Some((index, event)) = self.scan(listening).await? else { return Err(self.block(path, NEVER)) };
        let envelope = event.event.envelope;
        self.record(path, "event", true, json!({ "wanted": index, "seq": event.seq, "envelope": envelope }));
        self.book().abandon(path);
        boundary::reached("event: after it is taken");
        Ok((index, envelope))
    }

    /// The oldest event that is wanted and free.
    async fn scan(&self, listening: &Listening) -> Result<Option<(usize, StoredEvent)>, Halt> {
        let mut best: Option<(usize, StoredEvent)> = None;
        for (index, wanted) in listening.wanted.iter().enumerate() {
            let mut after = listening.after_seq;
            'pages: loop {
                let db = &self.parts.db;
                let page = db.list_events_after(&self.execution.tenant, &wanted.event_type, after, EVENT_PAGE).await;
                let page = page.map_err(|error| self.store_failed(&error))?;
                let last_page = page.len() < usize::try_from(EVENT_PAGE).unwrap_or(usize::MAX);
                for event in page {
                    after = event.seq;
                    if best.as_ref().is_some_and(|(_, found)| found.seq <= event.seq) {
                        break 'pages;
                    }
                    let late = listening.deadline.is_some_and(|end| event.received_at.timestamp_millis() > end);
                    let free = !self.book().taken.contains(&event.seq);
                    if free && !late && matching::matches(wanted, &event, &self.place) {
                        best = Some((index, event));
                        break 'pages;
                    }
                }
                if last_page {
                    break;
                }
            }
        }
        Ok(best)
    }
}

/// Stores an event that an `emit` task emits.
pub(super) struct Emission<'a> {
    pub(super) parts: &'a EngineParts,
    pub(super) event: NewEvent,
}

#[async_trait]
impl Effect for Emission<'_> {
    async fn attempt(&self, _idempotency_key: &str) -> Result<Value, AttemptError> {
        let stored = self.parts.db.insert_event(&self.event, self.parts.clock.now()).await;
        stored.map_err(|error| AttemptError::Retryable(error.to_string()))?;
        self.parts.events.publish(&Topic::Engine, "event");
        Ok(self.event.envelope.clone())
    }

    fn facts(&self) -> Value {
        json!({ "emit": self.event.event_type })
    }
}
