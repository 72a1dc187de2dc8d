//! One expression at one point of the flow: its variables are known, its paths lead somewhere, what must not be null is
//! not, and on sample data it comes to an end.

use serde_json::Value;

use super::Flow;
use super::known::{Found, Known, Miss};
use super::sample;
use super::state::State;
use crate::workflow::document::escape;
use crate::workflow::expression::{Expression, ExpressionError, Kind, Read, Source, is_expression};
use crate::workflow::fields::FieldType;

impl<'a> Flow<'a, '_> {
    /// `output.as` and `for.in`: checks it, gives what is known about its value.
    pub(super) fn shaped(&mut self, value: &Value, pointer: &str, input: &Known<'a>, state: &State<'a>) -> Known<'a> {
        self.strings(value, pointer, input, state);
        let compiled =
            value.as_str().filter(|text| is_expression(text)).and_then(|text| Expression::compile(text).ok());
        compiled.and_then(|compiled| Self::value_of(compiled.result()?, input, state)).unwrap_or(Known::Any)
    }

    /// What is known about the value of a path; that something on the way may be null included.
    pub(super) fn value_of(read: &Read, input: &Known<'a>, state: &State<'a>) -> Option<Known<'a>> {
        let found = Self::found(read, input, state)?.ok()?;
        Some(if found.nullable && !found.known.is_nullable() { found.known.or_null() } else { found.known })
    }

    pub(super) fn found(read: &Read, input: &Known<'a>, state: &State<'a>) -> Option<Result<Found<'a>, Miss>> {
        let start = match &read.source {
            Source::Input => input.clone(),
            Source::Variable(name) => state.variable(name)?,
        };
        Some(start.follow(&read.steps))
    }

    /// Every expression deep inside.
    pub(super) fn strings(&mut self, value: &Value, pointer: &str, input: &Known<'a>, state: &State<'a>) {
        match value {
            Value::String(text) if is_expression(text) => self.expression(text, pointer, input, state),
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.strings(item, &format!("{pointer}/{at}"), input, state);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.strings(item, &format!("{pointer}/{}", escape(key)), input, state);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// `if`, `when`, `while`.
    pub(super) fn condition(&mut self, text: &str, pointer: &str, state: &State<'a>) {
        self.expression(text, pointer, &Known::Any, state);
    }

    /// `for.in` gives a list.
    pub(super) fn must_be_list(&mut self, items: &Value, pointer: &str, known: &Known<'a>) {
        let kind = items.as_str().and_then(|text| Expression::compile(text).ok()).and_then(|compiled| compiled.kind());
        let other = known.field_type().is_some_and(|ty| ty != FieldType::Array);
        if other || kind.is_some_and(|kind| kind != Kind::List) {
            let hint = "Write a path to a list, such as ${ $context.found.items }.".to_owned();
            self.say("flow.type_mismatch", pointer, "a loop works through a list; this is none".to_owned(), hint);
        }
    }

    /// One expression. Says at most one thing.
    pub(super) fn expression(&mut self, text: &str, pointer: &str, input: &Known<'a>, state: &State<'a>) {
        let Some(compiled) = is_expression(text).then(|| Expression::compile(text).ok()).flatten() else { return };
        if let Some(name) = compiled.variables().iter().find(|name| state.variable(name).is_none()) {
            let known = ["workflow", "context"].into_iter().chain(state.locals.iter().map(|(name, _)| name.as_str()));
            let hint = format!("Known here: {}.", known.map(|name| format!("${name}")).collect::<Vec<_>>().join(", "));
            return self.say("expression.unknown_variable", pointer, format!("nothing sets ${name} here"), hint);
        }
        for read in compiled.reads() {
            match Self::found(read, input, state) {
                Some(Err(miss)) => return self.missing(read, &miss, pointer),
                Some(Ok(found)) if found.partly => {
                    let message = format!("{read} is not in every event this can be; elsewhere it is null");
                    let hint = "Use a field all of them have, or a workflow for each.".to_owned();
                    return self.warn("flow.not_in_every_event", pointer, message, hint);
                }
                Some(Ok(_)) | None => {}
            }
        }
        for read in compiled.demands() {
            if let Some(Ok(found)) = Self::found(read, input, state)
                && found.nullable
            {
                return self.may_be_null(read, pointer);
            }
        }
        for (read, written) in compiled.compared() {
            if let Some(Ok(found)) = Self::found(read, input, state)
                && let Some((why, hint)) = never_equal(&found.known, written)
            {
                return self.say("flow.never_equal", pointer, format!("{read} is never \"{written}\": {why}"), hint);
            }
        }
        if compiled.computes() && !self.silent {
            self.tried(&compiled, pointer, input, state);
        }
    }

    pub(super) fn may_be_null(&mut self, read: &Read, pointer: &str) {
        let message = format!("{read} may be null here, and this needs a value");
        let hint = format!("Guard the task with `if: ${{ {read} != null }}`, or filter the trigger.");
        self.say("flow.may_be_null", pointer, message, hint);
    }

    fn missing(&mut self, read: &Read, miss: &Miss, pointer: &str) {
        let of_context = matches!(&read.source, Source::Variable(name) if name == "context") && read.steps.len() == 1;
        let (code, hint) = if of_context && miss.names.is_empty() {
            (
                "flow.context_unknown",
                "Nothing is exported before; add export: { as: '${ $context + { name: . } }' } to an earlier task."
                    .to_owned(),
            )
        } else if of_context {
            ("flow.context_unknown", format!("Exported before: {}.", miss.names.join(", ")))
        } else if miss.names.is_empty() {
            ("flow.path_unknown", "Read another path.".to_owned())
        } else {
            ("flow.path_unknown", format!("Known here: {}.", miss.names.join(", ")))
        };
        self.say(code, pointer, format!("{read} leads nowhere: {}", miss.why), hint);
    }

    /// Runs it on sample data: what fails there will fail in earnest.
    fn tried(&mut self, compiled: &Expression, pointer: &str, input: &Known<'a>, state: &State<'a>) {
        let Err(error) = sample::evaluate(compiled, input, state) else { return };
        match error {
            ExpressionError::TooExpensive => {
                let hint = "Work on fewer values, or split it into several steps.".to_owned();
                let message = "this takes more steps than an expression may".to_owned();
                self.say("expression.too_expensive", pointer, message, hint);
            }
            ExpressionError::SeveralValues => {
                let hint = "Collect them: [ … ], or take one: first( … ).".to_owned();
                self.say("expression.several_values", pointer, "this gives several values".to_owned(), hint);
            }
            ExpressionError::Failed(why) if compiled.reads().is_empty() => {
                let hint = "Correct the jq between ${ and }.".to_owned();
                self.say("expression.fails", pointer, format!("this always fails: {why}"), hint);
            }
            ExpressionError::Failed(why) => {
                let hint = "Check the types of what it reads; guard what may be missing.".to_owned();
                self.warn("expression.may_fail", pointer, format!("this fails on sample data: {why}"), hint);
            }
            ExpressionError::NotWrapped
            | ExpressionError::TooLong
            | ExpressionError::Syntax(_)
            | ExpressionError::UnknownFunction(_)
            | ExpressionError::Refused { .. }
            | ExpressionError::UnknownVariable { .. }
            | ExpressionError::NotJson => {}
        }
    }
}

/// Why a value of this kind is never this text.
fn never_equal(known: &Known<'_>, text: &str) -> Option<(String, String)> {
    let field = known.field()?;
    match field.ty {
        FieldType::Enum if !field.values.iter().any(|value| value.as_str() == Some(text)) => {
            let values: Vec<&str> = field.values.iter().filter_map(Value::as_str).collect();
            Some(("it has other values".to_owned(), format!("Values: {}.", values.join(", "))))
        }
        FieldType::Int | FieldType::Number => {
            Some(("it is a number".to_owned(), "Compare it with a number, without quotes.".to_owned()))
        }
        FieldType::Boolean => {
            Some(("it is true or false".to_owned(), "Compare it with true or false, without quotes.".to_owned()))
        }
        FieldType::Array | FieldType::Object | FieldType::Filter => {
            Some(("it is not a plain value".to_owned(), "Compare something inside it.".to_owned()))
        }
        FieldType::Enum
        | FieldType::String
        | FieldType::Date
        | FieldType::DateTime
        | FieldType::Duration
        | FieldType::Id
        | FieldType::Recipient => None,
    }
}
