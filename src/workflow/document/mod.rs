//! Typed views over the raw JSON of a Serverless Workflow document. The raw JSON is the truth: views borrow from it,
//! nothing is lost in a round trip, and an unknown construct stays where it is.
//!
//! Pointers are RFC 6901 JSON pointers into the raw document with the task's name as last part of its own pointer:
//! `/do/1/awaitReply/try/0/reply`. They are the ids of graph nodes, diagnostics, provenance and journal paths alike.

mod events;
mod kind;
mod task;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parse::ParseError;
pub use crate::model::pointer::escape;
pub use events::{EventFilter, EventStrategy, StrategyMode, Until};
pub use kind::{Case, Catch, Foreach, Listen, TaskKind};
pub use task::{Task, TaskList};

/// The error type a timeout raises (DSL 1.0.3, "Standard Error Types").
pub const TIMEOUT_ERROR: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";

/// A Serverless Workflow DSL 1.0.3 document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Definition(Value);

impl TryFrom<Value> for Definition {
    type Error = ParseError;

    fn try_from(raw: Value) -> Result<Self, ParseError> {
        Self::from_value(raw)
    }
}

impl From<Definition> for Value {
    fn from(definition: Definition) -> Self {
        definition.0
    }
}

impl Definition {
    /// Wraps a document; the caller has checked that it is a JSON object (see [`super::parse`]).
    pub(super) const fn new_unchecked(raw: Value) -> Self {
        Self(raw)
    }

    /// The document as it was written.
    #[must_use]
    pub const fn raw(&self) -> &Value {
        &self.0
    }

    /// The document as it was written, by value.
    #[must_use]
    pub fn into_raw(self) -> Value {
        self.0
    }

    /// A string of `document`, such as `title`.
    #[must_use]
    pub fn header(&self, field: &str) -> Option<&str> {
        self.0.get("document")?.get(field)?.as_str()
    }

    /// `document.title`, else its name, else `untitled`.
    #[must_use]
    pub fn title(&self) -> &str {
        self.header("title").or_else(|| self.header("name")).unwrap_or("untitled")
    }

    /// `document.tags.department`.
    #[must_use]
    pub fn department(&self) -> Option<&str> {
        self.0.pointer("/document/tags/department")?.as_str()
    }

    /// Stores the workflow is limited to (`document.metadata.stores`); empty means all stores of the tenant.
    #[must_use]
    pub fn stores(&self) -> Vec<&str> {
        let stores = self.0.pointer("/document/metadata/stores").and_then(Value::as_array);
        stores.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// A reusable part: `use.<section>.<name>`, such as `use.retries.gentle`.
    #[must_use]
    pub fn reusable(&self, section: &str, name: &str) -> Option<&Value> {
        self.0.get("use")?.get(section)?.get(name)
    }

    /// The JSON Schema of what it is started with (`input.schema.document`).
    #[must_use]
    pub fn input_schema(&self) -> Option<&Value> {
        self.0.pointer("/input/schema/document")
    }

    /// What starts it.
    #[must_use]
    pub fn schedule(&self) -> Schedule<'_> {
        let Some(schedule) = self.0.get("schedule").and_then(Value::as_object) else { return Schedule::Manual };
        if let Some(on) = schedule.get("on") {
            return Schedule::On(EventStrategy::read(on, "/schedule/on"));
        }
        if let Some(cron) = schedule.get("cron").and_then(Value::as_str) {
            return Schedule::Cron(cron);
        }
        if let Some(every) = schedule.get("every") {
            return Schedule::Every(every);
        }
        schedule.get("after").map_or(Schedule::Manual, Schedule::After)
    }

    /// The top-level `do`.
    #[must_use]
    pub fn tasks(&self) -> TaskList<'_> {
        TaskList::read(self.0.get("do"), "/do".to_owned())
    }

    /// Every task, depth first, in document order.
    #[must_use]
    pub fn all_tasks(&self) -> Vec<Task<'_>> {
        let mut found = Vec::new();
        self.tasks().collect_into(&mut found);
        found
    }

    /// The task with this pointer.
    #[must_use]
    pub fn task_at(&self, pointer: &str) -> Option<Task<'_>> {
        self.all_tasks().into_iter().find(|task| task.pointer == pointer)
    }

    /// The first task with this name; names are unique in a valid document.
    #[must_use]
    pub fn task_named(&self, name: &str) -> Option<Task<'_>> {
        self.all_tasks().into_iter().find(|task| task.name == name)
    }
}

/// What starts a workflow.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule<'a> {
    /// Events.
    On(EventStrategy<'a>),
    /// Five fields, store's zone, both day fields restricted must both match.
    Cron(&'a str),
    /// A duration: text or object.
    Every(&'a Value),
    /// A duration after the previous run ended.
    After(&'a Value),
    /// By hand or by an API call.
    Manual,
}
