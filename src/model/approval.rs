//! The approval queue: drafts to review, and questions that running workflows ask.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::name::named;
use super::{ApprovalId, StoreId, TenantId, UserId};

named! {
    /// What a request is about.
    SubjectKind {
        /// A revision of a draft.
        Draft = "draft",
        /// A question of a running execution (`request_approval`, a message held for release).
        Execution = "execution",
        /// What to do with the messages that a pause of a workflow made late.
        Workflow = "workflow",
    }
}

named! {
    /// Where a request stands.
    RequestStatus {
        /// Waiting for somebody.
        Pending = "pending",
        /// Yes.
        Approved = "approved",
        /// No.
        Rejected = "rejected",
        /// Not like this.
        ChangesRequested = "changes_requested",
        /// The author took it back.
        Withdrawn = "withdrawn",
        /// The draft changed after it was submitted.
        Voided = "voided",
        /// Nobody answered in time.
        Expired = "expired",
    }
}

named! {
    /// What a person decided.
    Verdict {
        /// Yes, to exactly this content.
        Approved = "approved",
        /// No.
        Rejected = "rejected",
        /// Not like this; the comment says what to change.
        ChangesRequested = "changes_requested",
    }
}

impl From<Verdict> for RequestStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Approved => Self::Approved,
            Verdict::Rejected => Self::Rejected,
            Verdict::ChangesRequested => Self::ChangesRequested,
        }
    }
}

/// One entry of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ApprovalRequest {
    /// Its id.
    pub id: ApprovalId,
    /// Its tenant.
    #[serde(skip)]
    #[schema(ignore)]
    pub tenant_id: TenantId,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// The draft, the execution or the workflow.
    pub subject_id: String,
    /// The frozen revision of the draft.
    pub revision: Option<i64>,
    /// The frozen digest: a decision must name it.
    pub digest: Option<String>,
    /// The store, when it concerns exactly one.
    pub store_id: Option<StoreId>,
    /// One line for the queue.
    pub title: String,
    /// For a draft `{department, stores, reasons}`, for a question `{details, options, default}`; a question about late
    /// messages also says `{stores, count, late}`.
    #[schema(value_type = Object)]
    pub details: Value,
    /// Who may decide, as a recipient: `role:sales_manager`; several are separated by a comma.
    pub approver: String,
    /// How many different people must approve.
    pub required: i64,
    /// Highest risk class of the actions.
    pub risk: String,
    /// Where it stands.
    pub status: RequestStatus,
    /// Who submitted it; absent for a question.
    pub requested_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it goes stale (engine time): a draft opens again, a question takes its default.
    pub expires_at: Option<DateTime<Utc>>,
    /// When those who have not decided are reminded next (engine time).
    pub remind_at: Option<DateTime<Utc>>,
    /// How often they were reminded.
    pub reminders: i64,
    /// When it left `pending`.
    pub decided_at: Option<DateTime<Utc>>,
}

/// What one person decided on one request.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ApprovalDecision {
    /// Who.
    pub decided_by: UserId,
    /// What.
    pub decision: Verdict,
    /// The option chosen, when the question offered options.
    pub choice: Option<String>,
    /// Why.
    pub comment: Option<String>,
    /// The content it was on.
    pub digest: Option<String>,
    /// Its place among the decisions on the request, from 1: who was first, who second.
    pub place: i64,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A request handed on by one person to another.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Delegation {
    /// Who handed it on.
    pub from: UserId,
    /// To whom.
    pub to: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
}
