//! What a new content takes away from the old one: steps, guards, times and limits. Adding is the matter of
//! [`super::powers`]; here it is what holds a workflow back, and is gone or weaker afterwards.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::Catalog;
use super::diff::align;
use super::document::{Definition, Task};
use super::duration::IsoDuration;
use super::provenance::slots;

/// What was taken away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Loss {
    /// A step is gone: the name of its action, or `wait` or `listen`.
    Step {
        /// What it did.
        what: String,
        /// Where it stood.
        pointer: String,
    },
    /// A condition, a filter, a limit or the purpose of a message is gone or another one.
    Guard {
        /// Where it stood.
        pointer: String,
        /// What it said.
        before: Value,
        /// What it says now.
        after: Option<Value>,
    },
    /// A length of time is another one; absent when an expression took its place, or nothing.
    Time {
        /// Where it stood.
        pointer: String,
        /// What it is now.
        after: Option<Value>,
    },
    /// A number is another one.
    Number {
        /// Where it stood.
        pointer: String,
        /// What it is now.
        after: Option<Value>,
    },
    /// The calendar that starts it is another one.
    Calendar {
        /// Where it stands.
        pointer: String,
    },
}

impl Loss {
    /// Where it stood in the old content.
    #[must_use]
    pub fn pointer(&self) -> &str {
        match self {
            Self::Step { pointer, .. }
            | Self::Guard { pointer, .. }
            | Self::Time { pointer, .. }
            | Self::Number { pointer, .. }
            | Self::Calendar { pointer } => pointer,
        }
    }
}

/// What `new` takes away from `old`, in the order of the old document.
#[must_use]
pub fn losses(old: &Definition, new: &Definition) -> Vec<Loss> {
    let pairs = align::pairs(old, new);
    let stays = |pointer: &str| pairs.iter().any(|(from, _)| from == pointer);
    let mut found: Vec<Loss> = Vec::new();
    for task in old.all_tasks() {
        if !stays(&task.pointer)
            && let Some(what) = held(&task)
        {
            found.push(Loss::Step { what: what.to_owned(), pointer: task.pointer });
        }
    }
    let header = "/document/metadata/stores";
    let (before, after) = (old.raw().pointer(header), new.raw().pointer(header));
    if let Some(before) = before.filter(|_| before != after) {
        found.push(Loss::Guard { pointer: header.to_owned(), before: before.clone(), after: after.cloned() });
    }
    for slot in slots(old) {
        let holder = pairs.iter().filter(|(from, _)| within(&slot.pointer, from)).max_by_key(|(from, _)| from.len());
        let target = match (holder, slot.task) {
            (Some((from, to)), _) => format!("{to}{}", slot.pointer.get(from.len()..).unwrap_or_default()),
            (None, None) => slot.pointer.clone(),
            // its step is gone, and counted
            (None, Some(_)) => continue,
        };
        let after = new.raw().pointer(&target);
        if after != Some(slot.value) {
            found.extend(weakened(&slot.pointer, slot.value, after.cloned()));
        }
    }
    found
}

/// Steps that hold back or reach out; those that only look something up may go, a check of consent may not, and what the
/// catalog does not know never did anything.
fn held<'a>(task: &Task<'a>) -> Option<&'a str> {
    const LOOKS: [&str; 6] =
        ["find_records", "find_open_slots", "get_vehicle_value", "decode_vin", "classify_text", "draft_text"];
    match task.text("call") {
        Some(action) => {
            let known = Catalog::embedded().action(action).is_some();
            (known && !LOOKS.contains(&action)).then_some(action)
        }
        None => ["wait", "listen"].into_iter().find(|key| task.raw.contains_key(*key)),
    }
}

