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
async fn a_reload_keeps_what_changed_and_the_steps_back_and_forward() {
    let edit = json!({"base_revision": 1, "operations": [
        {"op": "set", "pointer": "/do/0/callTask/with/due_in", "value": "PT5M"}]});
    let undo = script::calls(&[("undo_edit", json!({}))], 50);
    let script = Script::new(vec![
        script::write(),
        script::text("Drafted."),
        script::calls(&[("edit_workflow", edit)], 50),
        script::text("Five minutes now."),
        undo,
        script::text("Taken back."),
    ])
    .await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let draft = async || client.get("/v1/conversations/t").await.json()["state"]["draft"].clone();
    client.say("t", "r1", "Make a task for every new lead").await;
    let first = draft().await;
    assert_eq!((&first["undo_revision"], &first["redo_revision"]), (&Value::Null, &Value::Null));
    let edited = state(&client.say("t", "r2", "Make it five minutes").await);
    let shown = draft().await;
    assert_eq!(shown, edited["draft"], "what is read again is what was streamed");
    assert_eq!(shown["changes"].as_array().unwrap().len(), 1, "{shown}");
    assert_eq!((&shown["undo_revision"], &shown["redo_revision"]), (&json!(1), &Value::Null));
    client.say("t", "r3", "Undo that").await;
    let undone = draft().await;
    assert_eq!((&undone["undo_revision"], &undone["redo_revision"]), (&Value::Null, &json!(2)));
    assert_ne!(shown["definition"]["document"]["version"], Value::Null);
}

#[tokio::test]
async fn a_client_keeps_its_message_id_unless_it_is_taken() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let id = "msg_0190a0b0c0d0e0f0a1b2c3d4e5f60718";
    let say = async |thread: &str, run: &str, id: &str| {
        let message = json!({"id": id, "role": "user", "content": "What can you do?"});
        let body = json!({"threadId": thread, "runId": run, "messages": [message]});
        let answer = app.send("POST", "/v1/agent", Some(&client.token), Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        client.get(&format!("/v1/conversations/{thread}")).await.json()["messages"][0]["id"].clone()
    };
    assert_eq!(say("t1", "r1", id).await, id);
    assert_ne!(say("t2", "r2", id).await, id, "somebody has it already");
    assert_ne!(say("t3", "r3", "message 1").await, "message 1", "not an id of ours");
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
