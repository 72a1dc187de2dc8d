//! The people around a request: who may decide it, who wrote on it, how somebody stands to it.

use super::panel::{Panel, Rung, Standing};
use super::policy::Rules;
use super::{ApprovalError, Service};
use crate::model::approval::{ApprovalDecision, ApprovalRequest, Delegation, SubjectKind};
use crate::model::tenant::Store;
use crate::model::user::User;
use crate::model::{DraftId, StoreId, TenantId, UserId};
use crate::store::{Authorship, StoreError};

/// The people and stores of one tenant at one moment.
#[derive(Debug)]
pub struct People {
    users: Vec<User>,
    pub(super) stores: Vec<Store>,
    store_ids: Vec<StoreId>,
}

/// What the panel of a request is made from, besides the people.
#[derive(Debug, Clone, Default, PartialEq)]
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
        let mut circles = self.circles(&request.tenant_id, std::slice::from_ref(request)).await?;
        Ok(circles.pop().unwrap_or_default())
    }

    /// Who is concerned by each of these requests of a tenant, in their order; asked for all of them at once.
    ///
    /// # Errors
    /// As any statement.
    pub async fn circles(&self, tenant: &TenantId, requests: &[ApprovalRequest]) -> Result<Vec<Circle>, ApprovalError> {
        let ids: Vec<_> = requests.iter().map(|request| request.id.clone()).collect();
        let subjects = requests.iter().map(draft_of).collect::<Result<Vec<_>, _>>()?;
        let drafts: Vec<_> = subjects.iter().flatten().cloned().collect();
        let written = self.db.list_authorship(tenant, &drafts).await?;
        let mut delegations = self.db.list_delegations(tenant, &ids).await?;
        let mut decisions = self.db.list_decisions(tenant, &ids).await?;
        let circle = |(request, draft): (&ApprovalRequest, Option<DraftId>)| Circle {
            authors: draft.map(|draft| authors(request, written.get(&draft))).unwrap_or_default(),
            delegations: delegations.remove(&request.id).unwrap_or_default(),
            decisions: decisions.remove(&request.id).unwrap_or_default(),
        };
        Ok(requests.iter().zip(subjects).map(circle).collect())
    }
}

/// The draft that a request is about, if it is about one.
fn draft_of(request: &ApprovalRequest) -> Result<Option<DraftId>, StoreError> {
    match request.subject_kind {
        SubjectKind::Execution | SubjectKind::Workflow => Ok(None),
        SubjectKind::Draft => {
            let unreadable = StoreError::Inconsistent { table: "approval_requests", column: "subject_id" };
            request.subject_id.parse().map(Some).map_err(|_| unreadable)
        }
    }
}

/// Everybody who wrote on the content since the last approval, and who submitted it.
fn authors(request: &ApprovalRequest, written: Option<&Authorship>) -> Vec<UserId> {
    let revision = request.revision.unwrap_or_default();
    let mut authors = written.map(|written| written.of_revision(revision)).unwrap_or_default();
    authors.extend(request.requested_by.clone().filter(|user| !authors.contains(user)));
    authors
}
