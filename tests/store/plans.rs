//! Every statement the application sends finds its rows by an index, and every index serves a statement.
//!
//! The statements are those that a tour through the product really sends, so none can be forgotten by being written
//! somewhere else. Their plans are asked for with unknown values, on tables that hold rows of several dealer groups.

use std::collections::{BTreeMap, BTreeSet};

use auterity::model::{TenantId, UserId};
use auterity::store::Database;
use serde_json::Value;
use sqlx::Row;

use crate::support::TestApp;
use crate::{recorder, tour, volume};

/// Tables that belong to no dealer group and stay small: read as a whole.
const SMALL: [&str; 4] = ["tenants", "signing_keys", "engine_clock", "clock_skips"];
/// Indexes that hold only what is under way: reading all of one reads what there is to do.
const UNDER_WAY: [&str; 9] = [
    "events_unrouted",
    "runs_open",
    "runs_one_open",
    "executions_due",
    "executions_leased",
    "executions_by_owner",
    "executions_unfinished",
    "outbox_held",
    "workflows_paused",
];

/// A way in which a plan reads rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Access {
    table: String,
    index: Option<String>,
    /// Whether a value leads to the rows, instead of reading all.
    narrowed: bool,
}

impl Access {
    fn is_fine(&self) -> bool {
        let under_way = self.index.as_deref().is_some_and(|index| UNDER_WAY.contains(&index));
        self.narrowed || under_way || SMALL.contains(&self.table.as_str())
    }
}

/// Only these have a plan.
fn is_planned(sql: &str) -> bool {
    ["select", "insert", "update", "delete", "with"].iter().any(|verb| sql.starts_with(verb))
}

async fn sqlite_plan(pool: &sqlx::SqlitePool, sql: &str) -> Vec<Access> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!("explain query plan {sql}"))).fetch_all(pool).await.unwrap();
    let mut accesses = Vec::new();
    for row in rows {
        let detail: String = row.get("detail");
        let mut words = detail.split_whitespace();
        let narrowed = match words.next() {
            Some("SEARCH") => true,
            Some("SCAN") => false,
            _ => continue,
        };
        let name = words.next().unwrap_or_default();
        let index = detail.split_once(" INDEX ").map(|(_, rest)| rest.split(' ').next().unwrap_or_default().to_owned());
        if name != "CONSTANT" && !name.starts_with('(') {
            accesses.push(Access { table: table_of(sql, name), index, narrowed });
        }
    }
    accesses
}

/// The table behind the name a statement gives it: `from executions e`.
fn table_of(sql: &str, alias: &str) -> String {
    let words: Vec<&str> = sql.split([' ', ',', '(', ')']).filter(|word| !word.is_empty()).collect();
    let named = words.windows(3).find(|part| ["from", "join"].contains(&part[0]) && part[2] == alias);
    named.map_or(alias, |part| part[1]).to_owned()
}

async fn postgres_plan(pool: &sqlx::PgPool, sql: &str) -> Vec<Access> {
    let values = (1..40).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or(0);
    let arguments = if values == 0 { String::new() } else { format!("({})", vec!["null"; values].join(", ")) };
    let mut connection = pool.acquire().await.unwrap();
    // a plan for unknown values, on tables that are too small to be worth an index
    let settings = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_sort = on;";
    sqlx::raw_sql(settings).execute(&mut *connection).await.unwrap();
    let prepared =
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("prepare asked as {sql}"))).execute(&mut *connection).await;
    prepared.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let explain = format!("explain (format json) execute asked{arguments}");
    let plan: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(explain)).fetch_one(&mut *connection).await.unwrap();
    sqlx::raw_sql("deallocate asked").execute(&mut *connection).await.unwrap();
    let mut accesses = Vec::new();
    collect(&plan[0]["Plan"], &mut accesses);
    accesses
}

fn collect(node: &Value, accesses: &mut Vec<Access>) {
    let text = |name: &str| node[name].as_str().map(str::to_owned);
    match node["Node Type"].as_str().unwrap_or_default() {
        "Seq Scan" => accesses.push(Access { table: text("Relation Name").unwrap(), index: None, narrowed: false }),
        "Index Scan" | "Index Only Scan" => accesses.push(Access {
            table: text("Relation Name").unwrap(),
            index: text("Index Name"),
            narrowed: node.get("Index Cond").is_some(),
        }),
        "Bitmap Index Scan" => accesses.push(Access {
            table: String::new(),
            index: text("Index Name"),
            narrowed: node.get("Index Cond").is_some(),
        }),
        _ => {}
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        collect(child, accesses);
    }
}

async fn plan(db: &Database, sql: &str) -> Vec<Access> {
    match db {
        Database::Sqlite(pool) => sqlite_plan(pool, sql).await,
        Database::Postgres(pool) => postgres_plan(pool, sql).await,
    }
}

/// Indexes that were made by name; keys and uniqueness are rules of the tables, whether or not a statement uses them.
async fn indexes(db: &Database) -> BTreeSet<String> {
    let rows: Vec<String> = match db {
        Database::Sqlite(pool) => {
            let sql = "select name from sqlite_master where type = 'index' and sql is not null
                       and sql not like 'CREATE UNIQUE%'";
            sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
        }
        Database::Postgres(pool) => {
            let sql = "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
                       where c.relnamespace = 'public'::regnamespace and not i.indisunique";
            sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
        }
    };
    rows.into_iter().collect()
}

