//! What each kind of task does, on the real engine.

use auterity::execution::connectors::{CallError, Outcome};
use auterity::model::ExecutionStatus;
use auterity::workflow::Language;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};

async fn output_of(tasks: &str, input: Value) -> Value {
    let lab = Lab::new(Script::new()).await;
    let execution = lab.finish_tasks(tasks, input).await;
    assert_eq!(execution.status, ExecutionStatus::Completed, "{:?}", execution.error);
    execution.output.unwrap()
}

async fn error_of(tasks: &str) -> Value {
    let lab = Lab::new(Script::new()).await;
    let execution = lab.finish_tasks(tasks, json!({})).await;
    assert_eq!(execution.status, ExecutionStatus::Faulted, "{:?}", execution.output);
    execution.error.unwrap()
}

#[tokio::test]
async fn data_flows_through_input_output_and_export() {
    let tasks = r#"
do:
  - first:
      input: { from: '${ .numbers }' }
      set: { total: '${ add }' }
      output: { as: '${ .total * 2 }' }
      export: { as: '${ $context + { doubled: . } }' }
  - second:
      set: { before: '${ . }', kept: '${ $context.doubled }', id: '${ $workflow.input.numbers[0] }', task: '${ $task.name }' }
"#;
    let output = output_of(tasks, json!({ "numbers": [1, 2, 3] })).await;
    assert_eq!(output, json!({ "before": 12, "kept": 12, "id": 1, "task": "second" }));
}

#[tokio::test]
async fn flow_follows_if_switch_and_then() {
    let tasks = r#"
do:
  - skipped: { if: '${ .n > 5 }', set: { n: 0 } }
  - choose:
      switch:
        - big: { when: '${ .n > 3 }', then: big }
        - rest: { then: small }
  - never: { set: { way: never }, then: end }
  - small: { set: { way: small } }
  - block:
      do:
        - leave: { set: { way: '${ .way + " left" }' }, then: exit }
        - unreached: { set: { way: unreached } }
  - last: { set: { way: '${ .way + " end" }' }, then: end }
  - big: { set: { way: big } }
"#;
    assert_eq!(output_of(tasks, json!({ "n": 2 })).await, json!({ "way": "small left end" }));
    assert_eq!(output_of(tasks, json!({ "n": 4 })).await, json!({ "way": "big" }));
}

#[tokio::test]
async fn loops_are_bounded_by_items_and_while() {
    let tasks = r#"
do:
  - start: { set: { seen: [] } }
  - each:
      for: { each: color, at: place, in: '${ $workflow.input.colors }' }
      while: '${ (.seen | length) < 2 }'
      do:
        - add: { set: { seen: '${ .seen + [($place | tostring) + $color] }' } }
"#;
    let output = output_of(tasks, json!({ "colors": ["red", "green", "blue"] })).await;
    assert_eq!(output, json!({ "seen": ["0red", "1green"] }));
}

#[tokio::test]
async fn a_fork_gives_its_outputs_in_order_and_merges_contexts() {
    let tasks = r#"
do:
  - base: { set: { a: 0 }, export: { as: '${ $context + { base: 1 } }' } }
  - both:
      fork:
        branches:
          - slow:
              do:
                - rest: { wait: PT5M }
                - mark: { set: { n: 1 }, export: { as: '${ $context + { slow: true } }' } }
          - fast: { set: { n: 2 }, export: { as: '${ $context + { fast: true } }' } }
  - look: { set: { outputs: '${ . }', context: '${ $context }' } }
"#;
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    lab.waiting(&id).await;
    lab.skip(TimeDelta::minutes(5)).await;
    let output = lab.completed(&id).await.output.unwrap();
    assert_eq!(output["outputs"], json!([{ "n": 1 }, { "n": 2 }]));
    assert_eq!(output["context"], json!({ "base": 1, "slow": true, "fast": true }));
}

#[tokio::test]
async fn in_a_race_the_first_wins_and_the_other_does_nothing_more() {
    let tasks = r#"
do:
  - race:
      fork:
        compete: true
        branches:
          - late:
              do:
                - rest: { wait: PT1H }
                - act: { call: notify_user, with: { to: requester, message: late } }
          - early:
              do:
                - short: { wait: PT1M }
                - say: { set: { winner: early } }
  - after: { wait: PT3H }
"#;
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    lab.waiting(&id).await;
    lab.skip(TimeDelta::minutes(1)).await;
    let now = lab.app.app.state.execution.clock().now_ms();
    lab.until(&id, |execution| execution.wake_at > now + 7_200_000 && execution.status == ExecutionStatus::Waiting)
        .await;
    lab.skip(TimeDelta::hours(3)).await;
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!({ "winner": "early" }));
    assert!(lab.script.calls().is_empty());
}

