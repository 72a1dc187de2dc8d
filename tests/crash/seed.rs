//! The data every case starts from: made once, copied for each.

use std::path::{Path, PathBuf};
use std::process::Command;

use auterity::model::{Clock, SystemClock};
use auterity::store::Database;
use chrono::{DateTime, Datelike, Duration, TimeZone, Utc, Weekday};
use serde_json::{Value, json};

use crate::support::{TestApp, postgres};

/// A workflow that passes every kind of boundary: a text that is held overnight, two branches, a reply, a wait, a ping.
const WORKFLOW: &str = include_str!("workflow.yaml");

pub struct Seed {
    folder: tempfile::TempDir,
    /// The PostgreSQL database to copy, when there is one.
    url: Option<String>,
    pub sam: String,
    pub maria: String,
    /// A language model that the servers ask, instead of the built-in planner.
    pub model: Option<String>,
}

/// A place of a server's own.
pub struct Place {
    folder: tempfile::TempDir,
    pub url: String,
    pub model: Option<String>,
}

impl Place {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The rows, for looking at what became of them.
    pub async fn open(&self) -> Database {
        Database::connect(&self.url).await.unwrap()
    }
}

impl Seed {
    /// The sample dealership with one approved workflow; the engine's clock shows a Tuesday at half past ten in the
    /// evening, so the first text waits for the morning.
    pub async fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = TestApp::demo_with(|config| config.data.dir = folder.path().to_owned()).await;
        let now = SystemClock.now();
        app.clock.set(now);
        let (sam, maria) = (app.token("sam@lakeside.example").await, app.token("maria@lakeside.example").await);
        approve(&app, &sam, &maria).await;
        let state = &app.app.state;
        state.db.update_clock_offset((tuesday_night(now) - now).num_milliseconds()).await.unwrap();
        let url = (state.db.kind() == "postgres").then(|| state.config.data.database_url.clone());
        let db = state.db.clone();
        drop(app);
        match db {
            Database::Sqlite(pool) => pool.close().await,
            Database::Postgres(pool) => pool.close().await,
        }
        Self { folder, url, sam, maria, model: None }
    }

    /// A copy.
    pub async fn copy(&self) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let from = format!("{}/.", self.folder.path().display());
        let copied = Command::new("cp").args(["-a", "--sparse=always", &from]).arg(folder.path()).status().unwrap();
        assert!(copied.success());
        let url = match &self.url {
            None => format!("sqlite:{}", folder.path().join("auterity.db").display()),
            Some(seed) => postgres::copy(seed).await,
        };
        Place { folder, url, model: self.model.clone() }
    }
}

async fn approve(app: &TestApp, sam: &str, maria: &str) {
    let definition: Value = auterity::workflow::Definition::from_yaml(WORKFLOW).unwrap().into_raw();
    let draft = app.send("POST", "/v1/drafts", Some(sam), Some(json!({ "definition": definition }))).await;
    assert_eq!(draft.status, 201, "{}", draft.text);
    let draft = draft.json();
    let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
    let body = json!({ "revision": draft["revision"], "digest": draft["digest"] });
    let request = app.send("POST", &path, Some(sam), Some(body)).await;
    assert_eq!(request.status, 201, "{}", request.text);
    let path = format!("/v1/approvals/{}/decision", request.json()["id"].as_str().unwrap());
    let body = json!({ "decision": "approved", "digest": draft["digest"] });
    let decided = app.send("POST", &path, Some(maria), Some(body)).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
}

/// The next Tuesday, 22:30 in the sample dealership's zone.
fn tuesday_night(now: DateTime<Utc>) -> DateTime<Utc> {
    let zone = chrono_tz::America::Chicago;
    let mut day = now.with_timezone(&zone).date_naive() + Duration::days(1);
    while day.weekday() != Weekday::Tue {
        day += Duration::days(1);
    }
    zone.from_local_datetime(&day.and_hms_opt(22, 30, 0).unwrap()).unwrap().with_timezone(&Utc)
}
