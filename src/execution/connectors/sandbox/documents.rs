//! Documents: a secure link, never an attachment.

use serde_json::json;

use super::Step;
use super::act::Act;
use super::messaging::{Fate, Message, deliver, language};
use crate::contact::{Channel, Purpose};
use crate::execution::connectors::CallError;
use crate::workflow::Language;

pub(super) async fn send_document(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let kind = act.required("document_type")?;
    let document = act.text("document_id");
    if let Some(document) = document {
        act.record("document", document).await?;
    }
    let delivery = act.required("delivery")?;
    if delivery == "postal" {
        let mut row = act.outbox_row("postal", customer.text("name"), kind.to_owned());
        row.customer_id = Some(customer.id.clone());
        row.purpose = Some("transactional".to_owned());
        let id = row.id.to_string();
        act.outbox.push(row);
        return Ok(Step::Done(json!({ "delivery_id": id, "signed": false })));
    }
    let link = format!("{}/documents/{}", act.call.store.website, document.unwrap_or(kind));
    let name = &act.call.store.name;
    let body = match (language(act, &customer), delivery) {
        (Language::En, "esign") => format!("{name}: a document is ready for your signature: {link}"),
        (Language::En, _) => format!("{name}: a document is ready for you: {link}"),
        (Language::Es, "esign") => format!("{name}: hay un documento listo para su firma: {link}"),
        (Language::Es, _) => format!("{name}: hay un documento listo para usted: {link}"),
    };
    let message = Message {
        channel: Channel::Email,
        purpose: Purpose::Transactional,
        subject: Some("A document for you"),
        body: &body,
    };
    Ok(match deliver(act, &customer, &message).await? {
        Fate::Sent { id } | Fate::Blocked { id, .. } => Step::Done(json!({ "delivery_id": id, "signed": false })),
        Fate::Deferred(step) => step,
    })
}
