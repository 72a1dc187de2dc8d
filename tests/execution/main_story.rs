//! The main story end to end: a lead comes in, a text goes out, a reply comes in time or it does not.

use auterity::execution::connectors::Outcome;
use auterity::model::{ExecutionId, ExecutionStatus};
use auterity::workflow::Language;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::lab::{Lab, Script};
use crate::support::SPEED_TO_LEAD;

async fn lab() -> Lab {
    Lab::new(Script::answering(|call, _| {
        Ok(Outcome::Done(match call.action.as_str() {
            "send_sms" => json!({ "message_id": "m", "status": "sent", "reason": null }),
            _ => json!({ "notification_id": "n" }),
        }))
    }))
    .await
}

async fn start(lab: &Lab) -> ExecutionId {
    let lead = json!([{ "type": "lead.created", "data": { "customer_id": "cust-dana-whitfield" } }]);
    let id = lab.start(SPEED_TO_LEAD, lead).await;
    lab.waiting(&id).await;
    id
}

#[tokio::test]
async fn silence_pings_the_manager_after_ten_minutes() {
    let lab = lab().await;
    let _engine = lab.engine();
    let id = start(&lab).await;
    assert_eq!(lab.script.actions(), ["send_sms"]);
    lab.skip(TimeDelta::minutes(9)).await;
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(lab.find(&id).await.status, ExecutionStatus::Waiting);
    lab.skip(TimeDelta::minutes(1)).await;
    lab.completed(&id).await;
    assert_eq!(lab.script.actions(), ["send_sms", "notify_user"]);
    let ping = &lab.script.calls()[1];
    assert_eq!(ping.input["to"], "role:sales_manager");
    assert_eq!(ping.path, "/do/1/awaitReply/catch/do/0/pingManager");
    let words = lab.words(&id).await;
    assert_eq!(words[1], "Texted Dana Whitfield");
    assert_eq!(words[2], "Waiting for a reply until 10:10 AM");
    assert!(words[4].starts_with("Told Maria") && words[4].ends_with("(sales manager)"), "{words:?}");
    assert_eq!(words.last().unwrap(), "Finished");
    let words = lab.words_in(&id, Language::Es).await;
    assert_eq!(words[0], "Llega un prospecto: Dana Whitfield");
    assert_eq!(words[1], "SMS enviado a Dana Whitfield");
    assert_eq!(words[2], "Esperando una respuesta hasta 10:10 AM");
    assert!(words[4].starts_with("Aviso a Maria"), "{words:?}");
    assert_eq!(words.last().unwrap(), "Terminada");
}

#[tokio::test]
async fn a_reply_in_time_pings_nobody() {
    let lab = lab().await;
    let _engine = lab.engine();
    let id = start(&lab).await;
    lab.skip(TimeDelta::minutes(4)).await;
    lab.message("m-1", "cust-dana-whitfield", "Tomorrow at five").await;
    let output = lab.completed(&id).await.output.unwrap();
    assert_eq!(output["text"], "Tomorrow at five");
    assert_eq!(lab.script.actions(), ["send_sms"]);
    let words = lab.words(&id).await;
    assert!(words.contains(&"Dana Whitfield replied: “Tomorrow at five”".to_owned()), "{words:?}");
}

#[tokio::test]
async fn a_reply_stored_in_time_counts_even_when_the_engine_was_away() {
    let lab = lab().await;
    let engine = lab.engine();
    let id = start(&lab).await;
    engine.crash().await;
    lab.skip(TimeDelta::minutes(8)).await;
    lab.message("m-1", "cust-dana-whitfield", "Yes").await;
    lab.skip(TimeDelta::minutes(30)).await;
    let _engine = lab.engine();
    lab.completed(&id).await;
    assert_eq!(lab.script.actions(), ["send_sms"]);
}

#[tokio::test]
async fn a_message_before_the_text_is_no_answer_to_it() {
    let lab = lab().await;
    lab.message("early", "cust-dana-whitfield", "Hello?").await;
    let _engine = lab.engine();
    let id = start(&lab).await;
    lab.skip(TimeDelta::minutes(10)).await;
    lab.completed(&id).await;
    assert_eq!(lab.script.actions(), ["send_sms", "notify_user"]);
}

