//! The sandbox: every action of the catalog acting on our own system of record, everything that would leave the house
//! in the outbox. What `serve` uses until real connectors are configured, and what rehearsal and tests use.
//!
//! A call is worked out first (an [`Act`](act::Act) collects what it does), then committed in one transaction.

mod act;
mod ai;
mod appointments;
mod campaigns;
mod compliance;
mod crm;
mod data;
mod deals;
mod documents;
pub(super) mod entities;
mod gate;
mod internal;
mod inventory;
mod merge;
mod messaging;
mod once;
mod payments;
mod repair_orders;
mod reporting;
mod reputation;
mod routing;
mod security;
mod slots;
mod telephony;
mod vehicle_data;
mod withheld;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use self::act::Act;
use super::{ActionCall, Asker, CallError, Connector, Outcome, refused};
use crate::events::{Events, Topic};
use crate::store::{Committed, Database, OutboxEntry, StoreError};
use crate::telemetry::boundary;
use crate::workflow::Catalog;

/// Times a call is worked out again because a record changed under it.
const ATTEMPTS: usize = 5;

/// The sandbox connector.
#[derive(Clone)]
pub struct Sandbox {
    db: Database,
    events: Events,
    approvals: Arc<dyn Asker>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

/// What working out a call came to.
enum Step {
    Done(Value),
    Deferred { until: chrono::DateTime<chrono::Utc>, reason: &'static str },
}

impl Sandbox {
    /// The sandbox on `db`.
    #[must_use]
    pub fn new(db: Database, events: Events, approvals: Arc<dyn Asker>) -> Self {
        Self { db, events, approvals }
    }

    /// Messages that wait are shown while they do.
    async fn show_held(&self, call: &ActionCall, messages: &[OutboxEntry]) -> Result<(), CallError> {
        for message in messages {
            boundary::reached("held message: before it is shown");
            self.db.hold_outbox(message).await?;
            boundary::reached("held message: after it is shown");
        }
        if !messages.is_empty() {
            self.tell_pages(call);
        }
        Ok(())
    }

    fn announce(&self, call: &ActionCall) {
        self.events.publish(&Topic::Engine, "");
        self.tell_pages(call);
    }

    fn tell_pages(&self, call: &ActionCall) {
        let notice = json!({ "kind": "outbox", "id": call.execution });
        self.events.publish(&Topic::Tenant(call.tenant.clone()), notice.to_string());
    }
}

#[async_trait]
impl Connector for Sandbox {
    async fn call(&self, call: &ActionCall) -> Result<Outcome, CallError> {
        if let Some(output) = self.db.find_call(&call.tenant, &call.idempotency_key).await? {
            return Ok(Outcome::Done(output));
        }
        let action =
            Catalog::embedded().action(&call.action).ok_or_else(|| refused(404, "Unknown action", &call.action))?;
        for _ in 0..ATTEMPTS {
            let mut act = Act::new(self, call, action);
            if let Some(output) = once::answer_of_holder(&mut act).await? {
                return Ok(Outcome::Done(output));
            }
            let output = match carry_out(&mut act).await? {
                Step::Deferred { until, reason } => {
                    self.show_held(call, &act.outbox).await?;
                    return Ok(Outcome::Deferred { until, reason: reason.to_owned() });
                }
                Step::Done(output) => output,
            };
            let commit = act.into_commit(output.clone());
            boundary::reached("call: before it is committed");
            let committed = self.db.commit_call(&commit, call.now).await;
            boundary::reached("call: after it is committed");
            match committed {
                Ok(Committed::Done) => {
                    self.announce(call);
                    return Ok(Outcome::Done(output));
                }
                // somebody was faster: with the same key (its answer is ours), the `once` key, or a record
                Ok(Committed::Repeated) => {
                    let first = self.db.find_call(&call.tenant, &call.idempotency_key).await?;
                    return Ok(Outcome::Done(first.unwrap_or(output)));
                }
                Ok(Committed::Held) | Err(StoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CallError::Retryable("the records kept changing".to_owned()))
    }
}

async fn carry_out(act: &mut Act<'_>) -> Result<Step, CallError> {
    if act.call.withheld {
        return withheld::withhold(act).await.map(Step::Done);
    }
    match act.call.action.as_str() {
        "send_sms" => messaging::send_sms(act).await,
        "send_email" => messaging::send_email(act).await,
        "send_survey" => messaging::send_survey(act).await,
        "request_review" => messaging::request_review(act).await,
        "connect_call" => telephony::connect_call(act).await,
        "send_document" => documents::send_document(act).await,
        "send_payment_link" => payments::send_payment_link(act).await,
        "add_to_campaign" => campaigns::add_to_campaign(act).await,
        action => carry_out_now(act, action).await.map(Step::Done),
    }
}

/// Actions that never wait for permitted hours.
async fn carry_out_now(act: &mut Act<'_>, action: &str) -> Result<Value, CallError> {
    match action {
        "reply_review" => reputation::reply_review(act).await,
        "issue_credit" => payments::issue_credit(act).await,
        "notify_user" => internal::notify_user(act).await,
        "create_task" => internal::create_task(act).await,
        "request_approval" => internal::request_approval(act).await,
        "add_note" => internal::add_note(act).await,
        "generate_report" => reporting::generate_report(act).await,
        "find_records" => data::find_records(act).await,
        "check_consent" => compliance::check_consent(act).await,
        "set_consent" => compliance::set_consent(act).await,
        "log_compliance_event" => compliance::log_compliance_event(act).await,
        "create_lead" => crm::create_lead(act).await,
        "update_lead" => crm::update_lead(act).await,
        "assign_lead" => routing::assign_lead(act).await,
        "update_customer" => crm::update_customer(act).await,
        "tag_customer" => crm::tag_customer(act).await,
        "remove_from_campaign" => campaigns::remove_from_campaign(act).await,
        "find_open_slots" => slots::find_open_slots(act).await,
        "create_appointment" => appointments::create_appointment(act).await,
        "update_appointment" => appointments::update_appointment(act).await,
        "update_deal" => deals::update_deal(act).await,
        "update_repair_order" => repair_orders::update_repair_order(act).await,
        "order_part" => inventory::order_part(act).await,
        "update_inventory" => inventory::update_inventory(act).await,
        "change_price" => inventory::change_price(act).await,
        "update_listing" => inventory::update_listing(act).await,
        "decode_vin" => vehicle_data::decode_vin(act).await,
        "check_recalls" => vehicle_data::check_recalls(act).await,
        "get_vehicle_value" => vehicle_data::get_vehicle_value(act).await,
        "classify_text" => ai::classify_text(act),
        "draft_text" => ai::draft_text(act),
        "update_user_access" => security::update_user_access(act).await,
        other => Err(refused(501, "Not in the sandbox", other)),
    }
}
