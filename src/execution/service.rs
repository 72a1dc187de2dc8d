//! What people and other programs ask of execution: take an event, cancel, list, tell the story.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::clock::EngineClock;
use super::connectors::record_inbound_message;
use super::error::{ExecutionError, InvalidField};
use super::intake::cloud_event::{self, CloudEvent};
use super::intake::leads::{self, Desk, ReceivedLead};
use super::intake::{NormalisedLead, adf};
use super::journal::Writer;
use super::next_due::{self, Due};
use super::story::{self, Story};
use crate::auth::Principal;
use crate::events::{Events, Topic};
use crate::model::{ExecutionId, Page, PageRequest, StoreId, TenantId};
use crate::store::executions::{Execution, ExecutionFilter, NewExecution};
use crate::store::{Database, NewEvent};
use crate::telemetry::boundary;
use crate::workflow::Language;

/// What pages are told when the clock was moved.
const CLOCK_MOVED: &str = r#"{"kind":"clock","id":"engine"}"#;
/// How long a skip waits for what is due already.
const SETTLE: TimeDelta = TimeDelta::seconds(3);

/// What became of an event that came in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Accepted {
    /// Its place in the log; absent for a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// An event with this source and id was there already; nothing happens again.
    pub duplicate: bool,
}

/// The execution service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    pub(super) db: Database,
    pub(super) events: Events,
    pub(super) clock: EngineClock,
    writer: Writer,
}

impl Service {
    /// A service over the parts it shares with the engine.
    #[must_use]
    pub const fn new(db: Database, events: Events, clock: EngineClock, writer: Writer) -> Self {
        Self { db, events, clock, writer }
    }

    /// Engine time.
    #[must_use]
    pub const fn clock(&self) -> &EngineClock {
        &self.clock
    }

    /// Group commit, shared with the engine.
    #[must_use]
    pub const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Checks and stores a `CloudEvent`. When this returns, the event is on disk. `from` is what the `source` of the
    /// sender's events must begin with.
    ///
    /// # Errors
    /// [`ExecutionError::Invalid`] with pointers into the body; [`ExecutionError::Conflict`] when an event with this
    /// source and id says something else.
    pub async fn ingest(&self, tenant: &TenantId, from: Option<&str>, body: Value) -> Result<Accepted, ExecutionError> {
        let owner = self.db.find_tenant(tenant).await?.ok_or(ExecutionError::NotFound("tenant"))?;
        let event = cloud_event::read(body, &owner.slug).map_err(ExecutionError::Invalid)?;
        if let Some(from) = from.filter(|from| !event.source.starts_with(*from)) {
            let problem = InvalidField::new("/source", format!("must begin with {from}, as agreed for this sender"));
            return Err(ExecutionError::Invalid(vec![problem]));
        }
        let store = match event.store_id.parse() {
            Ok(id) => self.db.find_store(tenant, &id).await?,
            Err(_) => None,
        };
        let Some(store) = store else {
            let problem = InvalidField::new("/data/store_id", "is not a store of your dealer group");
            return Err(ExecutionError::Invalid(vec![problem]));
        };
        // Before anything is written: a changed repetition must leave no trace.
        self.same_as_before(tenant, &event).await?;
        if event.event_type == "customer.message.received" {
            // An opt-out holds before anything can act on the message.
            record_inbound_message(&self.db, &owner, &store, &event.envelope["data"], self.clock.now()).await?;
        }
        let new = NewEvent {
            tenant: tenant.clone(),
            source: event.source.clone(),
            id: event.id.clone(),
            event_type: event.event_type.clone(),
            store_id: event.store_id.clone(),
            envelope: event.envelope.clone(),
            depth: 0,
            caused_by: None,
        };
        let accepted = self.store_event(&new).await?;
        if accepted.duplicate {
            // Two deliveries at the same moment: the one that came first stands.
            self.same_as_before(tenant, &event).await?;
        }
        Ok(accepted)
    }

