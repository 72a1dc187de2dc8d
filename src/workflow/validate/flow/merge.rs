//! Merge fields of texts for people: the root is known, the path exists, the filter fits, and something is there.

use serde_json::Value;

use super::Flow;
use super::known::{Found, Known};
use super::state::State;
use crate::workflow::document::escape;
use crate::workflow::expression::Step;
use crate::workflow::fields::FieldType;
use crate::workflow::text::{MergeField, MergeFilter, MergeText};
use crate::workflow::validate::references::ROOTS;

impl<'a> Flow<'a, '_> {
    /// Every text with merge fields deep inside the inputs of a call.
    pub(super) fn texts(&mut self, value: &Value, pointer: &str, state: &State<'a>) {
        match value {
            Value::String(text) if text.contains("{{") => self.text(text, pointer, state),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.texts(item, &format!("{pointer}/{at}"), state);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.texts(item, &format!("{pointer}/{}", escape(key)), state);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn text(&mut self, text: &str, pointer: &str, state: &State<'a>) {
        match MergeText::parse(text) {
            Ok(parsed) => parsed.fields().for_each(|field| self.merge_field(field, pointer, state)),
            Err(error) => {
                let hint = "Write a merge field as {{customer.first_name}} or {{event.starts_at | time}}.".to_owned();
                self.say("text.malformed", pointer, error.to_string(), hint);
            }
        }
    }

    fn merge_field(&mut self, field: &MergeField, pointer: &str, state: &State<'a>) {
        let steps: Vec<Step> =
            field.path.iter().map(|part| part.parse().map_or_else(|_| Step::Key(part.clone()), Step::Index)).collect();
        let Some(root) = self.merge_root(field, pointer, state) else { return };
        match root.follow(&steps) {
            Err(miss) => {
                let hint = if miss.names.is_empty() {
                    "Use another field.".to_owned()
                } else {
                    format!("Known under `{}`: {}.", field.root, miss.names.join(", "))
                };
                let message = format!("merge field {{{{{field}}}}} leads nowhere: {}", miss.why);
                self.say("text.unknown_field", pointer, message, hint);
            }
            Ok(found) => self.written(field, &found, pointer),
        }
    }

    fn merge_root(&mut self, field: &MergeField, pointer: &str, state: &State<'a>) -> Option<Known<'a>> {
        let name = field.root.as_str();
        let of_catalog = || self.context.catalog.merge_root(name).map(Known::Record);
        let known = state.merge_root(name).or_else(of_catalog);
        if known.is_none() {
            let message = if name == "event" {
                "no event starts this workflow, so {{event…}} has no value".to_owned()
            } else {
                format!("`{name}` is not a root of merge fields")
            };
            let locals = state.locals.iter().map(|(name, _)| name.as_str());
            let hint = format!("Roots here: {}.", ROOTS.into_iter().chain(locals).collect::<Vec<_>>().join(", "));
            self.say("text.unknown_root", pointer, message, hint);
        }
        known
    }

    fn written(&mut self, field: &MergeField, found: &Found<'_>, pointer: &str) {
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
            return self.say("text.filter", pointer, message, hint);
        }
        if found.partly {
            let message =
                format!("{{{{{field}}}}} is not in every event that starts this; without it the text is not sent");
            return self.warn("flow.not_in_every_event", pointer, message, "Use a field all of them have.".to_owned());
        }
        if found.nullable {
            let message =
                format!("{{{{{field}}}}} may be empty; then the text is not sent and a task is opened instead");
            let hint = "Guard the task with `if`, or filter the trigger, or leave the field out.".to_owned();
            self.warn("text.may_be_empty", pointer, message, hint);
        }
    }
}
