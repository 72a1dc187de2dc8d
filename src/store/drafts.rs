//! Drafts and their revisions.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::audit::{AuditEntry, append_audit_on};
use super::conversations::SET_CONVERSATION_DRAFT;
use super::like::containing;
use super::{Database, StoreError};
use crate::model::draft::{Draft, DraftStatus, DraftWarning, RevisionOrigin, RevisionSummary};
use crate::model::{ApprovalId, ConversationId, DraftId, Page, PageRequest, StoreId, TenantId, UserId, WorkflowId};
use crate::workflow::provenance::Provenance;
use crate::workflow::{Definition, Digest};

/// One revision with its content.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftRevision {
    /// Of which draft.
    pub draft_id: DraftId,
    /// Its number, from 1.
    pub revision: i64,
    /// Who wrote it.
    pub author_id: UserId,
    /// The document.
    pub definition: Definition,
    /// Its digest.
    pub digest: Digest,
    /// Source of every value, by JSON pointer into the definition.
    pub provenance: Provenance,
    /// What its author and its approver should know.
    pub warnings: Vec<DraftWarning>,
    /// What made it.
    pub origin: RevisionOrigin,
    /// When.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    id: DraftId,
    tenant_id: TenantId,
    conversation_id: Option<ConversationId>,
    workflow_id: Option<WorkflowId>,
    created_by: UserId,
    title: String,
    status: String,
    revision: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<DraftRow> for Draft {
    type Error = StoreError;

    fn try_from(row: DraftRow) -> Result<Self, StoreError> {
        let status = row.status.parse().map_err(|_| StoreError::Inconsistent { table: "drafts", column: "status" })?;
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            conversation_id: row.conversation_id,
            workflow_id: row.workflow_id,
            created_by: row.created_by,
            title: row.title,
            status,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Which drafts a list shows; absent means any.
#[derive(Debug, Clone, Default)]
pub struct DraftFilter {
    /// Of this status.
    pub status: Option<DraftStatus>,
    /// Begun by this person.
    pub begun_by: Option<UserId>,
    /// Begun by somebody who works in one of these stores, or in all there are; empty means anybody.
    pub begun_in: Vec<StoreId>,
    /// Whose title has these words, in any case.
    pub words: Option<String>,
}

/// A draft in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedDraft {
    /// The draft.
    pub draft: Draft,
    /// Name of who began it.
    pub author: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    #[sqlx(flatten)]
    draft: DraftRow,
    author: Option<String>,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    draft_id: DraftId,
    revision: i64,
    author_id: UserId,
    definition: String,
    digest: Digest,
    provenance: Json<Provenance>,
    warnings: Json<Vec<DraftWarning>>,
    origin: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<RevisionRow> for DraftRevision {
    type Error = StoreError;

    fn try_from(row: RevisionRow) -> Result<Self, StoreError> {
        let unreadable = |column| StoreError::Inconsistent { table: "draft_revisions", column };
        Ok(Self {
            draft_id: row.draft_id,
            revision: row.revision,
            author_id: row.author_id,
            definition: Definition::from_json_text(&row.definition).map_err(|_| unreadable("definition"))?,
            digest: row.digest,
            provenance: row.provenance.0,
            warnings: row.warnings.0,
            origin: row.origin.parse().map_err(|_| unreadable("origin"))?,
            created_at: row.created_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    revision: i64,
    author_id: UserId,
    digest: String,
    origin: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<SummaryRow> for RevisionSummary {
    type Error = StoreError;

    fn try_from(row: SummaryRow) -> Result<Self, StoreError> {
        let unreadable = StoreError::Inconsistent { table: "draft_revisions", column: "origin" };
        Ok(Self {
            revision: row.revision,
            author_id: row.author_id,
            digest: row.digest,
            origin: row.origin.parse().map_err(|_| unreadable)?,
            created_at: row.created_at,
        })
    }
}

/// The title of a definition as lists show it; a definition may hold a longer one.
#[must_use]
pub fn list_title(definition: &Definition) -> String {
    definition.title().chars().take(200).collect()
}

const INSERT_REVISION: &str = "insert into draft_revisions (draft_id, revision, tenant_id, author_id, definition,
    digest, provenance, warnings, origin, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// One more revision inside a transaction.
macro_rules! insert_revision_on {
    ($tx:ident, $tenant:expr, $revision:expr, $text:expr) => {
        sqlx::query(INSERT_REVISION)
            .bind(&$revision.draft_id)
            .bind($revision.revision)
            .bind($tenant)
            .bind(&$revision.author_id)
            .bind($text)
            .bind(&$revision.digest)
            .bind(Json(&$revision.provenance))
            .bind(Json(&$revision.warnings))
            .bind($revision.origin.as_str())
            .bind($revision.created_at)
            .execute(&mut *$tx)
            .await?
    };
}

impl Database {
    /// Stores a new draft with its first revision. A conversation it comes from is told in the same transaction: a crash
    /// in between would leave a draft that the conversation writes a second time.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_draft(
        &self,
        draft: &Draft,
        revision: &DraftRevision,
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(&revision.definition)?;
        let sql = "insert into drafts (id, tenant_id, conversation_id, workflow_id, created_by, title, status,
                   revision, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        with_tx!(self, tx => {
            sqlx::query(sql)
                .bind(&draft.id).bind(&draft.tenant_id).bind(&draft.conversation_id).bind(&draft.workflow_id)
                .bind(&draft.created_by).bind(&draft.title).bind(draft.status.as_str()).bind(draft.revision)
                .bind(draft.created_at).bind(draft.updated_at)
                .execute(&mut *tx).await?;
            insert_revision_on!(tx, &draft.tenant_id, revision, &text);
            if let Some(conversation) = &draft.conversation_id {
                sqlx::query(SET_CONVERSATION_DRAFT)
                    .bind(&draft.tenant_id).bind(conversation).bind(&draft.id).execute(&mut *tx).await?;
            }
            append_audit_on!(tx, audit);
            Ok::<_, StoreError>(())
        })
    }

    /// Stores the next revision of a draft, which is open from then on. A pending request about it is voided in the
    /// same transaction and returned: a decision on other content must not count.
    ///
    /// # Errors
    /// [`StoreError::Stale`] unless the draft stands at the revision before.
    pub async fn insert_revision(
        &self,
        tenant: &TenantId,
        revision: &DraftRevision,
        audit: &AuditEntry,
    ) -> Result<Option<ApprovalId>, StoreError> {
        let text = serde_json::to_string(&revision.definition)?;
        let advance = "update drafts set revision = $4, title = $5, status = 'open', updated_at = $6
                       where tenant_id = $1 and id = $2 and revision = $3 returning id";
        let void = "update approval_requests set status = 'voided', decided_at = $3
                    where tenant_id = $1 and subject_kind = 'draft' and subject_id = $2 and status = 'pending'
                    returning id";
        with_tx!(self, tx => {
            let advanced: Option<DraftId> = sqlx::query_scalar(advance)
                .bind(tenant).bind(&revision.draft_id).bind(revision.revision - 1).bind(revision.revision)
                .bind(list_title(&revision.definition)).bind(revision.created_at)
                .fetch_optional(&mut *tx).await?;
            if advanced.is_none() {
                return Err(StoreError::Stale);
            }
            insert_revision_on!(tx, tenant, revision, &text);
            let voided: Option<ApprovalId> = sqlx::query_scalar(void)
                .bind(tenant).bind(revision.draft_id.as_str()).bind(revision.created_at)
                .fetch_optional(&mut *tx).await?;
            append_audit_on!(tx, audit);
            if let Some(request) = &voided {
                let entry = AuditEntry::new(tenant, audit.at, &audit.actor, "approval.voided", request.as_str())
                    .with(json!({ "draft": revision.draft_id, "revision": revision.revision }));
                append_audit_on!(tx, &entry);
            }
            Ok::<_, StoreError>(voided)
        })
    }

    /// One draft of the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_draft(&self, tenant: &TenantId, draft: &DraftId) -> Result<Option<Draft>, StoreError> {
        let sql = "select * from drafts where tenant_id = $1 and id = $2";
        let row: Option<DraftRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(draft).fetch_optional(pool).await)?;
        row.map(Draft::try_from).transpose()
    }

    /// Drafts of the tenant, newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_drafts(
        &self,
        tenant: &TenantId,
        filter: &DraftFilter,
        page: &PageRequest,
    ) -> Result<Page<ListedDraft>, StoreError> {
        let rows: Vec<ListedRow> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(
                "select drafts.*, users.name as author from drafts left join users on users.id = drafts.created_by
                 where drafts.tenant_id = ");
            query.push_bind(tenant).push(" and drafts.id < ").push_bind(page.descending());
            if let Some(status) = filter.status {
                query.push(" and drafts.status = ").push_bind(status.as_str());
            }
            if let Some(author) = &filter.begun_by {
                query.push(" and drafts.created_by = ").push_bind(author);
            }
            if !filter.begun_in.is_empty() {
                query.push(" and (cast(users.stores as text) = '[]'");
                for store in &filter.begun_in {
                    let named = containing(&format!("\"{store}\""));
                    query.push(" or cast(users.stores as text) like ").push_bind(named).push(" escape '!'");
                }
                query.push(")");
            }
            if let Some(words) = &filter.words {
                query.push(" and lower(drafts.title) like ").push_bind(containing(words)).push(" escape '!'");
            }
            query.push(" order by drafts.id desc limit ").push_bind(page.limit + 1);
            query.build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let listed = rows.into_iter().map(|row| Ok(ListedDraft { draft: row.draft.try_into()?, author: row.author }));
        let listed = listed.collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Page::from_rows(listed, page.limit, |listed| listed.draft.id.to_string()))
    }

    /// One revision with its content.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_revision(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
        revision: i64,
    ) -> Result<Option<DraftRevision>, StoreError> {
        let sql = "select draft_id, revision, author_id, definition, digest, provenance, warnings, origin, created_at
                   from draft_revisions where tenant_id = $1 and draft_id = $2 and revision = $3";
        let row: Option<RevisionRow> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(draft).bind(revision).fetch_optional(pool).await)?;
        row.map(DraftRevision::try_from).transpose()
    }

    /// The whole history of a draft, oldest first, without content.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_revisions(&self, tenant: &TenantId, draft: &DraftId) -> Result<Vec<RevisionSummary>, StoreError> {
        let sql = "select revision, author_id, digest, origin, created_at from draft_revisions
                   where tenant_id = $1 and draft_id = $2 order by revision";
        let rows: Vec<SummaryRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(draft).fetch_all(pool).await)?;
        rows.into_iter().map(RevisionSummary::try_from).collect()
    }

    /// A page of that history.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_revisions_page(
        &self,
        tenant: &TenantId,
        draft: &DraftId,
        page: &PageRequest,
    ) -> Result<Page<RevisionSummary>, StoreError> {
        let sql = "select revision, author_id, digest, origin, created_at from draft_revisions
                   where tenant_id = $1 and draft_id = $2 and revision > $3 order by revision limit $4";
        let after: i64 = page.ascending().parse().unwrap_or(0);
        let rows: Vec<SummaryRow> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(draft).bind(after).bind(page.limit + 1).fetch_all(pool).await)?;
        let revisions = rows.into_iter().map(RevisionSummary::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(revisions, page.limit, |summary| summary.revision.to_string()))
    }
}
