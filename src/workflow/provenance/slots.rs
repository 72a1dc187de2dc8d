//! Which values need a source, and where they stand.

use serde_json::Value;

use crate::workflow::document::{Catch, Definition, EventStrategy, Task, TaskKind, Until, escape};

/// Fields whose text is written for people.
pub const PROSE_FIELDS: [&str; 9] =
    ["body", "subject", "message", "title", "details", "note", "notes", "text", "whisper"];

/// A place that needs a source.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotLocation<'a> {
    /// Where it stands.
    pub pointer: String,
    /// The task it belongs to; absent for the trigger.
    pub task: Option<&'a str>,
    /// Its value.
    pub value: &'a Value,
}

/// Every slot of a definition, in document order: scalars in `with`, `wait`, `timeout` and `schedule`, and conditions
/// (`if`, `when`, `while`, `until`, what a loop goes through). How events are matched to this run (`correlate`), which
/// errors are caught (`errors.with`) and how data is handed on follow from these and are none.
#[must_use]
pub fn slots(definition: &Definition) -> Vec<SlotLocation<'_>> {
    let mut found = Vec::new();
    for part in ["schedule", "timeout"] {
        if let Some(value) = definition.raw().get(part) {
            scalars(value, &format!("/{part}"), None, &mut found);
        }
    }
    for task in definition.all_tasks() {
        task_slots(&task, &mut found);
    }
    found
}

fn task_slots<'a>(task: &Task<'a>, found: &mut Vec<SlotLocation<'a>>) {
    let name = Some(task.name);
    for field in ["if", "with", "wait", "while", "timeout"] {
        if let Some(value) = task.raw.get(field) {
            scalars(value, &format!("{}/{field}", task.pointer), name, found);
        }
    }
    match task.kind() {
        TaskKind::Switch(_) => {
            let list = task.raw.get("switch").and_then(Value::as_array);
            for (index, item) in list.into_iter().flatten().enumerate() {
                let Some((case, body)) = item.as_object().and_then(|map| map.iter().next()) else { continue };
                if let Some(when) = body.get("when") {
                    let pointer = format!("{}/switch/{index}/{}/when", task.pointer, escape(case));
                    found.push(SlotLocation { pointer, task: name, value: when });
                }
            }
        }
        TaskKind::Listen(listen) => {
            let to = task.raw.get("listen").and_then(|listen| listen.get("to")).unwrap_or(&Value::Null);
            strategy_slots(&listen.to, (to, &format!("{}/listen/to", task.pointer)), name, found);
        }
        TaskKind::For { items, .. } => scalars(items, &format!("{}/for/in", task.pointer), name, found),
        TaskKind::Emit(event) => {
            if let Some(with) = event.pointer("/event/with") {
                scalars(with, &format!("{}/emit/event/with", task.pointer), name, found);
            }
        }
        TaskKind::Try { catch, .. } => catch_slots(&catch, name, found),
        TaskKind::Call { .. }
        | TaskKind::Do(_)
        | TaskKind::Fork { .. }
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Wait(_)
        | TaskKind::Unknown => {}
    }
}

fn strategy_slots<'a>(
    strategy: &EventStrategy<'a>,
    (raw, pointer): (&'a Value, &str),
    task: Option<&'a str>,
    found: &mut Vec<SlotLocation<'a>>,
) {
    for filter in &strategy.filters {
        if let Some(with) = filter.raw.get("with") {
            scalars(with, &format!("{}/with", filter.pointer), task, found);
        }
    }
    let (Some(until), Some(value)) = (&strategy.until, raw.get("until")) else { return };
    let pointer = format!("{pointer}/until");
    match until {
        Until::Condition(_) => found.push(SlotLocation { pointer, task, value }),
        Until::Events(events) => strategy_slots(events, (value, &pointer), task, found),
    }
}

fn catch_slots<'a>(catch: &Catch<'a>, task: Option<&'a str>, found: &mut Vec<SlotLocation<'a>>) {
    for field in ["when", "exceptWhen"] {
        if let Some(value) = catch.raw.get(field) {
            found.push(SlotLocation { pointer: format!("{}/{field}", catch.pointer), task, value });
        }
    }
}

fn scalars<'a>(value: &'a Value, pointer: &str, task: Option<&'a str>, found: &mut Vec<SlotLocation<'a>>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let prose = inner.is_string()
                    && task.is_some()
                    && PROSE_FIELDS.contains(&key.as_str())
                    && !pointer.contains("/with/filter");
                if !prose && key != "correlate" {
                    scalars(inner, &format!("{pointer}/{}", escape(key)), task, found);
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                scalars(inner, &format!("{pointer}/{index}"), task, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            found.push(SlotLocation { pointer: pointer.to_owned(), task, value });
        }
    }
}
