//! One conversation from the first vague wish to the submission, and all that the model was sent for it.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::client::{Client, called, said, state, with_model};
use crate::script::{self, Script};

const SAM: &str = "sam@lakeside.example";

/// Each turn: what the author says, and the calls and words of the model.
async fn script() -> Script {
    let question = json!({"questions": [
        {"code": "trigger_event", "text": "Which leads do you mean?", "choices": ["every new lead", "internet leads only"]},
        {"code": "recipient", "text": "Who should follow up?"}]});
    let set = json!({"op": "set", "pointer": "/do/0/callTask/with/due_in", "value": "PT5M"});
    let source = json!({"pointer": "/do/0/callTask/with/due_in", "source": "stated", "quote": "five minutes"});
    Script::new(vec![
        // clarify
        script::call("ask", question),
        script::text("Two things first: which leads, and who follows up?"),
        // draft
        script::calls(
            &[
                ("search_templates", json!({"query": "call new leads"})),
                ("find_actions", json!({"query": "task lead"})),
            ],
            30,
        ),
        script::write(),
        script::text("For every new lead, the sales manager gets a task to call within ten minutes."),
        // edit
        script::call("edit_workflow", json!({"base_revision": 1, "operations": [set], "provenance": [source]})),
        script::text("The task is due after five minutes now."),
        // undo
        script::call("undo_edit", json!({})),
        script::text("Back at ten minutes."),
        // question
        script::call("search_knowledge", json!({"query": "speed to lead"})),
        script::text("Our article on speed to lead says that the first minutes count most; nothing was changed."),
        // submit
        script::call("submit_for_approval", json!({})),
        script::text("Please confirm, then your manager gets it."),
    ])
    .await
}

const TURNS: [&str; 6] = [
    "can you automate the follow-up",
    "Every new lead. Make a task for the sales manager to call within ten minutes.",
    "make it five minutes instead",
    "undo that",
    "Why are ten minutes a good time?",
    "it's ready, send it to my manager",
];

#[tokio::test]
async fn clarify_draft_edit_undo_question_submit() {
    let script = script().await;
    let app = with_model(&script).await;
    let client = Client::of(&app, SAM).await;
    let mut turns = Vec::new();
    for (number, text) in TURNS.iter().enumerate() {
        turns.push(client.say("t", &format!("r{number}"), text).await);
    }
    script.assert_content();

    assert_eq!(called(&turns[0]), ["ask"]);
    assert_eq!(state(&turns[0])["draft"], Value::Null);
    assert_eq!(state(&turns[1])["draft"]["revision"], 1);
    assert_eq!(state(&turns[2])["draft"]["definition"]["do"][0]["callTask"]["with"]["due_in"], "PT5M");
    assert_eq!(state(&turns[3])["draft"]["definition"], script::definition());
    for part in ["revision", "digest", "definition", "provenance"] {
        assert_eq!(
            state(&turns[4])["draft"][part],
            state(&turns[3])["draft"][part],
            "a question leaves the draft alone"
        );
    }
    assert!(said(&turns[4]).contains("nothing was changed"));
    assert_eq!(state(&turns[5])["submission"], "confirm");

    // what the author confirms in the page
    let draft = &state(&turns[5])["draft"];
    let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
    let body = json!({"revision": draft["revision"], "digest": draft["digest"]});
    let submitted = app.send("POST", &path, Some(&client.token), Some(body)).await;
    assert_eq!(submitted.status, 201, "{}", submitted.text);

    let requests = script.requests();
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!("what_the_model_was_sent", transcript(&requests));
    });
    caches_of_providers_hit(&requests);
}

/// Provider caches live on equal beginnings.
fn caches_of_providers_hit(requests: &[Value]) {
    let messages = |at: usize| requests[at]["messages"].as_array().unwrap().clone();
    let writing = requests.iter().find(|request| request["tools"].to_string().contains("undo_edit")).unwrap();
    for request in requests {
        assert_eq!(request["messages"][0], requests[0]["messages"][0], "the instructions are the same bytes");
        if !request["tools"].to_string().contains("undo_edit") {
            continue; // a turn that only asks is offered less
        }
        assert_eq!(request["tools"].to_string(), writing["tools"].to_string(), "so are the tools");
    }
    // the requests of a turn: each is the one before with something appended
    for (first, last) in [(0, 1), (2, 4), (5, 6), (9, 10), (11, 12)] {
        for at in first..last {
            let (before, after) = (messages(at), messages(at + 1));
            assert_eq!(after[..before.len()], before[..], "request {} continues request {at}", at + 1);
        }
    }
    // from turn to turn: all turns but the last one keep their bytes
    for (at, turns) in [(2, 0), (5, 1), (7, 2), (9, 3), (11, 4)] {
        let (before, after) = (messages(at - 1), messages(at));
        let same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        let users = after[..same].iter().filter(|message| message["role"] == "user").count();
        assert!(users >= turns, "request {at} shares {users} turns with the one before, of {turns}");
    }
}

/// Everything that was sent, each message once: a request that begins as the one before says so.
fn transcript(requests: &[Value]) -> String {
    let mut out = String::new();
    let mut before: Vec<Value> = Vec::new();
    let mut tools = String::new();
    for (number, request) in requests.iter().enumerate() {
        let _ = writeln!(out, "━━━ request {} ━━━", number + 1);
        let names: Vec<&str> = request["tools"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|tool| tool["function"]["name"].as_str().unwrap())
            .collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(" ") };
        if names != tools {
            let _ = writeln!(out, "tools: {names}");
            tools = names;
        }
        let messages = request["messages"].as_array().unwrap().clone();
        let same = before.iter().zip(&messages).take_while(|(a, b)| a == b).count();
        if same > 0 {
            let _ = writeln!(out, "(the first {same} messages as before)");
        }
        for message in &messages[same..] {
            let _ = writeln!(out, "── {}", message["role"].as_str().unwrap());
            if let Some(text) = message["content"].as_str().filter(|text| !text.is_empty()) {
                let _ = writeln!(out, "{}", readable(text));
            }
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let function = &call["function"];
                let arguments = readable(function["arguments"].as_str().unwrap());
                let _ = writeln!(out, "calls {} {arguments}", function["name"].as_str().unwrap());
            }
        }
        before = messages;
    }
    out
}

/// JSON laid out; digests by name.
fn readable(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(digest) = value.get_mut("digest") {
        *digest = json!("[digest]");
    }
    for hit in value.get_mut("hits").and_then(Value::as_array_mut).into_iter().flatten() {
        hit["score"] = json!("[score]");
    }
    if value.is_object() { serde_json::to_string_pretty(&value).unwrap() } else { text.to_owned() }
}
