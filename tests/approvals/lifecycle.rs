//! From the first revision to a second version in force, and pause, resume, retire.

use auterity::events::{Next, Topic};
use serde_json::{Value, json};

use crate::story::{GRACE, Handle, MARIA, SAM, speed_to_lead, with_wait};
use crate::support::TestApp;

#[tokio::test]
async fn a_draft_becomes_a_workflow_and_its_next_revision_the_next_version() {
    let app = TestApp::demo().await;
    let mut engine = app.app.state.events.subscribe(Topic::Engine);
    let draft = app.draft(SAM, speed_to_lead()).await;
    assert_eq!(app.running().await, []);
    let approval = app.submitted(SAM, &draft).await;
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "submitted");
    assert_eq!(app.running().await, [], "submitted is not approved");

    let decided = app.approve(MARIA, &approval, &draft.digest).await;
    assert_eq!(decided.status, 200, "{}", decided.text);
    let body = decided.json();
    assert_eq!((body["version"].as_i64(), body["approval"]["status"].as_str()), (Some(1), Some("approved")));
    assert_eq!(app.running().await, [(1, draft.digest.clone())]);
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "approved");
    assert_eq!(engine.next().await, Next::Notice("".into()), "the engine hears of it");

    let revised = app.revise(SAM, &draft, with_wait(speed_to_lead(), "PT15M")).await;
    assert_eq!(revised.status, 201, "{}", revised.text);
    let second = Handle::of(&revised);
    assert_eq!(app.status(&format!("/v1/drafts/{}", draft.id)).await, "open");
    assert_eq!(app.running().await, [(1, draft.digest.clone())], "what was approved goes on running");

    let approval = app.submitted(SAM, &second).await;
    let review = app.get(MARIA, &format!("/v1/approvals/{approval}")).await.json();
    assert_eq!(review["draft"]["running_version"], 1);
    let before = |language: &str| review["draft"]["running"]["readback"][language].to_string();
    assert!(before("en").contains("10 minutes") && before("es").contains("10 minutos"), "{}", before("en"));
    let changes = review["draft"]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(changes[0]["pointer"], "/do/1/awaitReply/try/0/reply/timeout/after");

    let decided = app.approve(MARIA, &approval, &second.digest).await.json();
    assert_eq!(decided["version"], 2);
    assert_eq!(app.running().await, [(2, second.digest.clone())]);
    let workflow = decided["workflow_id"].as_str().unwrap();
    let detail = app.get(SAM, &format!("/v1/workflows/{workflow}")).await.json();
    assert_eq!(detail["digest"], second.digest);
    let versions: Vec<(Value, bool)> = detail["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| (version["version"].clone(), version["retired_at"].is_null()))
        .collect();
    assert_eq!(versions, [(json!(2), true), (json!(1), false)]);
    let maria = app.principal(MARIA).await.user;
    assert_eq!(detail["versions"][0]["approved_by"], json!([maria]));
}

#[tokio::test]
async fn a_manager_sees_what_it_would_do() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let other = app.draft(SAM, with_wait(speed_to_lead(), "PT1H")).await;
    let earlier = app.submitted(SAM, &other).await;
    assert_eq!(app.approve(MARIA, &earlier, &other.digest).await.status, 200);
    let review = app.get(MARIA, &format!("/v1/approvals/{approval}")).await;
    assert_eq!(review.status, 200, "{}", review.text);
    let review = review.json();
    assert_eq!(review["digest"], draft.digest);
    assert_eq!(review["may_decide"], true);
    assert_eq!(review["risk"], "customer-facing message");
    let deciders: Vec<&str> =
        review["deciders"].as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap()).collect();
    assert!(deciders.contains(&"Maria Lopez") && deciders.contains(&"Grace Kim"), "{deciders:?}");
    assert!(!deciders.contains(&"Sam Carter") && !deciders.contains(&"Marco Silva"), "{deciders:?}");
    let content = &review["draft"];
    assert_eq!(content["overlaps"][0]["shared"], json!(["lead.created"]), "{}", content["overlaps"]);
    for language in ["en", "es"] {
        assert!(content["readback"][language].is_object(), "{language}");
    }
    assert!(content["graph"]["nodes"].as_array().is_some_and(|nodes| nodes.len() >= 4), "{}", content["graph"]);
    assert_eq!(content["definition"], speed_to_lead());
    let messages = content["messages"].as_array().unwrap();
    let text = messages.iter().find(|message| message["task"] == "textCustomer").unwrap();
    assert_eq!(text["to_customer"], true);
    let rendered = text["rendered"].as_str().unwrap();
    assert!(rendered.contains("this is Lakeside Toyota.") && !rendered.contains("{{"), "{rendered}");
    assert_eq!(messages.iter().find(|message| message["task"] == "pingManager").unwrap()["to_customer"], false);
    assert_eq!(content["provenance"]["/schedule/on/one/with/type"]["source"], "inferred");
}

#[tokio::test]
async fn pause_resume_and_retire() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let decided = app.approve(MARIA, &approval, &draft.digest).await.json();
    let path = format!("/v1/workflows/{}", decided["workflow_id"].as_str().unwrap());
    assert_eq!(app.act(SAM, &format!("{path}/pause")).await.status, 403, "staff may not");

    let steps = [
        ("resume", 409, "active"),
        ("pause", 200, "paused"),
        ("pause", 409, "paused"),
        ("resume", 200, "active"),
        ("retire", 200, "retired"),
        ("retire", 409, "retired"),
        ("resume", 409, "retired"),
    ];
    for (step, status, after) in steps {
        let answer = app.act(GRACE, &format!("{path}/{step}")).await;
        assert_eq!(answer.status, status, "{step}: {}", answer.text);
        assert_eq!(app.status(&path).await, after, "{step}");
        assert_eq!(app.running().await.len(), usize::from(after == "active"), "{step}");
    }
    let listed = app.get(SAM, "/v1/workflows?status=retired").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    let second = Handle::of(&app.revise(SAM, &draft, with_wait(speed_to_lead(), "PT5M")).await);
    let approval = app.submitted(SAM, &second).await;
    assert_eq!(app.approve(MARIA, &approval, &second.digest).await.json()["version"], 2);
    assert_eq!(app.running().await, [(2, second.digest)], "a new approval brings a retired workflow back");
}

#[tokio::test]
async fn approving_a_change_of_a_paused_workflow_does_not_start_it() {
    let app = TestApp::demo().await;
    let draft = app.draft(SAM, speed_to_lead()).await;
    let approval = app.submitted(SAM, &draft).await;
    let decided = app.approve(MARIA, &approval, &draft.digest).await.json();
    let path = format!("/v1/workflows/{}", decided["workflow_id"].as_str().unwrap());
    assert_eq!(app.act(MARIA, &format!("{path}/pause")).await.status, 200);
    let second = Handle::of(&app.revise(SAM, &draft, with_wait(speed_to_lead(), "PT5M")).await);
    let approval = app.submitted(SAM, &second).await;
    assert_eq!(app.approve(MARIA, &approval, &second.digest).await.status, 200);
    assert_eq!(app.running().await, []);
    assert_eq!(app.act(MARIA, &format!("{path}/resume")).await.status, 200);
    assert_eq!(app.running().await, [(2, second.digest)]);
}
