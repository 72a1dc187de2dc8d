//! A small vocabulary for the shape of a document, and the walk that checks it. The tables are in [`super::dsl`].

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::diagnostic::{Diagnostic, Severity};
use super::dsl;
use super::titles;
use crate::workflow::both::{Both, both};
use crate::workflow::document::escape;

/// What a value must look like.
pub(super) enum Shape {
    Any,
    Text,
    NonEmptyText,
    /// Text of a form.
    Form(Form),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any word but these.
    NotChoice(&'static [&'static str]),
    Whole,
    Port,
    Truth,
    /// A list; `true`: at least one.
    List(&'static Shape, bool),
    /// Name → shape.
    Map(&'static Shape),
    /// A list of one-key objects; `true`: at least one.
    Named(&'static Shape, bool),
    /// Any object; the number of entries it has at least.
    AnyObject(usize),
    Object(&'static Object),
    /// Any one of these.
    Either(&'static [Shape]),
    /// A task: what it is depends on its keys.
    Task,
}

/// Forms of text.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Semver,
    Label,
    Duration,
    Expression,
    Uri,
    Host,
}

/// What is wrong with an object beyond its fields, if anything.
pub(super) type Rule = fn(&Map<String, Value>) -> Option<Both>;

/// An object.
pub(super) struct Object {
    /// What it is called in messages, in English; [`titles`] has the Spanish.
    pub(super) title: &'static str,
    pub(super) fields: &'static [&'static [(&'static str, Shape)]],
    pub(super) required: &'static [&'static str],
    /// Exactly one of these must be complete; `also` goes only with it.
    pub(super) one_of: &'static [Alternative],
    /// Whether other keys are allowed.
    pub(super) open: bool,
    /// A key that replaces all others.
    pub(super) alone: Option<&'static str>,
    /// One more rule.
    pub(super) rule: Option<Rule>,
}

pub(super) struct Alternative {
    pub(super) needs: &'static [&'static str],
    pub(super) also: &'static [&'static str],
}

impl Object {
    pub(super) const fn closed(title: &'static str, fields: &'static [&'static [(&'static str, Shape)]]) -> Self {
        Self { title, fields, required: &[], one_of: &[], open: false, alone: None, rule: None }
    }

    pub(super) const fn open(title: &'static str, fields: &'static [&'static [(&'static str, Shape)]]) -> Self {
        Self { title, fields, required: &[], one_of: &[], open: true, alone: None, rule: None }
    }

    pub(super) const fn requires(mut self, required: &'static [&'static str]) -> Self {
        self.required = required;
        self
    }

    pub(super) const fn one_of(mut self, one_of: &'static [Alternative]) -> Self {
        self.one_of = one_of;
        self
    }

    pub(super) const fn alone(mut self, key: &'static str) -> Self {
        self.alone = Some(key);
        self
    }

    fn named(&self) -> Both {
        Both { en: self.title.to_owned(), es: titles::in_spanish(self.title) }
    }

    fn field(&self, name: &str) -> Option<&'static Shape> {
        self.fields.iter().flat_map(|group| group.iter()).find_map(|(key, shape)| (*key == name).then_some(shape))
    }

    fn names(&self) -> Vec<&'static str> {
        self.fields.iter().flat_map(|group| group.iter()).map(|(name, _)| *name).collect()
    }
}

static FORMS: LazyLock<[Option<Regex>; 4]> = LazyLock::new(|| {
    [
        r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$",
        r"^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$",
        r"^P(\d+(?:\.\d+)?Y)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?W)?(\d+(?:\.\d+)?D)?(?:T(\d+(?:\.\d+)?H)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?S)?)?$",
        r"^[a-zA-Z0-9](?:[a-zA-Z0-9-.]{0,61}[a-zA-Z0-9])?$",
    ]
    .map(|pattern| Regex::new(pattern).ok())
});

impl Form {
    fn fits(self, text: &str) -> bool {
        let matches = |at: usize| FORMS[at].as_ref().is_some_and(|form| form.is_match(text));
        match self {
            Self::Semver => matches(0),
            Self::Label => matches(1),
            Self::Duration => text.len() > 1 && matches(2) && after_t_is_digit(text),
            Self::Host => matches(3),
            Self::Expression => is_wrapped(text),
            Self::Uri => text.split_once("://").is_some_and(|(scheme, _)| {
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
            }),
        }
    }

