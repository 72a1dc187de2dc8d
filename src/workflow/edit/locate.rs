//! Finding what an operation names.

use serde_json::Value;

use super::error::Refusal;
use crate::model::pointer::{escape, unescape};
use crate::workflow::document::Definition;

/// The pointer of the task named by `target` (its name, or its pointer).
pub(super) fn task(definition: &Definition, target: &str) -> Result<String, Refusal> {
    let tasks = definition.all_tasks();
    if target.starts_with('/') {
        if let Some(task) = tasks.iter().find(|task| task.pointer == target) {
            return Ok(task.pointer.clone());
        }
    } else {
        let found: Vec<String> =
            tasks.iter().filter(|task| task.name == target).map(|task| task.pointer.clone()).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one.clone()),
            [..] => return Err(Refusal::ambiguous_task(target, &found)),
        }
    }
    let names: Vec<&str> = tasks.iter().map(|task| task.name).collect();
    let wanted = target.rsplit('/').next().unwrap_or(target);
    Err(Refusal::unknown_task(target, nearest(wanted, &names), &names))
}

/// A JSON pointer from what was written: a pointer as it is, or a path that starts at a task.
pub(super) fn pointer(definition: &Definition, target: &str) -> Result<String, Refusal> {
    if target.starts_with('/') {
        return Ok(target.to_owned());
    }
    if target.is_empty() {
        return Err(Refusal::bad_pointer(target, "the whole document is not a target", "name the value to change"));
    }
    let (name, rest) = target.split_once('/').map_or((target, ""), |(name, rest)| (name, rest));
    let base = task(definition, name)?;
    Ok(if rest.is_empty() { base } else { format!("{base}/{rest}") })
}

/// The pointer of a list of tasks; the `do` of a `catch` may still be absent.
pub(super) fn list(definition: &Definition, target: &str) -> Result<String, Refusal> {
    let pointer = pointer(definition, target)?;
    let Some((parent, last)) = pointer.rsplit_once('/') else { return Err(Refusal::bad_list(target)) };
    let is_catch = last == "do" && parent.rsplit('/').next() == Some("catch");
    // the list of a task, or of the part of it that a list stands in
    let part = ["/catch", "/fork", "/foreach"].iter().find_map(|part| parent.strip_suffix(part)).unwrap_or(parent);
    let owner = |task: &str| task == parent || task == part;
    let belongs = pointer == "/do" || definition.all_tasks().iter().any(|task| owner(&task.pointer));
    let named = matches!(last, "do" | "try" | "branches");
    let stands = match definition.raw().pointer(&pointer) {
        Some(value) => value.is_array(),
        None => is_catch && definition.raw().pointer(parent).is_some_and(Value::is_object),
    };
    if belongs && named && stands { Ok(pointer) } else { Err(Refusal::bad_list(target)) }
}

/// A pointer into a list of tasks, taken apart: `/do/1/awaitReply` is list `/do`, index 1.
pub(super) fn place(task_pointer: &str) -> Option<(&str, usize)> {
    let (item, _) = task_pointer.rsplit_once('/')?;
    let (list, index) = item.rsplit_once('/')?;
    Some((list, index.parse().ok()?))
}

/// The parent's pointer and the last part, unescaped.
pub(super) fn split(pointer: &str) -> Option<(&str, String)> {
    let (parent, last) = pointer.rsplit_once('/')?;
    Some((parent, unescape(last)))
}

/// The pointers of the items of all task lists, such as `/do/1`: objects with one key that is the task's name.
pub(super) fn is_item(definition: &Definition, pointer: &str) -> bool {
    definition.all_tasks().iter().any(|task| {
        task.pointer.strip_suffix(escape(task.name).as_ref()).and_then(|item| item.strip_suffix('/')) == Some(pointer)
    })
}

/// The name nearest to what was written, if it is near enough to be a slip.
pub(super) fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted_lower = wanted.to_lowercase();
    let (distance, name) =
        names.iter().map(|name| (distance(&wanted_lower, &name.to_lowercase()), *name)).min_by_key(|pair| pair.0)?;
    let longest = wanted.chars().count().max(name.chars().count());
    (distance * 2 <= longest).then_some(name)
}

/// Levenshtein distance, bounded by taking at most 64 characters of each.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().take(64).enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        let mut before = i + 1;
        for (right, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let best = (diagonal + usize::from(left != *right)).min(before + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = best;
            before = best;
        }
    }
    row.last().copied().unwrap_or_default()
}
