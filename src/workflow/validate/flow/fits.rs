//! Values against the inputs they go into: the type fits, the id is of the right kind of record, and what is required is
//! not null.

use serde_json::{Map, Value};

use super::Flow;
use super::expressions::guard;
use super::known::Known;
use super::state::State;
use crate::workflow::both::{Both, both};
use crate::workflow::describe::words;
use crate::workflow::document::escape;
use crate::workflow::expression::{Expression, Kind, Read, is_expression};
use crate::workflow::fields::{Field, FieldMap, FieldType};
use crate::workflow::text::Language;

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
                self.mismatch(&kind_in_words(kind), field, pointer);
            }
            return;
        };
        if found.nullable && required && !field.nullable {
            return self.may_be_null(read, pointer);
        }
        let Some(from) = found.known.field_type() else { return };
        if !type_fits(from, field.ty) {
            return self.mismatch(&in_words(from), field, pointer);
        }
        let ids = found.known.field().and_then(|from| Some((from.of.as_deref()?, field.of.as_deref()?)));
        if let Some((from, to)) = ids.filter(|(from, to)| from != to) {
            let (from, to) = (record(from), record(to));
            let message = both!(
                "{read} is the id of {from}; this needs the id of {to}",
                "{read} es el identificador de {from}; aquí va el de {to}";
                from, to
            );
            let hint = both!("Use a field that holds {to}.", "Use un campo que contenga {to}."; to);
            return self.say("flow.wrong_record", pointer, message, hint);
        }
        if let Some(from) = found.known.field()
            && field.ty == FieldType::Enum
            && from.ty == FieldType::Enum
            && !from.values.iter().any(|value| field.values.contains(value))
        {
            let values = field.values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
            let message =
                both!("{read} never has a value that is allowed here", "{read} nunca tiene un valor permitido aquí");
            self.say("flow.type_mismatch", pointer, message, both!("Allowed: {values}.", "Se permiten: {values}."));
        }
    }

    fn mismatch(&mut self, from: &Both, field: &Field, pointer: &str) {
        let takes = in_words(field.ty);
        let message =
            both!("this gives {from}; the input takes {takes}", "esto da {from}; aquí va {takes}"; from, takes);
        let hint = both!("Use a value of that type.", "Use un valor de ese tipo.");
        self.say("flow.type_mismatch", pointer, message, hint);
    }

    /// Conditions of `find_records`: an operand that is null would find the records that have nothing there.
    fn conditions(&mut self, map: &Map<String, Value>, pointer: &str, state: &State<'a>) {
        for (name, value) in map {
            let at = format!("{pointer}/{}", escape(name));
            match value {
                Value::Object(operators) => self.conditions(operators, &at, state),
                Value::String(text) if is_expression(text) => {
                    if let Some(read) = Self::nullable(text, state) {
                        let message = both!(
                            "{read} may be null here; then this finds the records that have nothing there",
                            "{read} puede ser null aquí; entonces se encuentran los registros que no tienen nada ahí"
                        );
                        self.warn("flow.filter_may_be_null", &at, message, guard(&read));
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
            let (from, to) = (record(&from), record(&to));
            let message = both!(
                "the event names {from} and this expects {to}; they never match",
                "el evento nombra {from} y aquí se espera {to}; nunca coinciden";
                from, to
            );
            let hint =
                both!("Compare ids of the same kind of record.", "Compare identificadores del mismo tipo de registro.");
            self.say("flow.wrong_record", &at, message, hint);
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

/// A kind of record: "a lead", "prospecto".
fn record(name: &str) -> Both {
    let plain = name.replace('_', " ");
    let noun = words::entity(name, Language::Es).and_then(|entity| entity.split_once(' '));
    Both { en: format!("a {plain}"), es: noun.map_or(plain, |(_, noun)| noun.to_owned()) }
}

fn in_words(ty: FieldType) -> Both {
    match ty {
        FieldType::String => both!("a text", "un texto"),
        FieldType::Int => both!("a whole number", "un número entero"),
        FieldType::Number => both!("a number", "un número"),
        FieldType::Boolean => both!("true or false", "verdadero o falso (true, false)"),
        FieldType::Date => both!("a date", "una fecha"),
        FieldType::DateTime => both!("a moment", "un momento"),
        FieldType::Duration => both!("a duration", "una duración"),
        FieldType::Enum => both!("a word of a list", "una palabra de una lista"),
        FieldType::Id => both!("an id", "un identificador"),
        FieldType::Array => both!("a list", "una lista"),
        FieldType::Object => both!("an object", "un objeto"),
        FieldType::Recipient => both!("a recipient", "un destinatario"),
        FieldType::Filter => both!("a map of conditions", "un mapa de condiciones"),
    }
}

fn kind_in_words(kind: Kind) -> Both {
    match kind {
        Kind::Null => both!("nothing", "nada"),
        Kind::Boolean => in_words(FieldType::Boolean),
        Kind::Number => in_words(FieldType::Number),
        Kind::Text => in_words(FieldType::String),
        Kind::Moment => in_words(FieldType::DateTime),
        Kind::Duration => in_words(FieldType::Duration),
        Kind::List => in_words(FieldType::Array),
        Kind::Object => in_words(FieldType::Object),
    }
}
