//! Merge fields: the records a text may speak of, resolved at the moment of sending.

use chrono::{Datelike, Days};
use serde_json::{Map, Value, json};

use super::act::Act;
use super::refused;
use crate::execution::connectors::CallError;
use crate::model::tenant::{OpenHours, Store};
use crate::store::Record;
use crate::workflow::Language;
use crate::workflow::text::{MergeRoots, MergeText};

/// A text with its fields filled in.
pub(super) struct Filled {
    /// An empty field is written as a dash.
    pub(super) text: String,
    /// The first empty field.
    pub(super) empty: Option<String>,
}

/// Fields of one text at most.
const FIELDS: usize = 100;

/// Fills in a text for a customer or a member of staff.
pub(super) fn fill(act: &Act<'_>, text: &str, roots: &MergeRoots, language: Language) -> Result<Filled, CallError> {
    let mut text = text.to_owned();
    let mut empty = None;
    for _ in 0..FIELDS {
        let parsed = MergeText::parse(&text).map_err(|error| refused(422, "Text not valid", error.to_string()))?;
        match parsed.render(roots, language, act.call.store.timezone) {
            Ok(text) => return Ok(Filled { text, empty }),
            Err(error) => {
                text = without_field(&text, &error.field);
                empty.get_or_insert(error.field);
            }
        }
    }
    Err(refused(422, "Text not valid", "too many empty fields"))
}

/// A text to staff, or one that is kept. An empty field must not silence an alarm: it is written as a dash.
pub(super) async fn for_staff(act: &mut Act<'_>, text: &str) -> Result<String, CallError> {
    let roots = roots(act, None, Language::En).await?;
    Ok(fill(act, text, &roots, Language::En)?.text)
}

/// The key of a `once`. An empty field is refused: a dash would be the same key for every record that lacks it.
pub(super) async fn key(act: &mut Act<'_>, text: &str) -> Result<String, CallError> {
    if !text.contains("{{") {
        return Ok(text.to_owned());
    }
    let roots = roots(act, None, Language::En).await?;
    let filled = fill(act, text, &roots, Language::En)?;
    match filled.empty {
        Some(field) => Err(refused(422, "Input not valid", format!("the key of once is not whole: {field} is empty"))),
        None => Ok(filled.text),
    }
}

/// The text with the merge field `{{ field … }}` replaced by a dash.
fn without_field(text: &str, field: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once("}}") else { break };
        let name = inside.split('|').next().unwrap_or_default().trim();
        if name == field {
            out.push('–');
        } else {
            out.push_str("{{");
            out.push_str(inside);
            out.push_str("}}");
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The roots of the call at hand. `customer` is the one addressed, else the one of the record at hand.
pub(super) async fn roots(
    act: &mut Act<'_>,
    addressed: Option<&Record>,
    language: Language,
) -> Result<MergeRoots, CallError> {
    let mut roots = Map::new();
    roots.insert("event".to_owned(), act.call.event.clone());
    roots.insert("context".to_owned(), act.call.context.clone());
    let customer = match addressed {
        Some(customer) => Some(customer.data.clone()),
        None => match customer_at_hand(act) {
            Some(id) => act.find("customer", &id).await?.map(|record| record.data),
            None => None,
        },
    };
    roots.insert("customer".to_owned(), customer.clone().unwrap_or(Value::Null));
    let owner = match act.people("record_owner").await {
        Ok(people) => people.into_iter().next().map(|record| record.data),
        Err(CallError::Terminal { .. }) => None,
        Err(error @ CallError::Retryable(_)) => return Err(error),
    };
    roots.insert("owner".to_owned(), owner.unwrap_or(Value::Null));
    roots.insert("store".to_owned(), store_root(act, language));
    roots.insert("link".to_owned(), links(act, customer.as_ref()));
    roots.extend(act.call.locals.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(MergeRoots(roots))
}

/// The customer of the innermost record.
pub(super) fn customer_at_hand(act: &Act<'_>) -> Option<String> {
    let locals = act.call.locals.values().rev().filter_map(Value::as_object);
    let objects = locals.chain(act.call.event.as_object());
    for object in objects {
        let is_customer = object.contains_key("sms_marketing_consent");
        let id = if is_customer { object.get("id") } else { object.get("customer_id") };
        if let Some(id) = id.and_then(Value::as_str) {
            return Some(id.to_owned());
        }
    }
    None
}

fn store_root(act: &Act<'_>, language: Language) -> Value {
    let store = &act.call.store;
    let hours = next_hours(act);
    let clock = |time: chrono::NaiveTime| match language {
        Language::En => time.format("%-I:%M %p").to_string(),
        Language::Es => time.format("%-H:%M").to_string(),
    };
    json!({
        "id": store.id, "name": store.name, "phone": store.phone, "address": store.address, "website": store.website,
        "timezone": store.timezone.name(), "opens_at": hours.map(|h| clock(h.opens)),
        "closes_at": hours.map(|h| clock(h.closes)), "price_disclosure": store.price_disclosure,
    })
}

/// Sales hours of today while the store still is or will be open, else of the next open day.
fn next_hours(act: &Act<'_>) -> Option<OpenHours> {
    let store: &Store = &act.call.store;
    let local = act.call.now.with_timezone(&store.timezone);
    let week = store.hours.departments.get("sales").or_else(|| store.hours.departments.values().next())?;
    (0..14).find_map(|ahead| {
        let day = local.date_naive().checked_add_days(Days::new(ahead))?;
        let hours = week[day.weekday().num_days_from_sunday() as usize]?;
        let over = ahead == 0 && local.time() >= hours.closes;
        (!over && !store.hours.closed_on.contains(&day)).then_some(hours)
    })
}

/// Links into the customer portal; each names the record it is about.
fn links(act: &Act<'_>, customer: Option<&Value>) -> Value {
    let site = act.call.store.website.trim_end_matches('/');
    let at_hand = |field: &str| act.at_hand().and_then(|o| o.get(field)).and_then(Value::as_str);
    let customer = customer.and_then(|c| c.get("id")).and_then(Value::as_str);
    let about = |page: &str, id: Option<&str>| match id {
        Some(id) => format!("{site}/{page}/{id}"),
        None => format!("{site}/{page}"),
    };
    let stock = at_hand("stock").or_else(|| act.at_hand()?.get("vehicle")?.get("stock")?.as_str());
    json!({
        "booking": about("book", customer), "documents": about("documents", at_hand("deal_id").or(customer)),
        "estimate": about("estimate", at_hand("ro_id")), "listing": about("inventory", stock),
        "payment": about("pay", at_hand("ro_id").or_else(|| at_hand("deal_id")).or(customer)),
        "portal": about("portal", customer),
    })
}
