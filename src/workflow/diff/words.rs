//! Changes in plain words: "Wait for a reply: 10 minutes → 5 minutes".

use serde_json::Value;

use super::{Change, ChangeKind};
use crate::model::pointer::unescape;
use crate::workflow::catalog::Catalog;
use crate::workflow::describe::values::{last_name, show};
use crate::workflow::describe::voice::Voice;
use crate::workflow::describe::{Readback, describe, sentences, words};
use crate::workflow::document::{Definition, Task, TaskKind};
use crate::workflow::text::Language;

/// Fields that are what the step is about, so that their name need not be said.
const OBVIOUS: [&str; 3] = ["after", "wait", "in"];

/// Writes the words of every change.
pub(super) fn write(old: &Definition, new: &Definition, changes: &mut [Change]) {
    let (en, es) = (Teller::new(old, new, Language::En), Teller::new(old, new, Language::Es));
    for change in changes {
        change.words = en.sentence(change);
        change.words_es = es.sentence(change);
    }
}

struct Teller<'a> {
    old: &'a Definition,
    new: &'a Definition,
    was: Readback,
    is: Readback,
    before: Voice<'a>,
    after: Voice<'a>,
    language: Language,
}

impl<'a> Teller<'a> {
    fn new(old: &'a Definition, new: &'a Definition, language: Language) -> Self {
        let catalog = Catalog::embedded();
        Self {
            old,
            new,
            was: describe(old, catalog, language),
            is: describe(new, catalog, language),
            before: Voice::new(old, catalog, language),
            after: Voice::new(new, catalog, language),
            language,
        }
    }

    fn say<'b>(&self, en: &'b str, es: &'b str) -> &'b str {
        words::pick(self.language, en, es)
    }

    fn sentence(&self, change: &Change) -> String {
        if change.pointer == "/schedule" || change.pointer.starts_with("/schedule/") {
            return format!("{}: {} → {}", self.say("Starts", "Inicio"), self.was.trigger, self.is.trigger);
        }
        match &change.task {
            Some(name) => self.of_task(change, name),
            None => self.of_field(change, "", &words::capital(&self.after.label(last_name(&change.pointer)))),
        }
    }

    fn of_task(&self, change: &Change, name: &str) -> String {
        let whole = match change.kind {
            ChangeKind::Removed => self.old.task_at(&change.pointer).is_some() && change.after.is_none(),
            ChangeKind::Added | ChangeKind::Changed | ChangeKind::Moved => self.new.task_at(&change.pointer).is_some(),
        };
        if !whole || (change.kind == ChangeKind::Removed && self.new.task_named(name).is_some()) {
            return self.of_task_field(change, name);
        }
        let (was, is) = (line(&self.was, self.old, name), line(&self.is, self.new, name));
        match (change.kind, &change.before, &change.after) {
            (ChangeKind::Added, _, _) => format!("{} {is}", self.say("Added step", "Se agregó el paso")),
            (ChangeKind::Removed, _, _) => format!("{} {was}", self.say("Removed step", "Se quitó el paso")),
            (ChangeKind::Moved, Some(Value::String(from)), _) => {
                let number = self.was.step_at(from).map_or("", |step| &step.number);
                format!("{} {number} → {is}", self.say("Moved step", "Se movió el paso"))
            }
            (ChangeKind::Changed, Some(Value::String(from)), Some(Value::String(to))) => {
                let (from, to) = (words::capital(&words::plain(from)), words::capital(&words::plain(to)));
                format!("{} “{from}” → “{to}”", self.say("Renamed step", "Se cambió el nombre del paso"))
            }
            (ChangeKind::Changed | ChangeKind::Moved, _, _) => {
                format!("{} {was} → {is}", self.say("Replaced step", "Se reemplazó el paso"))
            }
        }
    }

    fn of_task_field(&self, change: &Change, name: &str) -> String {
        let task = self.new.task_named(name).or_else(|| self.old.task_named(name));
        let Some(task) = task else { return self.of_field(change, "", &self.after.label(last_name(&change.pointer))) };
        let mut title = self.title(&task);
        let alike = self.new.all_tasks().iter().filter(|other| self.title(other) == title).count();
        if alike > 1
            && let Some(step) = self.is.step_at(&task.pointer)
        {
            title = format!("{} {} ({title})", self.say("Step", "Paso"), step.number);
        }
        let field = last_name(&change.pointer);
        let label = if OBVIOUS.contains(&field) && change.kind == ChangeKind::Changed {
            String::new()
        } else {
            self.field_label(&change.pointer)
        };
        self.of_field(change, &title, &label)
    }

    fn of_field(&self, change: &Change, title: &str, label: &str) -> String {
        let shown = |value: &Option<Value>, voice: &Voice<'_>| {
            value.as_ref().map_or_else(String::new, |value| show(voice, &change.pointer, value))
        };
        let (before, after) = (shown(&change.before, &self.before), shown(&change.after, &self.after));
        let head = match (title.is_empty(), label.is_empty()) {
            (true, _) => label.to_owned(),
            (false, true) => title.to_owned(),
            (false, false) => format!("{title}, {label}"),
        };
        match change.kind {
            ChangeKind::Added => format!("{head}: {after} ({})", self.say("new", "nuevo")),
            ChangeKind::Removed => format!("{head}: {before} → {}", self.say("(removed)", "(quitado)")),
            ChangeKind::Changed | ChangeKind::Moved => format!("{head}: {before} → {after}"),
        }
    }

    /// The label of the field a pointer ends in; operators of filters and cases are said with what they belong to.
    fn field_label(&self, pointer: &str) -> String {
        let parts: Vec<&str> = pointer.split('/').collect();
        let label = |part: &str| self.after.label(&unescape(part));
        match parts.as_slice() {
            [.., "filter", field, operator] if operator.chars().all(char::is_alphabetic) => label(field),
            [.., "filter", field, _, _] => label(field),
            [.., "switch", _, case, field] => format!("{} “{}”", label(field), words::plain(case)),
            _ => label(last_name(pointer)),
        }
    }

    /// What a step is called in a list of changes.
    fn title(&self, task: &Task<'_>) -> String {
        let named = || words::capital(&words::plain(task.name));
        match task.kind() {
            TaskKind::Call { action, .. } => sentences::label(action, self.language).map_or_else(named, str::to_owned),
            TaskKind::Wait(_) => self.say("Wait", "Espera").to_owned(),
            TaskKind::Listen(listen) => {
                let event = listen.to.filters.first().and_then(|filter| filter.event_type());
                match event.filter(|_| listen.to.filters.len() == 1) {
                    Some("customer.message.received") => {
                        self.say("Wait for a reply", "Espera de una respuesta").to_owned()
                    }
                    Some("approval.decided") => self.say("Wait for the decision", "Espera de la decisión").to_owned(),
                    Some(_) | None => named(),
                }
            }
            TaskKind::Do(_)
            | TaskKind::Emit(_)
            | TaskKind::For { .. }
            | TaskKind::Fork { .. }
            | TaskKind::Raise(_)
            | TaskKind::Run(_)
            | TaskKind::Set(_)
            | TaskKind::Switch(_)
            | TaskKind::Try { .. }
            | TaskKind::Unknown => named(),
        }
    }
}

/// "2: Text the customer …"
fn line(readback: &Readback, definition: &Definition, name: &str) -> String {
    let step = definition.task_named(name).and_then(|task| readback.step_at(&task.pointer).cloned());
    step.map_or_else(
        || words::capital(&words::plain(name)),
        |step| format!("{}: {}", step.number, step.text.trim_end_matches([':', '.'])),
    )
}
