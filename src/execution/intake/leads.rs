//! From a lead in our own terms to records and a `lead.created` event.
//!
//! Every id is derived from what the sender calls the lead, so a repeated delivery, or one after a crash half way, ends
//! in the same records and one event.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{LeadVehicle, NormalisedLead};
use crate::execution::error::ExecutionError;
use crate::model::TenantId;
use crate::model::tenant::Store;
use crate::store::records::Lookup;
use crate::store::{Database, NewEvent, Record, StoreError};
use crate::workflow::expression::next_open;

/// An open lead of the same customer younger than this makes a new one a duplicate.
const DUPLICATE_WITHIN: TimeDelta = TimeDelta::days(30);

/// What a lead became.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ReceivedLead {
    /// The lead's record.
    pub lead_id: String,
    /// The customer's record.
    pub customer_id: String,
    /// The sender had delivered it before; nothing happens again.
    pub duplicate: bool,
}

/// Where a lead arrives.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Slug of the tenant.
    pub slug: &'a str,
    /// Which store.
    pub store: &'a Store,
    /// `adf`, `demo` …: the system in the event's source.
    pub system: &'a str,
    /// `lead_type` of the lead.
    pub lead_type: &'a str,
    /// Engine time.
    pub now: DateTime<Utc>,
}

/// The records and the event of a lead; the caller stores the event.
pub(crate) async fn record(
    db: &Database,
    desk: Desk<'_>,
    lead: &NormalisedLead,
) -> Result<(ReceivedLead, NewEvent), StoreError> {
    let source = format!("/dealers/{}/stores/{}/{}", desk.slug, desk.store.id, desk.system);
    let key = match &lead.external_id {
        Some(id) => format!("{}:{id}", lead.source),
        None => hex::encode(Sha256::digest(format!("{lead:?}"))),
    };
    let lead_id = derived("lead", &format!("{source}#{key}"));
    let customer_id = find_customer(db, desk, lead).await?;
    let duplicate_of = open_lead(db, desk, &customer_id, &lead_id).await?;
    let created = db.find_record(desk.tenant, "lead", &lead_id).await?.is_none();
    if created {
        let data = lead_data(desk, lead, &lead_id, &customer_id, duplicate_of.as_deref());
        insert(db, desk, "lead", &lead_id, data).await?;
    }
    let event_id = format!("lead-{}", hex::encode(&Sha256::digest(&key)[..12]));
    let data = event_data(desk, lead, &lead_id, &customer_id, duplicate_of.as_deref());
    let envelope = json!({
        "specversion": "1.0",
        "id": event_id,
        "type": "lead.created",
        "source": source,
        "subject": format!("lead/{lead_id}"),
        "time": lead.requested_at.unwrap_or(desk.now),
        "datacontenttype": "application/json",
        "data": data,
    });
    let event = NewEvent {
        tenant: desk.tenant.clone(),
        source,
        id: event_id,
        event_type: "lead.created".to_owned(),
        store_id: desk.store.id.to_string(),
        envelope,
        depth: 0,
        caused_by: None,
    };
    Ok((ReceivedLead { lead_id, customer_id, duplicate: !created }, event))
}

/// Takes the consent a web form gave, for texts that answer the inquiry.
pub(crate) async fn record_consent(db: &Database, desk: Desk<'_>, customer_id: &str) -> Result<(), StoreError> {
    let id = derived("cons", &format!("{customer_id}/sms/informational"));
    let data = json!({
        "id": id, "customer_id": customer_id, "channel": "sms", "purpose": "informational", "status": "granted",
        "recorded_at": desk.now, "method": "web_form", "evidence_id": null, "disclosure_version": "inquiry-demo",
    });
    insert(db, desk, "consent", &id, data).await
}

/// Is the sales department closed at this moment?
fn after_hours(desk: Desk<'_>) -> bool {
    next_open(desk.now, "sales", &desk.store.hours, desk.store.timezone).is_none_or(|opens| opens > desk.now)
}

fn derived(prefix: &str, name: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple())
}

