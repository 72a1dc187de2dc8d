//! The contact gate: asks the contact law about one customer at the moment of sending.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::act::Act;
use crate::contact::{
    Attempt, Channel, ConsentEntry, ContactRequest, OnFile, Place, Purpose, Rules, Verdict, decide, places,
};
use crate::execution::connectors::CallError;
use crate::execution::recipients::contains;
use crate::store::outbox::SentContact;
use crate::store::{Lookup, Record};

/// Rows of one customer read at most.
const MOST: i64 = 1000;
/// Customers with one number or address looked at.
const SHARERS: i64 = 20;

/// What the gate said, with what the sender needs to record.
pub(super) struct Passage {
    pub(super) verdict: Verdict,
    /// Number or address it speaks of; empty when there is none.
    pub(super) address: String,
    /// What the contact is about; none for a reply inside a conversation.
    pub(super) topic: Option<String>,
}

/// Asks whether this customer may be contacted now. With a lead at hand that came with a number of its own, that one
/// is used where consent allows, else the one on file.
pub(super) async fn ask(
    act: &mut Act<'_>,
    customer: &Record,
    channel: Channel,
    purpose: Purpose,
) -> Result<Passage, CallError> {
    let given = given_with_lead(act, customer, channel).await?;
    if let Some(given) = &given {
        let passage = ask_about(act, customer, Some(given), (channel, purpose)).await?;
        let none_on_file = address(customer, channel).is_none();
        if none_on_file || !matches!(passage.verdict, Verdict::Block { .. }) {
            return Ok(passage);
        }
    }
    ask_about(act, customer, address(customer, channel), (channel, purpose)).await
}

async fn ask_about(
    act: &mut Act<'_>,
    customer: &Record,
    to: Option<&str>,
    (channel, purpose): (Channel, Purpose),
) -> Result<Passage, CallError> {
    let call = act.call;
    let rules = Rules::embedded().map_err(|error| super::refused(500, "Contact rules", error.to_string()))?;
    let leads = act.db().list_records_by(&call.tenant, "lead", (Lookup::Customer, &customer.id), MOST).await?;
    let entries = entries(act, customer, channel, to).await?;
    let inquiries = leads.iter().filter_map(|lead| time(lead, "created_at"));
    let given = entries.iter().filter(|e| e.granted && e.purpose != Purpose::Marketing).map(|e| e.at);
    let last_inbound = act.db().find_last_inbound(&call.tenant, &customer.id).await?;
    let open = TimeDelta::minutes(rules.caps.conversation_minutes);
    let in_conversation = last_inbound
        .and_then(|text| text.parse::<DateTime<Utc>>().ok())
        .is_some_and(|at| at <= call.now && call.now - at <= open);
    let topic = (!in_conversation).then(|| topic(act));
    let history = history(act, customer, topic.as_deref()).await?;
    let field = |name: &str| Some(customer.text(name)).filter(|text| !text.is_empty());
    let phone = to.filter(|_| channel != Channel::Email).or_else(|| field("mobile")).or_else(|| field("phone"));
    let store = Place { state: call.store.state.clone(), zone: call.store.timezone };
    let places = places(&rules.hours, field("state"), field("postal_code"), phone, &store);
    let request = ContactRequest {
        now: call.now,
        channel,
        purpose,
        on_file: on_file(channel, &entries, customer),
        has_address: to.is_some(),
        places: &places,
        in_conversation,
        last_inquiry: inquiries.chain(given).max(),
        last_business: ["last_purchase_on", "last_service_on"].iter().filter_map(|f| time(customer, f)).max(),
        // the sandbox's do-not-call list is a tag; real lists come with a real telephony connector
        dnc_listed: Some(contains(customer, "tags", "do_not_call")),
        history: &history,
        store_zone: call.store.timezone,
        store_closed: &call.store.hours.closed_on,
    };
    Ok(Passage { verdict: decide(rules, &request), address: to.unwrap_or_default().to_owned(), topic })
}

/// What went out to the customer lately, over all workflows and numbers.
async fn history(act: &Act<'_>, customer: &Record, topic: Option<&str>) -> Result<Vec<Attempt>, CallError> {
    let since = act.call.now - TimeDelta::days(31);
    let sent = act.db().list_sent_contacts(&act.call.tenant, &customer.id, since).await?;
    let attempt = |contact: &SentContact| {
        Some(Attempt {
            at: contact.created_at,
            channel: channel_of(&contact.channel)?,
            purpose: purpose_of(contact.purpose.as_deref()?)?,
            same_subject: contact.topic.is_some() && contact.topic.as_deref() == topic,
        })
    };
    Ok(sent.iter().filter_map(attempt).collect())
}

/// The number or address that came with the lead at hand, where it is not the one on file.
async fn given_with_lead(act: &mut Act<'_>, customer: &Record, channel: Channel) -> Result<Option<String>, CallError> {
    let Some(lead) = act.lead_at_hand() else { return Ok(None) };
    let Some(lead) = act.find("lead", lead).await?.filter(|lead| lead.text("customer_id") == customer.id) else {
        return Ok(None);
    };
    Ok(address(&lead, channel).map(str::to_owned))
}

