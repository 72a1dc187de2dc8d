//! `CloudEvents` 1.0, structured JSON mode, checked against the catalog.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use jsonschema::Validator;
use serde_json::{Map, Value};

use crate::execution::error::InvalidField;
use crate::workflow::catalog::{Catalog, EventType};

/// Characters of an attribute at most.
const MAX_ATTRIBUTE: usize = 512;
/// Problems reported at most.
const MAX_PROBLEMS: usize = 20;
/// Types may carry our prefix at the outer boundary.
const PREFIX: &str = "com.auterity.";

/// A checked event.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudEvent {
    /// `id`.
    pub id: String,
    /// `source`.
    pub source: String,
    /// `type`, a name of the catalog.
    pub event_type: String,
    /// `data.store_id`.
    pub store_id: String,
    /// The whole event, `type` without prefix.
    pub envelope: Value,
}

/// Checks an event of a tenant; what is wrong is named by pointers into the body.
///
/// # Errors
/// Every problem found, [`MAX_PROBLEMS`] at most.
pub fn read(body: Value, tenant_slug: &str) -> Result<CloudEvent, Vec<InvalidField>> {
    let Value::Object(mut envelope) = body else {
        return Err(vec![InvalidField::new("", "must be a CloudEvent: a JSON object")]);
    };
    let mut problems = Vec::new();
    if envelope.get("specversion").and_then(Value::as_str) != Some("1.0") {
        problems.push(InvalidField::new("/specversion", "must be \"1.0\""));
    }
    let id = attribute(&envelope, "id", &mut problems);
    let source = attribute(&envelope, "source", &mut problems);
    let event_type = attribute(&envelope, "type", &mut problems);
    let event_type = event_type.strip_prefix(PREFIX).unwrap_or(&event_type).to_owned();
    if let Some(time) = envelope.get("time")
        && time.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok()).is_none()
    {
        problems.push(InvalidField::new("/time", "must be a moment as RFC 3339 writes it"));
    }
    let content = envelope.get("datacontenttype").map(|value| value.as_str().unwrap_or_default());
    if content.is_some_and(|content| !content.starts_with("application/json")) {
        problems.push(InvalidField::new("/datacontenttype", "must be application/json"));
    }
    let mut store_id = String::new();
    match (Catalog::embedded().event(&event_type), envelope.get("data")) {
        (None, _) if event_type.is_empty() => {}
        (None, _) => problems.push(InvalidField::new("/type", format!("{event_type} is not an event of the catalog"))),
        (Some(_), None) => problems.push(InvalidField::new("/data", "is missing")),
        (Some(known), Some(data)) => {
            problems.extend(data_problems(known, data));
            if data.get("dealer_id").and_then(Value::as_str).is_some_and(|dealer| dealer != tenant_slug) {
                problems
                    .push(InvalidField::new("/data/dealer_id", format!("must be {tenant_slug}, your dealer group")));
            }
            data.get("store_id").and_then(Value::as_str).unwrap_or_default().clone_into(&mut store_id);
        }
    }
    if !problems.is_empty() {
        problems.truncate(MAX_PROBLEMS);
        return Err(problems);
    }
    envelope.insert("type".to_owned(), Value::String(event_type.clone()));
    Ok(CloudEvent { id, source, event_type, store_id, envelope: Value::Object(envelope) })
}

fn attribute(envelope: &Map<String, Value>, name: &str, problems: &mut Vec<InvalidField>) -> String {
    let pointer = format!("/{name}");
    match envelope.get(name).map(Value::as_str) {
        Some(Some(text)) if text.chars().any(char::is_control) => {
            problems.push(InvalidField::new(pointer, "must not hold control characters"));
        }
        Some(Some(text)) if !text.is_empty() && text.chars().count() <= MAX_ATTRIBUTE => return text.to_owned(),
        Some(Some(_)) => {
            problems.push(InvalidField::new(pointer, format!("must have 1 to {MAX_ATTRIBUTE} characters")));
        }
        Some(None) => problems.push(InvalidField::new(pointer, "must be text")),
        None => problems.push(InvalidField::new(pointer, "is missing")),
    }
    String::new()
}

static VALIDATORS: LazyLock<RwLock<HashMap<String, Option<Arc<Validator>>>>> = LazyLock::new(RwLock::default);

fn validator(event: &EventType) -> Option<Arc<Validator>> {
    let known = VALIDATORS.read().unwrap_or_else(PoisonError::into_inner).get(&event.name).cloned();
    known.unwrap_or_else(|| {
        let compiled = jsonschema::draft202012::options().should_validate_formats(true).build(&event.schema());
        let compiled = compiled.ok().map(Arc::new);
        VALIDATORS.write().unwrap_or_else(PoisonError::into_inner).insert(event.name.clone(), compiled.clone());
        compiled
    })
}

/// What is wrong with the payload.
fn data_problems(event: &EventType, data: &Value) -> Vec<InvalidField> {
    if mentions_nul(data) {
        return vec![InvalidField::new("/data", "must not hold the character U+0000")];
    }
    let Some(validator) = validator(event) else { return Vec::new() };
    let problem = |error: jsonschema::ValidationError<'_>| {
        InvalidField::new(
            format!("/data{}", error.instance_path()),
            error.to_string().chars().take(300).collect::<String>(),
        )
    };
    validator.iter_errors(data).take(MAX_PROBLEMS).map(problem).collect()
}

/// No database column can hold it.
fn mentions_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(mentions_nul),
        Value::Object(map) => map.iter().any(|(key, item)| key.contains('\0') || mentions_nul(item)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
