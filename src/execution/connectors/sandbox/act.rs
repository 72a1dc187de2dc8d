//! One call being worked out: reads what it needs, collects what it does.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{Sandbox, entities, refused};
use crate::execution::connectors::filter::FilterMoment;
use crate::execution::connectors::{ActionCall, CallError, live};
use crate::execution::recipients::{Directory, Hints, owner_in};
use crate::model::OutboxId;
use crate::store::rotations::Turn;
use crate::store::{AuditEntry, CallCommit, Database, NewEvent, OnceClaim, OutboxEntry, Record};
use crate::workflow::catalog::Action;
use crate::workflow::duration::IsoDuration;

/// A call and what it does.
pub(super) struct Act<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) call: &'a ActionCall,
    pub(super) action: &'a Action,
    /// Records read or made so far, by entity and id; changed ones are written.
    records: BTreeMap<(String, String), Held>,
    pub(super) outbox: Vec<OutboxEntry>,
    events: Vec<NewEvent>,
    pub(super) audit: Vec<AuditEntry>,
    directory: Option<Directory>,
    /// The `once` key this call takes.
    pub(super) claim: Option<OnceClaim>,
    /// Keeps the `once` key free: nothing went out.
    pub(super) nothing_sent: bool,
    /// The turn this call takes on a list of people.
    pub(super) turn: Option<Turn>,
    made: usize,
}

struct Held {
    record: Record,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Read,
    Changed,
    New,
}

impl<'a> Act<'a> {
    pub(super) fn new(sandbox: &'a Sandbox, call: &'a ActionCall, action: &'a Action) -> Self {
        Self {
            sandbox,
            call,
            action,
            records: BTreeMap::new(),
            outbox: Vec::new(),
            events: Vec::new(),
            audit: Vec::new(),
            directory: None,
            claim: None,
            nothing_sent: false,
            turn: None,
            made: 0,
        }
    }

