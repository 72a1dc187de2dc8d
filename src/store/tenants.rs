//! Dealer groups and their stores.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::tenant::{Store, StoreHours, Tenant};
use crate::model::{Page, PageRequest, StoreId, TenantId};

#[derive(sqlx::FromRow)]
struct TenantRow {
    id: TenantId,
    slug: String,
    name: String,
    created_at: DateTime<Utc>,
}

impl From<TenantRow> for Tenant {
    fn from(row: TenantRow) -> Self {
        Self { id: row.id, slug: row.slug, name: row.name, created_at: row.created_at }
    }
}

#[derive(sqlx::FromRow)]
struct StoreRow {
    tenant_id: TenantId,
    id: StoreId,
    name: String,
    timezone: String,
    state: String,
    phone: String,
    address: String,
    website: String,
    price_disclosure: String,
    hours: Json<StoreHours>,
}

impl TryFrom<StoreRow> for Store {
    type Error = StoreError;

    fn try_from(row: StoreRow) -> Result<Self, StoreError> {
        let timezone =
            row.timezone.parse().map_err(|_| StoreError::Inconsistent { table: "stores", column: "timezone" })?;
        Ok(Self {
            id: row.id,
            tenant_id: row.tenant_id,
            name: row.name,
            timezone,
            state: row.state,
            phone: row.phone,
            address: row.address,
            website: row.website,
            price_disclosure: row.price_disclosure,
            hours: row.hours.0,
        })
    }
}

impl Database {
    /// Adds a dealer group.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when the id or the slug is taken.
    pub async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let sql = "insert into tenants (id, slug, name, created_at) values ($1, $2, $3, $4)";
        with_pool!(self, pool => sqlx::query(sql)
            .bind(&tenant.id).bind(&tenant.slug).bind(&tenant.name).bind(tenant.created_at)
            .execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The dealer group with this id.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_tenant(&self, tenant: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let sql = "select id, slug, name, created_at from tenants where id = $1";
        let row: Option<TenantRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).fetch_optional(pool).await)?;
        Ok(row.map(Into::into))
    }

    /// The dealer group with this slug.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_tenant_by_slug(&self, slug: &str) -> Result<Option<Tenant>, StoreError> {
        let sql = "select id, slug, name, created_at from tenants where slug = $1";
        let row: Option<TenantRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(slug).fetch_optional(pool).await)?;
        Ok(row.map(Into::into))
    }

    /// Every dealer group, oldest first: for the engine and the operator, never for a tenant's request.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let sql = "select id, slug, name, created_at from tenants order by created_at, id";
        let rows: Vec<TenantRow> = with_pool!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Adds a store to its tenant.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when the tenant has a store of this name.
    pub async fn insert_store(&self, store: &Store) -> Result<(), StoreError> {
        let sql = "insert into stores (tenant_id, id, name, timezone, state, phone, address, website,
                   price_disclosure, hours) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        with_pool!(self, pool => sqlx::query(sql)
            .bind(&store.tenant_id).bind(&store.id).bind(&store.name).bind(store.timezone.name())
            .bind(&store.state).bind(&store.phone).bind(&store.address).bind(&store.website)
            .bind(&store.price_disclosure).bind(Json(&store.hours))
            .execute(pool).await.map(drop))?;
        Ok(())
    }

    /// One store of the tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_store(&self, tenant: &TenantId, store: &StoreId) -> Result<Option<Store>, StoreError> {
        let sql = "select tenant_id, id, name, timezone, state, phone, address, website, price_disclosure, hours
                   from stores where tenant_id = $1 and id = $2";
        let row: Option<StoreRow> =
            with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).bind(store).fetch_optional(pool).await)?;
        row.map(TryInto::try_into).transpose()
    }

    /// A page of the tenant's stores, by id.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_stores_page(&self, tenant: &TenantId, page: &PageRequest) -> Result<Page<Store>, StoreError> {
        let sql = "select tenant_id, id, name, timezone, state, phone, address, website, price_disclosure, hours
                   from stores where tenant_id = $1 and id > $2 order by id limit $3";
        let rows: Vec<StoreRow> = with_pool!(self, pool => sqlx::query_as(sql)
            .bind(tenant).bind(page.ascending()).bind(page.limit + 1).fetch_all(pool).await)?;
        let stores = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Store>, _>>()?;
        Ok(Page::from_rows(stores, page.limit, |store| store.id.to_string()))
    }

    /// Every store of the tenant by id, for rules that look at all of them; there are never so many that they need pages.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_stores(&self, tenant: &TenantId) -> Result<Vec<Store>, StoreError> {
        let sql = "select tenant_id, id, name, timezone, state, phone, address, website, price_disclosure, hours
                   from stores where tenant_id = $1 order by id";
        let rows: Vec<StoreRow> = with_pool!(self, pool => sqlx::query_as(sql).bind(tenant).fetch_all(pool).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
