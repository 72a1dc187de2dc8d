//! The task kinds of DSL 1.0.3 with the parts each of them is read by.

use serde_json::{Map, Value};

use super::{EventStrategy, TaskList, escape};

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

/// The keys a kind is known by; the first that a task has decides.
const KEYWORDS: [&str; 12] =
    ["call", "for", "try", "fork", "listen", "switch", "emit", "raise", "run", "set", "wait", "do"];

impl<'a> TaskKind<'a> {
    pub(super) fn read(raw: &'a Map<String, Value>, pointer: &str) -> Self {
        let at = |part: &str| format!("{pointer}/{part}");
        // A task has few keys: one look at each is less than a search for every keyword.
        let places = raw.iter().filter_map(|(key, value)| Some((KEYWORDS.iter().position(|word| word == key)?, value)));
        let first = places.filter(|(place, value)| *place > 0 || value.is_string()).min_by_key(|(place, _)| *place);
        let Some((place, value)) = first else { return Self::Unknown };
        match KEYWORDS[place] {
            "call" => value.as_str().map_or(Self::Unknown, |action| Self::Call { action, with: raw.get("with") }),
            "for" => Self::For {
                each: value.get("each").and_then(Value::as_str).unwrap_or("item"),
                at: value.get("at").and_then(Value::as_str).unwrap_or("index"),
                items: value.get("in").unwrap_or(&Value::Null),
                while_: raw.get("while").and_then(Value::as_str),
                body: TaskList::read(raw.get("do"), at("do")),
            },
            "try" => {
                let catch = raw.get("catch").unwrap_or(&Value::Null);
                let pointer = at("catch");
                let handler = TaskList::read(catch.get("do"), format!("{pointer}/do"));
                Self::Try {
                    body: TaskList::read(Some(value), at("try")),
                    catch: Catch { pointer, raw: catch, body: handler },
                }
            }
            "fork" => Self::Fork {
                compete: value.get("compete").and_then(Value::as_bool).unwrap_or(false),
                branches: TaskList::read(value.get("branches"), at("fork/branches")),
            },
            "listen" => Self::Listen(Listen {
                to: EventStrategy::read(value.get("to").unwrap_or(&Value::Null), &at("listen/to")),
                read: value.get("read").and_then(Value::as_str).unwrap_or("data"),
                foreach: raw.get("foreach").map(|foreach| Foreach::read(foreach, &at("foreach"))),
            }),
            "switch" => Self::Switch(read_cases(value, &at("switch"))),
            "emit" => Self::Emit(value),
            "raise" => Self::Raise(value),
            "run" => Self::Run(value),
            "set" => Self::Set(value),
            "wait" => Self::Wait(value),
            "do" => Self::Do(TaskList::read(Some(value), at("do"))),
            _ => Self::Unknown,
        }
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
