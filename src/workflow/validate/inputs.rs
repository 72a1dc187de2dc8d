//! Written values against fields of the catalog. An expression stands for any value.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate};
use regex::Regex;
use serde_json::{Map, Value};

use super::diagnostic::{Findings, ValidationContext};
use super::shape::kind_of;
use crate::workflow::both::{Both, both};
use crate::workflow::catalog::{Catalog, Entity};
use crate::workflow::describe::words;
use crate::workflow::document::escape;
use crate::workflow::duration::IsoDuration;
use crate::workflow::expression::is_expression;
use crate::workflow::fields::{Field, FieldMap, FieldType};
use crate::workflow::text::Language;

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
    pub(super) fn object(&mut self, fields: &FieldMap, map: &Map<String, Value>, pointer: &str, what: &Both) {
        for (key, value) in map {
            let at = format!("{pointer}/{}", escape(key));
            match fields.get(key) {
                Some(field) => self.value(field, value, &at),
                None => {
                    let known = fields.names().collect::<Vec<_>>().join(", ");
                    let hint = both!("Known here: {known}.", "Aquí se conocen: {known}.");
                    let message = both!("{what} has no input `{key}`", "{what} no tiene el dato `{key}`"; what);
                    self.found.error("action.input_unknown", &at, message, hint);
                }
            }
        }
        for (name, _) in fields.iter().filter(|(name, field)| field.required && !map.contains_key(*name)) {
            let message = both!("{what} needs `{name}`", "a {what} le falta `{name}`"; what);
            self.found.absent("action.input_missing", pointer, name, message);
        }
    }

    pub(super) fn value(&mut self, field: &Field, value: &Value, pointer: &str) {
        if value.as_str().is_some_and(is_expression) || field.nullable && value.is_null() {
            return;
        }
        match field.ty {
            FieldType::Object => match value.as_object() {
                Some(map) if !field.fields.is_empty() => {
                    self.object(&field.fields, map, pointer, &both!("this object", "este objeto"));
                }
                Some(_) => {}
                None => self.wrong(value, &both!("an object", "un objeto"), pointer),
            },
            FieldType::Array => match (value.as_array(), &field.items) {
                (Some(items), Some(item)) => {
                    for (at, value) in items.iter().enumerate() {
                        self.value(item, value, &format!("{pointer}/{at}"));
                    }
                }
                (Some(_), None) => {}
                (None, _) => self.wrong(value, &both!("a list", "una lista"), pointer),
            },
            FieldType::Recipient => self.recipient(value, pointer),
            FieldType::Filter => self.filter(value, pointer),
            FieldType::String => match value.as_str() {
                Some(text) => self.length(field, text, pointer),
                None => self.wrong(value, &both!("text", "texto"), pointer),
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

    fn wrong(&mut self, value: &Value, wanted: &Both, pointer: &str) {
        let is = kind_of(value);
        let message = both!("this must be {wanted}, not {is}", "aquí va {wanted}, no {is}"; wanted, is);
        self.found.error("action.input_type", pointer, message, write_or_compute(wanted));
    }

    fn length(&mut self, field: &Field, text: &str, pointer: &str) {
        if text.trim().is_empty() {
            let hint = both!("Write the text.", "Escriba el texto.");
            let message = both!("this text is empty", "este texto está vacío");
            self.found.error("action.input_empty", pointer, message, hint);
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        if let Some(max) = field.max.filter(|max| length > *max) {
            let message = both!(
                "this text has {length} characters; at most {max} are allowed",
                "este texto tiene {length} caracteres; se permiten {max} como máximo"
            );
            self.found.error("action.input_length", pointer, message, both!("Shorten it.", "Acórtelo."));
        }
    }

    fn scalar(&mut self, field: &Field, value: &Value, pointer: &str) {
        if value.as_str().is_some_and(|text| text.contains("{{")) {
            let message = both!(
                "merge fields are for texts; this is not one",
                "los campos combinados son para textos; esto no lo es"
            );
            let example = "${ $workflow.input[0].data.lead_id }";
            let hint = both!("Use an expression such as {example}.", "Use una expresión como {example}.");
            return self.found.error("text.not_here", pointer, message, hint);
        }
        let text = value.as_str();
        let (fits, wanted) = match field.ty {
            FieldType::Int => (value.is_i64() || value.is_u64(), both!("a whole number", "un número entero")),
            FieldType::Number => (value.is_number(), both!("a number", "un número")),
            FieldType::Boolean => (value.is_boolean(), both!("true or false", "verdadero o falso (true, false)")),
            FieldType::Date => {
                (text.is_some_and(is_date), both!("a date such as 2026-03-15", "una fecha como 2026-03-15"))
            }
            FieldType::DateTime => (
                text.is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok() || is_date(text)),
                both!("a moment such as 2026-03-15T17:00:00Z", "un momento como 2026-03-15T17:00:00Z"),
            ),
            FieldType::Duration => {
                (IsoDuration::from_value(value).is_ok(), both!("a duration such as PT10M", "una duración como PT10M"))
            }
            FieldType::Enum => {
                let words: Vec<String> = field
                    .values
                    .iter()
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                    .collect();
                let words = words.join(", ");
                (field.values.contains(value), both!("one of {words}", "uno de {words}"))
            }
            FieldType::Id
            | FieldType::String
            | FieldType::Array
            | FieldType::Object
            | FieldType::Recipient
            | FieldType::Filter => (text.is_some_and(|text| !text.is_empty()), both!("an id", "un identificador")),
        };
        if !fits {
            let written: String = value.to_string().chars().take(60).collect();
            let code = if field.ty == FieldType::Enum { "action.input_value" } else { "action.input_type" };
            let message = both!("{written} is not {wanted}", "{written} no es {wanted}"; wanted);
            return self.found.error(code, pointer, message, write_or_compute(&wanted));
        }
        let number = value.as_f64().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "bounds of the catalog are small")]
        let outside = value.is_number()
            && (field.min.is_some_and(|min| number < min as f64) || field.max.is_some_and(|max| number > max as f64));
        if outside {
            let bound = |bound: Option<i64>| bound.map_or_else(|| "…".to_owned(), |bound| bound.to_string());
            let (least, most) = (bound(field.min), bound(field.max));
            let message = both!(
                "{value} is out of bounds ({least} to {most})",
                "{value} está fuera de los límites ({least} a {most})"
            );
            let hint = both!("Write a number within them.", "Escriba un número dentro de ellos.");
            self.found.error("action.input_bounds", pointer, message, hint);
        }
    }

    fn recipient(&mut self, value: &Value, pointer: &str) {
        let Some(text) = value.as_str() else {
            return self.wrong(value, &both!("a recipient", "un destinatario"), pointer);
        };
        if !RECIPIENT.as_ref().is_some_and(|form| form.is_match(text)) {
            let message = both!("`{text}` is not a recipient", "`{text}` no es un destinatario");
            let hint = both!(
                "Write record_owner, requester, role:<job role>, team:<team>, manager_of:<employee id> or user:<id>.",
                "Escriba record_owner, requester, role:<puesto>, team:<equipo>, manager_of:<id de empleado> o user:<id>."
            );
            return self.found.error("action.recipient", pointer, message, hint);
        }
        let catalog = self.context.catalog;
        let missing = |name: &str, known: &[String]| {
            let hint = || both!("Known: {known}.", "Se conocen: {known}.", known = known.join(", "));
            (!known.iter().any(|one| one == name)).then(hint)
        };
        let problem = match text.split_once(':') {
            Some(("role", role)) => missing(role, catalog.roles()).map(|hint| {
                ("action.role_unknown", both!("there is no job role `{role}`", "no existe el puesto `{role}`"), hint)
            }),
            Some(("team", team)) => missing(team, catalog.teams()).map(|hint| {
                ("action.team_unknown", both!("there is no team `{team}`", "no existe el equipo `{team}`"), hint)
            }),
            Some(("user", user)) if !self.context.users.is_empty() && !self.context.users.contains(&user) => {
                let hint = both!(
                    "Ask for the person, or write role:<job role>.",
                    "Pregunte por la persona, o escriba role:<puesto>."
                );
                let message = both!("there is no user `{user}`", "no existe la persona `{user}`");
                Some(("action.user_unknown", message, hint))
            }
            _ => None,
        };
        if let Some((code, message, hint)) = problem {
            return self.found.error(code, pointer, message, hint);
        }
        let vacant = |name: &str, known: &[&str]| !known.is_empty() && !known.contains(&name);
        match text.split_once(':') {
            Some(("role", role)) if vacant(role, self.context.roles) => {
                let role = spoken(role, words::role);
                let message = both!(
                    "nobody here is a {role}; it would go to the general manager",
                    "aquí nadie es {role}; iría al gerente general";
                    role
                );
                let known = self.context.roles.join(", ");
                let hint = both!("Job roles people here have: {known}.", "Puestos que hay aquí: {known}.");
                self.found.warning("action.role_vacant", pointer, message, hint);
            }
            Some(("team", team)) if vacant(team, self.context.teams) => {
                let team = spoken(team, words::team);
                let message = both!("nobody here is in the team {team}", "aquí nadie está en el equipo {team}"; team);
                let known = self.context.teams.join(", ");
                let hint = both!("Teams with people in them: {known}.", "Equipos con personas: {known}.");
                self.found.warning("action.team_empty", pointer, message, hint);
            }
            Some(_) | None => {}
        }
    }

    /// `field: value` or `field: {operator: …}`; fields are those of the entity asked for.
    fn filter(&mut self, value: &Value, pointer: &str) {
        let Some(conditions) = value.as_object() else {
            return self.wrong(value, &both!("a map of conditions", "un mapa de condiciones"), pointer);
        };
        for (path, condition) in conditions {
            let at = format!("{pointer}/{}", escape(path));
            let field = match self.entity.map(|entity| (entity, entity.fields.at_path(path))) {
                Some((_, Some(field))) => Some(field),
                Some((entity, None)) => {
                    let (name, known) = (&entity.name, entity.fields.names().collect::<Vec<_>>().join(", "));
                    let hint = both!("Fields of a {name}: {known}.", "Campos de {name}: {known}.");
                    let message = both!("a {name} has no field `{path}`", "{name} no tiene el campo `{path}`");
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
            ("in", _) => self.wrong(operand, &both!("a list", "una lista"), pointer),
            ("between", _) => self.wrong(operand, &both!("a list of two", "una lista de dos"), pointer),
            ("exists", _) => {
                self.wrong(operand, &both!("true or false", "verdadero o falso (true, false)"), pointer);
            }
            _ => {
                let hint = both!("Operators: {known}.", "Operadores: {known}.", known = OPERATORS.join(", "));
                let message = both!("there is no operator `{operator}`", "no existe el operador `{operator}`");
                self.found.error("action.filter_operator", pointer, message, hint);
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

/// A name of the vocabulary: plain in English, in its words in Spanish.
fn spoken(name: &str, words: fn(&str, Language) -> Option<&'static str>) -> Both {
    let plain = name.replace('_', " ");
    Both { es: words(name, Language::Es).map_or_else(|| plain.clone(), str::to_owned), en: plain }
}

fn write_or_compute(wanted: &Both) -> Both {
    both!("Write {wanted}, or an expression ${{ … }}.", "Escriba {wanted}, o una expresión ${{ … }}."; wanted)
}

fn is_date(text: &str) -> bool {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}
