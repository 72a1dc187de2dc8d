//! Sample values of what is known, to try an expression on.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, Utc};
use serde_json::{Map, Value, json};

use super::known::Known;
use super::state::State;
use crate::model::tenant::{OpenHours, StoreHours};
use crate::workflow::expression::{Expression, ExpressionError, Moment, Source, Variables};
use crate::workflow::fields::{Field, FieldMap, FieldType};

/// Deepest sample.
const DEPTH: usize = 6;
/// 2026-03-16T16:00:00Z, a Monday at eleven in Chicago.
const NOW: i64 = 1_773_676_800;
const DEPARTMENTS: [&str; 6] = ["sales", "service", "parts", "finance", "bdc", "body_shop"];

/// The value of an expression on sample data. What is not known is null, as it may well be.
///
/// # Errors
/// As the evaluation; what hangs on unknown values never fails here.
pub(super) fn evaluate(compiled: &Expression, input: &Known<'_>, state: &State<'_>) -> Result<Value, ExpressionError> {
    let unknown = compiled.reads().iter().any(|read| {
        let found = match &read.source {
            Source::Input => Some(input.follow(&read.steps)),
            Source::Variable(name) => state.follow(name, &read.steps),
        };
        found.is_none_or(|found| found.is_ok_and(|found| matches!(found.known.bare(), Known::Any)))
    });
    let hours = open_always();
    let now = DateTime::<Utc>::from_timestamp(NOW, 0).unwrap_or_default();
    let moment = Moment { now, zone: chrono_tz::America::Chicago, hours: &hours, department: "sales" };
    let value = |name: &str| state.variable(name).map_or(Value::Null, |known| of(&known, DEPTH));
    let mut locals = Map::new();
    for name in compiled.variables().iter().filter(|name| !matches!(name.as_str(), "context" | "workflow")) {
        locals.insert(name.clone(), value(name));
    }
    let uses = |name: &str| compiled.variables().iter().any(|own| own == name);
    let variables = Variables {
        context: if uses("context") { value("context") } else { Value::Null },
        workflow: if uses("workflow") { value("workflow") } else { Value::Null },
        task: Value::Null,
        runtime: Value::Null,
        locals,
    };
    match compiled.evaluate(&of(input, DEPTH), &variables, &moment) {
        Err(ExpressionError::Failed(_) | ExpressionError::SeveralValues) if unknown => Ok(Value::Null),
        result => result,
    }
}

fn of(known: &Known<'_>, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    match known {
        Known::Any => Value::Null,
        Known::Field(field) => of_field(field, depth),
        Known::Record(fields) => of_fields(fields, depth),
        Known::Object(entries, _) => {
            Value::Object(entries.iter().map(|(name, known)| (name.clone(), of(known, depth - 1))).collect())
        }
        Known::List(item) => json!([of(item, depth - 1)]),
        Known::OneOf(alternatives) => alternatives.first().map_or(Value::Null, |first| of(first, depth)),
        Known::Present(inner) | Known::Maybe(inner) => of(inner, depth),
    }
}

fn of_fields(fields: &FieldMap, depth: usize) -> Value {
    Value::Object(fields.iter().map(|(name, field)| (name.to_owned(), of_field(field, depth - 1))).collect())
}

fn of_field(field: &Field, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    match field.ty {
        FieldType::String | FieldType::Id => json!("x"),
        FieldType::Recipient => json!("record_owner"),
        FieldType::Int | FieldType::Number => json!(2),
        FieldType::Boolean => json!(true),
        FieldType::Date => json!("2026-03-20"),
        FieldType::DateTime => json!("2026-03-20T17:00:00Z"),
        FieldType::Duration => json!("PT1H"),
        FieldType::Enum => field.values.first().cloned().unwrap_or(Value::Null),
        FieldType::Array => json!([field.items.as_deref().map_or(Value::Null, |item| of_field(item, depth - 1))]),
        FieldType::Object | FieldType::Filter => of_fields(&field.fields, depth),
    }
}

fn open_always() -> StoreHours {
    let day =
        Some(OpenHours { opens: NaiveTime::MIN, closes: NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(NaiveTime::MIN) });
    let departments: BTreeMap<String, _> = DEPARTMENTS.iter().map(|name| ((*name).to_owned(), [day; 7])).collect();
    StoreHours { departments, closed_on: Vec::new() }
}
