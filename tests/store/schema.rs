use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use auterity::store::Database;

use crate::support::TestApp;

type Schema = BTreeMap<String, BTreeSet<String>>;

/// Tables and columns after every file of `migrations/<dialect>`, read as text.
fn written(dialect: &str) -> Schema {
    let mut schema = Schema::new();
    for (_, text) in files(dialect) {
        // Comments first: there may be a semicolon in one.
        let code: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
        for statement in code.join("\n").split(';') {
            read_statement(statement, &mut schema);
        }
    }
    schema
}

fn files(dialect: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

fn read_statement(statement: &str, schema: &mut Schema) {
    let words: Vec<&str> = statement.split_whitespace().collect();
    match words.as_slice() {
        ["create", "table", name, ..] => {
            let body = &statement[statement.find('(').unwrap() + 1..statement.rfind(')').unwrap()];
            schema.insert((*name).trim_end_matches('(').to_owned(), columns(body));
        }
        ["alter", "table", name, "add", "column", column, ..] => {
            schema.get_mut(*name).unwrap().insert((*column).to_owned());
        }
        // neither changes tables or columns
        ["drop", "index", ..] | ["alter", "table", _, "alter", "column", _, "drop", "default"] => {}
        ["alter", "table", ..] | ["drop", ..] => panic!("teach this test about: {statement}"),
        _ => {}
    }
}

/// The first word of each part between commas outside parentheses, without table constraints.
fn columns(body: &str) -> BTreeSet<String> {
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for letter in body.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        parts.last_mut().unwrap().push(if letter == ',' && depth == 0 { ' ' } else { letter });
    }
    let constraint = ["primary", "unique", "foreign", "check", "constraint"];
    let first = parts.iter().filter_map(|part| part.split_whitespace().next());
    first.filter(|word| !constraint.contains(word)).map(ToOwned::to_owned).collect()
}

/// Tables and columns of a migrated database.
async fn migrated(db: &Database) -> Schema {
    let rows: Vec<(String, String)> = match db {
        Database::Sqlite(pool) => {
            let sql = "select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c
                       where m.type = 'table' and m.name not like 'sqlite_%'";
            sqlx::query_as(sql).fetch_all(pool).await.unwrap()
        }
        Database::Postgres(pool) => {
            let sql = "select table_name::text, column_name::text from information_schema.columns
                       where table_schema = 'public'";
            sqlx::query_as(sql).fetch_all(pool).await.unwrap()
        }
    };
    let mut schema = Schema::new();
    for (table, column) in rows {
        if table != "_sqlx_migrations" {
            schema.entry(table).or_default().insert(column);
        }
    }
    schema
}

#[test]
fn both_dialects_are_written_alike() {
    let (sqlite, postgres) = (files("sqlite"), files("postgres"));
    assert_eq!(sqlite.keys().collect::<Vec<_>>(), postgres.keys().collect::<Vec<_>>());
    let (sqlite, postgres) = (written("sqlite"), written("postgres"));
    assert!(sqlite.len() > 10, "the reader found {} tables", sqlite.len());
    assert_eq!(sqlite, postgres);
}

/// On SQLite, and on PostgreSQL when `TEST_DATABASE_URL` names one.
#[tokio::test]
async fn the_migrated_schema_is_the_written_one() {
    let app = TestApp::empty().await;
    assert_eq!(migrated(&app.app.state.db).await, written("sqlite"));
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let app = TestApp::empty().await;
    let before = migrated(&app.app.state.db).await;
    app.app.state.db.migrate().await.unwrap();
    assert_eq!(migrated(&app.app.state.db).await, before);
}
