//! Where every value of a definition comes from.
//!
//! A slot is a scalar that decides what happens: in `with`, `wait`, `timeout`, `schedule` and conditions. Names of
//! tasks and the prose of messages are not slots. A claim that the author said something is believed only when the
//! quoted words really occur in what the author wrote.

mod evidence;
mod rules;
mod slots;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use evidence::{Evidence, Words, occurs, words_of};
pub use rules::{Rule, rules};
pub use slots::{PROSE_FIELDS, SlotLocation, slots};

use super::diff::align;
use super::document::Definition;
use crate::model::MessageId;

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
    /// The message of the author that holds the quote; the server's finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    #[schema(read_only)]
    pub message: Option<MessageId>,
    /// The revision that brought the value; the server's finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    pub since: Option<i64>,
}

impl Slot {
    /// A slot without quote and note.
    #[must_use]
    pub const fn plain(source: Source) -> Self {
        Self { source, quote: None, note: None, reference: None, question: None, message: None, since: None }
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
            (pointer, Slot { quote, note, reference, question, ..Slot::plain(source) })
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
        let places: BTreeSet<String> = slots(new).into_iter().map(|slot| slot.pointer).collect();
        let mut carried = BTreeMap::new();
        for (pointer, slot) in &self.0 {
            let holder = moved.iter().filter(|(from, _)| within(pointer, from)).max_by_key(|(from, _)| from.len());
            let target = match holder {
                Some((from, to)) => format!("{to}{}", pointer.get(from.len()..).unwrap_or_default()),
                None => pointer.clone(),
            };
            let value = new.raw().pointer(&target);
            let asked_for = match holder {
                // another action asks for other inputs
                Some((from, to)) => call(old, from) == call(new, to),
                None => !pointer.starts_with("/do/"),
            };
            let missing = slot.source == Source::Missing;
            let hole = missing && value.is_none() && asked_for;
            let same = value.is_some() && value == old.raw().pointer(pointer);
            if hole || same && (missing || places.contains(&target)) {
                carried.insert(target, slot.clone());
            }
        }
        Self(carried)
    }

    /// These sources with those that were carried over from before: a value that did not change keeps its source. Only
    /// what was inferred may have learnt better, and a hole stays one until it is filled or the author has said so.
    #[must_use]
    pub fn over(mut self, carried: Self) -> Self {
        for (pointer, slot) in carried.0 {
            let better = match (slot.source, self.0.get(&pointer).map(|slot| slot.source)) {
                (Source::Inferred, Some(newer)) => newer != Source::Inferred,
                (Source::Missing, Some(newer)) => newer == Source::Stated,
                (Source::Stated | Source::Default, _) | (_, None) => false,
            };
            if !better {
                self.0.insert(pointer, slot);
            }
        }
        self
    }
}

/// The action a task calls.
fn call<'a>(definition: &'a Definition, task: &str) -> Option<&'a str> {
    definition.raw().pointer(task)?.get("call")?.as_str()
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
            verified.insert(pointer, evidence.check(slot, &serde_json::Value::Null));
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
