//! The engine's clock: whose it is, and where it goes when it is asked for what is due next.

use auterity::events::Topic;
use auterity::model::ExecutionStatus;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};
use crate::support::Answer;

const MARIA: &str = "maria@lakeside.example";

async fn skip(lab: &Lab, token: &str, body: Value) -> Answer {
    lab.app.send("POST", "/v1/engine/clock/skip", Some(token), Some(body)).await
}

#[tokio::test]
async fn people_of_another_dealership_do_not_move_it() {
    let lab = Lab::new(Script::new()).await;
    let rita = lab.app.token("rita@rival.example").await;
    for body in [json!({ "by": "PT10M" }), json!({ "to": "next" })] {
        let refused = skip(&lab, &rita, body).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "clock_not_yours"), "{}", refused.text);
    }
    let clock = async |token: &str| lab.app.send("GET", "/v1/engine/clock", Some(token), None).await.json();
    assert_eq!((&clock(&rita).await["movable"], &clock(&rita).await["ahead_s"]), (&json!(false), &json!(0)));
    assert_eq!(clock(&lab.app.token(MARIA).await).await["movable"], true);
}

#[tokio::test]
async fn it_goes_to_what_is_due_next_and_says_what_that_is() {
    let lab = Lab::new(Script::new()).await;
    let maria = lab.app.token(MARIA).await;
    let nothing = skip(&lab, &maria, json!({ "to": "next" })).await;
    assert_eq!((nothing.status.as_u16(), nothing.code().as_str()), (409, "nothing_due"));
    for body in [json!({}), json!({ "by": "PT1M", "to": "next" }), json!({ "to": "yesterday" })] {
        assert_eq!(skip(&lab, &maria, body.clone()).await.status, 422, "{body}");
    }

    let _engine = lab.engine();
    let late = lab.run_tasks("do:\n  - rest: { wait: PT3H }\n", json!({})).await;
    let early = lab.run_tasks("do:\n  - rest: { wait: PT5M }\n  - more: { wait: PT1H }\n", json!({})).await;
    let began = lab.waiting(&early).await.started_at;
    lab.waiting(&late).await;
    // asked in quick succession: what became due with one skip is done before the next
    for (minutes, execution) in [(5, &early), (65, &early), (180, &late)] {
        let moved = skip(&lab, &maria, json!({ "to": "next" })).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
        let there = &moved.json()["went_to"];
        assert_eq!((&there["kind"], &there["execution_id"]), (&json!("timer"), &json!(execution)), "{there}");
        let at: chrono::DateTime<chrono::Utc> = there["at"].as_str().unwrap().parse().unwrap();
        assert_eq!((at - began).num_minutes(), minutes);
        let now: chrono::DateTime<chrono::Utc> = moved.json()["now"].as_str().unwrap().parse().unwrap();
        assert!(now >= at);
    }
    lab.completed(&early).await;
    lab.completed(&late).await;
    assert_eq!(skip(&lab, &maria, json!({ "to": "next" })).await.code(), "nothing_due");
}

const SEND: &str = r#"
do:
  - text:
      call: send_sms
      with: { customer_id: cust-dana-whitfield, purpose: informational, body: 'Hi {{customer.first_name}}' }
"#;

#[tokio::test]
async fn a_held_text_is_due_when_it_may_go_out_and_given_up_when_nobody_wants_it_any_more() {
    let lab = Lab::new(Script::new()).await;
    let maria = lab.app.token(MARIA).await;
    lab.skip(chrono::TimeDelta::hours(12)).await; // ten in the evening
    let _engine = lab.sandbox_engine();
    let (sent, dropped) = (lab.run_tasks(SEND, json!({})).await, lab.run_tasks(SEND, json!({})).await);
    for id in [&sent, &dropped] {
        lab.waiting(id).await;
    }
    let outbox = async || lab.app.send("GET", "/v1/outbox", Some(&maria), None).await.json();
    let status = async |id: &auterity::model::ExecutionId| {
        let rows = outbox().await["items"].as_array().unwrap().clone();
        let mut rows = rows.into_iter().filter(|row| row["execution_id"] == json!(id));
        let row = rows.next().unwrap();
        assert!(rows.next().is_none(), "one row an execution");
        row
    };
    for id in [&sent, &dropped] {
        let row = status(id).await;
        assert_eq!((&row["status"], &row["reason"]), (&json!("held"), &json!("quiet_hours")), "{row}");
        assert_eq!(row["body"], "Hi Dana");
        assert!(row["held_until"].is_string());
    }
    let principal = lab.app.principal(MARIA).await;
    lab.app.app.state.execution.cancel(&principal, &dropped).await.unwrap();
    lab.until(&dropped, |execution| execution.status == ExecutionStatus::Cancelled).await;
    let row = status(&dropped).await;
    assert_eq!(
        (&row["status"], &row["reason"], &row["held_until"]),
        (&json!("blocked"), &json!("given_up"), &Value::Null)
    );

    let moved = skip(&lab, &maria, json!({ "to": "next" })).await.json();
    let (kind, id) = (&moved["went_to"]["kind"], &moved["went_to"]["execution_id"]);
    assert_eq!((kind, id), (&json!("held_message"), &json!(sent)), "{moved}");
    lab.completed(&sent).await;
    let row = status(&sent).await;
    assert_eq!((&row["status"], &row["held_until"]), (&json!("sent"), &Value::Null));
    assert!(row["body"].as_str().unwrap().contains("Dana"));
}

