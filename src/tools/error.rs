//! The two ways a tool fails: in words for the model, or for us.

use serde_json::Value;

/// A failed call.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The model reads it and can act on it.
    #[error("{code}: {message}")]
    Respond {
        /// Stable code.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// What to do next.
        hint: String,
        /// Diagnostics, where there are some.
        details: Option<Value>,
        /// Whether trying again makes sense; counted.
        repairable: bool,
    },
    /// A part of ours failed; the turn ends.
    #[error(transparent)]
    Fatal(anyhow::Error),
}

impl ToolError {
    /// An answer for the model.
    #[must_use]
    pub fn respond(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Respond { code, message: message.into(), hint: hint.into(), details: None, repairable: false }
    }

    /// The same, with diagnostics.
    #[must_use]
    pub fn with_details(mut self, found: Value) -> Self {
        if let Self::Respond { details, .. } = &mut self {
            *details = Some(found);
        }
        self
    }

    /// The same, counted as one of the repairs of the turn.
    #[must_use]
    pub fn repairable(mut self) -> Self {
        if let Self::Respond { repairable, .. } = &mut self {
            *repairable = true;
        }
        self
    }
}
