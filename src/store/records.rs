//! The system of record of the trade: customers, leads, repair orders … as JSON objects of the catalog's entities.
//!
//! A record carries a version; whoever changes it names the version they read, so two writers never overwrite each
//! other (see [`CallCommit`](super::CallCommit)).

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::TenantId;

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What it is: a name of the catalog's entities.
    pub entity: String,
    /// Its id, unique within tenant and entity.
    pub id: String,
    /// The store it belongs to.
    pub store_id: String,
    /// Its fields, `id` among them.
    pub data: Value,
    /// Counts its changes.
    pub version: i64,
}

impl Record {
    /// A field's text; empty when it is absent or not text.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.data.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    entity: String,
    id: String,
    store_id: String,
    data: Json<Value>,
    version: i64,
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        Self { entity: row.entity, id: row.id, store_id: row.store_id, data: row.data.0, version: row.version }
    }
}

/// A field by which records are looked up, with its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// `customer_id`.
    Customer,
    /// `email`.
    Email,
    /// `phone`.
    Phone,
    /// `mobile`.
    Mobile,
    /// `stock`.
    Stock,
    /// `vin`.
    Vin,
    /// `part_number`.
    PartNumber,
    /// `address`: the number or address a consent is about.
    Address,
}

impl Lookup {
    /// The lookup for a field's name, if there is one.
    #[must_use]
    pub fn of(field: &str) -> Option<Self> {
        Some(match field {
            "customer_id" => Self::Customer,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "mobile" => Self::Mobile,
            "stock" => Self::Stock,
            "vin" => Self::Vin,
            "part_number" => Self::PartNumber,
            "address" => Self::Address,
            _ => return None,
        })
    }

    /// The index is on the very expression, so each lookup is a statement of its own.
    const fn sql(self) -> &'static str {
        macro_rules! by {
            ($field:literal) => {
                concat!(
                    "select entity, id, store_id, data, version from records
                     where tenant_id = $1 and entity = $2 and data ->> '",
                    $field,
                    "' = $3 and id > $4 and ($5 = '' or store_id = $5) order by id limit $6"
                )
            };
        }
        match self {
            Self::Customer => by!("customer_id"),
            Self::Email => by!("email"),
            Self::Phone => by!("phone"),
            Self::Mobile => by!("mobile"),
            Self::Stock => by!("stock"),
            Self::Vin => by!("vin"),
            Self::PartNumber => by!("part_number"),
            Self::Address => by!("address"),
        }
    }
}

impl Database {
    /// One record.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_record(&self, tenant: &TenantId, entity: &str, id: &str) -> Result<Option<Record>, StoreError> {
        let sql = "select entity, id, store_id, data, version from records
                   where tenant_id = $1 and entity = $2 and id = $3";
        let row: Option<Row> = with_pool!(self, pool =>
            sqlx::query_as(sql).bind(tenant).bind(entity).bind(id).fetch_optional(pool).await)?;
        Ok(row.map(Record::from))
    }

    /// Records after `after` in the order of their ids; of one store, or of all when `store` is absent.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_records(
        &self,
        tenant: &TenantId,
        entity: &str,
        store: Option<&str>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Record>, StoreError> {
        let sql = "select entity, id, store_id, data, version from records
                   where tenant_id = $1 and entity = $2 and id > $3 and ($4 = '' or store_id = $4)
                   order by id limit $5";
        let store = store.unwrap_or_default();
        let rows: Vec<Row> = with_pool!(self, pool =>
            sqlx::query_as(sql).bind(tenant).bind(entity).bind(after).bind(store).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(Record::from).collect())
    }

    /// The first records whose field has this value, in the order of their ids.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_records_by(
        &self,
        tenant: &TenantId,
        entity: &str,
        by: (Lookup, &str),
        limit: i64,
    ) -> Result<Vec<Record>, StoreError> {
        self.list_records_by_after(tenant, entity, None, by, ("", limit)).await
    }

    /// Records after `after` whose field has this value, in the order of their ids; of one store, or of all.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_records_by_after(
        &self,
        tenant: &TenantId,
        entity: &str,
        store: Option<&str>,
        (lookup, value): (Lookup, &str),
        (after, limit): (&str, i64),
    ) -> Result<Vec<Record>, StoreError> {
        let store = store.unwrap_or_default();
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(lookup.sql())
            .bind(tenant).bind(entity).bind(value).bind(after).bind(store).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(Record::from).collect())
    }

    /// Adds one record; the caller has checked its data against the entity's schema.
    ///
    /// # Errors
    /// [`StoreError::NotUnique`] when there is one with this id.
    pub async fn insert_record(
        &self,
        tenant: &TenantId,
        record: &Record,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        with_pool!(self, pool => insert_record_on!(pool, tenant, record, now))?;
        Ok(())
    }

    /// Replaces the data of a record that is still at the version that was read.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when it is not.
    pub async fn update_record(
        &self,
        tenant: &TenantId,
        record: &Record,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let changed = with_pool!(self, pool => update_record_on!(pool, tenant, record, now))?;
        if changed { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// Inserts a record through any executor. `Result<(), sqlx::Error>`.
macro_rules! insert_record_on {
    ($executor:expr, $tenant:expr, $record:expr, $now:expr) => {{
        let record: &$crate::store::Record = $record;
        sqlx::query(
            "insert into records (tenant_id, entity, id, store_id, data, version, created_at, updated_at)
             values ($1, $2, $3, $4, $5, 1, $6, $6)",
        )
        .bind($tenant)
        .bind(&record.entity)
        .bind(&record.id)
        .bind(&record.store_id)
        .bind(sqlx::types::Json(&record.data))
        .bind($now)
        .execute($executor)
        .await
        .map(drop)
    }};
}
pub(super) use insert_record_on;

/// Updates a record at its version through any executor. `Result<bool, sqlx::Error>`: whether it was at that version.
macro_rules! update_record_on {
    ($executor:expr, $tenant:expr, $record:expr, $now:expr) => {{
        let record: &$crate::store::Record = $record;
        sqlx::query(
            "update records set data = $5, version = version + 1, updated_at = $6
             where tenant_id = $1 and entity = $2 and id = $3 and version = $4",
        )
        .bind($tenant)
        .bind(&record.entity)
        .bind(&record.id)
        .bind(record.version)
        .bind(sqlx::types::Json(&record.data))
        .bind($now)
        .execute($executor)
        .await
        .map(|done| done.rows_affected() == 1)
    }};
}
pub(super) use update_record_on;
