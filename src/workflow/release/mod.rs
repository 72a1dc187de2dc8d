//! Messages whose words are written only while a workflow runs: nobody approved them with the definition, so each is
//! held until a named person releases it.

mod guard;

use super::document::{Definition, Task, TaskKind};
use super::expression::{Expression, is_expression};
use super::provenance::PROSE_FIELDS;

/// Whether the texts of this call depend on what `draft_text` writes at run time, and the definition does not itself
/// put that text before somebody with `request_approval` and send it on a yes alone.
#[must_use]
pub fn held_for_release(definition: &Definition, task: &Task<'_>) -> bool {
    let TaskKind::Call { with: Some(with), .. } = task.kind() else { return false };
    let tasks = definition.all_tasks();
    if !tasks.iter().any(|task| calls(task, "draft_text")) {
        return false;
    }
    let written = written_names(&tasks);
    let texts = with.as_object().into_iter().flatten().filter(|(field, _)| PROSE_FIELDS.contains(&field.as_str()));
    texts.filter_map(|(_, text)| text.as_str()).any(|text| {
        // an expression over the result of the task before may well be the draft
        let unnamed = is_expression(text) && !text.contains("$context.") && !text.contains("$workflow.");
        unnamed || written.iter().any(|name| mentions(text, name) && !guard::is_agreed(&tasks, task, name))
    })
}

fn calls(task: &Task<'_>, wanted: &str) -> bool {
    matches!(task.kind(), TaskKind::Call { action, .. } if action == wanted)
}

/// Names in the context that hold a text written at run time, or something made from one.
fn written_names(tasks: &[Task<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let before = names.len();
        for task in tasks {
            let raw = serde_json::Value::Object(task.raw.clone()).to_string();
            let holds = calls(task, "draft_text") || names.iter().any(|name| mentions(&raw, name));
            // a call that uses the text (to send it, to ask about it) gives a result of its own
            let passes_on = !matches!(task.kind(), TaskKind::Call { action, .. } if action != "draft_text");
            if holds && passes_on {
                names.extend(exported(task).into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

fn exported(task: &Task<'_>) -> Vec<String> {
    let text = task.export_as().and_then(serde_json::Value::as_str);
    let compiled = text.and_then(|text| Expression::compile(text).ok());
    let kept = compiled.as_ref().and_then(|compiled| compiled.kept()).unwrap_or_default();
    kept.iter().map(|(name, _)| name.clone()).collect()
}

/// Whether `context.name` occurs as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    let wanted = format!("context.{name}");
    text.match_indices(&wanted).any(|(at, found)| {
        let next = text[at + found.len()..].chars().next();
        next.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    })
}

#[cfg(test)]
#[path = "release_tests.rs"]
mod tests;