/// What is on file for one channel of a customer.
pub(super) async fn file(act: &Act<'_>, customer: &Record, channel: Channel) -> Result<OnFile, CallError> {
    let entries = entries(act, customer, channel, address(customer, channel)).await?;
    Ok(on_file(channel, &entries, customer))
}

/// The consent file of one number or address: the customer's own entries, and what anybody revoked for it. An opted-out
/// number stays opted out, whoever is said to have it.
async fn entries(
    act: &Act<'_>,
    customer: &Record,
    channel: Channel,
    to: Option<&str>,
) -> Result<Vec<ConsentEntry>, CallError> {
    let tenant = &act.call.tenant;
    let own = act.db().list_records_by(tenant, "consent", (Lookup::Customer, &customer.id), MOST).await?;
    let Some(to) = to else { return Ok(own.iter().filter_map(entry).collect()) };
    let on_file = ["mobile", "phone", "email"].iter().any(|field| customer.text(field) == to);
    let mut found: Vec<ConsentEntry> = own.iter().filter_map(entry).filter(|e| e.is_about(to, on_file)).collect();
    let lookups: &[Lookup] =
        if channel == Channel::Email { &[Lookup::Email] } else { &[Lookup::Mobile, Lookup::Phone] };
    let mut rows = act.db().list_records_by(tenant, "consent", (Lookup::Address, to), MOST).await?;
    for lookup in lookups {
        for other in act.db().list_records_by(tenant, "customer", (*lookup, to), SHARERS).await? {
            rows.extend(act.db().list_records_by(tenant, "consent", (Lookup::Customer, &other.id), MOST).await?);
        }
    }
    let of_others = rows.iter().filter(|row| row.text("customer_id") != customer.id).filter_map(entry);
    found.extend(of_others.filter(|e| !e.granted && e.is_about(to, true)));
    Ok(found)
}

/// Where a customer is reached on a channel.
fn address(customer: &Record, channel: Channel) -> Option<&str> {
    let field = |name: &str| Some(customer.text(name)).filter(|text| !text.is_empty());
    match channel {
        Channel::Sms => field("mobile"),
        Channel::Email => field("email"),
        Channel::Phone => field("phone").or_else(|| field("mobile")),
    }
}

/// The number or address on file for a channel: what a consent given today is for.
pub(super) fn on_record<'c>(customer: &'c Record, channel: &str) -> Option<&'c str> {
    address(customer, channel_of(channel)?)
}

/// The consent file, and the e-mail flag that mail programmes set on the customer.
fn on_file(channel: Channel, entries: &[ConsentEntry], customer: &Record) -> OnFile {
    let found = OnFile::read(channel, entries);
    let unsubscribed = channel == Channel::Email && customer.data.get("email_subscribed") == Some(&Value::Bool(false));
    if unsubscribed && found != OnFile::RevokedAll { OnFile::RevokedMarketing } else { found }
}

/// What the contact is about: the record at hand, else the customer's matter as such.
fn topic(act: &Act<'_>) -> String {
    let id = |object: &serde_json::Map<String, Value>| {
        ["lead_id", "ro_id", "appointment_id", "deal_id", "part_order_id", "account_id"].iter().find_map(|field| {
            let id = object.get(*field).and_then(Value::as_str)?;
            Some(format!("{}/{id}", field.trim_end_matches("_id")))
        })
    };
    act.at_hand().and_then(id).unwrap_or_else(|| "general".to_owned())
}

fn entry(record: &Record) -> Option<ConsentEntry> {
    Some(ConsentEntry {
        channel: channel_of(record.text("channel"))?,
        purpose: purpose_of(record.text("purpose"))?,
        granted: record.text("status") == "granted",
        evidence: !record.text("evidence_id").is_empty(),
        inquiry: record.text("method") == "inquiry",
        address: Some(record.text("address").to_owned()).filter(|address| !address.is_empty()),
        at: time(record, "recorded_at")?,
    })
}

/// A date-time or date field; a date counts from its first moment.
fn time(record: &Record, field: &str) -> Option<DateTime<Utc>> {
    let text = record.text(field);
    let date = || text.parse::<chrono::NaiveDate>().ok().map(|d| d.and_time(chrono::NaiveTime::MIN).and_utc());
    text.parse().ok().or_else(date)
}

pub(super) fn channel_of(text: &str) -> Option<Channel> {
    match text {
        "sms" => Some(Channel::Sms),
        "email" => Some(Channel::Email),
        "phone" => Some(Channel::Phone),
        _ => None,
    }
}

pub(super) fn purpose_of(text: &str) -> Option<Purpose> {
    match text {
        "transactional" => Some(Purpose::Transactional),
        "informational" => Some(Purpose::Informational),
        "marketing" => Some(Purpose::Marketing),
        _ => None,
    }
}

pub(super) const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "sms",
        Channel::Email => "email",
        Channel::Phone => "phone",
    }
}

pub(super) const fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transactional => "transactional",
        Purpose::Informational => "informational",
        Purpose::Marketing => "marketing",
    }
}
