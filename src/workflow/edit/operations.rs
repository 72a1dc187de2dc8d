//! Doing one operation after another on a copy of the document.

use serde_json::{Map, Value};

use super::error::Refusal;
use super::{EditOperation, locate};
use crate::workflow::document::{Definition, escape};

const HEADER_FIELDS: [&str; 7] = ["title", "summary", "name", "version", "namespace", "tags", "metadata"];
const TASK_WORDS: [&str; 12] =
    ["call", "do", "emit", "for", "fork", "listen", "raise", "run", "set", "switch", "try", "wait"];
const FLOW_WORDS: [&str; 3] = ["continue", "exit", "end"];

/// A document being edited.
pub(super) struct Editor {
    definition: Definition,
}

impl Editor {
    pub(super) const fn new(definition: Definition) -> Self {
        Self { definition }
    }

    pub(super) fn into_definition(self) -> Definition {
        self.definition
    }

    pub(super) fn run(&mut self, operation: &EditOperation) -> Result<(), Refusal> {
        match operation {
            EditOperation::Set { pointer, value } => self.set(pointer, value),
            EditOperation::Remove { pointer } => self.remove(pointer),
            EditOperation::AddTask { list, after, at, name, task } => {
                self.add_task(Place { list: list.as_deref(), after: after.as_deref(), at: *at }, name, task)
            }
            EditOperation::ReplaceTask { task, body } => self.replace_task(task, body),
            EditOperation::RemoveTask { task } => {
                let pointer = locate::task(&self.definition, task)?;
                self.take_item(&pointer).map(|_| ())
            }
            EditOperation::MoveTask { task, list, after, at } => {
                self.move_task(task, Place { list: list.as_deref(), after: after.as_deref(), at: *at })
            }
            EditOperation::RenameTask { task, name } => self.rename_task(task, name),
            EditOperation::SetTrigger { schedule } => self.set_trigger(schedule),
            EditOperation::SetHeader { field, value } => self.set_header(field, value),
        }
    }

