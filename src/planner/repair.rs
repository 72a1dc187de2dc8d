//! One correction of what was just written, from what the validator says about it.

use serde_json::{Value, json};

use super::turn::{Reply, ToolCallOut, ToolOutcome, Turn};

/// The correction to send, if the last call left errors that can be mended. Only once a turn: what is left is named.
pub(super) fn repair(turn: &Turn<'_>) -> Option<Reply> {
    let written = turn.results.last().filter(|last| last.name == "write_workflow")?;
    let revision = written.result.get("revision")?.as_i64()?;
    let definition = written.arguments.get("definition")?;
    if !turn.tools.contains(&"edit_workflow") {
        return None;
    }
    let mut operations: Vec<Value> = Vec::new();
    for found in errors(written) {
        let mended = mend(definition, found);
        operations.extend(mended.filter(|new| operations.iter().all(|op| op["pointer"] != new["pointer"])));
    }
    if operations.is_empty() {
        return None;
    }
    let arguments = json!({ "base_revision": revision, "operations": operations });
    Some(Reply { text: String::new(), calls: vec![ToolCallOut { name: "edit_workflow".to_owned(), arguments }] })
}

/// The errors a writing call reported.
pub(super) fn errors(outcome: &ToolOutcome) -> impl Iterator<Item = &Value> {
    let list = outcome.result.get("diagnostics").and_then(Value::as_array);
    let is_error = |found: &&Value| found["severity"].as_str().is_some_and(|s| s.eq_ignore_ascii_case("error"));
    list.into_iter().flatten().filter(is_error)
}

/// A text that names a field nobody has does without it.
fn mend(definition: &Value, found: &Value) -> Option<Value> {
    let pointer = found["pointer"].as_str()?;
    let text = definition.pointer(pointer)?.as_str().filter(|text| !text.starts_with("${"))?;
    let message = found["message"].as_str()?;
    let field = message.split_once("{{")?.1.split_once("}}")?.0.trim();
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, behind) = after.split_once("}}")?;
        let name = inside.split('|').next().unwrap_or_default().trim();
        kept.push_str(before);
        if name == field {
            kept.truncate(kept.trim_end_matches([' ', ':', ',', '–']).len());
        } else {
            kept.push_str(&format!("{{{{{inside}}}}}"));
        }
        rest = behind;
    }
    kept.push_str(rest);
    let kept = kept.trim();
    (kept != text && !kept.is_empty()).then(|| json!({ "op": "set", "pointer": pointer, "value": kept }))
}