#[tokio::test]
async fn a_pause_holds_the_next_effect_at_once_and_its_end_lets_it_go() {
    let lab = Lab::new(Script::new()).await;
    *lab.script.pause.lock().unwrap() = std::time::Duration::from_millis(300);
    let (sam, maria) = (lab.app.token("sam@lakeside.example").await, lab.app.token(MARIA).await);
    let definition = json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "two-notes", "version": "0.1.0", "title": "Two notes",
            "tags": { "department": "sales" }, "metadata": { "stores": ["lakeside-main"] },
        },
        "schedule": { "on": { "one": { "with": { "type": "lead.created" } } } },
        "do": [
            { "first": { "call": "notify_user", "with": { "to": "role:sales_manager", "message": "1" } } },
            { "second": { "call": "notify_user", "with": { "to": "role:sales_manager", "message": "2" } } },
        ],
    });
    let draft = lab.app.send("POST", "/v1/drafts", Some(&sam), Some(json!({ "definition": definition }))).await.json();
    let body = json!({ "revision": draft["revision"], "digest": draft["digest"] });
    let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
    let request = lab.app.send("POST", &path, Some(&sam), Some(body)).await;
    assert_eq!(request.status, 201, "{}", request.text);
    let path = format!("/v1/approvals/{}/decision", request.json()["id"].as_str().unwrap());
    let body = json!({ "decision": "approved", "digest": draft["digest"] });
    let decided = lab.app.send("POST", &path, Some(&maria), Some(body)).await.json();
    let workflow = decided["workflow_id"].as_str().unwrap().to_owned();

    let _engine = lab.engine();
    lab.app.send("POST", "/v1/demo/lead", Some(&sam), Some(json!({ "store_id": "lakeside-main" }))).await;
    while lab.script.calls().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // paused while the first effect is under way: what the engine remembers of pauses is a moment old
    let paused = lab.app.send("POST", &format!("/v1/workflows/{workflow}/pause"), Some(&maria), None).await;
    assert_eq!(paused.status, 200, "{}", paused.text);
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(lab.script.calls().len(), 1, "held before its second effect");
    let resumed = lab.app.send("POST", &format!("/v1/workflows/{workflow}/resume"), Some(&maria), None).await;
    assert_eq!(resumed.status, 200, "{}", resumed.text);
    lab.app.app.state.events.publish(&Topic::Engine, "due");
    for _ in 0..300 {
        if lab.script.calls().len() == 2 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the end of the pause lets nothing go");
}

#[tokio::test]
async fn a_skip_that_is_asked_for_again_after_a_crash_moves_nothing_more() {
    use auterity::execution::SkipTo;
    let lab = Lab::new(Script::new()).await;
    let service = &lab.app.app.state.execution;
    let ahead = || service.clock().offset().num_minutes();
    let by = SkipTo::Later(chrono::TimeDelta::minutes(10));
    for name in ["first", "first", "second", "first"] {
        assert_eq!(service.skip_once(&lab.tenant, name, by).await.unwrap(), None);
    }
    assert_eq!(ahead(), 20);
    let _engine = lab.engine();
    let id = lab.run_tasks("do:\n  - rest: { wait: PT5M }\n  - more: { wait: PT1H }\n", json!({})).await;
    lab.waiting(&id).await;
    let went = service.skip_once(&lab.tenant, "third", SkipTo::Next).await.unwrap();
    let there = ahead();
    // by now the hour is due next, and the request is answered with what it went to
    lab.until(&id, |execution| execution.progress["path"].as_str().is_some_and(|path| path.contains("more"))).await;
    assert_eq!(service.skip_once(&lab.tenant, "third", SkipTo::Next).await.unwrap(), went);
    assert_eq!((ahead(), went.unwrap().execution_id), (there, Some(id)));
}
