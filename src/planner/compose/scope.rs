//! What is known at a place of the document: names taken, results kept, the loop one stands in, sources noted.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::planner::parse::{Parser, Span, Trigger};
use crate::workflow::catalog::EventType;
use crate::workflow::fields::FieldMap;

/// The loop a step stands in.
#[derive(Debug, Clone)]
pub struct Loop {
    /// Its variable.
    pub each: String,
    /// Entity of its items; empty when they are no records.
    pub entity: String,
}

/// A finished document.
#[derive(Debug, Clone, PartialEq)]
pub struct Composed {
    /// The document.
    pub definition: Value,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// `{pointer, source, quote?, note?}` of every slot.
    pub provenance: Vec<Value>,
    /// Codes of what could not be filled.
    pub missing: Vec<&'static str>,
}

/// Writes tasks.
pub struct Composer<'p, 'a> {
    pub(super) parser: &'p Parser<'a>,
    pub(super) trigger: &'p Trigger,
    pub(super) event: Option<&'a EventType>,
    pub(super) language: String,
    pub(super) names: BTreeSet<String>,
    pub(super) kept: BTreeSet<String>,
    pub(super) loops: Vec<Loop>,
    pub(super) situation: &'static str,
    pub(super) limit_words: String,
    pub(super) texted: bool,
    pub(super) scheduled: bool,
    pub(super) missing: Vec<&'static str>,
    provenance: Vec<Value>,
}

impl<'p, 'a> Composer<'p, 'a> {
    /// At the top of a document started by this trigger.
    #[must_use]
    pub fn new(parser: &'p Parser<'a>, trigger: &'p Trigger, language: &str) -> Self {
        let event = match trigger {
            Trigger::Event { name, .. } => parser.catalog.event(name),
            Trigger::Time { .. } | Trigger::Unknown => None,
        };
        Self {
            parser,
            trigger,
            event,
            language: language.to_owned(),
            names: BTreeSet::new(),
            kept: BTreeSet::new(),
            loops: Vec::new(),
            situation: "",
            limit_words: String::new(),
            texted: false,
            scheduled: matches!(trigger, Trigger::Time { .. }),
            missing: Vec::new(),
            provenance: Vec::new(),
        }
    }

    /// Names that are taken already (edits).
    pub fn take_names(&mut self, names: impl Iterator<Item = String>) {
        self.names.extend(names);
    }

    /// Results the document keeps already (edits).
    pub fn take_results(&mut self, document: &Value) {
        match document {
            Value::Array(items) => items.iter().for_each(|i| self.take_results(i)),
            Value::Object(map) => {
                let kept = map.get("export").and_then(|e| e.get("as")).and_then(Value::as_str);
                if let Some(name) = kept.and_then(|k| k.split('{').nth(2)).and_then(|k| k.split(':').next()) {
                    self.kept.insert(name.trim().to_owned());
                }
                map.values().for_each(|v| self.take_results(v));
            }
            _ => {}
        }
    }

    /// A task name nobody has yet.
    pub fn name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{wanted}{n}");
            n += 1;
        }
        name
    }

    /// A name in `$context` nobody has yet.
    pub fn keep(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 2;
        while !self.kept.insert(name.clone()) {
            name = format!("{wanted}{n}");
            n += 1;
        }
        name
    }

    /// Notes where a value was said.
    pub fn stated(&mut self, pointer: &str, said: Span) {
        let quote = self.parser.text.quote(said.from, said.to);
        if quote.trim().is_empty() {
            return self.source(pointer, "default", "");
        }
        self.provenance.push(json!({ "pointer": pointer, "source": "stated", "quote": quote }));
    }

    /// Notes another source: `inferred`, `default`, `missing`.
    pub fn source(&mut self, pointer: &str, source: &str, note: &str) {
        let entry = if note.is_empty() {
            json!({ "pointer": pointer, "source": source })
        } else {
            json!({ "pointer": pointer, "source": source, "note": note })
        };
        self.provenance.push(entry);
    }

    /// Takes back what was noted of a place.
    pub fn forget(&mut self, pointer: &str) {
        self.provenance.retain(|entry| entry.get("pointer").and_then(Value::as_str) != Some(pointer));
    }

    /// Notes where a value was said, or that it is a default.
    pub fn said_or_default(&mut self, pointer: &str, said: Option<Span>, note: &str) {
        match said {
            Some(span) => self.stated(pointer, span),
            None => self.source(pointer, "default", note),
        }
    }

    /// Fields of the record at hand: the loop's item, else the trigger.
    #[must_use]
    pub fn fields(&self) -> Option<&'a FieldMap> {
        match self.loops.iter().rev().find(|l| !l.entity.is_empty()) {
            Some(item) => self.parser.catalog.entity(&item.entity).map(|e| &e.fields),
            None => self.event.map(|e| &e.data),
        }
    }

    /// Sources noted so far.
    #[must_use]
    pub fn provenance(&self) -> &[Value] {
        &self.provenance
    }

    pub(super) fn finish(self, definition: Value, title: String, summary: String) -> Composed {
        Composed { definition, title, summary, provenance: self.provenance, missing: self.missing }
    }
}
