//! Expressions of a task: conditions, transformations, moments.
//!
//! An expression that reads the clock is evaluated once and its value recorded; the others give the same on every
//! replay, because all they read is recorded itself.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Interpreter, Site};
use crate::execution::context::State;
use crate::execution::error::{Fault, Halt};
use crate::workflow::duration::IsoDuration;
use crate::workflow::expression::{self, Variables};

/// Functions of the prelude whose value depends on the moment of evaluation.
const CLOCK_WORDS: [&str; 5] = ["duration_until", "is_future", "next_open", "next_time", "local"];

/// Whether some text deep inside `value` contains `word`.
pub(super) fn mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        Value::Object(map) => map.values().any(|item| mentions(item, word)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A text that the DSL takes for an expression (`input.from`, `output.as`, `export.as`, `for.in`, `set`), which may be
/// written bare; our own documents wrap it.
pub(super) fn wrapped(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !expression::is_expression(text) => Value::String(format!("${{ {text} }}")),
        _ => value.clone(),
    }
}

fn reads_clock(value: &Value) -> bool {
    CLOCK_WORDS.iter().any(|word| mentions(value, word))
}

/// A moment as the DSL gives it in `startedAt`.
pub(super) fn moment_object(at: DateTime<Utc>) -> Value {
    json!({
        "iso8601": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "epoch": { "seconds": at.timestamp(), "milliseconds": at.timestamp_millis() },
    })
}

impl Interpreter<'_> {
    fn variables(&self, site: Site<'_>, state: &State, input: &Value) -> Variables {
        let mut locals = state.locals.clone();
        if !locals.contains_key("input") {
            locals.insert("input".to_owned(), state.input.clone());
        }
        locals.insert("output".to_owned(), input.clone());
        Variables {
            context: state.context.clone(),
            workflow: self.setting.workflow.clone(),
            task: json!({ "name": site.task.name, "reference": site.task.pointer, "input": state.input }),
            runtime: json!({ "name": "auterity", "version": env!("CARGO_PKG_VERSION") }),
            locals,
        }
    }

    /// Every expression deep inside `value` replaced by what it gives, with the task's input as `.`.
    pub(super) async fn resolve(&self, site: Site<'_>, tag: &str, value: &Value, state: &State) -> Result<Value, Halt> {
        self.transform(site, tag, value, state, &state.input).await
    }

    /// The same with another `.`: the raw output for `output.as`, the output for `export.as`.
    pub(super) async fn transform(
        &self,
        site: Site<'_>,
        tag: &str,
        value: &Value,
        state: &State,
        input: &Value,
    ) -> Result<Value, Halt> {
        let compute = || {
            let variables = self.variables(site, state, input);
            let moment = self.setting.place.moment(self.context.now());
            expression::resolve(value, input, &variables, &moment).map_err(|error| Fault::expression(error.to_string()))
        };
        if reads_clock(value) {
            self.context.remember(&format!("{}{tag}", site.path), "value", &compute).await
        } else {
            Ok(compute()?)
        }
    }

    /// The same for `input.from`, `output.as` and `export.as`, where every text is an expression.
    pub(super) async fn shaped(
        &self,
        site: Site<'_>,
        tag: &str,
        value: &Value,
        state: &State,
        input: &Value,
    ) -> Result<Value, Halt> {
        self.transform(site, tag, &wrapped(value), state, input).await
    }

    /// The truth of a condition.
    pub(super) async fn condition(&self, site: Site<'_>, tag: &str, text: &str, state: &State) -> Result<bool, Halt> {
        let compute = || {
            let variables = self.variables(site, state, &state.input);
            let moment = self.setting.place.moment(self.context.now());
            expression::condition(text, &state.input, &variables, &moment)
                .map(Value::Bool)
                .map_err(|error| Fault::expression(error.to_string()))
        };
        let value = if reads_clock(&Value::String(text.to_owned())) {
            self.context.remember(&format!("{}{tag}", site.path), "value", &compute).await?
        } else {
            compute()?
        };
        Ok(value == Value::Bool(true))
    }

    /// The moment a duration from now leads to, computed once and recorded under `key`.
    pub(super) async fn moment_after(
        &self,
        site: Site<'_>,
        key: &str,
        kind: &'static str,
        duration: &Value,
        state: &State,
    ) -> Result<DateTime<Utc>, Halt> {
        let compute = || {
            let now = self.context.now();
            let variables = self.variables(site, state, &state.input);
            let moment = self.setting.place.moment(now);
            let resolved = expression::resolve(duration, &state.input, &variables, &moment)
                .map_err(|error| Fault::expression(error.to_string()))?;
            let duration = IsoDuration::from_value(&resolved).map_err(|error| Fault::validation(error.to_string()))?;
            let until = duration.add_to(now, self.setting.place.store.timezone);
            Ok(json!({ "until": until.max(now) }))
        };
        let value = self.context.remember(key, kind, &compute).await?;
        let until = value["until"].as_str().and_then(|text| text.parse().ok());
        until.ok_or_else(|| Fault::runtime("The journal cannot be read", "a moment is missing").into())
    }
}
