//! Customers' messages: a wish not to be contacted, or to be contacted again, takes effect at once.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Desk, empty_commit, stamp};
use crate::contact::{Heard, Rules, Scope};
use crate::execution::connectors::{CallError, refused};
use crate::model::OutboxId;
use crate::model::tenant::{Store, Tenant};
use crate::store::{Database, Lookup, NewEvent, OutboxEntry, Record};

/// What a customer's message says about being contacted, applied at once: an opt-out revokes, is confirmed once and
/// becomes `customer.opted_out`. `None`: it says nothing about that.
///
/// # Errors
/// [`CallError`] when the store fails.
pub async fn record_inbound_message(
    db: &Database,
    tenant: &Tenant,
    store: &Store,
    data: &Value,
    now: DateTime<Utc>,
) -> Result<Option<Heard>, CallError> {
    let rules = Rules::embedded().map_err(|error| refused(500, "Contact rules", error.to_string()))?;
    let text = data["text"].as_str().unwrap_or_default();
    let (Some(heard), Some(customer)) = (rules.opt_out.hear(text), data["customer_id"].as_str()) else {
        return Ok(None);
    };
    let Some(mut customer) = db.find_record(&tenant.id, "customer", customer).await? else { return Ok(None) };
    let key = format!("inbound:opt_out:{}:{}", customer.id, data["occurred_at"].as_str().unwrap_or_default());
    let mut commit = empty_commit(&tenant.id, &key, "inbound_message");
    let by_mail = data["channel"] == "email";
    let channel = if by_mail { "email" } else { "sms" };
    let reached = db.find_last_recipient(&tenant.id, &customer.id, channel).await?;
    let desk = Desk { tenant, store, now };
    for (channel, purpose, address) in
        changes(heard, by_mail, &addresses(db, &customer, by_mail, tenant).await?, reached.clone())
    {
        let id = desk.id("cons", &format!("{key}#{channel}#{purpose}#{}", address.as_deref().unwrap_or_default()));
        let fields = json!({
            "customer_id": customer.id, "channel": channel, "purpose": purpose,
            "status": if heard == Heard::Resubscribe { "granted" } else { "revoked" },
            "recorded_at": stamp(now), "method": text.chars().take(100).collect::<String>(),
            "evidence_id": data["thread_id"], "address": address,
        });
        commit.inserts.push(desk.record("consent", &id, fields)?);
    }
    if let Heard::OptOut(scope) = heard {
        customer.data["sms_marketing_consent"] = json!(false);
        if by_mail || scope == Scope::Marketing {
            customer.data["email_subscribed"] = json!(false);
        }
        commit.updates.push(customer.clone());
        commit.events.push(opted_out_event(tenant, store, &customer.id, (scope, by_mail, text), (&key, now)));
        if !by_mail && scope == Scope::All {
            let number = reached.as_deref().unwrap_or_else(|| customer.text("mobile"));
            let text = rules.opt_out.confirmation(customer.text("language"), &store.name);
            commit.outbox.push(confirmation(desk, &customer.id, (number, text), &key));
        }
    }
    match db.commit_call(&commit, now).await {
        Ok(_) => Ok(Some(heard)),
        Err(error) => Err(error.into()),
    }
}

/// Rows of the consent file that follow. What ends on a channel ends for every number or address known now: which of
/// them the message came from is not said. Offers end for the person. Who comes back does so with the number texted last.
fn changes(
    heard: Heard,
    by_mail: bool,
    known: &[String],
    reached: Option<String>,
) -> Vec<(&'static str, &'static str, Option<String>)> {
    let channel = if by_mail { "email" } else { "sms" };
    match heard {
        Heard::OptOut(Scope::Marketing) => ["sms", "phone", "email"].map(|c| (c, "marketing", None)).to_vec(),
        Heard::OptOut(Scope::All) => {
            let mut rows = vec![(channel, "marketing", None)];
            let purposes: &[&'static str] =
                if by_mail { &["informational"] } else { &["informational", "transactional"] };
            let of: Vec<Option<String>> =
                if known.is_empty() { vec![None] } else { known.iter().cloned().map(Some).collect() };
            for purpose in purposes {
                rows.extend(of.iter().map(|address| (channel, *purpose, address.clone())));
            }
            if !by_mail {
                rows.push(("phone", "marketing", None));
            }
            rows
        }
        Heard::Resubscribe => vec![("sms", "informational", reached.or_else(|| known.first().cloned()))],
    }
}

/// The customer's numbers, or e-mail addresses: on file, and given in inquiries.
async fn addresses(db: &Database, customer: &Record, by_mail: bool, tenant: &Tenant) -> Result<Vec<String>, CallError> {
    let leads = db.list_records_by(&tenant.id, "lead", (Lookup::Customer, &customer.id), 1000).await?;
    let fields: &[&str] = if by_mail { &["email"] } else { &["mobile", "phone"] };
    let mut found: Vec<String> = Vec::new();
    for record in std::iter::once(customer).chain(&leads) {
        for field in fields {
            let value = record.text(field);
            if !value.is_empty() && !found.iter().any(|known| known == value) {
                found.push(value.to_owned());
            }
        }
    }
    Ok(found)
}

fn opted_out_event(
    tenant: &Tenant,
    store: &Store,
    customer: &str,
    (scope, by_mail, text): (Scope, bool, &str),
    (key, now): (&str, DateTime<Utc>),
) -> NewEvent {
    let channel = match (scope, by_mail) {
        (Scope::Marketing, _) => "all",
        (Scope::All, true) => "email",
        (Scope::All, false) => "sms",
    };
    let source = format!("/stores/{}/inbound", store.id);
    let data = json!({
        "dealer_id": tenant.slug, "store_id": store.id, "occurred_at": stamp(now), "customer_id": customer,
        "channel": channel, "scope": if scope == Scope::All { "all" } else { "marketing" }, "method": "message",
        "raw_text": text,
    });
    let envelope = json!({
        "specversion": "1.0", "id": key, "source": source, "type": "customer.opted_out",
        "subject": format!("customer/{customer}"), "time": stamp(now), "datacontenttype": "application/json",
        "data": data,
    });
    NewEvent {
        tenant: tenant.id.clone(),
        source,
        id: key.to_owned(),
        event_type: "customer.opted_out".to_owned(),
        store_id: store.id.to_string(),
        envelope,
        depth: 0,
        caused_by: None,
    }
}

/// The one text the law allows after a STOP, to the number texted last.
fn confirmation(desk: Desk<'_>, customer: &str, (number, body): (&str, String), key: &str) -> OutboxEntry {
    OutboxEntry {
        id: OutboxId::generate(),
        tenant: desk.tenant.id.clone(),
        store_id: desk.store.id.to_string(),
        execution_id: None,
        idempotency_key: key.to_owned(),
        channel: "sms".to_owned(),
        customer_id: Some(customer.to_owned()),
        recipient: number.to_owned(),
        subject: None,
        body,
        purpose: Some("transactional".to_owned()),
        topic: None,
        status: "sent".to_owned(),
        reason: None,
        held_until: None,
        created_at: desk.now,
    }
}
