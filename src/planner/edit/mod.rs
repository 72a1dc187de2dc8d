//! Edits by reference: which place of the draft is meant, and what it becomes. Only what is named is touched.

mod add;
mod conditions;
mod remove;
mod schedule;
mod swap;
mod times;
mod wishes;

use serde_json::{Value, json};

use super::parse::{Parser, Span};
use super::turn::Turn;
use super::warn;
use crate::workflow::document::Schedule;
use crate::workflow::{Definition, Task};

/// An edit as operations.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Edit {
    /// For `edit_workflow`.
    pub operations: Vec<Value>,
    /// Sources of new values.
    pub provenance: Vec<Value>,
    /// Warnings.
    pub warnings: Vec<Value>,
    /// What must be asked.
    pub asks: Vec<&'static str>,
    /// Wishes of the message that were not understood, in its words.
    pub missed: Vec<String>,
}

/// What an edit is worked out from.
pub struct Editor<'e, 'a> {
    pub(super) parser: &'e Parser<'a>,
    pub(super) draft: &'e Definition,
    pub(super) tasks: Vec<Task<'e>>,
    pub(super) language: &'e str,
    pub(super) edit: Edit,
}

impl Editor<'_, '_> {
    pub(super) fn said(&self, intent: &str) -> Option<Span> {
        self.parser.intent(intent, 0, self.parser.tokens().len())
    }

    pub(super) fn set(&mut self, pointer: &str, value: &Value) {
        self.edit.operations.push(json!({ "op": "set", "pointer": pointer, "value": value }));
    }

    pub(super) fn stated(&mut self, pointer: &str, said: Span) {
        let quote = self.parser.text.quote(said.from, said.to);
        self.edit.provenance.push(json!({ "pointer": pointer, "source": "stated", "quote": quote }));
    }

    /// The first trigger event.
    pub(super) fn event(&self) -> Option<String> {
        match self.draft.schedule() {
            Schedule::On(on) => on.filters.first()?.event_type().map(str::to_owned),
            Schedule::Cron(_) | Schedule::Every(_) | Schedule::After(_) | Schedule::Manual => None,
        }
    }
}

/// The action a task calls.
#[must_use]
pub fn action_of<'t>(task: &Task<'t>) -> Option<&'t str> {
    task.raw.get("call").and_then(Value::as_str)
}

/// The list a task stands in.
#[must_use]
pub fn list_of<'t>(task: &'t Task<'_>) -> &'t str {
    let mut parts = task.pointer.rsplitn(3, '/');
    parts.nth(2).unwrap_or("/do")
}

/// The operations a message asks for, each of its wishes worked out on the draft as the one before left it; `None` when
/// nothing was understood.
#[must_use]
pub fn edit(parser: &Parser<'_>, draft: &Definition, _turn: &Turn<'_>, language: &str) -> Option<Edit> {
    let whole = one(parser, draft, language);
    match wishes::each(parser, draft, language) {
        Some(parts) if !(only_adds(whole.as_ref()) && parts.begins_with_addition) => Some(parts.edit),
        Some(_) | None => whole,
    }
}

/// "Add this and then that" is one wish: its steps belong together.
fn only_adds(edit: Option<&Edit>) -> bool {
    edit.is_some_and(|edit| !edit.operations.is_empty() && edit.operations.iter().all(|op| op["op"] == "add_task"))
}

/// The operations of a message read as one wish.
fn one(parser: &Parser<'_>, draft: &Definition, language: &str) -> Option<Edit> {
    let mut editor = Editor { parser, draft, tasks: draft.all_tasks(), language, edit: Edit::default() };
    let done = editor.rename() || editor.keep_approval() || any(&mut editor) || editor.addition();
    if !done {
        return None;
    }
    let mut edit = editor.edit;
    edit.warnings.extend(added_warnings(parser, draft, &edit.operations, language));
    Some(edit)
}

/// Changes that may come together in one message; `true` when there was one.
fn any(editor: &mut Editor<'_, '_>) -> bool {
    let checked = editor.unless_checked();
    let another = editor.another_moment();
    if checked || another {
        return true;
    }
    let conditions = editor.conditions();
    let calendar = editor.calendar();
    let swapped = editor.swap();
    if conditions || swapped {
        return true;
    }
    let removed = editor.remove();
    let threshold = !removed && editor.threshold();
    let timed = !removed && !threshold && !calendar && editor.length();
    removed || calendar || threshold || timed
}

impl Editor<'_, '_> {
    /// "Call it …".
    fn rename(&mut self) -> bool {
        let Some(said) = self.said("rename") else { return false };
        let tokens = self.parser.tokens();
        let Some(first) = tokens.get(said.to) else { return false };
        let name = self.parser.text.raw.get(first.start..).unwrap_or_default();
        let name = name.trim().trim_matches(['"', '“', '”', '\'', '.', '!']).trim();
        if name.is_empty() {
            return false;
        }
        let title: String = super::compose::capital(name).chars().take(90).collect();
        self.edit.operations.push(json!({ "op": "set_header", "field": "title", "value": title }));
        true
    }

    /// A public reply or a money step keeps its approval whatever is asked.
    fn keep_approval(&mut self) -> bool {
        if self.said("no_approval").is_none() {
            return false;
        }
        let public = self.tasks.iter().any(|t| action_of(t) == Some("reply_review"));
        let money = self.tasks.iter().any(|t| matches!(action_of(t), Some("issue_credit" | "change_price")));
        for (found, code) in [(public, "approval_public"), (money, "money_approval")] {
            if found {
                let text = warn::text_of(self.parser.lexicon, code, self.language);
                self.edit.warnings.push(json!({ "code": code, "text": text }));
            }
        }
        public || money
    }
}

/// Warnings that the new calls bring with them.
fn added_warnings(parser: &Parser<'_>, draft: &Definition, operations: &[Value], language: &str) -> Vec<Value> {
    let added: Vec<Value> = operations
        .iter()
        .filter_map(|op| Some(json!({ "new": op.get("task").filter(|t| t.is_object()).or_else(|| op.get("body"))? })))
        .collect();
    if added.is_empty() {
        return Vec::new();
    }
    let schedule = draft.raw().get("schedule").cloned().unwrap_or_default();
    let mut out = warn::warnings(parser, &json!({ "schedule": schedule, "do": added }), language);
    let before = warn::warnings(parser, draft.raw(), language);
    out.retain(|w| before.iter().all(|b| b["code"] != w["code"]));
    out
}
