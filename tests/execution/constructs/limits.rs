//! `timeout` on blocks and on the workflow, inline and by name.

use auterity::model::ExecutionStatus;
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
