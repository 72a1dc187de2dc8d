//! The agent endpoint: what it accepts, what a whole conversation looks like on the wire.

use serde_json::{Value, json};

use crate::client::{Client, Frame, called, kinds, record, state, with_model};
use crate::script::{self, Script};
use crate::support::TestApp;

const ASK: &str = "When a new lead comes in, make a task for the sales manager within ten minutes.";

#[tokio::test]
async fn a_model_writes_a_draft_and_the_wire_shows_every_step() {
    let script = Script::new(vec![
        script::calls(
            &[("search_templates", json!({"query": "new lead"})), ("find_actions", json!({"query": "task"}))],
            3,
        ),
        script::calls(&[("write_workflow", script::write_arguments())], 5),
        script::text("Here is a first draft. "),
    ])
    .await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let answer = client.post("t-1", "r-1", ASK).await;
    assert_eq!((answer.status.as_u16(), answer.headers["content-type"].to_str().unwrap()), (200, "text/event-stream"));
    record("model", &answer.text);
    let frames = crate::client::frames(&answer.text);
    script.assert_content();

    assert_eq!(
        frames[0].event,
        json!({"type": "RUN_STARTED", "threadId": "t-1", "runId": "r-1", "protocolVersion": "1.0"})
    );
    assert_eq!(frames[1].event["snapshot"]["draft"], Value::Null, "the client's own state is not believed");
    assert_eq!(called(&frames), ["search_templates", "find_actions", "write_workflow"]);
    let ids: Vec<String> = (1..=frames.len()).map(|n| format!("r-1:{n}")).collect();
    assert_eq!(frames.iter().map(|frame| frame.id.clone()).collect::<Vec<_>>(), ids);

    let draft = &state(&frames)["draft"];
    assert_eq!((&draft["revision"], &draft["status"]), (&json!(1), &json!("open")));
    assert_eq!(draft["definition"], script::definition());
    assert_eq!(draft["provenance"]["coverage"]["stated"], 1, "a quote that nobody said is not stated: {draft}");
    let delta = frames.iter().find(|frame| frame.kind() == "STATE_DELTA").unwrap();
    assert_eq!(delta.event["delta"][0], json!({"op": "test", "path": "/draft", "value": null}));

    let end = frames.last().unwrap();
    assert_eq!(end.event["outcome"], json!({"type": "success"}));
    assert_eq!(end.event["usage"][0]["totalTokens"], 3 * 57);
    insta::assert_json_snapshot!("a_first_draft", redacted(&frames));
}

/// Ids and digests replaced by what they are; the long ones of the state left out.
fn redacted(frames: &[Frame]) -> Vec<Value> {
    let mut names: Vec<String> = Vec::new();
    let mut events: Vec<Value> = frames.iter().map(|frame| frame.event.clone()).collect();
    for event in &mut events {
        if event["type"] == "TOOL_CALL_ARGS" {
            event["delta"] = json!("[arguments]");
        }
        if event["type"] == "CUSTOM" {
            event["value"] = json!(format!("[{}]", event["name"].as_str().unwrap()));
        }
        if event["type"] == "TOOL_CALL_RESULT" {
            event["content"] = json!("[result]");
        }
        if event["type"] == "STATE_DELTA" {
            for operation in event["delta"].as_array_mut().unwrap() {
                if operation["value"].is_object() {
                    let keys: Vec<&String> = operation["value"].as_object().unwrap().keys().collect();
                    operation["value"] = json!(keys);
                }
            }
        }
        for key in ["messageId", "toolCallId", "parentMessageId"] {
            if let Some(id) = event.get(key).and_then(Value::as_str).map(ToOwned::to_owned) {
                let at = names.iter().position(|name| *name == id).unwrap_or_else(|| {
                    names.push(id);
                    names.len() - 1
                });
                event[key] = json!(format!("[id {at}]"));
            }
        }
    }
    events.dedup_by(|a, b| a["type"] == "TOOL_CALL_ARGS" && a == b);
    events
}

#[tokio::test]
async fn edit_undo_and_a_question_that_touches_nothing() {
    let set = json!({"op": "set", "pointer": "/do/0/callTask/with/due_in", "value": "PT5M"});
    let script = Script::new(vec![
        script::write(),
        script::text("Drafted."),
        script::call("edit_workflow", json!({"base_revision": 1, "operations": [set]})),
        script::text("It is five minutes now."),
        script::text("It is due after five minutes."),
        script::call("undo_edit", json!({})),
        script::text("Back at ten."),
    ])
    .await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    client.say("t", "r1", ASK).await;

    let edited = client.say("t", "r2", "make it 5 minutes instead").await;
    let after = state(&edited);
    assert_eq!(after["draft"]["revision"], 2);
    assert_eq!(after["draft"]["changes"].as_array().unwrap().len(), 1, "{}", after["draft"]["changes"]);
    assert_eq!(after["draft"]["definition"]["do"][0]["callTask"]["with"]["due_in"], "PT5M");
    let delta = edited.iter().find(|frame| frame.kind() == "STATE_DELTA").unwrap();
    assert_eq!(delta.event["delta"][0], json!({"op": "test", "path": "/draft/revision", "value": 1}));

    let asked = client.say("t", "r3", "How long does the task have?").await;
    assert_eq!(state(&asked)["draft"]["digest"], after["draft"]["digest"]);
    assert!(!kinds(&asked).contains(&"STATE_DELTA"));
    let offered = script.requests().remove(4)["tools"].clone();
    let names: Vec<&str> =
        offered.as_array().unwrap().iter().map(|t| t["function"]["name"].as_str().unwrap()).collect();
    assert!(!names.contains(&"write_workflow") && !names.contains(&"edit_workflow"), "{names:?}");
    assert!(names.contains(&"search_knowledge"));

    let undone = client.say("t", "r4", "undo that please").await;
    let undone = &state(&undone)["draft"];
    assert_eq!((&undone["revision"], &undone["definition"]), (&json!(3), &script::definition()));
    script.assert_content();
}

