//! PostgreSQL databases of a test's own, on the server that `TEST_DATABASE_URL` names.
//!
//! A database is named after the process it was made for and goes when that process has gone: a thousand tests would
//! otherwise fill the disk. A test that panics or kills itself clears nothing up, so the next one does.

use std::path::Path;
use std::time::Duration;

use sqlx::{AssertSqlSafe, PgPool};

/// A fresh, empty database, when the environment names a server.
#[expect(clippy::disallowed_methods, reason = "tests read their own switch")]
pub async fn fresh() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok()?;
    Some(create(&url, "").await)
}

/// A copy of the database at `url`, to which nobody may be connected.
pub async fn copy(url: &str) -> String {
    let (_, template) = url.rsplit_once('/').unwrap();
    create(url, &format!(" template {template}")).await
}

/// Makes a database beside the one at `url`; gives its address.
#[expect(clippy::disallowed_methods, reason = "a name for a database of the test's own")]
async fn create(url: &str, from: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    let pool = PgPool::connect(&format!("{server}/postgres")).await.unwrap();
    sweep(&pool).await;
    let name = format!("t_{}_{}", std::process::id(), uuid::Uuid::now_v7().simple());
    for attempt in 0.. {
        match sqlx::raw_sql(AssertSqlSafe(format!("create database {name}{from}"))).execute(&pool).await {
            Ok(_) => break,
            // PostgreSQL copies a template for one at a time
            Err(error) => assert!(attempt < 100, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    pool.close().await;
    format!("{server}/{name}")
}

/// Drops what processes left behind that are gone. Without `/proc` to tell, nothing is dropped.
async fn sweep(pool: &PgPool) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    let names: Vec<String> = sqlx::query_scalar("select datname from pg_database where datname ~ '^t_[0-9]+_'")
        .fetch_all(pool)
        .await
        .unwrap();
    for name in names {
        let process = name.split('_').nth(1).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            // another test may have been faster
            let gone = format!("drop database if exists {name} with (force)");
            sqlx::raw_sql(AssertSqlSafe(gone)).execute(pool).await.ok();
        }
    }
}
