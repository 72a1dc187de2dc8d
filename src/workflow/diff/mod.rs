//! What is different between two definitions, in words and with pointers.
//!
//! Tasks are aligned by name, so that a step added at the front changes nothing of the steps behind it. Two documents
//! with the same content have no changes; two with different content always have at least one.

pub(super) mod align;
mod words;

use serde::Serialize;
use serde_json::Value;

use super::document::{Definition, escape};
use super::text::Language;
use align::{Alignment, own_fields};

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Was not there before.
    Added,
    /// Is not there any more.
    Removed,
    /// Has another value, or another name.
    Changed,
    /// Stands in another place.
    Moved,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Change {
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// Where: in the new document, for something removed in the old one.
    pub pointer: String,
    /// The task it belongs to; absent for header and trigger.
    pub task: Option<String>,
    /// The value before; for a move the old pointer.
    pub before: Option<Value>,
    /// The value after; for a move the new pointer.
    pub after: Option<Value>,
    /// The change in plain words.
    pub words: String,
    /// The same in Spanish.
    pub words_es: String,
}

impl Change {
    /// The change in plain words, in a language.
    #[must_use]
    pub fn in_words(&self, language: Language) -> &str {
        super::describe::words::pick(language, &self.words, &self.words_es)
    }
}

/// Where in the old document stood what stands at `pointer` in the new one; `None` when its task is new.
#[must_use]
pub fn origin_of(pointer: &str, old: &Definition, new: &Definition) -> Option<String> {
    let within =
        |holder: &str| pointer.strip_prefix(holder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let pairs = align::pairs(old, new);
    match pairs.iter().filter(|(_, to)| within(to)).max_by_key(|(_, to)| to.len()) {
        Some((from, to)) => Some(format!("{from}{}", pointer.get(to.len()..)?)),
        None => (!pointer.starts_with("/do/")).then(|| pointer.to_owned()),
    }
}

/// The differences.
#[must_use]
pub fn diff(old: &Definition, new: &Definition) -> Vec<Change> {
    if old.raw() == new.raw() {
        return Vec::new();
    }
    let mut changes = one_trigger(outside_tasks(old, new), old, new);
    changes.extend(of_tasks(&Alignment::new(old, new)));
    if changes.is_empty() {
        // something that is not a task, inside a list of tasks
        changes = values(old.raw(), new.raw(), "");
    }
    let mut changes: Vec<Change> = changes.into_iter().map(|found| found.into_change(None)).collect();
    words::write(old, new, &mut changes);
    changes
}

/// A difference that has no words yet.
#[derive(Debug)]
struct Found {
    kind: ChangeKind,
    pointer: String,
    task: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
}

impl Found {
    fn into_change(self, task: Option<String>) -> Change {
        let Self { kind, pointer, task: own, before, after } = self;
        Change { kind, pointer, task: own.or(task), before, after, words: String::new(), words_es: String::new() }
    }
}

fn outside_tasks(old: &Definition, new: &Definition) -> Vec<Found> {
    let without = |definition: &Definition| {
        let mut raw = definition.raw().clone();
        if let Some(map) = raw.as_object_mut()
            && map.get("do").is_some_and(Value::is_array)
        {
            map.shift_remove("do");
        }
        raw
    };
    values(&without(old), &without(new), "")
}

/// A trigger that changed in several places, or in kind, is one change.
fn one_trigger(found: Vec<Found>, old: &Definition, new: &Definition) -> Vec<Found> {
    let of_trigger = |found: &&Found| found.pointer.starts_with("/schedule/");
    let single = found.iter().filter(of_trigger).all(|found| found.kind == ChangeKind::Changed);
    if found.iter().filter(of_trigger).count() < 2 && single {
        return found;
    }
    let (_, mut rest): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|found| of_trigger(&found));
    rest.push(Found {
        kind: ChangeKind::Changed,
        pointer: "/schedule".to_owned(),
        task: None,
        before: old.raw().get("schedule").cloned(),
        after: new.raw().get("schedule").cloned(),
    });
    rest
}

