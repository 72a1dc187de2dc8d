//! What can go wrong with rows.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with the same key is there already.
    #[error("a row with this key exists")]
    NotUnique(#[source] sqlx::Error),
    /// A row is impossible: a value in it cannot be read.
    #[error("{table}.{column} holds a value that cannot be read")]
    Inconsistent {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
    },
    /// The row changed since it was read, or is not in the state the change needs.
    #[error("the row changed in the meantime")]
    Stale,
    /// A definition or detail could not be written as JSON.
    #[error("a value could not be written as JSON")]
    Json(#[from] serde_json::Error),
    /// The database cannot be reached in time.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// Schema migration failed.
    #[error("the schema could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else.
    #[error("the database refused a statement")]
    Sql(#[source] sqlx::Error),
}

impl StoreError {
    /// The database is away, as another statement found.
    #[must_use]
    pub const fn away() -> Self {
        Self::Unavailable(sqlx::Error::PoolTimedOut)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let unique = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        let away = matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed);
        if unique {
            Self::NotUnique(error)
        } else if away {
            Self::Unavailable(error)
        } else {
            Self::Sql(error)
        }
    }
}
