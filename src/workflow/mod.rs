//! The definition: a Serverless Workflow DSL 1.0.3 document, its catalog, its rules, its edits and how it reads.
//!
//! Pure: no async, no SQL, no clock. Time, zone and opening hours come in as arguments.

mod both;
pub mod canonical;
pub mod catalog;
pub mod describe;
pub mod diff;
pub mod document;
pub mod duration;
pub mod edit;
pub mod expression;
pub mod fields;
pub mod graph;
pub mod losses;
pub mod parse;
pub mod powers;
pub mod provenance;
pub mod question;
pub mod release;
pub mod schema;
pub mod template;
pub mod text;
pub mod validate;

pub use canonical::{CanonicalError, Digest};
pub use catalog::{Catalog, RiskClass};
pub use document::{Definition, Task, TaskKind, TaskList};
pub use parse::ParseError;
pub use text::Language;
pub use validate::{Diagnostic, Severity, ValidationContext, validate};
