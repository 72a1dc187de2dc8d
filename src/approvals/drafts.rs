//! Writing drafts: every change is a new revision, nothing is overwritten, and undo is one more revision.

use std::sync::Arc;

use serde_json::{Value, json};

use super::DraftError;
use crate::auth::Principal;
use crate::events::{Events, Topic};
use crate::model::draft::{Draft, DraftStatus, DraftWarning, RevisionOrigin, RevisionSummary};
use crate::model::{ApprovalId, Clock, ConversationId, DraftId, Page, PageRequest, TenantId};
use crate::store::{AuditEntry, Database, DraftRevision, StoreError};
use crate::workflow::Definition;

/// What a new revision holds.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRevision {
    /// The document.
    pub definition: Definition,
    /// Source of every value: `workflow::Provenance` as JSON.
    pub provenance: Value,
    /// What its author and its approver should know.
    pub warnings: Vec<DraftWarning>,
    /// What made it.
    pub origin: RevisionOrigin,
}

/// A draft with its current content.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftView {
    /// The draft.
    pub draft: Draft,
    /// Its current revision.
    pub revision: DraftRevision,
    /// The pending request that this write voided.
    pub voided: Option<ApprovalId>,
}

/// Writes and reads drafts.
#[derive(Debug, Clone)]
pub struct Drafts {
    db: Database,
    events: Events,
    clock: Arc<dyn Clock>,
}

impl Drafts {
    /// Drafts in `db`.
    #[must_use]
    pub fn new(db: Database, events: Events, clock: Arc<dyn Clock>) -> Self {
        Self { db, events, clock }
    }

