//! Written values against fields of the catalog. An expression stands for any value.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use regex::Regex;
use serde_json::{Map, Value};

use super::diagnostic::{Findings, ValidationContext};
use super::shape::kind_of;
use crate::workflow::catalog::{Catalog, Entity};
use crate::workflow::document::escape;
use crate::workflow::duration::IsoDuration;
use crate::workflow::expression::is_expression;
use crate::workflow::fields::{Field, FieldMap, FieldType};

static RECIPIENT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(Catalog::embedded().recipient_pattern()).ok());

const OPERATORS: [&str; 9] = ["in", "not", "gt", "gte", "lt", "lte", "between", "contains", "exists"];

/// Checks the inputs of a call.
pub(super) struct Inputs<'c, 'a> {
    pub(super) context: &'c ValidationContext<'a>,
    pub(super) found: &'c mut Findings,
    /// The record type the call names in `entity`.
    pub(super) entity: Option<&'a Entity>,
}

impl Inputs<'_, '_> {
    /// An object with these fields: nothing unknown, nothing missing.
    pub(super) fn object(&mut self, fields: &FieldMap, map: &Map<String, Value>, pointer: &str, what: &str) {
        for (key, value) in map {
            let at = format!("{pointer}/{}", escape(key));
            match fields.get(key) {
                Some(field) => self.value(field, value, &at),
                None => {
                    let hint = format!("Known here: {}.", fields.names().collect::<Vec<_>>().join(", "));
                    self.found.error("action.input_unknown", &at, format!("{what} has no input `{key}`"), hint);
                }
            }
        }
        for (name, _) in fields.iter().filter(|(name, field)| field.required && !map.contains_key(*name)) {
            let message = format!("{what} needs `{name}`");
            self.found.error("action.input_missing", pointer, message, format!("Add `{name}`."));
        }
    }

    pub(super) fn value(&mut self, field: &Field, value: &Value, pointer: &str) {
        if value.as_str().is_some_and(is_expression) || field.nullable && value.is_null() {
            return;
        }
        match field.ty {
            FieldType::Object => match value.as_object() {
                Some(map) if !field.fields.is_empty() => self.object(&field.fields, map, pointer, "this object"),
                Some(_) => {}
                None => self.wrong(value, "an object", pointer),
            },
            FieldType::Array => match (value.as_array(), &field.items) {
                (Some(items), Some(item)) => {
                    for (at, value) in items.iter().enumerate() {
                        self.value(item, value, &format!("{pointer}/{at}"));
                    }
                }
                (Some(_), None) => {}
                (None, _) => self.wrong(value, "a list", pointer),
            },
            FieldType::Recipient => self.recipient(value, pointer),
            FieldType::Filter => self.filter(value, pointer),
            FieldType::String => match value.as_str() {
                Some(text) => self.length(field, text, pointer),
                None => self.wrong(value, "text", pointer),
            },
            FieldType::Id
            | FieldType::Int
            | FieldType::Number
            | FieldType::Boolean
            | FieldType::Date
            | FieldType::DateTime
            | FieldType::Duration
            | FieldType::Enum => self.scalar(field, value, pointer),
        }
    }

    fn wrong(&mut self, value: &Value, wanted: &str, pointer: &str) {
        let message = format!("this must be {wanted}, not {}", kind_of(value));
        self.found.error("action.input_type", pointer, message, format!("Write {wanted}, or an expression ${{ … }}."));
    }

