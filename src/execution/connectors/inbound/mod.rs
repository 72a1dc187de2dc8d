//! What comes in from outside: leads and customers' messages, written to the system of record before anything runs.

mod conflict;
mod identity;
mod opt_out;

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::CallError;
use super::sandbox::entities;
use crate::model::TenantId;
use crate::model::tenant::{Store, Tenant};
use crate::store::{CallCommit, Committed, Database, Lookup, Record, StoreError};

pub use identity::{Contact, plain_email, plain_phone};
pub use opt_out::record_inbound_message;

pub(super) use identity::identify;

/// Days within which the same person's inquiry is the same lead.
const SAME_LEAD_DAYS: i64 = 90;

/// An inquiry, whatever form it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundLead {
    /// A name that repeats when the same inquiry is delivered again (`adf:AutoShopperSite:AS-88213`).
    pub key: String,
    /// Who asks.
    pub contact: Contact,
    /// `internet`, `third_party` …, as in the catalog.
    pub lead_type: String,
    /// Where it comes from.
    pub source: String,
    /// Who sent it.
    pub provider: Option<String>,
    /// `buy`, `lease` …
    pub interest: String,
    /// `new` or `used`.
    pub vehicle_status: String,
    /// The vehicle asked about, as far as it is known.
    pub vehicle: Value,
    /// A vehicle to trade in.
    pub trade_in: Option<Value>,
    /// `individual` or `business`.
    pub customer_type: String,
    /// What they wrote.
    pub comments: Option<String>,
    /// `{channel, time}`, as in the catalog.
    pub preferred_contact: Value,
    /// `{earliest, latest}` or null.
    pub timeframe: Value,
    /// `en` or `es`.
    pub language: String,
    /// Where the evidence of the inquiry is kept.
    pub evidence: String,
}

/// What became of an inquiry.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedLead {
    /// Data of the `lead.created` event, valid under its schema; `duplicate_of` names the earlier lead.
    pub data: Value,
    /// False: this delivery was recorded before, and the data is what was recorded then.
    pub new: bool,
}

/// Writes an inquiry down: the customer (known by number, e-mail address and name), the lead, and the consent it gives.
/// A number or address other than the one on file stays beside it, for this lead; a person is asked which is right. The
/// caller puts the `lead.created` event into the log.
///
/// # Errors
/// [`CallError`] when the inquiry is not valid or the store fails.
pub async fn record_inbound_lead(
    db: &Database,
    tenant: &Tenant,
    store: &Store,
    inquiry: &InboundLead,
    now: DateTime<Utc>,
) -> Result<RecordedLead, CallError> {
    let key = format!("inbound:{}", inquiry.key);
    for _ in 0..3 {
        if let Some(data) = db.find_call(&tenant.id, &key).await? {
            return Ok(RecordedLead { data, new: false });
        }
        let commit = work_out(db, Desk { tenant, store, now }, inquiry, &key).await?;
        match db.commit_call(&commit, now).await {
            Ok(Committed::Done) => return Ok(RecordedLead { data: commit.output, new: true }),
            Ok(Committed::Repeated | Committed::Held) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CallError::Retryable("the records kept changing".to_owned()))
}

/// Where and when something comes in.
#[derive(Clone, Copy)]
struct Desk<'a> {
    tenant: &'a Tenant,
    store: &'a Store,
    now: DateTime<Utc>,
}

impl Desk<'_> {
    fn record(self, entity: &str, id: &str, fields: Value) -> Result<Record, CallError> {
        debug_assert_eq!(self.store.tenant_id, self.tenant.id);
        let data = entities::complete(entity, id, fields)?;
        let (entity, id, store_id) = (entity.to_owned(), id.to_owned(), self.store.id.to_string());
        Ok(Record { entity, id, store_id, data, version: 1 })
    }

    /// An id that the same inquiry always gets again.
    fn id(self, prefix: &str, key: &str) -> String {
        let name = format!("{}#{key}", self.tenant.id);
        format!("{prefix}-{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple())
    }
}

async fn work_out(db: &Database, desk: Desk<'_>, inquiry: &InboundLead, key: &str) -> Result<CallCommit, CallError> {
    let Desk { tenant, store, now } = desk;
    let mut commit = empty_commit(&tenant.id, key, "inbound_lead");
    let identity = identify(db, &tenant.id, &inquiry.contact).await?;
    let own = identity.own(&inquiry.contact);
    let customer = if let Some(mut known) = identity.customer.clone() {
        if fill_in(&mut known, &own) {
            commit.updates.push(known.clone());
        }
        known
    } else {
        let mut fields = customer_fields(&own, &inquiry.language, now);
        fields["customer_type"] = json!(inquiry.customer_type);
        let new = desk.record("customer", &desk.id("cust", key), fields)?;
        commit.inserts.push(new.clone());
        new
    };
    let differing = conflict::differing(&customer, &own);
    let duplicate = recent_lead(db, &tenant.id, &customer.id, now).await?;
    let fields = json!({
        "customer_id": customer.id, "lead_type": inquiry.lead_type, "source": inquiry.source,
        "provider": inquiry.provider, "status": "new", "interest": inquiry.interest,
        "vehicle_status": inquiry.vehicle_status, "vehicle": entities::vehicle_from(Some(&inquiry.vehicle)),
        "trade_in": inquiry.trade_in, "language": inquiry.language, "created_at": stamp(now),
        "created_on": now.with_timezone(&store.timezone).date_naive().to_string(),
        "last_inbound_at": stamp(now), "duplicate_of": duplicate,
        "email": differing.email, "phone": differing.phone, "mobile": differing.mobile,
    });
    let lead = desk.record("lead", &desk.id("lead", key), fields)?;
    if let Some((task, notice)) = conflict::task(db, desk, &lead, (&customer, &identity, &differing), key).await? {
        commit.inserts.push(task);
        commit.outbox.push(notice);
    }
    for (channel, address) in given_channels(&own) {
        let id = desk.id("cons", &format!("{key}#{channel}"));
        let fields = json!({
            "customer_id": customer.id, "channel": channel, "purpose": "informational", "status": "granted",
            "recorded_at": stamp(now), "method": "inquiry", "evidence_id": inquiry.evidence, "address": address,
        });
        commit.inserts.push(desk.record("consent", &id, fields)?);
    }
    commit.output = event_data(desk, inquiry, &lead);
    commit.inserts.push(lead);
    Ok(commit)
}

