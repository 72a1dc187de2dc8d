//! ADF/XML 1.0 leads, read as they come: the format of 2000 is seldom sent as it was written down.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};

pub use super::adf_error::AdfError;
use super::adf_error::MAX_PROSPECTS;
use super::xml::{self, Node};
use super::{LeadCustomer, LeadVehicle, NormalisedLead, envelope};

/// Characters kept of one field, and of a comment.
const MAX_FIELD: usize = 200;
const MAX_COMMENT: usize = 4_000;
/// Miles and dollars beyond this are a mistake.
const MAX_NUMBER: i64 = 100_000_000;
const MAX_PRICE: f64 = 100_000_000.0;
/// Years a request can come from; what lies outside is a mistake, and the moment of arrival is taken instead.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

/// The leads of an ADF document, bare or inside an e-mail; `content_type` is the header it came with. All of them are
/// good, or none is taken.
///
/// # Errors
/// See [`AdfError`].
pub fn read(body: &[u8], content_type: Option<&str>) -> Result<Vec<NormalisedLead>, AdfError> {
    if body.len() > xml::MAX_BYTES {
        return Err(AdfError::TooLarge);
    }
    let text = envelope::open(body, content_type)?;
    let root = xml::read(&text).ok_or(AdfError::TooLarge)?;
    let adf = root.find("adf").ok_or(AdfError::NoProspect)?;
    let prospects: Vec<&Node> = adf.all("prospect").collect();
    if prospects.is_empty() {
        return Err(AdfError::NoProspect);
    }
    if prospects.len() > MAX_PROSPECTS {
        return Err(AdfError::TooMany);
    }
    prospects.into_iter().enumerate().map(|(at, node)| prospect(node, at)).collect()
}

fn cut(text: String, max: usize) -> String {
    if text.chars().count() <= max { text } else { text.chars().take(max).collect() }
}

/// One line of bounded length.
fn line(text: &str) -> String {
    cut(text.split_whitespace().collect::<Vec<_>>().join(" "), MAX_FIELD)
}

fn field(node: &Node, name: &str) -> Option<String> {
    node.child_text(name).map(|text| line(&text))
}

fn prospect(node: &Node, at: usize) -> Result<NormalisedLead, AdfError> {
    let vehicles: Vec<&Node> = node.all("vehicle").collect();
    let interest = |vehicle: &Node| vehicle.attribute("interest").unwrap_or_else(|| "buy".to_owned());
    let given_in = |vehicle: &Node| matches!(interest(vehicle).as_str(), "trade-in" | "trade_in" | "tradein");
    let wanted = vehicles.iter().copied().find(|v| !given_in(v) && interest(v) != "sell");
    let traded = vehicles
        .iter()
        .copied()
        .find(|v| given_in(v))
        .or_else(|| vehicles.iter().copied().find(|v| interest(v) == "sell" && wanted.is_some()));
    let main = wanted.or_else(|| vehicles.first().copied());
    let empty = Node::default();
    let party = node.child("customer").unwrap_or(&empty);
    let contact = party.child("contact").unwrap_or(party);
    let provider = node.child("provider").and_then(|provider| field(provider, "name"));
    let id = node.child("id");
    let id_source = id.and_then(|id| id.attribute_text("source")).map(|text| line(&text));
    let comments = party
        .child_text("comments")
        .or_else(|| main.and_then(|v| v.child_text("comments")))
        .or_else(|| node.child_text("comments"));
    let comments = comments.map(|text| cut(text, MAX_COMMENT));
    let (channel, time) = preference(contact);
    if contact.all("name").any(|name| name.text().is_none() && name.has_undefined_entity()) {
        return Err(AdfError::UnreadableName { prospect: at });
    }
    let customer = customer(contact, comments.as_deref());
    if customer.email.is_none()
        && customer.phone.is_none()
        && customer.mobile.is_none()
        && customer.last_name.is_empty()
        && customer.first_name.is_empty()
    {
        return Err(AdfError::NoCustomer { prospect: at });
    }
    let known_interest =
        main.map(interest).filter(|i| ["buy", "lease", "sell", "trade-in", "test-drive"].contains(&i.as_str()));
    Ok(NormalisedLead {
        source: provider.clone().or(id_source).unwrap_or_else(|| "ADF".to_owned()),
        provider,
        external_id: id.and_then(Node::text).map(|text| line(&text)),
        resent: node.attribute("status").as_deref() == Some("resend"),
        requested_at: field(node, "requestdate").and_then(|text| read_moment(&text)),
        interest: known_interest.unwrap_or_else(|| "buy".to_owned()),
        vehicle_status: main
            .and_then(|v| v.attribute("status"))
            .filter(|s| s == "used")
            .unwrap_or_else(|| "new".to_owned()),
        vehicle: main.map(vehicle).unwrap_or_default(),
        trade_in: traded.map(vehicle),
        customer,
        comments,
        preferred_channel: channel,
        preferred_time: time,
        timeframe: party.child("timeframe").map(timeframe),
        vendor: node.child("vendor").and_then(|vendor| field(vendor, "vendorname")),
    })
}

