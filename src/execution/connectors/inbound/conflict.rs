//! An inquiry that contradicts what is on file. Both stay; a person decides.

use serde_json::{Value, json};

use super::identity::Identity;
use super::{Desk, stamp};
use crate::execution::connectors::CallError;
use crate::execution::connectors::inbound::Contact;
use crate::execution::recipients::{Directory, Hints};
use crate::model::OutboxId;
use crate::store::{Database, OutboxEntry, Record};

/// What the customer gave that is not what is on file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differing {
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) mobile: Option<String>,
}

/// Compares with the record as it is after what it lacked was filled in.
pub(super) fn differing(customer: &Record, contact: &Contact) -> Differing {
    let new = |given: &Option<String>, fields: &[&str]| {
        given.clone().filter(|value| fields.iter().all(|field| customer.text(field) != value))
    };
    let mobile = if contact.textable { new(&contact.phone, &["mobile"]) } else { None };
    let phone = if contact.textable { None } else { new(&contact.phone, &["phone", "mobile"]) };
    Differing { email: new(&contact.email, &["email"]), phone, mobile }
}

/// The task that asks a person which is right, and its notice; nothing when nothing is in doubt.
pub(super) async fn task(
    db: &Database,
    desk: Desk<'_>,
    lead: &Record,
    (customer, identity, differing): (&Record, &Identity, &Differing),
    key: &str,
) -> Result<Option<(Record, OutboxEntry)>, CallError> {
    let sentences = sentences(customer, identity, differing);
    let Some(title) = sentences.first() else { return Ok(None) };
    let directory = Directory::load(db, &desk.tenant.id).await?;
    let owner = Some(customer.text("salesperson_id").to_owned()).filter(|id| !id.is_empty());
    let hints = Hints { record_owner: owner, requester: None, managing_role: Some("sales_manager") };
    let Ok(people) = directory.resolve("record_owner", desk.store.id.as_str(), &hints) else {
        tracing::warn!(lead.id = %lead.id, "contradicting contact details, and no employee on file to look at them");
        return Ok(None);
    };
    let Some(assignee) = people.first() else { return Ok(None) };
    let title: String = title.chars().take(200).collect();
    let id = desk.id("task", &format!("{key}#conflict"));
    let fields = json!({
        "title": title, "assignee_id": assignee.id, "status": "open",
        "priority": if identity.others.is_empty() { "normal" } else { "high" },
        "related": { "entity": "lead", "id": lead.id }, "notes": sentences.join(" "), "created_at": stamp(desk.now),
    });
    let notice = OutboxEntry {
        id: OutboxId::generate(),
        tenant: desk.tenant.id.clone(),
        store_id: desk.store.id.to_string(),
        execution_id: None,
        idempotency_key: key.to_owned(),
        channel: "task".to_owned(),
        customer_id: None,
        recipient: assignee.id.clone(),
        subject: Some(assignee.text("name").to_owned()),
        body: title,
        purpose: None,
        topic: None,
        status: "sent".to_owned(),
        reason: None,
        held_until: None,
        created_at: desk.now,
    };
    Ok(Some((desk.record("task", &id, fields)?, notice)))
}

/// What a person has to look at, both values named.
fn sentences(customer: &Record, identity: &Identity, differing: &Differing) -> Vec<String> {
    let name = customer.text("name");
    let mut all = Vec::new();
    for claim in &identity.others {
        let field = |name: &str| claim.customer.text(name).to_owned();
        let shared = match (claim.by_phone, claim.by_email) {
            (true, true) => format!("number and address of {}", field("name")),
            (true, false) => format!("number of {}", field("name")),
            (false, _) => format!("e-mail address of {}", field("name")),
        };
        all.push(format!("The lead of {name} has the {shared} ({}): one person or two?", claim.customer.id));
    }
    for (what, new, old) in [
        ("mobile number", &differing.mobile, &customer.data["mobile"]),
        ("phone number", &differing.phone, &customer.data["phone"]),
        ("e-mail address", &differing.email, &customer.data["email"]),
    ] {
        if let (Some(new), Value::String(old)) = (new, old) {
            all.push(format!("{name} gave another {what}: {new}; on file is {old}. Which is right?"));
        }
    }
    all
}