    fn wanted(self) -> Both {
        match self {
            Self::Semver => both!("a version such as 1.0.3", "una versión como 1.0.3"),
            Self::Label => {
                both!("letters, digits and hyphens (at most 63)", "letras, cifras y guiones (63 como máximo)")
            }
            Self::Duration => both!("an ISO 8601 duration such as PT10M", "una duración ISO 8601 como PT10M"),
            Self::Expression => both!("an expression ${{ … }}", "una expresión ${{ … }}"),
            Self::Uri => both!("an address such as https://…", "una dirección como https://…"),
            Self::Host => both!("a host name", "un nombre de servidor"),
        }
    }
}

fn after_t_is_digit(text: &str) -> bool {
    text.split_once('T').is_none_or(|(_, time)| time.starts_with(|c: char| c.is_ascii_digit()))
}

/// `${ … }` as the schema has it: something inside, on one line.
fn is_wrapped(text: &str) -> bool {
    let inside = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inside.is_some_and(|inside| !inside.is_empty() && !inside.contains('\n'))
}

/// Collects what the walk finds.
pub(super) struct Check {
    pub(super) found: Vec<Diagnostic>,
}

impl Check {
    fn error(&mut self, code: &'static str, pointer: &str, message: Both, hint: Both) {
        self.found.push(Diagnostic::new(code, Severity::Error, pointer, message, hint));
    }

    fn wrong_type(&mut self, shape: &Shape, value: &Value, pointer: &str) {
        let (wanted, is) = (shape.wanted(), kind_of(value));
        let message = both!("this must be {wanted}, not {is}", "aquí va {wanted}, no {is}"; wanted, is);
        self.error("structure.type", pointer, message, both!("Write {wanted} here.", "Escriba aquí {wanted}."; wanted));
    }

    /// Checks a value against a shape.
    pub(super) fn value(&mut self, shape: &'static Shape, value: &Value, pointer: &str) {
        if !shape.has_type_of(value) {
            return self.wrong_type(shape, value, pointer);
        }
        match (shape, value) {
            (Shape::List(item, at_least_one), Value::Array(items)) => {
                self.not_empty(*at_least_one && items.is_empty(), pointer);
                for (at, value) in items.iter().enumerate() {
                    self.value(item, value, &format!("{pointer}/{at}"));
                }
            }
            (Shape::Named(item, at_least_one), Value::Array(items)) => {
                self.not_empty(*at_least_one && items.is_empty(), pointer);
                for (at, value) in items.iter().enumerate() {
                    self.named(item, value, &format!("{pointer}/{at}"));
                }
            }
            (Shape::Map(item), Value::Object(map)) => {
                for (key, value) in map {
                    self.value(item, value, &format!("{pointer}/{}", escape(key)));
                }
            }
            (Shape::AnyObject(least), Value::Object(map)) => self.not_empty(map.len() < *least, pointer),
            (Shape::Object(object), Value::Object(map)) => self.object(object, map, pointer),
            (Shape::Task, Value::Object(map)) => self.task(map, pointer),
            (Shape::Either(shapes), value) => {
                let fitting: Vec<_> = shapes.iter().filter(|shape| shape.has_type_of(value)).collect();
                if let [only] = fitting.as_slice() {
                    self.value(only, value, pointer);
                } else if !fitting.iter().any(|shape| shape.fits_text(value)) {
                    self.form(shape, value, pointer);
                }
            }
            (text, value) if !text.fits_text(value) => self.form(shape, value, pointer),
            _ => {}
        }
    }

    fn form(&mut self, shape: &Shape, value: &Value, pointer: &str) {
        let written: String = value.to_string().chars().take(80).collect();
        let wanted = shape.wanted();
        let message = both!("{written} is not {wanted}", "{written} no es {wanted}"; wanted);
        self.error("structure.form", pointer, message, both!("Write {wanted}.", "Escriba {wanted}."; wanted));
    }

