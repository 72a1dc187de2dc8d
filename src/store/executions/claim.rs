//! The claim of an engine: whose turn an execution is, for how long, and what happens when the engine goes silent.

use serde_json::Value;
use sqlx::types::Json;

use super::{Execution, Row};
use crate::store::{Database, StoreError};

/// The claim of due executions; the parameter is the lock clause of the dialect.
macro_rules! claim_due {
    ($lock:literal) => {
        concat!(
            "update executions set status = 'running', lease_owner = $1, lease_until = $2, epoch = epoch + 1,
               wake_at = 9223372036854775807
             where id in (select id from executions where status in ('ready', 'waiting') and wake_at <= $3
                          order by wake_at limit $4 ",
            $lock,
            ") returning ",
            columns!()
        )
    };
}

/// The claim of executions whose engine went silent.
macro_rules! claim_lost {
    ($lock:literal) => {
        concat!(
            "update executions set lease_owner = $1, lease_until = $2, epoch = epoch + 1, recoveries = recoveries + 1,
               wake_at = 9223372036854775807
             where id in (select id from executions where status = 'running' and lease_until < $3
                          order by lease_until limit $4 ",
            $lock,
            ") returning ",
            columns!()
        )
    };
}

/// Which executions a claim asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// Ready, or waiting with their moment come.
    Due,
    /// Held by an engine that went silent.
    Lost,
}

/// A claim of an engine.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which executions.
    pub kind: ClaimKind,
    /// Name of the engine.
    pub owner: String,
    /// Until when it may be silent, in ms of real time.
    pub lease_until: i64,
    /// [`ClaimKind::Due`]: now in ms of engine time; [`ClaimKind::Lost`]: now in ms of real time.
    pub now: i64,
    /// How many at most.
    pub limit: i64,
}

impl Claim {
    /// The statement of this claim. SQLite has one writer, so two claims never see the same row. PostgreSQL must skip
    /// rows that another engine is claiming at this moment, or it would wait for them and then find nothing.
    pub(in crate::store) const fn sql(&self, db: &Database) -> &'static str {
        match (db, self.kind) {
            (Database::Sqlite(_), ClaimKind::Due) => claim_due!(""),
            (Database::Sqlite(_), ClaimKind::Lost) => claim_lost!(""),
            (Database::Postgres(_), ClaimKind::Due) => claim_due!("for update skip locked"),
            (Database::Postgres(_), ClaimKind::Lost) => claim_lost!("for update skip locked"),
        }
    }
}

impl Database {
    /// Takes executions out of circulation on which engines crashed too often; returns them.
    ///
    /// # Errors
    /// As any statement.
    pub async fn park_executions(
        &self,
        max_recoveries: i64,
        real_now_ms: i64,
        error: &Value,
    ) -> Result<Vec<Execution>, StoreError> {
        let sql = concat!(
            "update executions set status = 'parked', error = $3, epoch = epoch + 1
             where status = 'running' and lease_until < $2 and recoveries >= $1 returning ",
            columns!()
        );
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(sql).bind(max_recoveries).bind(real_now_ms)
            .bind(Json(error)).fetch_all(pool).await)?;
        rows.into_iter().map(Execution::try_from).collect()
    }

    /// Says that an engine is alive: extends the leases of everything it holds.
    ///
    /// # Errors
    /// As any statement.
    pub async fn update_leases(&self, owner: &str, lease_until: i64) -> Result<(), StoreError> {
        // PostgreSQL: rows that a batch of the engine has locked are alive anyway, and waiting for them while holding
        // others could end in a deadlock with that batch.
        let sql = match self {
            Self::Sqlite(_) => "update executions set lease_until = $2 where status = 'running' and lease_owner = $1",
            Self::Postgres(_) => {
                "update executions set lease_until = $2 where id in (
                   select id from executions where status = 'running' and lease_owner = $1 for update skip locked)"
            }
        };
        with_pool!(self, pool => sqlx::query(sql).bind(owner).bind(lease_until).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Ends every lease. Only where no other engine can be alive: the executions of a killed server go on at once then,
    /// not when its leases have run out.
    ///
    /// # Errors
    /// As any statement.
    pub async fn end_all_leases(&self) -> Result<(), StoreError> {
        let sql = "update executions set lease_until = 0 where status = 'running'";
        with_pool!(self, pool => sqlx::query(sql).execute(pool).await.map(drop))?;
        Ok(())
    }
}
