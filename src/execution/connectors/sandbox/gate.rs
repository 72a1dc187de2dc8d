//! The contact gate: asks the contact law about one customer at the moment of sending.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::act::Act;
use crate::contact::{
    Attempt, Channel, ConsentEntry, ContactRequest, OnFile, Place, Purpose, Rules, Verdict, decide, places,
};
use crate::execution::connectors::CallError;
use crate::execution::recipients::contains;
use crate::store::{Lookup, Record};

/// Rows of one customer read at most.
const MOST: i64 = 1000;

/// What the gate said, with what the sender needs to record.
pub(super) struct Passage {
    pub(super) verdict: Verdict,
    /// What the contact is about; none for a reply inside a conversation.
    pub(super) topic: Option<String>,
}

/// Asks whether this customer may be contacted now.
pub(super) async fn ask(
    act: &mut Act<'_>,
    customer: &Record,
    channel: Channel,
    purpose: Purpose,
) -> Result<Passage, CallError> {
    let call = act.call;
    let rules = Rules::embedded().map_err(|error| super::refused(500, "Contact rules", error.to_string()))?;
    let of_customer = (Lookup::Customer, customer.id.as_str());
    let consents = act.db().list_records_by(&call.tenant, "consent", of_customer, MOST).await?;
    let leads = act.db().list_records_by(&call.tenant, "lead", of_customer, MOST).await?;
    let entries: Vec<ConsentEntry> = consents.iter().filter_map(entry).collect();
    let inquiries = leads.iter().filter_map(|lead| time(lead, "created_at"));
    let given = entries.iter().filter(|e| e.granted && e.purpose != Purpose::Marketing).map(|e| e.at);
    let last_inbound = act.db().find_last_inbound(&call.tenant, &customer.id).await?;
    let open = TimeDelta::minutes(rules.caps.conversation_minutes);
    let in_conversation = last_inbound
        .and_then(|text| text.parse::<DateTime<Utc>>().ok())
        .is_some_and(|at| at <= call.now && call.now - at <= open);
    let topic = (!in_conversation).then(|| topic(act));
    let sent = act.db().list_sent_contacts(&call.tenant, &customer.id, call.now - TimeDelta::days(31)).await?;
    let history: Vec<Attempt> = sent
        .iter()
        .filter_map(|contact| {
            Some(Attempt {
                at: contact.created_at,
                channel: channel_of(&contact.channel)?,
                purpose: purpose_of(contact.purpose.as_deref()?)?,
                same_subject: contact.topic.is_some() && contact.topic == topic,
            })
        })
        .collect();
    let phone = Some(customer.text("mobile")).filter(|n| !n.is_empty()).unwrap_or_else(|| customer.text("phone"));
    let field = |name: &str| Some(customer.text(name)).filter(|text| !text.is_empty());
    let store = Place { state: call.store.state.clone(), zone: call.store.timezone };
    let places = places(&rules.hours, field("state"), field("postal_code"), Some(phone), &store);
    let request = ContactRequest {
        now: call.now,
        channel,
        purpose,
        on_file: on_file(channel, &entries, customer),
        has_address: address(customer, channel).is_some(),
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
    Ok(Passage { verdict: decide(rules, &request), topic })
}

/// What is on file for one channel of a customer.
pub(super) async fn file(act: &Act<'_>, customer: &Record, channel: Channel) -> Result<OnFile, CallError> {
    let of_customer = (Lookup::Customer, customer.id.as_str());
    let consents = act.db().list_records_by(&act.call.tenant, "consent", of_customer, MOST).await?;
    let entries: Vec<ConsentEntry> = consents.iter().filter_map(entry).collect();
    Ok(on_file(channel, &entries, customer))
}

/// Where a customer is reached on a channel.
pub(super) fn address(customer: &Record, channel: Channel) -> Option<&str> {
    let field = |name: &str| Some(customer.text(name)).filter(|text| !text.is_empty());
    match channel {
        Channel::Sms => field("mobile"),
        Channel::Email => field("email"),
        Channel::Phone => field("phone").or_else(|| field("mobile")),
    }
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