fn vehicle(node: &Node) -> LeadVehicle {
    let number =
        |name: &str| field(node, name).map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>());
    let price = node.all("price").find_map(Node::text);
    let price = price.map(|text| text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect::<String>());
    LeadVehicle {
        year: number("year").and_then(|text| text.parse().ok()).filter(|year| (1900..=2100).contains(year)),
        make: field(node, "make").unwrap_or_default(),
        model: field(node, "model").unwrap_or_default(),
        trim: field(node, "trim"),
        vin: field(node, "vin")
            .filter(|vin| vin.len() == 17 && vin.bytes().all(|b| b.is_ascii_alphanumeric()))
            .map(|vin| vin.to_uppercase()),
        stock: field(node, "stock"),
        odometer: number("odometer").and_then(|text| text.parse().ok()).filter(|miles| *miles < MAX_NUMBER),
        price: price.and_then(|text| text.parse().ok()).filter(|price| *price > 0.0 && *price < MAX_PRICE),
    }
}

fn customer(contact: &Node, comments: Option<&str>) -> LeadCustomer {
    let part = |wanted: &str| {
        let found = contact.all("name").find(|name| name.attribute("part").as_deref() == Some(wanted));
        found.and_then(Node::text).map(|text| line(&text))
    };
    let full = || {
        let found = contact.all("name").find(|name| matches!(name.attribute("part").as_deref(), None | Some("full")));
        found.and_then(Node::text).map(|text| line(&text))
    };
    let (mut first_name, mut last_name) =
        (part("first").unwrap_or_default(), part("last").or_else(|| part("surname")).unwrap_or_default());
    if first_name.is_empty() && last_name.is_empty() {
        let name = full().unwrap_or_default();
        (first_name, last_name) = match name.rsplit_once(' ') {
            Some((first, last)) => (first.trim().to_owned(), last.to_owned()),
            None => (String::new(), name),
        };
    }
    let business = contact.all("name").any(|name| name.attribute("type").as_deref() == Some("business"));
    let is_mobile = |phone: &Node| matches!(phone.attribute("type").as_deref(), Some("cellphone" | "mobile" | "cell"));
    let reachable = |phone: &&Node| phone.attribute("type").as_deref() != Some("fax");
    let mobile = contact.all("phone").filter(|phone| is_mobile(phone)).find_map(|phone| read_phone(&phone.text()?));
    let phone = contact
        .all("phone")
        .filter(reachable)
        .filter(|phone| !is_mobile(phone))
        .find_map(|phone| read_phone(&phone.text()?));
    let spanish = comments.is_some_and(is_spanish);
    LeadCustomer {
        first_name,
        last_name,
        business,
        email: contact.all("email").find_map(|email| read_email(&email.text()?)),
        mobile,
        phone,
        language: if spanish { "es" } else { "en" }.to_owned(),
    }
}

