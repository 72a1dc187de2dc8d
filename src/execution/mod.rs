//! Execution: approved workflows, run durably.
//!
//! Events come in ([`intake`]), are stored, and are routed (`triggers`): they start executions and wake those that
//! wait. The [`interpreter`] runs a definition over a [`context::DurableContext`]; the embedded engine ([`journal`]) is
//! one. What a `call` does is up to a connector ([`connectors`]).

pub mod clock;
pub mod connectors;
pub mod context;
pub mod error;
mod gathering;
pub mod intake;
pub mod interpreter;
pub mod journal;
pub mod manual;
pub mod matching;
pub mod next_due;
mod occurrences;
mod places;
pub mod recipients;
mod schedules;
pub mod senders;
pub mod service;
pub mod story;
mod trigger;
mod triggers;

pub use clock::EngineClock;
pub use error::{ExecutionError, Fault, Halt, InvalidField};
pub use journal::{Engine, EngineParts, Paused, Writer};
pub use next_due::{Due, DueKind};
pub use service::SkipTo;
pub use service::{Accepted, Service};
