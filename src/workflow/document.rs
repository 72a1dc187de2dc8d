//! Typed views over the raw JSON of a Serverless Workflow document. The raw JSON is the truth: views borrow from it,
//! nothing is lost in a round trip, and an unknown construct stays where it is.
//!
//! Pointers are RFC 6901 JSON pointers into the raw document with the task's name as last part of its own pointer:
//! `/do/1/awaitReply/try/0/reply`. They are the ids of graph nodes, diagnostics, provenance and journal paths alike.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::parse::ParseError;

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

/// `one`, `any` or `all` of some event filters.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStrategy<'a> {
    /// How many of the filters must match.
    pub mode: StrategyMode,
    /// The filters, in order.
    pub filters: Vec<EventFilter<'a>>,
    /// When an `any` stops taking events.
    pub until: Option<Until<'a>>,
}

/// When an `any` stops taking events.
#[derive(Debug, Clone, PartialEq)]
pub enum Until<'a> {
    /// Once this holds on the list of those taken.
    Condition(&'a str),
    /// Once events of this strategy came.
    Events(Box<EventStrategy<'a>>),
}

/// How the filters of an [`EventStrategy`] combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrategyMode {
    /// Exactly one filter.
    One,
    /// The first that matches.
    Any,
    /// Each once, in any order.
    All,
}

impl<'a> EventStrategy<'a> {
    /// Reads `{one: …}`, `{any: […]}` or `{all: […]}`; anything else is an empty `any`.
    #[must_use]
    pub fn read(raw: &'a Value, pointer: &str) -> Self {
        let until = raw.get("until").map(|until| match until.as_str() {
            Some(condition) => Until::Condition(condition),
            None => Until::Events(Box::new(Self::read(until, &format!("{pointer}/until")))),
        });
        if let Some(one) = raw.get("one") {
            let filters = vec![EventFilter { pointer: format!("{pointer}/one"), raw: one }];
            return Self { mode: StrategyMode::One, filters, until };
        }
        let (mode, key) =
            if raw.get("all").is_some() { (StrategyMode::All, "all") } else { (StrategyMode::Any, "any") };
        let list = raw.get(key).and_then(Value::as_array);
        let filters = list
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(i, raw)| EventFilter { pointer: format!("{pointer}/{key}/{i}"), raw })
            .collect();
        Self { mode, filters, until }
    }

    /// Its filters and those of its `until`.
    #[must_use]
    pub fn all_filters(&self) -> Vec<EventFilter<'a>> {
        let mut filters = self.filters.clone();
        if let Some(Until::Events(until)) = &self.until {
            filters.extend(until.all_filters());
        }
        filters
    }
}

/// One event filter: `with` (attributes, `data` condition) and `correlate`.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFilter<'a> {
    /// Where it stands.
    pub pointer: String,
    /// The filter as written.
    pub raw: &'a Value,
}

impl<'a> EventFilter<'a> {
    /// The event type asked for.
    #[must_use]
    pub fn event_type(&self) -> Option<&'a str> {
        self.raw.get("with")?.get("type")?.as_str()
    }

    /// The condition on the payload (`with.data`), an expression over the event's `data`.
    #[must_use]
    pub fn data_condition(&self) -> Option<&'a str> {
        self.raw.get("with")?.get("data")?.as_str()
    }

    /// Correlations as (name, `from`, `expect`).
    #[must_use]
    pub fn correlations(&self) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
        let map = self.raw.get("correlate").and_then(Value::as_object);
        map.into_iter()
            .flatten()
            .filter_map(|(name, rule)| {
                Some((name.as_str(), rule.get("from")?.as_str()?, rule.get("expect").and_then(Value::as_str)))
            })
            .collect()
    }
}

/// An ordered list of one-key task objects.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskList<'a> {
    /// Where the list stands, `/do` for the top.
    pub pointer: String,
    items: &'a [Value],
}

impl<'a> TaskList<'a> {
    fn read(raw: Option<&'a Value>, pointer: String) -> Self {
        Self { pointer, items: raw.and_then(Value::as_array).map_or(&[], Vec::as_slice) }
    }

    /// The tasks in order; an item that is not a one-key object of an object is passed over (validation reports it).
    pub fn iter(&self) -> impl Iterator<Item = Task<'a>> + '_ {
        self.items.iter().enumerate().filter_map(|(index, item)| {
            let (name, body) = item.as_object()?.iter().next()?;
            let pointer = format!("{}/{index}/{}", self.pointer, escape(name));
            Some(Task { name, pointer, index, raw: body.as_object()? })
        })
    }

