//! What starts an execution besides one event: several events together, the clock, the end of the last run, a person.

use auterity::model::ExecutionStatus;
use auterity::store::executions::{Execution, ExecutionFilter};
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::lab::{Lab, Script, document};

const TELL: &str = "do:\n  - tell: { call: notify_user, with: { to: 'role:sales_manager', message: Look } }\n";

/// Submits and approves a definition for the main store; gives the id of its workflow.
async fn approved(lab: &Lab, schedule: &str, tasks: &str) -> String {
    let text = document(&format!("{schedule}\n{tasks}"));
    let mut definition: Value = auterity::workflow::Definition::from_yaml(&text).unwrap().into_raw();
    definition["document"]["metadata"] = json!({ "stores": ["lakeside-main"] });
    definition["document"]["tags"] = json!({ "department": "sales" });
    let (sam, maria) = (lab.app.token("sam@lakeside.example").await, lab.app.token("maria@lakeside.example").await);
    let draft = lab.app.send("POST", "/v1/drafts", Some(&sam), Some(json!({ "definition": definition }))).await.json();
    let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
    let body = json!({ "revision": draft["revision"], "digest": draft["digest"] });
    let request = lab.app.send("POST", &path, Some(&sam), Some(body)).await;
    assert_eq!(request.status, StatusCode::CREATED, "{}", request.text);
    let path = format!("/v1/approvals/{}/decision", request.json()["id"].as_str().unwrap());
    let body = json!({ "decision": "approved", "digest": draft["digest"] });
    let decided = lab.app.send("POST", &path, Some(&maria), Some(body)).await;
    assert!(decided.status.is_success(), "{}", decided.text);
    let workflows = lab.app.app.state.db.list_active_workflows(&lab.tenant).await.unwrap();
    workflows.last().unwrap().workflow_id.to_string()
}

