//! How many three-step executions a second go through the embedded journal at concurrency 32, each acknowledged only
//! after its commit is on disk (SQLite `synchronous=FULL`), with a connector that does nothing.
//!
//! `cargo bench --bench executions -- --database-url postgres://…/db` takes a database on PostgreSQL, which should have
//! `fsync` and `synchronous_commit` on, as it has by default.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and may stop at the first surprise")]

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use auterity::app::App;
use auterity::config::Config;
use auterity::events::Topic;
use auterity::execution::connectors::{ActionCall, CallError, Connector, Outcome};
use auterity::model::{ExecutionId, StoreId, WorkflowId};
use auterity::store::executions::NewExecution;
use auterity::workflow::Definition;
use serde_json::json;
use tokio_util::sync::CancellationToken;

const CONCURRENCY: usize = 32;
const COUNT: usize = 3_200;
const THREE_STEPS: &str = "
document: { dsl: '1.0.3', namespace: bench, name: three-steps, version: 1.0.0 }
do:
  - one: { call: notify_user, with: { to: requester, message: one } }
  - two: { call: notify_user, with: { to: requester, message: two } }
  - three: { call: notify_user, with: { to: requester, message: three } }
";

struct Idle;

#[async_trait]
impl Connector for Idle {
    async fn call(&self, _: &ActionCall) -> Result<Outcome, CallError> {
        Ok(Outcome::Done(json!({ "notification_id": "n" })))
    }
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::defaults().unwrap();
    config.data.dir = folder.path().to_owned();
    if let Some(url) = std::env::args().skip_while(|argument| argument != "--database-url").nth(1) {
        config.data.database_url = url;
    }
    let app = App::build(config, true).await.unwrap();
    let tenant = app.state.db.find_tenant_by_slug("lakeside-toyota").await.unwrap().unwrap().id;
    let stop = CancellationToken::new();
    let engine = app.tasks.spawn(app.engine(Arc::new(Idle)).run(stop.clone()));
    let definition = Definition::from_yaml(THREE_STEPS).unwrap();
    let digest = definition.digest().unwrap();

    let began = Instant::now();
    let clients = (0..CONCURRENCY).map(|_| async {
        let mut took = Vec::with_capacity(COUNT / CONCURRENCY);
        for _ in 0..COUNT / CONCURRENCY {
            let id = ExecutionId::generate();
            let mut inbox = app.state.events.subscribe(Topic::Execution(id.clone()));
            let new = NewExecution {
                id: id.clone(),
                tenant: tenant.clone(),
                store: "lakeside-main".parse::<StoreId>().unwrap(),
                workflow: WorkflowId::generate(),
                version: 1,
                digest: digest.clone(),
                definition: definition.clone(),
                trigger_source: "bench".to_owned(),
                trigger_id: id.to_string(),
                requested_by: None,
                depth: 0,
                start_seq: 0,
                input: json!({}),
                now: app.state.clock.now(),
            };
            let begun = Instant::now();
            app.state.execution.start(new).await.unwrap();
            inbox.next().await;
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        took
    });
    let mut took: Vec<f64> = futures::future::join_all(clients).await.concat();
    let seconds = began.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    println!(
        "{}: three-step executions, {CONCURRENCY} at a time  {:.0}/s  (p50 {:.1} ms, p95 {:.1} ms, n={})",
        app.state.db.kind(),
        took.len() as f64 / seconds,
        at(50),
        at(95),
        took.len()
    );
    stop.cancel();
    drop(engine.await);
}
