//! `fork`: losers of a race leave nothing behind.

use std::time::Duration;

use auterity::execution::connectors::Outcome;
use auterity::model::ExecutionStatus;
use serde_json::json;

use crate::lab::{Lab, Script};

const RACE: &str = r#"
do:
  - race:
      fork:
        compete: true
        branches:
          - remind:
              do:
                - rest: { wait: P3D }
                - text: { call: send_sms, with: { customer_id: cust-dana-whitfield, purpose: informational, body: Hi } }
          - reply:
              listen:
                to: { one: { with: { type: record.touched }, correlate: { c: { from: '${ .data.key }', expect: '${ $workflow.input.key }' } } } }
          - other:
              listen:
                to: { one: { with: { type: record.closed }, correlate: { c: { from: '${ .data.key }', expect: '${ $workflow.input.key }' } } } }
              timeout: { after: P2D }
  - rest: { wait: P30D }
"#;

#[tokio::test]
async fn losers_lose_their_timers_and_subscriptions() {
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(RACE, json!({ "key": "k" })).await;
    let db = &lab.app.app.state.db;
    lab.waiting(&id).await;
    for event in ["record.touched", "record.closed"] {
        assert_eq!(db.list_correlations(&lab.tenant, event).await.unwrap().len(), 1, "{event}");
    }
    lab.event("won", "record.touched", json!({ "key": "k" })).await;
    lab.until(&id, |e| e.progress["path"] == "/do/1/rest" && e.status == ExecutionStatus::Waiting).await;
    for event in ["record.touched", "record.closed"] {
        assert!(db.list_correlations(&lab.tenant, event).await.unwrap().is_empty(), "{event}");
    }
    let end = lab.play_on(&id).await;
    assert_eq!(end.status, ExecutionStatus::Completed);
    assert!(lab.script.calls().is_empty());
}

#[tokio::test]
async fn an_effect_of_a_loser_never_starts_after_the_race_is_decided() {
    // The winner's call answers at once; the losers are on their way to theirs at the same moment.
    let branches: String = (0..12)
        .map(|n| {
            format!(
                "          - b{n}:\n              do:\n                - first{n}: {{ set: {{ n: {n} }} }}\n                \
                 - look{n}: {{ call: add_note, with: {{ entity: lead, id: 'l{n}', text: look }} }}\n                \
                 - act{n}: {{ call: notify_user, with: {{ to: requester, message: 'm{n}' }} }}\n"
            )
        })
        .collect();
    let tasks = format!(
        "do:\n  - race:\n      fork:\n        compete: true\n        branches:\n{branches}  - after: {{ wait: PT1M }}\n"
    );
    let script = Script::answering(|_, _| Ok(Outcome::Done(json!({}))));
    *script.pause.lock().unwrap() = Duration::from_millis(20);
    let lab = Lab::new(script).await;
    let end = lab.play(&tasks, json!({})).await;
    assert_eq!(end.status, ExecutionStatus::Completed, "{:?}", end.error);
    let steps = lab.lines(&end.id, "step").await;
    assert_eq!(lab.script.calls().len(), steps.len(), "a call under way ends and is recorded");
}

#[tokio::test]
async fn an_error_in_one_branch_ends_the_others() {
    let tasks = r#"
do:
  - guarded:
      try:
        - both:
            fork:
              branches:
                - slow: { do: [ { rest: { wait: P1D } }, { tell: { call: notify_user, with: { to: requester, message: late } } } ] }
                - bad: { raise: { error: { type: 'https://example.com/bad', status: 422, title: Bad } } }
      catch: { do: [ { note: { set: { title: '${ $error.title }' } } } ] }
  - after: { wait: P5D }
"#;
    let lab = Lab::new(Script::new()).await;
    assert_eq!(lab.play(tasks, json!({})).await.output.unwrap(), json!({ "title": "Bad" }));
    assert!(lab.script.calls().is_empty());
}
