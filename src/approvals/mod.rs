//! Drafts, decisions and what they put into force.
//!
//! A decision is on a digest of the exact definition: any later change voids it, and the version that goes into force is
//! the one that was looked at. Who must decide is a pure function ([`policy`]); everything that happens is in the audit
//! log, in the transaction in which it happens.

pub mod delegation;
mod diagnosis;
pub mod drafts;
pub mod error;
pub mod history;
pub mod lifecycle;
mod notices;
pub mod panel;
pub mod people;
pub mod policy;
pub mod question;
pub mod queue;
pub mod reading;
pub mod review;
pub mod samples;
pub mod service;
pub mod sources;
pub mod summary;
pub mod timers;

pub use drafts::{DraftView, Drafts, NewRevision};
pub use error::{ApprovalError, DraftError};
pub use lifecycle::StatusChanged;
pub use panel::{Rung, Standing};
pub use people::{Circle, People};
pub use question::RuntimeQuestion;
pub use queue::{QueueEntry, QueueFilter};
pub use review::Review;
pub use service::{Decided, Decision, Service};
pub use sources::{ValueSource, ValueStep};
