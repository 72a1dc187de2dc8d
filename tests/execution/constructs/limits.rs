//! `timeout` on blocks and on the workflow, inline and by name.

use std::time::Duration;

use auterity::model::ExecutionStatus;
use chrono::TimeDelta;
use serde_json::json;

use crate::lab::{Lab, Script};

const TIMEOUT: &str = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";

#[tokio::test]
async fn the_workflow_has_a_limit() {
    for timeout in ["timeout: { after: PT1H }", "use: { timeouts: { hour: { after: { hours: 1 } } } }\ntimeout: hour"] {
        let lab = Lab::new(Script::new()).await;
        let began = lab.app.app.state.execution.clock().now();
        let tasks = format!("{timeout}\ndo:\n  - rest: {{ wait: PT2H }}\n");
        let end = lab.play(&tasks, json!({})).await;
        assert_eq!(end.status, ExecutionStatus::Faulted, "{timeout}");
        assert_eq!(end.error.unwrap()["type"], TIMEOUT);
        assert_eq!((end.finished_at.unwrap() - began).num_minutes(), 60);
    }
}

#[tokio::test]
async fn every_kind_of_block_can_have_a_limit() {
    for block in [
        "do: [ { rest: { wait: PT2H } } ]",
        "wait: PT2H",
        "for: { in: '${ [1, 2, 3, 4] }' }\n            do: [ { rest: { wait: PT20M } } ]",
        "fork: { branches: [ { a: { wait: PT2H } }, { b: { wait: PT1M } } ] }",
        "fork: { compete: true, branches: [ { a: { wait: PT2H } }, { b: { wait: PT3H } } ] }",
        "try: [ { rest: { wait: PT2H } } ]\n            catch: { errors: { with: { status: 999 } } }",
        "listen: { to: { one: { with: { type: a.b }, correlate: { c: { from: '${ .data.k }', expect: '${ 1 }' } } } } }",
    ] {
        let tasks = format!(
            r#"
use: {{ timeouts: {{ half: {{ after: PT30M }} }} }}
do:
  - guarded:
      try:
        - block:
            {block}
            timeout: half
      catch:
        errors: {{ with: {{ type: '{TIMEOUT}' }} }}
        do: [ {{ note: {{ set: {{ at: '${{ $error.instance }}' }} }} }} ]
"#
        );
        let lab = Lab::new(Script::new()).await;
        let end = lab.play(&tasks, json!({})).await;
        assert_eq!(end.output, Some(json!({ "at": "/do/0/guarded/try/0/block" })), "{block}: {:?}", end.error);
    }
}

#[tokio::test]
async fn a_name_that_is_not_there_says_so() {
    let lab = Lab::new(Script::new()).await;
    let end = lab.play("do:\n  - rest: { wait: PT1M, timeout: nowhere }\n", json!({})).await;
    assert_eq!(end.error.unwrap()["title"], "`timeout` names no limit");
}

/// The server was down while both the wait and the limit around it ran out: the call behind the wait would begin after
/// the limit, so it does not begin.
#[tokio::test]
async fn no_effect_begins_after_its_limit() {
    let tasks = r#"
do:
  - guarded:
      try:
        - block:
            timeout: { after: PT30M }
            do:
              - rest: { wait: PT10M }
              - tell: { call: notify_user, with: { to: requester, message: late } }
      catch:
        do: [ { note: { set: { status: '${ $error.status }' } } } ]
"#;
    let lab = Lab::new(Script::new()).await;
    let engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    lab.waiting(&id).await;
    engine.crash().await;
    lab.skip(TimeDelta::hours(3)).await;
    let _engine = lab.engine();
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!({ "status": 408 }));
    assert!(lab.script.calls().is_empty());
}

/// A call that does not answer is cut off by its limit, and the flow goes on.
#[tokio::test]
async fn a_limit_cuts_off_a_call_that_does_not_answer() {
    let tasks = r#"
do:
  - guarded:
      try: [ { tell: { call: notify_user, with: { to: requester, message: hello }, timeout: { after: PT1S } } } ]
      catch:
        do: [ { note: { set: { status: '${ $error.status }' } } } ]
"#;
    let script = Script::new();
    *script.pause.lock().unwrap() = Duration::from_secs(30);
    let lab = Lab::new(script).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    lab.until(&id, |_| !lab.script.calls().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    lab.app.clock.advance(TimeDelta::seconds(2));
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!({ "status": 408 }));
}
