//! Texts and e-mails to customers, through the gate.

use serde_json::json;

use super::act::Act;
use super::merge;
use super::{Step, gate, internal, refused};
use crate::contact::{Channel, Purpose, Verdict};
use crate::execution::connectors::CallError;
use crate::store::{CallCommit, Lookup, OutboxEntry, Record};
use crate::workflow::Language;

/// Why a message with an empty merge field does not go out.
const EMPTY_FIELD: &str = "merge_field_empty";

/// A message to one customer, before the gate.
pub(super) struct Message<'m> {
    pub(super) channel: Channel,
    pub(super) purpose: Purpose,
    pub(super) subject: Option<&'m str>,
    pub(super) body: &'m str,
}

/// What became of it.
pub(super) enum Fate {
    Sent { id: String },
    Blocked { id: String, reason: String },
    Deferred(Step),
}

impl Fate {
    /// The answer of an action with `message_id`, `status` and `reason`.
    fn answer(self) -> Step {
        match self {
            Self::Sent { id } => Step::Done(json!({ "message_id": id, "status": "sent", "reason": null })),
            Self::Blocked { id, reason } => {
                Step::Done(json!({ "message_id": id, "status": "blocked", "reason": reason }))
            }
            Self::Deferred(step) => step,
        }
    }

    /// The answer of an action that only names what it made.
    pub(super) fn named(self, field: &str) -> Step {
        match self {
            Self::Sent { id } | Self::Blocked { id, .. } => Step::Done(json!({ (field): id })),
            Self::Deferred(step) => step,
        }
    }
}

/// Passes the gate, fills in the text and puts the message out; records why when it may not go.
pub(super) async fn deliver(act: &mut Act<'_>, customer: &Record, message: &Message<'_>) -> Result<Fate, CallError> {
    let passage = gate::ask(act, customer, message.channel, message.purpose).await?;
    let language = language(act, customer);
    let roots = merge::roots(act, Some(customer), language).await?;
    let subject = message.subject.map(|subject| merge::fill(act, subject, &roots, language)).transpose()?;
    let body = merge::fill(act, message.body, &roots, language)?;
    let empty = subject.as_ref().and_then(|subject| subject.empty.clone()).or_else(|| body.empty.clone());
    let blocked = match passage.verdict {
        Verdict::Block { reason } => Some(reason.code()),
        Verdict::Allow { .. } | Verdict::Defer { .. } => empty.as_ref().map(|_| EMPTY_FIELD),
    };
    let mut row = act.outbox_row(gate::channel_name(message.channel), &passage.address, body.text);
    if let Some(shown) = act.db().find_held_outbox(&act.call.tenant, &act.call.idempotency_key).await? {
        row.id = shown;
    }
    row.subject = subject.map(|subject| subject.text);
    row.customer_id = Some(customer.id.clone());
    row.purpose = Some(gate::purpose_name(message.purpose).to_owned());
    if let Verdict::Defer { until, reason } = passage.verdict {
        // shown while it waits, filled in as far as it can be now
        row.status = "held".to_owned();
        row.reason = Some(reason.code().to_owned());
        row.held_until = Some(until);
        act.outbox.push(row);
        return Ok(Fate::Deferred(Step::Deferred { until, reason: reason.code() }));
    }
    if let Some(reason) = blocked {
        if let Some(field) = empty.filter(|_| reason == EMPTY_FIELD) {
            let title = format!("Message to {} not sent: {field} is empty", customer.text("name"));
            internal::open_task(act, "record_owner", &title, Some(("customer", &customer.id))).await?;
        }
        return Ok(block(act, row, reason));
    }
    row.body = match message.channel {
        Channel::Sms => with_opening(act, customer, row.body, language).await?,
        Channel::Email if message.purpose == Purpose::Marketing => with_footer(act, &row.body, language),
        Channel::Email | Channel::Phone => row.body,
    };
    row.topic = passage.topic;
    let id = row.id.to_string();
    act.outbox.push(row);
    touch_lead(act).await?;
    Ok(Fate::Sent { id })
}

/// Puts the message into the outbox as one that did not go out, as the customer would have read it.
fn block(act: &mut Act<'_>, mut row: OutboxEntry, reason: &str) -> Fate {
    row.status = "blocked".to_owned();
    row.reason = Some(reason.to_owned());
    let id = row.id.to_string();
    act.outbox.push(row);
    act.nothing_sent = true;
    Fate::Blocked { id, reason: reason.to_owned() }
}

/// The language asked for, else the customer's.
pub(super) fn language(act: &Act<'_>, customer: &Record) -> Language {
    let asked = act.text("language").filter(|tag| *tag != "customer");
    Language::from_tag(asked.unwrap_or_else(|| customer.text("language")))
}

/// The first text of a thread names the store and says how to opt out.
async fn with_opening(act: &Act<'_>, customer: &Record, body: String, language: Language) -> Result<String, CallError> {
    let since = act.call.now - chrono::TimeDelta::days(90);
    let sent = act.db().list_sent_contacts(&act.call.tenant, &customer.id, since).await?;
    if sent.iter().any(|contact| contact.channel == "sms") {
        return Ok(body);
    }
    let store = &act.call.store.name;
    let named = if body.contains(store.as_str()) { body } else { format!("{store}: {body}") };
    if named.to_uppercase().contains("STOP") {
        return Ok(named);
    }
    Ok(match language {
        Language::En => format!("{named} Reply STOP to opt out."),
        Language::Es => format!("{named} Responda STOP para no recibir más."),
    })
}

