//! A draft as clients see it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::approvals::reading::{Reading, Values};
use crate::approvals::{DraftView, Drafts};
use crate::http::error::ApiError;
use crate::model::approval::RequestStatus;
use crate::model::draft::{Draft, DraftWarning, RevisionOrigin};
use crate::model::{ApprovalId, TenantId, UserId};
use crate::store::DraftRevision;
use crate::workflow::diff::Change;
use crate::workflow::provenance::Provenance;
use crate::workflow::{Definition, Diagnostic};

/// One revision with its content.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevisionResponse {
    /// Its number.
    revision: i64,
    /// Who wrote it.
    author_id: UserId,
    /// What made it.
    origin: RevisionOrigin,
    /// When.
    created_at: DateTime<Utc>,
    /// What a submission and a decision must name: SHA-256 over RFC 8785 JSON.
    digest: String,
    /// The document.
    #[schema(value_type = Object)]
    definition: Definition,
    /// Source of every value, by JSON pointer.
    #[schema(value_type = Object)]
    provenance: Provenance,
    /// What the approver should know.
    warnings: Vec<DraftWarning>,
}

impl From<DraftRevision> for RevisionResponse {
    fn from(revision: DraftRevision) -> Self {
        Self {
            revision: revision.revision,
            author_id: revision.author_id,
            origin: revision.origin,
            created_at: revision.created_at,
            digest: revision.digest.to_string(),
            definition: revision.definition,
            provenance: revision.provenance,
            warnings: revision.warnings,
        }
    }
}

/// The newest request about a draft.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RequestSummary {
    /// Its id.
    id: ApprovalId,
    /// Where it stands.
    status: RequestStatus,
    /// The revision it is about.
    revision: Option<i64>,
}

/// A draft with its current content and how it reads.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DraftResponse {
    /// The draft.
    #[serde(flatten)]
    draft: Draft,
    /// Who wrote the current revision.
    author_id: UserId,
    /// What made it.
    origin: RevisionOrigin,
    /// What a submission and a decision must name: SHA-256 over RFC 8785 JSON.
    digest: String,
    /// The document.
    #[schema(value_type = Object)]
    definition: Definition,
    /// Source of every value, by JSON pointer.
    #[schema(value_type = Object)]
    provenance: Provenance,
    /// What those values say, in plain words, by JSON pointer.
    values: Values,
    /// What the approver should know.
    warnings: Vec<DraftWarning>,
    /// What validation says; an error forbids submission.
    diagnostics: Vec<Diagnostic>,
    /// Pointers of values the author still has to give; any forbids submission.
    missing: Vec<String>,
    /// How it reads and how it looks.
    #[serde(flatten)]
    reading: Reading,
    /// What this write changed, in words; empty when nothing was written.
    changes: Vec<Change>,
    /// The revision an undo brings back, when there is something to take back.
    undo_revision: Option<i64>,
    /// The revision that takes the last undo back, as `to_revision` of an undo.
    redo_revision: Option<i64>,
    /// The pending approval request that this write voided.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_approval: Option<ApprovalId>,
    /// The newest approval request about it.
    approval: Option<RequestSummary>,
}

impl DraftResponse {
    /// Reads what belongs to the view.
    pub async fn of(drafts: &Drafts, tenant: &TenantId, view: DraftView) -> Result<Self, ApiError> {
        let request = drafts.newest_request(tenant, &view.draft.id).await?;
        let steps = drafts.steps(tenant, &view).await?;
        let revision = view.revision;
        Ok(Self {
            missing: revision.provenance.missing().into_iter().map(ToOwned::to_owned).collect(),
            reading: Reading::of(&revision.definition),
            values: Values::of(&revision.definition, &revision.provenance),
            author_id: revision.author_id,
            origin: revision.origin,
            digest: revision.digest.to_string(),
            definition: revision.definition,
            provenance: revision.provenance,
            warnings: revision.warnings,
            draft: view.draft,
            diagnostics: view.diagnostics,
            changes: view.changes,
            undo_revision: steps.undo,
            redo_revision: steps.redo,
            voided_approval: view.voided,
            approval: request.map(|request| RequestSummary {
                id: request.id,
                status: request.status,
                revision: request.revision,
            }),
        })
    }
}
