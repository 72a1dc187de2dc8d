//! People who sign in.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{StoreId, TenantId, UserId};

/// What the software lets somebody do. Job roles (who they are at the dealership) are something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SystemRole {
    /// Staff: converse, draft, submit, see what runs.
    User,
    /// Also decides approvals, pauses and retires.
    Manager,
    /// Also manages users, stores and policy of the tenant.
    DealershipAdmin,
    /// Runs the installation; sees every tenant's settings.
    SuperAdmin,
}

impl SystemRole {
    /// The name stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Manager => "manager",
            Self::DealershipAdmin => "dealership_admin",
            Self::SuperAdmin => "super_admin",
        }
    }
}

impl std::str::FromStr for SystemRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        match text {
            "user" => Ok(Self::User),
            "manager" => Ok(Self::Manager),
            "dealership_admin" => Ok(Self::DealershipAdmin),
            "super_admin" => Ok(Self::SuperAdmin),
            _ => Err(UnknownRole),
        }
    }
}

/// The text names no system role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a system role: user, manager, dealership_admin or super_admin")]
pub struct UnknownRole;

/// A person of a tenant. The password hash stays in the store and is not part of this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their tenant.
    pub tenant_id: TenantId,
    /// Sign-in name, unique over all tenants, lower case.
    pub email: String,
    /// Display name.
    pub name: String,
    /// What the software lets them do.
    pub role: SystemRole,
    /// Who they are: `sales_manager`, `service_advisor` …, from the vocabulary's roles.
    pub job_roles: Vec<String>,
    /// Teams they belong to.
    pub teams: Vec<String>,
    /// Stores they work in; empty means every store of the tenant.
    pub stores: Vec<StoreId>,
    /// Their record in the system of record (`employee`), which recipients such as `record_owner` resolve to.
    pub employee_id: Option<String>,
    /// False: may not sign in.
    pub active: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}
