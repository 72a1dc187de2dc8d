//! Merge fields of texts for people: the root is known, the path exists, the filter fits, and something is there.

use serde_json::Value;

use super::Flow;
use super::known::{Found, Known, Miss};
use super::state::State;
use crate::workflow::both::{Both, both};
use crate::workflow::document::escape;
use crate::workflow::expression::Step;
use crate::workflow::fields::FieldType;
use crate::workflow::text::{MergeField, MergeFilter, MergeText, MergeTextError};
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
                let (one, other) = ("{{customer.first_name}}", "{{event.starts_at | time}}");
                let hint = both!(
                    "Write a merge field as {one} or {other}.",
                    "Escriba un campo combinado como {one} o {other}."
                );
                self.say("text.malformed", pointer, said(&error), hint);
            }
        }
    }

    fn merge_field(&mut self, field: &MergeField, pointer: &str, state: &State<'a>) {
        let steps: Vec<Step> =
            field.path.iter().map(|part| part.parse().map_or_else(|_| Step::Key(part.clone()), Step::Index)).collect();
        match self.merge_found(field, &steps, pointer, state) {
            None => {}
            Some(Err(miss)) => {
                let (root, names, why) = (&field.root, miss.names.join(", "), miss.why);
                let hint = if names.is_empty() {
                    both!("Use another field.", "Use otro campo.")
                } else {
                    both!("Known under `{root}`: {names}.", "Bajo `{root}` se conocen: {names}.")
                };
                let message = both!(
                    "merge field {{{{{field}}}}} leads nowhere: {why}",
                    "el campo combinado {{{{{field}}}}} no lleva a nada: {why}";
                    why
                );
                self.say("text.unknown_field", pointer, message, hint);
            }
            Some(Ok(found)) => self.written(field, &found, pointer),
        }
    }

    /// Where a field leads; `None`, and said, when its root is not known.
    fn merge_found(
        &mut self,
        field: &MergeField,
        steps: &[Step],
        pointer: &str,
        state: &State<'a>,
    ) -> Option<Result<Found<'a>, Miss>> {
        let name = field.root.as_str();
        let of_catalog = || Some(Known::Record(self.context.catalog.merge_root(name)?).follow(steps));
        let known = state.follow_merge(name, steps).or_else(of_catalog);
        if known.is_none() {
            let message = if name == "event" {
                both!(
                    "no event starts this workflow, so {{{{event…}}}} has no value",
                    "ningún evento inicia este flujo, así que {{{{event…}}}} no tiene valor"
                )
            } else {
                both!("`{name}` is not a root of merge fields", "`{name}` no es una raíz de campos combinados")
            };
            let locals = state.locals.iter().map(|(name, _)| name.as_str());
            let roots = ROOTS.into_iter().chain(locals).collect::<Vec<_>>().join(", ");
            let hint = both!("Roots here: {roots}.", "Raíces aquí: {roots}.");
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
            let hint = both!(
                "Use a filter that fits (date, time, datetime, money, list), or a field inside it.",
                "Use un filtro que encaje (date, time, datetime, money, list), o un campo que esté dentro."
            );
            let message = both!(
                "merge field {{{{{field}}}}} cannot be written like this",
                "el campo combinado {{{{{field}}}}} no se puede escribir así"
            );
            return self.say("text.filter", pointer, message, hint);
        }
        if found.partly {
            let message = both!(
                "{{{{{field}}}}} is not in every event that starts this; without it the text is not sent",
                "{{{{{field}}}}} no está en todos los eventos que inician esto; sin él no se envía el texto"
            );
            let hint = both!("Use a field all of them have.", "Use un campo que todos tengan.");
            return self.warn("flow.not_in_every_event", pointer, message, hint);
        }
        if found.nullable {
            let message = both!(
                "{{{{{field}}}}} may be empty; then the text is not sent and a task is opened instead",
                "{{{{{field}}}}} puede estar vacío; entonces el texto no se envía y se abre una tarea en su lugar"
            );
            let hint = both!(
                "Guard the task with `if`, or filter the trigger, or leave the field out.",
                "Proteja la tarea con `if`, o filtre el inicio, o quite el campo."
            );
            self.warn("text.may_be_empty", pointer, message, hint);
        }
    }
}

fn said(error: &MergeTextError) -> Both {
    let en = error.to_string();
    let es = match error {
        MergeTextError::Unclosed => "un campo combinado se abre con {{ y no se cierra con }}".to_owned(),
        MergeTextError::Malformed(text) => format!("`{text}` no es un campo combinado como customer.first_name"),
        MergeTextError::UnknownFilter(name) => {
            format!("el filtro `{name}` no se conoce; se conocen {}", MergeFilter::NAMES.join(", "))
        }
    };
    Both { en, es }
}