    /// Begins a draft with its first revision.
    ///
    /// # Errors
    /// See [`DraftError`].
    pub async fn create(
        &self,
        author: &Principal,
        conversation: Option<ConversationId>,
        new: NewRevision,
    ) -> Result<DraftView, DraftError> {
        let now = self.clock.now();
        let draft = Draft {
            id: DraftId::generate(),
            tenant_id: author.tenant.clone(),
            conversation_id: conversation,
            workflow_id: None,
            created_by: author.user.clone(),
            title: new.definition.title().to_owned(),
            status: DraftStatus::Open,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        let revision = self.next_revision(author, &draft.id, 1, new)?;
        let audit = self.audit(author, "draft.created", &draft.id).with(about(&revision));
        self.db.insert_draft(&draft, &revision, &audit).await?;
        self.announce(&draft.tenant_id, &draft.id);
        Ok(DraftView { draft, revision, voided: None })
    }

    /// Writes the next revision on top of `base`. A submission that was waiting for a decision is voided: the decision
    /// would have been on other content.
    ///
    /// # Errors
    /// [`DraftError::StaleRevision`] when somebody wrote since `base`.
    pub async fn revise(
        &self,
        author: &Principal,
        draft: &DraftId,
        base: i64,
        new: NewRevision,
    ) -> Result<DraftView, DraftError> {
        let current = self.current(&author.tenant, draft).await?;
        if current.revision != base {
            return Err(DraftError::StaleRevision { current: current.revision });
        }
        let revision = self.next_revision(author, draft, base + 1, new)?;
        let audit = self.audit(author, "draft.revised", draft).with(about(&revision));
        let voided = match self.db.insert_revision(&author.tenant, &revision, &audit).await {
            Ok(voided) => voided,
            Err(StoreError::Stale) => {
                let current = self.current(&author.tenant, draft).await?.revision;
                return Err(DraftError::StaleRevision { current });
            }
            Err(error) => return Err(error.into()),
        };
        self.announce(&author.tenant, draft);
        let draft = self.current(&author.tenant, draft).await?;
        Ok(DraftView { draft, revision, voided })
    }

    /// Takes back the last change: a new revision with the content before it. Repeated, it goes further back; a
    /// change made after an undo is what the next undo takes back. With `to`, brings back that revision instead, which
    /// is also how an undo is undone.
    ///
    /// # Errors
    /// [`DraftError::NothingToUndo`] at the first content.
    pub async fn undo(
        &self,
        author: &Principal,
        draft: &DraftId,
        base: i64,
        to: Option<i64>,
    ) -> Result<DraftView, DraftError> {
        let current = self.current(&author.tenant, draft).await?;
        if current.revision != base {
            return Err(DraftError::StaleRevision { current: current.revision });
        }
        let (target, origin) = match to {
            Some(number) if number == base => return Err(DraftError::Unchanged(base)),
            Some(number) => (number, RevisionOrigin::Restore),
            None => {
                let history = self.db.list_revisions(&author.tenant, draft).await?;
                (undo_target(&history).ok_or(DraftError::NothingToUndo)?, RevisionOrigin::Undo)
            }
        };
        let found = self.db.find_revision(&author.tenant, draft, target).await?;
        let old = found.ok_or(DraftError::NoSuchRevision(target))?;
        let new =
            NewRevision { definition: old.definition, provenance: old.provenance, warnings: old.warnings, origin };
        self.revise(author, draft, base, new).await
    }

    /// A draft with its current content.
    ///
    /// # Errors
    /// See [`DraftError`].
    pub async fn get(&self, tenant: &TenantId, draft: &DraftId) -> Result<Option<DraftView>, DraftError> {
        let Some(draft) = self.db.find_draft(tenant, draft).await? else { return Ok(None) };
        let revision = self.db.find_revision(tenant, &draft.id, draft.revision).await?;
        let revision = revision.ok_or(StoreError::Inconsistent { table: "drafts", column: "revision" })?;
        Ok(Some(DraftView { draft, revision, voided: None }))
    }

    /// Drafts of the tenant, newest first.
    ///
    /// # Errors
    /// See [`DraftError`].
    pub async fn list(
        &self,
        tenant: &TenantId,
        status: Option<DraftStatus>,
        page: &PageRequest,
    ) -> Result<Page<Draft>, DraftError> {
        Ok(self.db.list_drafts(tenant, status, page).await?)
    }

    async fn current(&self, tenant: &TenantId, draft: &DraftId) -> Result<Draft, DraftError> {
        self.db.find_draft(tenant, draft).await?.ok_or(DraftError::NotFound)
    }

    fn next_revision(
        &self,
        author: &Principal,
        draft: &DraftId,
        number: i64,
        new: NewRevision,
    ) -> Result<DraftRevision, DraftError> {
        Ok(DraftRevision {
            draft_id: draft.clone(),
            revision: number,
            author_id: author.user.clone(),
            digest: new.definition.digest()?,
            definition: new.definition,
            provenance: new.provenance,
            warnings: new.warnings,
            origin: new.origin,
            created_at: self.clock.now(),
        })
    }

    fn audit(&self, actor: &Principal, action: &str, draft: &DraftId) -> AuditEntry {
        AuditEntry::new(&actor.tenant, self.clock.now(), actor.user.as_str(), action, draft.as_str())
    }

    fn announce(&self, tenant: &TenantId, draft: &DraftId) {
        self.events.publish(&Topic::Tenant(tenant.clone()), json!({ "kind": "draft", "id": draft }).to_string());
    }
}

fn about(revision: &DraftRevision) -> Value {
    json!({ "revision": revision.revision, "digest": revision.digest, "origin": revision.origin })
}

/// The revision whose content the next undo brings back: each change goes onto a pile, each undo takes one off.
fn undo_target(history: &[RevisionSummary]) -> Option<i64> {
    let mut pile: Vec<i64> = Vec::new();
    for entry in history {
        match entry.origin {
            RevisionOrigin::Undo => {
                pile.pop();
            }
            RevisionOrigin::Chat | RevisionOrigin::Form | RevisionOrigin::Restore | RevisionOrigin::Api => {
                pile.push(entry.revision);
            }
        }
    }
    pile.pop();
    pile.pop()
}

#[cfg(test)]
#[path = "drafts_tests.rs"]
mod tests;