    /// How many items the list has, well-formed or not.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the list has no items.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    fn collect_into(&self, found: &mut Vec<Task<'a>>) {
        for task in self.iter() {
            let lists = task.kind().children();
            found.push(task);
            for list in lists {
                list.collect_into(found);
            }
        }
    }
}

/// One task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task<'a> {
    /// Its name, unique in the document.
    pub name: &'a str,
    /// Where it stands, name included.
    pub pointer: String,
    /// Its place in its list.
    pub index: usize,
    /// The task as written.
    pub raw: &'a Map<String, Value>,
}

impl<'a> Task<'a> {
    /// What it does.
    #[must_use]
    pub fn kind(&self) -> TaskKind<'a> {
        TaskKind::read(self.raw, &self.pointer)
    }

    /// A string field such as `if`.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&'a str> {
        self.raw.get(field)?.as_str()
    }

    /// The condition under which it runs.
    #[must_use]
    pub fn condition(&self) -> Option<&'a str> {
        self.text("if")
    }

    /// Where the flow goes next: a task name, `continue`, `exit` or `end`.
    #[must_use]
    pub fn then(&self) -> Option<&'a str> {
        self.text("then")
    }

    /// `input.from`: expression or object.
    #[must_use]
    pub fn input_from(&self) -> Option<&'a Value> {
        self.raw.get("input")?.get("from")
    }

    /// `output.as`: expression or object.
    #[must_use]
    pub fn output_as(&self) -> Option<&'a Value> {
        self.raw.get("output")?.get("as")
    }

    /// `export.as`: expression or object.
    #[must_use]
    pub fn export_as(&self) -> Option<&'a Value> {
        self.raw.get("export")?.get("as")
    }

    /// `timeout` as written: an object, or a name under `use.timeouts`.
    #[must_use]
    pub fn timeout(&self) -> Option<&'a Value> {
        self.raw.get("timeout")
    }

    /// `timeout.after`: a duration (text, object or expression).
    #[must_use]
    pub fn timeout_after(&self) -> Option<&'a Value> {
        self.raw.get("timeout")?.get("after")
    }
}

