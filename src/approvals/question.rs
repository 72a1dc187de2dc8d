//! Questions that running executions ask (`request_approval`).

use chrono::{DateTime, Utc};

use crate::model::{ExecutionId, StoreId, TenantId};

/// A question for a person, asked by an execution.
#[derive(Debug, Clone, PartialEq)]
pub struct RuntimeQuestion {
    /// Whose execution.
    pub tenant: TenantId,
    /// Store it runs for.
    pub store: StoreId,
    /// Which execution.
    pub execution: ExecutionId,
    /// `execution#path`: asked twice, it is one question.
    pub idempotency_key: String,
    /// Recipient: `role:bdc_manager`, `user:<employee id>`, `team:…`.
    pub approver: String,
    /// One line.
    pub subject: String,
    /// More, when there is more to say.
    pub details: Option<String>,
    /// What to choose from; empty for yes or no.
    pub options: Vec<String>,
    /// When silence counts as no answer (engine time).
    pub expires_at: Option<DateTime<Utc>>,
    /// Engine time.
    pub now: DateTime<Utc>,
}
