//! Messages whose words are written only while a workflow runs: nobody approved them with the definition, so each is
//! held until a named person releases it.

mod answers;
mod guard;

use serde_json::Value;

use super::document::{Definition, Task, TaskKind};
use super::expression::{Expression, Read, Source, Step, is_expression};
use super::provenance::PROSE_FIELDS;
use super::text::MergeText;

/// Which messages of a definition wait for somebody to release them.
pub struct Release<'d> {
    tasks: Vec<Task<'d>>,
    written: Written,
}

impl<'d> Release<'d> {
    /// Looks a definition through once.
    #[must_use]
    pub fn of(definition: &'d Definition) -> Self {
        let tasks = definition.all_tasks();
        let written = Written::at_run_time(&tasks);
        Self { tasks, written }
    }

    /// Whether the texts of this call depend on what `draft_text` writes at run time, and the definition does not itself
    /// put that text before somebody with `request_approval` and send it on a yes alone.
    #[must_use]
    pub fn holds(&self, task: &Task<'_>) -> bool {
        let TaskKind::Call { with: Some(with), .. } = task.kind() else { return false };
        if self.written.names.is_empty() && !self.written.anything {
            return false;
        }
        let texts = with.as_object().into_iter().flatten().filter(|(field, _)| PROSE_FIELDS.contains(&field.as_str()));
        let mut words = texts.filter_map(|(_, text)| text.as_str()).flat_map(words_of);
        words.any(|word| match word {
            Word::Kept(name) => self.written.names.contains(&name) && !guard::is_agreed(&self.tasks, task, &name),
            Word::Local(name) => self.written.locals.contains(&name),
            Word::Unnamed => true,
        })
    }
}

/// What holds a text written at run time, or something made from one.
#[derive(Default)]
struct Written {
    /// `draft_text` is called at all, so that a result without a name may be its.
    anything: bool,
    /// Names in the context.
    names: Vec<String>,
    /// Variables of loops.
    locals: Vec<String>,
}

impl Written {
    fn at_run_time(tasks: &[Task<'_>]) -> Self {
        let mut written = Self { anything: tasks.iter().any(|task| calls(task, "draft_text")), ..Self::default() };
        while written.anything && written.spreads(tasks) {}
        written
    }

    /// Follows the texts one step on; false when nothing new holds one.
    fn spreads(&mut self, tasks: &[Task<'_>]) -> bool {
        let before = self.names.len() + self.locals.len();
        for task in tasks {
            let raw = Value::Object(task.raw.clone()).to_string();
            // a call that uses the text (to send it, to ask about it) gives a result of its own
            let passes_on = !matches!(task.kind(), TaskKind::Call { action, .. } if action != "draft_text");
            if passes_on && (calls(task, "draft_text") || self.is_used_in(&raw)) {
                self.names.extend(exported(task));
            }
            if let TaskKind::For { each, items, .. } = task.kind()
                && self.is_in(items)
            {
                self.locals.push(each.to_owned());
            }
        }
        for list in [&mut self.names, &mut self.locals] {
            list.sort_unstable();
            list.dedup();
        }
        self.names.len() + self.locals.len() > before
    }

    fn is_used_in(&self, raw: &str) -> bool {
        self.names.iter().any(|name| mentions(raw, name))
            || self
                .locals
                .iter()
                .any(|name| ["$", "{{", "{{ "].iter().any(|start| occurs(raw, &format!("{start}{name}"))))
    }

    /// Whether a list may have such a text in it.
    fn is_in(&self, items: &Value) -> bool {
        let mut words = items.as_str().map(words_of).unwrap_or_default().into_iter();
        words.any(|word| match word {
            Word::Kept(name) => self.names.contains(&name),
            Word::Local(name) => self.locals.contains(&name),
            Word::Unnamed => true,
        })
    }
}

/// What a text takes its words from.
enum Word {
    /// What is kept in the context under this name.
    Kept(String),
    /// A variable of a loop.
    Local(String),
    /// A result that has no name here: that of the task before, or the whole context.
    Unnamed,
}

/// Everything a text is made from that is not the event, the customer, the store or the people.
fn words_of(text: &str) -> Vec<Word> {
    if !is_expression(text) {
        let Ok(parsed) = MergeText::parse(text) else { return Vec::new() };
        let word = |root: &str, first: Option<&String>| match (root, first) {
            ("event" | "customer" | "owner" | "store" | "link", _) => None,
            ("context", Some(name)) => Some(Word::Kept(name.clone())),
            ("context", None) => Some(Word::Unnamed),
            (local, _) => Some(Word::Local(local.to_owned())),
        };
        return parsed.fields().filter_map(|field| word(&field.root, field.path.first())).collect();
    }
    let Ok(compiled) = Expression::compile(text) else { return Vec::new() };
    let word = |read: &Read| match (&read.source, read.steps.first()) {
        (Source::Variable(name), Some(Step::Key(kept))) if name == "context" => Some(Word::Kept(kept.clone())),
        (Source::Variable(name), None) if name == "context" => {
            let goes_on = compiled.reads().iter().any(|other| other.source == read.source && !other.steps.is_empty());
            (!goes_on).then_some(Word::Unnamed)
        }
        (Source::Variable(name), _) => match name.as_str() {
            "workflow" | "runtime" => None,
            "context" | "task" | "input" | "output" => Some(Word::Unnamed),
            local => Some(Word::Local(local.to_owned())),
        },
        (Source::Input, _) => Some(Word::Unnamed),
    };
    compiled.reads().iter().filter_map(word).collect()
}

fn calls(task: &Task<'_>, wanted: &str) -> bool {
    matches!(task.kind(), TaskKind::Call { action, .. } if action == wanted)
}

/// The names a task keeps results under.
fn exported(task: &Task<'_>) -> Vec<String> {
    let text = task.export_as().and_then(Value::as_str);
    let compiled = text.and_then(|text| Expression::compile(text).ok());
    let kept = compiled.as_ref().and_then(|compiled| compiled.kept()).unwrap_or_default();
    kept.iter().map(|(name, _)| name.clone()).collect()
}

/// Whether `context.name` occurs as a whole word.
fn mentions(text: &str, name: &str) -> bool {
    occurs(text, &format!("context.{name}"))
}

/// Whether `wanted` occurs and does not go on as a longer word.
fn occurs(text: &str, wanted: &str) -> bool {
    text.match_indices(wanted).any(|(at, found)| {
        let next = text[at + found.len()..].chars().next();
        next.is_none_or(|c| !(c.is_alphanumeric() || c == '_'))
    })
}

#[cfg(test)]
#[path = "release_tests.rs"]
mod tests;