#[tokio::test]
async fn an_invalid_draft_goes_back_to_the_model_with_what_is_wrong() {
    let mut wrong = script::write_arguments();
    wrong["definition"]["do"][0]["callTask"]["call"] = json!("no_such_action");
    let script =
        Script::new(vec![script::call("write_workflow", wrong), script::write(), script::text("Here it is.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let frames = client.say("t", "r", ASK).await;
    script.assert_content();
    let results: Vec<Value> = frames
        .iter()
        .filter(|frame| frame.kind() == "TOOL_CALL_RESULT")
        .map(|frame| serde_json::from_str(frame.event["content"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(results[0]["error"], "draft_invalid", "{}", results[0]);
    assert!(results[0]["diagnostics"].as_array().is_some_and(|found| !found.is_empty()));
    assert_eq!(results[1]["revision"], 1, "the invalid draft was not kept");
}

#[tokio::test]
async fn a_claim_without_a_change_is_corrected_on_the_spot() {
    let script = Script::new(vec![script::text("Done, I've added the task.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let frames = client.say("t", "r", ASK).await;
    let snapshot = frames.iter().find(|frame| frame.kind() == "MESSAGES_SNAPSHOT").unwrap();
    let corrected = snapshot.event["messages"][1]["content"].as_str().unwrap();
    assert!(corrected.contains("nothing was written in this turn"), "{corrected}");
    assert!(!corrected.contains("added the task"), "the claim is gone: {corrected}");
    assert_eq!(frames.last().unwrap().kind(), "RUN_FINISHED");
    let kept = client.get("/v1/conversations/t").await.json();
    assert_eq!(kept["messages"][1]["content"], corrected, "and it stays so");
}

#[tokio::test]
async fn bad_arguments_and_unknown_tools_are_answers_the_model_can_act_on() {
    let script = Script::new(vec![
        script::calls(&[("ask", json!({"questions": "when?"})), ("drop_tables", json!({}))], 20),
        script::call("ask", json!({"questions": [{"code": "timing", "text": "When?", "choices": ["now"]}]})),
        script::text("One question."),
    ])
    .await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let frames = client.say("t", "r", ASK).await;
    script.assert_content();
    let results: Vec<&str> = frames
        .iter()
        .filter(|frame| frame.kind() == "TOOL_CALL_RESULT")
        .map(|frame| frame.event["content"].as_str().unwrap())
        .collect();
    assert!(results[0].contains("arguments_invalid") && results[0].contains("questions"), "{}", results[0]);
    assert!(results[1].contains("tool_not_offered"), "{}", results[1]);
    assert_eq!(state(&frames)["questions"][0]["code"], "timing");
}

#[tokio::test]
async fn input_that_is_no_message_is_a_problem_before_any_stream() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let user = |content: Value| json!([{"id": "m", "role": "user", "content": content}]);
    let long = "x".repeat(8001);
    let cases = [
        (json!({"threadId": "t", "messages": user(json!("hi"))}), "invalid_body"),
        (json!({"threadId": 7, "runId": "r", "messages": user(json!("hi"))}), "invalid_body"),
        (json!({"threadId": "t".repeat(129), "runId": "r", "messages": user(json!("hi"))}), "invalid_body"),
        (json!({"threadId": "t", "runId": "r\n", "messages": user(json!("hi"))}), "invalid_body"),
        (json!({"threadId": "t", "runId": "r", "messages": []}), "no_user_message"),
        (
            json!({"threadId": "t", "runId": "r", "messages": [{"role": "assistant", "content": "hi"}]}),
            "no_user_message",
        ),
        (json!({"threadId": "t", "runId": "r", "messages": user(json!("  "))}), "message_length"),
        (json!({"threadId": "t", "runId": "r", "messages": user(json!(long))}), "message_length"),
    ];
    for (body, code) in cases {
        let answer = app.send("POST", "/v1/agent", Some(&client.token), Some(body.clone())).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, code), "{body}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let huge = json!({"threadId": "t", "runId": "r", "messages": user(json!("x".repeat(2_000_000)))});
    let answer = app.send("POST", "/v1/agent", Some(&client.token), Some(huge)).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"));
    let answer = app.send("POST", "/v1/agent", None, Some(json!({}))).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn parts_are_read_as_text() {
    let script = Script::new(vec![script::text("Hello.")]).await;
    let app = with_model(&script).await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let parts =
        json!([{"type": "text", "text": "How are"}, {"type": "image", "source": {}}, {"type": "text", "text": "you?"}]);
    let body = json!({"threadId": "t", "runId": "r", "messages": [{"id": "m", "role": "user", "content": parts}]});
    let answer = app.send("POST", "/v1/agent", Some(&client.token), Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let sent = script.requests().remove(0)["messages"].as_array().unwrap().last().unwrap()["content"].clone();
    assert_eq!(sent, "How are\nyou?");
}
