//! Appointments.

use serde_json::{Value, json};

use super::act::{Act, timestamp};
use super::{entities, refused};
use crate::execution::connectors::CallError;
use crate::store::{Lookup, Record};

/// How long an appointment takes when nobody says.
pub(super) fn usual_minutes(kind: &str) -> i64 {
    match kind {
        "service" => 45,
        "test_drive" | "appraisal" => 30,
        _ => 60,
    }
}

pub(super) async fn create_appointment(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let kind = act.required("kind")?;
    let starts = act.moment("starts_at")?.ok_or_else(|| refused(422, "Input missing", "starts_at"))?;
    let minutes = act.input("duration_min").and_then(Value::as_i64).unwrap_or_else(|| usual_minutes(kind));
    let assigned = match act.text("assigned_to") {
        Some(recipient) => act.people(recipient).await?.into_iter().next().map(|e| e.id),
        None => None,
    };
    let lead = act.at_hand().and_then(|o| o.get("lead_id")).and_then(Value::as_str).map(str::to_owned);
    let vehicle = act.input("vehicle").map(|written| entities::vehicle_from(Some(written)));
    let fields = json!({
        "customer_id": customer.id, "kind": kind, "status": "booked", "starts_at": timestamp(starts),
        "date": local_date(act, starts), "duration_min": minutes, "assigned_to": assigned, "vehicle": vehicle,
        "lead_id": lead, "needs": act.list("needs"), "source": "automation", "created_at": act.now_text(),
    });
    let appointment = act.add("appointment", "appt", fields)?;
    act.change(&customer, json!({ "next_appointment_at": timestamp(starts) }))?;
    let mut data = common(&appointment);
    let age = vehicle_age(act, &appointment.data["vehicle"]);
    for (name, value) in [
        ("duration_min", json!(minutes)),
        ("vehicle_age", age),
        ("source", json!("automation")),
        ("lead_id", json!(lead)),
        ("vehicle", appointment.data["vehicle"].clone()),
        ("needs", appointment.data["needs"].clone()),
    ] {
        data[name] = value;
    }
    act.emit("appointment.booked", &format!("appointment/{}", appointment.id), data);
    Ok(json!({ "appointment_id": appointment.id }))
}

pub(super) async fn update_appointment(act: &mut Act<'_>) -> Result<Value, CallError> {
    let before = act.record("appointment", act.id("appointment_id")?).await?;
    let mut fields = json!({});
    if let Some(starts) = act.moment("starts_at")? {
        fields["starts_at"] = json!(timestamp(starts));
        fields["date"] = json!(local_date(act, starts));
    }
    if let Some(status) = act.text("status") {
        fields["status"] = json!(status);
    }
    if let Some(recipient) = act.text("assigned_to") {
        fields["assigned_to"] = json!(act.people(recipient).await?.into_iter().next().map(|e| e.id));
    }
    let after = act.change(&before, fields)?;
    let subject = format!("appointment/{}", after.id);
    if after.data["starts_at"] != before.data["starts_at"] || after.data["assigned_to"] != before.data["assigned_to"] {
        let mut data = common(&after);
        data["old_starts_at"] = before.data["starts_at"].clone();
        data["vehicle"] = after.data["vehicle"].clone();
        data["needs"] = after.data["needs"].clone();
        act.emit("appointment.changed", &subject, data);
    }
    if after.text("status") != before.text("status") {
        let mut data = common(&after);
        match after.text("status") {
            "cancelled" => {
                data["cancelled_by"] = json!("store");
                data["reason"] = Value::Null;
                act.emit("appointment.cancelled", &subject, data);
            }
            "no_show" => {
                data["lead_id"] = after.data["lead_id"].clone();
                data["no_show_count"] = json!(no_shows(act, after.text("customer_id")).await? + 1);
                act.emit("appointment.no_show", &subject, data);
            }
            "completed" => {
                data["outcome"] = json!(if after.text("kind") == "service" { "ro_opened" } else { "other" });
                data["lead_id"] = after.data["lead_id"].clone();
                data["vehicle"] = after.data["vehicle"].clone();
                act.emit("appointment.completed", &subject, data);
            }
            _ => {}
        }
    }
    Ok(json!({ "appointment_id": after.id }))
}

/// Fields every appointment event has.
fn common(appointment: &Record) -> Value {
    json!({
        "appointment_id": appointment.id, "customer_id": appointment.text("customer_id"),
        "kind": appointment.text("kind"), "starts_at": appointment.text("starts_at"),
        "assigned_to": appointment.data["assigned_to"],
    })
}

async fn no_shows(act: &Act<'_>, customer: &str) -> Result<usize, CallError> {
    let of_customer = (Lookup::Customer, customer);
    let past = act.db().list_records_by(&act.call.tenant, "appointment", of_customer, 500).await?;
    Ok(past.iter().filter(|a| a.text("status") == "no_show").count())
}

fn vehicle_age(act: &Act<'_>, vehicle: &Value) -> Value {
    use chrono::Datelike;
    let year = vehicle["year"].as_i64().filter(|year| *year > 1900);
    year.map_or(Value::Null, |year| json!((i64::from(act.call.now.year()) - year).max(0)))
}

fn local_date(act: &Act<'_>, at: chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&act.call.store.timezone).date_naive().to_string()
}