/// Every execution, oldest first, once there are so many and all are over.
async fn runs(lab: &Lab, count: usize) -> Vec<Execution> {
    let db = &lab.app.app.state.db;
    for _ in 0..600 {
        let page = auterity::model::PageRequest::largest();
        let mut found = db.list_executions(&lab.tenant, &ExecutionFilter::default(), &page).await.unwrap().items;
        if found.len() >= count && found.iter().all(|execution| execution.status.is_over()) {
            assert_eq!(found.len(), count);
            found.reverse();
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("there are not {count} runs");
}

/// Lets the engine look at its schedules and events until nothing more happens.
async fn settle(lab: &Lab) {
    let engine = lab.app.app.engine(std::sync::Arc::new(lab.script.clone()));
    while engine.run_once().await.unwrap() {}
}

const TOGETHER: &str = "
schedule:
  on:
    all:
      - { with: { type: lead.created }, correlate: { who: { from: '${ .data.customer_id }' } } }
      - { with: { type: appointment.booked, data: '${ .kind == \"test_drive\" }' }, correlate: { who: { from: '${ .data.customer_id }' } } }
";

#[tokio::test]
async fn all_of_several_events_start_one_execution() {
    let lab = Lab::new(Script::new()).await;
    approved(&lab, TOGETHER, TELL).await;
    let lead = |who: &str| json!({ "customer_id": who, "store_id": "lakeside-main" });
    let drive = |who: &str, kind: &str| json!({ "customer_id": who, "kind": kind, "store_id": "lakeside-main" });
    lab.event("l1", "lead.created", lead("a")).await;
    lab.event("d1", "appointment.booked", drive("b", "test_drive")).await;
    lab.event("d2", "appointment.booked", drive("a", "service")).await;
    settle(&lab).await;
    assert!(runs(&lab, 0).await.is_empty(), "other customers, another kind of appointment");
    lab.event("d3", "appointment.booked", drive("a", "test_drive")).await;
    settle(&lab).await;
    let started = runs(&lab, 1).await;
    let input = &started[0].input;
    assert_eq!((&input[0]["id"], &input[1]["id"]), (&json!("l1"), &json!("d3")), "in the order of the filters");
    // each event is used for one start; the next pair starts the next
    lab.event("d4", "appointment.booked", drive("a", "test_drive")).await;
    settle(&lab).await;
    assert_eq!(runs(&lab, 1).await.len(), 1);
    lab.event("l2", "lead.created", lead("a")).await;
    settle(&lab).await;
    assert_eq!(runs(&lab, 2).await[1].input[1]["id"], "d4");
}

#[tokio::test]
async fn an_event_does_not_wait_for_ever_for_the_others() {
    let lab = Lab::new(Script::new()).await;
    approved(&lab, TOGETHER, TELL).await;
    let data = |kind: &str| json!({ "customer_id": "a", "kind": kind, "store_id": "lakeside-main" });
    lab.event("l1", "lead.created", data("")).await;
    settle(&lab).await;
    lab.skip(TimeDelta::days(31)).await;
    lab.event("d1", "appointment.booked", data("test_drive")).await;
    settle(&lab).await;
    assert!(runs(&lab, 0).await.is_empty());
}

/// The process dies between any two steps of the start; the event is routed again and starts the same once.
#[tokio::test]
async fn a_start_by_several_events_survives_a_crash_at_any_point() {
    let lab = Lab::new(Script::new()).await;
    approved(&lab, TOGETHER, TELL).await;
    for polls in 0..30 {
        let data =
            |kind: &str| json!({ "customer_id": format!("c{polls}"), "kind": kind, "store_id": "lakeside-main" });
        lab.event(&format!("l{polls}"), "lead.created", data("")).await;
        settle(&lab).await;
        lab.event(&format!("d{polls}"), "appointment.booked", data("test_drive")).await;
        let engine = lab.app.app.engine(std::sync::Arc::new(lab.script.clone()));
        let mut future = Box::pin(engine.run_once());
        for _ in 0..polls {
            if futures::poll!(future.as_mut()).is_ready() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        drop(future);
        lab.app.clock.advance(TimeDelta::seconds(60)); // the lease runs out
        settle(&lab).await;
        assert_eq!(runs(&lab, polls + 1).await.len(), polls + 1, "crashed after {polls} polls");
    }
}

#[tokio::test]
async fn after_the_end_of_the_last_run_the_next_begins() {
    let lab = Lab::new(Script::new()).await;
    let tasks = "do:\n  - rest: { wait: PT20M }\n  - tell: { call: notify_user, with: { to: 'role:sales_manager', message: Look } }\n";
    approved(&lab, "schedule: { after: PT2H }", tasks).await;
    settle(&lab).await; // the first run begins with the activation
    lab.skip(TimeDelta::minutes(20)).await;
    settle(&lab).await;
    let first = runs(&lab, 1).await.remove(0);
    lab.skip(TimeDelta::minutes(119)).await;
    settle(&lab).await;
    assert_eq!(runs(&lab, 1).await.len(), 1);
    lab.skip(TimeDelta::minutes(2)).await;
    settle(&lab).await;
    lab.skip(TimeDelta::minutes(20)).await;
    settle(&lab).await;
    let second = runs(&lab, 2).await.remove(1);
    let due: chrono::DateTime<chrono::Utc> = second.trigger_id.parse().unwrap();
    assert_eq!((due - first.finished_at.unwrap()).num_minutes(), 120);
}

/// The server was down for days: one run makes up for the missed ones, and its story says so.
#[tokio::test]
async fn missed_runs_are_made_up_for_by_one() {
    let lab = Lab::new(Script::new()).await;
    approved(&lab, "schedule: { cron: '0 9 * * *' }", TELL).await;
    settle(&lab).await;
    lab.app.clock.advance(TimeDelta::hours(24)); // Wednesday 10:00; nine o'clock was an hour ago
    settle(&lab).await;
    let late = runs(&lab, 1).await.remove(0);
    assert_eq!((&late.input["scheduled_for"], &late.input["missed"]), (&json!("2026-03-11T14:00:00Z"), &Value::Null));
    lab.app.clock.advance(TimeDelta::days(3)); // nobody looked on Thursday and Friday
    settle(&lab).await;
    let caught_up = runs(&lab, 2).await.remove(1);
    assert_eq!(caught_up.input["scheduled_for"], "2026-03-14T14:00:00Z");
    assert_eq!(caught_up.input["missed"], 2);
    let words = lab.words(&caught_up.id).await;
    assert_eq!(words[0], "Started late by its schedule: it was due at 9:00 AM CDT; 2 earlier runs were left out");
    settle(&lab).await;
    assert_eq!(runs(&lab, 2).await.len(), 2);
}

const FORM: &str = "
input:
  schema:
    document:
      type: object
      required: [customer_id]
      additionalProperties: false
      properties:
        customer_id: { type: string, minLength: 3 }
        count: { type: integer, minimum: 1, maximum: 5 }
";
const FORM_TASKS: &str = "do:\n  - tell: { call: notify_user, with: { to: requester, message: Look } }\n  - look: { set: { who: '${ $workflow.input.customer_id }' } }\n";

#[tokio::test]
async fn a_person_starts_it_with_input_that_fits_its_schema() {
    let lab = Lab::new(Script::new()).await;
    let workflow = approved(&lab, FORM, FORM_TASKS).await;
    let path = format!("/v1/workflows/{workflow}/start");
    let maria = lab.app.token("maria@lakeside.example").await;
    let start = async |body: Value| lab.app.send("POST", &path, Some(&maria), Some(body)).await;
    let body = |input: Value| json!({ "store_id": "lakeside-main", "input": input });
    for (input, pointer) in [
        (json!({}), "/input"),
        (json!({ "customer_id": "x" }), "/input/customer_id"),
        (json!({ "customer_id": "cust-1", "count": 9 }), "/input/count"),
        (json!({ "customer_id": "cust-1", "other": 1 }), "/input"),
        (json!([]), "/input"),
    ] {
        let refused = start(body(input.clone())).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code().as_str()),
            (422, "invalid_input"),
            "{input}: {}",
            refused.text
        );
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    let elsewhere = start(json!({ "store_id": "lakeside-coast", "input": { "customer_id": "cust-1" } })).await;
    assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
    let started = start(body(json!({ "customer_id": "cust-1", "count": 2 }))).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.text);
    settle(&lab).await;
    let run = runs(&lab, 1).await.remove(0);
    assert_eq!(started.json()["execution_id"], run.id.as_str());
    assert_eq!(run.output.unwrap(), json!({ "who": "cust-1" }));
    let principal = lab.app.principal("maria@lakeside.example").await;
    assert_eq!(run.requested_by, Some(principal.user), "who starts it is its requester");
}

#[tokio::test]
async fn a_repeated_start_with_one_key_starts_once() {
    let lab = Lab::new(Script::new()).await;
    let workflow = approved(&lab, FORM, FORM_TASKS).await;
    let maria = lab.app.principal("maria@lakeside.example").await;
    let start = auterity::execution::manual::ManualStart {
        workflow: workflow.parse().unwrap(),
        store: "lakeside-main".parse().unwrap(),
        input: json!({ "customer_id": "cust-1" }),
        key: Some("once".to_owned()),
    };
    let service = &lab.app.app.state.execution;
    let first = service.start_by_hand(&maria, start.clone()).await.unwrap();
    let second = service.start_by_hand(&maria, start.clone()).await.unwrap();
    assert!(first.new && !second.new);
    assert_eq!(first.id, second.id);
    settle(&lab).await;
    assert_eq!(runs(&lab, 1).await[0].status, ExecutionStatus::Completed);
}

#[tokio::test]
async fn what_a_schedule_starts_nobody_starts_by_hand() {
    let lab = Lab::new(Script::new()).await;
    let workflow = approved(&lab, "schedule: { every: PT1H }", TELL).await;
    let maria = lab.app.token("maria@lakeside.example").await;
    let path = format!("/v1/workflows/{workflow}/start");
    let refused = lab.app.send("POST", &path, Some(&maria), Some(json!({ "store_id": "lakeside-main" }))).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::CONFLICT, "not_manual"));
}
