//! Validation: is this a document of the DSL, and is it a draft we can run? One file per family of rules. Every
//! [`Diagnostic`] has a stable code, stands at a JSON pointer and says the next step.

mod actions;
mod audience;
mod brakes;
mod catalogue;
mod diagnostic;
mod dsl;
mod dsl_outside;
mod engine;
mod expressions;
mod flow;
mod hours;
mod inputs;
mod jq_words;
mod overlap;
mod policy;
mod references;
mod shape;
mod structure;
mod titles;
mod trigger;
mod uses;
mod words;

pub use self::catalogue::{Code, CodeFamily, Example, catalogue, catalogue_page};
use self::diagnostic::Findings;
pub use self::diagnostic::{Diagnostic, Severity, ValidationContext};
pub use self::overlap::overlap;
use super::document::Definition;

/// Only the shape: what the official schema of DSL 1.0.3 says. Other people's documents pass here.
#[must_use]
pub fn conformance(definition: &Definition) -> Vec<Diagnostic> {
    structure::shape(definition)
}

/// A draft of ours: shape, references, expressions, actions, flow, policy, what the engine runs; in this order, and in
/// document order within a family.
#[must_use]
pub fn validate(definition: &Definition, context: &ValidationContext<'_>) -> Vec<Diagnostic> {
    let mut found = Findings(conformance(definition));
    let tasks = definition.all_tasks();
    structure::draft(definition, &tasks, &mut found);
    references::check(definition, &tasks, &mut found);
    expressions::check(definition, &mut found);
    actions::check(definition, &tasks, context, &mut found);
    flow::check(definition, context, &mut found);
    trigger::check(definition, &tasks, context, &mut found);
    policy::check(definition, &tasks, context, &mut found);
    audience::check(&tasks, context, &mut found);
    brakes::check(definition, context, &mut found);
    hours::check(definition, context, &mut found);
    uses::check(definition, &tasks, &mut found);
    words::check(definition, context, &mut found);
    overlap::check(definition, context, &mut found);
    engine::check(definition, &tasks, &mut found);
    found.0
}

/// Whether nothing in the list forbids submission.
#[must_use]
pub fn is_valid(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}
