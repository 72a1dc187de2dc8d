//! Merge fields of texts for people: the root is known, the path exists, the filter fits.

use std::collections::HashSet;

use serde_json::Value;

use super::data_flow::Flow;
use super::known::{Found, Known};
use super::references::ROOTS;
use crate::workflow::document::{Definition, Schedule, Task, TaskKind, escape};
use crate::workflow::expression::{Expression, Read, Source, Step};
use crate::workflow::fields::FieldType;
use crate::workflow::text::{MergeField, MergeFilter, MergeText};

/// Paths some condition of the document looks at, as merge paths; a nullable field among them is taken as guarded.
#[derive(Default)]
pub(super) struct Guards(HashSet<String>);

impl Guards {
    pub(super) fn of(definition: &Definition, tasks: &[Task<'_>]) -> Self {
        let mut guards = Self::default();
        if let Schedule::On(on) = definition.schedule() {
            on.filters.iter().filter_map(|filter| filter.data_condition()).for_each(|text| guards.add(text));
        }
        for task in tasks {
            task.condition().into_iter().for_each(|text| guards.add(text));
            if let TaskKind::Switch(cases) = task.kind() {
                cases.iter().filter_map(|case| case.when).for_each(|text| guards.add(text));
            }
        }
        guards
    }

    fn add(&mut self, text: &str) {
        let Ok(compiled) = Expression::compile(text) else { return };
        self.0.extend(compiled.reads().iter().filter_map(merge_path));
    }

    fn covers(&self, field: &MergeField) -> bool {
        let mut path = field.root.clone();
        field.path.iter().any(|part| {
            path.push('.');
            path.push_str(part);
            self.0.contains(&path)
        })
    }
}

/// `$workflow.input[0].data.x` and `.x` → `event.x`; `$context.a.b` → `context.a.b`.
fn merge_path(read: &Read) -> Option<String> {
    let data = [Step::Key("input".to_owned()), Step::Index(0), Step::Key("data".to_owned())];
    let (root, steps) = match &read.source {
        Source::Input => ("event", read.steps.as_slice()),
        Source::Variable(_) if read.after("workflow", &data).is_some() => ("event", &read.steps[3..]),
        Source::Variable(name) => (name.as_str(), read.steps.as_slice()),
    };
    if steps.is_empty() {
        return None;
    }
    let parts = steps.iter().map(|step| match step {
        Step::Key(key) => key.clone(),
        Step::Index(at) => at.to_string(),
        Step::Each => "0".to_owned(),
    });
    Some(std::iter::once(root.to_owned()).chain(parts).collect::<Vec<_>>().join("."))
}

/// Every text with merge fields deep inside the inputs of a call.
pub(super) fn check(flow: &mut Flow<'_, '_>, value: &Value, pointer: &str) {
    match value {
        Value::String(text) if text.contains("{{") => check_text(flow, text, pointer),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                check(flow, item, &format!("{pointer}/{at}"));
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                check(flow, item, &format!("{pointer}/{}", escape(key)));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check_text(flow: &mut Flow<'_, '_>, text: &str, pointer: &str) {
    match MergeText::parse(text) {
        Ok(parsed) => parsed.fields().for_each(|field| check_field(flow, field, pointer)),
        Err(error) => {
            let hint = "Write a merge field as {{customer.first_name}} or {{event.starts_at | time}}.".to_owned();
            flow.say("text.malformed", pointer, error.to_string(), hint);
        }
    }
}

fn check_field(flow: &mut Flow<'_, '_>, field: &MergeField, pointer: &str) {
    let steps: Vec<Step> =
        field.path.iter().map(|part| part.parse().map_or_else(|_| Step::Key(part.clone()), Step::Index)).collect();
    let Some(root) = root(flow, field, pointer) else { return };
    match root.follow(&steps) {
        Err(miss) => {
            let hint = if miss.names.is_empty() {
                "Use another field.".to_owned()
            } else {
                format!("Known under `{}`: {}.", field.root, miss.names.join(", "))
            };
            let message = format!("merge field {{{{{field}}}}} leads nowhere: {}", miss.why);
            flow.say("text.unknown_field", pointer, message, hint);
        }
        Ok(found) => fits(flow, field, &found, pointer),
    }
}

fn root<'a>(flow: &mut Flow<'a, '_>, field: &MergeField, pointer: &str) -> Option<Known<'a>> {
    let name = field.root.as_str();
    if let Some((_, known)) = flow.locals.iter().rev().find(|(local, _)| local == name) {
        return Some(known.clone());
    }
    let known = match name {
        "event" => flow.event.clone(),
        "context" => Some(flow.exported()),
        _ => flow.context.catalog.merge_root(name).map(Known::Record),
    };
    if known.is_none() {
        let message = if name == "event" {
            "no event starts this workflow, so {{event…}} has no value".to_owned()
        } else {
            format!("`{name}` is not a root of merge fields")
        };
        let locals = flow.locals.iter().map(|(name, _)| name.as_str());
        let hint = format!("Roots here: {}.", ROOTS.into_iter().chain(locals).collect::<Vec<_>>().join(", "));
        flow.say("text.unknown_root", pointer, message, hint);
    }
    known
}

fn fits(flow: &mut Flow<'_, '_>, field: &MergeField, found: &Found<'_>, pointer: &str) {
    let ty = found.known.field_type();
    let fits = match (field.filter, ty) {
        (_, None) => true,
        (Some(MergeFilter::Date | MergeFilter::Time | MergeFilter::Datetime), Some(ty)) => {
            matches!(ty, FieldType::Date | FieldType::DateTime)
        }
        (Some(MergeFilter::Money), Some(ty)) => matches!(ty, FieldType::Int | FieldType::Number),
        (Some(MergeFilter::List), Some(ty)) => ty == FieldType::Array,
        (None, Some(ty)) => ty != FieldType::Object || found.known.has_words(),
    };
    if !fits {
        let hint = "Use a filter that fits (date, time, datetime, money, list), or a field inside it.".to_owned();
        let message = format!("merge field {{{{{field}}}}} cannot be written like this");
        return flow.say("text.filter", pointer, message, hint);
    }
    if found.partly {
        let message =
            format!("{{{{{field}}}}} is not in every event that starts this; without it the text is not sent");
        return flow.warn("flow.not_in_every_event", pointer, message, "Use a field all of them have.".to_owned());
    }
    if found.nullable && !flow.guards.covers(field) {
        let message = format!("{{{{{field}}}}} may be empty; then the text is not sent and a task is opened instead");
        let hint = "Guard the task with `if`, or filter the trigger, or leave the field out.".to_owned();
        flow.warn("text.may_be_empty", pointer, message, hint);
    }
}
