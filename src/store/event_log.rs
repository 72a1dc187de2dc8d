//! Events that came in or that our own actions caused, in the order they were stored.
//!
//! An event is stored before anybody acknowledges it and before anybody acts on it; `routed_at` says that the router has
//! seen it, so a crash in between loses nothing.
//!
//! Within a tenant, places in the log are in the order in which events become visible: who has seen one has seen, or can
//! see, all before it. SQLite has one writer; on PostgreSQL the trigger `events_in_order` makes those who store events of
//! one tenant wait for each other until they commit. So a transaction stores its events late, after the rows it may have
//! to wait for.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::{Database, StoreError};
use crate::model::TenantId;

/// An event to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Whose it is.
    pub tenant: TenantId,
    /// `CloudEvent` `source`; with `id` it names the event, so that a repeated delivery is known.
    pub source: String,
    /// `CloudEvent` `id`.
    pub id: String,
    /// `CloudEvent` `type`, a name of the catalog.
    pub event_type: String,
    /// Store it happened in.
    pub store_id: String,
    /// The whole `CloudEvent` 1.0 in JSON.
    pub envelope: Value,
    /// 0 for events from outside; one more than its cause for events of our own actions.
    pub depth: i64,
    /// The execution whose action caused it.
    pub caused_by: Option<String>,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Place in the log.
    pub seq: i64,
    /// What was stored.
    pub event: NewEvent,
    /// When it was stored (engine time).
    pub received_at: DateTime<Utc>,
}

impl StoredEvent {
    /// The payload of the event.
    #[must_use]
    pub fn data(&self) -> &Value {
        self.event.envelope.get("data").unwrap_or(&Value::Null)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    tenant_id: TenantId,
    source: String,
    id: String,
    #[sqlx(rename = "type")]
    event_type: String,
    store_id: String,
    envelope: Json<Value>,
    depth: i64,
    caused_by: Option<String>,
    received_at: DateTime<Utc>,
}

impl From<Row> for StoredEvent {
    fn from(row: Row) -> Self {
        Self {
            seq: row.seq,
            received_at: row.received_at,
            event: NewEvent {
                tenant: row.tenant_id,
                source: row.source,
                id: row.id,
                event_type: row.event_type,
                store_id: row.store_id,
                envelope: row.envelope.0,
                depth: row.depth,
                caused_by: row.caused_by,
            },
        }
    }
}

/// The statement behind [`Database::insert_event`]; see [`insert_event_on`] for use inside a transaction.
pub(crate) const INSERT_EVENT: &str =
    "insert into events (tenant_id, source, id, type, store_id, envelope, depth, caused_by, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant_id, source, id) do nothing returning seq";

/// `insert_event_on!(&mut *tx, &event, now)`: stores an event through any executor of either database, so that a
/// connector can store the event it causes in the transaction of its effect. `Result<Option<i64>, sqlx::Error>`.
macro_rules! insert_event_on {
    ($executor:expr, $event:expr, $now:expr) => {{
        let event: &$crate::store::event_log::NewEvent = $event;
        sqlx::query_scalar::<_, i64>($crate::store::event_log::INSERT_EVENT)
            .bind(&event.tenant)
            .bind(&event.source)
            .bind(&event.id)
            .bind(&event.event_type)
            .bind(&event.store_id)
            .bind(sqlx::types::Json(&event.envelope))
            .bind(event.depth)
            .bind(&event.caused_by)
            .bind($now)
            .fetch_optional($executor)
            .await
    }};
}
pub(crate) use insert_event_on;

impl Database {
    /// Stores an event. `None`: this tenant has one with the same source and id already.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_event(&self, event: &NewEvent, now: DateTime<Utc>) -> Result<Option<i64>, StoreError> {
        Ok(with_pool!(self, pool => insert_event_on!(pool, event, now))?)
    }

    /// Events of every tenant that the router has not seen, oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_unrouted_events(&self, limit: i64) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = "select seq, tenant_id, source, id, type, store_id, envelope, depth, caused_by, received_at
                   from events where routed_at is null order by seq limit $1";
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(StoredEvent::from).collect())
    }

    /// Marks an event as seen by the router.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_event_routed(&self, seq: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
        let sql = "update events set routed_at = $2 where seq = $1 and routed_at is null";
        with_pool!(self, pool => sqlx::query(sql).bind(seq).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// One event by its source and id.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_event(
        &self,
        tenant: &TenantId,
        source: &str,
        id: &str,
    ) -> Result<Option<StoredEvent>, StoreError> {
        let sql = "select seq, tenant_id, source, id, type, store_id, envelope, depth, caused_by, received_at
                   from events where tenant_id = $1 and source = $2 and id = $3";
        let row: Option<Row> = with_pool!(self, pool =>
            sqlx::query_as(sql).bind(tenant).bind(source).bind(id).fetch_optional(pool).await)?;
        Ok(row.map(StoredEvent::from))
    }

    /// The place of a tenant's newest event; 0 when there is none. Whatever is stored from now on stands behind it.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find_last_event_seq(&self, tenant: &TenantId) -> Result<i64, StoreError> {
        let sql = "select coalesce(max(seq), 0) from events where tenant_id = $1";
        Ok(with_pool!(self, pool => sqlx::query_scalar(sql).bind(tenant).fetch_one(pool).await)?)
    }

    /// Events of one type after a place in the log, oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list_events_after(
        &self,
        tenant: &TenantId,
        event_type: &str,
        after_seq: i64,
        limit: i64,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let sql = "select seq, tenant_id, source, id, type, store_id, envelope, depth, caused_by, received_at
                   from events where tenant_id = $1 and type = $2 and seq > $3 order by seq limit $4";
        // planned for the type at hand: rare ones by their index, not by walking the log
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql).persistent(false)
            .bind(tenant).bind(event_type).bind(after_seq).bind(limit).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(StoredEvent::from).collect())
    }
}