/// Data of the `lead.created` event.
fn event_data(desk: Desk<'_>, inquiry: &InboundLead, lead: &Record) -> Value {
    let mut data = lead_created(&lead.data, inquiry.comments.as_deref(), after_hours(desk.store, desk.now));
    data["dealer_id"] = json!(desk.tenant.slug);
    data["store_id"] = json!(desk.store.id);
    data["occurred_at"] = json!(stamp(desk.now));
    data["customer_type"] = json!(inquiry.customer_type);
    data["preferred_contact"] = inquiry.preferred_contact.clone();
    data["timeframe"] = inquiry.timeframe.clone();
    data
}

fn empty_commit(tenant: &TenantId, key: &str, action: &str) -> CallCommit {
    CallCommit {
        tenant: tenant.clone(),
        idempotency_key: key.to_owned(),
        action: action.to_owned(),
        output: Value::Null,
        inserts: Vec::new(),
        updates: Vec::new(),
        outbox: Vec::new(),
        events: Vec::new(),
        audit: Vec::new(),
        once: None,
        turn: None,
    }
}

/// Channels the customer gave in the inquiry, with the number or address. A number that may be a landline is for calls
/// only.
fn given_channels(contact: &Contact) -> Vec<(&'static str, &str)> {
    let phone = contact.phone.as_deref().map(|number| ("phone", number));
    let sms = phone.filter(|_| contact.textable).map(|(_, number)| ("sms", number));
    let email = contact.email.as_deref().map(|address| ("email", address));
    [phone, sms, email].into_iter().flatten().collect()
}

/// Adds what a known customer lacks; what is on file stays. Whether anything was added.
fn fill_in(customer: &mut Record, contact: &Contact) -> bool {
    let mobile = contact.phone.clone().filter(|_| contact.textable);
    let mut changed = false;
    for (field, value) in [("email", &contact.email), ("phone", &contact.phone), ("mobile", &mobile)] {
        if let Some(value) = value
            && customer.data[field].is_null()
        {
            customer.data[field] = json!(value);
            changed = true;
        }
    }
    changed
}

/// The customer's newest lead of the last 90 days that is still open.
pub(super) async fn recent_lead(
    db: &Database,
    tenant: &TenantId,
    customer: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let leads = db.list_records_by(tenant, "lead", (Lookup::Customer, customer), 500).await?;
    let since = now - TimeDelta::days(SAME_LEAD_DAYS);
    let newest = leads
        .iter()
        .filter(|lead| !["sold", "lost", "dead"].contains(&lead.text("status")))
        .filter_map(|lead| Some((lead.text("created_at").parse::<DateTime<Utc>>().ok()?, lead)))
        .filter(|(at, _)| *at >= since)
        .max_by_key(|(at, _)| *at);
    Ok(newest.map(|(_, lead)| lead.id.clone()))
}

/// A new customer's fields.
pub(super) fn customer_fields(contact: &Contact, language: &str, now: DateTime<Utc>) -> Value {
    let last = contact.last_name.as_deref();
    let name = last.map_or_else(|| contact.first_name.clone(), |last| format!("{} {last}", contact.first_name));
    json!({
        "name": name.trim(), "first_name": contact.first_name, "last_name": contact.last_name,
        "customer_type": "individual", "email": contact.email, "phone": contact.phone,
        "mobile": contact.phone.as_ref().filter(|_| contact.textable), "language": language,
        "preferred_channel": "any", "email_subscribed": true, "created_at": stamp(now),
    })
}

/// Data of `lead.created` out of a lead record; the fields common to all events are the caller's.
pub(super) fn lead_created(lead: &Value, comments: Option<&str>, after_hours: bool) -> Value {
    let get = |field: &str| lead[field].clone();
    json!({
        "lead_id": get("id"), "customer_id": get("customer_id"), "lead_type": get("lead_type"),
        "source": get("source"), "provider": get("provider"), "interest": get("interest"),
        "vehicle_status": get("vehicle_status"), "vehicle": get("vehicle"), "customer_type": "individual",
        "trade_in": get("trade_in"), "comments": comments,
        "preferred_contact": { "channel": "any", "time": "nopreference" }, "timeframe": null,
        "after_hours": after_hours, "duplicate_of": get("duplicate_of"), "language": get("language"),
    })
}

/// Whether sales is closed at `now`.
pub(super) fn after_hours(store: &Store, now: DateTime<Utc>) -> bool {
    let local = now.with_timezone(&store.timezone);
    let day = local.date_naive();
    let week = store.hours.departments.get("sales");
    let hours = week.and_then(|week| week[day.weekday().num_days_from_sunday() as usize]);
    let open = hours.is_some_and(|hours| hours.opens <= local.time() && local.time() < hours.closes);
    !open || store.hours.closed_on.contains(&day)
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
