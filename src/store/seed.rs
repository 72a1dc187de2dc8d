//! Sample tenants in one transaction of a few multi-row statements, so that a first start stays quick.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{Database, Record, StoreError};
use crate::model::tenant::{Store, Tenant};
use crate::model::user::User;

/// Rows in one statement: eight values each stay far below both databases' limits on bound values.
const CHUNK: usize = 500;

/// A tenant with everything in it.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The tenant.
    pub tenant: Tenant,
    /// Its stores.
    pub stores: Vec<Store>,
    /// Its people.
    pub users: Vec<User>,
    /// The password hash all of them share.
    pub password_hash: String,
    /// Its system of record.
    pub records: Vec<Record>,
}

impl Database {
    /// Whether a tenant with this slug is there.
    ///
    /// # Errors
    /// As any statement.
    pub async fn has_tenant(&self, slug: &str) -> Result<bool, StoreError> {
        let sql = "select count(*) from tenants where slug = $1";
        let count: i64 = with_pool!(self, pool => sqlx::query_scalar(sql).bind(slug).fetch_one(pool).await)?;
        Ok(count > 0)
    }

    /// Inserts tenants with all they hold, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when any of it is there already.
    pub async fn insert_seeds(&self, seeds: &[Seed], now: DateTime<Utc>) -> Result<(), StoreError> {
        with_tx!(self, tx => {
            for seed in seeds {
                let tenant = &seed.tenant;
                sqlx::query("insert into tenants (id, slug, name, created_at) values ($1, $2, $3, $4)")
                    .bind(&tenant.id).bind(&tenant.slug).bind(&tenant.name).bind(tenant.created_at)
                    .execute(&mut *tx).await?;
                let mut insert = sqlx::QueryBuilder::new(
                    "insert into stores (tenant_id, id, name, timezone, state, phone, address, website,
                     price_disclosure, hours) ");
                insert.push_values(&seed.stores, |mut row, store| {
                    row.push_bind(&tenant.id).push_bind(&store.id).push_bind(&store.name)
                        .push_bind(store.timezone.name()).push_bind(&store.state).push_bind(&store.phone)
                        .push_bind(&store.address).push_bind(&store.website).push_bind(&store.price_disclosure)
                        .push_bind(Json(&store.hours));
                });
                insert.build().execute(&mut *tx).await?;
                for users in seed.users.chunks(CHUNK) {
                    let mut insert = sqlx::QueryBuilder::new(
                        "insert into users (id, tenant_id, email, name, password_hash, role, job_roles, teams, stores,
                         employee_id, active, created_at) ");
                    insert.push_values(users, |mut row, user| {
                        row.push_bind(&user.id).push_bind(&tenant.id).push_bind(&user.email).push_bind(&user.name)
                            .push_bind(&seed.password_hash).push_bind(user.role.as_str())
                            .push_bind(Json(&user.job_roles)).push_bind(Json(&user.teams))
                            .push_bind(Json(&user.stores)).push_bind(&user.employee_id)
                            .push_bind(user.active).push_bind(user.created_at);
                    });
                    insert.build().execute(&mut *tx).await?;
                }
                for records in seed.records.chunks(CHUNK) {
                    let mut insert = sqlx::QueryBuilder::new(
                        "insert into records (tenant_id, entity, id, store_id, data, version, created_at,
                         updated_at) ");
                    insert.push_values(records, |mut row, record| {
                        row.push_bind(&tenant.id).push_bind(&record.entity).push_bind(&record.id)
                            .push_bind(&record.store_id).push_bind(Json(&record.data)).push_bind(record.version)
                            .push_bind(now).push_bind(now);
                    });
                    insert.build().execute(&mut *tx).await?;
                }
            }
            Ok::<_, StoreError>(())
        })
    }
}
