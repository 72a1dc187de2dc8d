//! Drafts, decisions and what they put into force.
//!
//! A decision is on a digest of the exact definition: any later change voids it, and the version that goes into force is
//! the one that was looked at. Who must decide is a pure function ([`policy`]); everything that happens is in the audit
//! log, in the transaction in which it happens.

pub mod drafts;
pub mod error;
pub mod question;
pub mod service;

pub use drafts::{DraftView, Drafts, NewRevision};
pub use error::{ApprovalError, DraftError};
pub use question::RuntimeQuestion;
pub use service::{Decided, Decision, Service};
