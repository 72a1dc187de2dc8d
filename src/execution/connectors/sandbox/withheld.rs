//! Messages that a person decided must not go out any more: noted in the outbox as blocked, answered as such.

use serde_json::{Map, Value};

use super::act::Act;
use super::refused;
use crate::execution::connectors::CallError;
use crate::workflow::Catalog;
use crate::workflow::fields::{Field, FieldType};

/// Why it was blocked.
pub(super) const REASON: &str = "withheld";

/// Notes the message and answers with the action's own output, as for a contact that was blocked.
pub(super) async fn withhold(act: &mut Act<'_>) -> Result<Value, CallError> {
    let action = Catalog::embedded().action(&act.call.action);
    let action = action.ok_or_else(|| refused(404, "Unknown action", &act.call.action))?;
    let channel = match action.name.as_str() {
        "send_sms" => "sms",
        "send_email" => "email",
        "connect_call" => "phone",
        other => other,
    };
    let customer = act.id("customer_id").ok();
    let body = act.text("body").or(act.text("subject")).unwrap_or_default().to_owned();
    let mut row = act.outbox_row(channel, customer.unwrap_or_default(), body);
    if let Some(shown) = act.db().find_held_outbox(&act.call.tenant, &act.call.idempotency_key).await? {
        row.id = shown;
    }
    row.customer_id = customer.map(str::to_owned);
    row.purpose = act.text("purpose").map(str::to_owned);
    row.status = "blocked".to_owned();
    row.reason = Some(REASON.to_owned());
    let id = row.id.to_string();
    act.outbox.push(row);
    act.nothing_sent = true;
    let answer: Map<String, Value> =
        action.output.iter().map(|(name, field)| (name.to_owned(), blocked(name, field, &id))).collect();
    Ok(Value::Object(answer))
}

fn blocked(name: &str, field: &Field, id: &str) -> Value {
    match field.ty {
        FieldType::Enum => field.values.iter().find(|value| *value == "blocked").cloned().unwrap_or_default(),
        FieldType::Boolean => Value::Bool(false),
        FieldType::Int | FieldType::Number => Value::from(0),
        FieldType::String if name == "reason" => Value::from(REASON),
        FieldType::Id | FieldType::String => Value::from(id),
        FieldType::Array => Value::Array(Vec::new()),
        FieldType::Date
        | FieldType::DateTime
        | FieldType::Duration
        | FieldType::Object
        | FieldType::Recipient
        | FieldType::Filter => Value::Null,
    }
}