    /// An event that was stored under the same source and id says the same, whatever the order of its names.
    async fn same_as_before(&self, tenant: &TenantId, event: &CloudEvent) -> Result<(), ExecutionError> {
        let Some(stored) = self.db.find_event(tenant, &event.source, &event.id).await? else { return Ok(()) };
        let canonical = |envelope: &Value| serde_json_canonicalizer::to_string(envelope).ok();
        if canonical(&stored.event.envelope) == canonical(&event.envelope) {
            Ok(())
        } else {
            Err(ExecutionError::Conflict)
        }
    }

    /// Reads the leads of an ADF document (its content type and its bytes), records them and announces each once.
    ///
    /// # Errors
    /// [`ExecutionError::Invalid`] for a document without a lead, [`ExecutionError::NotFound`] for an unknown store.
    pub async fn receive_adf(
        &self,
        tenant: &TenantId,
        store: &StoreId,
        (content_type, body): (Option<&str>, &[u8]),
    ) -> Result<Vec<ReceivedLead>, ExecutionError> {
        let leads = adf::read(body, content_type).map_err(|error| leads::adf_problem(&error))?;
        let mut received = Vec::with_capacity(leads.len());
        for lead in &leads {
            received.push(self.receive_lead(tenant, store, ("adf", lead_type(lead)), lead).await?);
        }
        Ok(received)
    }

    /// Records a lead of a web form that took consent to texts, and announces it once.
    ///
    /// # Errors
    /// [`ExecutionError::NotFound`] for an unknown store.
    pub async fn receive_web_lead(
        &self,
        tenant: &TenantId,
        store: &StoreId,
        lead: &NormalisedLead,
    ) -> Result<ReceivedLead, ExecutionError> {
        self.receive_lead(tenant, store, ("website", "internet"), lead).await
    }

    async fn receive_lead(
        &self,
        tenant: &TenantId,
        store: &StoreId,
        (system, lead_type): (&str, &str),
        lead: &NormalisedLead,
    ) -> Result<ReceivedLead, ExecutionError> {
        let owner = self.db.find_tenant(tenant).await?.ok_or(ExecutionError::NotFound("tenant"))?;
        let store = self.db.find_store(tenant, store).await?.ok_or(ExecutionError::NotFound("store"))?;
        let now = self.clock.now();
        let desk = Desk { tenant: &owner, store: &store, system, lead_type, now };
        boundary::reached("lead: before it is recorded");
        let (mut received, event) = leads::record(&self.db, desk, lead).await?;
        boundary::reached("lead: after it is recorded");
        // The record may be there without its event, when a crash came in between: the event decides.
        received.duplicate = self.store_event(&event).await?.duplicate;
        Ok(received)
    }

    /// Stores an event that is known to be well formed, and tells the engine.
    ///
    /// # Errors
    /// As any statement.
    pub async fn store_event(&self, event: &NewEvent) -> Result<Accepted, ExecutionError> {
        boundary::reached("event: before it is stored");
        let seq = self.db.insert_event(event, self.clock.now()).await?;
        boundary::reached("event: after it is stored");
        if seq.is_some() {
            self.events.publish(&Topic::Engine, "event");
        }
        Ok(Accepted { seq, duplicate: seq.is_none() })
    }

    /// Starts an execution by hand; `new.trigger_id` keeps a repeated request from starting a second one.
    ///
    /// # Errors
    /// [`ExecutionError::DigestMismatch`] when the definition is not what the digest says.
    pub async fn start(&self, new: NewExecution) -> Result<bool, ExecutionError> {
        if new.definition.digest().ok().as_ref() != Some(&new.digest) {
            return Err(ExecutionError::DigestMismatch);
        }
        let started = self.writer.start_execution(new).await?;
        self.events.publish(&Topic::Engine, "due");
        Ok(started)
    }

