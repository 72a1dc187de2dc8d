//! Words to staff about requests. They are rows of the outbox, as every notice to staff is.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::People;
use super::question;
use crate::model::approval::{ApprovalRequest, SubjectKind};
use crate::model::user::User;
use crate::model::{OutboxId, StoreId};
use crate::store::OutboxEntry;

/// Writes the notices about one request.
#[derive(Debug)]
pub(super) struct Notices<'a> {
    request: &'a ApprovalRequest,
    store: String,
    zone: Tz,
    now: DateTime<Utc>,
}

impl<'a> Notices<'a> {
    /// Notices about `request` at `now` (engine time), in the zone of the store it concerns.
    pub(super) fn about(request: &'a ApprovalRequest, people: &People, now: DateTime<Utc>) -> Self {
        let listed = request.details.pointer("/stores/0").and_then(Value::as_str);
        let wanted = request.store_id.as_ref().map(StoreId::as_str).or(listed);
        let named = people.stores.iter().find(|store| Some(store.id.as_str()) == wanted);
        let store = named.or(people.stores.first());
        Self {
            request,
            store: store.map(|store| store.id.to_string()).unwrap_or_default(),
            zone: store.map_or(Tz::UTC, |store| store.timezone),
            now,
        }
    }

    /// A reminder to somebody who has not decided.
    pub(super) fn reminder(&self, to: &User) -> OutboxEntry {
        let since = self.clock(self.request.created_at);
        let end = self.end().map(|end| format!(" {end}")).unwrap_or_default();
        let body = format!("Waiting for your decision since {since}: “{}”.{end}", self.request.title);
        self.row(to, &format!("reminder/{}", self.request.reminders + 1), body)
    }

    /// To an admin, when nobody who may decide is left.
    pub(super) fn nobody_left(&self, to: &User) -> OutboxEntry {
        let body = format!(
            "Nobody who may decide on “{}” is left. Give somebody a managing job role in the store, or hand it to somebody.",
            self.request.title
        );
        self.row(to, &format!("reminder/{}", self.request.reminders + 1), body)
    }

    /// To an author whose draft nobody decided on in time.
    pub(super) fn expired(&self, to: &User) -> OutboxEntry {
        let body = format!(
            "Nobody decided on “{}” in time. Your draft is open again: change it, or submit it as it is.",
            self.request.title
        );
        self.row(to, "expired", body)
    }

    /// To whom a request was handed.
    pub(super) fn handed(&self, to: &User, by: &str) -> OutboxEntry {
        let end = self.end().map(|end| format!(" {end}")).unwrap_or_default();
        let body = format!("{by} handed you the decision on “{}”.{end}", self.request.title);
        let once = OutboxId::generate();
        self.row(to, &format!("handed/{once}"), body)
    }

    fn end(&self) -> Option<String> {
        let at = self.clock(self.request.expires_at?);
        Some(match self.request.subject_kind {
            SubjectKind::Draft => format!("Without a decision it goes back to its author on {at}."),
            SubjectKind::Execution | SubjectKind::Workflow => match question::default_of(self.request) {
                Some(default) => format!("Without an answer by {at} it counts as “{}”.", default.replace('_', " ")),
                None => format!("Without an answer it ends on {at}."),
            },
        })
    }

    fn clock(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%a %b %-d, %-I:%M %p").to_string()
    }

    fn row(&self, to: &User, key: &str, body: String) -> OutboxEntry {
        let execution = (self.request.subject_kind == SubjectKind::Execution).then(|| self.request.subject_id.clone());
        OutboxEntry {
            id: OutboxId::generate(),
            tenant: self.request.tenant_id.clone(),
            store_id: self.store.clone(),
            execution_id: execution,
            idempotency_key: format!("{}#{key}", self.request.id),
            channel: "staff_app".to_owned(),
            customer_id: None,
            recipient: to.employee_id.clone().unwrap_or_else(|| to.id.to_string()),
            subject: Some(to.name.clone()),
            body,
            purpose: None,
            topic: None,
            status: "sent".to_owned(),
            reason: None,
            held_until: None,
            created_at: self.now,
        }
    }
}