#[tokio::test]
async fn an_approved_workflow_starts_once_per_event() {
    let lab = lab().await;
    let definition: Value = auterity::workflow::Definition::from_yaml(SPEED_TO_LEAD).unwrap().into_raw();
    let (sam, maria) = (lab.app.token("sam@lakeside.example").await, lab.app.token("maria@lakeside.example").await);
    let draft = lab.app.send("POST", "/v1/drafts", Some(&sam), Some(json!({ "definition": definition }))).await;
    let draft = draft.json();
    let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
    let body = json!({ "revision": draft["revision"], "digest": draft["digest"] });
    let request = lab.app.send("POST", &path, Some(&sam), Some(body)).await;
    assert_eq!(request.status, 201, "{}", request.text);
    let path = format!("/v1/approvals/{}/decision", request.json()["id"].as_str().unwrap());
    let body = json!({ "decision": "approved", "digest": draft["digest"] });
    let decided = lab.app.send("POST", &path, Some(&maria), Some(body)).await;
    assert!(decided.status.is_success(), "{}", decided.text);

    let _engine = lab.engine();
    let lead = lab.app.send("POST", "/v1/demo/lead", Some(&sam), Some(json!({ "store_id": "lakeside-main" }))).await;
    assert_eq!(lead.status, 202, "{}", lead.text);
    let elsewhere =
        lab.app.send("POST", "/v1/demo/lead", Some(&sam), Some(json!({ "store_id": "lakeside-coast" }))).await;
    assert_eq!(elsewhere.status, 202, "{}", elsewhere.text);
    let list = async || lab.app.send("GET", "/v1/executions", Some(&sam), None).await.json();
    for _ in 0..500 {
        if list().await["items"][0]["status"] == "waiting" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let found = list().await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "only the store that was approved: {found}");
    assert_eq!(found["items"][0]["digest"], draft["digest"]);
    let (id, workflow) = (found["items"][0]["id"].as_str().unwrap(), &found["items"][0]["workflow_id"]);
    let story = lab.app.send("GET", &format!("/v1/executions/{id}?language=es"), Some(&sam), None).await.json();
    assert_eq!((&story["workflow_id"], story["store_id"].as_str()), (workflow, Some("lakeside-main")), "{story}");
    assert_eq!(story["wakes_at"], found["items"][0]["wakes_at"]);
    assert!(story["steps"][0]["words"].as_str().unwrap().starts_with("Llega un prospecto"), "{story}");
    for (filter, hits) in [("store=lakeside-main", 1), ("store=lakeside-coast", 0), ("status=completed", 0)] {
        let list = lab.app.send("GET", &format!("/v1/executions?{filter}"), Some(&sam), None).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), hits, "{filter}: {list}");
    }
    let call = &lab.script.calls()[0];
    assert_eq!(call.input["customer_id"], lead.json()["customer_id"]);
    assert_eq!(call.event["lead_id"], lead.json()["lead_id"]);
    assert!(call.requester.is_some(), "the author is the requester");
}

#[tokio::test]
async fn in_the_sandbox_the_text_and_the_ping_are_in_the_outbox() {
    let lab = lab().await;
    let sam = lab.app.token("sam@lakeside.example").await;
    let lead =
        lab.app.send("POST", "/v1/demo/lead", Some(&sam), Some(json!({ "store_id": "lakeside-main" }))).await.json();
    let data = json!({ "customer_id": lead["customer_id"], "lead_id": lead["lead_id"] });
    let _engine = lab.sandbox_engine();
    let id = lab.start(SPEED_TO_LEAD, json!([{ "type": "lead.created", "data": data }])).await;
    lab.until(&id, |e| e.progress["doing"] == "listening" || e.status.is_over()).await;
    lab.skip(TimeDelta::minutes(10)).await;
    lab.completed(&id).await;
    let journal = lab.app.app.state.db.list_journal(&lab.tenant, &id).await.unwrap();
    let steps: Vec<&Value> = journal.iter().filter(|entry| entry.kind == "step").map(|entry| &entry.value).collect();
    assert_eq!(steps[0]["output"]["result"]["status"], "sent", "{steps:?}");
    assert_eq!(steps[1]["facts"]["action"], "notify_user");
    let words = lab.words(&id).await;
    assert!(words.iter().any(|w| w.starts_with("Texted ") && !w.contains("the customer")), "{words:?}");
}

#[tokio::test]
async fn nobody_is_silent_after_a_text_that_was_blocked() {
    let lab = Lab::new(Script::answering(|call, _| {
        Ok(Outcome::Done(match call.action.as_str() {
            "send_sms" => json!({ "message_id": "m", "status": "blocked", "reason": "opted_out" }),
            "create_task" => json!({ "task_id": "t" }),
            _ => json!({ "notification_id": "n" }),
        }))
    }))
    .await;
    let _engine = lab.engine();
    let id = start(&lab).await;
    assert_eq!(lab.script.actions(), ["send_sms", "create_task"], "a person is told at once");
    let task = &lab.script.calls()[1].input;
    assert_eq!(task["assignee"], "record_owner");
    assert_eq!(
        task["title"],
        "{{customer.name}} was not written to: the customer opted out. Please follow up in another way."
    );
    lab.skip(TimeDelta::minutes(10)).await;
    lab.completed(&id).await;
    assert_eq!(lab.script.actions(), ["send_sms", "create_task"], "no answer is not what happened");
}

#[tokio::test]
async fn after_a_blocked_text_a_message_that_came_before_it_still_counts() {
    let lab = Lab::new(Script::answering(|call, _| {
        Ok(Outcome::Done(match call.action.as_str() {
            "send_sms" => json!({ "message_id": "m", "status": "blocked", "reason": "no_address" }),
            _ => json!({ "task_id": "t" }),
        }))
    }))
    .await;
    let lead = json!([{ "type": "lead.created", "data": { "customer_id": "cust-dana-whitfield" } }]);
    let id = lab.start(SPEED_TO_LEAD, lead).await;
    lab.message("m-1", "cust-dana-whitfield", "Call me").await;
    let _engine = lab.engine();
    let output = lab.completed(&id).await.output.unwrap();
    assert_eq!(output["text"], "Call me");
}