fn of_tasks(aligned: &Alignment<'_>) -> Vec<Found> {
    let mut changes = Vec::new();
    for (index, entry) in aligned.old.iter().enumerate() {
        let with_holder = entry.holder.is_some_and(|holder| aligned.to_new[holder].is_none());
        if aligned.to_new[index].is_none() && !with_holder {
            changes.push(Found {
                kind: ChangeKind::Removed,
                pointer: entry.task.pointer.clone(),
                task: Some(entry.task.name.to_owned()),
                before: Some(Value::Object(entry.task.raw.clone())),
                after: None,
            });
        }
    }
    let reordered = aligned.reordered();
    for (index, entry) in aligned.new.iter().enumerate() {
        let Some(old) = aligned.to_old[index] else {
            if entry.holder.is_none_or(|holder| aligned.to_old[holder].is_some()) {
                changes.push(Found {
                    kind: ChangeKind::Added,
                    pointer: entry.task.pointer.clone(),
                    task: Some(entry.task.name.to_owned()),
                    before: None,
                    after: Some(Value::Object(entry.task.raw.clone())),
                });
            }
            continue;
        };
        changes.extend(of_pair(aligned, old, index, reordered.contains(&index)));
    }
    changes
}

fn of_pair(aligned: &Alignment<'_>, old: usize, new: usize, reordered: bool) -> Vec<Found> {
    let (before, after) = (&aligned.old[old].task, &aligned.new[new].task);
    let change = |kind, was: Value, is: Value| Found {
        kind,
        pointer: after.pointer.clone(),
        task: Some(after.name.to_owned()),
        before: Some(was),
        after: Some(is),
    };
    let mut changes = Vec::new();
    if before.name != after.name {
        changes.push(change(ChangeKind::Changed, before.name.into(), after.name.into()));
    }
    if reordered || !aligned.same_list(old, new) {
        changes.push(change(ChangeKind::Moved, before.pointer.clone().into(), after.pointer.clone().into()));
    }
    let (was, is) = (own_fields(before), own_fields(after));
    if std::mem::discriminant(&before.kind()) != std::mem::discriminant(&after.kind()) {
        changes.push(change(ChangeKind::Changed, Value::Object(was), Value::Object(is)));
        return changes;
    }
    let fields = values(&Value::Object(was), &Value::Object(is), &after.pointer);
    changes.extend(fields.into_iter().map(|found| Found { task: Some(after.name.to_owned()), ..found }));
    changes
}

/// The differences of two values, down to single values.
fn values(old: &Value, new: &Value, pointer: &str) -> Vec<Found> {
    if old == new {
        return Vec::new();
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
            let gone = gone.map(|(key, was)| at(pointer, key, Some(was), None));
            let kept = after.iter().flat_map(|(key, is)| match before.get(key) {
                Some(was) => values(was, is, &format!("{pointer}/{}", escape(key))),
                None => vec![at(pointer, key, None, Some(is))],
            });
            gone.chain(kept).collect()
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            let pairs = before.iter().zip(after).enumerate();
            pairs.flat_map(|(index, (was, is))| values(was, is, &format!("{pointer}/{index}"))).collect()
        }
        _ => vec![Found {
            kind: ChangeKind::Changed,
            pointer: pointer.to_owned(),
            task: None,
            before: Some(old.clone()),
            after: Some(new.clone()),
        }],
    }
}

fn at(pointer: &str, key: &str, before: Option<&Value>, after: Option<&Value>) -> Found {
    let kind = if before.is_none() { ChangeKind::Added } else { ChangeKind::Removed };
    Found {
        kind,
        pointer: format!("{pointer}/{}", escape(key)),
        task: None,
        before: before.cloned(),
        after: after.cloned(),
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
