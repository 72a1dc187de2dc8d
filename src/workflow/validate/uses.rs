//! `use`: what is named there is there, and what the engine does not run is refused.

use serde_json::Value;

use super::diagnostic::Findings;
use crate::workflow::both::{Both, both};
use crate::workflow::document::{Definition, Task, TaskKind};

/// Parts of `use` the engine does not run.
const UNSUPPORTED: [&str; 5] = ["functions", "extensions", "secrets", "authentications", "catalogs"];

fn instead_of(part: &str) -> Both {
    match part {
        "extensions" => both!("Write the steps where they belong.", "Escriba los pasos en su lugar."),
        "secrets" => both!(
            "Secrets are kept by the connectors; a definition never holds or reads one.",
            "Los secretos los guardan los conectores; una definición nunca contiene ni lee ninguno."
        ),
        "authentications" => both!("Connectors sign in by themselves.", "Los conectores inician sesión por sí mismos."),
        _ => both!("Call an action of the catalog.", "Llame a una acción del catálogo."),
    }
}

pub(super) fn check(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    let used = definition.raw().get("use").unwrap_or(&Value::Null);
    for part in UNSUPPORTED {
        let written = used.get(part).is_some_and(|value| match value {
            Value::Array(items) => !items.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        });
        if written {
            let message = both!("`use.{part}` is not offered here", "`use.{part}` no se ofrece aquí");
            found.error("policy.use_unsupported", &format!("/use/{part}"), message, instead_of(part));
        }
    }
    let mut named = |part: &str, name: Option<&Value>, pointer: String| {
        let Some(name) = name.and_then(Value::as_str) else { return };
        let known = used.get(part).and_then(Value::as_object);
        if known.is_none_or(|known| !known.contains_key(name)) {
            let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let names = names.join(", ");
            let hint = if names.is_empty() {
                both!(
                    "Write it out here, or define it under `use.{part}`.",
                    "Escríbalo aquí completo, o defínalo bajo `use.{part}`."
                )
            } else {
                both!("Known under `use.{part}`: {names}.", "Bajo `use.{part}` se conocen: {names}.")
            };
            let message = both!("`use.{part}` has no `{name}`", "`use.{part}` no tiene `{name}`");
            found.error("reference.use_unknown", &pointer, message, hint);
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
