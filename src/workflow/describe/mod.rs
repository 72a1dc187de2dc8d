//! A definition read back in plain language, so that a manager sees what it will do before it does it.
//!
//! Every task has its line: what is not understood is shown as written, never left out.

mod brakes;
mod calls;
mod condition;
mod jq;
pub(super) mod sentences;
mod steps;
mod summary;
mod trigger;
pub(super) mod values;
pub(super) mod voice;
pub(super) mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

pub use summary::summary;

use super::catalog::Catalog;
use super::document::Definition;
use super::text::Language;
use voice::Voice;

pub use brakes::{Brake, brakes};

/// A definition in plain language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Readback {
    /// The language it is in.
    pub language: Language,
    /// The title of the definition.
    pub title: String,
    /// Its summary, if it has one.
    pub summary: Option<String>,
    /// What starts it.
    pub trigger: String,
    /// What it does.
    pub steps: Vec<Step>,
    /// Slugs of the stores it is limited to; empty means all.
    pub stores: Vec<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Step {
    /// Pointer of its task.
    pub pointer: String,
    /// Its number: `3`, `3.1`.
    pub number: String,
    /// Name of its task.
    pub name: String,
    /// Keyword of its task: `call`, `wait`, `switch` …
    pub kind: String,
    /// What it does.
    pub text: String,
    /// Pointers of tasks inside it that this line speaks for as well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// What is inside it.
    pub children: Vec<Branch>,
}

/// Steps under a common heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Branch {
    /// When these steps are done; empty when always.
    pub label: String,
    /// Of a case of a switch: its condition alone, without where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The steps; empty when the label says it all.
    #[schema(no_recursion)]
    pub steps: Vec<Step>,
}

/// What happened, as a clause without "when": "a lead arrives".
#[must_use]
pub fn event_words(name: &str, language: Language) -> Option<&'static str> {
    words::event(name, language)
}

/// What an action is called: "Text to the customer".
#[must_use]
pub fn action_words(name: &str, language: Language) -> Option<&'static str> {
    sentences::label(name, language)
}

/// A job role in the singular, without article.
#[must_use]
pub fn role_words(name: &str, language: Language) -> Option<&'static str> {
    words::role(name, language)
}

/// Records of an entity in the plural, without article.
#[must_use]
pub fn entity_words(name: &str, language: Language) -> Option<&'static str> {
    words::entities(name, language)
}

/// Reads a definition back.
#[must_use]
pub fn describe(definition: &Definition, catalog: &Catalog, language: Language) -> Readback {
    read_back(definition, catalog, language).0
}

/// The expressions a readback shows as written, because there are no words for them; without their `${ }`.
#[must_use]
pub fn wordless(definition: &Definition, catalog: &Catalog) -> BTreeSet<String> {
    read_back(definition, catalog, Language::En).1.wordless()
}

/// One expression of a definition in plain words: what whoever approves it reads in its place.
#[must_use]
pub fn expression_in_words(definition: &Definition, catalog: &Catalog, language: Language, text: &str) -> String {
    Voice::new(definition, catalog, language).expression(text)
}

/// Single values of a definition in plain words, by the pointers they stand at; what stands nowhere is left out.
#[must_use]
pub fn values_in_words(
    definition: &Definition,
    catalog: &Catalog,
    language: Language,
    pointers: &[&str],
) -> BTreeMap<String, String> {
    let voice = Voice::new(definition, catalog, language);
    let value = |pointer: &&str| Some((*pointer).to_owned()).zip(definition.raw().pointer(pointer));
    let found = pointers.iter().filter_map(value);
    found.map(|(pointer, value)| (pointer.clone(), values::show(&voice, &pointer, value))).collect()
}

fn read_back<'a>(definition: &Definition, catalog: &'a Catalog, language: Language) -> (Readback, Voice<'a>) {
    let mut voice = Voice::new(definition, catalog, language);
    voice.number_steps(&definition.tasks(), "", 1);
    let readback = Readback {
        language,
        title: definition.title().to_owned(),
        summary: definition.header("summary").map(str::to_owned),
        trigger: voice.trigger(&definition.schedule()),
        steps: voice.steps(&definition.tasks()),
        stores: definition.stores().into_iter().map(str::to_owned).collect(),
    };
    (readback, voice)
}

impl Readback {
    /// The whole readback as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        if let Some(summary) = &self.summary {
            let _ = writeln!(text, "{summary}");
        }
        let _ = writeln!(text, "\n{}:", self.trigger);
        write_steps(&self.steps, 0, &mut text);
        let stores = if self.stores.is_empty() {
            words::pick(self.language, "all", "todas").to_owned()
        } else {
            self.stores.join(", ")
        };
        let _ = writeln!(text, "\n{}: {stores}", words::pick(self.language, "Stores", "Sucursales"));
        text
    }

    /// The line of a task, wherever it stands.
    #[must_use]
    pub fn step_at(&self, pointer: &str) -> Option<&Step> {
        find(&self.steps, pointer)
    }
}

fn write_steps(steps: &[Step], depth: usize, text: &mut String) {
    let indent = "   ".repeat(depth);
    for step in steps {
        let _ = writeln!(text, "{indent}{}. {}", step.number, step.text);
        for branch in &step.children {
            let mut inner = depth + 1;
            if !branch.label.is_empty() {
                let colon = if branch.steps.is_empty() { "." } else { ":" };
                let _ = writeln!(text, "{indent}   – {}{colon}", branch.label);
                inner += 1;
            }
            write_steps(&branch.steps, inner, text);
        }
    }
}

fn find<'a>(steps: &'a [Step], pointer: &str) -> Option<&'a Step> {
    steps.iter().find_map(|step| {
        if step.pointer == pointer || step.covers.iter().any(|covered| covered == pointer) {
            return Some(step);
        }
        step.children.iter().find_map(|branch| find(&branch.steps, pointer))
    })
}
