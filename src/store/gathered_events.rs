//! Events that wait until all of a `schedule.on.all` have come.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::event_log::{NewEvent, StoredEvent};
use super::{Database, StoreError};
use crate::model::{StoreId, TenantId, WorkflowId};

/// What belongs together: one workflow's events of one store with the same correlation values.
#[derive(Debug, Clone)]
pub struct Gathering<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Which workflow.
    pub workflow: &'a WorkflowId,
    /// Which version of it; a new version gathers anew.
    pub version: i64,
    /// Where.
    pub store: &'a StoreId,
    /// The correlation values, as JSON.
    pub key: &'a str,
}

/// A gathered event, and what it was used for.
#[derive(Debug, Clone, PartialEq)]
pub struct GatheredEvent {
    /// The event.
    pub stored: StoredEvent,
    /// The trigger id of the execution that it helped to start.
    pub taken_by: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    source: String,
    id: String,
    #[sqlx(rename = "type")]
    event_type: String,
    store_id: String,
    envelope: Json<serde_json::Value>,
    depth: i64,
    caused_by: Option<String>,
    received_at: DateTime<Utc>,
    taken_by: Option<String>,
}

const INSERT: &str = "insert into gathered_events (workflow_id, version, store_id, correlate_key, event_seq, tenant_id)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
const TAKE: &str = "update gathered_events set taken_by = $6
     where workflow_id = $1 and version = $2 and store_id = $3 and correlate_key = $4 and event_seq = $5
       and taken_by is null";
// The primary key finds the rows of a gathering; there are as many as events wait, and one per used event.
const LIST: &str = "select e.seq, e.source, e.id, e.type, e.store_id, e.envelope, e.depth, e.caused_by, e.received_at,
       g.taken_by
     from gathered_events g join events e on e.seq = g.event_seq
     where g.workflow_id = $1 and g.version = $2 and g.store_id = $3 and g.correlate_key = $4 and g.tenant_id = $5
       and e.tenant_id = $5 and e.received_at > $6
     order by e.seq";

impl Database {
    /// Puts an event to a gathering, once, and gives all of it that came after `since`, oldest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn insert_gathered_event(
        &self,
        to: &Gathering<'_>,
        seq: i64,
        since: DateTime<Utc>,
    ) -> Result<Vec<GatheredEvent>, StoreError> {
        // Two statements, not one transaction: of two processes that put an event each, one must see both.
        with_pool!(self, pool => sqlx::query(INSERT).bind(to.workflow).bind(to.version).bind(to.store).bind(to.key)
            .bind(seq).bind(to.tenant).execute(pool).await.map(drop))?;
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(LIST).bind(to.workflow).bind(to.version)
            .bind(to.store).bind(to.key).bind(to.tenant).bind(since).fetch_all(pool).await)?;
        let event = |row: Row| GatheredEvent {
            taken_by: row.taken_by,
            stored: StoredEvent {
                seq: row.seq,
                received_at: row.received_at,
                event: NewEvent {
                    tenant: to.tenant.clone(),
                    source: row.source,
                    id: row.id,
                    event_type: row.event_type,
                    store_id: row.store_id,
                    envelope: row.envelope.0,
                    depth: row.depth,
                    caused_by: row.caused_by,
                },
            },
        };
        Ok(rows.into_iter().map(event).collect())
    }

    /// Uses these events for one start, all or none; false when another process used one of them first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn take_gathered_events(
        &self,
        of: &Gathering<'_>,
        seqs: &[i64],
        taken_by: &str,
    ) -> Result<bool, StoreError> {
        with_tx!(self, tx => {
            for seq in seqs {
                let done = sqlx::query(TAKE).bind(of.workflow).bind(of.version).bind(of.store).bind(of.key).bind(seq)
                    .bind(taken_by).execute(&mut *tx).await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
            }
            Ok::<_, StoreError>(true)
        })
    }
}
