//! What comes in from outside: leads and customers' messages, written to the system of record before anything runs.

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::sandbox::entities;
use super::{CallError, refused};
use crate::contact::{Heard, Rules, Scope};
use crate::model::tenant::{Store, Tenant};
use crate::model::{OutboxId, TenantId};
use crate::store::{CallCommit, Committed, Database, Lookup, NewEvent, NewOutbox, Record, StoreError};

/// Days within which the same person's inquiry is the same lead.
const SAME_LEAD_DAYS: i64 = 90;

/// How to reach somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: Option<String>,
    /// Address, see [`plain_email`].
    pub email: Option<String>,
    /// Number, see [`plain_phone`].
    pub phone: Option<String>,
    /// Whether the number is a mobile one; never assumed.
    pub textable: bool,
}

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

/// Writes an inquiry down: the customer (known by phone or e-mail), the lead, and the consent it gives. The caller puts
/// the `lead.created` event into the log.
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
        let mut commit = empty_commit(&tenant.id, &key, "inbound_lead");
        let customer = match find_customer(db, &tenant.id, &inquiry.contact).await? {
            Some(mut known) => {
                if fill_in(&mut known, &inquiry.contact) {
                    commit.updates.push(known.clone());
                }
                known
            }
            None => {
                let mut fields = customer_fields(&inquiry.contact, &inquiry.language, now);
                fields["customer_type"] = json!(inquiry.customer_type);
                let new = record(tenant, store, "customer", &format!("cust-{}", short(&key)), fields)?;
                commit.inserts.push(new.clone());
                new
            }
        };
        let duplicate = recent_lead(db, &tenant.id, &customer.id, now).await?;
        let lead_id = format!("lead-{}", short(&format!("{}#{key}", tenant.id)));
        let fields = json!({
            "customer_id": customer.id, "lead_type": inquiry.lead_type, "source": inquiry.source,
            "provider": inquiry.provider, "status": "new", "interest": inquiry.interest,
            "vehicle_status": inquiry.vehicle_status, "vehicle": entities::vehicle_from(Some(&inquiry.vehicle)),
            "trade_in": inquiry.trade_in, "language": inquiry.language, "created_at": stamp(now),
            "created_on": now.with_timezone(&store.timezone).date_naive().to_string(),
            "last_inbound_at": stamp(now), "duplicate_of": duplicate,
        });
        let lead = record(tenant, store, "lead", &lead_id, fields)?;
        let mut data = lead_created(&lead.data, inquiry.comments.as_deref(), after_hours(store, now));
        data["dealer_id"] = json!(tenant.slug);
        data["store_id"] = json!(store.id);
        data["occurred_at"] = json!(stamp(now));
        data["customer_type"] = json!(inquiry.customer_type);
        data["preferred_contact"] = inquiry.preferred_contact.clone();
        data["timeframe"] = inquiry.timeframe.clone();
        commit.inserts.push(lead);
        for channel in given_channels(&inquiry.contact) {
            let id = format!("cons-{}", short(&format!("{}#{key}#{channel}", tenant.id)));
            let fields = json!({
                "customer_id": customer.id, "channel": channel, "purpose": "informational", "status": "granted",
                "recorded_at": stamp(now), "method": "inquiry", "evidence_id": inquiry.evidence,
            });
            commit.inserts.push(record(tenant, store, "consent", &id, fields)?);
        }
        commit.output = data.clone();
        match db.commit_call(&commit, now).await {
            Ok(Committed::Done) => return Ok(RecordedLead { data, new: true }),
            Ok(Committed::Repeated | Committed::Held) | Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(CallError::Retryable("the records kept changing".to_owned()))
}

/// What a customer's message says about being contacted, applied at once: an opt-out revokes, is confirmed once and
/// becomes `customer.opted_out`. `None`: it says nothing about that.
///
/// # Errors
/// [`CallError`] when the store fails.
pub async fn record_inbound_message(
    db: &Database,
    tenant: &Tenant,
    store: &Store,
    data: &Value,
    now: DateTime<Utc>,
) -> Result<Option<Heard>, CallError> {
    let rules = Rules::embedded().map_err(|error| refused(500, "Contact rules", error.to_string()))?;
    let text = data["text"].as_str().unwrap_or_default();
    let (Some(heard), Some(customer)) = (rules.opt_out.hear(text), data["customer_id"].as_str()) else {
        return Ok(None);
    };
    let Some(mut customer) = db.find_record(&tenant.id, "customer", customer).await? else { return Ok(None) };
    let key = format!("inbound:opt_out:{}:{}", customer.id, data["occurred_at"].as_str().unwrap_or_default());
    let mut commit = empty_commit(&tenant.id, &key, "inbound_message");
    let by_mail = data["channel"] == "email";
    let (channels, purposes, status): (&[&str], &[&str], &str) = match heard {
        Heard::OptOut(Scope::Marketing) => (&["sms", "phone", "email"], &["marketing"], "revoked"),
        Heard::OptOut(Scope::All) if by_mail => (&["email"], &["marketing", "informational"], "revoked"),
        // of everything on the texting channel, and of marketing calls
        Heard::OptOut(Scope::All) => (&["sms"], &["marketing", "informational", "transactional"], "revoked"),
        Heard::Resubscribe => (&["sms"], &["informational"], "granted"),
    };
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for channel in channels {
        rows.extend(purposes.iter().map(|purpose| (*channel, *purpose)));
    }
    if heard == Heard::OptOut(Scope::All) && !by_mail {
        rows.push(("phone", "marketing"));
    }
    for (channel, purpose) in rows {
        let id = format!("cons-{}", short(&format!("{}#{key}#{channel}#{purpose}", tenant.id)));
        let fields = json!({
            "customer_id": customer.id, "channel": channel, "purpose": purpose, "status": status,
            "recorded_at": stamp(now), "method": text.chars().take(100).collect::<String>(),
            "evidence_id": data["thread_id"],
        });
        commit.inserts.push(record(tenant, store, "consent", &id, fields)?);
    }
    if let Heard::OptOut(scope) = heard {
        customer.data["sms_marketing_consent"] = json!(false);
        if by_mail || scope == Scope::Marketing {
            customer.data["email_subscribed"] = json!(false);
        }
        commit.updates.push(customer.clone());
        commit.events.push(opted_out_event(tenant, store, &customer.id, (scope, by_mail, text), (&key, now)));
        if !by_mail && scope == Scope::All {
            commit.outbox.push(confirmation(tenant, store, &customer, (&key, rules), now));
        }
    }
    match db.commit_call(&commit, now).await {
        Ok(_) => Ok(Some(heard)),
        Err(error) => Err(error.into()),
    }
}

