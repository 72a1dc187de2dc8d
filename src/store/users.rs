//! People who sign in. The password hash leaves this file only in [`Credentials`].

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::user::User;
use crate::model::{Page, PageRequest, StoreId, TenantId, UserId};

/// A user and what proves that it is them.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub user: User,
    /// PHC string.
    pub password_hash: String,
}

/// Who a token speaks for, as they stand now.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub user: User,
    /// How often every sign-in of theirs was ended at once.
    pub sign_outs: i64,
    /// Whether the sign-in asked about was ended: by signing out, or because a refresh token of it was used twice.
    pub family_ended: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user.id).finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: UserId,
    tenant_id: TenantId,
    email: String,
    name: String,
    password_hash: String,
    role: String,
    job_roles: Json<Vec<String>>,
    teams: Json<Vec<String>>,
    stores: Json<Vec<StoreId>>,
    employee_id: Option<String>,
    active: bool,
    created_at: DateTime<Utc>,
    sign_outs: i64,
}

#[derive(sqlx::FromRow)]
struct CallerRow {
    #[sqlx(flatten)]
    user: UserRow,
    family_ended: bool,
}

impl TryFrom<UserRow> for Credentials {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let role = row.role.parse().map_err(|_| StoreError::Inconsistent { table: "users", column: "role" })?;
        let user = User {
            id: row.id,
            tenant_id: row.tenant_id,
            email: row.email,
            name: row.name,
            role,
            job_roles: row.job_roles.0,
            teams: row.teams.0,
            stores: row.stores.0,
            employee_id: row.employee_id,
            active: row.active,
            created_at: row.created_at,
        };
        Ok(Self { user, password_hash: row.password_hash })
    }
}

fn user_of(row: UserRow) -> Result<User, StoreError> {
    Credentials::try_from(row).map(|credentials| credentials.user)
}

const UPDATE: &str = "update users set name = $3, role = $4, job_roles = $5, teams = $6, stores = $7,
    employee_id = $8, active = $9 where tenant_id = $1 and id = $2";

/// Writes a user through any executor. `Result<u64, sqlx::Error>`: how many rows.
macro_rules! update_user_on {
    ($executor:expr, $tenant:expr, $user:expr) => {
        sqlx::query(UPDATE)
            .bind($tenant)
            .bind(&$user.id)
            .bind(&$user.name)
            .bind($user.role.as_str())
            .bind(Json(&$user.job_roles))
            .bind(Json(&$user.teams))
            .bind(Json(&$user.stores))
            .bind(&$user.employee_id)
            .bind($user.active)
            .execute($executor)
            .await
            .map(|done| done.rows_affected())
    };
}

impl Database {
    /// Adds a user.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when the e-mail address is in use, in whatever tenant.
    pub async fn insert_user(&self, user: &User, password_hash: &str) -> Result<(), StoreError> {
        let sql = "insert into users (id, tenant_id, email, name, password_hash, role, job_roles, teams, stores,
                   employee_id, active, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        with_pool!(self, pool => sqlx::query(sql)
            .bind(&user.id).bind(&user.tenant_id).bind(&user.email).bind(&user.name).bind(password_hash)
            .bind(user.role.as_str()).bind(Json(&user.job_roles)).bind(Json(&user.teams)).bind(Json(&user.stores))
            .bind(&user.employee_id).bind(user.active).bind(user.created_at)
            .execute(pool).await.map(drop))?;
        Ok(())
    }

    /// One user of the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_user(&self, tenant: &TenantId, user: &UserId) -> Result<Option<User>, StoreError> {
        let sql = "select * from users where tenant_id = $1 and id = $2";
        let row: Option<UserRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(user).fetch_optional(pool).await)?;
        row.map(user_of).transpose()
    }

    /// Who a token of this family speaks for: one look-up by the primary key and one by the family, made for every
    /// request.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_caller(
        &self,
        tenant: &TenantId,
        user: &UserId,
        family: Option<&str>,
    ) -> Result<Option<Caller>, StoreError> {
        let sql = "select users.*, exists (select 1 from refresh_tokens
                     where family_id = $3 and revoked_at is not null) as family_ended
                   from users where tenant_id = $1 and id = $2";
        let row: Option<CallerRow> = with_pool!(self, pool =>
            sqlx::query_as(sql).bind(tenant).bind(user).bind(family).fetch_optional(pool).await)?;
        let caller = |row: CallerRow| {
            let CallerRow { user, family_ended } = row;
            Ok(Caller { sign_outs: user.sign_outs, user: user_of(user)?, family_ended })
        };
        row.map(caller).transpose()
    }

    /// The user with this sign-in name, of whatever tenant: the one look-up that happens before a tenant is known.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_credentials(&self, email: &str) -> Result<Option<Credentials>, StoreError> {
        let sql = "select * from users where email = $1";
        let row: Option<UserRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(email).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// The users of the tenant, oldest account first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_users(&self, tenant: &TenantId, page: &PageRequest) -> Result<Page<User>, StoreError> {
        let sql = "select * from users where tenant_id = $1 and id > $2 order by id limit $3";
        let rows: Vec<UserRow> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(page.ascending()).bind(page.limit + 1).fetch_all(pool).await)?;
        let users = rows.into_iter().map(user_of).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_rows(users, page.limit, |user| user.id.to_string()))
    }

    /// Every active user of the tenant, for resolving recipients and approvers.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_active_users(&self, tenant: &TenantId) -> Result<Vec<User>, StoreError> {
        let sql = "select * from users where tenant_id = $1 and active = $2 order by id";
        let rows: Vec<UserRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(true).fetch_all(pool).await)?;
        rows.into_iter().map(user_of).collect()
    }

    /// Writes what may change of a user: name, role, job roles, teams, stores, employee record, active.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the tenant has no such user.
    pub async fn update_user(&self, tenant: &TenantId, user: &User) -> Result<(), StoreError> {
        let changed = with_pool!(self, pool => update_user_on!(pool, tenant, user))?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Writes what may change of a user unless that would leave the tenant without an active administrator; whether it
    /// was written. Changes of one tenant's users wait for each other: two administrators cannot remove one another at
    /// the same moment.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the tenant has no such user.
    pub async fn update_administrator(&self, tenant: &TenantId, user: &User) -> Result<bool, StoreError> {
        let lock = "update tenants set slug = slug where id = $1";
        let others = "select count(*) from users where tenant_id = $1 and id <> $2 and active = $3
                      and role in ('dealership_admin', 'super_admin')";
        with_tx!(self, tx => { async {
            sqlx::query(lock).bind(tenant).execute(&mut *tx).await?;
            let others: i64 =
                sqlx::query_scalar(others).bind(tenant).bind(&user.id).bind(true).fetch_one(&mut *tx).await?;
            if others == 0 {
                return Ok(false);
            }
            let changed = update_user_on!(&mut *tx, tenant, user)?;
            if changed == 1 { Ok::<_, StoreError>(true) } else { Err(StoreError::Stale) }
        }.await })
    }

    /// Replaces the password of a user.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the tenant has no such user.
    pub async fn update_password(&self, tenant: &TenantId, user: &UserId, hash: &str) -> Result<(), StoreError> {
        let sql = "update users set password_hash = $3 where tenant_id = $1 and id = $2";
        let changed = with_pool!(self, pool => sqlx::query(sql)
            .bind(tenant).bind(user).bind(hash).execute(pool).await.map(|done| done.rows_affected()))?;
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }
}
