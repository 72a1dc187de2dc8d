//! `for`: items, their isolation, `while`, `at`, and ways out.

use auterity::execution::connectors::{CallError, Outcome};
use auterity::model::ExecutionStatus;
use serde_json::json;

use crate::lab::{Lab, Script};

/// Tells each person of a list; keeps who was told.
const TELL: &str = r#"
do:
  - start: { set: { seen: 0 }, export: { as: '${ $context + { told: [] } }' } }
  - each:
      for: { each: person, at: place, in: '${ $workflow.input.people }' }
      do:
        - tell: { call: notify_user, with: { to: '${ "user:" + $person }', message: hello } }
        - keep: { set: { last: '${ $place }' }, export: { as: '${ $context + { told: ($context.told + [$person]) } }' } }
  - look: { set: { told: '${ $context.told }', input: '${ . }' } }
"#;

fn refusing(refused: &'static [&'static str]) -> Script {
    Script::answering(move |call, _| {
        if refused.iter().any(|person| call.input["to"] == format!("user:{person}")) {
            return Err(CallError::Terminal { status: 404, title: "Gone".into(), detail: "nobody there".into() });
        }
        Ok(Outcome::Done(json!({})))
    })
}

#[tokio::test]
async fn what_goes_wrong_with_one_item_is_recorded_and_the_others_go_on() {
    let lab = Lab::new(refusing(&["b"])).await;
    let end = lab.play(TELL, json!({ "people": ["a", "b", "c"] })).await;
    assert_eq!(end.status, ExecutionStatus::Completed, "{:?}", end.error);
    assert_eq!(end.output.unwrap(), json!({ "told": ["a", "c"], "input": { "last": 2 } }));
    assert_eq!(lab.script.calls().len(), 3);
    let failed = lab.lines(&end.id, "item").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].path, "/do/1/each/do[1]#failed");
    assert_eq!((&failed[0].value["item"], &failed[0].value["fault"]["status"]), (&json!(2), &json!(404)));
}

#[tokio::test]
async fn a_loop_in_which_nothing_went_through_fails_with_the_first_error() {
    let lab = Lab::new(refusing(&["a", "b"])).await;
    let end = lab.play(TELL, json!({ "people": ["a", "b"] })).await;
    assert_eq!(end.status, ExecutionStatus::Faulted);
    let error = end.error.unwrap();
    assert_eq!((&error["title"], &error["instance"]), (&json!("Gone"), &json!("/do/1/each/do/0/tell")));
    assert_eq!(lab.script.calls().len(), 2, "the second was tried");
}

#[tokio::test]
async fn a_failed_item_leaves_no_trace_in_the_data() {
    let tasks = r#"
do:
  - start: { set: { n: 0 }, export: { as: '${ $context + { n: 0 } }' } }
  - each:
      for: { each: item, in: '${ [1, 2, 3] }' }
      do:
        - add: { set: { n: '${ .n + $item }' }, export: { as: '${ $context + { n: ($context.n + $item) } }' } }
        - check: { if: '${ $item == 2 }', set: { n: '${ "no number" + 1 }' } }
  - look: { set: { moved: '${ .n }', kept: '${ $context.n }' } }
"#;
    let lab = Lab::new(Script::new()).await;
    let end = lab.play(tasks, json!({})).await;
    assert_eq!(end.output.unwrap(), json!({ "moved": 4, "kept": 4 }), "1 and 3, without 2");
}

#[tokio::test]
async fn raise_exit_and_end_are_the_authors_word() {
    let raise = r#"
do:
  - guarded:
      try:
        - each:
            for: { each: item, in: '${ [1, 2, 3] }' }
            do:
              - stop: { if: '${ $item == 2 }', raise: { error: { type: 'https://example.com/stop', status: 409 } } }
              - tell: { call: notify_user, with: { to: requester, message: hello } }
      catch: { do: [ { note: { set: { status: '${ $error.status }' } } } ] }
"#;
    let lab = Lab::new(Script::new()).await;
    assert_eq!(lab.play(raise, json!({})).await.output.unwrap(), json!({ "status": 409 }));
    assert_eq!(lab.script.calls().len(), 1, "the loop ended with the second item");
    for (then, last) in [("exit", json!({ "after": true })), ("end", json!({ "item": 2 }))] {
        let tasks = format!(
            r#"
do:
  - each:
      for: {{ each: item, in: '${{ [1, 2, 3] }}' }}
      do:
        - mark: {{ set: {{ item: '${{ $item }}' }} }}
        - leave: {{ if: '${{ $item == 2 }}', set: {{ item: 2 }}, then: {then} }}
  - after: {{ set: {{ after: true }} }}
"#
        );
        assert_eq!(lab.play(&tasks, json!({})).await.output.unwrap(), last, "{then}");
    }
}

#[tokio::test]
async fn while_sees_item_index_and_context() {
    let tasks = r#"
do:
  - each:
      for: { each: item, at: place, in: '${ ["a", "b", "c", "d"] }' }
      while: '${ ($place < 3) and ($context.seen != "b") }'
      do:
        - keep: { set: { item: '${ $item }' }, export: { as: '${ $context + { seen: $item } }' } }
"#;
    let lab = Lab::new(Script::new()).await;
    assert_eq!(lab.play(tasks, json!({})).await.output.unwrap(), json!({ "item": "b" }));
}

#[tokio::test]
async fn a_loop_is_bounded() {
    let tasks = "do:\n  - each: { for: { in: '${ [range(10001)] }' }, do: [ { x: { set: { a: 1 } } } ] }\n";
    let lab = Lab::new(Script::new()).await;
    let end = lab.play(tasks, json!({})).await;
    assert!(end.error.unwrap()["detail"].as_str().unwrap().contains("10000"));
}
