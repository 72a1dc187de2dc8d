//! One expression at one point of the flow: its variables are known, its paths lead somewhere, what must not be null is
//! not, and on sample data it comes to an end.

use serde_json::Value;

use super::Flow;
use super::known::{Found, Known, Miss};
use super::sample;
use super::state::State;
use crate::workflow::both::{Both, both};
use crate::workflow::document::escape;
use crate::workflow::expression::{Expression, ExpressionError, Kind, Read, Source, is_expression};
use crate::workflow::fields::FieldType;
use crate::workflow::validate::jq_words::in_spanish;

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
        match &read.source {
            Source::Input => Some(input.follow(&read.steps)),
            Source::Variable(name) => state.follow(name, &read.steps),
        }
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
                for (key, item) in map.iter().filter(|(_, item)| may_compute(item)) {
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
            let example = "${ $context.found.items }";
            let hint =
                both!("Write a path to a list, such as {example}.", "Escriba el camino a una lista, como {example}.");
            let message =
                both!("a loop works through a list; this is none", "un bucle recorre una lista; esto no lo es");
            self.say("flow.type_mismatch", pointer, message, hint);
        }
    }

    /// One expression. Says at most one thing.
    pub(super) fn expression(&mut self, text: &str, pointer: &str, input: &Known<'a>, state: &State<'a>) {
        let Some(compiled) = is_expression(text).then(|| Expression::compile(text).ok()).flatten() else { return };
        if let Some(name) = compiled.variables().iter().find(|name| !state.knows(name)) {
            let known = ["workflow", "context"].into_iter().chain(state.locals.iter().map(|(name, _)| name.as_str()));
            let known = known.map(|name| format!("${name}")).collect::<Vec<_>>().join(", ");
            let hint = both!("Known here: {known}.", "Aquí se conocen: {known}.");
            let message = both!("nothing sets ${name} here", "aquí nada da valor a ${name}");
            return self.say("expression.unknown_variable", pointer, message, hint);
        }
        // a variable itself is there, whatever it holds
        for read in compiled.reads().iter().filter(|read| !read.steps.is_empty()) {
            match Self::found(read, input, state) {
                Some(Err(miss)) => return self.missing(read, &miss, pointer),
                Some(Ok(found)) if found.partly => {
                    let message = both!(
                        "{read} is not in every event this can be; elsewhere it is null",
                        "{read} no está en todos los eventos posibles aquí; en los demás es null"
                    );
                    let hint = both!(
                        "Use a field all of them have, or a workflow for each.",
                        "Use un campo que todos tengan, o un flujo para cada uno."
                    );
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
                let message =
                    both!("{read} is never \"{written}\": {why}", "{read} nunca es \"{written}\": {why}"; why);
                return self.say("flow.never_equal", pointer, message, hint);
            }
        }
        if compiled.computes() && !self.silent {
            self.tried(&compiled, pointer, input, state);
        }
    }

    pub(super) fn may_be_null(&mut self, read: &Read, pointer: &str) {
        let message = both!(
            "{read} may be null here, and this needs a value",
            "{read} puede ser null aquí, y esto necesita un valor"
        );
        self.say("flow.may_be_null", pointer, message, guard(read));
    }

    fn missing(&mut self, read: &Read, miss: &Miss, pointer: &str) {
        let of_context = matches!(&read.source, Source::Variable(name) if name == "context") && read.steps.len() == 1;
        let names = miss.names.join(", ");
        let (code, hint) = if of_context && names.is_empty() {
            let example = "export: { as: '${ $context + { name: . } }' }";
            let hint = both!(
                "Nothing is exported before; add {example} to an earlier task.",
                "Antes no se exporta nada; agregue {example} a una tarea anterior."
            );
            ("flow.context_unknown", hint)
        } else if of_context {
            ("flow.context_unknown", both!("Exported before: {names}.", "Exportado antes: {names}."))
        } else if names.is_empty() {
            ("flow.path_unknown", both!("Read another path.", "Lea otro camino."))
        } else {
            ("flow.path_unknown", both!("Known here: {names}.", "Aquí se conocen: {names}."))
        };
        let why = &miss.why;
        self.say(code, pointer, both!("{read} leads nowhere: {why}", "{read} no lleva a nada: {why}"; why), hint);
    }

    /// Runs it on sample data: what fails there will fail in earnest.
    fn tried(&mut self, compiled: &Expression, pointer: &str, input: &Known<'a>, state: &State<'a>) {
        let Err(error) = sample::evaluate(compiled, input, state) else { return };
        match error {
            ExpressionError::TooExpensive => {
                let hint = both!(
                    "Work on fewer values, or split it into several steps.",
                    "Trabaje con menos valores, o divídala en varios pasos."
                );
                let message = both!(
                    "this takes more steps than an expression may",
                    "esto da más pasos de los que una expresión puede dar"
                );
                self.say("expression.too_expensive", pointer, message, hint);
            }
            ExpressionError::SeveralValues => {
                let hint =
                    both!("Collect them: [ … ], or take one: first( … ).", "Reúnalos: [ … ], o tome uno: first( … ).");
                let message = both!("this gives several values", "esto da varios valores");
                self.say("expression.several_values", pointer, message, hint);
            }
            ExpressionError::Failed(why) if compiled.reads().is_empty() => {
                let why = said_by_jq(why);
                let hint = both!("Correct the jq between ${{ and }}.", "Corrija el jq entre ${{ y }}.");
                let message = both!("this always fails: {why}", "esto siempre falla: {why}"; why);
                self.say("expression.fails", pointer, message, hint);
            }
            ExpressionError::Failed(why) => {
                let why = said_by_jq(why);
                let hint = both!(
                    "Check the types of what it reads; guard what may be missing.",
                    "Revise los tipos de lo que lee; proteja lo que puede faltar."
                );
                let message = both!("this fails on sample data: {why}", "esto falla con datos de muestra: {why}"; why);
                self.warn("expression.may_fail", pointer, message, hint);
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

/// Whether there may be an expression in it: most values are plain, and need no pointer.
fn may_compute(value: &Value) -> bool {
    match value {
        Value::String(text) => is_expression(text),
        Value::Array(_) | Value::Object(_) => true,
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn said_by_jq(why: String) -> Both {
    Both { es: in_spanish(&why), en: why }
}

/// The way around a value that may be null.
pub(super) fn guard(read: &Read) -> Both {
    both!(
        "Guard the task with `if: ${{ {read} != null }}`, or filter the trigger.",
        "Proteja la tarea con `if: ${{ {read} != null }}`, o filtre el inicio."
    )
}

/// Why a value of this kind is never this text.
fn never_equal(known: &Known<'_>, text: &str) -> Option<(Both, Both)> {
    let field = known.field()?;
    match field.ty {
        FieldType::Enum if !field.values.iter().any(|value| value.as_str() == Some(text)) => {
            let values = field.values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
            Some((
                both!("it has other values", "tiene otros valores"),
                both!("Values: {values}.", "Valores: {values}."),
            ))
        }
        FieldType::Int | FieldType::Number => {
            let hint = both!("Compare it with a number, without quotes.", "Compárelo con un número, sin comillas.");
            Some((both!("it is a number", "es un número"), hint))
        }
        FieldType::Boolean => {
            let hint =
                both!("Compare it with true or false, without quotes.", "Compárelo con true o false, sin comillas.");
            Some((both!("it is true or false", "es verdadero o falso (true, false)"), hint))
        }
        FieldType::Array | FieldType::Object | FieldType::Filter => {
            let hint = both!("Compare something inside it.", "Compare algo que esté dentro.");
            Some((both!("it is not a plain value", "no es un valor simple"), hint))
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