/// What a task does.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskKind<'a> {
    /// Calls an action of the catalog, or a protocol (`http`, `openapi`, `grpc`, `asyncapi`, `mcp`, `a2a`).
    Call { action: &'a str, with: Option<&'a Value> },
    /// A named block.
    Do(TaskList<'a>),
    /// Emits an event (`emit.event.with`).
    Emit(&'a Value),
    /// A loop over `in`; the names of the item (`each`, default `item`) and of its index (`at`, default `index`).
    For { each: &'a str, at: &'a str, items: &'a Value, while_: Option<&'a str>, body: TaskList<'a> },
    /// Branches side by side; `compete`: the first to finish ends the others.
    Fork { compete: bool, branches: TaskList<'a> },
    /// Waits for events.
    Listen(Listen<'a>),
    /// Raises an error: a reference or an inline definition.
    Raise(&'a Value),
    /// Runs a container, script, shell command or workflow.
    Run(&'a Value),
    /// Sets data.
    Set(&'a Value),
    /// Chooses where to go.
    Switch(Vec<Case<'a>>),
    /// Runs `body`; `catch` handles errors.
    Try { body: TaskList<'a>, catch: Catch<'a> },
    /// Waits for a duration: text, object or expression.
    Wait(&'a Value),
    /// None of the above.
    Unknown,
}

/// A `listen` task.
#[derive(Debug, Clone, PartialEq)]
pub struct Listen<'a> {
    /// Which events.
    pub to: EventStrategy<'a>,
    /// `data` (default), `envelope` or `raw`.
    pub read: &'a str,
    /// `foreach`, when every event is worked on as it comes.
    pub foreach: Option<Foreach<'a>>,
}

/// The `foreach` of a `listen`.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreach<'a> {
    /// Name of the event (`item`).
    pub item: &'a str,
    /// Name of its number (`index`).
    pub at: &'a str,
    /// What is done with it; may be empty.
    pub body: TaskList<'a>,
    /// As written (`output.as`, `export.as`).
    pub raw: &'a Value,
}

impl<'a> Foreach<'a> {
    fn read(raw: &'a Value, pointer: &str) -> Self {
        let name = |key, otherwise| raw.get(key).and_then(Value::as_str).unwrap_or(otherwise);
        let body = TaskList::read(raw.get("do"), format!("{pointer}/do"));
        Self { item: name("item", "item"), at: name("at", "index"), body, raw }
    }
}

/// One case of a `switch`.
#[derive(Debug, Clone, PartialEq)]
pub struct Case<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it stands.
    pub pointer: String,
    /// Its condition; absent on the default case.
    pub when: Option<&'a str>,
    /// Where the flow goes.
    pub then: Option<&'a str>,
}

/// The `catch` of a `try`.
#[derive(Debug, Clone, PartialEq)]
pub struct Catch<'a> {
    /// Where it stands.
    pub pointer: String,
    /// The clause as written (`errors.with`, `as`, `when`, `exceptWhen`, `retry`).
    pub raw: &'a Value,
    /// What to do then; may be empty.
    pub body: TaskList<'a>,
}

impl<'a> TaskKind<'a> {
    fn read(raw: &'a Map<String, Value>, pointer: &str) -> Self {
        let at = |part: &str| format!("{pointer}/{part}");
        if let Some(action) = raw.get("call").and_then(Value::as_str) {
            return Self::Call { action, with: raw.get("with") };
        }
        if let Some(spec) = raw.get("for") {
            return Self::For {
                each: spec.get("each").and_then(Value::as_str).unwrap_or("item"),
                at: spec.get("at").and_then(Value::as_str).unwrap_or("index"),
                items: spec.get("in").unwrap_or(&Value::Null),
                while_: raw.get("while").and_then(Value::as_str),
                body: TaskList::read(raw.get("do"), at("do")),
            };
        }
        if let Some(body) = raw.get("try") {
            let catch = raw.get("catch").unwrap_or(&Value::Null);
            let pointer = at("catch");
            let handler = TaskList::read(catch.get("do"), format!("{pointer}/do"));
            return Self::Try {
                body: TaskList::read(Some(body), at("try")),
                catch: Catch { pointer, raw: catch, body: handler },
            };
        }
        if let Some(fork) = raw.get("fork") {
            return Self::Fork {
                compete: fork.get("compete").and_then(Value::as_bool).unwrap_or(false),
                branches: TaskList::read(fork.get("branches"), at("fork/branches")),
            };
        }
        if let Some(listen) = raw.get("listen") {
            return Self::Listen(Listen {
                to: EventStrategy::read(listen.get("to").unwrap_or(&Value::Null), &at("listen/to")),
                read: listen.get("read").and_then(Value::as_str).unwrap_or("data"),
                foreach: raw.get("foreach").map(|foreach| Foreach::read(foreach, &at("foreach"))),
            });
        }
        if let Some(cases) = raw.get("switch") {
            return Self::Switch(read_cases(cases, &at("switch")));
        }
        if let Some(event) = raw.get("emit") {
            return Self::Emit(event);
        }
        if let Some(error) = raw.get("raise") {
            return Self::Raise(error);
        }
        if let Some(process) = raw.get("run") {
            return Self::Run(process);
        }
        if let Some(data) = raw.get("set") {
            return Self::Set(data);
        }
        if let Some(duration) = raw.get("wait") {
            return Self::Wait(duration);
        }
        raw.get("do").map_or(Self::Unknown, |body| Self::Do(TaskList::read(Some(body), at("do"))))
    }

    /// The task lists inside it, in document order.
    #[must_use]
    pub fn children(&self) -> Vec<TaskList<'a>> {
        match self {
            Self::Do(list) | Self::For { body: list, .. } | Self::Fork { branches: list, .. } => vec![list.clone()],
            Self::Try { body, catch } => vec![body.clone(), catch.body.clone()],
            Self::Listen(listen) => listen.foreach.iter().map(|foreach| foreach.body.clone()).collect(),
            Self::Call { .. }
            | Self::Emit(_)
            | Self::Raise(_)
            | Self::Run(_)
            | Self::Set(_)
            | Self::Switch(_)
            | Self::Wait(_)
            | Self::Unknown => Vec::new(),
        }
    }
}

fn read_cases<'a>(cases: &'a Value, pointer: &str) -> Vec<Case<'a>> {
    let list = cases.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .enumerate()
        .filter_map(|(index, item)| {
            let (name, body) = item.as_object()?.iter().next()?;
            Some(Case {
                name,
                pointer: format!("{pointer}/{index}/{}", escape(name)),
                when: body.get("when").and_then(Value::as_str),
                then: body.get("then").and_then(Value::as_str),
            })
        })
        .collect()
}

/// Escapes one part of a JSON pointer (RFC 6901 §3).
#[must_use]
pub fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}
