//! Consent and the compliance log.

use serde_json::{Value, json};

use super::act::Act;
use super::act::timestamp;
use super::{gate, merge, refused};
use crate::contact::Verdict;
use crate::execution::connectors::CallError;
use crate::store::{AuditEntry, Record};

pub(super) async fn check_consent(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let wrong = |field: &str| refused(422, "Input not valid", field);
    let channel = gate::channel_of(act.required("channel")?).ok_or_else(|| wrong("channel"))?;
    let purpose = gate::purpose_of(act.required("purpose")?).ok_or_else(|| wrong("purpose"))?;
    // "now" is meant: at night the answer is no, with the hour from which it is yes
    Ok(match gate::ask(act, &customer, channel, purpose).await?.verdict {
        Verdict::Allow { basis } => {
            json!({ "allowed": true, "reason": null, "next_allowed_at": null, "basis": basis.code() })
        }
        Verdict::Defer { until, reason } => json!({
            "allowed": false, "reason": reason.code(), "next_allowed_at": timestamp(until), "basis": null,
        }),
        Verdict::Block { reason } => {
            json!({ "allowed": false, "reason": reason.code(), "next_allowed_at": null, "basis": null })
        }
    })
}

pub(super) async fn set_consent(act: &mut Act<'_>) -> Result<Value, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let change = ConsentChange {
        channel: act.required("channel")?,
        purpose: act.required("purpose")?,
        granted: act.required("status")? == "granted",
        method: act.required("method")?,
        evidence: act.text("evidence"),
    };
    let id = apply(act, &customer, &change)?;
    Ok(json!({ "consent_id": id }))
}

struct ConsentChange<'c> {
    channel: &'c str,
    purpose: &'c str,
    granted: bool,
    method: &'c str,
    evidence: Option<&'c str>,
}

/// Writes one row a channel and purpose, keeps the customer's flags in step and says what happened.
fn apply(act: &mut Act<'_>, customer: &Record, change: &ConsentChange<'_>) -> Result<String, CallError> {
    if change.granted && change.evidence.is_none() {
        return Err(refused(422, "Evidence missing", "consent cannot be granted without evidence"));
    }
    let channels = if change.channel == "all" { vec!["sms", "email", "phone"] } else { vec![change.channel] };
    let purposes = if change.purpose == "all" {
        vec!["marketing", "informational", "transactional"]
    } else {
        vec![change.purpose]
    };
    let status = if change.granted { "granted" } else { "revoked" };
    let now = act.now_text();
    let mut first = None;
    for channel in &channels {
        for purpose in &purposes {
            let fields = json!({
                "customer_id": customer.id, "channel": channel, "purpose": purpose, "status": status,
                "recorded_at": now, "method": change.method, "evidence_id": change.evidence,
                "address": change.granted.then(|| gate::on_record(customer, channel)).flatten(),
            });
            let row = act.add("consent", "cons", fields)?;
            first.get_or_insert(row.id);
            if change.granted && *purpose != "transactional" {
                let data = json!({
                    "customer_id": customer.id, "channel": channel, "purpose": purpose,
                    "evidence_id": change.evidence, "disclosure_version": "", "granted_at": now,
                    "source": change.method,
                });
                act.emit("customer.consent_granted", &format!("customer/{}", customer.id), data);
            }
        }
    }
    let marketing = purposes.contains(&"marketing");
    let mut flags = json!({});
    if marketing && channels.contains(&"sms") {
        flags["sms_marketing_consent"] = json!(change.granted);
    }
    if marketing && channels.contains(&"email") {
        flags["email_subscribed"] = json!(change.granted);
    }
    act.change(customer, flags)?;
    if !change.granted {
        let scope = if change.purpose == "marketing" { "marketing" } else { "all" };
        let data = json!({
            "customer_id": customer.id, "channel": change.channel, "scope": scope, "method": change.method,
            "raw_text": null,
        });
        act.emit("customer.opted_out", &format!("customer/{}", customer.id), data);
    }
    Ok(first.unwrap_or_default())
}

pub(super) async fn log_compliance_event(act: &mut Act<'_>) -> Result<Value, CallError> {
    let kind = act.required("kind")?;
    let subject = match (act.text("entity"), act.text("id")) {
        (Some(entity), Some(id)) => format!("{entity}/{id}"),
        (_, _) => format!("execution/{}", act.call.execution),
    };
    let entry = act.new_id("log");
    // the log keeps the fact and points to the record; free text may hold personal data and stays in the note
    let details = json!({ "entry": entry, "kind": kind, "due_on": act.text("due_on") });
    let action = format!("compliance.{kind}");
    let tenant = &act.call.tenant;
    let audit = AuditEntry::new(tenant, act.call.now, act.call.execution.as_str(), &action, &subject).with(details);
    act.audit.push(audit);
    let text = merge::for_staff(act, act.text("details").unwrap_or_default()).await?;
    let mut row = act.outbox_row("note", &subject, text);
    row.subject = Some(kind.to_owned());
    act.outbox.push(row);
    Ok(json!({ "entry_id": entry }))
}