    fn set(&mut self, target: &str, value: &Value) -> Result<(), Refusal> {
        let pointer = locate::pointer(&self.definition, target)?;
        if let Some(task) = self.definition.task_at(&pointer) {
            let name = task.name.to_owned();
            return self.replace_body(&pointer, &name, value);
        }
        let Some((parent, last)) = locate::split(&pointer) else {
            return Err(Refusal::bad_pointer(target, "not a JSON pointer", "a pointer starts with `/`"));
        };
        let exists = self.definition.raw().pointer(&pointer).is_some();
        if !exists && locate::is_item(&self.definition, parent) {
            return Err(self.no_such_task(target, &last));
        }
        if pointer == "/do" && !value.is_array() {
            return Err(Refusal::bad_list(target));
        }
        let mut next = self.definition.clone().into_raw();
        let Some(parent_value) = next.pointer_mut(parent) else { return Err(self.nothing_there(target, parent)) };
        match parent_value {
            Value::Object(map) => {
                map.insert(last, value.clone());
            }
            Value::Array(items) => {
                let index = if last == "-" { Some(items.len()) } else { last.parse().ok() };
                match index {
                    Some(index) if index < items.len() => {
                        if let Some(item) = items.get_mut(index) {
                            *item = value.clone();
                        }
                    }
                    Some(index) if index == items.len() => items.push(value.clone()),
                    Some(_) | None => {
                        let hint = format!("the list has {} items, counted from 0; `-` adds one", items.len());
                        return Err(Refusal::bad_pointer(target, "no such item", hint));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let hint = format!("write {parent} as a whole");
                return Err(Refusal::bad_pointer(target, "its parent is a single value", hint));
            }
        }
        self.accept(next)
    }

    fn remove(&mut self, target: &str) -> Result<(), Refusal> {
        let pointer = locate::pointer(&self.definition, target)?;
        if self.definition.task_at(&pointer).is_some() {
            return self.take_item(&pointer).map(|_| ());
        }
        if matches!(pointer.as_str(), "/do" | "/document") {
            return Err(Refusal::bad_pointer(
                target,
                "a definition cannot be without it",
                "remove single tasks or fields",
            ));
        }
        if self.definition.raw().pointer(&pointer).is_none() {
            return Err(self.nothing_there(target, &pointer));
        }
        let Some((parent, last)) = locate::split(&pointer) else {
            return Err(Refusal::bad_pointer(target, "not a JSON pointer", "a pointer starts with `/`"));
        };
        self.change(|raw| match raw.pointer_mut(parent) {
            Some(Value::Object(map)) => {
                map.shift_remove(&last);
            }
            Some(Value::Array(items)) => {
                if let Some(index) = last.parse().ok().filter(|index: &usize| *index < items.len()) {
                    items.remove(index);
                }
            }
            Some(_) | None => {}
        });
        Ok(())
    }

    fn add_task(&mut self, place: Place<'_>, name: &str, task: &Value) -> Result<(), Refusal> {
        check_name(name)?;
        if let Some(taken) = self.definition.task_named(name) {
            return Err(Refusal::name_taken(name, &taken.pointer));
        }
        let body = body_of(name, task)?;
        let (list, index) = self.place(place, "/do")?;
        self.insert_item(&list, index, item(name, Value::Object(body.clone())))
    }

    fn replace_task(&mut self, target: &str, body: &Value) -> Result<(), Refusal> {
        let pointer = locate::task(&self.definition, target)?;
        let name = self.definition.task_at(&pointer).map_or_else(|| target.to_owned(), |task| task.name.to_owned());
        self.replace_body(&pointer, &name, body)
    }

    fn replace_body(&mut self, pointer: &str, name: &str, body: &Value) -> Result<(), Refusal> {
        let body = body_of(name, body)?.clone();
        let mut next = self.definition.clone().into_raw();
        if let Some(place) = next.pointer_mut(pointer) {
            *place = Value::Object(body);
        }
        self.accept(next)
    }

    fn move_task(&mut self, target: &str, place: Place<'_>) -> Result<(), Refusal> {
        let pointer = locate::task(&self.definition, target)?;
        let name = self.definition.task_at(&pointer).map_or_else(|| target.to_owned(), |task| task.name.to_owned());
        let before = self.definition.clone();
        // pointers shift when the task is taken out; names do not
        let after = place.after.map(|after| before.task_at(after).map_or(after, |task| task.name));
        let place = Place { after, ..place };
        let own = locate::place(&pointer).map_or_else(|| "/do".to_owned(), |(list, _)| list.to_owned());
        let (list, _) = self.place(place, &own)?;
        if format!("{list}/").starts_with(&format!("{pointer}/")) {
            return Err(Refusal::bad_place(format!("`{name}` cannot move into itself"), "name a list outside it"));
        }
        if after == Some(name.as_str()) {
            return Err(Refusal::bad_place(format!("`{name}` cannot come after itself"), "name another task"));
        }
        // the list may stand behind the task taken out: its pointer is found again by the task that holds it
        let holder = self.definition.all_tasks().into_iter().rfind(|t| list.starts_with(&format!("{}/", t.pointer)));
        let inner = holder.map(|t| (t.name.to_owned(), list.get(t.pointer.len()..).unwrap_or_default().to_owned()));
        let taken = self.take_item(&pointer)?;
        let done = inner
            .map_or_else(
                || Ok("/do".to_owned()),
                |(holder, rest)| locate::task(&self.definition, &holder).map(|pointer| format!("{pointer}{rest}")),
            )
            .and_then(|list| self.place(Place { list: Some(&list), ..place }, &list))
            .and_then(|(list, index)| self.insert_item(&list, index, taken));
        if done.is_err() {
            self.definition = before;
        }
        done
    }

    fn rename_task(&mut self, target: &str, name: &str) -> Result<(), Refusal> {
        let pointer = locate::task(&self.definition, target)?;
        check_name(name)?;
        let old = self.definition.task_at(&pointer).map_or_else(|| target.to_owned(), |task| task.name.to_owned());
        if old == name {
            return Ok(());
        }
        if let Some(taken) = self.definition.task_named(name) {
            return Err(Refusal::name_taken(name, &taken.pointer));
        }
        let Some((list, index)) = locate::place(&pointer) else { return Err(Refusal::bad_list(&pointer)) };
        self.change(|raw| {
            let Some(items) = raw.pointer_mut(list).and_then(Value::as_array_mut) else { return };
            if let Some(Value::Object(map)) = items.get_mut(index) {
                let renamed = std::mem::take(map).into_iter();
                *map =
                    renamed.map(|(key, body)| if key == old { (name.to_owned(), body) } else { (key, body) }).collect();
            }
            for item in items {
                redirect(item, &old, name);
            }
        });
        Ok(())
    }

    fn set_trigger(&mut self, schedule: &Value) -> Result<(), Refusal> {
        let Some(fields) = schedule.as_object() else { return Err(Refusal::bad_trigger("is not an object")) };
        let starts = ["on", "cron", "every", "after"];
        if fields.keys().filter(|key| starts.contains(&key.as_str())).count() != 1 {
            return Err(Refusal::bad_trigger("needs exactly one of on, cron, every"));
        }
        self.change(|raw| {
            let Some(map) = raw.as_object_mut() else { return };
            if map.contains_key("schedule") {
                map.insert("schedule".to_owned(), schedule.clone());
                return;
            }
            // a new trigger stands where a reader looks for it: before `do`
            let index = map.keys().position(|key| key == "do").unwrap_or(map.len());
            map.shift_insert(index, "schedule".to_owned(), schedule.clone());
        });
        Ok(())
    }

    fn set_header(&mut self, field: &str, value: &Value) -> Result<(), Refusal> {
        let mut parts = field.split('.');
        let first = parts.next().unwrap_or_default();
        let inner = parts.next();
        if !HEADER_FIELDS.contains(&first) || parts.next().is_some() || inner.is_some_and(str::is_empty) {
            return Err(Refusal::bad_header(field, "cannot be edited"));
        }
        let nested = matches!(first, "tags" | "metadata");
        let fits = match inner {
            None if nested => value.is_object(),
            None => value.is_string(),
            Some(_) => nested,
        };
        if !fits {
            return Err(Refusal::bad_header(field, "does not take this value"));
        }
        self.change(|raw| {
            let Some(root) = raw.as_object_mut() else { return };
            let header = root.entry("document").or_insert_with(|| Value::Object(Map::new()));
            let Some(header) = header.as_object_mut() else { return };
            let Some(inner) = inner else {
                header.insert(first.to_owned(), value.clone());
                return;
            };
            let group = header.entry(first).or_insert_with(|| Value::Object(Map::new()));
            if let Some(group) = group.as_object_mut() {
                group.insert(inner.to_owned(), value.clone());
            }
        });
        Ok(())
    }

    /// Takes the new document if no two tasks have the same name that did not have it before.
    fn accept(&mut self, next: Value) -> Result<(), Refusal> {
        let next = Definition::new_unchecked(next);
        let before: Vec<&str> = self.definition.all_tasks().iter().map(|task| task.name).collect();
        let mut seen: Vec<(&str, String)> = Vec::new();
        for task in next.all_tasks() {
            if let Some((_, pointer)) = seen.iter().find(|(name, _)| *name == task.name) {
                let times = before.iter().filter(|name| **name == task.name).count();
                if times < 2 {
                    return Err(Refusal::name_taken(task.name, pointer));
                }
            }
            seen.push((task.name, task.pointer.clone()));
        }
        self.definition = next;
        Ok(())
    }

    /// Where a task goes: list and index.
    fn place(&self, place: Place<'_>, default: &str) -> Result<(String, usize), Refusal> {
        if place.after.is_some() && place.at.is_some() {
            return Err(Refusal::bad_place("both `after` and `at` are given".to_owned(), "give one of them"));
        }
        let Some(after) = place.after else {
            let list = locate::list(&self.definition, place.list.unwrap_or(default))?;
            let len = self.definition.raw().pointer(&list).and_then(Value::as_array).map_or(0, Vec::len);
            let index = place.at.unwrap_or(len);
            if index > len {
                let hint = format!("{list} has {len} tasks; leave `at` out to add at the end");
                return Err(Refusal::bad_place(format!("there is no place {index}"), hint));
            }
            return Ok((list, index));
        };
        let pointer = match place.list {
            Some(list) if !after.starts_with('/') => self.in_list(&locate::list(&self.definition, list)?, after),
            Some(_) | None => None,
        };
        let pointer = pointer.map_or_else(|| locate::task(&self.definition, after), Ok)?;
        let Some((own, index)) = locate::place(&pointer) else { return Err(Refusal::bad_list(&pointer)) };
        if let Some(list) = place.list
            && locate::list(&self.definition, list)? != own
        {
            let hint = format!("leave `list` out, or name {own}");
            return Err(Refusal::bad_place(format!("`{after}` is not in {list}"), hint));
        }
        Ok((own.to_owned(), index + 1))
    }

    /// The task of this name in this very list.
    fn in_list(&self, list: &str, name: &str) -> Option<String> {
        let items = self.definition.raw().pointer(list)?.as_array()?;
        let index = items
            .iter()
            .position(|item| item.as_object().and_then(|map| map.keys().next()).is_some_and(|key| key == name))?;
        Some(format!("{list}/{index}/{}", escape(name)))
    }

    fn insert_item(&mut self, list: &str, index: usize, item: Value) -> Result<(), Refusal> {
        let mut next = self.definition.clone().into_raw();
        if next.pointer(list).is_none()
            && let Some((parent, last)) = locate::split(list)
            && let Some(Value::Object(map)) = next.pointer_mut(parent)
        {
            map.insert(last, Value::Array(Vec::new()));
        }
        match next.pointer_mut(list).and_then(Value::as_array_mut) {
            Some(items) if index <= items.len() => items.insert(index, item),
            Some(_) | None => return Err(Refusal::bad_list(list)),
        }
        self.accept(next)
    }

    fn take_item(&mut self, pointer: &str) -> Result<Value, Refusal> {
        let Some((list, index)) = locate::place(pointer) else { return Err(Refusal::bad_list(pointer)) };
        let mut taken = None;
        self.change(|raw| {
            let items = raw.pointer_mut(list).and_then(Value::as_array_mut);
            taken = items.filter(|items| index < items.len()).map(|items| items.remove(index));
        });
        taken.ok_or_else(|| Refusal::bad_list(list))
    }

    fn change(&mut self, change: impl FnOnce(&mut Value)) {
        let mut raw = std::mem::replace(&mut self.definition, Definition::new_unchecked(Value::Null)).into_raw();
        change(&mut raw);
        self.definition = Definition::new_unchecked(raw);
    }

    fn nothing_there(&self, target: &str, missing: &str) -> Refusal {
        let mut deepest = missing;
        while !deepest.is_empty() && self.definition.raw().pointer(deepest).is_none() {
            deepest = deepest.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
        let fields: Vec<String> = match self.definition.raw().pointer(deepest) {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(items)) => (0..items.len()).map(|index| index.to_string()).collect(),
            Some(_) | None => Vec::new(),
        };
        let at = if deepest.is_empty() { "the document" } else { deepest };
        let wanted = missing.get(deepest.len() + 1..).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let names: Vec<&str> = fields.iter().map(String::as_str).collect();
        let hint = match locate::nearest(wanted, &names) {
            Some(name) => format!("did you mean {deepest}/{}?", escape(name)),
            None => format!("{at} has: {}", names.join(", ")),
        };
        Refusal::bad_pointer(target, "there is nothing at this place", hint)
    }

    fn no_such_task(&self, target: &str, wanted: &str) -> Refusal {
        let names: Vec<&str> = self.definition.all_tasks().iter().map(|task| task.name).collect();
        Refusal::unknown_task(target, locate::nearest(wanted, &names), &names)
    }
}

/// Where a task is to stand, as written.
#[derive(Clone, Copy)]
struct Place<'a> {
    list: Option<&'a str>,
    after: Option<&'a str>,
    at: Option<usize>,
}

fn item(name: &str, body: Value) -> Value {
    let mut map = Map::new();
    map.insert(name.to_owned(), body);
    Value::Object(map)
}

/// The body of a task; one that is wrapped in its own name is unwrapped.
fn body_of<'a>(name: &str, body: &'a Value) -> Result<&'a Map<String, Value>, Refusal> {
    let Some(map) = body.as_object() else { return Err(Refusal::bad_task(name, "is not an object")) };
    let map = match (map.len(), map.get(name)) {
        (1, Some(Value::Object(inner))) if !TASK_WORDS.contains(&name) => inner,
        (_, Some(_) | None) => map,
    };
    if map.keys().any(|key| TASK_WORDS.contains(&key.as_str())) {
        Ok(map)
    } else {
        Err(Refusal::bad_task(name, "says nothing to do"))
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let letter_first = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if letter_first && plain && name.len() <= 64 && !FLOW_WORDS.contains(&name) {
        Ok(())
    } else {
        Err(Refusal::bad_name(name))
    }
}

/// Corrects the `then` of a task of the list, and of its cases when it is a switch.
fn redirect(item: &mut Value, old: &str, new: &str) {
    let Some((_, body)) = item.as_object_mut().and_then(|map| map.iter_mut().next()) else { return };
    redirect_then(body, old, new);
    for case in body.get_mut("switch").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some((_, case)) = case.as_object_mut().and_then(|map| map.iter_mut().next()) {
            redirect_then(case, old, new);
        }
    }
}

fn redirect_then(body: &mut Value, old: &str, new: &str) {
    if let Some(then) = body.get_mut("then")
        && then.as_str() == Some(old)
    {
        *then = Value::String(new.to_owned());
    }
}
