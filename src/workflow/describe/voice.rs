//! What the sentences need to know: the language, and what the results kept in the context are.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::workflow::catalog::Catalog;
use crate::workflow::document::{Definition, Task, TaskKind};
use crate::workflow::text::Language;

/// What a name in the context stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// The event a `listen` got: its type, when there is only one.
    Event(Option<String>),
    /// Records of this entity.
    Records(String),
    /// Whether this channel may be used.
    Consent(String),
    /// The output of another action.
    Output(String),
}

/// Language, catalog and memory of one readback.
pub(in crate::workflow) struct Voice<'a> {
    pub(super) language: Language,
    pub(super) catalog: &'a Catalog,
    kept: BTreeMap<String, Kept>,
    loops: BTreeMap<String, String>,
    numbers: BTreeMap<String, String>,
    /// Expressions no words were found for.
    as_written: RefCell<BTreeSet<String>>,
}

impl<'a> Voice<'a> {
    pub(in crate::workflow) fn new(definition: &Definition, catalog: &'a Catalog, language: Language) -> Self {
        let mut voice = Self {
            language,
            catalog,
            kept: BTreeMap::new(),
            loops: BTreeMap::new(),
            numbers: BTreeMap::new(),
            as_written: RefCell::default(),
        };
        for task in definition.all_tasks() {
            for name in exported(&task) {
                if let Some(kept) = kept(&task) {
                    voice.kept.insert(name, kept);
                }
            }
        }
        for task in definition.all_tasks() {
            if let TaskKind::For { each, items, .. } = task.kind()
                && let Some(entity) = voice.entity_of(items)
            {
                voice.loops.insert(each.to_owned(), entity);
            }
        }
        voice
    }

    /// One of two wordings.
    pub(super) const fn say<'b>(&self, en: &'b str, es: &'b str) -> &'b str {
        super::words::pick(self.language, en, es)
    }

    /// What a name in the context stands for.
    pub(super) fn kept(&self, name: &str) -> Option<&Kept> {
        self.kept.get(name)
    }

    /// The entity of a loop variable.
    pub(super) fn loop_entity(&self, variable: &str) -> Option<&str> {
        self.loops.get(variable).map(String::as_str)
    }

    /// An expression no words are found for: shown as written, without its wrapping, and remembered.
    pub(super) fn as_written(&self, text: &str) -> String {
        let inside = super::jq::inside(text).to_owned();
        self.as_written.borrow_mut().insert(inside.clone());
        inside
    }

    /// The expressions no words were found for so far.
    pub(super) fn wordless(self) -> BTreeSet<String> {
        self.as_written.into_inner()
    }

    /// Remembers the number of a step.
    pub(super) fn number(&mut self, pointer: String, number: String) {
        self.numbers.insert(pointer, number);
    }

    /// The number of a step.
    pub(super) fn number_of(&self, pointer: &str) -> Option<&str> {
        self.numbers.get(pointer).map(String::as_str)
    }

    /// The entity a loop works through: `$context.found.items`.
    pub(super) fn entity_of(&self, items: &Value) -> Option<String> {
        let super::jq::Expr::Path(root, parts) = super::jq::parse(items.as_str()?)? else { return None };
        match (root.as_str(), parts.as_slice(), parts.first().and_then(|name| self.kept.get(name))) {
            ("$context", [_, last], Some(Kept::Records(entity))) if last == "items" => Some(entity.clone()),
            _ => None,
        }
    }
}

/// Names a task puts into the context: `$context + { reply: . }`.
fn exported(task: &Task<'_>) -> Vec<String> {
    let Some(text) = task.export_as().and_then(Value::as_str) else { return Vec::new() };
    let Some((_, object)) = text.split_once('{').and_then(|(_, rest)| rest.split_once('{')) else { return Vec::new() };
    let fields = object.split(',').filter_map(|field| field.split_once(':'));
    fields.map(|(name, _)| name.trim().trim_matches('"').to_owned()).collect()
}

fn kept(task: &Task<'_>) -> Option<Kept> {
    match task.kind() {
        TaskKind::Listen(listen) => {
            let one = listen.to.filters.len() == 1;
            let event = listen.to.filters.first().filter(|_| one).and_then(|filter| filter.event_type());
            Some(Kept::Event(event.map(str::to_owned)))
        }
        TaskKind::Call { action, with } => {
            let input = |field: &str| with.and_then(|with| with.get(field)).and_then(Value::as_str);
            Some(match action {
                "find_records" => Kept::Records(input("entity").unwrap_or("record").to_owned()),
                "check_consent" => Kept::Consent(input("channel").unwrap_or("any").to_owned()),
                other => Kept::Output(other.to_owned()),
            })
        }
        TaskKind::Do(_)
        | TaskKind::Emit(_)
        | TaskKind::For { .. }
        | TaskKind::Fork { .. }
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Switch(_)
        | TaskKind::Try { .. }
        | TaskKind::Wait(_)
        | TaskKind::Unknown => None,
    }
}
