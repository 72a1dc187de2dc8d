//! The shared state of a run, as clients see it: the draft, what this turn changed, what is asked.
//!
//! The server owns it. What a client sends as state is never read.

use serde::Serialize;
use serde_json::{Value, json};

use crate::tools::Desk;
use crate::workflow::{Catalog, Language, describe};

/// Who answers; users are told when it is the built-in planner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelView {
    /// Its name.
    pub name: String,
    /// The built-in planner.
    pub offline: bool,
}

/// The state: `{draft, questions, refused, language, submission, model}`; `refused` are things a model wrote into the
/// draft that its author did not ask for, in words.
#[must_use]
pub fn shared(desk: &Desk, model: &ModelView, language: Language) -> Value {
    json!({
        "draft": draft(desk, language),
        "questions": desk.questions,
        "refused": desk.refused,
        "language": language,
        "submission": if desk.submission_asked { "confirm" } else { "none" },
        "model": model,
    })
}

fn draft(desk: &Desk, language: Language) -> Value {
    let Some(view) = &desk.draft else { return Value::Null };
    let definition = &view.revision.definition;
    let provenance = &view.revision.provenance;
    let changes: Vec<Value> = desk
        .changes
        .iter()
        .map(|change| json!({"kind": change.kind, "pointer": change.pointer, "words": change.words, "words_es": change.words_es}))
        .collect();
    json!({
        "id": view.draft.id,
        "revision": view.draft.revision,
        "digest": view.revision.digest,
        "status": view.draft.status,
        "title": view.draft.title,
        "definition": definition.raw(),
        "readback": describe::describe(definition, Catalog::embedded(), language),
        "changes": changes,
        "diagnostics": desk.diagnostics,
        "questions": desk.questions,
        "warnings": view.revision.warnings,
        "citations": desk.citations,
        "undo_revision": desk.steps.undo,
        "redo_revision": desk.steps.redo,
        "provenance": {"coverage": provenance.coverage(), "missing": provenance.missing()},
    })
}
