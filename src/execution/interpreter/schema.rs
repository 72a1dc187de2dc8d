//! Schemas around a task and around the workflow: what goes in before `input.from`, what comes out after `output.as`,
//! the context after `export.as`. A value that does not fit is the DSL's validation error, which `try` may catch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::Interpreter;
use crate::execution::error::{Fault, Halt};
use crate::workflow::schema::Schema;

/// Schemas of one definition that were read in this turn, by their place in it.
#[derive(Debug, Default)]
pub(super) struct Schemas(Mutex<HashMap<String, Arc<Schema>>>);

impl Schemas {
    fn read(&self, pointer: &str, document: &Value) -> Result<Arc<Schema>, Fault> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(schema) = known.get(pointer) {
            return Ok(Arc::clone(schema));
        }
        let compiled = Schema::compile(document);
        let schema = compiled.map_err(|error| Fault::configuration("A schema cannot be read", error.to_string()))?;
        let schema = Arc::new(schema);
        known.insert(pointer.to_owned(), Arc::clone(&schema));
        Ok(schema)
    }
}

impl Interpreter<'_> {
    /// Whether `value` fits the schema of `part` (`input`, `output`, `export`), which stands in the definition below
    /// `pointer`.
    pub(super) fn must_fit(
        &self,
        pointer: &str,
        (name, part): (&str, Option<&Value>),
        value: &Value,
    ) -> Result<(), Halt> {
        let Some(schema) = part.and_then(|part| part.get("schema")) else { return Ok(()) };
        let Some(document) = schema.get("document") else {
            let detail = "a schema is written under `document`; none is fetched from elsewhere";
            return Err(Fault::configuration("A schema cannot be read", detail).into());
        };
        let schema = self.schemas.read(&format!("{pointer}/{name}"), document)?;
        let misfits = schema.misfits(value);
        if misfits.is_empty() {
            return Ok(());
        }
        let words: Vec<String> =
            misfits.into_iter().map(|misfit| format!("{name}{}: {}", misfit.pointer, misfit.message)).collect();
        Err(Fault::validation(words.join("; ")).into())
    }
}
