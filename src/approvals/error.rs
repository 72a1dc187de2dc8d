//! What can go wrong with drafts and decisions.

use crate::model::UserId;
use crate::model::approval::RequestStatus;
use crate::model::draft::DraftStatus;
use crate::model::workflow::WorkflowStatus;
use crate::store::StoreError;
use crate::workflow::diff::Change;
use crate::workflow::edit::EditError;
use crate::workflow::{CanonicalError, Diagnostic, Digest};

/// Why a draft was not written.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No such draft in this tenant.
    #[error("there is no such draft")]
    NotFound,
    /// Somebody else wrote in the meantime.
    #[error("the draft stands at revision {current}")]
    StaleRevision {
        /// Where it stands.
        current: i64,
        /// What changed since the revision the refused change was made for.
        changes: Vec<Change>,
        /// Who changed it, by name.
        by: Vec<String>,
    },
    /// Undo at the first revision.
    #[error("there is no earlier content")]
    NothingToUndo,
    /// The draft has no revision of this number.
    #[error("the draft has no revision {0}")]
    NoSuchRevision(i64),
    /// The content is what it was before.
    #[error("the content is the same as in revision {0}")]
    Unchanged(i64),
    /// An operation was refused; nothing changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The document has no digest.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The rows.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a submission or a decision was refused.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// No such draft in this tenant.
    #[error("there is no such draft")]
    NoDraft,
    /// No such request in this tenant.
    #[error("there is no such approval request")]
    NotFound,
    /// The draft stands at another revision than the caller looked at.
    #[error("the draft stands at revision {current}")]
    StaleRevision {
        /// Where it stands.
        current: i64,
    },
    /// The caller looked at other content.
    #[error("the digest is not that of the content in question")]
    DigestMismatch {
        /// The digest in question.
        expected: Digest,
    },
    /// The draft cannot be submitted or withdrawn as it stands.
    #[error("the draft is {0}")]
    WrongStatus(DraftStatus),
    /// No such workflow in this tenant.
    #[error("there is no such workflow")]
    NoWorkflow,
    /// The workflow cannot get there from where it stands.
    #[error("the workflow is {0}")]
    WrongWorkflowStatus(WorkflowStatus),
    /// The definition has errors.
    #[error("the definition has {} errors", .0.len())]
    Invalid(Vec<Diagnostic>),
    /// Values are missing.
    #[error("{} values are missing", .0.len())]
    Missing(Vec<(String, Option<String>)>),
    /// Only somebody who wrote on the draft may do this.
    #[error("not an author of this draft")]
    NotAuthor,
    /// The request is no longer open; it is in this state.
    #[error("the request is {0}")]
    NotPending(RequestStatus),
    /// The caller wrote on the draft.
    #[error("an author cannot decide")]
    AuthorCannotDecide,
    /// The caller is not among those who may decide.
    #[error("not an approver of this request")]
    NotApprover {
        /// Who may.
        approver: String,
    },
    /// The caller handed the request to somebody else.
    #[error("handed to somebody else")]
    HandedOn,
    /// The person a request is to be handed to could not decide it.
    #[error("not eligible to decide this request")]
    NotEligible,
    /// Fewer people than needed may decide; it would wait for nobody.
    #[error("fewer than {required} people may decide this")]
    NobodyMayDecide {
        /// How many are needed.
        required: i64,
    },
    /// The caller has decided already; another person is needed.
    #[error("{0} has decided already")]
    DecidedAlready(UserId),
    /// A refusal needs words.
    #[error("a comment is required")]
    CommentRequired,
    /// The choice is not among the options, or missing.
    #[error("the choice is not one of the options")]
    UnknownChoice(Vec<String>),
    /// The rows.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The document has no digest.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}