    fn not_empty(&mut self, empty: bool, pointer: &str) {
        if empty {
            let hint =
                both!("Add at least one entry, or remove the key.", "Agregue al menos una entrada, o quite la clave.");
            self.error("structure.empty", pointer, both!("this must not be empty", "esto no puede quedar vacío"), hint);
        }
    }

    fn named(&mut self, item: &'static Shape, value: &Value, pointer: &str) {
        let Some(map) = value.as_object() else { return self.wrong_type(&Shape::AnyObject(1), value, pointer) };
        let mut entries = map.iter();
        match (entries.next(), entries.next()) {
            (Some((name, value)), None) => self.value(item, value, &format!("{pointer}/{}", escape(name))),
            (None, _) | (Some(_), Some(_)) => {
                let message = both!(
                    "an entry of this list has exactly one key, its name; this one has {count}",
                    "una entrada de esta lista tiene exactamente una clave, su nombre; esta tiene {count}",
                    count = map.len()
                );
                let hint = both!(
                    "Write each entry as `- name: {{ … }}`; check the indentation.",
                    "Escriba cada entrada como `- name: {{ … }}`; revise la sangría."
                );
                self.error("structure.one_key", pointer, message, hint);
            }
        }
    }

    fn object(&mut self, object: &'static Object, map: &Map<String, Value>, pointer: &str) {
        let replaced = object.alone.filter(|key| map.contains_key(*key));
        for (key, value) in map {
            let at = format!("{pointer}/{}", escape(key));
            match object.field(key) {
                Some(_) if replaced.is_some_and(|alone| alone != key) => {
                    let other = replaced.unwrap_or_default();
                    let message =
                        both!("`{key}` cannot stand beside `{other}`", "`{key}` no puede estar junto a `{other}`");
                    self.error("structure.conflict", &at, message, both!("Keep one of the two.", "Deje solo uno."));
                }
                Some(shape) => self.value(shape, value, &at),
                None if object.open => {}
                None => {
                    let (title, known) = (object.named(), object.names().join(", "));
                    let message = both!("{title} has no `{key}`", "{title} no tiene `{key}`"; title);
                    let hint = both!("Known here: {known}.", "Aquí se conocen: {known}.");
                    self.error("structure.unknown_property", &at, message, hint);
                }
            }
        }
        for key in object.required.iter().filter(|key| replaced.is_none() && !map.contains_key(**key)) {
            let title = object.named();
            let message = both!("{title} needs `{key}`", "a {title} le falta `{key}`"; title);
            self.error("structure.missing", pointer, message, both!("Add `{key}`.", "Agregue `{key}`."));
        }
        if replaced.is_none() {
            self.alternatives(object, map, pointer);
        }
        if let Some(message) = object.rule.and_then(|rule| rule(map)) {
            let hint = both!("See the DSL reference of this object.", "Vea la referencia del DSL sobre este objeto.");
            self.error("structure.conflict", pointer, message, hint);
        }
    }

    fn alternatives(&mut self, object: &'static Object, map: &Map<String, Value>, pointer: &str) {
        let complete = |one: &&Alternative| one.needs.iter().all(|key| map.contains_key(*key));
        let choices = || {
            let all: Vec<_> = object.one_of.iter().map(|one| Both::same(one.needs.join(" + "))).collect();
            Both::joined(&all, &both!(", or ", " o "))
        };
        let mut chosen = object.one_of.iter().filter(complete);
        match (chosen.next(), chosen.next()) {
            (Some(one), None) => {
                let belongs = |other: &Alternative, key: &str| other.needs.contains(&key) || other.also.contains(&key);
                for key in map.keys() {
                    if !belongs(one, key) && object.one_of.iter().any(|other| belongs(other, key)) {
                        let message = both!(
                            "`{key}` does not go with `{needs}`",
                            "`{key}` no va con `{needs}`",
                            needs = one.needs.join("`, `")
                        );
                        let at = format!("{pointer}/{}", escape(key));
                        self.error("structure.conflict", &at, message, both!("Remove `{key}`.", "Quite `{key}`."));
                    }
                }
            }
            (Some(_), Some(_)) => {
                let (title, choices) = (object.named(), choices());
                let message = both!(
                    "{title} takes exactly one of: {choices}", "{title} lleva exactamente uno de: {choices}";
                    title, choices
                );
                self.error("structure.conflict", pointer, message, both!("Keep one of them.", "Deje solo uno."));
            }
            (None, _) if !object.one_of.is_empty() => {
                let (title, choices) = (object.named(), choices());
                let message = both!("{title} needs {choices}", "a {title} le falta {choices}"; title, choices);
                self.error(
                    "structure.missing",
                    pointer,
                    message,
                    both!("Write {choices}.", "Escriba {choices}."; choices),
                );
            }
            (None, _) => {}
        }
    }

