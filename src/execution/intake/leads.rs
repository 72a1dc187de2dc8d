//! From a lead in our own terms to records and a `lead.created` event. The records decide what is a repeated delivery;
//! the event follows from them, so a crash in between ends in the same records and one event.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{LeadVehicle, NormalisedLead};
use crate::execution::connectors::{CallError, Contact, InboundLead, record_inbound_lead};
use crate::execution::error::{ExecutionError, InvalidField};
use crate::model::tenant::{Store, Tenant};
use crate::store::{Database, NewEvent};

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
    pub tenant: &'a Tenant,
    /// Which store.
    pub store: &'a Store,
    /// `adf`, `website` …: the system in the event's source.
    pub system: &'a str,
    /// `lead_type` of the lead.
    pub lead_type: &'a str,
    /// Engine time.
    pub now: DateTime<Utc>,
}

/// Writes the records of a lead and gives its event, which the caller stores.
pub(crate) async fn record(
    db: &Database,
    desk: Desk<'_>,
    lead: &NormalisedLead,
) -> Result<(ReceivedLead, NewEvent), CallError> {
    let sent = match &lead.external_id {
        Some(id) => format!("{}:{id}", lead.source),
        None => hex::encode(Sha256::digest(format!("{lead:?}"))),
    };
    let key = format!("{}:{}:{sent}", desk.system, desk.store.id);
    let recorded = record_inbound_lead(db, desk.tenant, desk.store, &inquiry(desk, lead, &key), desk.now).await?;
    let text = |field: &str| recorded.data[field].as_str().unwrap_or_default().to_owned();
    let received =
        ReceivedLead { lead_id: text("lead_id"), customer_id: text("customer_id"), duplicate: !recorded.new };
    let source = format!("/dealers/{}/stores/{}/{}", desk.tenant.slug, desk.store.id, desk.system);
    let id = format!("created-{}", received.lead_id);
    let envelope = json!({
        "specversion": "1.0",
        "id": id,
        "type": "lead.created",
        "source": source,
        "subject": format!("lead/{}", received.lead_id),
        "time": lead.requested_at.unwrap_or(desk.now),
        "datacontenttype": "application/json",
        "data": recorded.data,
    });
    let event = NewEvent {
        tenant: desk.tenant.id.clone(),
        source,
        id,
        event_type: "lead.created".to_owned(),
        store_id: desk.store.id.to_string(),
        envelope,
        depth: 0,
        caused_by: None,
    };
    Ok((received, event))
}

fn inquiry(desk: Desk<'_>, lead: &NormalisedLead, key: &str) -> InboundLead {
    let person = &lead.customer;
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let first_name = filled(&person.first_name).or_else(|| filled(&person.last_name)).unwrap_or_default();
    let last_name = if person.first_name.is_empty() { None } else { filled(&person.last_name) };
    let timeframe = lead.timeframe.map(|(earliest, latest)| json!({ "earliest": earliest, "latest": latest }));
    InboundLead {
        key: key.to_owned(),
        contact: Contact {
            first_name,
            last_name,
            email: person.email.clone(),
            phone: person.mobile.clone().or_else(|| person.phone.clone()),
            textable: person.mobile.is_some(),
        },
        lead_type: desk.lead_type.to_owned(),
        source: lead.source.clone(),
        provider: lead.provider.clone(),
        interest: lead.interest.clone(),
        vehicle_status: lead.vehicle_status.clone(),
        vehicle: vehicle(&lead.vehicle),
        trade_in: lead.trade_in.as_ref().map(trade_in),
        customer_type: if person.business { "business" } else { "individual" }.to_owned(),
        comments: lead.comments.clone(),
        preferred_contact: json!({ "channel": lead.preferred_channel, "time": lead.preferred_time }),
        timeframe: timeframe.unwrap_or_default(),
        language: person.language.clone(),
        evidence: key.to_owned(),
    }
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

/// A document that holds no lead, as an answer to its sender.
pub(crate) fn adf_problem(error: &super::adf::AdfError) -> ExecutionError {
    ExecutionError::Invalid(vec![InvalidField::new(error.pointer(), error.to_string())])
}