/// The columns of an index, in order.
async fn columns(db: &Database, index: &str) -> Vec<String> {
    match db {
        Database::Sqlite(pool) => {
            let sql = "select name from pragma_index_info($1) order by seqno";
            sqlx::query_scalar(sql).bind(index).fetch_all(pool).await.unwrap()
        }
        Database::Postgres(pool) => {
            let sql = "select attname::text from pg_attribute where attrelid = $1::text::regclass order by attnum";
            sqlx::query_scalar(sql).bind(index).fetch_all(pool).await.unwrap()
        }
    }
}

/// Lists that may be asked for by several filters at once, and the column of each filter.
const COMBINED: [(&str, &[&str]); 2] = [
    ("executions", &["workflow_id", "status", "store_id"]),
    ("outbox", &["workflow_id", "status", "channel", "store_id"]),
];

#[tokio::test]
async fn what_does_not_fit_a_second_filter_is_passed_over_in_the_index_of_the_first() {
    let app = TestApp::demo().await;
    let db = &app.app.state.db;
    for (table, filters) in COMBINED {
        for filter in filters {
            let index = format!("{table}_by_{}", filter.trim_end_matches("_id"));
            let columns = columns(db, &index).await;
            assert_eq!(columns[..3], ["tenant_id", filter, "id"], "{index}");
            let held: BTreeSet<&str> = columns[2..].iter().map(String::as_str).collect();
            let others = filters.iter().filter(|other| *other != filter);
            assert!(others.clone().all(|other| held.contains(other)), "{index} holds {columns:?}");
        }
    }
}

/// Fields by which records are looked up, and the index of each.
const LOOKED_UP: [(&str, &str); 8] = [
    ("customer_id", "records_by_customer"),
    ("email", "records_by_email"),
    ("phone", "records_by_phone"),
    ("mobile", "records_by_mobile"),
    ("stock", "records_by_stock"),
    ("vin", "records_by_vin"),
    ("part_number", "records_by_part"),
    ("address", "records_by_address"),
];

#[tokio::test]
async fn records_are_found_by_the_index_of_the_field_that_a_filter_names() {
    let app = TestApp::demo().await;
    let alex = app.principal("alex@lakeside.example").await;
    volume::fill(&app.app.state.db, &alex.tenant, &alex.user, 600).await;
    volume::run(&app.app.state.db, "analyze").await;
    let token = app.token("alex@lakeside.example").await;
    for (field, index) in LOOKED_UP {
        recorder::start();
        let path = format!("/v1/records/customer?limit=3&filter=%7B%22{field}%22%3A%22c599%22%7D");
        assert_eq!(app.send("GET", &path, Some(&token), None).await.status, 200);
        let sent: Vec<String> = recorder::take().into_iter().filter(|sql| sql.contains("from records")).collect();
        assert_eq!(sent.len(), 1, "{sent:?}");
        let accesses = plan(&app.app.state.db, &sent[0]).await;
        let used: Vec<&str> = accesses.iter().filter_map(|access| access.index.as_deref()).collect();
        assert_eq!(used, [index], "{}", sent[0]);
    }
}

#[tokio::test]
async fn statements_use_indexes_and_indexes_are_used() {
    let app = TestApp::demo().await;
    recorder::start();
    tour::take(&app).await;
    let statements: BTreeSet<String> = recorder::take().into_iter().filter(|sql| is_planned(sql)).collect();
    assert!(statements.len() > 100, "the tour sent {} different statements", statements.len());

    let db = &app.app.state.db;
    let alex = app.principal("alex@lakeside.example").await;
    volume::fill(db, &alex.tenant, &alex.user, 400).await;
    for other in ["one", "two"] {
        let (tenant, user) = (TenantId::derive(other), UserId::derive(other));
        let owner = format!(
            "insert into tenants (id, slug, name, created_at) values ('{tenant}', '{other}', 'N', '2026-01-01T00:00:00Z');
             insert into users (id, tenant_id, email, name, password_hash, role, job_roles, teams, stores, active,
             created_at) values ('{user}', '{tenant}', '{other}@example.com', 'N', 'x', 'user', '[]', '[]', '[]', true,
             '2026-01-01T00:00:00Z');"
        );
        volume::run(db, &owner).await;
        volume::fill(db, &tenant, &user, 400).await;
    }
    volume::run(db, "analyze").await;

    let mut wrong = Vec::new();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sql in &statements {
        for access in plan(db, sql).await {
            if !access.is_fine() {
                wrong.push(format!("{} is read as a whole ({:?}): {sql}", access.table, access.index));
            }
            if let Some(index) = access.index {
                uses.entry(index).or_default().insert(sql.clone());
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} statements\n{}", wrong.len(), statements.len(), wrong.join("\n"));

    let book = include_str!("../../migrations/README.md");
    let indexes = indexes(db).await;
    let unexplained: Vec<&String> = indexes.iter().filter(|index| !book.contains(&format!("`{index}`"))).collect();
    let explained = book.lines().filter_map(|line| line.strip_prefix('`')?.split_once("`:"));
    let gone: Vec<&str> = explained.map(|(index, _)| index).filter(|index| !indexes.contains(*index)).collect();
    assert!(gone.is_empty(), "migrations/README.md explains indexes that are not there: {gone:?}");
    assert!(unexplained.is_empty(), "migrations/README.md says nothing about {unexplained:?}; used by: {uses:#?}");
}
