//! Drip campaigns.

use serde_json::{Value, json};

use super::act::Act;
use super::{Step, gate};
use crate::contact::{Channel, Purpose, Verdict};
use crate::execution::connectors::CallError;

/// Enrols, when marketing is allowed on at least one written channel; the drip's own messages pass the gate again.
pub(super) async fn add_to_campaign(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let campaign = act.required("campaign_id")?;
    let mut blocked = None;
    for channel in [Channel::Sms, Channel::Email] {
        match gate::ask(act, &customer, channel, Purpose::Marketing).await?.verdict {
            Verdict::Allow { .. } | Verdict::Defer { .. } => {
                blocked = None;
                break;
            }
            Verdict::Block { reason } => blocked = Some(reason.code()),
        }
    }
    let mut row = act.outbox_row("campaign", customer.text("name"), campaign.to_owned());
    row.customer_id = Some(customer.id.clone());
    if let Some(reason) = blocked {
        row.status = "blocked".to_owned();
        row.reason = Some(reason.to_owned());
        act.nothing_sent = true;
    } else {
        let mut campaigns = names(&customer.data);
        if !campaigns.iter().any(|name| name == campaign) {
            campaigns.push(campaign.to_owned());
        }
        act.change(&customer, json!({ "campaigns": campaigns }))?;
    }
    let id = row.id.to_string();
    act.outbox.push(row);
    Ok(Step::Done(json!({ "enrolment_id": id })))
}

pub(super) async fn remove_from_campaign(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let campaign = act.required("campaign_id")?;
    let before = names(&customer.data);
    let kept: Vec<&String> = before.iter().filter(|name| campaign != "all" && name.as_str() != campaign).collect();
    let removed = before.len() - kept.len();
    if removed > 0 {
        act.change(&customer, json!({ "campaigns": kept }))?;
    }
    Ok(json!({ "removed": removed }))
}

fn names(customer: &Value) -> Vec<String> {
    let items = customer.get("campaigns").and_then(Value::as_array);
    items.map(|items| items.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()).unwrap_or_default()
}
