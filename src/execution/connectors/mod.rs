//! Connectors: what a `call` of a catalog action reaches.
//!
//! The interpreter hands every call over with an idempotency key (`execution#path`). Calls are at least once, effects
//! are once: a connector that sees a key again gives its first answer and does nothing.

pub mod filter;
pub mod inbound;
pub mod live;
pub mod query;
pub mod sandbox;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::approvals::RuntimeQuestion;
use crate::model::tenant::Store;
use crate::model::{ApprovalId, ExecutionId, TenantId, UserId, WorkflowId};
use crate::store::StoreError;

pub use inbound::{Contact, InboundLead, RecordedLead, record_inbound_lead, record_inbound_message};
pub use sandbox::Sandbox;

/// One call of a catalog action by an execution.
#[derive(Debug, Clone)]
pub struct ActionCall {
    /// Whose.
    pub tenant: TenantId,
    /// The tenant's slug: `data.dealer_id` of the events that follow.
    pub tenant_slug: String,
    /// Where.
    pub store: Store,
    /// Which execution.
    pub execution: ExecutionId,
    /// Of which workflow; `once` keys are per tenant and workflow.
    pub workflow: WorkflowId,
    /// Who asked for the workflow (recipient `requester`).
    pub requester: Option<UserId>,
    /// Where in the definition, with loop iterations.
    pub path: String,
    /// `execution#path`.
    pub idempotency_key: String,
    /// The action's name.
    pub action: String,
    /// Its input: `${ }` resolved, merge fields not.
    pub input: Value,
    /// Data of the trigger event, or null.
    pub event: Value,
    /// What earlier tasks exported.
    pub context: Value,
    /// Loop variables by name.
    pub locals: Map<String, Value>,
    /// How many of our own actions led to this execution.
    pub depth: i64,
    /// Engine time.
    pub now: DateTime<Utc>,
    /// A person decided that it must not reach the customer: answer as for a blocked contact and note that.
    pub withheld: bool,
}

/// What a call came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is done; the output is valid under the action's output schema.
    Done(Value),
    /// Not now: hold the branch and call again with the same key at `until`.
    Deferred {
        /// When it may be tried again.
        until: DateTime<Utc>,
        /// A stable code that says why.
        reason: String,
    },
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// For a passing reason; worth another attempt.
    #[error("the call failed for a passing reason: {0}")]
    Retryable(String),
    /// For good; the definition may catch it as a communication error with this status.
    #[error("{title} ({status}): {detail}")]
    Terminal {
        /// As HTTP would say it.
        status: u16,
        /// Short and the same for every occurrence.
        title: String,
        /// What happened this time.
        detail: String,
    },
}

/// Where questions of running executions go; the same idempotency key asks once.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Puts the question before people and answers at once with its id.
    async fn ask(&self, question: RuntimeQuestion) -> Result<ApprovalId, CallError>;
}

/// Something that can carry out catalog actions.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Carries out one call.
    async fn call(&self, call: &ActionCall) -> Result<Outcome, CallError>;
}

/// An error for good.
fn refused(status: u16, title: &str, detail: impl Into<String>) -> CallError {
    CallError::Terminal { status, title: title.to_owned(), detail: detail.into() }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Stale => Self::Retryable(error.to_string()),
            StoreError::NotUnique(_)
            | StoreError::Inconsistent { .. }
            | StoreError::Json(_)
            | StoreError::Migration(_)
            | StoreError::Sql(_) => {
                tracing::error!(error = ?error, "a connector call failed in the store");
                refused(500, "The store refused", error.to_string())
            }
        }
    }
}
