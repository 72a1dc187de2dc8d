//! Calls: an employee is rung, then bridged to the customer.

use serde_json::json;

use super::act::Act;
use super::merge;
use super::messaging::language;
use super::{Step, gate};
use crate::contact::{Channel, Purpose, Verdict};
use crate::execution::connectors::CallError;

pub(super) async fn connect_call(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let caller = act.people(act.required("caller")?).await?.into_iter().next();
    let passage = gate::ask(act, &customer, Channel::Phone, Purpose::Informational).await?;
    let reason = match passage.verdict {
        Verdict::Defer { until, reason } => return Ok(Step::Deferred { until, reason: reason.code() }),
        Verdict::Block { reason } => Some(reason.code()),
        Verdict::Allow { .. } => None,
    };
    let language = language(act, &customer);
    let roots = merge::roots(act, Some(&customer), language).await?;
    let whisper = merge::fill(act, act.text("whisper").unwrap_or_default(), &roots, language)?;
    // a whisper is only a hint to the employee: the call goes on without it
    let whisper = if whisper.empty.is_some() { String::new() } else { whisper.text };
    let mut row = act.outbox_row("phone", &passage.address, whisper);
    row.customer_id = Some(customer.id.clone());
    row.subject = caller.map(|employee| employee.text("name").to_owned());
    row.purpose = Some(gate::purpose_name(Purpose::Informational).to_owned());
    let id = row.id.to_string();
    let answered = reason.is_none();
    if let Some(reason) = reason {
        row.status = "blocked".to_owned();
        row.reason = Some(reason.to_owned());
        act.nothing_sent = true;
    } else {
        row.topic = passage.topic;
    }
    act.outbox.push(row);
    Ok(Step::Done(json!({ "call_id": id, "answered": answered, "duration_s": if answered { 95 } else { 0 } })))
}
