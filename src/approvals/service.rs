//! Submitting, deciding, withdrawing, asking: everything that moves a request.

use std::sync::Arc;

use crate::events::Events;
use crate::model::approval::{ApprovalRequest, Verdict};
use crate::model::{Clock, WorkflowId};
use crate::store::Database;
use crate::workflow::Digest;

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Yes, no, or not like this.
    pub decision: Verdict,
    /// The content looked at; required for a draft.
    pub digest: Option<Digest>,
    /// Why; required unless it is yes.
    pub comment: Option<String>,
    /// The option chosen, when the question has options.
    pub choice: Option<String>,
}

/// What a decision led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The request as it stands now.
    pub request: ApprovalRequest,
    /// The workflow and the version that went into force.
    pub activated: Option<(WorkflowId, i64)>,
}

/// The approval queue.
#[derive(Debug, Clone)]
pub struct Service {
    db: Database,
    events: Events,
    clock: Arc<dyn Clock>,
}

impl Service {
    /// The queue in `db`.
    #[must_use]
    pub fn new(db: Database, events: Events, clock: Arc<dyn Clock>) -> Self {
        Self { db, events, clock }
    }
}