/// Whether a comment is written in Spanish; a question *about* Spanish in English is not.
fn is_spanish(text: &str) -> bool {
    let words: Vec<String> = text.to_lowercase().split(|c: char| !c.is_alphabetic()).map(str::to_owned).collect();
    let common = [
        "el", "la", "los", "para", "quiero", "hola", "estoy", "gracias", "precio", "carro", "está", "por", "favor",
        "me", "interesa", "habla", "espanol", "español", "se",
    ];
    let hits = words.iter().filter(|word| common.contains(&word.as_str())).count();
    hits >= 3 && hits * 3 >= words.len()
}

/// Ten digits of a US number in E.164; `None` when it is none.
fn read_phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match (digits.len(), digits.strip_prefix('1')) {
        (10, _) => Some(format!("+1{digits}")),
        (11, Some(rest)) => Some(format!("+1{rest}")),
        _ => None,
    }
}

fn read_email(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches("mailto:").to_lowercase();
    let (user, host) = text.split_once('@')?;
    let ok = !user.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) && text.len() <= 254;
    ok.then_some(text)
}

/// Channel and time of day the customer prefers.
fn preference(contact: &Node) -> (String, String) {
    let marked = |node: &&Node| node.attribute("preferredcontact").as_deref() == Some("1");
    let phone = contact.all("phone").find(marked);
    let channel = if phone.is_some() {
        "phone"
    } else if contact.all("email").any(|email| marked(&email)) {
        "email"
    } else {
        "any"
    };
    let time = phone.or_else(|| contact.child("phone")).and_then(|phone| phone.attribute("time"));
    let known = time.filter(|time| ["morning", "afternoon", "evening", "day", "nopreference"].contains(&time.as_str()));
    (channel.to_owned(), known.unwrap_or_else(|| "nopreference".to_owned()))
}

fn timeframe(node: &Node) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let date = |name: &str| field(node, name).and_then(|text| text.get(..10)?.parse().ok());
    (date("earliestdate"), date("latestdate"))
}

/// Reads `2026-03-14T19:42:05-05:00` and what is sent instead: one-digit hours, no offset, `-08:0`, a blank for the `T`.
fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().replacen(' ', "T", 1);
    let (date, rest) = text.split_once('T')?;
    let date = date.parse::<NaiveDate>().ok().filter(|date| YEARS.contains(&date.year()))?;
    let rest = rest.trim_end_matches('Z');
    let sign = rest.rfind(['+', '-']);
    let (clock, offset) = sign.map_or((rest, None), |at| (&rest[..at], Some(&rest[at..])));
    let mut parts = clock.trim().split(':').map(|part| part.split('.').next().unwrap_or(part).trim().parse::<u32>());
    let hour = parts.next()?.ok()?;
    let minute = parts.next().and_then(Result::ok).unwrap_or(0);
    let second = parts.next().and_then(Result::ok).unwrap_or(0);
    let local: NaiveDateTime = date.and_hms_opt(hour, minute, second)?;
    let zone = match offset {
        Some(offset) => read_offset(offset)?,
        None => FixedOffset::east_opt(0)?,
    };
    zone.from_local_datetime(&local).single().map(|at| at.with_timezone(&Utc))
}

/// `-05:00`, `-0500`, `-08:0`, `-5`.
fn read_offset(text: &str) -> Option<FixedOffset> {
    let digits = text.get(1..)?.replace(' ', "");
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None => digits.split_at_checked(2).unwrap_or((&digits, "")),
    };
    let minutes = if minutes.is_empty() { 0 } else { minutes.parse::<u8>().ok()? };
    let seconds = i32::from(hours.parse::<u8>().ok()?) * 3600 + i32::from(minutes) * 60;
    if text.starts_with('-') { FixedOffset::west_opt(seconds) } else { FixedOffset::east_opt(seconds) }
}

#[cfg(test)]
#[path = "adf_tests.rs"]
mod tests;
