//! Runtime expressions: jq (through jaq) with a prelude for moments, bounded in time and memory.
//!
//! An expression is always the whole string, `${ … }`. It sees `.`, `$workflow`, `$context`, `$task`, `$runtime` and
//! the variables of its scope. It cannot see the clock, the environment or other input: `now`, `env`, `input` and
//! their kin are refused; time comes from the prelude, relative to the [`Moment`] of the evaluation.
//!
//! **Bounds.** jaq has no fuel, so the program is rewritten before it is compiled ([`meter`]): every step of an
//! iteration or recursion and every value built costs fuel, whichever builtin does it. `def` is refused (recursion is
//! left to `recurse`, `while`, `until`, `repeat`, which are metered), and so is a text of more than [`MAX_CHARS`].

mod analysis;
mod calls;
mod library;
mod meter;
mod moments;
mod value;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use jaq_core::{Ctx, Vars, unwrap_valr};
use jaq_json::Val;
use serde_json::{Map, Value};

use self::meter::{Metered, Scope};
use crate::model::tenant::StoreHours;

pub use self::analysis::{Kind, Read, Source, Step};
pub use self::moments::{at_time, next_open, next_time, parse_moment};

/// Longest expression accepted, in characters.
pub const MAX_CHARS: usize = 2000;
/// Compiled expressions kept.
const CACHE_SIZE: usize = 4096;

/// Why an expression cannot be compiled or has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Not `${ … }`.
    #[error("an expression is the whole text, wrapped as ${{ … }}")]
    NotWrapped,
    /// Too long or too deeply nested.
    #[error("the expression is too long or too deeply nested")]
    TooLong,
    /// Not jq.
    #[error("not a jq expression: {0}")]
    Syntax(String),
    /// A function that does not exist here.
    #[error("function {0} does not exist")]
    UnknownFunction(String),
    /// A function or construct that may not be used.
    #[error("{name} may not be used: {why}")]
    Refused {
        /// Which.
        name: String,
        /// Why, and what to use instead.
        why: &'static str,
    },
    /// A variable nobody sets.
    #[error("variable ${name} is not known here; known are {}", known.join(", "))]
    UnknownVariable {
        /// Its name without `$`.
        name: String,
        /// What is known, with `$`.
        known: Vec<String>,
    },
    /// The evaluation failed.
    #[error("the expression failed: {0}")]
    Failed(String),
    /// More steps, or a larger result, than allowed.
    #[error("the expression takes too many steps or builds too large a value")]
    TooExpensive,
    /// More than one value.
    #[error("the expression gives several values; collect them as [ … ]")]
    SeveralValues,
    /// The value has no JSON form.
    #[error("the value of the expression has no JSON form")]
    NotJson,
}

/// What `$name` stands for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variables {
    /// `$context`: what was exported.
    pub context: Value,
    /// `$workflow`: id, definition, `input` and start time.
    pub workflow: Value,
    /// `$task`: name, reference, input, start time.
    pub task: Value,
    /// `$runtime`: name and version of the engine.
    pub runtime: Value,
    /// Loop variables, `error` in a `catch`, `input` and `output` where the DSL has them; names without `$`.
    pub locals: Map<String, Value>,
}

/// The moment, place and hours an expression is evaluated in.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// Engine time.
    pub now: DateTime<Utc>,
    /// The store's zone.
    pub zone: Tz,
    /// The store's hours.
    pub hours: &'a StoreHours,
    /// The department meant by `next_open` without an argument.
    pub department: &'a str,
}

/// A compiled expression.
pub struct Expression {
    text: String,
    facts: analysis::Facts,
    filter: jaq_core::Filter<Metered>,
}

static CACHE: LazyLock<RwLock<HashMap<String, Arc<Expression>>>> = LazyLock::new(RwLock::default);

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.text).finish()
    }
}

impl Expression {
    /// Compiles `${ … }`, or takes it from the cache of this process.
    ///
    /// # Errors
    /// See [`ExpressionError`].
    pub fn compile(text: &str) -> Result<Arc<Self>, ExpressionError> {
        Self::compile_bare(body(text).ok_or(ExpressionError::NotWrapped)?)
    }

    /// Compiles `${ … }` or the bare text inside it (the DSL allows both under `if`, `when`, `in` …).
    ///
    /// # Errors
    /// See [`ExpressionError`].
    pub fn compile_lenient(text: &str) -> Result<Arc<Self>, ExpressionError> {
        Self::compile_bare(body(text).unwrap_or(text))
    }

    fn compile_bare(code: &str) -> Result<Arc<Self>, ExpressionError> {
        let code = code.trim();
        let found = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(code).cloned();
        if let Some(found) = found {
            return Ok(found);
        }
        let term = library::parse(code)?;
        let facts = analysis::facts(&term)?;
        let filter = library::compile(term, &facts.variables)?;
        let compiled = Arc::new(Self { text: code.to_owned(), facts, filter });
        let mut cache = CACHE.write().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHE_SIZE {
            cache.clear();
        }
        cache.insert(code.to_owned(), compiled.clone());
        drop(cache);
        Ok(compiled)
    }

    /// The text inside `${ }`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The variables it needs, without `$`.
    #[must_use]
    pub fn variables(&self) -> &[String] {
        &self.facts.variables
    }

