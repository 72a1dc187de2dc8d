//! Writing drafts: every change is a new revision, nothing is overwritten, and undo is one more revision.

use std::sync::Arc;

use serde_json::{Value, json};

use super::diagnosis::diagnose;
use super::{ApprovalError, DraftError, summary};
use crate::auth::Principal;
use crate::events::{Events, Topic};
use crate::model::approval::ApprovalRequest;
use crate::model::draft::{Draft, DraftStatus, DraftWarning, RevisionOrigin, RevisionSummary};
use crate::model::{ApprovalId, Clock, ConversationId, DraftId, Page, PageRequest, TenantId};
use crate::store::drafts::{DraftFilter, ListedDraft, list_title};
use crate::store::{AuditEntry, Database, DraftRevision, StoreError};
use crate::telemetry::boundary;
use crate::workflow::diff::{Change, diff};
use crate::workflow::edit::{self, EditOperation};
use crate::workflow::provenance::{self, Provenance, Slot, Source};
use crate::workflow::validate::{Severity, is_valid};
use crate::workflow::{Definition, Diagnostic};

/// What a new revision holds.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRevision {
    /// The document.
    pub definition: Definition,
    /// Source of every value; the caller has verified quotes.
    pub provenance: Provenance,
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
    /// What validation says about it.
    pub diagnostics: Vec<Diagnostic>,
    /// What this write changed; empty when nothing was written.
    pub changes: Vec<Change>,
    /// The pending request that this write voided.
    pub voided: Option<ApprovalId>,
}

/// Writes and reads drafts.
#[derive(Debug, Clone)]
pub struct Drafts {
    pub(super) db: Database,
    events: Events,
    clock: Arc<dyn Clock>,
}

impl Drafts {
    /// Drafts in `db`.
    #[must_use]
    pub fn new(db: Database, events: Events, clock: Arc<dyn Clock>) -> Self {
        Self { db, events, clock }
    }

    /// Begins the draft with this id and its first revision; a conversation it is written in works on it from then on.
    /// When its author began it already, it is given as it stands.
    ///
    /// # Errors
    /// See [`DraftError`].
    pub async fn create(
        &self,
        author: &Principal,
        id: DraftId,
        conversation: Option<ConversationId>,
        new: NewRevision,
    ) -> Result<DraftView, DraftError> {
        let now = self.clock.now();
        let draft = Draft {
            id,
            tenant_id: author.tenant.clone(),
            conversation_id: conversation,
            workflow_id: None,
            created_by: author.user.clone(),
            title: list_title(&new.definition),
            status: DraftStatus::Open,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        let revision = self.next_revision(author, &draft.id, 1, new)?;
        let audit = self.audit(author, "draft.created", &draft.id).with(about(&revision));
        boundary::reached("revision: before it is stored");
        let stored = self.db.insert_draft(&draft, &revision, &audit).await;
        boundary::reached("revision: after it is stored");
        if let Err(StoreError::NotUnique(_)) = &stored
            && let Some(known) = self.get(&author.tenant, &draft.id).await?
            && known.draft.created_by == author.user
        {
            return Ok(known);
        }
        stored?;
        self.announce(&draft.tenant_id, &draft.id);
        let diagnostics = self.diagnose(&author.tenant, &revision.definition).await?;
        Ok(DraftView { draft, revision, diagnostics, changes: Vec::new(), voided: None })
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
            return Err(self.stale(&current, base).await);
        }
        let before = self.content(&author.tenant, draft, base).await?;
        let revision = self.next_revision(author, draft, base + 1, new)?;
        let audit = self.audit(author, "draft.revised", draft).with(about(&revision));
        boundary::reached("revision: before it is stored");
        let stored = self.db.insert_revision(&author.tenant, &revision, &audit).await;
        boundary::reached("revision: after it is stored");
        let voided = match stored {
            Ok(voided) => voided,
            Err(StoreError::Stale) => {
                return Err(self.stale(&self.current(&author.tenant, draft).await?, base).await);
            }
            Err(error) => return Err(error.into()),
        };
        self.announce(&author.tenant, draft);
        let draft = self.current(&author.tenant, draft).await?;
        let diagnostics = self.diagnose(&author.tenant, &revision.definition).await?;
        let changes = diff(&before.definition, &revision.definition);
        Ok(DraftView { draft, revision, diagnostics, changes, voided })
    }

    /// Edits named targets; everything they do not name stays as it is. A value that was written by hand counts as
    /// stated by the person who wrote it.
    ///
    /// # Errors
    /// [`DraftError::Edit`] when an operation is refused; nothing changes then.
    pub async fn edit(
        &self,
        author: &Principal,
        draft: &DraftId,
        base: i64,
        operations: &[EditOperation],
        origin: RevisionOrigin,
    ) -> Result<DraftView, DraftError> {
        let current = self.current(&author.tenant, draft).await?;
        if current.revision != base {
            return Err(self.stale(&current, base).await);
        }
        let before = self.content(&author.tenant, draft, base).await?;
        let definition = edit::apply(&before.definition, operations)?;
        if definition.raw() == before.definition.raw() {
            return Err(DraftError::Unchanged(base));
        }
        let definition = summary::followed(&before.definition, &definition);
        let mut provenance = before.provenance.carried(&before.definition, &definition);
        for slot in provenance::slots(&definition) {
            if provenance.get(&slot.pointer).is_none() {
                let source = if origin == RevisionOrigin::Form { Source::Stated } else { Source::Inferred };
                let note = (origin == RevisionOrigin::Form).then(|| "written by hand".to_owned());
                provenance.0.insert(slot.pointer, Slot { note, ..Slot::plain(source) });
            }
        }
        let new = NewRevision { definition, provenance, warnings: before.warnings, origin };
        self.revise(author, draft, base, new).await
    }