    pub(super) const fn db(&self) -> &'a Database {
        &self.sandbox.db
    }

    pub(super) fn store_id(&self) -> &'a str {
        self.call.store.id.as_str()
    }

    // --- input

    pub(super) fn input(&self, field: &str) -> Option<&'a Value> {
        self.call.input.get(field).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, field: &str) -> Option<&'a str> {
        self.input(field).and_then(Value::as_str)
    }

    pub(super) fn required(&self, field: &str) -> Result<&'a str, CallError> {
        self.text(field).ok_or_else(|| refused(422, "Input missing", format!("{}: {field}", self.call.action)))
    }

    pub(super) fn number(&self, field: &str) -> Option<f64> {
        self.input(field).and_then(Value::as_f64)
    }

    pub(super) fn list(&self, field: &str) -> Vec<&'a str> {
        let items = self.input(field).and_then(Value::as_array);
        items.map(|items| items.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    pub(super) fn moment(&self, field: &str) -> Result<Option<DateTime<Utc>>, CallError> {
        let parse = |text: &str| {
            text.parse().map_err(|_| refused(422, "Input not valid", format!("{field} is no point in time")))
        };
        self.text(field).map(parse).transpose()
    }

    /// The moment a duration from now ends, read in the store's zone.
    pub(super) fn after(&self, field: &str) -> Result<Option<DateTime<Utc>>, CallError> {
        let Some(value) = self.input(field) else { return Ok(None) };
        let duration = IsoDuration::from_value(value)
            .map_err(|error| refused(422, "Input not valid", format!("{field}: {error}")))?;
        Ok(Some(duration.add_to(self.call.now, self.call.store.timezone)))
    }

    /// An id the definition may leave out when the trigger has it.
    pub(super) fn id(&self, field: &str) -> Result<&'a str, CallError> {
        let from_trigger = || self.call.event.get(field).and_then(Value::as_str);
        self.text(field)
            .or_else(from_trigger)
            .ok_or_else(|| refused(422, "Input missing", format!("{}: {field}", self.call.action)))
    }

    // --- records

    pub(super) async fn find(&mut self, entity: &str, id: &str) -> Result<Option<Record>, CallError> {
        let key = (entity.to_owned(), id.to_owned());
        if let Some(held) = self.records.get(&key) {
            return Ok(Some(held.record.clone()));
        }
        let mut found = self.db().find_record(&self.call.tenant, entity, id).await?;
        if let Some(record) = &mut found {
            live::refresh(entity, &mut record.data, &self.moment_now());
        }
        if let Some(record) = &found {
            self.records.insert(key, Held { record: record.clone(), state: State::Read });
        }
        Ok(found)
    }

    fn moment_now(&self) -> FilterMoment {
        FilterMoment { now: self.call.now, zone: self.call.store.timezone }
    }

    pub(super) async fn record(&mut self, entity: &str, id: &str) -> Result<Record, CallError> {
        let found = self.find(entity, id).await?;
        found.ok_or_else(|| refused(404, "Record not found", format!("there is no {entity} {id}")))
    }

    /// Writes fields of a record that was read or made in this call; checked against the entity's schema.
    pub(super) fn change(&mut self, record: &Record, fields: Value) -> Result<Record, CallError> {
        let mut changed = record.clone();
        if let (Some(data), Value::Object(fields)) = (changed.data.as_object_mut(), fields) {
            data.extend(fields);
        }
        if changed.text("status") != record.text("status") && record.data.get("status_since").is_some() {
            changed.data["status_since"] = json!(self.now_text());
            live::refresh(&changed.entity, &mut changed.data, &self.moment_now());
        }
        entities::check(&changed.entity, &changed.data)?;
        let key = (changed.entity.clone(), changed.id.clone());
        let state = match self.records.get(&key).map(|held| held.state) {
            Some(State::New) => State::New,
            Some(State::Read | State::Changed) | None => State::Changed,
        };
        self.records.insert(key, Held { record: changed.clone(), state });
        Ok(changed)
    }

    /// A new record: what is not given is filled with the entity's empty values; checked against its schema.
    pub(super) fn add(&mut self, entity: &str, prefix: &str, fields: Value) -> Result<Record, CallError> {
        let id = self.new_id(prefix);
        let data = entities::complete(entity, &id, fields)?;
        let record = Record { entity: entity.to_owned(), id, store_id: self.store_id().to_owned(), data, version: 1 };
        let key = (record.entity.clone(), record.id.clone());
        self.records.insert(key, Held { record: record.clone(), state: State::New });
        Ok(record)
    }

    /// An id that the same call always gets again.
    pub(super) fn new_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        let name = format!("{}#{}#{}", self.call.tenant, self.call.idempotency_key, self.made);
        format!("{prefix}-{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple())
    }

    // --- people

    pub(super) async fn directory(&mut self) -> Result<Directory, CallError> {
        if let Some(directory) = &self.directory {
            return Ok(directory.clone());
        }
        let directory = Directory::load(self.db(), &self.call.tenant).await?;
        self.directory = Some(directory.clone());
        Ok(directory)
    }

    /// Whom a recipient text means; never empty.
    pub(super) async fn people(&mut self, recipient: &str) -> Result<Vec<Record>, CallError> {
        let directory = self.directory().await?;
        let hints = self.hints().await?;
        let found = directory.resolve(recipient, self.store_id(), &hints);
        let found = found.map_err(|error| refused(422, "Nobody to reach", error.to_string()))?;
        Ok(found.into_iter().cloned().collect())
    }

    async fn hints(&mut self) -> Result<Hints, CallError> {
        let requester = match &self.call.requester {
            Some(user) => self.db().find_user(&self.call.tenant, user).await?.and_then(|user| user.employee_id),
            None => None,
        };
        Ok(Hints { record_owner: self.owner_id().await?, requester, managing_role: self.managing_role() })
    }

    /// The employee who owns the innermost record.
    pub(super) async fn owner_id(&mut self) -> Result<Option<String>, CallError> {
        let Some(object) = self.at_hand() else { return Ok(None) };
        for (entity, field) in [
            ("lead", "lead_id"),
            ("repair_order", "ro_id"),
            ("appointment", "appointment_id"),
            ("deal", "deal_id"),
            ("task", "task_id"),
        ] {
            let own_id = (entity_of(object) == Some(entity)).then(|| object.get("id")).flatten();
            let Some(id) = object.get(field).or(own_id).and_then(Value::as_str) else { continue };
            if let Some(record) = self.find(entity, id).await?
                && let Some(owner) = record.data.as_object().and_then(owner_in)
            {
                return Ok(Some(owner.to_owned()));
            }
        }
        if let Some(owner) = owner_in(object) {
            return Ok(Some(owner.to_owned()));
        }
        let Some(customer) = object.get("customer_id").and_then(Value::as_str) else { return Ok(None) };
        let customer = self.find("customer", customer).await?;
        Ok(customer.map(|c| c.text("salesperson_id").to_owned()).filter(|id| !id.is_empty()))
    }

    /// The innermost record: the loop's item, else the trigger's data.
    pub(super) fn at_hand(&self) -> Option<&'a Map<String, Value>> {
        let local = self.call.locals.values().rev().find_map(Value::as_object);
        local.or_else(|| self.call.event.as_object())
    }

    /// The lead the innermost record is, or is about.
    pub(super) fn lead_at_hand(&self) -> Option<&'a str> {
        let object = self.at_hand()?;
        let own_id = (entity_of(object) == Some("lead")).then(|| object.get("id")).flatten();
        object.get("lead_id").or(own_id).and_then(Value::as_str)
    }

    fn managing_role(&self) -> Option<&'static str> {
        let object = self.at_hand()?;
        let has = |field: &str| object.get(field).is_some_and(|value| !value.is_null());
        Some(if has("ro_id") || has("ro_number") || has("advisor_id") {
            "service_manager"
        } else if has("part_order_id") {
            "parts_manager"
        } else if has("deal_id") || has("fi_manager_id") || has("credit_app_id") {
            "fi_director"
        } else if has("stock") {
            "used_car_manager"
        } else if has("lead_id") || has("lead_type") || has("customer_id") {
            "sales_manager"
        } else {
            return None;
        })
    }

    // --- what it does

    pub(super) fn outbox_row(&self, channel: &str, recipient: &str, body: String) -> OutboxEntry {
        OutboxEntry {
            id: OutboxId::generate(),
            tenant: self.call.tenant.clone(),
            store_id: self.store_id().to_owned(),
            execution_id: Some(self.call.execution.to_string()),
            idempotency_key: self.call.idempotency_key.clone(),
            channel: channel.to_owned(),
            customer_id: None,
            recipient: recipient.to_owned(),
            subject: None,
            body,
            purpose: None,
            topic: None,
            status: "sent".to_owned(),
            reason: None,
            held_until: None,
            created_at: self.call.now,
        }
    }

    /// An event that follows from this call. `data` lacks only the fields common to all events.
    pub(super) fn emit(&mut self, event_type: &str, subject: &str, data: Value) {
        let place = self.events.len();
        let event = event_of(self.call, event_type, (subject, place), data);
        self.events.push(event);
    }

    pub(super) fn now_text(&self) -> String {
        timestamp(self.call.now)
    }

    pub(super) fn into_commit(self, output: Value) -> CallCommit {
        let once = self.claim.filter(|_| !self.nothing_sent);
        let (mut inserts, mut updates) = (Vec::new(), Vec::new());
        for held in self.records.into_values() {
            match held.state {
                State::New => inserts.push(held.record),
                State::Changed => updates.push(held.record),
                State::Read => {}
            }
        }
        CallCommit {
            tenant: self.call.tenant.clone(),
            idempotency_key: self.call.idempotency_key.clone(),
            action: self.call.action.clone(),
            output,
            inserts,
            updates,
            outbox: self.outbox,
            events: self.events,
            audit: self.audit,
            once,
            turn: self.turn,
        }
    }
}