    /// What it reads, as far as that can be known without running it.
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        &self.facts.reads
    }

    /// The path whose value it gives, when it is no more than a path (and filters that keep the shape).
    #[must_use]
    pub const fn result(&self) -> Option<&Read> {
        self.facts.result.as_ref()
    }

    /// The sort of value it gives, when its outermost operation tells.
    #[must_use]
    pub const fn kind(&self) -> Option<Kind> {
        self.facts.kind
    }

    /// For `$context + { name: … }`: what it adds, each with the path it comes from when that is known.
    #[must_use]
    pub fn kept(&self) -> Option<&[(String, Option<Read>)]> {
        self.facts.kept.as_deref()
    }

    /// Paths whose value must not be null where it uses them: `null | shift("P1D")` fails, `"user:" + null` names nobody.
    #[must_use]
    pub fn demands(&self) -> &[Read] {
        &self.facts.demands
    }

    /// Paths it compares with a text.
    #[must_use]
    pub fn compared(&self) -> &[(Read, String)] {
        &self.facts.compared
    }

    /// Paths that are certainly not null once its value is true, or false.
    #[must_use]
    pub fn present_when(&self, truth: bool) -> &[Read] {
        &self.facts.present[usize::from(truth)]
    }

    /// Whether it calls functions or iterates, so that it may fail or take long.
    #[must_use]
    pub const fn computes(&self) -> bool {
        self.facts.computes
    }

    /// Its value on `input`. No output at all is null.
    ///
    /// # Errors
    /// See [`ExpressionError`].
    pub fn evaluate(
        &self,
        input: &Value,
        variables: &Variables,
        moment: &Moment<'_>,
    ) -> Result<Value, ExpressionError> {
        let values: Vec<Val> = self
            .facts
            .variables
            .iter()
            .map(|name| variables.get(name).map(value::to_jaq))
            .collect::<Result<_, ExpressionError>>()?;
        let scope = Scope::new(moment);
        let context = Ctx::<Metered>::new(scope.with_lut(&self.filter.lut), Vars::new(values));
        let mut outputs = self.filter.id.run((context, value::to_jaq(input))).map(unwrap_valr);
        let first = outputs.next();
        let more = first.as_ref().is_some_and(Result::is_ok).then(|| outputs.next()).flatten();
        if scope.is_spent() {
            return Err(ExpressionError::TooExpensive);
        }
        match (first, more) {
            (None, _) => Ok(Value::Null),
            (Some(Ok(_)), Some(Ok(_))) => Err(ExpressionError::SeveralValues),
            (Some(Ok(value)), None) => value::to_json(&value, &scope),
            (Some(Err(error)), _) | (Some(Ok(_)), Some(Err(error))) => Err(failed(&error)),
        }
    }
}

fn failed(error: &jaq_json::Error) -> ExpressionError {
    ExpressionError::Failed(error.to_string().chars().take(300).collect())
}

impl Variables {
    fn get(&self, name: &str) -> Result<&Value, ExpressionError> {
        match name {
            "context" => Ok(&self.context),
            "workflow" => Ok(&self.workflow),
            "task" => Ok(&self.task),
            "runtime" => Ok(&self.runtime),
            local => self.locals.get(local).ok_or_else(|| ExpressionError::UnknownVariable {
                name: local.to_owned(),
                known: known_names(self.locals.keys().map(String::as_str)),
            }),
        }
    }
}

/// The names an expression may use: the four that are always there, then `locals`; with `$`.
pub fn known_names<'a>(locals: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    ["workflow", "context", "task", "runtime"].into_iter().chain(locals).map(|name| format!("${name}")).collect()
}

/// Whether the whole text is one expression, `${ … }`.
#[must_use]
pub fn is_expression(text: &str) -> bool {
    body(text).is_some()
}

/// The text inside `${ … }`.
#[must_use]
pub fn body(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("${")?.strip_suffix('}')?;
    (!inside.is_empty()).then_some(inside)
}

/// What jq takes for true: everything but `null` and `false`.
#[must_use]
pub const fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

/// The truth of a condition (`if`, `when`, `while` …), wrapped or bare.
///
/// # Errors
/// See [`ExpressionError`].
pub fn condition(
    text: &str,
    input: &Value,
    variables: &Variables,
    moment: &Moment<'_>,
) -> Result<bool, ExpressionError> {
    Expression::compile_lenient(text)?.evaluate(input, variables, moment).map(|value| is_true(&value))
}

/// The truth of a condition, wrapped or bare, when of all it reads only what `known` gives is known; `None` when it may
/// turn out either way, or cannot be read.
#[must_use]
pub fn truth_given(text: &str, known: &dyn Fn(&Read) -> Option<Value>) -> Option<bool> {
    let term = library::parse(body(text).unwrap_or(text).trim()).ok()?;
    analysis::truth(&term, known)
}

/// `value` with every whole-string expression deep inside replaced by what it gives.
///
/// # Errors
/// See [`ExpressionError`].
pub fn resolve(
    value: &Value,
    input: &Value,
    variables: &Variables,
    moment: &Moment<'_>,
) -> Result<Value, ExpressionError> {
    Ok(match value {
        Value::String(text) if is_expression(text) => Expression::compile(text)?.evaluate(input, variables, moment)?,
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| resolve(item, input, variables, moment)).collect::<Result<_, _>>()?)
        }
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| Ok((key.clone(), resolve(item, input, variables, moment)?)))
                .collect::<Result<_, ExpressionError>>()?,
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    })
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
