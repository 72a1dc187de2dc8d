//! What a definition has the power to do: what starts it, which steps act, whom they reach, which hosts and addresses
//! it names, whose records it goes through. Waits, wording and conditions are not powers; they shape what is there.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::{Action, Catalog, RiskClass};
use super::document::{Definition, Schedule, Task, TaskKind, escape};
use super::fields::{Field, FieldType};

/// The kind of a [`Power`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PowerKind {
    /// What starts it: an event's name, or `cron`, `every`, `after`.
    Trigger,
    /// A step that acts: the name of an action that does more than look something up, `emit <event>`, `run`, `http` …
    Step,
    /// Somebody who is reached, as a definition writes recipients; `customer <id>` for one customer by name.
    Recipient,
    /// A host, an e-mail address or a telephone number, wherever it stands.
    Host,
    /// Records that are gone through: the kind of record of a search that is not about the one at hand.
    Audience,
}

/// One thing a definition can do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Power {
    /// Its kind.
    pub kind: PowerKind,
    /// What exactly; see [`PowerKind`].
    pub value: String,
    /// Where it stands.
    pub pointer: String,
}

impl Power {
    /// Whether both are the same power, wherever they stand.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.kind == other.kind && self.value == other.value
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} at {}", self.kind, self.value, self.pointer)
    }
}

/// Everything a definition can do, in document order; the same power may stand in several places.
#[must_use]
pub fn powers(definition: &Definition, catalog: &Catalog) -> Vec<Power> {
    let mut found = Found { catalog, powers: Vec::new() };
    found.trigger(definition);
    for task in definition.all_tasks() {
        found.task(&task);
    }
    found.hosts(definition.raw(), "");
    found.powers
}

/// Calls of the DSL that need no catalog.
const PROTOCOLS: [&str; 6] = ["http", "openapi", "grpc", "asyncapi", "mcp", "a2a"];

struct Found<'c> {
    catalog: &'c Catalog,
    powers: Vec<Power>,
}