fn weakened(pointer: &str, before: &Value, after: Option<Value>) -> Option<Loss> {
    let pointer = pointer.to_owned();
    let parts: Vec<&str> = pointer.split('/').collect();
    let has = |part: &str| parts.contains(&part);
    if has("schedule") && (has("cron") || has("every") || has("after")) {
        return Some(Loss::Calendar { pointer });
    }
    if length(before).is_some() || has("wait") || has("timeout") {
        return Some(Loss::Time { pointer, after });
    }
    let guards = ["if", "when", "exceptWhen", "while", "until", "filter", "once", "purpose", "exclude_opted_out", "in"];
    let which_events = has("data") && (has("schedule") || has("listen"));
    if which_events || guards.iter().any(|guard| has(guard)) {
        return Some(Loss::Guard { pointer, before: before.clone(), after });
    }
    before.is_number().then_some(Loss::Number { pointer, after })
}

/// Waits that let no time pass, which nobody writes without meaning it.
#[must_use]
pub fn empty_waits(definition: &Definition) -> Vec<String> {
    let waits = slots(definition).into_iter().filter(|slot| {
        let place = slot.pointer.ends_with("/wait") || slot.pointer.contains("/timeout");
        place && length(slot.value) == Some(0.0)
    });
    waits.map(|slot| slot.pointer).collect()
}

/// Minutes of a length of time, months as thirty days.
#[must_use]
pub fn length(value: &Value) -> Option<f64> {
    let text = value.as_str()?;
    IsoDuration::parse(text).ok().map(IsoDuration::rough_minutes)
}

fn within(pointer: &str, holder: &str) -> bool {
    pointer.strip_prefix(holder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workflow::edit::{EditOperation, apply};

    fn sample() -> Definition {
        Definition::from_value(json!({
            "document": {"dsl": "1.0.3", "namespace": "t", "name": "n", "version": "1.0.0"},
            "schedule": {"on": {"one": {"with": {"type": "lead.created", "data": "${ .lead_type == \"internet\" }"}}}},
            "do": [
                {"ask": {"call": "request_approval", "with": {"approver": "role:gm", "subject": "OK?", "expires_in": "P1D"}}},
                {"pause": {"wait": "PT10M"}},
                {"text": {"if": "${ .ok }", "call": "send_sms", "with": {"customer_id": "${ .c }", "purpose": "marketing", "body": "Hi"}}}
            ]
        }))
        .unwrap()
    }

    fn after(operation: EditOperation) -> Vec<Loss> {
        losses(&sample(), &apply(&sample(), &[operation]).unwrap())
    }

    #[test]
    fn what_goes_and_what_weakens_is_found() {
        let gone = after(EditOperation::RemoveTask { task: "ask".into() });
        assert_eq!(gone, [Loss::Step { what: "request_approval".into(), pointer: "/do/0/ask".into() }]);
        let set = |pointer: &str, value: Value| EditOperation::Set { pointer: pointer.into(), value };
        let time = after(set("pause/wait", json!("PT0S")));
        assert_eq!(time, [Loss::Time { pointer: "/do/1/pause/wait".into(), after: Some(json!("PT0S")) }]);
        assert!(matches!(after(set("text/with/purpose", json!("informational")))[..], [Loss::Guard { .. }]));
        assert!(matches!(
            after(EditOperation::Remove { pointer: "text/if".into() })[..],
            [Loss::Guard { after: None, .. }]
        ));
        assert!(matches!(
            after(EditOperation::Remove { pointer: "/schedule/on/one/with/data".into() })[..],
            [Loss::Guard { .. }]
        ));
        assert!(after(set("text/with/body", json!("Hello"))).is_empty(), "wording is free");
    }

    #[test]
    fn adding_and_moving_take_nothing_away() {
        let add = EditOperation::AddTask {
            list: None,
            after: None,
            at: Some(0),
            name: "first".into(),
            task: json!({"call": "add_note", "with": {"entity": "lead", "id": "${ .l }", "text": "x"}}),
        };
        assert!(after(add).is_empty());
        assert!(after(EditOperation::RenameTask { task: "ask".into(), name: "askFirst".into() }).is_empty());
    }

    #[test]
    fn an_empty_wait_is_found() {
        let set = EditOperation::Set { pointer: "pause/wait".into(), value: json!("PT0S") };
        assert_eq!(empty_waits(&apply(&sample(), &[set]).unwrap()), ["/do/1/pause/wait"]);
        assert!(empty_waits(&sample()).is_empty());
    }
}
