//! `kill -9` on the real binary in the middle of a wait: the next one finishes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use auterity::app::App;
use auterity::config::Config;
use auterity::model::{ExecutionId, ExecutionStatus, SystemClock, WorkflowId};
use auterity::store::executions::{Execution, NewExecution};
use auterity::workflow::Definition;
use serde_json::json;

const TASKS: &str =
    "do:\n  - first: { set: { first: done } }\n  - rest: { wait: PT4S }\n  - last: { set: { last: done } }\n";

fn serve(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_auterity"))
        .args(["serve", "--demo"])
        .env("AUTERITY_DATA__DIR", folder)
        .env("AUTERITY_SERVER__BIND", "127.0.0.1:0")
        .env_remove("DATABASE_URL")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn until(app: &App, new: &NewExecution, wanted: ExecutionStatus) -> Execution {
    for _ in 0..3000 {
        let found = app.state.db.find_execution(&new.tenant, &new.id).await.unwrap().unwrap();
        if found.status == wanted {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never became {wanted:?}");
}

#[tokio::test]
async fn a_killed_server_finishes_its_waits_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::defaults().unwrap();
    config.data.dir = folder.path().to_owned();
    let app = App::build_with_clock(config, true, Arc::new(SystemClock)).await.unwrap();
    let tenant = app.state.db.find_tenant_by_slug("lakeside-toyota").await.unwrap().unwrap().id;
    let definition = Definition::from_yaml(&crate::lab::document(TASKS)).unwrap();
    let id = ExecutionId::generate();
    let new = NewExecution {
        id: id.clone(),
        tenant,
        store: "lakeside-main".parse().unwrap(),
        workflow: WorkflowId::generate(),
        version: 1,
        digest: definition.digest().unwrap(),
        definition,
        trigger_source: "manual".to_owned(),
        trigger_id: id.to_string(),
        requested_by: None,
        depth: 0,
        start_seq: 0,
        input: json!({}),
        now: app.state.execution.clock().now(),
    };
    assert!(app.state.execution.start(new.clone()).await.unwrap());
    let mut first = serve(folder.path());
    let waiting = until(&app, &new, ExecutionStatus::Waiting).await;
    first.kill().unwrap(); // SIGKILL
    first.wait().unwrap();
    let mut second = serve(folder.path());
    let done = until(&app, &new, ExecutionStatus::Completed).await;
    second.kill().unwrap();
    second.wait().unwrap();
    assert_eq!(done.output.unwrap(), json!({ "last": "done" }));
    let took = done.finished_at.unwrap() - done.started_at;
    assert!(took.num_seconds() >= 4, "the wait was kept: {took}");
    let journal = app.state.db.list_journal(&new.tenant, &new.id).await.unwrap();
    let timers: Vec<_> = journal.iter().filter(|entry| entry.kind == "timer").collect();
    assert_eq!(timers.len(), 1, "its moment was computed once");
    assert_eq!(timers[0].recorded_at, journal[0].recorded_at);
    assert!(waiting.wake_at > 0);
}
