//! Text in, [`Definition`] out. Bounded: size and depth are checked before anything else looks at the document.

use serde_json::Value;

use super::document::Definition;
use crate::model::json::{self, JsonFault};

/// Largest document accepted, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting accepted.
pub const MAX_DEPTH: usize = 64;

/// Why a text is not a document.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// More than [`MAX_BYTES`].
    #[error("the document has {0} bytes; at most {MAX_BYTES} are accepted")]
    TooLarge(usize),
    /// Deeper than [`MAX_DEPTH`].
    #[error("the document is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Not JSON.
    #[error("not valid JSON")]
    Json(#[source] JsonFault),
    /// Not YAML 1.2.
    #[error("not valid YAML 1.2")]
    Yaml(#[source] Box<serde_saphyr::Error>),
    /// A name or a text holds U+0000, which no column of PostgreSQL can.
    #[error("the document holds the character U+0000")]
    NulCharacter,
    /// Neither an object nor a mapping.
    #[error("the document is not an object")]
    NotAnObject,
}

impl Definition {
    /// From JSON text; a key that stands twice in one object is refused.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn from_json_text(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_BYTES {
            return Err(ParseError::TooLarge(text.len()));
        }
        Self::from_value(json::read(text.as_bytes()).map_err(|fault| match fault {
            JsonFault::TooDeep { .. } => ParseError::TooDeep,
            JsonFault::Malformed(_) | JsonFault::Refused { .. } => ParseError::Json(fault),
        })?)
    }

    /// From YAML 1.2 text (in which `on:` is a key like any other); a key that stands twice in one mapping is refused.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn from_yaml(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_BYTES {
            return Err(ParseError::TooLarge(text.len()));
        }
        // YAML 1.2: `no`, `on` and `n` are texts
        let options = serde_saphyr::options! { strict_booleans: true };
        let raw = serde_saphyr::from_str_with_options(text, options).map_err(|e| ParseError::Yaml(Box::new(e)))?;
        Self::from_value(raw)
    }

    /// From a JSON value.
    ///
    /// # Errors
    /// [`ParseError::TooDeep`], [`ParseError::NulCharacter`], [`ParseError::NotAnObject`].
    pub fn from_value(raw: Value) -> Result<Self, ParseError> {
        if !raw.is_object() {
            return Err(ParseError::NotAnObject);
        }
        if depth_exceeds(&raw, MAX_DEPTH) {
            return Err(ParseError::TooDeep);
        }
        if holds_nul(&raw) {
            return Err(ParseError::NulCharacter);
        }
        Ok(Self::new_unchecked(raw))
    }
}

fn depth_exceeds(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left == 0 || items.iter().any(|item| depth_exceeds(item, left - 1)),
        Value::Object(map) => left == 0 || map.values().any(|item| depth_exceeds(item, left - 1)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(map) => map.iter().any(|(key, item)| key.contains('\0') || holds_nul(item)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
