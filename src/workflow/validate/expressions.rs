//! Every expression of the document: the whole text, wrapped, compiles, uses nothing refused.

use serde_json::Value;

use super::diagnostic::Findings;
use crate::workflow::document::{Definition, escape};
use crate::workflow::expression::{Expression, ExpressionError, is_expression};

/// Fields that hold an expression whenever they hold text.
const CONDITIONS: [&str; 6] = ["if", "when", "while", "exceptWhen", "in", "until"];

pub(super) fn check(definition: &Definition, found: &mut Findings) {
    for part in ["do", "schedule", "input", "output", "timeout"] {
        if let Some(value) = definition.raw().get(part) {
            walk(value, part, &format!("/{part}"), found);
        }
    }
}

fn walk(value: &Value, key: &str, pointer: &str, found: &mut Findings) {
    match value {
        Value::String(text) => check_text(text, key, pointer, found),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                walk(item, "", &format!("{pointer}/{at}"), found);
            }
        }
        Value::Object(map) => {
            let holds_filter = map.contains_key("entity") && map.contains_key("filter");
            for (name, item) in map {
                // under `filter` a key is a field or an operator of the query
                let key = if holds_filter && name == "filter" { "filter" } else { name };
                let key = if key_of_filter(pointer) { "" } else { key };
                walk(item, key, &format!("{pointer}/{}", escape(name)), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
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
        let message = "an expression must be the whole text; mixed with other text it is not evaluated".to_owned();
        let hint = "Build the text inside: ${ \"user:\" + $context.x.id }; in texts for people use {{event.field}}."
            .to_owned();
        found.error("expression.not_whole", pointer, message, hint);
    } else if CONDITIONS.contains(&key) || is_transformation(pointer) {
        let message = format!("`{}` is not wrapped as an expression", text.chars().take(60).collect::<String>());
        found.error("expression.not_wrapped", pointer, message, "Write ${ … } around the whole text.".to_owned());
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
            "Take it out; time comes from duration_until, shift, at_time, next_open and next_time.",
        ),
        ExpressionError::UnknownFunction(name) if name.starts_with("IN/") => {
            ("expression.unknown_function", "Write membership as a == x or a == y.")
        }
        ExpressionError::UnknownFunction(_) => (
            "expression.unknown_function",
            "Use jq's own functions or the prelude: duration_until, shift, at_time, next_open, next_time, is_future, local.",
        ),
        ExpressionError::TooLong => ("expression.too_long", "Split it into several steps."),
        ExpressionError::NotWrapped
        | ExpressionError::Syntax(_)
        | ExpressionError::UnknownVariable { .. }
        | ExpressionError::Failed(_)
        | ExpressionError::TooExpensive
        | ExpressionError::SeveralValues
        | ExpressionError::NotJson => ("expression.syntax", "Correct the jq between ${ and }."),
    };
    found.error(code, pointer, error.to_string(), hint.to_owned());
}
