//! Questions of running executions: asked once, answered by whoever is asked, answered as an event.

use auterity::approvals::RuntimeQuestion;
use auterity::model::{ApprovalId, ExecutionId};
use chrono::TimeDelta;
use serde_json::json;

use crate::story::{DIANE, GRACE, MARIA, RITA, SAM};
use crate::support::TestApp;

async fn question(app: &TestApp, approver: &str) -> RuntimeQuestion {
    let now = app.app.state.clock.now();
    RuntimeQuestion {
        tenant: app.principal(SAM).await.tenant,
        store: "lakeside-main".parse().unwrap(),
        execution: ExecutionId::derive("one"),
        idempotency_key: format!("one#/do/0/{approver}"),
        approver: approver.to_owned(),
        subject: "Revival e-mail to 120 leads".to_owned(),
        details: Some("All of them came in ninety days ago.".to_owned()),
        options: Vec::new(),
        expires_at: Some(now + TimeDelta::hours(1)),
        now,
    }
}

async fn ask(app: &TestApp, approver: &str, options: &[&str]) -> ApprovalId {
    let mut question = question(app, approver).await;
    question.options = options.iter().map(ToString::to_string).collect();
    app.app.state.approvals.ask(question).await.unwrap()
}

#[tokio::test]
async fn the_answer_arrives_as_an_event() {
    let app = TestApp::demo().await;
    let id = ask(&app, "role:sales_manager", &[]).await;
    assert_eq!(ask(&app, "role:sales_manager", &[]).await, id, "asked twice, it is one question");
    let queue = app.get(MARIA, "/v1/approvals?subject=execution").await.json();
    assert_eq!(queue["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (queue["items"][0]["id"].as_str(), queue["items"][0]["may_decide"].as_bool()),
        (Some(id.as_str()), Some(true))
    );

    for (who, code) in [(SAM, "not_approver"), (DIANE, "not_approver"), (RITA, "not_found")] {
        assert_eq!(app.decide(who, id.as_str(), json!({ "decision": "approved" })).await.code(), code, "{who}");
    }
    let decided = app.decide(MARIA, id.as_str(), json!({ "decision": "approved", "comment": "Go" })).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    assert_eq!(decided.json()["approval"]["status"], "approved");
    assert_eq!(app.decide(GRACE, id.as_str(), json!({ "decision": "approved" })).await.code(), "not_pending");

    let tenant = app.principal(SAM).await.tenant;
    let source = "/dealers/lakeside-toyota/stores/lakeside-main/auterity";
    let stored = app.app.state.db.find_event(&tenant, source, id.as_str()).await.unwrap().expect("the event is stored");
    assert_eq!(stored.event.event_type, "approval.decided");
    let data = stored.data();
    for (field, value) in [
        ("dealer_id", json!("lakeside-toyota")),
        ("store_id", json!("lakeside-main")),
        ("approval_id", json!(id)),
        ("decision", json!("approved")),
        ("choice", json!(null)),
        ("decided_by", json!("emp-maria-lopez")),
        ("comment", json!("Go")),
    ] {
        assert_eq!(data.get(field), Some(&value), "{field}");
    }
    assert!(data["occurred_at"].is_string());
}

#[tokio::test]
async fn staff_answer_what_they_are_asked() {
    let app = TestApp::demo().await;
    let id = ask(&app, "user:emp-sam-carter", &[]).await;
    assert_eq!(app.decide(MARIA, id.as_str(), json!({ "decision": "approved" })).await.code(), "not_approver");
    let no = json!({ "decision": "rejected", "comment": "They called" });
    assert_eq!(app.decide(SAM, id.as_str(), no).await.json()["approval"]["status"], "rejected");
}

#[tokio::test]
async fn a_yes_names_one_of_the_options() {
    let app = TestApp::demo().await;
    let id = ask(&app, "role:sales_manager", &["call", "text"]).await;
    for body in [json!({ "decision": "approved" }), json!({ "decision": "approved", "choice": "visit" })] {
        let answer = app.decide(MARIA, id.as_str(), body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "unknown_choice"));
    }
    let answer = app.decide(MARIA, id.as_str(), json!({ "decision": "approved", "choice": "text" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let review = app.get(MARIA, &format!("/v1/approvals/{id}")).await.json();
    assert_eq!(review["decisions"][0]["choice"], "text");
    assert_eq!(review["decisions"][0]["name"], "Maria Lopez");
    assert_eq!(review["details"]["options"], json!(["call", "text"]));
}

#[tokio::test]
async fn silence_is_told_by_the_engine_s_clock() {
    let app = TestApp::demo().await;
    let id = ask(&app, "role:sales_manager", &[]).await;
    app.app.state.db.update_clock_offset(TimeDelta::minutes(59).num_milliseconds()).await.unwrap();
    assert_eq!(app.status(&format!("/v1/approvals/{id}")).await, "pending");
    app.app.state.db.update_clock_offset(TimeDelta::minutes(1).num_milliseconds()).await.unwrap();
    let answer = app.decide(MARIA, id.as_str(), json!({ "decision": "approved" })).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "not_pending"));
    assert_eq!(app.status(&format!("/v1/approvals/{id}")).await, "expired");
}
