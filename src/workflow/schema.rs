//! JSON Schemas that a definition brings (`input.schema`, `output.schema`, `export.schema`): draft 2020-12, and only
//! what is written in the document. Nothing is fetched from elsewhere.

use jsonschema::Validator;
use serde_json::Value;

/// Problems reported at most.
const MOST: usize = 20;
/// Characters of a problem at most.
const LONGEST: usize = 300;

/// A schema, read.
#[derive(Debug)]
pub struct Schema(Validator);

/// It is not a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(String);

/// Where a value does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// RFC 6901 pointer into the value.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

impl Schema {
    /// Reads `schema.document`.
    ///
    /// # Errors
    /// When it is not a schema, or refers to one elsewhere.
    pub fn compile(document: &Value) -> Result<Self, SchemaError> {
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        options.build(document).map(Self).map_err(|error| SchemaError(shortened(&error)))
    }

    /// Where `value` does not fit; empty when it does.
    #[must_use]
    pub fn misfits(&self, value: &Value) -> Vec<Misfit> {
        let errors = self.0.iter_errors(value).take(MOST);
        errors.map(|error| Misfit { pointer: error.instance_path().to_string(), message: shortened(&error) }).collect()
    }
}

fn shortened(error: &impl ToString) -> String {
    error.to_string().chars().take(LONGEST).collect()
}