    /// What validation says about a definition in this tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn diagnose(&self, tenant: &TenantId, definition: &Definition) -> Result<Vec<Diagnostic>, DraftError> {
        Ok(diagnose(&self.db, tenant, definition).await?)
    }

    /// The newest approval request about a draft.
    ///
    /// # Errors
    /// As any statement.
    pub async fn newest_request(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
    ) -> Result<Option<ApprovalRequest>, DraftError> {
        Ok(self.db.find_newest_request(tenant, draft).await?)
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
            return Err(self.stale(&current, base).await);
        }
        let (target, origin) = match to {
            Some(number) if number == base => return Err(DraftError::Unchanged(base)),
            Some(number) => (number, RevisionOrigin::Restore),
            None => {
                let history = self.db.list_revisions(&author.tenant, draft).await?;
                (undo_target(&history).ok_or(DraftError::NothingToUndo)?, RevisionOrigin::Undo)
            }
        };
        let old = self.content(&author.tenant, draft, target).await?;
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
        let revision = self.content(tenant, &draft.id, draft.revision).await?;
        let diagnostics = self.diagnose(tenant, &revision.definition).await?;
        Ok(Some(DraftView { draft, revision, diagnostics, changes: Vec::new(), voided: None }))
    }

    /// Drafts of the tenant, newest first.
    ///
    /// # Errors
    /// See [`DraftError`].
    pub async fn list(
        &self,
        tenant: &TenantId,
        filter: &DraftFilter,
        page: &PageRequest,
    ) -> Result<Page<ListedDraft>, DraftError> {
        Ok(self.db.list_drafts(tenant, filter, page).await?)
    }

    pub(super) async fn current(&self, tenant: &TenantId, draft: &DraftId) -> Result<Draft, DraftError> {
        self.db.find_draft(tenant, draft).await?.ok_or(DraftError::NotFound)
    }

    pub(super) async fn content(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
        number: i64,
    ) -> Result<DraftRevision, DraftError> {
        self.db.find_revision(tenant, draft, number).await?.ok_or(DraftError::NoSuchRevision(number))
    }

    /// The refusal of a change that was made for `base`: where the draft stands, and what changed since.
    pub(crate) async fn stale(&self, draft: &Draft, base: i64) -> DraftError {
        let seen = self.content(&draft.tenant_id, &draft.id, base).await;
        let now = self.content(&draft.tenant_id, &draft.id, draft.revision).await;
        let mut changes = match (seen, now) {
            (Ok(seen), Ok(now)) => diff(&seen.definition, &now.definition),
            (Err(DraftError::NoSuchRevision(_)), Ok(_)) => Vec::new(),
            (Err(error), _) | (_, Err(error)) => return error,
        };
        // the summary only follows from the others
        changes.retain(|change| change.pointer != "/document/summary");
        let by = match self.writers(draft, base).await {
            Ok(by) => by,
            Err(error) => return error,
        };
        DraftError::StaleRevision { current: draft.revision, changes, by }
    }

    /// Who wrote the revisions after `base`, by name.
    async fn writers(&self, draft: &Draft, base: i64) -> Result<Vec<String>, DraftError> {
        let mut names: Vec<String> = Vec::new();
        for entry in self.db.list_revisions(&draft.tenant_id, &draft.id).await? {
            if entry.revision > base
                && let Some(user) = self.db.find_user(&draft.tenant_id, &entry.author_id).await?
                && !names.contains(&user.name)
            {
                names.push(user.name);
            }
        }
        Ok(names)
    }

    fn next_revision(
        &self,
        author: &Principal,
        draft: &DraftId,
        number: i64,
        mut new: NewRevision,
    ) -> Result<DraftRevision, DraftError> {
        for slot in new.provenance.0.values_mut() {
            slot.since.get_or_insert(number);
        }
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

/// What may be submitted: no errors, no holes.
pub(super) async fn must_be_complete(
    db: &Database,
    tenant: &TenantId,
    content: &DraftRevision,
) -> Result<(), ApprovalError> {
    let mut diagnostics = diagnose(db, tenant, &content.definition).await?;
    if !is_valid(&diagnostics) {
        diagnostics.retain(|found| found.severity == Severity::Error);
        return Err(ApprovalError::Invalid(diagnostics));
    }
    let holes = content.provenance.0.iter().filter(|(_, slot)| slot.source == Source::Missing);
    let missing: Vec<(String, Option<String>)> =
        holes.map(|(pointer, slot)| (pointer.clone(), slot.question.clone())).collect();
    if missing.is_empty() { Ok(()) } else { Err(ApprovalError::Missing(missing)) }
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
