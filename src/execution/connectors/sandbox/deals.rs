//! Deals: stage and checklist, never price, rate, payment or products.

use serde_json::{Value, json};

use super::act::Act;
use super::crm::refuse;
use crate::execution::connectors::CallError;

pub(super) async fn update_deal(act: &mut Act<'_>) -> Result<Value, CallError> {
    let deal = act.record("deal", act.id("deal_id")?).await?;
    let mut fields = act.input("fields").and_then(Value::as_object).cloned().unwrap_or_default();
    refuse(&fields, &["id", "customer_id", "amount", "deposit", "products", "finance_type", "vehicle", "created_at"])?;
    let old = deal.text("status").to_owned();
    let new = act.text("status").or_else(|| fields.get("status").and_then(Value::as_str)).unwrap_or(&old).to_owned();
    fields.insert("status".to_owned(), json!(new));
    if new != old {
        let field = match new.as_str() {
            "contracted" => Some("contracted_at"),
            "delivered" => Some("delivered_at"),
            "funded" => Some("funded_at"),
            _ => None,
        };
        if let Some(field) = field {
            fields.insert(field.to_owned(), json!(act.now_text()));
        }
    }
    let deal = act.change(&deal, Value::Object(fields))?;
    if new != old {
        let subject = format!("deal/{}", deal.id);
        let get = |field: &str| deal.data[field].clone();
        let data = json!({
            "deal_id": deal.id, "customer_id": get("customer_id"), "old_status": old, "new_status": new,
            "salesperson_id": get("salesperson_id"), "fi_manager_id": get("fi_manager_id"), "lender": get("lender"),
            "finance_type": get("finance_type"), "vehicle": get("vehicle"), "deposit": get("deposit"),
        });
        act.emit("deal.status_changed", &subject, data);
        if new == "delivered" {
            let customer = act.find("customer", deal.text("customer_id")).await?;
            let language = customer.map_or_else(|| "en".to_owned(), |c| c.text("language").to_owned());
            let data = json!({
                "deal_id": deal.id, "customer_id": get("customer_id"), "delivered_at": act.now_text(),
                "vehicle_status": get("vehicle_status"), "vehicle": get("vehicle"),
                "salesperson_id": get("salesperson_id"), "finance_type": get("finance_type"),
                "products": get("products"), "language": language,
            });
            act.emit("deal.delivered", &subject, data);
        }
    }
    Ok(json!({ "deal_id": deal.id }))
}
