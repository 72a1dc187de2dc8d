//! `listen`: one, any, all, `until` by expression and by events, `foreach`.

use auterity::execution::connectors::{CallError, Outcome};
use auterity::model::ExecutionId;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};

const FILTER: &str = "correlate: { c: { from: '${ .data.key }', expect: '${ $workflow.input.key }' } }";

fn listen(to: &str, rest: &str) -> String {
    let to = to.replace("CORRELATE", FILTER);
    format!("do:\n  - hear:\n      listen:\n        to: {to}\n{rest}\n")
}

async fn started(lab: &Lab, tasks: &str) -> ExecutionId {
    let id = lab.run_tasks(tasks, json!({ "key": "k" })).await;
    lab.waiting(&id).await;
    id
}

async fn say(lab: &Lab, n: usize, event: &str, data: Value) {
    let mut data = data;
    data["key"] = json!("k");
    lab.event(&format!("e{n}"), event, data).await;
}

#[tokio::test]
async fn any_without_until_takes_the_first() {
    let tasks = listen("{ any: [ { with: { type: a.x }, CORRELATE }, { with: { type: b.x }, CORRELATE } ] }", "");
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = started(&lab, &tasks).await;
    say(&lab, 1, "b.x", json!({ "n": 1 })).await;
    say(&lab, 2, "a.x", json!({ "n": 2 })).await;
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!([{ "n": 1, "key": "k" }]));
}

#[tokio::test]
async fn until_an_expression_over_what_was_taken_holds() {
    let to = "{ any: [ { with: { type: a.x, data: '${ .n != 2 }' }, CORRELATE } ], until: '${ (map(.n) | add) > 5 }' }";
    let tasks = listen(to, "      output: { as: '${ map(.n) }' }");
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = started(&lab, &tasks).await;
    for n in 1..=5 {
        say(&lab, n, "a.x", json!({ "n": n })).await;
    }
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!([1, 3, 4]), "2 does not fit; 5 came when it was over");
}

#[tokio::test]
async fn until_an_event_of_another_strategy_comes() {
    let to = "{ any: [ { with: { type: a.x }, CORRELATE } ], until: { one: { with: { type: stop.x }, CORRELATE } } }";
    let tasks = listen(to, "      output: { as: '${ map(.n) }' }");
    let lab = Lab::new(Script::new()).await;
    let engine = lab.engine();
    let id = started(&lab, &tasks).await;
    engine.crash().await; // all that follows is found in the log, in its order
    lab.app.clock.advance(chrono::TimeDelta::seconds(60));
    say(&lab, 1, "a.x", json!({ "n": 1 })).await;
    say(&lab, 2, "a.x", json!({ "n": 2 })).await;
    say(&lab, 3, "stop.x", json!({})).await;
    say(&lab, 4, "a.x", json!({ "n": 4 })).await;
    let _engine = lab.engine();
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!([1, 2]));
    let left = lab.app.app.state.db.list_correlations(&lab.tenant, "a.x").await.unwrap();
    assert!(left.is_empty(), "no subscription stays");
}

#[tokio::test]
async fn until_all_of_several_events_came() {
    let to = "{ any: [ { with: { type: a.x }, CORRELATE } ], until: { all: [ { with: { type: s.x }, CORRELATE }, { with: { type: t.x }, CORRELATE } ] } }";
    let tasks = listen(to, "      output: { as: '${ map(.n) }' }");
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = started(&lab, &tasks).await;
    for (n, event) in ["t.x", "a.x", "s.x", "a.x"].into_iter().enumerate() {
        say(&lab, n, event, json!({ "n": n })).await;
    }
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!([1]));
}

#[tokio::test]
async fn foreach_works_on_each_event_as_it_comes() {
    let to = "{ any: [ { with: { type: a.x }, CORRELATE } ], until: '${ length == 3 }' }";
    let each = r#"      foreach:
        item: sign
        at: place
        do:
          - tell: { call: notify_user, with: { to: '${ "user:" + $sign.who }', message: hello } }
          - rest: { wait: PT1M }
        output: { as: '${ ($place | tostring) + $sign.who }' }
        export: { as: '${ $context + { last: . } }' }
  - look: { set: { each: '${ . }', last: '${ $context.last }' } }"#;
    let lab = Lab::new(Script::answering(|call, _| {
        if call.input["to"] == "user:b" {
            return Err(CallError::Terminal { status: 404, title: "Gone".into(), detail: "gone".into() });
        }
        Ok(Outcome::Done(json!({})))
    }))
    .await;
    let _engine = lab.engine();
    let id = started(&lab, &listen(to, each)).await;
    for (n, who) in ["a", "b", "c", "d"].into_iter().enumerate() {
        say(&lab, n, "a.x", json!({ "who": who })).await;
    }
    let end = lab.play_on(&id).await;
    assert_eq!(end.output.unwrap(), json!({ "each": ["0a", "2c"], "last": "2c" }));
    assert_eq!(lab.script.calls().len(), 3, "the fourth event came when it was over");
    assert_eq!(lab.lines(&id, "item").await.len(), 1, "the second is on record as failed");
}

#[tokio::test]
async fn foreach_over_all_and_a_way_out() {
    let to = "{ all: [ { with: { type: a.x }, CORRELATE }, { with: { type: b.x }, CORRELATE } ] }";
    let each = "      foreach: { do: [ { leave: { if: '${ $item.stop }', set: { left: '${ $index }' }, then: exit } }, { keep: { set: { n: '${ $index }' } } } ] }";
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = started(&lab, &listen(to, each)).await;
    say(&lab, 1, "b.x", json!({ "stop": false })).await;
    say(&lab, 2, "a.x", json!({ "stop": false })).await;
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!([{ "n": 0 }, { "n": 1 }]));
    let id = started(&lab, &listen(to, each)).await;
    say(&lab, 3, "b.x", json!({ "stop": true })).await;
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!([{ "left": 0 }]));
}

#[tokio::test]
async fn all_stands_in_the_order_of_the_filters_and_envelopes_may_be_read() {
    let to =
        "{ all: [ { with: { type: a.x }, CORRELATE }, { with: { type: b.x }, CORRELATE } ] }\n        read: envelope";
    let lab = Lab::new(Script::new()).await;
    let _engine = lab.engine();
    let id = started(&lab, &listen(to, "      output: { as: '${ map(.type) }' }")).await;
    say(&lab, 1, "b.x", json!({})).await;
    say(&lab, 2, "a.x", json!({})).await;
    assert_eq!(lab.completed(&id).await.output.unwrap(), json!(["a.x", "b.x"]));
}
