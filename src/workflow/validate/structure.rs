//! The shape of the document and, for drafts of ours, what we ask of every header.

use serde_json::Value;

use super::diagnostic::{Diagnostic, Findings};
use super::dsl;
use super::shape::{Check, Shape};
use crate::workflow::both::both;
use crate::workflow::document::{Definition, Task};

static DOCUMENT: Shape = Shape::Object(&dsl::DOCUMENT);
const ROOT_KEYS: [&str; 7] = ["document", "input", "use", "do", "timeout", "output", "schedule"];

/// What the official schema says.
pub(super) fn shape(definition: &Definition) -> Vec<Diagnostic> {
    let mut check = Check { found: Vec::new() };
    check.value(&DOCUMENT, definition.raw(), "");
    check.found
}

/// What we ask of a draft beyond the schema.
pub(super) fn draft(definition: &Definition, tasks: &[Task<'_>], found: &mut Findings) {
    let raw = definition.raw();
    for key in raw.as_object().into_iter().flat_map(|map| map.keys()).filter(|key| !ROOT_KEYS.contains(&key.as_str())) {
        found.error(
            "structure.unknown_property",
            &format!("/{}", crate::workflow::document::escape(key)),
            both!("the document has no `{key}`", "el documento no tiene `{key}`"),
            both!("Known here: {known}.", "Aquí se conocen: {known}.", known = ROOT_KEYS.join(", ")),
        );
    }
    if let Some(version) = definition.header("dsl").filter(|version| *version != "1.0.3") {
        found.error(
            "structure.dsl_version",
            "/document/dsl",
            both!("this is written for DSL {version}", "esto está escrito para DSL {version}"),
            both!("Write dsl: '1.0.3'.", "Escriba dsl: '1.0.3'."),
        );
    }
    if definition.header("title").is_none_or(|title| title.trim().is_empty()) {
        found.warning(
            "structure.no_title",
            "/document",
            both!("the workflow has no title", "el flujo no tiene título"),
            both!("Add `title`: one line that says what it does.", "Agregue `title`: una línea que diga lo que hace."),
        );
    }
    if definition.tasks().is_empty() && raw.get("do").is_some_and(Value::is_array) {
        found.error(
            "structure.no_tasks",
            "/do",
            both!("the workflow does nothing", "el flujo no hace nada"),
            both!("Add at least one task under `do`.", "Agregue al menos una tarea bajo `do`."),
        );
    }
    for task in tasks {
        let empty = task.kind().children().iter().find(|list| list.is_empty()).map(|list| list.pointer.clone());
        if let Some(pointer) = empty.filter(|pointer| !pointer.ends_with("/catch/do")) {
            let hint = both!("Add the steps, or remove the task.", "Agregue los pasos, o quite la tarea.");
            let message = both!("`{name}` has no steps", "`{name}` no tiene pasos", name = task.name);
            found.warning("structure.no_steps", &pointer, message, hint);
        }
    }
}
