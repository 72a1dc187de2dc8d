//! Managing the users of a tenant: nobody gives a role above their own, or takes their own away, and one administrator
//! always stays.

use super::service::normal_email;
use super::{AuthError, Principal, Service};
use crate::model::user::{SystemRole, User};
use crate::model::{StoreId, TenantId, UserId};
use crate::store::StoreError;

/// A user to be made.
#[derive(Clone)]
pub struct NewUser {
    /// Sign-in name.
    pub email: String,
    /// Display name.
    pub name: String,
    /// First password.
    pub password: String,
    /// What the software lets them do.
    pub role: SystemRole,
    /// Who they are.
    pub job_roles: Vec<String>,
    /// Teams they belong to.
    pub teams: Vec<String>,
    /// Stores they work in; empty means all.
    pub stores: Vec<StoreId>,
    /// Their employee record.
    pub employee_id: Option<String>,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser").field("role", &self.role).finish_non_exhaustive()
    }
}

/// What to change of a user; `None` stays as it is.
#[derive(Clone, Default)]
pub struct UserChange {
    /// Display name.
    pub name: Option<String>,
    /// New password; ends every sign-in of the user.
    pub password: Option<String>,
    /// What the software lets them do.
    pub role: Option<SystemRole>,
    /// Who they are.
    pub job_roles: Option<Vec<String>>,
    /// Teams they belong to.
    pub teams: Option<Vec<String>>,
    /// Stores they work in.
    pub stores: Option<Vec<StoreId>>,
    /// False ends every sign-in of the user.
    pub active: Option<bool>,
}

impl std::fmt::Debug for UserChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserChange").field("role", &self.role).field("active", &self.active).finish_non_exhaustive()
    }
}

impl Service {
    /// Makes a user in the caller's tenant.
    ///
    /// # Errors
    /// [`AuthError::AboveOwnRole`], [`AuthError::EmailTaken`], [`AuthError::UnknownStore`].
    pub async fn create_user(&self, by: &Principal, new: NewUser) -> Result<User, AuthError> {
        not_above(by, new.role)?;
        self.known_stores(&by.tenant, &new.stores).await?;
        self.add_user(&by.tenant, new).await
    }

    /// Makes a user in any tenant: for the command line, where the operator stands above every role.
    ///
    /// # Errors
    /// [`AuthError::EmailTaken`].
    pub async fn add_user(&self, tenant: &TenantId, new: NewUser) -> Result<User, AuthError> {
        let hash = self.passwords.hash(new.password).await?;
        let user = User {
            id: UserId::generate(),
            tenant_id: tenant.clone(),
            email: normal_email(&new.email),
            name: new.name,
            role: new.role,
            job_roles: new.job_roles,
            teams: new.teams,
            stores: new.stores,
            employee_id: new.employee_id,
            active: true,
            created_at: self.clock.now(),
        };
        match self.db.insert_user(&user, &hash).await {
            Ok(()) => Ok(user),
            Err(StoreError::NotUnique(_)) => Err(AuthError::EmailTaken),
            Err(other) => Err(other.into()),
        }
    }

    /// The hash under which a password is stored, for seeds that make many accounts with one.
    ///
    /// # Errors
    /// [`AuthError::Busy`] or [`AuthError::Crypto`].
    pub async fn hash_password(&self, password: &str) -> Result<String, AuthError> {
        self.passwords.hash(password.to_owned()).await
    }

    /// Changes a user of the caller's tenant.
    ///
    /// # Errors
    /// [`AuthError::UnknownUser`], [`AuthError::AboveOwnRole`], [`AuthError::OwnAccount`], [`AuthError::UnknownStore`],
    /// [`AuthError::LastAdministrator`].
    pub async fn update_user(&self, by: &Principal, id: &UserId, change: UserChange) -> Result<User, AuthError> {
        let mut user = self.db.find_user(&by.tenant, id).await?.ok_or(AuthError::UnknownUser)?;
        not_above(by, user.role)?;
        let was_administrator = is_administrator(&user);
        let other_role = change.role.is_some_and(|role| role != user.role);
        if user.id == by.user && (other_role || change.active == Some(false)) {
            return Err(AuthError::OwnAccount);
        }
        if let Some(role) = change.role {
            not_above(by, role)?;
            user.role = role;
        }
        if let Some(stores) = change.stores {
            self.known_stores(&by.tenant, &stores).await?;
            user.stores = stores;
        }
        user.name = change.name.unwrap_or(user.name);
        user.job_roles = change.job_roles.unwrap_or(user.job_roles);
        user.teams = change.teams.unwrap_or(user.teams);
        user.active = change.active.unwrap_or(user.active);
        if was_administrator && !is_administrator(&user) {
            if !self.db.update_administrator(&by.tenant, &user).await? {
                return Err(AuthError::LastAdministrator);
            }
        } else {
            self.db.update_user(&by.tenant, &user).await?;
        }
        let new_password = change.password.is_some();
        if let Some(password) = change.password {
            let hash = self.passwords.hash(password).await?;
            self.db.update_password(&by.tenant, id, &hash).await?;
        }
        if new_password || !user.active {
            self.db.revoke_user_tokens(&by.tenant, id, self.clock.now()).await?;
        }
        Ok(user)
    }

    async fn known_stores(&self, tenant: &TenantId, stores: &[StoreId]) -> Result<(), AuthError> {
        if stores.is_empty() {
            return Ok(());
        }
        let known = self.db.list_stores(tenant).await?;
        match stores.iter().find(|store| !known.iter().any(|known| known.id == **store)) {
            Some(unknown) => Err(AuthError::UnknownStore(unknown.to_string())),
            None => Ok(()),
        }
    }
}

/// Whether they can manage the tenant's users.
fn is_administrator(user: &User) -> bool {
    user.active && user.role >= SystemRole::DealershipAdmin
}

/// Roles are ordered; the highest one a caller gives or touches is their own.
fn not_above(by: &Principal, role: SystemRole) -> Result<(), AuthError> {
    if role > by.role { Err(AuthError::AboveOwnRole) } else { Ok(()) }
}
