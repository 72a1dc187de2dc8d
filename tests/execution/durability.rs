//! Crashes, zombies, several engines, lost notices: what is done stays done, and nothing is done twice.

use std::collections::HashMap;
use std::time::Duration;

use auterity::execution::connectors::Outcome;
use auterity::model::ExecutionStatus;
use chrono::TimeDelta;
use serde_json::json;

use crate::lab::{Lab, Script};

const FIVE_STEPS: &str = r#"
do:
  - one: { call: notify_user, with: { to: requester, message: '1' } }
  - two: { call: create_task, with: { assignee: requester, title: '2' } }
  - both:
      fork:
        branches:
          - three: { call: add_note, with: { entity: lead, id: l, text: '3' } }
          - four: { call: add_note, with: { entity: lead, id: l, text: '4' } }
  - five: { call: notify_user, with: { to: requester, message: '5' } }
"#;

#[tokio::test]
async fn a_crash_at_any_step_repeats_no_completed_effect() {
    for steps in 0..5 {
        // The connector never answers call number `steps`, so the engine dies with exactly that many steps recorded.
        let lab = Lab::new(Script::new()).await;
        let stuck = Script::new();
        let (seen, limit) = (stuck.clone(), steps);
        let gate = Script::answering(move |call, _| {
            let done = seen.calls().len();
            assert!(done <= limit + 1);
            Ok(Outcome::Done(json!({ "did": call.action })))
        });
        let engine = lab.engine_with(gate.clone());
        *gate.pause.lock().unwrap() = Duration::ZERO;
        let id = lab.run_tasks(FIVE_STEPS, json!({})).await;
        let recorded = async |count: usize| {
            let journal = lab.app.app.state.db.list_journal(&lab.tenant, &id).await.unwrap();
            journal.iter().filter(|entry| entry.kind == "step").count() >= count
        };
        while !recorded(steps).await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        engine.crash().await;
        let journal = lab.app.app.state.db.list_journal(&lab.tenant, &id).await.unwrap();
        let completed: Vec<String> = journal.iter().filter(|e| e.kind == "step").map(|e| e.path.clone()).collect();
        lab.app.clock.advance(TimeDelta::seconds(60)); // the lease runs out
        let _second = lab.engine();
        lab.completed(&id).await;
        for call in lab.script.calls() {
            assert!(!completed.contains(&call.path), "{} was completed before the crash", call.path);
        }
        let mut keys: HashMap<String, usize> = HashMap::new();
        for call in gate.calls().into_iter().chain(lab.script.calls()) {
            *keys.entry(call.idempotency_key).or_default() += 1;
        }
        assert_eq!(keys.len(), 5, "every effect has one key, whichever engine tries it");
    }
}

#[tokio::test]
async fn a_zombie_writes_nothing() {
    let lab = Lab::new(Script::new()).await;
    let slow = Script::new();
    *slow.pause.lock().unwrap() = Duration::from_millis(1500);
    let zombie = lab.engine_with(slow.clone());
    let id = lab.run_tasks(FIVE_STEPS, json!({})).await;
    while slow.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Its lease runs out while it is in the middle of a call; another engine takes over and finishes.
    lab.app.clock.advance(TimeDelta::seconds(60));
    let _second = lab.engine();
    let done = lab.completed(&id).await;
    assert_eq!(done.epoch, 2);
    let before = lab.app.app.state.db.list_journal(&lab.tenant, &id).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1800)).await;
    let after = lab.app.app.state.db.list_journal(&lab.tenant, &id).await.unwrap();
    assert_eq!(before, after);
    assert_eq!(slow.calls().len(), 1, "it went no further than the call it was in");
    drop(zombie);
}

#[tokio::test]
async fn two_engines_share_the_work() {
    let lab = Lab::new(Script::new()).await;
    let (left, right) = (Script::new(), Script::new());
    for script in [&left, &right] {
        *script.pause.lock().unwrap() = Duration::from_millis(5);
    }
    let mut ids = Vec::new();
    for _ in 0..80 {
        ids.push(lab.run_tasks(FIVE_STEPS, json!({})).await);
    }
    let _engines = (lab.engine_with(left.clone()), lab.engine_with(right.clone()));
    for id in &ids {
        lab.completed(id).await;
    }
    let (l, r) = (left.calls().len(), right.calls().len());
    assert_eq!(l + r, 400, "every effect once");
    assert!(l > 0 && r > 0, "left did {l}, right did {r}");
}

