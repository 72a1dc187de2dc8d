//! A manager approves what the readback says: an expression it has no words for may not be submitted.

use serde_json::Value;

use super::diagnostic::{Findings, ValidationContext};
use super::expressions::inside;
use crate::workflow::both::both;
use crate::workflow::describe::wordless;
use crate::workflow::document::{Definition, escape};
use crate::workflow::expression::{Expression, body};

pub(super) fn check(definition: &Definition, context: &ValidationContext<'_>, found: &mut Findings) {
    let left = wordless(definition, context.catalog);
    if left.is_empty() {
        return;
    }
    let mut say = |pointer: &str| {
        let hint = both!(
            "Write it as comparisons of fields, or keep it in an earlier step and compare that.",
            "Escríbalo como comparaciones de campos, o guárdelo en un paso anterior y compare eso."
        );
        let message = both!(
            "whoever approves this would see code here; there are no plain words for it",
            "quien lo aprueba vería código aquí; no hay palabras sencillas para ello"
        );
        found.error("expression.no_words", pointer, message, hint);
    };
    for part in ["schedule", "do"] {
        let value = definition.raw().get(part).unwrap_or(&Value::Null);
        walk(value, &mut format!("/{part}"), &mut |text, pointer| {
            let compiles = Expression::compile(text).is_ok();
            if compiles && body(text).is_some_and(|code| left.contains(code.trim())) {
                say(pointer);
            }
        });
    }
}

fn walk(value: &Value, pointer: &mut String, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(text, pointer),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                inside(pointer, &at.to_string(), |pointer| walk(item, pointer, visit));
            }
        }
        Value::Object(map) => {
            map.iter().for_each(|(key, item)| inside(pointer, &escape(key), |pointer| walk(item, pointer, visit)));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
