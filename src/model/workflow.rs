//! Workflows: what was approved and runs, version by version.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::name::named;
use super::{ApprovalId, DraftId, TenantId, UserId, WorkflowId};

named! {
    /// Whether a workflow starts new executions.
    WorkflowStatus {
        /// Yes.
        Active = "active",
        /// Not for now; running ones hold before their next side effect.
        Paused = "paused",
        /// Never again, unless a new version is approved.
        Retired = "retired",
    }
}

/// A workflow without its content.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// Its tenant.
    #[serde(skip)]
    #[schema(ignore)]
    pub tenant_id: TenantId,
    /// The draft it came from; a new revision of that draft becomes the next version.
    pub draft_id: DraftId,
    /// Title of the active version.
    pub title: String,
    /// Whether it starts new executions.
    pub status: WorkflowStatus,
    /// The version in force.
    pub active_version: i64,
    /// When it was first approved.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When its last pause ended (engine time).
    pub resumed_at: Option<DateTime<Utc>>,
}

named! {
    /// What becomes of the executions under way when their version goes out of force. They never change version.
    OpenExecutions {
        /// They finish on the content they began with.
        Finish = "finish",
        /// They end before their next effect.
        Cancel = "cancel",
    }
}

/// Executions of a workflow that are not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct OpenCount {
    /// All of them.
    pub open: i64,
    /// Held before an effect, because the workflow is paused.
    pub held: i64,
    /// Held before a message to a customer for so long that a resume asks first.
    pub late: i64,
}

/// One version without its content.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct VersionSummary {
    /// Its number, from 1.
    pub version: i64,
    /// Digest of its definition: what the approval was on, and the only one execution accepts.
    pub digest: String,
    /// The revision of the draft it was.
    pub revision: i64,
    /// The request it was approved by.
    pub approval_id: ApprovalId,
    /// Who approved it.
    pub approved_by: Vec<UserId>,
    /// When it came into force.
    pub activated_at: DateTime<Utc>,
    /// When a newer version replaced it.
    pub retired_at: Option<DateTime<Utc>>,
}
