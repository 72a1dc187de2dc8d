//! Vehicles in stock, their prices and listings; parts.

use serde_json::{Value, json};

use super::act::Act;
use super::{merge, refused};
use crate::execution::connectors::CallError;
use crate::store::{Lookup, Record};

async fn stocked(act: &mut Act<'_>) -> Result<Record, CallError> {
    let by = match (act.text("stock"), act.text("vin")) {
        (Some(stock), _) => (Lookup::Stock, stock),
        (None, Some(vin)) => (Lookup::Vin, vin),
        (None, None) => (Lookup::Stock, act.id("stock")?),
    };
    let found = act.db().list_records_by(&act.call.tenant, "vehicle", by, 1).await?;
    let found = found.into_iter().next();
    let missing = || refused(404, "Record not found", format!("there is no vehicle {}", by.1));
    let id = found.ok_or_else(missing)?.id;
    act.record("vehicle", &id).await
}

pub(super) async fn update_inventory(act: &mut Act<'_>) -> Result<Value, CallError> {
    let before = stocked(act).await?;
    let mut fields = json!({});
    for name in ["status", "location", "tags", "hold"] {
        if let Some(value) = act.input(name) {
            fields[name] = value.clone();
        }
    }
    if fields["hold"] == false && before.data["hold"] == true {
        return Err(refused(403, "Approval needed", "releasing a hold needs a person"));
    }
    let after = act.change(&before, fields)?;
    if after.text("status") != before.text("status") {
        let mut data = facts(&after);
        data["old_status"] = before.data["status"].clone();
        data["new_status"] = after.data["status"].clone();
        data["days_in_old_status"] = before.data["days_in_status"].clone();
        act.emit("inventory.vehicle.status_changed", &format!("vehicle/{}", after.text("stock")), data);
    }
    if let Some(note) = act.text("notes") {
        let note = merge::for_staff(act, note).await?;
        let row = act.outbox_row("note", &format!("vehicle/{}", after.text("stock")), note);
        act.outbox.push(row);
    }
    Ok(json!({ "stock": after.text("stock") }))
}

pub(super) async fn change_price(act: &mut Act<'_>) -> Result<Value, CallError> {
    let before = stocked(act).await?;
    let old = before.data["price"].as_f64();
    let old = old.ok_or_else(|| refused(422, "No price", format!("{} has no price", before.text("stock"))))?;
    let floor = act.number("floor").ok_or_else(|| refused(422, "Input missing", "floor"))?;
    let wanted = match (act.number("new_price"), act.number("adjust_by"), act.number("adjust_percent")) {
        (Some(price), _, _) => price,
        (None, Some(by), _) => old + by,
        (None, None, Some(percent)) => old * (1.0 + percent / 100.0),
        (None, None, None) => return Err(refused(422, "Input missing", "new_price, adjust_by or adjust_percent")),
    };
    let new = (wanted.max(floor) * 100.0).round() / 100.0;
    if !new.is_finite() || new <= 0.0 {
        return Err(refused(422, "Input not valid", "the new price is no price"));
    }
    let reason = act.required("reason")?;
    let after = act.change(&before, json!({ "price": new }))?;
    let changed_by = act.people("requester").await?.into_iter().next().map(|e| e.id).unwrap_or_default();
    let mut data = facts(&after);
    for (name, value) in [
        ("old_price", json!(old)),
        ("new_price", json!(new)),
        ("cost", after.data["cost"].clone()),
        ("changed_by", json!(changed_by)),
        ("reason", json!(reason)),
    ] {
        data[name] = value;
    }
    act.emit("inventory.vehicle.price_changed", &format!("vehicle/{}", after.text("stock")), data);
    Ok(json!({ "old_price": old, "new_price": new }))
}

/// What every inventory event says about the vehicle.
fn facts(vehicle: &Record) -> Value {
    let get = |field: &str| vehicle.data[field].clone();
    json!({
        "stock": get("stock"), "vin": get("vin"), "vehicle_status": get("vehicle_status"),
        "description": get("description"), "vehicle_age": get("vehicle_age"), "days_in_stock": get("days_in_stock"),
    })
}

pub(super) async fn update_listing(act: &mut Act<'_>) -> Result<Value, CallError> {
    let vehicle = stocked(act).await?;
    let action = act.text("action").unwrap_or("refresh");
    if action == "publish" && (vehicle.data["hold"] == true || vehicle.text("status") == "sold") {
        return Err(refused(409, "Not available", "a vehicle that cannot be sold is not advertised"));
    }
    let platforms = act.list("platforms");
    let platforms = if platforms.is_empty() { vec!["website"] } else { platforms };
    let mut ids = Vec::new();
    for platform in platforms {
        let text = act.text("description").unwrap_or_else(|| vehicle.text("description")).to_owned();
        let disclosure = &act.call.store.price_disclosure;
        let mut row = act.outbox_row("listing", platform, format!("{action}: {text}\n{disclosure}"));
        row.subject = Some(vehicle.text("stock").to_owned());
        ids.push(row.id.to_string());
        act.outbox.push(row);
    }
    match action {
        "publish" => drop(act.change(&vehicle, json!({ "listed": true }))?),
        "unpublish" => drop(act.change(&vehicle, json!({ "listed": false }))?),
        _ => {}
    }
    Ok(json!({ "listing_ids": ids }))
}

pub(super) async fn order_part(act: &mut Act<'_>) -> Result<Value, CallError> {
    let number = act.required("part_number")?;
    let quantity = act.input("quantity").and_then(Value::as_i64).filter(|n| (1..=1000).contains(n));
    let quantity = quantity.ok_or_else(|| refused(422, "Input not valid", "quantity must be 1 to 1000"))?;
    let max_cost = act.number("max_cost").ok_or_else(|| refused(422, "Input missing", "max_cost"))?;
    let known = act.db().list_records_by(&act.call.tenant, "part", (Lookup::PartNumber, number), 1).await?;
    let known = known.into_iter().next();
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand pieces")]
    let cost = known.as_ref().and_then(|part| part.data["unit_cost"].as_f64()).map(|unit| unit * quantity as f64);
    if cost.is_some_and(|cost| cost > max_cost) {
        return Err(refused(409, "Too expensive", format!("the order would cost more than {max_cost}")));
    }
    let ro = match act.text("ro_id") {
        Some(id) => Some(act.record("repair_order", id).await?),
        None => None,
    };
    let description = known.as_ref().map_or(number, |part| part.text("description")).to_owned();
    let fields = json!({
        "part_number": number, "description": description, "quantity": quantity, "status": "ordered",
        "special_order": known.is_none(), "customer_id": ro.as_ref().map(|ro| ro.text("customer_id")),
        "ro_id": ro.as_ref().map(|ro| ro.id.as_str()), "ordered_at": act.now_text(),
    });
    let order = act.add("part_order", "po", fields)?;
    let supplier =
        act.text("supplier").or_else(|| known.as_ref().map(|part| part.text("supplier"))).unwrap_or("supplier");
    let row = act.outbox_row("part_order", supplier, format!("{quantity} × {number} {description}"));
    act.outbox.push(row);
    Ok(json!({ "part_order_id": order.id }))
}