#[tokio::test]
async fn try_catches_what_its_filter_takes() {
    let tasks = r#"
use:
  errors:
    gone: { type: 'https://example.com/gone', status: 410, title: Gone }
do:
  - guarded:
      try:
        - fail: { raise: { error: gone } }
      catch:
        errors: { with: { status: 410 } }
        as: problem
        when: '${ $problem.title == "Gone" }'
        do:
          - answer: { set: { status: '${ $problem.status }', at: '${ $problem.instance }' } }
"#;
    let output = output_of(tasks, json!({})).await;
    assert_eq!(output, json!({ "status": 410, "at": "/do/0/guarded/try/0/fail" }));
    let other = tasks.replace("with: { status: 410 }", "with: { status: 404 }");
    let error = error_of(&other).await;
    assert_eq!((error["status"].as_i64(), error["title"].as_str()), (Some(410), Some("Gone")));
}

#[tokio::test]
async fn a_connector_that_refuses_can_be_caught() {
    let refuse = |_: &_, _| {
        Err(CallError::Terminal { status: 404, title: "Unknown record".into(), detail: "no such customer".into() })
    };
    let lab = Lab::new(Script::answering(refuse)).await;
    let tasks = r#"
do:
  - guarded:
      try:
        - tell: { call: notify_user, with: { to: requester, message: hello } }
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication', status: 404 } }
        do:
          - note: { set: { why: '${ $error.detail }' } }
"#;
    let execution = lab.finish_tasks(tasks, json!({})).await;
    assert_eq!(execution.output.unwrap(), json!({ "why": "no such customer" }));
    assert_eq!(lab.script.calls().len(), 1);
}

#[tokio::test]
async fn retry_waits_by_its_policy_and_gives_up_by_its_limit() {
    let lab = Lab::new(Script::answering(|_, _| {
        Err(CallError::Terminal { status: 503, title: "Busy".into(), detail: "later".into() })
    }))
    .await;
    let tasks = r#"
do:
  - guarded:
      try:
        - tell: { call: notify_user, with: { to: requester, message: hello } }
      catch:
        errors: { with: { status: 503 } }
        retry: { delay: PT10M, backoff: { exponential: {} }, limit: { attempt: { count: 2 } } }
"#;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    let began = lab.app.app.state.execution.clock().now_ms();
    let first = lab.waiting(&id).await;
    assert_eq!(first.wake_at - began, 600_000);
    lab.skip(TimeDelta::minutes(10)).await;
    let second = lab.until(&id, |e| e.status == ExecutionStatus::Waiting && e.wake_at > first.wake_at).await;
    assert_eq!(second.wake_at - first.wake_at, 1_200_000);
    lab.skip(TimeDelta::minutes(20)).await;
    let end = lab.until(&id, |execution| execution.status.is_over()).await;
    assert_eq!(end.status, ExecutionStatus::Faulted);
    assert_eq!(lab.script.calls().len(), 3);
    let keys: std::collections::HashSet<String> = lab.script.calls().into_iter().map(|c| c.idempotency_key).collect();
    assert_eq!(keys.len(), 3, "a retry of the definition is a new effect");
}

#[tokio::test]
async fn a_deferred_call_is_held_and_repeated_with_its_key() {
    let morning = "2026-03-11T14:00:00Z".parse().unwrap();
    let lab = Lab::new(Script::answering(move |call, before| {
        Ok(if before == 0 && call.action == "send_sms" {
            Outcome::Deferred { until: morning, reason: "quiet_hours".into() }
        } else {
            Outcome::Done(json!({ "status": "sent" }))
        })
    }))
    .await;
    let tasks = r#"
do:
  - text: { call: send_sms, with: { customer_id: cust-dana-whitfield, purpose: informational, body: Hello } }
  - rest: { wait: PT10M }
  - tell: { call: notify_user, with: { to: requester, message: done } }
"#;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    let held = lab.waiting(&id).await;
    assert_eq!(held.wake_at, morning.timestamp_millis());
    let waiting = "Waiting until Wed Mar 11, 9:00 AM CDT to text Dana Whitfield (quiet hours)";
    assert_eq!(lab.words(&id).await[1], waiting);
    lab.skip(TimeDelta::hours(23)).await;
    let resting = lab.until(&id, |e| e.status == ExecutionStatus::Waiting && e.wake_at > held.wake_at).await;
    assert_eq!(resting.wake_at - held.wake_at, 600_000, "ten minutes count from the real send");
    lab.skip(TimeDelta::minutes(10)).await;
    lab.completed(&id).await;
    let calls = lab.script.calls();
    assert_eq!(lab.script.actions(), ["send_sms", "send_sms", "notify_user"]);
    assert_eq!(calls[0].idempotency_key, calls[1].idempotency_key);
    let words = lab.words(&id).await;
    assert!(
        words.iter().any(|w| *w == "Waited until Wed Mar 11, 9:00 AM CDT to text Dana Whitfield (quiet hours)"),
        "{words:?}"
    );
    let words = lab.words_in(&id, Language::Es).await;
    let held =
        "Se esperó hasta mié 11 mar, 9:00 AM CDT para enviar un SMS a Dana Whitfield (fuera del horario permitido)";
    assert!(words.iter().any(|w| w == held), "{words:?}");
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_and_a_lasting_one_faults() {
    let lab = Lab::new(Script::answering(|_, before| {
        if before < 2 { Err(CallError::Retryable("connection refused".into())) } else { Ok(Outcome::Done(json!({}))) }
    }))
    .await;
    let tasks = "do:\n  - tell: { call: notify_user, with: { to: requester, message: hello } }\n";
    let engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    for calls in 1..=2 {
        lab.until(&id, |e| e.status == ExecutionStatus::Waiting && lab.script.calls().len() == calls).await;
        lab.skip(TimeDelta::minutes(5)).await;
    }
    lab.completed(&id).await;
    drop(engine);

    let down = Lab::new(Script::answering(|_, _| Err(CallError::Retryable("connection refused".into())))).await;
    let _engine = down.engine();
    let id = down.run_tasks(tasks, json!({})).await;
    for calls in 1..=3 {
        down.until(&id, |e| e.status == ExecutionStatus::Waiting && down.script.calls().len() == calls).await;
        down.skip(TimeDelta::minutes(5)).await;
    }
    let end = down.until(&id, |execution| execution.status.is_over()).await;
    assert_eq!(end.status, ExecutionStatus::Faulted);
    assert_eq!(end.error.unwrap()["detail"], "connection refused");
}

#[tokio::test]
async fn a_limit_around_a_block_ends_it() {
    let tasks = r#"
do:
  - guarded:
      try:
        - block:
            do:
              - mark: { set: { half: true }, export: { as: '${ $context + { half: true } }' } }
              - rest: { wait: PT2H }
              - act: { call: notify_user, with: { to: requester, message: too late } }
            timeout: { after: PT30M }
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } }
        do:
          - note: { set: { late: '${ $error.status }', half: '${ $context.half }' } }
  - after: { wait: PT4H }