/// Which entity a loop's item is, by fields only that entity has.
fn entity_of(object: &Map<String, Value>) -> Option<&'static str> {
    [
        ("lead", "lead_type"),
        ("repair_order", "ro_number"),
        ("appointment", "duration_min"),
        ("deal", "finance_type"),
        ("task", "assignee_id"),
    ]
    .into_iter()
    .find_map(|(entity, field)| object.contains_key(field).then_some(entity))
}

/// The event an action causes, with the fields common to all events; its id repeats when the call does.
fn event_of(call: &ActionCall, event_type: &str, (subject, place): (&str, usize), data: Value) -> NewEvent {
    let now = timestamp(call.now);
    let mut full = json!({ "dealer_id": call.tenant_slug, "store_id": call.store.id, "occurred_at": now });
    if let (Some(full), Value::Object(data)) = (full.as_object_mut(), data) {
        full.extend(data);
    }
    let source = format!("/stores/{}/sandbox", call.store.id);
    let id = format!("{}#{place}", call.idempotency_key);
    let envelope = json!({
        "specversion": "1.0", "id": id, "source": source, "type": event_type, "subject": subject, "time": now,
        "datacontenttype": "application/json", "data": full,
    });
    NewEvent {
        tenant: call.tenant.clone(),
        source,
        id,
        event_type: event_type.to_owned(),
        store_id: call.store.id.to_string(),
        envelope,
        depth: call.depth + 1,
        caused_by: Some(call.execution.to_string()),
    }
}

/// As times stand in records and events.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