    fn length(&mut self, field: &Field, text: &str, pointer: &str) {
        if text.trim().is_empty() {
            let hint = "Write the text.".to_owned();
            self.found.error("action.input_empty", pointer, "this text is empty".to_owned(), hint);
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(max) = field.max.filter(|max| length > *max) {
            let message = format!("this text has {length} characters; at most {max} are allowed");
            self.found.error("action.input_length", pointer, message, "Shorten it.".to_owned());
        }
    }

    fn scalar(&mut self, field: &Field, value: &Value, pointer: &str) {
        if value.as_str().is_some_and(|text| text.contains("{{")) {
            let message = "merge fields are for texts; this is not one".to_owned();
            let hint = "Use an expression such as ${ $workflow.input[0].data.lead_id }.".to_owned();
            return self.found.error("text.not_here", pointer, message, hint);
        }
        let text = value.as_str();
        let (fits, wanted) = match field.ty {
            FieldType::Int => (value.is_i64() || value.is_u64(), "a whole number".to_owned()),
            FieldType::Number => (value.is_number(), "a number".to_owned()),
            FieldType::Boolean => (value.is_boolean(), "true or false".to_owned()),
            FieldType::Date => (text.is_some_and(is_date), "a date such as 2026-03-15".to_owned()),
            FieldType::DateTime => (
                text.is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok() || is_date(text)),
                "a moment such as 2026-03-15T17:00:00Z".to_owned(),
            ),
            FieldType::Duration => (IsoDuration::from_value(value).is_ok(), "a duration such as PT10M".to_owned()),
            FieldType::Enum => {
                let words: Vec<String> = field
                    .values
                    .iter()
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                    .collect();
                (field.values.contains(value), format!("one of {}", words.join(", ")))
            }
            FieldType::Id
            | FieldType::String
            | FieldType::Array
            | FieldType::Object
            | FieldType::Recipient
            | FieldType::Filter => (text.is_some_and(|text| !text.is_empty()), "an id".to_owned()),
        };
        if !fits {
            let written: String = value.to_string().chars().take(60).collect();
            let code = if field.ty == FieldType::Enum { "action.input_value" } else { "action.input_type" };
            let message = format!("{written} is not {wanted}");
            return self.found.error(code, pointer, message, format!("Write {wanted}, or an expression ${{ … }}."));
        }
        let number = value.as_f64().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "bounds of the catalog are small")]
        let outside = value.is_number()
            && (field.min.is_some_and(|min| number < min as f64) || field.max.is_some_and(|max| number > max as f64));
        if outside {
            let bound = |bound: Option<i64>| bound.map_or_else(|| "…".to_owned(), |bound| bound.to_string());
            let message = format!("{value} is out of bounds ({} to {})", bound(field.min), bound(field.max));
            self.found.error("action.input_bounds", pointer, message, "Write a number within them.".to_owned());
        }
    }

    fn recipient(&mut self, value: &Value, pointer: &str) {
        let Some(text) = value.as_str() else { return self.wrong(value, "a recipient", pointer) };
        let forms = "record_owner, requester, role:<job role>, team:<team>, manager_of:<employee id> or user:<id>";
        if !RECIPIENT.as_ref().is_some_and(|form| form.is_match(text)) {
            let message = format!("`{text}` is not a recipient");
            return self.found.error("action.recipient", pointer, message, format!("Write {forms}."));
        }
        let catalog = self.context.catalog;
        let unknown = |kind: &str, name: &str, known: &[String]| {
            (!known.iter().any(|one| one == name))
                .then(|| (format!("there is no {kind} `{name}`"), format!("Known: {}.", known.join(", "))))
        };
        let problem = match text.split_once(':') {
            Some(("role", role)) => {
                unknown("job role", role, catalog.roles()).map(|words| ("action.role_unknown", words))
            }
            Some(("team", team)) => unknown("team", team, catalog.teams()).map(|words| ("action.team_unknown", words)),
            Some(("user", user)) if !self.context.users.is_empty() && !self.context.users.contains(&user) => {
                let hint = "Ask for the person, or write role:<job role>.".to_owned();
                Some(("action.user_unknown", (format!("there is no user `{user}`"), hint)))
            }
            _ => None,
        };
        if let Some((code, (message, hint))) = problem {
            return self.found.error(code, pointer, message, hint);
        }
        let vacant = |name: &str, known: &[&str]| !known.is_empty() && !known.contains(&name);
        match text.split_once(':') {
            Some(("role", role)) if vacant(role, self.context.roles) => {
                let message =
                    format!("nobody here is a {}; it would go to the general manager", role.replace('_', " "));
                let hint = format!("Job roles people here have: {}.", self.context.roles.join(", "));
                self.found.warning("action.role_vacant", pointer, message, hint);
            }
            Some(("team", team)) if vacant(team, self.context.teams) => {
                let message = format!("nobody here is in the team {}", team.replace('_', " "));
                let hint = format!("Teams with people in them: {}.", self.context.teams.join(", "));
                self.found.warning("action.team_empty", pointer, message, hint);
            }
            Some(_) | None => {}
        }
    }

    /// `field: value` or `field: {operator: …}`; fields are those of the entity asked for.
    fn filter(&mut self, value: &Value, pointer: &str) {
        let Some(conditions) = value.as_object() else { return self.wrong(value, "a map of conditions", pointer) };
        for (path, condition) in conditions {
            let at = format!("{pointer}/{}", escape(path));
            let field = match self.entity.map(|entity| (entity, entity.fields.at_path(path))) {
                Some((_, Some(field))) => Some(field),
                Some((entity, None)) => {
                    let hint = format!(
                        "Fields of a {}: {}.",
                        entity.name,
                        entity.fields.names().collect::<Vec<_>>().join(", ")
                    );
                    let message = format!("a {} has no field `{path}`", entity.name);
                    self.found.error("action.filter_field", &at, message, hint);
                    None
                }
                None => None,
            };
            match condition.as_object() {
                None => self.operand(field, condition, &at),
                Some(operators) => {
                    for (operator, operand) in operators {
                        self.operator(field, operator, operand, &format!("{at}/{}", escape(operator)));
                    }
                }
            }
        }
    }

    fn operator(&mut self, field: Option<&Field>, operator: &str, operand: &Value, pointer: &str) {
        if operand.as_str().is_some_and(is_expression) && OPERATORS.contains(&operator) {
            return;
        }
        match (operator, operand) {
            ("in", Value::Array(items)) => items.iter().for_each(|item| self.operand(field, item, pointer)),
            ("between", Value::Array(items)) if items.len() == 2 => {
                items.iter().for_each(|item| self.operand(field, item, pointer));
            }
            ("not", Value::Array(items)) => items.iter().for_each(|item| self.operand(field, item, pointer)),
            ("exists", Value::Bool(_)) | ("contains", _) => {}
            ("not" | "gt" | "gte" | "lt" | "lte", operand) => self.operand(field, operand, pointer),
            ("in", _) => self.wrong(operand, "a list", pointer),
            ("between", _) => self.wrong(operand, "a list of two", pointer),
            ("exists", _) => self.wrong(operand, "true or false", pointer),
            _ => {
                let hint = format!("Operators: {}.", OPERATORS.join(", "));
                self.found.error("action.filter_operator", pointer, format!("there is no operator `{operator}`"), hint);
            }
        }
    }

    fn operand(&mut self, field: Option<&Field>, operand: &Value, pointer: &str) {
        let Some(field) = field else { return };
        let text = operand.as_str();
        let relative = matches!(field.ty, FieldType::Date | FieldType::DateTime)
            && text.is_some_and(|text| {
                matches!(text, "today" | "tomorrow" | "yesterday") || IsoDuration::parse(text).is_ok()
            });
        if relative || operand.is_null() {
            return;
        }
        match (&field.items, field.ty) {
            (Some(item), FieldType::Array) if !operand.is_array() => self.value(item, operand, pointer),
            _ => self.value(&Field { min: None, max: None, ..field.clone() }, operand, pointer),
        }
    }
}

fn is_date(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}
