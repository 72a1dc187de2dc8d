//! Executions that several engines share, and what becomes of them when one is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use auterity::app::App;
use auterity::model::{ExecutionId, ExecutionStatus, PageRequest, TenantId, UserId, WorkflowId};
use auterity::store::executions::NewExecution;
use auterity::store::outbox::OutboxFilter;
use auterity::store::{Database, OutboxEntry};
use auterity::workflow::Definition;
use serde_json::json;

use crate::servers::{Installation, Redis};

const COUNT: usize = 60;
const THREE_NOTICES: &str = "
document: { dsl: '1.0.3', namespace: lakeside-toyota, name: three-notices, version: 1.0.0, title: Three notices }
do:
  - one: { call: notify_user, with: { to: requester, message: one } }
  - pause: { wait: PT2S }
  - two: { call: notify_user, with: { to: requester, message: two } }
  - rest: { wait: PT1S }
  - three: { call: notify_user, with: { to: requester, message: three } }
";

async fn tenant(app: &App) -> TenantId {
    app.state.db.find_tenant_by_slug("lakeside-toyota").await.unwrap().unwrap().id
}

async fn start(app: &App, count: usize) -> Vec<ExecutionId> {
    let tenant = tenant(app).await;
    let sam: UserId = app.state.db.find_credentials("sam@lakeside.example").await.unwrap().unwrap().user.id;
    let definition = Definition::from_yaml(THREE_NOTICES).unwrap();
    let mut started = Vec::new();
    for _ in 0..count {
        let id = ExecutionId::generate();
        let new = NewExecution {
            id: id.clone(),
            tenant: tenant.clone(),
            store: "lakeside-main".parse().unwrap(),
            workflow: WorkflowId::generate(),
            version: 1,
            digest: definition.digest().unwrap(),
            definition: definition.clone(),
            trigger_source: "manual".to_owned(),
            trigger_id: id.to_string(),
            requested_by: Some(sam.clone()),
            depth: 0,
            start_seq: 0,
            input: json!({}),
            now: app.state.execution.clock().now(),
        };
        assert!(app.state.execution.start(new).await.unwrap());
        started.push(id);
    }
    started
}

/// Engines that hold something at this moment.
async fn holders(db: &Database) -> Vec<String> {
    let Database::Postgres(pool) = db else { panic!("PostgreSQL is meant") };
    let sql = "select distinct lease_owner from executions where status = 'running' and lease_owner is not null";
    sqlx::query_scalar(sql).fetch_all(pool).await.unwrap()
}

async fn done(app: &App, started: &[ExecutionId]) -> usize {
    let tenant = tenant(app).await;
    let mut done = 0;
    for id in started {
        let execution = app.state.db.find_execution(&tenant, id).await.unwrap().unwrap();
        match execution.status {
            ExecutionStatus::Completed => done += 1,
            ExecutionStatus::Faulted | ExecutionStatus::Cancelled | ExecutionStatus::Parked => {
                panic!("{:?}", execution.error);
            }
            ExecutionStatus::Ready | ExecutionStatus::Running | ExecutionStatus::Waiting => {}
        }
    }
    done
}

/// Waits until all are done; the engines that were seen at work.
async fn finish(app: &App, started: &[ExecutionId]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for _ in 0..1200 {
        seen.extend(holders(&app.state.db).await);
        if done(app, started).await == started.len() {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{} of {} are done", done(app, started).await, started.len());
}

/// Every execution put out each of its notices, and none of them twice.
async fn assert_each_once(app: &App, started: &[ExecutionId]) {
    let tenant = tenant(app).await;
    for id in started {
        let its = OutboxFilter { execution: Some(id.clone()), ..OutboxFilter::default() };
        let page = app.state.db.list_outbox(&tenant, &its, &PageRequest::largest()).await.unwrap();
        let mut put_out: BTreeMap<String, usize> = BTreeMap::new();
        for OutboxEntry { body, .. } in page.items {
            *put_out.entry(body).or_default() += 1;
        }
        let expected = ["one", "three", "two"].map(|text| (text.to_owned(), 1));
        assert_eq!(put_out, BTreeMap::from(expected), "{id}");
        let journal = app.state.db.list_journal(&tenant, id).await.unwrap();
        assert_eq!(journal.iter().filter(|entry| entry.kind == "step").count(), 3);
    }
}

#[tokio::test]
async fn two_servers_share_the_executions_and_do_each_step_once() {
    let Some(shared) = Installation::new(Vec::new()).await else { return };
    let _servers = (shared.serve(), shared.serve());
    let started = start(&shared.app, COUNT).await;
    let seen = finish(&shared.app, &started).await;
    assert_eq!(seen.len(), 2, "both engines were at work");
    assert_each_once(&shared.app, &started).await;
}

/// One of two servers is killed in the middle; the other finishes everything.
async fn survive_a_kill(settings: Vec<(&'static str, String)>) {
    let Some(shared) = Installation::new(settings).await else { return };
    let (mut one, _two) = (shared.serve(), shared.serve());
    let started = start(&shared.app, COUNT).await;
    let tenant = tenant(&shared.app).await;
    // in the middle: some have put out their first notice, none is done
    for _ in 0..1000 {
        if shared
            .app
            .state
            .db
            .list_outbox(&tenant, &OutboxFilter::default(), &PageRequest::default())
            .await
            .unwrap()
            .items
            .len()
            > 5
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    one.kill();
    assert_eq!(done(&shared.app, &started).await, 0, "it was the middle");
    finish(&shared.app, &started).await;
    assert_each_once(&shared.app, &started).await;
}

#[tokio::test]
async fn a_killed_server_loses_nothing_through_the_store() {
    survive_a_kill(Vec::new()).await;
}

#[tokio::test]
async fn a_killed_server_loses_nothing_with_redis() {
    let redis = Redis::start();
    survive_a_kill(vec![("REDIS_URL", redis.url())]).await;
}

#[tokio::test]
async fn a_redis_that_dies_stops_no_execution() {
    let mut redis = Redis::start();
    let Some(shared) = Installation::new(vec![("REDIS_URL", redis.url())]).await else { return };
    let _servers = (shared.serve(), shared.serve());
    let started = start(&shared.app, COUNT).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    redis.kill();
    finish(&shared.app, &started).await;
    assert_each_once(&shared.app, &started).await;
}