/// What CAN-SPAM asks of an advertisement.
fn with_footer(act: &Act<'_>, body: &str, language: Language) -> String {
    let store = &act.call.store;
    let unsubscribe = match language {
        Language::En => "This is an advertisement. Unsubscribe",
        Language::Es => "Esto es publicidad. Cancelar suscripción",
    };
    format!("{body}\n\n{}\n{}\n{unsubscribe}: {}/unsubscribe", store.name, store.address, store.website)
}

/// A contact about a lead counts as the lead's last contact.
async fn touch_lead(act: &mut Act<'_>) -> Result<(), CallError> {
    let Some(id) = act.lead_at_hand() else { return Ok(()) };
    if let Some(lead) = act.find("lead", id).await? {
        let now = act.now_text();
        act.change(&lead, json!({ "last_contact_at": now }))?;
    }
    Ok(())
}

fn purpose(act: &Act<'_>) -> Result<Purpose, CallError> {
    gate::purpose_of(act.required("purpose")?).ok_or_else(|| refused(422, "Input not valid", "purpose"))
}

fn channel(act: &Act<'_>) -> Result<Channel, CallError> {
    gate::channel_of(act.required("channel")?).ok_or_else(|| refused(422, "Input not valid", "channel"))
}

pub(super) async fn send_sms(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let message = Message { channel: Channel::Sms, purpose: purpose(act)?, subject: None, body: act.required("body")? };
    Ok(deliver(act, &customer, &message).await?.answer())
}

pub(super) async fn send_email(act: &mut Act<'_>) -> Result<Step, CallError> {
    let message = Message {
        channel: Channel::Email,
        purpose: purpose(act)?,
        subject: Some(act.required("subject")?),
        body: act.required("body")?,
    };
    let Some(address) = act.text("to") else {
        let customer = act.record("customer", act.id("customer_id")?).await?;
        return Ok(deliver(act, &customer, &message).await?.answer());
    };
    // an address of one of our customers is that customer, with their consent
    let known = act.db().list_records_by(&act.call.tenant, "customer", (Lookup::Email, address), 1).await?;
    if let Some(customer) = known.into_iter().next() {
        return Ok(deliver(act, &customer, &message).await?.answer());
    }
    let roots = merge::roots(act, None, Language::En).await?;
    let subject = merge::fill(act, message.subject.unwrap_or_default(), &roots, Language::En)?;
    let body = merge::fill(act, message.body, &roots, Language::En)?;
    if let Some(field) = subject.empty.or(body.empty) {
        internal::open_task(act, "record_owner", &format!("E-mail not sent: {field} is empty"), None).await?;
        let mut row = act.outbox_row("email", address, body.text);
        row.subject = Some(subject.text);
        return Ok(block(act, row, EMPTY_FIELD).answer());
    }
    let (subject, body) = (subject.text, body.text);
    let body = if message.purpose == Purpose::Marketing { with_footer(act, &body, Language::En) } else { body };
    let mut row = act.outbox_row("email", address, body);
    row.subject = Some(subject);
    row.purpose = Some(gate::purpose_name(message.purpose).to_owned());
    let id = row.id.to_string();
    act.outbox.push(row);
    Ok(Fate::Sent { id }.answer())
}

pub(super) async fn send_survey(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    if let Some(wait) = delayed(act).await? {
        return Ok(wait);
    }
    let link = format!("{}/survey/{}", act.call.store.website, act.required("survey_id")?);
    let body = match language(act, &customer) {
        Language::En => format!("{}: how did we do? It takes a minute: {link}", act.call.store.name),
        Language::Es => format!("{}: ¿cómo lo hicimos? Solo toma un minuto: {link}", act.call.store.name),
    };
    let message = Message {
        channel: channel(act)?,
        purpose: Purpose::Informational,
        subject: Some("How did we do?"),
        body: &body,
    };
    Ok(deliver(act, &customer, &message).await?.named("survey_send_id"))
}

/// A survey's `delay` counts from the first time the call was made; when it ends is noted under a key of its own.
async fn delayed(act: &Act<'_>) -> Result<Option<Step>, CallError> {
    let Some(until) = act.after("delay")? else { return Ok(None) };
    let key = format!("{}#delay", act.call.idempotency_key);
    let noted = act.db().find_call(&act.call.tenant, &key).await?;
    let due = match noted.as_ref().and_then(|noted| noted["due"].as_str()?.parse().ok()) {
        Some(due) => due,
        None => {
            let note = CallCommit {
                tenant: act.call.tenant.clone(),
                idempotency_key: key,
                action: format!("{}.delay", act.call.action),
                output: json!({ "due": until }),
                inserts: Vec::new(),
                updates: Vec::new(),
                outbox: Vec::new(),
                events: Vec::new(),
                audit: Vec::new(),
                once: None,
                turn: None,
            };
            act.db().commit_call(&note, act.call.now).await?;
            until
        }
    };
    Ok((due > act.call.now).then_some(Step::Deferred { until: due, reason: "delay" }))
}

pub(super) async fn request_review(act: &mut Act<'_>) -> Result<Step, CallError> {
    let customer = act.record("customer", act.id("customer_id")?).await?;
    let link = format!("{}/review/{}", act.call.store.website, act.required("platform")?);
    let body = match language(act, &customer) {
        Language::En => {
            format!("{}: thank you for your visit. Would you tell others how it was? {link}", act.call.store.name)
        }
        Language::Es => {
            format!("{}: gracias por su visita. ¿Les contaría a otros cómo fue? {link}", act.call.store.name)
        }
    };
    let message = Message {
        channel: channel(act)?,
        purpose: Purpose::Marketing,
        subject: Some("How was your visit?"),
        body: &body,
    };
    Ok(deliver(act, &customer, &message).await?.named("message_id"))
}
