//! The people around a request: who may decide it, who wrote on it, how somebody stands to it.

use super::panel::{Panel, Rung, Standing};
use super::policy::Rules;
use super::{ApprovalError, Service};
use crate::model::approval::{ApprovalDecision, ApprovalRequest, Delegation, SubjectKind};
use crate::model::tenant::Store;
use crate::model::user::User;
use crate::model::{DraftId, StoreId, TenantId, UserId};
use crate::store::StoreError;

/// The people and stores of one tenant at one moment.
#[derive(Debug)]
pub struct People {
    users: Vec<User>,
    pub(super) stores: Vec<Store>,
    store_ids: Vec<StoreId>,
}

/// What the panel of a request is made from, besides the people.
#[derive(Debug, Clone, PartialEq)]
pub struct Circle {
    /// Who wrote on the draft or submitted it.
    pub authors: Vec<UserId>,
    /// Who handed it to whom.
    pub delegations: Vec<Delegation>,
    /// What was decided so far.
    pub decisions: Vec<ApprovalDecision>,
}

impl People {
    /// Somebody of the tenant.
    #[must_use]
    pub fn find(&self, user: &UserId) -> Option<&User> {
        self.users.iter().find(|known| known.id == *user)
    }

    /// Everybody.
    #[must_use]
    pub fn all(&self) -> &[User] {
        &self.users
    }

    /// Who may decide `request`.
    #[must_use]
    pub fn panel<'a>(&'a self, request: &'a ApprovalRequest, circle: &'a Circle) -> Panel<'a> {
        Panel {
            request,
            people: &self.users,
            stores: &self.store_ids,
            authors: &circle.authors,
            delegations: &circle.delegations,
            always: &Rules::embedded().always,
        }
    }

    /// How somebody stands to a request, what they decided included.
    #[must_use]
    pub fn standing(&self, request: &ApprovalRequest, circle: &Circle, user: &UserId) -> Standing {
        match self.panel(request, circle).standing(user) {
            Standing::May if circle.decided().contains(user) => Standing::Decided,
            standing => standing,
        }
    }

    /// Those who may decide and have not yet.
    #[must_use]
    pub fn awaited<'a>(&'a self, request: &'a ApprovalRequest, circle: &'a Circle) -> (Vec<User>, Rung) {
        let panel = self.panel(request, circle);
        let decided = circle.decided();
        let members = panel.members().into_iter().filter(|user| !decided.contains(&user.id));
        (members.cloned().collect(), panel.rung())
    }
}

impl Circle {
    /// Who has decided.
    #[must_use]
    pub fn decided(&self) -> Vec<UserId> {
        self.decisions.iter().map(|decision| decision.decided_by.clone()).collect()
    }
}

impl Service {
    /// The people and stores of a tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn people(&self, tenant: &TenantId) -> Result<People, ApprovalError> {
        let stores = self.db.list_stores(tenant).await?;
        let store_ids = stores.iter().map(|store| store.id.clone()).collect();
        Ok(People { users: self.db.list_active_users(tenant).await?, stores, store_ids })
    }

    /// Who is concerned by a request.
    ///
    /// # Errors
    /// As any statement.
    pub async fn circle(&self, request: &ApprovalRequest) -> Result<Circle, ApprovalError> {
        let tenant = &request.tenant_id;
        Ok(Circle {
            authors: self.authors(request).await?,
            delegations: self.db.list_delegations(tenant, &request.id).await?,
            decisions: self.db.list_decisions(tenant, &request.id).await?,
        })
    }

    /// Everybody who wrote on the content since the last approval, and who submitted it. Content that was sent back
    /// is still nobody's approved content: its writers stay authors until a version is approved.
    async fn authors(&self, request: &ApprovalRequest) -> Result<Vec<UserId>, ApprovalError> {
        match request.subject_kind {
            SubjectKind::Execution | SubjectKind::Workflow => Ok(Vec::new()),
            SubjectKind::Draft => {
                let draft: DraftId = request
                    .subject_id
                    .parse()
                    .map_err(|_| StoreError::Inconsistent { table: "approval_requests", column: "subject_id" })?;
                let revision = request.revision.unwrap_or_default();
                let mut authors = self.db.list_authors(&request.tenant_id, &draft, revision).await?;
                authors.extend(request.requested_by.clone().filter(|user| !authors.contains(user)));
                Ok(authors)
            }
        }
    }
}
