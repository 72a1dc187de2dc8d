//! Payment links and credits. Money itself never moves here.

use serde_json::{Value, json};

use super::act::Act;
use super::messaging::{Fate, Message, deliver, language};
use super::{Step, gate, refused};
use crate::contact::Purpose;
use crate::execution::connectors::CallError;
use crate::workflow::Language;
use crate::workflow::text::money;

pub(super) async fn send_payment_link(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let amount = positive(act, "amount")?;
    let id = act.new_id("pay");
    let link = format!("{}/pay/{id}", act.call.store.website);
    let name = &act.call.store.name;
    let sum = money(amount);
    let body = match language(act, &customer) {
        Language::En => format!("{name}: your payment of {sum}: {link}"),
        Language::Es => format!("{name}: su pago de {sum}: {link}"),
    };
    let channel =
        gate::channel_of(act.required("channel")?).ok_or_else(|| refused(422, "Input not valid", "channel"))?;
    let message = Message { channel, purpose: Purpose::Transactional, subject: Some("Your payment"), body: &body };
    let status = match deliver(act, &customer, &message).await? {
        Fate::Sent { .. } => "sent",
        Fate::Blocked { .. } => "blocked",
        Fate::Deferred(step) => return Ok(step),
    };
    Ok(Step::Done(json!({ "payment_link_id": id, "status": status })))
}

pub(super) async fn issue_credit(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let amount = positive(act, "amount")?;
    let kind = act.required("kind")?;
    let mut row = act.outbox_row("credit", customer.text("name"), format!("{kind}: {}", money(amount)));
    row.customer_id = Some(customer.id.clone());
    row.subject = Some(act.required("reason")?.to_owned());
    let id = row.id.to_string();
    act.outbox.push(row);
    Ok(json!({ "credit_id": id }))
}

fn positive(act: &Act<'_>, field: &str) -> Result<f64, CallError> {
    let amount = act.number(field).filter(|amount| amount.is_finite() && *amount > 0.0);
    amount.ok_or_else(|| refused(422, "Input not valid", format!("{field} must be more than nothing")))
}
