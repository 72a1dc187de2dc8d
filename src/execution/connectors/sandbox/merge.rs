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

/// A text with its fields filled in, or the field that is empty.
pub(super) enum Rendered {
    Text(String),
    Missing(String),
}

/// Fills in a text for a customer or a member of staff.
pub(super) fn render(act: &Act<'_>, text: &str, roots: &MergeRoots, language: Language) -> Result<Rendered, CallError> {
    let parsed = MergeText::parse(text).map_err(|error| refused(422, "Text not valid", error.to_string()))?;
    Ok(match parsed.render(roots, language, act.call.store.timezone) {
        Ok(text) => Rendered::Text(text),
        Err(error) => Rendered::Missing(error.field),
    })
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
