//! The caller of a request, and the table that says what each system role may do.

use serde::Serialize;

use crate::model::user::{SystemRole, User};
use crate::model::{StoreId, TenantId, UserId};

/// What can be allowed. Closed by default: a role has exactly what [`SystemRole::allows`] lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Hold conversations with the assistant.
    Converse,
    /// Write, edit and submit drafts.
    Draft,
    /// See drafts, workflows, executions, outbox and records of the tenant.
    Read,
    /// Decide approval requests.
    Approve,
    /// Start, cancel, pause and retire workflows and executions.
    Operate,
    /// Send events and leads in.
    Ingest,
    /// Add, replace and remove the dealership's own knowledge.
    Curate,
    /// Manage users, stores and settings of the tenant.
    Administer,
    /// Move the engine's clock (demo mode only).
    MoveClock,
}

impl Permission {
    /// Every one, in the order above.
    pub const ALL: [Self; 9] = [
        Self::Converse,
        Self::Draft,
        Self::Read,
        Self::Approve,
        Self::Operate,
        Self::Ingest,
        Self::Curate,
        Self::Administer,
        Self::MoveClock,
    ];
}

impl SystemRole {
    /// The permission table.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        use Permission as P;
        match self {
            Self::User => matches!(permission, P::Converse | P::Draft | P::Read | P::MoveClock),
            Self::Manager => !matches!(permission, P::Administer),
            Self::DealershipAdmin | Self::SuperAdmin => true,
        }
    }
}

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Their tenant; every query of the request is scoped to it.
    pub tenant: TenantId,
    /// Who.
    pub user: UserId,
    /// Display name.
    pub name: String,
    /// What the software lets them do.
    pub role: SystemRole,
    /// Who they are at the dealership.
    pub job_roles: Vec<String>,
    /// Stores they work in; empty means all.
    pub stores: Vec<StoreId>,
    /// Their employee record.
    pub employee_id: Option<String>,
    /// How they signed in; none for a principal that programs make.
    pub sign_in: Option<SignIn>,
}

/// What an access token was made under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// How often every sign-in of the user had been ended then.
    pub sign_outs: i64,
    /// The family of refresh tokens it belongs to; none for a token that was not made by signing in.
    pub family: Option<String>,
}

impl Principal {
    /// The principal of a user.
    #[must_use]
    pub fn of(user: &User) -> Self {
        Self {
            tenant: user.tenant_id.clone(),
            user: user.id.clone(),
            name: user.name.clone(),
            role: user.role,
            job_roles: user.job_roles.clone(),
            stores: user.stores.clone(),
            employee_id: user.employee_id.clone(),
            sign_in: None,
        }
    }

    /// Whether they may.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }

    /// Whether they work in `store`.
    #[must_use]
    pub fn works_in(&self, store: &str) -> bool {
        self.stores.is_empty() || self.stores.iter().any(|s| s.as_str() == store)
    }
}
