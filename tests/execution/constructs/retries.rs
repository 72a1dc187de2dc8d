//! `try` with retry policies: pauses, jitter, limits, conditions, reuse, filters.

use auterity::execution::connectors::{CallError, Outcome};
use auterity::model::ExecutionStatus;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};

fn busy() -> CallError {
    CallError::Terminal { status: 503, title: "Busy".into(), detail: "later".into() }
}

/// A `try` around one call with this retry policy, after `head`.
fn tasks(head: &str, retry: &str) -> String {
    format!(
        r#"
{head}
do:
  - guarded:
      try:
        - tell: {{ call: notify_user, with: {{ to: requester, message: hello }} }}
      catch:
        errors: {{ with: {{ status: 503 }} }}
        as: problem
        retry: {retry}
        do: [ {{ note: {{ set: {{ gaveUp: '${{ $problem.status }}' }} }} }} ]
"#
    )
}

/// Pauses between the attempts, in seconds, and the output; every attempt fails.
async fn pauses(head: &str, retry: &str) -> (Vec<i64>, Value) {
    let lab = Lab::new(Script::answering(|_, _| Err(busy()))).await;
    let end = lab.play(&tasks(head, retry), json!({})).await;
    assert_eq!(end.status, ExecutionStatus::Completed, "{:?}", end.error);
    let calls: Vec<i64> = lab.script.calls().iter().map(|call| call.now.timestamp()).collect();
    (calls.windows(2).map(|pair| pair[1] - pair[0]).collect(), end.output.unwrap())
}

#[tokio::test]
async fn backoff_is_constant_linear_or_exponential() {
    let limit = "limit: { attempt: { count: 3 } }";
    for (backoff, expected) in [
        ("", [60, 60, 60]),
        ("backoff: { constant: {} },", [60, 60, 60]),
        ("backoff: { linear: {} },", [60, 120, 180]),
        ("backoff: { exponential: {} },", [60, 120, 240]),
    ] {
        let (found, output) = pauses("", &format!("{{ delay: PT1M, {backoff} {limit} }}")).await;
        assert_eq!(found, expected, "{backoff}");
        assert_eq!(output, json!({ "gaveUp": 503 }));
    }
}

#[tokio::test]
async fn a_policy_may_be_reusable() {
    let head = "use: { retries: { gentle: { delay: { seconds: 5 }, limit: { attempt: { count: 1 } } } } }";
    assert_eq!(pauses(head, "gentle").await.0, [5]);
}

#[tokio::test]
async fn all_attempts_together_have_a_limit() {
    let retry = "{ delay: PT10M, limit: { duration: PT25M } }";
    assert_eq!(pauses("", retry).await.0, [600, 600], "a third pause would end after the limit");
}

#[tokio::test]
async fn jitter_lies_between_its_bounds_and_differs() {
    let lab = Lab::new(Script::answering(|_, _| Err(busy()))).await;
    let retry = "{ delay: PT1M, jitter: { from: PT10S, to: PT30S }, limit: { attempt: { count: 6 } } }";
    let end = lab.play(&tasks("", retry), json!({})).await;
    let calls: Vec<i64> = lab.script.calls().iter().map(|call| call.now.timestamp_millis()).collect();
    let pauses: Vec<i64> = calls.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses.len(), 6);
    assert!(pauses.iter().all(|pause| (70_000..=90_001).contains(pause)), "{pauses:?}");
    assert!(pauses.iter().collect::<std::collections::HashSet<_>>().len() > 1, "{pauses:?}");
    assert_eq!(lab.lines(&end.id, "retry").await.len(), 6, "each pause was chosen once");
}

#[tokio::test]
async fn when_and_except_when_decide_about_another_attempt() {
    let limit = "limit: { attempt: { count: 5 } }";
    for (condition, attempts) in [
        ("when: '${ $problem.status == 503 }'", 5),
        ("when: '${ $problem.status == 500 }'", 0),
        ("exceptWhen: '${ $problem.status == 503 }'", 0),
        ("when: '${ true }', exceptWhen: '${ false }'", 5),
    ] {
        let (found, _) = pauses("", &format!("{{ delay: PT1S, {condition}, {limit} }}")).await;
        assert_eq!(found.len(), attempts, "{condition}");
    }
}

#[tokio::test]
async fn one_attempt_has_a_limit_of_its_own() {
    let text = r#"
do:
  - guarded:
      try:
        - rest: { if: '${ $context.again == null }', wait: PT2H }
        - tell: { call: notify_user, with: { to: requester, message: hello } }
      catch:
        errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } }
        retry: { delay: PT1M, limit: { attempt: { count: 2, duration: PT30M } } }
        do: [ { note: { set: { gaveUp: '${ $error.status }' } } } ]
"#;
    let lab = Lab::new(Script::new()).await;
    let began = lab.app.app.state.execution.clock().now();
    let end = lab.play(text, json!({})).await;
    assert_eq!(end.output.unwrap(), json!({ "gaveUp": 408 }));
    assert_eq!((end.finished_at.unwrap() - began).num_minutes(), 92, "three attempts of 30 minutes, two pauses");
    assert!(lab.script.calls().is_empty());
}

#[tokio::test]
async fn a_filter_compares_every_field_it_names() {
    let raised = "{ type: 'https://example.com/odd', status: 418, title: Teapot, detail: short and stout }";
    for (filter, caught) in [
        ("{ type: 'https://example.com/odd' }", true),
        ("{ status: 418, title: Teapot }", true),
        ("{ status: 418, title: Kettle }", false),
        ("{ details: short and stout }", true),
        ("{ instance: /do/0/guarded/try/0/fail }", true),
        ("{ instance: /do/0/guarded }", false),
        ("{ status: '${ 400 + 18 }' }", true),
    ] {
        let text = format!(
            r#"
do:
  - guarded:
      try: [ {{ fail: {{ raise: {{ error: {raised} }} }} }} ]
      catch:
        errors: {{ with: {filter} }}
        do: [ {{ note: {{ set: {{ caught: true }} }} }} ]
"#
        );
        let lab = Lab::new(Script::new()).await;
        let end = lab.play(&text, json!({})).await;
        assert_eq!(end.status == ExecutionStatus::Completed, caught, "{filter}: {:?}", end.error);
    }
}

#[tokio::test]
async fn after_a_retry_that_helps_the_flow_goes_on() {
    let lab = Lab::new(Script::answering({
        let mut calls = 0;
        move |_, _| {
            calls += 1;
            if calls < 3 { Err(busy()) } else { Ok(Outcome::Done(json!({ "ok": calls }))) }
        }
    }))
    .await;
    let end = lab.play(&tasks("", "{ delay: PT1M, limit: { attempt: { count: 5 } } }"), json!({})).await;
    assert_eq!(end.output.unwrap(), json!({ "ok": 3 }));
}