    /// Ends an execution before its next effect.
    ///
    /// # Errors
    /// [`ExecutionError::NotFound`], [`ExecutionError::Over`].
    pub async fn cancel(&self, caller: &Principal, id: &ExecutionId) -> Result<(), ExecutionError> {
        self.find(&caller.tenant, id).await?;
        if !self.db.cancel_execution(&caller.tenant, id).await? {
            return Err(ExecutionError::Over);
        }
        tracing::info!(execution.id = %id, user.id = %caller.user, "an execution is cancelled");
        self.events.publish(&Topic::Engine, "due");
        Ok(())
    }

    /// Executions, newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list(
        &self,
        tenant: &TenantId,
        filter: &ExecutionFilter,
        page: &PageRequest,
    ) -> Result<Page<Execution>, ExecutionError> {
        Ok(self.db.list_executions(tenant, filter, page).await?)
    }

    /// What an execution did, step by step, in a language.
    ///
    /// # Errors
    /// [`ExecutionError::NotFound`].
    pub async fn story(
        &self,
        tenant: &TenantId,
        id: &ExecutionId,
        language: Language,
    ) -> Result<Story, ExecutionError> {
        let execution = self.find(tenant, id).await?;
        story::tell(&self.db, &execution, language).await
    }

    /// Moves engine time forward (demonstration mode only).
    ///
    /// # Errors
    /// See [`EngineClock::skip`].
    pub async fn skip(&self, tenant: &TenantId, by: TimeDelta) -> Result<DateTime<Utc>, ExecutionError> {
        let now = self.clock.skip(tenant, by).await?;
        self.events.publish(&Topic::Tenant(tenant.clone()), CLOCK_MOVED);
        Ok(now)
    }

    /// Moves engine time once for all requests of this name: by a length, or to what is due next for this dealership,
    /// once what is due already is done. Gives what is due where it went, when it was asked for that.
    ///
    /// # Errors
    /// See [`EngineClock::skip`]; [`ExecutionError::NothingDue`].
    pub async fn skip_once(&self, tenant: &TenantId, name: &str, to: SkipTo) -> Result<Option<Due>, ExecutionError> {
        self.clock.must_be_movable_by(tenant)?;
        self.clock.refresh().await?;
        if let Some(answer) = self.db.find_clock_skip(name).await? {
            return Ok(answer.and_then(|answer| serde_json::from_value(answer).ok()));
        }
        let (by, due) = match to {
            SkipTo::Later(by) => (by, None),
            SkipTo::Next => {
                next_due::settle(&self.db, tenant, self.clock.now_ms(), SETTLE).await?;
                let now = self.clock.now();
                let due = next_due::find(&self.db, tenant, now).await?.ok_or(ExecutionError::NothingDue)?;
                ((due.at - now).max(TimeDelta::milliseconds(1)), Some(due))
            }
        };
        let answer = due.as_ref().and_then(|due| serde_json::to_value(due).ok());
        self.clock.skip_once(tenant, by, (name, answer)).await?;
        self.events.publish(&Topic::Tenant(tenant.clone()), CLOCK_MOVED);
        Ok(due)
    }

    async fn find(&self, tenant: &TenantId, id: &ExecutionId) -> Result<Execution, ExecutionError> {
        self.db.find_execution(tenant, id).await?.ok_or(ExecutionError::NotFound("execution"))
    }
}

/// Where the clock is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipTo {
    /// So much later.
    Later(TimeDelta),
    /// The next moment at which something happens by itself.
    Next,
}

/// A lead that somebody else's provider sent is a third party's; one from the store's own forms, whose provider
/// carries the store's name or which names none, is an internet lead.
fn lead_type(lead: &NormalisedLead) -> &'static str {
    let Some(provider) = lead.provider.as_deref().map(str::to_lowercase) else { return "internet" };
    let own = lead.vendor.as_deref().is_some_and(|vendor| provider.starts_with(&vendor.to_lowercase()));
    if own { "internet" } else { "third_party" }
}
