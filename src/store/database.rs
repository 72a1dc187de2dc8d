//! The two databases behind one type, and the two macros through which every statement runs on either.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::StoreError;

/// A pool of either kind. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file, WAL, `synchronous=FULL`: what we acknowledge survives a power cut.
    Sqlite(SqlitePool),
    /// PostgreSQL 15 or later.
    Postgres(PgPool),
}

/// `with_pool!(self, pool => expression)`: the same expression, type-checked once per database.
macro_rules! with_pool {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::store::Database::Sqlite($pool) => $body,
            $crate::store::Database::Postgres($pool) => $body,
        }
    };
}

/// `with_tx!(self, tx => { …; Ok(value) })`: begin, run, commit; an error rolls back.
///
/// The block is an async block's body: its value is a `Result<_, StoreError>`, and `?` rolls back. SQLite begins
/// `IMMEDIATE`: a deferred read-then-write transaction fails with `SQLITE_BUSY_SNAPSHOT`, which no timeout retries.
/// Use `&mut *tx` as executor.
macro_rules! with_tx {
    ($db:expr, $tx:ident => $body:block) => {
        match $db {
            $crate::store::Database::Sqlite(pool) => {
                let mut $tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                let out = $body?;
                $tx.commit().await?;
                Ok::<_, $crate::store::StoreError>(out)
            }
            $crate::store::Database::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let out = $body?;
                $tx.commit().await?;
                Ok::<_, $crate::store::StoreError>(out)
            }
        }
    };
}

/// `push_list!(query, values)`: the values in parentheses, for `in`; for none, a list that nothing is in.
macro_rules! push_list {
    ($query:ident, $values:expr) => {{
        let mut list = $query.push("(").separated(", ");
        if $values.is_empty() {
            list.push("null");
        }
        for value in $values {
            list.push_bind(value);
        }
        $query.push(")");
    }};
}

impl Database {
    /// Connects by URL: `sqlite:path/to/file.db` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Sql`] when the database cannot be opened.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let acquire = Duration::from_secs(10);
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(acquire)
                .foreign_keys(true);
            let pool = SqlitePoolOptions::new().max_connections(8).acquire_timeout(acquire);
            Ok(Self::Sqlite(pool.connect_with(options).await?))
        } else {
            let options = PgConnectOptions::from_str(url)?;
            let pool = PgPoolOptions::new().max_connections(16).acquire_timeout(acquire);
            Ok(Self::Postgres(pool.connect_with(options).await?))
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Migration`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(pool) => sqlx::migrate!("migrations/sqlite").run(pool).await?,
            Self::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
        }
        Ok(())
    }

    /// Answers when the database answers.
    ///
    /// # Errors
    /// As any statement.
    pub async fn ping(&self) -> Result<(), StoreError> {
        with_pool!(self, pool => sqlx::query("select 1").execute(pool).await.map(drop))?;
        Ok(())
    }

    /// `sqlite` or `postgres`, for people.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}
