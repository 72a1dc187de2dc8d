//! Leads and customers.

use serde_json::{Map, Value, json};

use super::act::Act;
use super::{entities, merge, refused};
use crate::execution::connectors::CallError;
use crate::execution::connectors::inbound::{self, Contact};
use crate::store::Record;
use crate::workflow::Catalog;

pub(super) async fn create_lead(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = match act.input("customer").and_then(Value::as_object) {
        Some(written) => known_or_new(act, written).await?,
        None => act.record("customer", act.id("customer_id")?).await?,
    };
    let recent = inbound::recent_lead(act.db(), &act.call.tenant, &customer.id, act.call.now).await?;
    if let Some(lead) = recent {
        return Ok(json!({ "lead_id": lead }));
    }
    let now = act.call.now;
    let today = now.with_timezone(&act.call.store.timezone).date_naive().to_string();
    let vehicle = entities::vehicle_from(act.input("vehicle"));
    let language = customer.text("language").to_owned();
    let after_hours = inbound::after_hours(&act.call.store, now);
    let source = act.required("source")?;
    // a source that is a kind of lead is one: what comes off the service drive is no inquiry from the internet
    let kinds = Catalog::embedded().entity("lead").and_then(|lead| lead.fields.get("lead_type"));
    let is_kind = kinds.is_some_and(|kinds| kinds.values.contains(&json!(source)));
    let lead_type = if is_kind { source } else { "internet" };
    let notes = match act.text("notes") {
        Some(notes) => Some(merge::for_staff(act, notes).await?),
        None => None,
    };
    let fields = json!({
        "customer_id": customer.id, "lead_type": lead_type, "source": source, "status": "new",
        "interest": act.text("interest").unwrap_or("buy"), "vehicle_status": "used", "vehicle": vehicle,
        "language": language, "created_at": act.now_text(), "created_on": today,
    });
    let lead = act.add("lead", "lead", fields)?;
    let data = inbound::lead_created(&lead.data, notes.as_deref(), after_hours);
    act.emit("lead.created", &format!("lead/{}", lead.id), data);
    Ok(json!({ "lead_id": lead.id }))
}

async fn known_or_new(act: &mut Act<'_>, written: &Map<String, Value>) -> Result<Record, CallError> {
    let text = |field: &str| written.get(field).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let contact = Contact {
        first_name: text("first_name").unwrap_or_default().to_owned(),
        last_name: text("last_name").map(str::to_owned),
        email: text("email").map(inbound::plain_email),
        phone: text("phone").and_then(inbound::plain_phone),
        textable: false,
    };
    let identity = inbound::identify(act.db(), &act.call.tenant, &contact).await?;
    if let Some(known) = identity.customer {
        return act.record("customer", &known.id).await;
    }
    let fields = inbound::customer_fields(&contact, "en", act.call.now);
    act.add("customer", "cust", fields)
}

pub(super) async fn update_lead(act: &mut Act<'_>) -> Result<Value, CallError> {
    let lead = act.record("lead", act.id("lead_id")?).await?;
    let mut fields = act.input("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    refuse(&fields, &["id", "customer_id", "created_at", "created_on", "assignee_id", "email", "phone", "mobile"])?;
    let old = lead.text("status").to_owned();
    let new = act.text("status").or_else(|| fields.get("status").and_then(Value::as_str)).unwrap_or(&old).to_owned();
    fields.insert("status".to_owned(), json!(new));
    if new != old && ["sold", "lost", "dead"].contains(&new.as_str()) {
        fields.insert("closed_at".to_owned(), json!(act.now_text()));
    }
    let lead = act.change(&lead, Value::Object(fields))?;
    if new != old {
        let reasons = ["bought_elsewhere", "price", "credit", "no_contact", "not_in_market", "duplicate"];
        let reason = lead.data["lost_reason"].as_str();
        let reason = reason.map(|r| if reasons.contains(&r) { r } else { "other" }).filter(|_| new == "lost");
        let data = json!({
            "lead_id": lead.id, "customer_id": lead.text("customer_id"), "old_status": old, "new_status": new,
            "lost_reason": reason, "vehicle": lead.data["vehicle"], "assignee_id": lead.data["assignee_id"],
        });
        act.emit("lead.status_changed", &format!("lead/{}", lead.id), data);
    }
    Ok(json!({ "lead_id": lead.id }))
}

pub(super) async fn update_customer(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let fields = act.input("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    // consent has an action of its own, which asks for evidence
    refuse(&fields, &["id", "created_at", "sms_marketing_consent", "email_subscribed"])?;
    act.change(&customer, Value::Object(fields))?;
    Ok(json!({ "customer_id": customer.id }))
}

pub(super) async fn tag_customer(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let remove = act.list("remove");
    let before = customer.data["tags"].as_array().cloned().unwrap_or_default();
    let mut tags: Vec<String> = before.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
    tags.retain(|tag| !remove.contains(&tag.as_str()));
    for tag in act.list("add") {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    act.change(&customer, json!({ "tags": tags }))?;
    Ok(json!({ "tags": tags }))
}

/// Fields that an automation may not write.
pub(super) fn refuse(fields: &Map<String, Value>, names: &[&str]) -> Result<(), CallError> {
    match names.iter().find(|name| fields.contains_key(**name)) {
        Some(name) => Err(refused(403, "Field not changeable", format!("an automation may not change {name}"))),
        None => Ok(()),
    }
}
