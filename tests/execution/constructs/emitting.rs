//! `emit` and `raise`.

use auterity::model::ExecutionStatus;
use serde_json::json;

use crate::lab::{Lab, Script};

#[tokio::test]
async fn an_event_of_another_vocabulary_stays_as_written() {
    let tasks = r#"
do:
  - say: { emit: { event: { with: { source: 'https://example.com/x', type: com.example.greeted, data: { hello: '${ .name }' } } } } }
"#;
    let lab = Lab::new(Script::new()).await;
    let output = lab.play(tasks, json!({ "name": "Dana" })).await.output.unwrap();
    assert_eq!(output["data"], json!({ "hello": "Dana" }));
    assert_eq!((&output["source"], &output["specversion"]), (&json!("https://example.com/x"), &json!("1.0")));
    let stored = lab.app.app.state.db.list_events_after(&lab.tenant, "com.example.greeted", 0, 9).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].event.envelope, output);
}

#[tokio::test]
async fn what_one_execution_emits_another_hears() {
    let listens = r#"
do:
  - hear:
      listen: { to: { one: { with: { type: com.example.done }, correlate: { c: { from: '${ .data.order }', expect: '${ $workflow.input.order }' } } } } }
      output: { as: '${ .[0].order }' }
"#;
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(listens, json!({ "order": 7 })).await;
    lab.waiting(&id).await;
    for order in [6, 7] {
        let emits = format!(
            "do:\n  - say: {{ emit: {{ event: {{ with: {{ source: 'https://e.com', type: com.example.done, data: {{ order: {order} }} }} }} }} }}\n"
        );
        lab.run_tasks(&emits, json!({})).await;
    }
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!(7));
}

#[tokio::test]
async fn a_reusable_error_may_have_expressions() {
    let tasks = r#"
use: { errors: { late: { type: 'https://example.com/late', status: 409, title: '${ "Late by " + (.days | tostring) }' } } }
do:
  - fail: { raise: { error: late } }
"#;
    let lab = Lab::new(Script::new()).await;
    let end = lab.play(tasks, json!({ "days": 3 })).await;
    assert_eq!(end.status, ExecutionStatus::Faulted);
    let expected =
        json!({ "type": "https://example.com/late", "status": 409, "title": "Late by 3", "instance": "/do/0/fail" });
    assert_eq!(end.error.unwrap(), expected);
}
