//! Values against the inputs they go into: the type fits, the id is of the right kind of record, and what is required is
//! not null.

use serde_json::{Map, Value};

use super::Flow;
use super::known::Known;
use super::state::State;
use crate::workflow::document::escape;
use crate::workflow::expression::{Expression, Kind, Read, is_expression};
use crate::workflow::fields::{Field, FieldMap, FieldType};

impl<'a> Flow<'a, '_> {
    /// The inputs of a call.
    pub(super) fn call(&mut self, action: &str, with: Option<&Value>, pointer: &str, state: &State<'a>) {
        let Some(with) = with else { return };
        self.strings(with, pointer, &Known::Any, state);
        self.texts(with, pointer, state);
        if let (Some(action), Some(map)) = (self.context.catalog.action(action), with.as_object()) {
            self.inputs(&action.inputs, map, pointer, state);
        }
    }

    fn inputs(&mut self, fields: &FieldMap, map: &Map<String, Value>, pointer: &str, state: &State<'a>) {
        for (name, value) in map {
            if let Some(field) = fields.get(name) {
                self.input(field, field.required, value, &format!("{pointer}/{}", escape(name)), state);
            }
        }
    }

    fn input(&mut self, field: &Field, required: bool, value: &Value, pointer: &str, state: &State<'a>) {
        match value {
            Value::String(text) if is_expression(text) => self.fits(field, required, text, pointer, state),
            Value::Object(map) if field.ty == FieldType::Filter => self.conditions(map, pointer, state),
            Value::Object(map) => self.inputs(&field.fields, map, pointer, state),
            Value::Array(items) => {
                let Some(item) = field.items.as_deref() else { return };
                for (at, value) in items.iter().enumerate() {
                    self.input(item, true, value, &format!("{pointer}/{at}"), state);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// A computed value in an input.
    fn fits(&mut self, field: &Field, required: bool, text: &str, pointer: &str, state: &State<'a>) {
        let Ok(compiled) = Expression::compile(text) else { return };
        let found = compiled.result().and_then(|read| Some((read, Self::found(read, &Known::Any, state)?.ok()?)));
        let Some((read, found)) = found else {
            if let Some(kind) = compiled.kind().filter(|kind| !kind_fits(*kind, field, required)) {
                self.mismatch(kind.in_words(), field, pointer);
            }
            return;
        };
        if found.nullable && required && !field.nullable {
            return self.may_be_null(read, pointer);
        }
        let Some(from) = found.known.field_type() else { return };
        if !type_fits(from, field.ty) {
            return self.mismatch(in_words(from), field, pointer);
        }
        let ids = found.known.field().and_then(|from| Some((from.of.as_deref()?, field.of.as_deref()?)));
        if let Some((from, to)) = ids.filter(|(from, to)| from != to) {
            let message = format!("{read} is the id of a {from}; this needs the id of a {to}");
            let hint = format!("Use a field that holds the {to}.", to = to.replace('_', " "));
            return self.say("flow.wrong_record", pointer, message.replace('_', " "), hint);
        }
        if let Some(from) = found.known.field()
            && field.ty == FieldType::Enum
            && from.ty == FieldType::Enum
            && !from.values.iter().any(|value| field.values.contains(value))
        {
            let values: Vec<&str> = field.values.iter().filter_map(Value::as_str).collect();
            let message = format!("{read} never has a value that is allowed here");
            self.say("flow.type_mismatch", pointer, message, format!("Allowed: {}.", values.join(", ")));
        }
    }

    fn mismatch(&mut self, from: &str, field: &Field, pointer: &str) {
        let message = format!("this gives {from}; the input takes {}", in_words(field.ty));
        self.say("flow.type_mismatch", pointer, message, "Use a value of that type.".to_owned());
    }

    /// Conditions of `find_records`: an operand that is null would find the records that have nothing there.
    fn conditions(&mut self, map: &Map<String, Value>, pointer: &str, state: &State<'a>) {
        for (name, value) in map {
            let at = format!("{pointer}/{}", escape(name));
            match value {
                Value::Object(operators) => self.conditions(operators, &at, state),
                Value::String(text) if is_expression(text) => {
                    if let Some(read) = Self::nullable(text, state) {
                        let message =
                            format!("{read} may be null here; then this finds the records that have nothing there");
                        let hint = format!("Guard the task with `if: ${{ {read} != null }}`, or filter the trigger.");
                        self.warn("flow.filter_may_be_null", &at, message, hint);
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {}
            }
        }
    }

    /// The path an expression is, when it may be null here.
    fn nullable(text: &str, state: &State<'a>) -> Option<Read> {
        let compiled = Expression::compile(text).ok()?;
        let read = compiled.result()?;
        let found = Self::found(read, &Known::Any, state)?.ok()?;
        found.nullable.then(|| read.clone())
    }

    /// `wait`, `timeout.after`: a duration.
    pub(super) fn length(&mut self, value: &Value, pointer: &str, state: &State<'a>) {
        self.strings(value, pointer, &Known::Any, state);
        if let Some(text) = value.as_str().filter(|text| is_expression(text)) {
            static LENGTH: Field = Field::plain(FieldType::Duration);
            self.fits(&LENGTH, true, text, pointer, state);
        }
    }

    /// `correlate`: what is expected has a value, and both sides are ids of the same kind of record.
    pub(super) fn correlated(&mut self, pointer: &str, from: (&str, &Known<'a>), expect: &str, state: &State<'a>) {
        let at = format!("{pointer}/expect");
        self.expression(expect, &at, &Known::Any, state);
        if let Some(read) = Self::nullable(expect, state) {
            self.may_be_null(&read, &at);
        }
        let of = |text: &str, input: &Known<'a>| {
            let compiled = is_expression(text).then(|| Expression::compile(text).ok()).flatten()?;
            let found = Self::found(compiled.result()?, input, state)?.ok()?;
            found.known.field()?.of.clone()
        };
        if let (Some(from), Some(to)) = (of(from.0, from.1), of(expect, &Known::Any))
            && from != to
        {
            let message = format!("the event names a {from} and this expects a {to}; they never match");
            let hint = "Compare ids of the same kind of record.".to_owned();
            self.say("flow.wrong_record", &at, message.replace('_', " "), hint);
        }
    }
}

/// Whether a value of one type can go into an input of another. Text may turn out to be anything that is written as text.
const fn type_fits(from: FieldType, to: FieldType) -> bool {
    use FieldType::{
        Array, Boolean, Date, DateTime, Duration, Enum, Filter, Id, Int, Number, Object, Recipient, String,
    };
    match to {
        String => matches!(from, String | Enum | Id | Date | DateTime | Duration | Recipient),
        Enum => matches!(from, String | Enum),
        Id => matches!(from, String | Id),
        Recipient => matches!(from, String | Recipient),
        Date | DateTime => matches!(from, Date | DateTime),
        Duration => matches!(from, Duration),
        Int | Number => matches!(from, Int | Number),
        Boolean => matches!(from, Boolean),
        Array => matches!(from, Array),
        Object | Filter => matches!(from, Object | Filter),
    }
}

fn kind_fits(kind: Kind, field: &Field, required: bool) -> bool {
    use FieldType::{
        Array, Boolean, Date, DateTime, Duration, Enum, Filter, Id, Int, Number, Object, Recipient, String,
    };
    match kind {
        Kind::Null => field.nullable || !required,
        Kind::Boolean => field.ty == Boolean,
        Kind::Number => matches!(field.ty, Int | Number),
        Kind::Text => matches!(field.ty, String | Enum | Id | Recipient | Date | DateTime | Duration),
        Kind::Moment => matches!(field.ty, String | Date | DateTime),
        Kind::Duration => matches!(field.ty, String | Duration),
        Kind::List => field.ty == Array,
        Kind::Object => matches!(field.ty, Object | Filter),
    }
}

const fn in_words(ty: FieldType) -> &'static str {
    match ty {
        FieldType::String => "a text",
        FieldType::Int => "a whole number",
        FieldType::Number => "a number",
        FieldType::Boolean => "true or false",
        FieldType::Date => "a date",
        FieldType::DateTime => "a moment",
        FieldType::Duration => "a duration",
        FieldType::Enum => "a word of a list",
        FieldType::Id => "an id",
        FieldType::Array => "a list",
        FieldType::Object => "an object",
        FieldType::Recipient => "a recipient",
        FieldType::Filter => "a map of conditions",
    }
}