fn opted_out_event(
    tenant: &Tenant,
    store: &Store,
    customer: &str,
    (scope, by_mail, text): (Scope, bool, &str),
    (key, now): (&str, DateTime<Utc>),
) -> NewEvent {
    let channel = match (scope, by_mail) {
        (Scope::Marketing, _) => "all",
        (Scope::All, true) => "email",
        (Scope::All, false) => "sms",
    };
    let source = format!("/stores/{}/inbound", store.id);
    let data = json!({
        "dealer_id": tenant.slug, "store_id": store.id, "occurred_at": stamp(now), "customer_id": customer,
        "channel": channel, "scope": if scope == Scope::All { "all" } else { "marketing" }, "method": "message",
        "raw_text": text,
    });
    let envelope = json!({
        "specversion": "1.0", "id": key, "source": source, "type": "customer.opted_out",
        "subject": format!("customer/{customer}"), "time": stamp(now), "datacontenttype": "application/json",
        "data": data,
    });
    NewEvent {
        tenant: tenant.id.clone(),
        source,
        id: key.to_owned(),
        event_type: "customer.opted_out".to_owned(),
        store_id: store.id.to_string(),
        envelope,
        depth: 0,
        caused_by: None,
    }
}

/// The one text the law allows after a STOP.
fn confirmation(
    tenant: &Tenant,
    store: &Store,
    customer: &Record,
    (key, rules): (&str, &Rules),
    now: DateTime<Utc>,
) -> NewOutbox {
    NewOutbox {
        id: OutboxId::generate(),
        tenant: tenant.id.clone(),
        store_id: store.id.to_string(),
        execution_id: None,
        idempotency_key: key.to_owned(),
        channel: "sms".to_owned(),
        customer_id: Some(customer.id.clone()),
        recipient: customer.text("mobile").to_owned(),
        subject: None,
        body: rules.opt_out.confirmation(customer.text("language"), &store.name),
        purpose: Some("transactional".to_owned()),
        topic: None,
        status: "sent".to_owned(),
        reason: None,
        held_until: None,
        created_at: now,
    }
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
    }
}

fn record(tenant: &Tenant, store: &Store, entity: &str, id: &str, fields: Value) -> Result<Record, CallError> {
    debug_assert_eq!(store.tenant_id, tenant.id);
    let data = entities::complete(entity, id, fields)?;
    Ok(Record { entity: entity.to_owned(), id: id.to_owned(), store_id: store.id.to_string(), data, version: 1 })
}

/// Channels the customer gave in the inquiry. A number that may be a landline is for calls only.
fn given_channels(contact: &Contact) -> Vec<&'static str> {
    let mut channels = Vec::new();
    if contact.phone.is_some() {
        channels.push("phone");
        if contact.textable {
            channels.push("sms");
        }
    }
    if contact.email.is_some() {
        channels.push("email");
    }
    channels
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

/// The customer with this e-mail address or number.
pub(super) async fn find_customer(
    db: &Database,
    tenant: &TenantId,
    contact: &Contact,
) -> Result<Option<Record>, StoreError> {
    let phone = contact.phone.as_deref();
    for (lookup, value) in [(Lookup::Email, contact.email.as_deref()), (Lookup::Mobile, phone), (Lookup::Phone, phone)]
    {
        let Some(value) = value else { continue };
        let found = db.list_records_by(tenant, "customer", (lookup, value), 1).await?;
        if let Some(customer) = found.into_iter().next() {
            return Ok(Some(customer));
        }
    }
    Ok(None)
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

/// A US number as `+1` and ten digits; `None` when it is none.
#[must_use]
pub fn plain_phone(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let national = if digits.len() == 11 { digits.strip_prefix('1')? } else { digits.as_str() };
    (national.len() == 10).then(|| format!("+1{national}"))
}

/// An e-mail address without blanks, in lower case.
#[must_use]
pub fn plain_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn short(name: &str) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple().to_string()
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