"#;
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({})).await;
    lab.waiting(&id).await;
    lab.skip(TimeDelta::minutes(30)).await;
    lab.until(&id, |e| e.status == ExecutionStatus::Waiting && e.progress["path"] == "/do/1/after").await;
    lab.skip(TimeDelta::hours(5)).await;
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!({ "late": 408, "half": null }));
    assert!(lab.script.calls().is_empty(), "the block stays ended in later turns");
}

#[tokio::test]
async fn emitted_events_are_stored_one_step_deeper() {
    let tasks = r#"
do:
  - say:
      emit: { event: { with: { type: employee.offboarded, data: { employee_id: emp-1 } } } }
"#;
    let lab = Lab::new(Script::new()).await;
    let execution = lab.finish_tasks(tasks, json!({})).await;
    let db = &lab.app.app.state.db;
    let events = db.list_events_after(&lab.tenant, "employee.offboarded", 0, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event.depth, 1);
    assert_eq!(events[0].event.caused_by.as_deref(), Some(execution.id.as_str()));
    assert_eq!(events[0].data()["store_id"], "lakeside-main");
}

#[tokio::test]
async fn what_is_not_supported_says_so() {
    for (task, title) in [
        ("go: { run: { shell: { command: ls } } }", "run is not supported"),
        ("go: { call: http, with: { method: get, endpoint: 'https://example.com' } }", "call: http is not supported"),
        ("go: { call: launch_rocket }", "call: launch_rocket is not supported"),
        ("go: { listen: { to: { one: { with: { type: task.overdue } } } } }", "A listen needs a correlation"),
        ("go: { set: { a: '${ .b.c + {} | keys | .[0] | error }' } }", "An expression cannot be evaluated"),
    ] {
        let error = error_of(&format!("do:\n  - {task}\n")).await;
        assert_eq!(error["title"], title);
        assert!(error["instance"].as_str().unwrap().starts_with("/do/0/go"), "{error}");
    }
}

#[tokio::test]
async fn a_listen_for_all_takes_each_event_once() {
    let tasks = r#"
do:
  - both:
      listen:
        to:
          all:
            - with: { type: customer.message.received, data: '${ .text == "one" }' }
              correlate: { c: { from: '${ .data.customer_id }', expect: '${ $workflow.input.customer }' } }
            - with: { type: customer.message.received, data: '${ .text != "zero" }' }
              correlate: { c: { from: '${ .data.customer_id }', expect: '${ $workflow.input.customer }' } }
      output: { as: '${ map(.text) }' }
"#;
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = lab.run_tasks(tasks, json!({ "customer": "cust-dana-whitfield" })).await;
    lab.waiting(&id).await;
    for (n, (customer, text)) in [
        ("cust-luis-herrera", "one"),
        ("cust-dana-whitfield", "zero"),
        ("cust-dana-whitfield", "one"),
        ("cust-dana-whitfield", "two"),
    ]
    .into_iter()
    .enumerate()
    {
        lab.message(&format!("m{n}"), customer, text).await;
    }
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!(["one", "two"]));
}
