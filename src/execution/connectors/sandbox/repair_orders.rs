//! Repair orders.

use serde_json::{Value, json};

use super::act::{Act, timestamp};
use super::{merge, refused};
use crate::execution::connectors::CallError;
use crate::store::Record;

pub(super) async fn update_repair_order(act: &mut Act<'_>) -> Result<Value, CallError> {
    let before = act.record("repair_order", act.id("ro_id")?).await?;
    let mut fields = json!({});
    if let Some(promised) = act.moment("promised_at")? {
        fields["promised_at"] = json!(timestamp(promised));
    }
    let declined = act.list("decline_lines");
    known_lines(&before, &declined)?;
    known_lines(&before, &act.list("approve_lines"))?;
    if !declined.is_empty() {
        let lines = before.data["lines"].as_array().cloned().unwrap_or_default();
        let is_declined = |line: &Value| declined.contains(&line["op"].as_str().unwrap_or_default());
        let (gone, kept): (Vec<Value>, Vec<Value>) = lines.into_iter().partition(is_declined);
        let mut all = before.data["declined_lines"].as_array().cloned().unwrap_or_default();
        all.extend(gone);
        fields["lines"] = json!(kept);
        fields["declined_lines"] = json!(all);
    }
    let (old, new) = (before.text("status"), act.text("status").unwrap_or_else(|| before.text("status")));
    let changed = old != new;
    if changed {
        fields["status"] = json!(new);
        if new == "closed" {
            let lines = fields.get("lines").unwrap_or(&before.data["lines"]);
            let total = before.data["total"].as_f64().unwrap_or_else(|| sum(lines));
            fields["closed_at"] = json!(act.now_text());
            fields["total"] = json!(total);
        }
    }
    let after = act.change(&before, fields)?;
    if changed {
        let subject = format!("repair_order/{}", after.id);
        let get = |field: &str| after.data[field].clone();
        let data = json!({
            "ro_id": after.id, "ro_number": get("ro_number"), "customer_id": get("customer_id"),
            "vehicle": get("vehicle"), "advisor_id": get("advisor_id"), "old_status": old, "new_status": new,
            "promised_at": get("promised_at"), "customer_pay_total": get("customer_pay_total"),
            "minutes_in_old_status": before.data["minutes_in_status"],
        });
        act.emit("repair_order.status_changed", &subject, data);
        if new == "closed" {
            let data = json!({
                "ro_id": after.id, "ro_number": get("ro_number"), "customer_id": get("customer_id"),
                "vin": get("vin"), "vehicle": get("vehicle"), "advisor_id": get("advisor_id"),
                "total": get("total"), "pay_types": get("pay_types"), "declined_lines": get("declined_lines"),
                "odometer": get("odometer"), "next_service": null,
            });
            act.emit("repair_order.closed", &subject, data);
        }
    }
    if let Some(note) = act.text("note") {
        let note = merge::for_staff(act, note).await?;
        let mut row = act.outbox_row("note", &format!("repair_order/{}", after.id), note);
        row.subject = Some("repair_order".to_owned());
        act.outbox.push(row);
    }
    Ok(json!({ "ro_id": after.id }))
}

fn known_lines(ro: &Record, wanted: &[&str]) -> Result<(), CallError> {
    let lines = ro.data["lines"].as_array();
    let known = |op: &str| lines.is_some_and(|lines| lines.iter().any(|line| line["op"] == op));
    match wanted.iter().find(|op| !known(op)) {
        Some(op) => Err(refused(422, "Input not valid", format!("there is no line {op} on {}", ro.id))),
        None => Ok(()),
    }
}

fn sum(lines: &Value) -> f64 {
    lines.as_array().map(|lines| lines.iter().filter_map(|line| line["amount"].as_f64()).sum()).unwrap_or(0.0)
}
