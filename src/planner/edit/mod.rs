//! Edits by reference.

use serde_json::Value;

use super::parse::Parser;
use super::turn::Turn;
use crate::workflow::Definition;

/// An edit as operations.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Edit {
    /// For `edit_workflow`.
    pub operations: Vec<Value>,
    /// Sources of new values.
    pub provenance: Vec<Value>,
    /// Warnings.
    pub warnings: Vec<Value>,
    /// What must be asked.
    pub asks: Vec<&'static str>,
}

/// The operations a message asks for.
#[must_use]
pub fn edit(_parser: &Parser<'_>, _draft: &Definition, _turn: &Turn<'_>, _language: &str) -> Option<Edit> {
    None
}