    fn task(&mut self, map: &Map<String, Value>, pointer: &str) {
        let Some(object) = dsl::task_object(map) else {
            let message = both!(
                "a task does exactly one thing; this one does none",
                "una tarea hace exactamente una cosa; esta no hace ninguna"
            );
            let hint = both!("Add one of: {keys}.", "Agregue uno de: {keys}.", keys = dsl::TASK_KEYS.join(", "));
            return self.error("structure.task_kind", pointer, message, hint);
        };
        self.object(object, map, pointer);
    }
}

impl Shape {
    fn has_type_of(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Text | Self::NonEmptyText | Self::Form(_) | Self::Choice(_) | Self::NotChoice(_) => value.is_string(),
            Self::Whole | Self::Port => is_whole(value),
            Self::Truth => value.is_boolean(),
            Self::List(..) | Self::Named(..) => value.is_array(),
            Self::Map(_) | Self::AnyObject(_) | Self::Object(_) | Self::Task => value.is_object(),
            Self::Either(shapes) => shapes.iter().any(|shape| shape.has_type_of(value)),
        }
    }

    /// For scalars: whether the value has the form asked for.
    fn fits_text(&self, value: &Value) -> bool {
        let text = value.as_str().unwrap_or_default();
        match self {
            Self::NonEmptyText => !text.is_empty(),
            Self::Form(form) => form.fits(text),
            Self::Choice(words) => words.contains(&text),
            Self::NotChoice(words) => !words.contains(&text),
            Self::Port => value.as_f64().is_some_and(|port| (0.0..=65535.0).contains(&port)),
            Self::Any
            | Self::Text
            | Self::Whole
            | Self::Truth
            | Self::List(..)
            | Self::Map(_)
            | Self::Named(..)
            | Self::AnyObject(_)
            | Self::Object(_)
            | Self::Either(_)
            | Self::Task => true,
        }
    }

    fn wanted(&self) -> Both {
        match self {
            Self::Any => both!("anything", "cualquier cosa"),
            Self::Text => both!("text", "texto"),
            Self::NonEmptyText => both!("text that is not empty", "texto que no esté vacío"),
            Self::Form(form) => form.wanted(),
            Self::Choice(words) => both!("one of {words}", "uno de {words}", words = words.join(", ")),
            Self::NotChoice(words) => {
                both!("text other than {words}", "un texto distinto de {words}", words = words.join(", "))
            }
            Self::Whole => both!("a whole number", "un número entero"),
            Self::Port => both!("a port number", "un número de puerto"),
            Self::Truth => both!("true or false", "verdadero o falso (true, false)"),
            Self::List(..) => both!("a list", "una lista"),
            Self::Named(..) => both!("a list of named entries", "una lista de entradas con nombre"),
            Self::Map(_) | Self::AnyObject(_) => both!("an object", "un objeto"),
            Self::Object(object) => {
                let title = object.named();
                both!("an object ({title})", "un objeto ({title})"; title)
            }
            Self::Either(shapes) => {
                let wanted: Vec<_> = shapes.iter().map(Self::wanted).collect();
                Both::joined(&wanted, &both!(", or ", ", o "))
            }
            Self::Task => both!("a task", "una tarea"),
        }
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

pub(super) fn kind_of(value: &Value) -> Both {
    match value {
        Value::Null => both!("empty (null)", "vacío (null)"),
        Value::Bool(_) => both!("true or false", "verdadero o falso (true, false)"),
        Value::Number(_) => both!("a number", "un número"),
        Value::String(_) => both!("text", "texto"),
        Value::Array(_) => both!("a list", "una lista"),
        Value::Object(_) => both!("an object", "un objeto"),
    }
}
