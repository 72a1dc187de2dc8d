//! `use`: what is named there is there, and what the engine does not run is refused.

use serde_json::Value;

use super::diagnostic::Findings;
use crate::workflow::document::{Definition, Task, TaskKind};

/// Parts of `use` the engine does not run, with what to do instead.
const UNSUPPORTED: [(&str, &str); 5] = [
    ("functions", "Call an action of the catalog."),
    ("extensions", "Write the steps where they belong."),
    ("secrets", "Secrets are kept by the connectors; a definition never holds or reads one."),
    ("authentications", "Connectors sign in by themselves."),
    ("catalogs", "Call an action of the catalog."),
];

pub(super) fn check(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    let used = definition.raw().get("use").unwrap_or(&Value::Null);
    for (part, hint) in UNSUPPORTED {
        let written = used.get(part).is_some_and(|value| match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        });
        if written {
            let message = format!("`use.{part}` is not offered here");
            found.error("policy.use_unsupported", &format!("/use/{part}"), message, hint.to_owned());
        }
    }
    let mut named = |part: &str, name: Option<&Value>, pointer: String| {
        let Some(name) = name.and_then(Value::as_str) else { return };
        let known = used.get(part).and_then(Value::as_object);
        if known.is_none_or(|known| !known.contains_key(name)) {
            let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let hint = if names.is_empty() {
                format!("Write it out here, or define it under `use.{part}`.")
            } else {
                format!("Known under `use.{part}`: {}.", names.join(", "))
            };
            found.error("reference.use_unknown", &pointer, format!("`use.{part}` has no `{name}`"), hint);
        }
    };
    named("timeouts", definition.raw().get("timeout"), "/timeout".to_owned());
    for task in tasks {
        named("timeouts", task.raw.get("timeout"), format!("{}/timeout", task.pointer));
        match task.kind() {
            TaskKind::Try { catch, .. } => named("retries", catch.raw.get("retry"), format!("{}/retry", catch.pointer)),
            TaskKind::Raise(raise) => named("errors", raise.get("error"), format!("{}/raise/error", task.pointer)),
            TaskKind::Call { .. }
            | TaskKind::Do(_)
            | TaskKind::Emit(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Listen(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Wait(_)
            | TaskKind::Unknown => {}
        }
    }
}
