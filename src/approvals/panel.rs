//! Which people may decide a request: pure, from the rule frozen in the request, the tenant's people and who handed it
//! to whom.
//!
//! First those asked (a job role in the store, a team, a person), and beside them the roles that may decide everything
//! there (the general manager); where these are fewer than needed, the dealership's admins. So a request never hangs on
//! somebody who left. A super admin runs the installation: that role decides nothing.

use serde::Serialize;

use crate::auth::Permission;
use crate::model::approval::{ApprovalRequest, Delegation, SubjectKind};
use crate::model::user::{SystemRole, User};
use crate::model::{StoreId, UserId};

/// What a panel is made from.
#[derive(Debug, Clone, Copy)]
pub struct Panel<'a> {
    /// The request.
    pub request: &'a ApprovalRequest,
    /// Active people of the tenant.
    pub people: &'a [User],
    /// Every store of the tenant.
    pub stores: &'a [StoreId],
    /// Who wrote on the draft or submitted it; empty for a question.
    pub authors: &'a [UserId],
    /// Who handed it to whom, in order.
    pub delegations: &'a [Delegation],
    /// Job roles that may decide everything.
    pub always: &'a [String],
}

/// How somebody stands to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// May decide.
    May,
    /// Has decided; a second person may be needed.
    Decided,
    /// Wrote on it, or submitted it.
    Author,
    /// Handed it to somebody else.
    HandedOn,
    /// Is not asked.
    NotAsked,
}

/// How far up a request had to go to find somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Those who were asked, or to whom they handed it.
    Asked,
    /// Only the general manager is left.
    GeneralManager,
    /// Dealership admins had to step in.
    Administrator,
    /// Fewer people may decide than are needed.
    Nobody,
}

impl Panel<'_> {
    /// Everybody who may decide. Where they are fewer than needed, the dealership's admins as well; authors, and those
    /// who handed it on, never.
    #[must_use]
    pub fn members(&self) -> Vec<&User> {
        let mut members: Vec<&User> = self.there().filter(|user| self.entitled(user)).collect();
        if members.len() < self.needed() {
            let admins = self.there().filter(|user| self.administers(user));
            let more: Vec<&User> = admins.filter(|user| !members.iter().any(|member| member.id == user.id)).collect();
            members.extend(more);
        }
        members
    }

    /// Whom somebody may hand it to: whoever may decide it under the same rules, and the dealership's admins.
    #[must_use]
    pub fn successors(&self, from: &UserId, decided: &[UserId]) -> Vec<&User> {
        let free = self.candidates().filter(|user| user.id != *from && !decided.contains(&user.id));
        free.filter(|user| self.asked(user) || self.always(user) || self.administers(user)).collect()
    }

    /// How far up it had to go.
    #[must_use]
    pub fn rung(&self) -> Rung {
        let members = self.members();
        if members.len() < self.needed() {
            return Rung::Nobody;
        }
        let entitled = members.iter().filter(|user| self.entitled(user));
        let (asked, others): (Vec<&User>, Vec<&User>) =
            entitled.partition(|user| self.asked(user) || self.handed_to(user) == Some(true));
        if asked.len() + others.len() < self.needed() {
            Rung::Administrator
        } else if asked.is_empty() {
            Rung::GeneralManager
        } else {
            Rung::Asked
        }
    }

    /// How `user` stands to the request.
    #[must_use]
    pub fn standing(&self, user: &UserId) -> Standing {
        if self.authors.contains(user) {
            Standing::Author
        } else if self.members().iter().any(|member| member.id == *user) {
            Standing::May
        } else if self.last_hand(user) == Some(false) {
            Standing::HandedOn
        } else {
            Standing::NotAsked
        }
    }

    fn needed(&self) -> usize {
        usize::try_from(self.request.required).unwrap_or(1)
    }

    fn candidates(&self) -> impl Iterator<Item = &User> {
        self.people.iter().filter(|user| user.active && !self.authors.contains(&user.id))
    }

    /// Candidates who did not hand it on.
    fn there(&self) -> impl Iterator<Item = &User> {
        self.candidates().filter(|user| self.last_hand(&user.id) != Some(false))
    }

    fn entitled(&self, user: &User) -> bool {
        self.asked(user) || self.always(user) || self.handed_to(user) == Some(true)
    }

    fn handed_to(&self, user: &User) -> Option<bool> {
        self.last_hand(&user.id)
    }

    /// True: it came to them last; false: they handed it on last; `None`: neither.
    fn last_hand(&self, user: &UserId) -> Option<bool> {
        let last = self.delegations.iter().rev().find(|step| step.from == *user || step.to == *user);
        last.map(|step| step.to == *user)
    }

    fn administers(&self, user: &User) -> bool {
        user.role == SystemRole::DealershipAdmin && self.covers(user)
    }

    fn always(&self, user: &User) -> bool {
        user.role.allows(Permission::Approve)
            && self.covers(user)
            && user.job_roles.iter().any(|role| self.always.contains(role))
    }

    fn asked(&self, user: &User) -> bool {
        let named = self.request.approver.split(',').any(|recipient| is_named(user, recipient.trim()));
        match self.request.subject_kind {
            // reviewing content, and what a whole workflow does next, is a manager's job; answering a question is the
            // job of whoever is asked
            SubjectKind::Draft | SubjectKind::Workflow => {
                named && user.role.allows(Permission::Approve) && self.covers(user)
            }
            SubjectKind::Execution => named && (self.request.approver.starts_with("user:") || self.covers(user)),
        }
    }

    /// Whether `user` works in every store concerned.
    fn covers(&self, user: &User) -> bool {
        if user.stores.is_empty() {
            return true;
        }
        let listed = self.request.details.get("stores").and_then(serde_json::Value::as_array);
        let listed: Vec<&str> = listed.into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
        let works_in = |store: &str| user.stores.iter().any(|mine| mine.as_str() == store);
        match (&self.request.store_id, listed.is_empty()) {
            (Some(store), _) => works_in(store.as_str()),
            (None, false) => listed.into_iter().all(works_in),
            (None, true) => self.stores.iter().all(|store| works_in(store.as_str())),
        }
    }
}

/// Whether a recipient (`role:…`, `team:…`, `user:…`) means this user. Other recipients are resolved before a question
/// is asked; one that could not be means nobody, and the general manager decides.
fn is_named(user: &User, recipient: &str) -> bool {
    match recipient.split_once(':') {
        Some(("role", role)) => user.job_roles.iter().any(|mine| mine == role),
        Some(("team", team)) => user.teams.iter().any(|mine| mine == team),
        Some(("user", id)) => {
            let name = slug(&user.name);
            let first = name.split('-').next().unwrap_or_default();
            user.employee_id.as_deref() == Some(id) || user.id.as_str() == id || name == id || first == id
        }
        _ => false,
    }
}

fn slug(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
}

#[cfg(test)]
#[path = "panel_tests.rs"]
mod tests;
