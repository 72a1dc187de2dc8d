//! Every expression of the document: the whole text, wrapped, compiles, uses nothing refused.

use serde_json::Value;

use super::diagnostic::Findings;
use super::jq_words::in_spanish;
use crate::workflow::both::{Both, both};
use crate::workflow::document::{Definition, escape};
use crate::workflow::expression::{Expression, ExpressionError, is_expression};

/// Fields that hold an expression whenever they hold text.
const CONDITIONS: [&str; 6] = ["if", "when", "while", "exceptWhen", "in", "until"];

pub(super) fn check(definition: &Definition, found: &mut Findings) {
    for part in ["do", "schedule", "input", "output", "timeout"] {
        if let Some(value) = definition.raw().get(part) {
            walk(value, part, &mut format!("/{part}"), found);
        }
    }
}

fn walk(value: &Value, key: &str, pointer: &mut String, found: &mut Findings) {
    match value {
        Value::String(text) => check_text(text, key, pointer, found),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                inside(pointer, &at.to_string(), |pointer| walk(item, "", pointer, found));
            }
        }
        Value::Object(map) => {
            let holds_filter = map.contains_key("entity") && map.contains_key("filter");
            for (name, item) in map {
                // under `filter` a key is a field or an operator of the query
                let key = if holds_filter && name == "filter" { "filter" } else { name };
                let key = if key_of_filter(pointer) { "" } else { key };
                inside(pointer, &escape(name), |pointer| walk(item, key, pointer, found));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Works with the pointer of a part, in the room the pointer of the whole already has.
pub(super) fn inside(pointer: &mut String, part: &str, work: impl FnOnce(&mut String)) {
    let whole = pointer.len();
    pointer.push('/');
    pointer.push_str(part);
    work(pointer);
    pointer.truncate(whole);
}

fn key_of_filter(pointer: &str) -> bool {
    pointer.contains("/with/filter")
}

fn check_text(text: &str, key: &str, pointer: &str, found: &mut Findings) {
    if is_expression(text) {
        if let Err(error) = Expression::compile(text) {
            refuse(&error, pointer, found);
        }
    } else if text.contains("${") {
        let message = both!(
            "an expression must be the whole text; mixed with other text it is not evaluated",
            "una expresión debe ser todo el texto; mezclada con otro texto no se evalúa"
        );
        let (inside, merged) = ("${ \"user:\" + $context.x.id }", "{{event.field}}");
        let hint = both!(
            "Build the text inside: {inside}; in texts for people use {merged}.",
            "Arme el texto dentro: {inside}; en textos para personas use {merged}."
        );
        found.error("expression.not_whole", pointer, message, hint);
    } else if CONDITIONS.contains(&key) || is_transformation(pointer) {
        let start: String = text.chars().take(60).collect();
        let message = both!("`{start}` is not wrapped as an expression", "`{start}` no va envuelto como expresión");
        let hint = both!("Write ${{ … }} around the whole text.", "Escriba ${{ … }} alrededor de todo el texto.");
        found.error("expression.not_wrapped", pointer, message, hint);
    }
}

fn is_transformation(pointer: &str) -> bool {
    ["/input/from", "/output/as", "/export/as"].iter().any(|end| pointer.ends_with(end))
        || pointer.contains("/correlate/") && pointer.ends_with("/from")
}

fn refuse(error: &ExpressionError, pointer: &str, found: &mut Findings) {
    let (code, hint) = match error {
        ExpressionError::Refused { .. } => (
            "expression.refused",
            both!(
                "Take it out; time comes from duration_until, shift, at_time, next_open and next_time.",
                "Quítelo; el tiempo viene de duration_until, shift, at_time, next_open y next_time."
            ),
        ),
        ExpressionError::UnknownFunction(name) if name.starts_with("IN/") => {
            let hint = both!("Write membership as a == x or a == y.", "Escriba la pertenencia como a == x or a == y.");
            ("expression.unknown_function", hint)
        }
        ExpressionError::UnknownFunction(_) => (
            "expression.unknown_function",
            both!(
                "Use jq's own functions or the prelude: duration_until, shift, at_time, next_open, next_time, is_future, local.",
                "Use las funciones de jq o las nuestras: duration_until, shift, at_time, next_open, next_time, is_future, local."
            ),
        ),
        ExpressionError::TooLong => {
            ("expression.too_long", both!("Split it into several steps.", "Divídala en varios pasos."))
        }
        ExpressionError::NotWrapped
        | ExpressionError::Syntax(_)
        | ExpressionError::UnknownVariable { .. }
        | ExpressionError::Failed(_)
        | ExpressionError::TooExpensive
        | ExpressionError::SeveralValues
        | ExpressionError::NotJson => {
            ("expression.syntax", both!("Correct the jq between ${{ and }}.", "Corrija el jq entre ${{ y }}."))
        }
    };
    found.error(code, pointer, said(error), hint);
}

/// What is wrong with an expression.
pub(super) fn said(error: &ExpressionError) -> Both {
    let en = error.to_string();
    let es = match error {
        ExpressionError::NotWrapped => "una expresión es todo el texto, envuelto como ${ … }".to_owned(),
        ExpressionError::TooLong => "la expresión es demasiado larga o está demasiado anidada".to_owned(),
        ExpressionError::Syntax(why) => format!("no es una expresión de jq: {}", in_spanish(why)),
        ExpressionError::UnknownFunction(name) => format!("la función {name} no existe"),
        ExpressionError::Refused { name, .. } => format!("{name} no se puede usar aquí"),
        ExpressionError::UnknownVariable { name, known } => {
            format!("la variable ${name} no se conoce aquí; se conocen {}", known.join(", "))
        }
        ExpressionError::Failed(why) => format!("la expresión falló: {}", in_spanish(why)),
        ExpressionError::TooExpensive => "la expresión da demasiados pasos o arma un valor demasiado grande".to_owned(),
        ExpressionError::SeveralValues => "la expresión da varios valores; reúnalos con [ … ]".to_owned(),
        ExpressionError::NotJson => "el valor de la expresión no tiene forma en JSON".to_owned(),
    };
    Both { en, es }
}
