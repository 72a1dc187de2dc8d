//! Conversations as resources: what a page finds when it is loaded again.

use serde_json::{Value, json};

use crate::client::{Client, state, with_model};
use crate::script::{self, Script};
use crate::support::TestApp;

#[tokio::test]
async fn a_reloaded_page_finds_messages_draft_and_open_questions() {
    let ask = json!({"questions": [{"code": "timing", "text": "How fast?"}]});
    let script = Script::new(vec![
        script::calls(&[("write_workflow", script::write_arguments()), ("ask", ask)], 50),
        script::text("Drafted, with one question."),
    ])
    .await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let said = client.say("t", "r", "Make a task for every new lead").await;
    let shown = client.get("/v1/conversations/t").await.json();
    assert_eq!(shown["conversation"]["title"], "Make a task for every new lead");
    assert_eq!(shown["active_run"], Value::Null);
    assert_eq!(shown["state"]["draft"]["digest"], state(&said)["draft"]["digest"]);
    assert_eq!(shown["state"]["questions"][0]["code"], "timing");
    let roles: Vec<&str> =
        shown["messages"].as_array().unwrap().iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "tool", "tool", "assistant"]);
    assert_eq!(shown["messages"][1]["toolCalls"][0]["function"]["name"], "write_workflow");
    assert!(shown["messages"][1].get("content").is_none());

    let listed = client.get("/v1/conversations?limit=1").await.json();
    assert_eq!(listed["items"][0]["id"], shown["conversation"]["id"]);
}

#[tokio::test]
async fn a_conversation_can_begin_on_a_draft_of_another_one() {
    let script = Script::new(vec![script::write(), script::text("Drafted."), script::text("A task.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let drafted = state(&client.say("t", "r", "Make a task for every new lead").await);
    let draft = drafted["draft"]["id"].clone();
    let begun = app.send("POST", "/v1/conversations", Some(&client.token), Some(json!({"draft_id": draft}))).await;
    assert_eq!(begun.status, 201);
    let thread = begun.json()["id"].as_str().unwrap().to_owned();
    let frames = client.say(&thread, "r2", "What does it do?").await;
    assert_eq!(frames[0].event["threadId"], thread.as_str());
    assert_eq!(frames[1].event["snapshot"]["draft"]["id"], draft);

    let none = json!({"draft_id": "draft_00000000000000000000000000000000"});
    let answer = app.send("POST", "/v1/conversations", Some(&client.token), Some(none)).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_list_goes_page_by_page() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    for n in 0..5 {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        client.say(&format!("t{n}"), &format!("r{n}"), &format!("Question number {n}?")).await;
    }
    let mut titles = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("/v1/conversations?limit=2{after}")).await.json();
        titles.extend(page["items"].as_array().unwrap().iter().map(|c| c["title"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..5).rev().map(|n| format!("Question number {n}?")).collect();
    assert_eq!(titles, expected);
}

#[tokio::test]
async fn what_a_citation_names_can_be_read() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "sam@lakeside.example").await;
    let article = client.get("/v1/knowledge/documents/quiet-hours").await.json();
    assert_eq!(article["kind"], "article");
    assert!(article["body"].as_str().unwrap().len() > 500, "{article}");
    let hits = client.get("/v1/knowledge/search?within=templates&q=answer+new+leads").await.json();
    let id = hits["hits"][0]["document"].as_str().unwrap();
    let template = client.get(&format!("/v1/knowledge/documents/{id}")).await.json();
    assert_eq!((template["kind"].as_str(), template["id"].as_str()), (Some("template"), Some(id)));
    assert!(!template["readback"]["es"]["steps"].as_array().unwrap().is_empty(), "{template}");
    assert!(template["graph"]["edges"].as_array().unwrap().len() > 2);
    assert_eq!(client.get("/v1/knowledge/documents/nothing").await.status, 404);
}
