//! Which people may decide a request: pure, from the rule frozen in the request and the tenant's people.

use serde::Serialize;

use crate::auth::Permission;
use crate::model::approval::{ApprovalRequest, SubjectKind};
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
    /// Who wrote on the draft; empty for a question.
    pub authors: &'a [UserId],
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
    /// Wrote on it.
    Author,
    /// Is not asked.
    NotAsked,
}

impl Panel<'_> {
    /// Everybody who may decide: the people asked and those who may always; where they are fewer than needed, the
    /// dealership's admins as well. Authors never.
    #[must_use]
    pub fn members(&self) -> Vec<&User> {
        let candidates = || self.people.iter().filter(|user| user.active && !self.authors.contains(&user.id));
        let mut members: Vec<&User> = candidates().filter(|user| self.asked(user) || self.always(user)).collect();
        let needed = usize::try_from(self.request.required).unwrap_or(1);
        if members.len() < needed {
            let admins = candidates().filter(|user| user.role >= SystemRole::DealershipAdmin);
            let more: Vec<&User> = admins.filter(|user| !members.iter().any(|member| member.id == user.id)).collect();
            members.extend(more);
        }
        members
    }

    /// How `user` stands to the request.
    #[must_use]
    pub fn standing(&self, user: &UserId) -> Standing {
        if self.authors.contains(user) {
            Standing::Author
        } else if self.members().iter().any(|member| member.id == *user) {
            Standing::May
        } else {
            Standing::NotAsked
        }
    }

    fn always(&self, user: &User) -> bool {
        user.role.allows(Permission::Approve)
            && self.covers(user)
            && user.job_roles.iter().any(|role| self.always.contains(role))
    }

    fn asked(&self, user: &User) -> bool {
        let named = self.request.approver.split(',').any(|recipient| is_named(user, recipient.trim()));
        match self.request.subject_kind {
            // reviewing a draft is a manager's job; answering a question is the job of whoever is asked
            SubjectKind::Draft => named && user.role.allows(Permission::Approve) && self.covers(user),
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
