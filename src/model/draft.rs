//! Drafts: what somebody is working on, revision by revision.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::name::named;
use super::{ConversationId, DraftId, TenantId, UserId, WorkflowId};

named! {
    /// Where a draft stands. Any new revision makes it `open` again: a decision is on content, and content has changed.
    DraftStatus {
        /// Being worked on.
        Open = "open",
        /// Frozen, waiting for a decision.
        Submitted = "submitted",
        /// The current revision runs.
        Approved = "approved",
        /// A manager wants something else; needs a new revision before it can be submitted again.
        ChangesRequested = "changes_requested",
        /// A manager said no to this revision.
        Rejected = "rejected",
        /// The author took the submission back.
        Withdrawn = "withdrawn",
    }
}

named! {
    /// What made a revision.
    RevisionOrigin {
        /// The assistant, in a conversation.
        Chat = "chat",
        /// A person, by a form.
        Form = "form",
        /// Taking back the revision before.
        Undo = "undo",
        /// Bringing back a revision by its number.
        Restore = "restore",
        /// A program.
        Api = "api",
    }
}

/// A draft without its content.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Its tenant.
    #[serde(skip)]
    #[schema(ignore)]
    pub tenant_id: TenantId,
    /// The conversation it grew in.
    pub conversation_id: Option<ConversationId>,
    /// The workflow it became, once it was approved.
    pub workflow_id: Option<WorkflowId>,
    /// Who began it.
    pub created_by: UserId,
    /// Title of the current revision.
    pub title: String,
    /// Where it stands.
    pub status: DraftStatus,
    /// The current revision, from 1.
    pub revision: i64,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// Something the author and the approver should know: a code of the vocabulary's `warning_codes` and words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftWarning {
    /// Stable code, `quiet_hours` and the like.
    pub code: String,
    /// For people, in the author's language.
    pub text: String,
    /// The same in English, where it is a sentence of the house and not of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    /// The same in Spanish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub es: Option<String>,
}

/// One revision without its content.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct RevisionSummary {
    /// Its number.
    pub revision: i64,
    /// Who wrote it.
    pub author_id: UserId,
    /// Digest of its definition.
    pub digest: String,
    /// What made it.
    pub origin: RevisionOrigin,
    /// When.
    pub created_at: DateTime<Utc>,
}