async fn insert(db: &Database, desk: Desk<'_>, entity: &str, id: &str, data: Value) -> Result<(), StoreError> {
    let store_id = desk.store.id.to_string();
    let record = Record { entity: entity.to_owned(), id: id.to_owned(), store_id, data, version: 1 };
    match db.insert_record(desk.tenant, &record, desk.now).await {
        // a repeated delivery that arrives at the same time
        Ok(()) | Err(StoreError::NotUnique(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn find_customer(db: &Database, desk: Desk<'_>, lead: &NormalisedLead) -> Result<String, StoreError> {
    let person = &lead.customer;
    let ways = [
        (Lookup::Email, person.email.as_deref()),
        (Lookup::Mobile, person.mobile.as_deref()),
        (Lookup::Phone, person.phone.as_deref()),
    ];
    for (lookup, value) in ways {
        let Some(value) = value else { continue };
        let found = db.list_records_by(desk.tenant, "customer", (lookup, value), 5).await?;
        // A shared telephone is no proof of who it is: the last name must fit.
        let same = |record: &&Record| {
            lookup == Lookup::Email || record.text("last_name").eq_ignore_ascii_case(&person.last_name)
        };
        if let Some(record) = found.iter().find(same) {
            return Ok(record.id.clone());
        }
    }
    let reach = person.email.as_deref().or(person.mobile.as_deref()).or(person.phone.as_deref()).unwrap_or("");
    let name = format!("{} {}", person.first_name, person.last_name).trim().to_owned();
    let id = derived("cust", &format!("{}/{reach}/{name}", desk.tenant));
    let first_name = if person.first_name.is_empty() { &name } else { &person.first_name };
    let data = json!({
        "id": id, "name": name, "first_name": first_name, "last_name": person.last_name,
        "customer_type": if person.business { "business" } else { "individual" },
        "email": person.email, "phone": person.mobile.as_ref().or(person.phone.as_ref()), "mobile": person.mobile,
        "language": person.language, "city": null, "state": null, "postal_code": null, "birthday": null, "tags": [],
        "salesperson_id": null, "preferred_channel": lead.preferred_channel, "vehicles": [],
        "sms_marketing_consent": false, "email_subscribed": false, "last_service_on": null,
        "next_service_due_on": null, "next_appointment_at": null, "last_purchase_on": null, "service_visits": 0,
        "campaigns": [], "created_at": desk.now,
    });
    insert(db, desk, "customer", &id, data).await?;
    Ok(id)
}

async fn open_lead(
    db: &Database,
    desk: Desk<'_>,
    customer_id: &str,
    lead_id: &str,
) -> Result<Option<String>, StoreError> {
    let leads = db.list_records_by(desk.tenant, "lead", (Lookup::Customer, customer_id), 50).await?;
    let open = leads.into_iter().find(|record| {
        let created: Option<DateTime<Utc>> = record.text("created_at").parse().ok();
        record.id != lead_id
            && matches!(record.text("status"), "new" | "contacted" | "engaged" | "appointment_set")
            && created.is_some_and(|at| at > desk.now - DUPLICATE_WITHIN)
    });
    Ok(open.map(|record| record.id))
}

fn vehicle(vehicle: &LeadVehicle) -> Value {
    json!({
        "description": vehicle.description(), "year": vehicle.year.unwrap_or(0), "make": vehicle.make,
        "model": vehicle.model, "trim": vehicle.trim, "vin": vehicle.vin, "stock": vehicle.stock, "body": null,
        "fuel": null, "odometer": vehicle.odometer, "price": vehicle.price,
    })
}

fn trade_in(vehicle: &LeadVehicle) -> Value {
    json!({
        "description": vehicle.description(), "year": vehicle.year.unwrap_or(0), "make": vehicle.make,
        "model": vehicle.model, "vin": vehicle.vin, "odometer": vehicle.odometer,
    })
}

fn lead_data(desk: Desk<'_>, lead: &NormalisedLead, id: &str, customer: &str, duplicate_of: Option<&str>) -> Value {
    json!({
        "id": id, "customer_id": customer, "lead_type": desk.lead_type, "source": lead.source,
        "provider": lead.provider, "status": "new", "interest": lead.interest,
        "vehicle_status": lead.vehicle_status, "vehicle": vehicle(&lead.vehicle),
        "trade_in": lead.trade_in.as_ref().map(trade_in), "assignee_id": null,
        "language": lead.customer.language, "created_at": desk.now,
        "created_on": desk.now.with_timezone(&desk.store.timezone).date_naive(), "closed_at": null,
        "last_contact_at": null, "last_inbound_at": desk.now, "manager_note_at": null, "lost_reason": null,
        "duplicate_of": duplicate_of, "merged_into": null, "open_task_count": 0,
    })
}

fn event_data(desk: Desk<'_>, lead: &NormalisedLead, id: &str, customer: &str, duplicate_of: Option<&str>) -> Value {
    let timeframe = lead.timeframe.map(|(earliest, latest)| json!({ "earliest": earliest, "latest": latest }));
    json!({
        "dealer_id": desk.slug, "store_id": desk.store.id, "occurred_at": desk.now, "lead_id": id,
        "customer_id": customer, "lead_type": desk.lead_type, "source": lead.source, "provider": lead.provider,
        "interest": lead.interest, "vehicle_status": lead.vehicle_status, "vehicle": vehicle(&lead.vehicle),
        "customer_type": if lead.customer.business { "business" } else { "individual" },
        "trade_in": lead.trade_in.as_ref().map(trade_in), "comments": lead.comments,
        "preferred_contact": { "channel": lead.preferred_channel, "time": lead.preferred_time },
        "timeframe": timeframe, "after_hours": after_hours(desk), "duplicate_of": duplicate_of,
        "language": lead.customer.language,
    })
}

/// A document that holds no lead, as an answer to its sender.
pub(crate) fn adf_problem(error: super::adf::AdfError) -> ExecutionError {
    ExecutionError::Invalid(vec![crate::execution::error::InvalidField::new("", error.to_string())])
}