impl Found<'_> {
    fn add(&mut self, kind: PowerKind, value: impl Into<String>, pointer: impl Into<String>) {
        self.powers.push(Power { kind, value: value.into(), pointer: pointer.into() });
    }

    fn trigger(&mut self, definition: &Definition) {
        if let Schedule::On(on) = definition.schedule() {
            for filter in on.all_filters() {
                self.add(PowerKind::Trigger, filter.event_type().unwrap_or("any event"), filter.pointer.clone());
            }
        }
        for key in ["cron", "every", "after"] {
            if definition.raw().pointer(&format!("/schedule/{key}")).is_some() {
                self.add(PowerKind::Trigger, key, format!("/schedule/{key}"));
            }
        }
    }

    fn task(&mut self, task: &Task<'_>) {
        match task.kind() {
            TaskKind::Call { .. } => self.call(task),
            TaskKind::Emit(_) => {
                let event = task.raw.get("emit").and_then(|emit| emit.pointer("/event/with/type"));
                let event = event.and_then(Value::as_str).unwrap_or("an event");
                self.add(PowerKind::Step, format!("emit {event}"), task.pointer.clone());
            }
            TaskKind::Run(_) => self.add(PowerKind::Step, "run", task.pointer.clone()),
            TaskKind::Do(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Listen(_)
            | TaskKind::Raise(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Try { .. }
            | TaskKind::Wait(_)
            | TaskKind::Unknown => {}
        }
    }

    fn call(&mut self, task: &Task<'_>) {
        let name = task.text("call").unwrap_or_default();
        let Some(action) = self.catalog.action(name) else {
            // what neither the catalog nor the DSL knows does nothing, and the validator says so
            if PROTOCOLS.contains(&name) {
                self.add(PowerKind::Step, name, task.pointer.clone());
            }
            return;
        };
        if action.risk > RiskClass::ReadOnly {
            self.add(PowerKind::Step, name, task.pointer.clone());
        }
        let Some(with) = task.raw.get("with").and_then(Value::as_object) else { return };
        for (key, value) in with {
            let Some(field) = action.inputs.get(key) else { continue };
            self.reached(field, value, &format!("{}/with/{}", task.pointer, escape(key)));
        }
        self.audience(action, task);
    }

    /// People named by an input: recipients, and customers or employees by their id.
    fn reached(&mut self, field: &Field, value: &Value, pointer: &str) {
        if let (FieldType::Array, Some(items)) = (field.ty, &field.items) {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                self.reached(items, item, &format!("{pointer}/{index}"));
            }
            return;
        }
        let Some(text) = value.as_str() else { return };
        let person = matches!(field.of.as_deref(), Some("customer" | "employee"));
        if field.ty != FieldType::Recipient && !(field.ty == FieldType::Id && person) {
            return;
        }
        let entity = field.of.as_deref().unwrap_or_default();
        if text.contains("${") {
            // an expression reads whom the record at hand names; what it spells out it names itself
            for literal in literals(text) {
                let part = matches!(literal, "user:" | "role:" | "team:" | "manager_of:");
                if !part && !is_field(literal) {
                    self.add(PowerKind::Recipient, format!("{entity} {literal}").trim_start(), pointer);
                }
            }
        } else {
            self.add(PowerKind::Recipient, format!("{entity} {text}").trim_start(), pointer);
        }
    }

    /// A search that is not narrowed to the record at hand goes through many.
    fn audience(&mut self, action: &Action, task: &Task<'_>) {
        let Some(entity) = task.raw.get("with").and_then(|with| with.get("entity")).and_then(Value::as_str) else {
            return;
        };
        let Some(filter) = action.inputs.get("filter").and(task.raw.get("with")).map(|with| &with["filter"]) else {
            return;
        };
        let one = filter.as_object().and_then(|filter| {
            let everywhere = |key: &str| matches!(key, "store_id" | "dealer_id");
            let names_one = |key: &str| key == "id" || key == "vin" || key.ends_with("_id") && !everywhere(key);
            let mut ids = filter.iter().filter(|(key, _)| names_one(key));
            ids.find_map(|(_, value)| value.as_str())
        });
        match one {
            // the record at hand, or one that it names
            Some(id) if id.contains("${") => {}
            // somebody by name
            Some(id) if matches!(entity, "customer" | "employee") => {
                let name = id.rsplit(':').next().unwrap_or(id);
                self.add(PowerKind::Recipient, format!("{entity} {name}"), format!("{}/with/filter", task.pointer));
            }
            Some(_) => {}
            None => self.add(PowerKind::Audience, entity, format!("{}/with/entity", task.pointer)),
        }
    }

    fn hosts(&mut self, value: &Value, pointer: &str) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    self.hosts(inner, &format!("{pointer}/{}", escape(key)));
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    self.hosts(inner, &format!("{pointer}/{index}"));
                }
            }
            // five fields of digits are no telephone number
            Value::String(_) if pointer == "/schedule/cron" => {}
            Value::String(text) => {
                for host in addresses(text) {
                    self.add(PowerKind::Host, host, pointer);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Strings that an expression spells out.
fn literals(expression: &str) -> impl Iterator<Item = &str> {
    expression.split('"').skip(1).step_by(2).filter(|literal| !literal.trim().is_empty())
}

/// `at_time("17:00")`, `["assignee_id"]`: a name of a field or a time is nobody.
fn is_field(literal: &str) -> bool {
    literal.ends_with("_id") || literal.chars().all(|c| c.is_ascii_digit() || c == ':')
}

/// The schema's own name for its errors; nothing is ever sent there.
const DSL_HOST: &str = "serverlessworkflow.io";

const URL: &str = r"(?i)\b[a-z][a-z0-9+.-]*://([^\s/?#\x22'<>\\)\]}]+)|\bwww\.([\p{L}\p{N}.-]+)";
const EMAIL: &str = r"(?i)[\p{L}\p{N}._%+-]+@([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)";
const BARE: &str = r"(?i)\b((?:[\p{L}\p{N}-]+\.)+(?:com|net|org|info|biz|io|co|ai|app|dev|ly|me|us|xyz|ru|cn|link|click|site|online|shop|top|tk|example|test|invalid))\b";
const PHONE: &str = r"\+?\(?\d[\d\s().-]{5,}\d";

static PATTERNS: LazyLock<Option<[Regex; 4]>> = LazyLock::new(|| {
    let pattern = |text: &str| Regex::new(text).ok();
    Some([pattern(URL)?, pattern(EMAIL)?, pattern(BARE)?, pattern(PHONE)?])
});

/// Hosts, e-mail addresses and telephone numbers in a text, in lower case. In an expression only what it spells out
/// with a scheme counts: `.data.customer.email` is a path.
#[must_use]
pub fn addresses(text: &str) -> Vec<String> {
    let Some([url, email, bare, phone]) = &*PATTERNS else { return Vec::new() };
    let plain = visible(text);
    let mut found: Vec<String> = Vec::new();
    let mut add = |host: &str| {
        let host = host.trim_matches('.').to_lowercase();
        let host = host.rsplit_once('@').map_or(host.as_str(), |(_, host)| host);
        let host = host.split(':').next().unwrap_or_default().to_owned();
        if !host.ends_with(DSL_HOST) && !host.is_empty() && !found.contains(&host) {
            found.push(host);
        }
    };
    for hit in url.captures_iter(&plain) {
        add(hit.get(1).or_else(|| hit.get(2)).map_or("", |host| host.as_str()));
    }
    for hit in email.captures_iter(&plain) {
        add(hit.get(1).map_or("", |host| host.as_str()));
    }
    if plain.contains("${") {
        return found;
    }
    for hit in bare.captures_iter(&plain) {
        add(hit.get(1).map_or("", |host| host.as_str()));
    }
    for hit in phone.find_iter(&plain) {
        let digits: String = hit.as_str().chars().filter(char::is_ascii_digit).collect();
        let date = hit.as_str().len() == 10 && hit.as_str().matches('-').count() == 2;
        if (7..=15).contains(&digits.len()) && !date && !found.contains(&digits) {
            found.push(digits);
        }
    }
    found
}

/// The text without what nobody sees: zero-width characters, tags, directional marks, soft hyphens.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).collect()
}

/// Whether a character shows nothing and may carry something: format characters, tags, variation selectors.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
#[path = "powers_tests.rs"]
mod tests;
