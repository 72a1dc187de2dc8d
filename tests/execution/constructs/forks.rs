//! `fork`: losers of a race leave nothing behind.

use std::time::Duration;

use auterity::model::ExecutionStatus;
use auterity::telemetry::boundary;
use serde_json::json;

use crate::lab::{Heard, Lab, Script};

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
    let rest = lab.until(&id, |e| e.progress["path"] == "/do/1/rest" && e.status == ExecutionStatus::Waiting).await;
    for event in ["record.touched", "record.closed"] {
        assert!(db.list_correlations(&lab.tenant, event).await.unwrap().is_empty(), "{event}");
    }
    let thirty_days = 30 * 86_400_000;
    let began = lab.app.app.state.execution.clock().now_ms();
    assert!(rest.wake_at >= began + thirty_days - 60_000, "the reminder's timer is gone in the same turn");
    let end = lab.play_on(&id).await;
    assert_eq!(end.status, ExecutionStatus::Completed);
    assert!(lab.script.calls().is_empty());
}

/// The winner's only call and the first of each loser are answered together; the losers are on their way to the second
/// when the race is decided.
#[tokio::test]
async fn an_effect_of_a_loser_never_starts_after_the_race_is_decided() {
    let losers: String = (0..12)
        .map(|n| {
            format!(
                "          - b{n}:\n              do:\n                \
                 - look{n}: {{ call: add_note, with: {{ entity: lead, id: 'l{n}', text: look }} }}\n                \
                 - act{n}: {{ call: notify_user, with: {{ to: requester, message: 'm{n}' }} }}\n"
            )
        })
        .collect();
    let tasks = format!(
        "do:\n  - race:\n      fork:\n        compete: true\n        branches:\n          - winner: {{ call: add_note, \
         with: {{ entity: lead, id: w, text: look }} }}\n{losers}  - after: {{ wait: PT1M }}\n"
    );
    let script = Script::new();
    *script.pause.lock().unwrap() = Duration::from_millis(20);
    let lab = Lab::new(script).await;
    let points = Heard::of(boundary::TARGET, "point");
    let guard = tracing::subscriber::set_default(points.clone());
    let end = lab.play(&tasks, json!({})).await;
    drop(guard);
    assert_eq!(end.status, ExecutionStatus::Completed, "{:?}", end.error);
    let points = points.lines();
    let decided = points.iter().position(|point| point == "fork: after a branch").unwrap();
    let late = points[decided..].iter().filter(|point| *point == "step: before its effect").count();
    assert_eq!(late, 0, "{points:?}");
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