#[tokio::test]
async fn what_crashes_engines_too_often_is_parked_and_can_be_cancelled() {
    let lab = Lab::new(Script::new()).await;
    let stuck = Script::new();
    *stuck.pause.lock().unwrap() = Duration::from_secs(30);
    let id = lab.run_tasks(FIVE_STEPS, json!({})).await;
    let max = lab.app.app.state.config.execution.max_recoveries;
    for round in 0..=max {
        let engine = lab.engine_with(stuck.clone());
        lab.until(&id, |e| e.status == ExecutionStatus::Running && e.epoch == round + 1).await;
        engine.crash().await;
        lab.app.clock.advance(TimeDelta::seconds(60));
    }
    let _engine = lab.engine();
    let parked = lab.until(&id, |execution| execution.status == ExecutionStatus::Parked).await;
    assert_eq!(parked.error.unwrap()["title"], "The engine crashed on it too often");
    let maria = lab.app.principal("maria@lakeside.example").await;
    lab.app.app.state.execution.cancel(&maria, &id).await.unwrap();
    let end = lab.until(&id, |execution| execution.status.is_over()).await;
    assert_eq!(end.status, ExecutionStatus::Cancelled);
}

const AWAIT: &str = r#"
do:
  - race:
      fork:
        compete: true
        branches:
          - remind:
              do:
                - rest: { wait: PT1H }
                - text: { call: send_sms, with: { customer_id: cust-dana-whitfield, purpose: informational, body: Hi } }
          - stop:
              do:
                - reply:
                    listen:
                      to:
                        one:
                          with: { type: customer.message.received }
                          correlate: { c: { from: '${ .data.customer_id }', expect: '${ "cust-dana-whitfield" }' } }
                - mark: { set: { stopped: true } }
"#;

#[tokio::test]
async fn after_an_outage_a_reply_goes_before_a_reminder_that_fell_due() {
    let lab = Lab::new(Script::new()).await;
    let engine = lab.engine();
    let id = lab.run_tasks(AWAIT, json!({})).await;
    lab.waiting(&id).await;
    engine.crash().await;
    lab.message("late-1", "cust-dana-whitfield", "not interested").await;
    lab.skip(TimeDelta::hours(2)).await;
    let _engine = lab.engine();
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!({ "stopped": true }));
    assert!(lab.script.calls().is_empty());
}

#[tokio::test]
async fn an_event_for_somebody_else_wakes_nobody() {
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(AWAIT, json!({})).await;
    let before = lab.waiting(&id).await;
    lab.message("other-1", "cust-luis-herrera", "hello").await;
    for _ in 0..100 {
        if lab.app.app.state.db.list_unrouted_events(10).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(lab.find(&id).await.epoch, before.epoch);
    lab.message("own-1", "cust-dana-whitfield", "hello").await;
    lab.completed(&id).await;
}

#[tokio::test]
async fn cancelling_ends_a_wait_before_its_effect() {
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(AWAIT, json!({})).await;
    lab.waiting(&id).await;
    let maria = lab.app.principal("maria@lakeside.example").await;
    lab.app.app.state.execution.cancel(&maria, &id).await.unwrap();
    let end = lab.until(&id, |execution| execution.status.is_over()).await;
    assert_eq!(end.status, ExecutionStatus::Cancelled);
    lab.skip(TimeDelta::hours(2)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(lab.script.calls().is_empty());
    assert!(lab.app.app.state.execution.cancel(&maria, &id).await.is_err(), "it is over");
}

/// Another process asks for the end while the turn is in the middle of its calls: no notice reaches this engine, only
/// the row tells, and no further call begins.
#[tokio::test]
async fn a_cancellation_from_elsewhere_ends_a_turn_before_its_next_effect() {
    let script = Script::new();
    *script.pause.lock().unwrap() = Duration::from_millis(40);
    let lab = Lab::new(script).await;
    let calls: String = (0..30)
        .map(|n| format!("  - step{n}: {{ call: notify_user, with: {{ to: requester, message: 'm{n}' }} }}\n"))
        .collect();
    let _engine = lab.engine();
    let id = lab.run_tasks(&format!("do:\n{calls}"), json!({})).await;
    lab.until(&id, |_| lab.script.calls().len() >= 3).await;
    assert!(lab.app.app.state.db.cancel_execution(&lab.tenant, &id).await.unwrap());
    let asked = lab.script.calls().len();
    let end = lab.until(&id, |execution| execution.status.is_over()).await;
    assert_eq!(end.status, ExecutionStatus::Cancelled);
    assert!(lab.script.calls().len() <= asked + 2, "{} calls began, {asked} before", lab.script.calls().len());
    let recorded = lab.app.app.state.db.list_journal(&lab.tenant, &id).await.unwrap();
    assert_eq!(recorded.iter().filter(|entry| entry.kind == "step").count(), lab.script.calls().len());
}
