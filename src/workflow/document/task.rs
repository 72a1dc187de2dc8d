//! Tasks and the lists they stand in; what a task does is its [`TaskKind`].

use serde_json::{Map, Value};

use super::{TaskKind, escape};

/// An ordered list of one-key task objects.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskList<'a> {
    /// Where the list stands, `/do` for the top.
    pub pointer: String,
    items: &'a [Value],
}

impl<'a> TaskList<'a> {
    pub(super) fn read(raw: Option<&'a Value>, pointer: String) -> Self {
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

    pub(super) fn collect_into(&self, found: &mut Vec<Task<'a>>) {
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

    /// Whether the other stands somewhere inside it.
    #[must_use]
    pub fn contains(&self, other: &Task<'_>) -> bool {
        other.pointer.strip_prefix(&self.pointer).is_some_and(|rest| rest.starts_with('/'))
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
