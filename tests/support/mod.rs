//! What every integration test starts from: the whole application on a fresh database, driven through its router.
//!
//! SQLite in a temporary folder by default; with `TEST_DATABASE_URL` (a server where databases may be made) a fresh
//! PostgreSQL database per test.
#![allow(dead_code, reason = "each test binary uses its own part")]

mod fixture;
pub mod postgres;

use std::sync::Arc;

use auterity::app::App;
use auterity::auth::Principal;
use auterity::config::Config;
use auterity::model::{Clock, ManualClock};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

/// The application under test.
pub struct TestApp {
    pub app: App,
    pub router: Router,
    pub clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

/// A text to a new internet lead, then a word to the sales manager after ten minutes of silence.
pub const SPEED_TO_LEAD: &str = include_str!("../fixtures/workflows/speed-to-lead.yaml");
/// A Tuesday morning in Texas: 2026-03-10 15:00 UTC is 10:00 in Chicago's zone.
pub const TUESDAY_10_AM: &str = "2026-03-10T15:00:00Z";

impl TestApp {
    /// Demo data, clock at [`TUESDAY_10_AM`]. The engine does not run unless the test starts it.
    pub async fn demo() -> Self {
        Self::build(true).await
    }

    /// An empty installation.
    pub async fn empty() -> Self {
        Self::build(false).await
    }

    /// Demo data and settings of the test's own.
    pub async fn demo_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::build_with(true, change).await
    }

    async fn build(demo: bool) -> Self {
        Self::build_with(demo, |_| ()).await
    }

    async fn build_with(demo: bool, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::defaults().unwrap();
        config.data.dir = folder.path().to_owned();
        // the clock stands still, so a burst would never come back; tests of the limits turn them on
        config.limits.enabled = false;
        if let Some(url) = postgres::fresh().await {
            config.data.database_url = url;
        }
        change(&mut config);
        let clock = Arc::new(ManualClock::new(TUESDAY_10_AM.parse().unwrap()));
        let app = App::build_with_clock(config, demo, clock.clone() as Arc<dyn Clock>).await.unwrap();
        fixture::signing_key(&app).await;
        if demo {
            fixture::accounts(&app).await;
        }
        let router = auterity::http::router(app.state.clone());
        Self { app, router, clock, _folder: folder }
    }

    /// An access token of a demo user: `sam@`, `maria@`, `grace@` or `alex@lakeside.example`.
    pub async fn token(&self, email: &str) -> String {
        let found = self.app.state.db.find_credentials(email).await.unwrap();
        self.app.state.auth.issue_for(&found.unwrap().user).await.unwrap()
    }

    /// The principal of a demo user, for calling services directly.
    pub async fn principal(&self, email: &str) -> Principal {
        let found = self.app.state.db.find_credentials(email).await.unwrap();
        Principal::of(&found.unwrap().user)
    }

    /// Sends one request; `token` is an access token.
    pub async fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        self.raw(request.body(body).unwrap()).await
    }

    /// Sends a request built by hand.
    pub async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let headers = response.headers().clone();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON; `null` when it is not.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The `code` of a problem document.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}
