//! The definition: a Serverless Workflow DSL 1.0.3 document, its catalog, its rules, its edits and how it reads.
//!
//! Pure: no async, no SQL, no clock. Time, zone and opening hours come in as arguments.

pub mod canonical;
pub mod document;
pub mod parse;

pub use canonical::{CanonicalError, Digest};
pub use document::{Definition, Task, TaskKind, TaskList};
pub use parse::ParseError;
