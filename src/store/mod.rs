//! Rows. One SQL text for SQLite and PostgreSQL, one file per entity.
//!
//! Rules of the room: every query on tenant-owned rows takes the [`TenantId`](crate::model::TenantId) first; `find_`
//! returns an `Option`, `list_` a page, and "not found" is the caller's decision; times are bound from the caller's
//! clock; claims are `update … returning`. No rule of the product lives here.
//!
//! A list puts only the filters asked for into its text, so that each has its index, and is planned for the values at
//! hand each time (`persistent(false)`): what suits a large tenant is a scan of everybody's rows for a small one.

#[macro_use]
pub mod database;
#[macro_use]
mod frames;
pub mod activation;
pub mod approvals;
pub mod audit;
pub mod authorship;
pub mod connector_calls;
pub mod conversations;
pub mod delegations;
pub mod drafts;
pub mod engine_clock;
pub mod error;
pub mod event_log;
pub mod event_senders;
pub mod executions;
pub mod gathered_events;
pub mod idempotency;
pub mod journal;
pub mod knowledge;
mod like;
pub mod messages;
pub mod once_keys;
pub mod openings;
pub mod outbox;
pub mod pauses;
pub mod records;
pub mod refresh_tokens;
pub mod request_ends;
pub mod rotations;
pub mod runs;
pub mod seed;
pub mod sign_in_failures;
pub mod signing_keys;
pub mod spans;
pub mod spending;
pub mod subscriptions;
pub mod tenants;
pub mod turn_parts;
pub mod users;
pub mod workflows;

pub use audit::AuditEntry;
pub use authorship::Authorship;
pub use connector_calls::{CallCommit, Committed};
pub use database::Database;
pub use drafts::DraftRevision;
pub use error::StoreError;
pub use event_log::{NewEvent, StoredEvent};
pub use once_keys::OnceClaim;
pub use outbox::OutboxEntry;
pub use pauses::StatusChange;
pub use records::{Lookup, Record};
pub use request_ends::Consequences;
pub use sign_in_failures::FailureRule;
pub use workflows::{ActiveWorkflow, WorkflowVersion};
