//! Validation: is this a document of the DSL, and is it a draft we can run? One file per family of rules. Every
//! [`Diagnostic`] has a stable code, stands at a JSON pointer and says the next step.

mod diagnostic;

pub use diagnostic::{Diagnostic, Severity, ValidationContext};

use super::document::Definition;

/// Only the shape: what the official schema of DSL 1.0.3 says. Other people's documents pass here.
#[must_use]
pub fn conformance(_definition: &Definition) -> Vec<Diagnostic> {
    Vec::new()
}

/// A draft of ours: shape, references, expressions, actions, data flow, policy; in document order within a family.
#[must_use]
pub fn validate(definition: &Definition, _context: &ValidationContext<'_>) -> Vec<Diagnostic> {
    conformance(definition)
}

/// Whether nothing in the list forbids submission.
#[must_use]
pub fn is_valid(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}
