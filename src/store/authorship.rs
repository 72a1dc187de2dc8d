//! Who wrote what is in a draft.

use std::collections::{BTreeSet, HashMap};

use sqlx::QueryBuilder;

use super::{Database, StoreError};
use crate::model::{DraftId, TenantId, UserId};

/// Who wrote the revisions of a draft, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorship(Vec<Written>);

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
struct Written {
    draft_id: DraftId,
    revision: i64,
    author_id: UserId,
    approved: bool,
}

impl Authorship {
    /// Everybody who wrote on the content of `revision` since the revision approved last before it. Content that was
    /// sent back is still nobody's approved content.
    #[must_use]
    pub fn of_revision(&self, revision: i64) -> Vec<UserId> {
        let upto = || self.0.iter().filter(|written| written.revision <= revision);
        let approved = upto().filter(|written| written.approved && written.revision < revision);
        let since = approved.map(|written| written.revision).max().unwrap_or(0);
        let authors: BTreeSet<&UserId> = upto().filter(|w| w.revision > since).map(|w| &w.author_id).collect();
        authors.into_iter().cloned().collect()
    }
}

impl Database {
    /// Who wrote these drafts.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_authorship(
        &self,
        tenant: &TenantId,
        drafts: &[DraftId],
    ) -> Result<HashMap<DraftId, Authorship>, StoreError> {
        let rows: Vec<Written> = with_pool!(self, pool => {
            let mut query = QueryBuilder::new(
                "select v.draft_id, v.revision, v.author_id,
                   exists (select 1 from approval_requests r
                           where r.tenant_id = v.tenant_id and r.subject_kind = 'draft' and r.subject_id = v.draft_id
                             and r.revision = v.revision and r.status = 'approved') as approved
                 from draft_revisions v where v.tenant_id = ");
            query.push_bind(tenant).push(" and v.draft_id in ");
            push_list!(query, drafts);
            query.push(" order by v.revision").build_query_as().persistent(false).fetch_all(pool).await
        })?;
        let mut found: HashMap<DraftId, Authorship> = HashMap::new();
        for row in rows {
            found.entry(row.draft_id.clone()).or_default().0.push(row);
        }
        Ok(found)
    }
}
