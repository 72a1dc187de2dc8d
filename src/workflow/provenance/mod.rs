//! Where every value of a definition comes from.
//!
//! A slot is a scalar that decides what happens: in `with`, `wait`, `timeout`, `schedule` and conditions. Names of
//! tasks and the prose of messages are not slots. A claim that the author said something is believed only when the
//! quoted words really occur in what the author wrote.

mod evidence;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use evidence::{Evidence, occurs};

use super::diff::align;
use super::document::{Definition, EventStrategy, Task, TaskKind, escape};

/// Fields whose text is written for people.
pub const PROSE_FIELDS: [&str; 9] =
    ["body", "subject", "message", "title", "details", "note", "notes", "text", "whisper"];

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The author said so.
    Stated,
    /// Follows from what the author said, or from how such things are done.
    Inferred,
    /// The value of a template, a rule or the store.
    Default,
    /// Not known yet: the author has to say.
    Missing,
}

/// The source of one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Where the value comes from.
    pub source: Source,
    /// The author's words; with a reference, the words of that document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The reason behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The document, the template or the rule (`rule:quiet_hours`) it is the default of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the author is asked, when it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
}

impl Slot {
    /// A slot without quote and note.
    #[must_use]
    pub const fn plain(source: Source) -> Self {
        Self { source, quote: None, note: None, reference: None, question: None }
    }
}

/// One line of provenance as a tool call writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceEntry {
    /// Pointer of the value, or of an object that holds several.
    pub pointer: String,
    /// Where the value comes from.
    pub source: Source,
    /// The author's exact words; with a reference, exact words of that document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// The reason behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// For `default`: the id of the document or template read, or a rule such as `rule:quiet_hours`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// For `missing`: what the author is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
}

/// The source of each slot, by JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Provenance(pub BTreeMap<String, Slot>);

impl Provenance {
    /// From the lines of a tool call; the last line for a pointer wins.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = ProvenanceEntry>) -> Self {
        let slot = |entry: ProvenanceEntry| {
            let ProvenanceEntry { pointer, source, quote, note, reference, question } = entry;
            (pointer, Slot { source, quote, note, reference, question })
        };
        Self(entries.into_iter().map(slot).collect())
    }

    /// The slot of a pointer, or of the nearest place above it.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Slot> {
        let mut at = pointer;
        loop {
            if let Some(slot) = self.0.get(at) {
                return Some(slot);
            }
            at = at.rsplit_once('/')?.0;
        }
    }

    /// Pointers of what the author still has to say; a draft with any cannot be submitted.
    #[must_use]
    pub fn missing(&self) -> Vec<&str> {
        let missing = self.0.iter().filter(|(_, slot)| slot.source == Source::Missing);
        missing.map(|(pointer, _)| pointer.as_str()).collect()
    }

    /// How many slots come from where.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for slot in self.0.values() {
            match slot.source {
                Source::Stated => coverage.stated += 1,
                Source::Inferred => coverage.inferred += 1,
                Source::Default => coverage.default += 1,
                Source::Missing => coverage.missing += 1,
            }
        }
        coverage
    }

    /// The same sources after an edit: pointers follow their tasks when steps are added, moved or renamed, and a
    /// value that changed loses its source (it becomes `inferred` unless the edit says more).
    #[must_use]
    pub fn carried(&self, old: &Definition, new: &Definition) -> Self {
        let moved = align::pairs(old, new);
        let mut carried = BTreeMap::new();
        for (pointer, slot) in &self.0 {
            let holder = moved.iter().filter(|(from, _)| within(pointer, from)).max_by_key(|(from, _)| from.len());
            let target = match holder {
                Some((from, to)) => format!("{to}{}", pointer.get(from.len()..).unwrap_or_default()),
                None => pointer.clone(),
            };
            let value = new.raw().pointer(&target);
            let hole = slot.source == Source::Missing && value.is_none() && holder.is_some();
            if hole || (value.is_some() && value == old.raw().pointer(pointer)) {
                carried.insert(target, slot.clone());
            }
        }
        Self(carried)
    }

    /// These sources with those that were carried over from before: a value that did not change keeps its source. Only
    /// what was inferred may have learnt better, and a hole stays one until it is filled.
    #[must_use]
    pub fn over(mut self, carried: Self) -> Self {
        for (pointer, slot) in carried.0 {
            let newer = self.0.get(&pointer).map(|slot| slot.source);
            let better = slot.source == Source::Inferred && newer.is_some_and(|source| source != Source::Inferred);
            if !better {
                self.0.insert(pointer, slot);
            }
        }
        self
    }
}

/// How many slots come from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct Coverage {
    /// Slots the author stated.
    pub stated: usize,
    /// Slots that follow from something.
    pub inferred: usize,
    /// Slots from a template or a rule.
    pub default: usize,
    /// Slots that wait for the author.
    pub missing: usize,
}

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

/// Every slot of a definition, in document order.
#[must_use]
pub fn slots(definition: &Definition) -> Vec<SlotLocation<'_>> {
    let mut found = Vec::new();
    if let Some(schedule) = definition.raw().get("schedule") {
        scalars(schedule, "/schedule", None, &mut found);
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
        TaskKind::Listen(listen) => strategy_slots(&listen.to, name, found),
        TaskKind::For { items, .. } => scalars(items, &format!("{}/for/in", task.pointer), name, found),
        TaskKind::Call { .. }
        | TaskKind::Do(_)
        | TaskKind::Emit(_)
        | TaskKind::Fork { .. }
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Try { .. }
        | TaskKind::Wait(_)
        | TaskKind::Unknown => {}
    }
}

fn strategy_slots<'a>(strategy: &EventStrategy<'a>, task: Option<&'a str>, found: &mut Vec<SlotLocation<'a>>) {
    for filter in &strategy.filters {
        if let Some(with) = filter.raw.get("with") {
            scalars(with, &format!("{}/with", filter.pointer), task, found);
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

/// The sources that hold: one entry for every slot of the definition, and the holes the author has to fill.
///
/// Every claim is checked against the evidence, see [`Evidence::check`]. An entry for an object counts for every slot
/// inside it; a slot without an entry is `inferred`; an entry that points at nothing is dropped, unless it says that
/// something is missing there.
#[must_use]
pub fn verify(claimed: Provenance, definition: &Definition, evidence: &Evidence) -> Provenance {
    let mut verified = BTreeMap::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for location in slots(definition) {
        let slot = match nearest(&claimed, &location.pointer) {
            Some((from, slot)) => {
                used.insert(from.to_owned());
                evidence.check(slot.clone(), location.value)
            }
            None => Slot::plain(Source::Inferred),
        };
        verified.insert(location.pointer, slot);
    }
    for (pointer, slot) in claimed.0 {
        if slot.source == Source::Missing && !used.contains(&pointer) {
            verified.insert(pointer, slot);
        }
    }
    Provenance(verified)
}

/// The entry for this pointer, or for the nearest object or list around it.
fn nearest<'a>(claimed: &'a Provenance, pointer: &'a str) -> Option<(&'a str, &'a Slot)> {
    let mut at = pointer;
    loop {
        if let Some(slot) = claimed.0.get(at) {
            return Some((at, slot));
        }
        at = at.rsplit_once('/')?.0;
    }
}

fn within(pointer: &str, holder: &str) -> bool {
    pointer.strip_prefix(holder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
#[path = "provenance_tests.rs"]
mod tests;
