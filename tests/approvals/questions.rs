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
        default: None,
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

#[tokio::test]
async fn silence_counts_as_the_declared_default() {
    // options, default → decision and choice of the event
    type Case<'a> = (&'a [&'a str], Option<&'a str>, Option<(&'a str, Option<&'a str>)>);
    let cases: [Case<'_>; 4] = [
        (&[], None, None),
        (&[], Some("rejected"), Some(("rejected", None))),
        (&[], Some("approved"), Some(("approved", None))),
        (&["call", "text"], Some("call"), Some(("approved", Some("call")))),
    ];
    for (options, default, expected) in cases {
        let app = TestApp::demo().await;
        let mut asked = question(&app, "role:sales_manager").await;
        asked.options = options.iter().map(ToString::to_string).collect();
        asked.default = default.map(str::to_owned);
        let id = app.app.state.approvals.ask(asked).await.unwrap();
        app.app.state.db.update_clock_offset(TimeDelta::hours(1).num_milliseconds()).await.unwrap();
        assert_eq!(app.app.state.approvals.run_due().await.unwrap(), 1, "{default:?}");
        assert_eq!(app.app.state.approvals.run_due().await.unwrap(), 0, "once");
        assert_eq!(app.status(&format!("/v1/approvals/{id}")).await, "expired");
        let tenant = app.principal(SAM).await.tenant;
        let source = "/dealers/lakeside-toyota/stores/lakeside-main/auterity";
        let stored = app.app.state.db.find_event(&tenant, source, id.as_str()).await.unwrap();
        let answered = stored.as_ref().map(|event| {
            let data = event.data();
            (data["decision"].as_str().unwrap(), data["choice"].as_str(), data["decided_by"].as_str())
        });
        let expected = expected.map(|(decision, choice)| (decision, choice, Some("system")));
        assert_eq!(answered, expected, "{default:?}");
    }
}

#[tokio::test]
async fn a_question_whose_execution_is_over_leaves_the_queue() {
    let app = TestApp::demo().await;
    let id = ask(&app, "role:sales_manager", &[]).await;
    let state = &app.app.state;
    assert_eq!(state.approvals.run_due().await.unwrap(), 0, "nobody knows of an end");
    let definition = auterity::workflow::Definition::from_value(crate::story::speed_to_lead()).unwrap();
    let execution = auterity::store::executions::NewExecution {
        id: ExecutionId::derive("one"),
        tenant: app.principal(SAM).await.tenant,
        store: "lakeside-main".parse().unwrap(),
        workflow: auterity::model::WorkflowId::derive("one"),
        version: 1,
        digest: definition.digest().unwrap(),
        definition,
        trigger_source: "manual".to_owned(),
        trigger_id: "one".to_owned(),
        requested_by: None,
        depth: 0,
        start_seq: 0,
        input: json!([{ "data": {} }]),
        now: state.clock.now(),
    };
    assert!(state.execution.start(execution).await.unwrap());
    assert_eq!(state.approvals.run_due().await.unwrap(), 0, "it runs");
    let path = format!("/v1/executions/{}/cancel", ExecutionId::derive("one"));
    assert_eq!(app.act(MARIA, &path).await.status, 202);
    let engine = crate::story::Running::start(&app);
    app.until(async || app.status(&format!("/v1/executions/{}", ExecutionId::derive("one"))).await == "cancelled")
        .await;
    drop(engine);
    assert_eq!(state.approvals.run_due().await.unwrap(), 1);
    assert_eq!(app.status(&format!("/v1/approvals/{id}")).await, "voided");
    assert_eq!(app.decide(MARIA, id.as_str(), json!({ "decision": "approved" })).await.code(), "not_pending");
}
