//! Edits by talking and by form: neither is lost, each conflict says what changed and by whom, and undo goes back and forth.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{said, state, with_model};
use crate::conversation::{Conversation, definition};
use crate::script::{self, Act, Reply, Script};

fn begun() -> Vec<Reply> {
    let stated = json!({"pointer": "/do/3/pause/wait", "source": "stated", "quote": "wait 10 minutes"});
    let written = json!({"title": "Greet leads", "summary": "", "definition": definition(), "provenance": [stated]});
    vec![script::call("write_workflow", written), script::text("Here is the draft.")]
}

fn edit(base: i64, operations: &Value) -> (&'static str, Value) {
    ("edit_workflow", json!({"base_revision": base, "operations": operations}))
}

/// The same answer, some time later.
fn after(time: Duration, reply: Reply) -> Reply {
    match reply {
        Reply::Stream(mut acts) => {
            acts.insert(0, Act::Pause(time));
            Reply::Stream(acts)
        }
        refusal @ Reply::Refuse(..) => refusal,
    }
}

#[tokio::test]
async fn a_form_edit_in_the_middle_of_a_turn_is_not_lost() {
    let wait = json!([{"op": "set", "pointer": "pause/wait", "value": "PT5M"}]);
    let mut replies = begun();
    replies.push(after(Duration::from_millis(800), script::calls(&[edit(1, &wait)], 400)));
    replies.extend([script::calls(&[edit(2, &wait)], 400), script::text("It waits five minutes.")]);
    let script = Script::new(replies).await;
    let app = with_model(&script).await;
    let mut conversation = Conversation::begin(&app).await;
    let draft = conversation.draft().await["id"].as_str().unwrap().to_owned();
    let maria = app.token("maria@lakeside.example").await;
    let by_form = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let body =
            json!({"base_revision": 1, "operations": [{"op": "set", "pointer": "ping/with/urgency", "value": "high"}]});
        let done = app.send("POST", &format!("/v1/drafts/{draft}/edits"), Some(&maria), Some(body)).await;
        assert_eq!(done.status, 201, "{}", done.text);
    };
    let (frames, ()) = tokio::join!(conversation.say("make it 5 minutes instead", &[]), by_form);
    let after = &state(&frames)["draft"];
    assert_eq!(after["revision"], 3, "{after}");
    let steps = &after["definition"]["do"];
    assert_eq!(steps[3]["pause"]["wait"], "PT5M");
    assert_eq!(steps[4]["ping"]["with"]["urgency"], "high", "the form's edit stands");
    let refused = frames.iter().find(|frame| frame.kind() == "TOOL_CALL_RESULT").unwrap();
    let refused: Value = serde_json::from_str(refused.event["content"].as_str().unwrap()).unwrap();
    assert_eq!(refused["error"], "stale_revision");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("Maria") && message.contains("revision 2"), "it says who and what: {message}");
    script.assert_content();
}

#[tokio::test]
async fn a_turn_in_the_middle_of_a_form_edit_is_not_lost_and_undo_goes_both_ways() {
    let mut replies = begun();
    let wait = json!([{"op": "set", "pointer": "pause/wait", "value": "PT5M"}]);
    replies.extend([script::calls(&[edit(1, &wait)], 400), script::text("It waits five minutes.")]);
    let script = Script::new(replies).await;
    let app = with_model(&script).await;
    let mut conversation = Conversation::begin(&app).await;
    conversation.say("make it 5 minutes instead", &[]).await;
    let id = conversation.draft().await["id"].as_str().unwrap().to_owned();
    let maria = app.token("maria@lakeside.example").await;
    let send = async |path: &str, body: Value| {
        app.send("POST", &format!("/v1/drafts/{id}/{path}"), Some(&maria), Some(body)).await
    };

    let urgent = json!([{"op": "set", "pointer": "ping/with/urgency", "value": "high"}]);
    let stale = send("edits", json!({"base_revision": 1, "operations": urgent})).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (409, "stale_revision"));
    let problem = stale.json();
    assert!(problem["detail"].as_str().unwrap().contains("Sam"), "{problem}");
    assert!(problem["errors"][0]["pointer"].as_str().unwrap().contains("pause"), "{problem}");
    let done = send("edits", json!({"base_revision": 2, "operations": urgent})).await.json();
    assert_eq!(
        (&done["definition"]["do"][3]["pause"]["wait"], &done["definition"]["do"][4]["ping"]["with"]["urgency"]),
        (&json!("PT5M"), &json!("high"))
    );
    let by_hand = &done["provenance"]["/do/4/ping/with/urgency"];
    assert_eq!((&by_hand["source"], &by_hand["since"]), (&json!("stated"), &json!(3)));

    let first = send("undo", json!({"base_revision": 3})).await.json();
    assert_eq!(first["definition"]["do"][4]["ping"]["with"]["urgency"], Value::Null);
    let second = send("undo", json!({"base_revision": 4})).await.json();
    assert_eq!(second["definition"]["do"][3]["pause"]["wait"], "PT10M");
    assert_eq!(
        second["provenance"]["/do/3/pause/wait"]["quote"], "wait 10 minutes",
        "sources go back with their values"
    );
    let redone = send("undo", json!({"base_revision": 5, "to_revision": 3})).await.json();
    assert_eq!(
        (&redone["digest"], &redone["definition"], &redone["provenance"]),
        (&done["digest"], &done["definition"], &done["provenance"])
    );
}

#[tokio::test]
async fn the_source_of_an_untouched_value_stays_through_edits_by_talking() {
    let mut replies = begun();
    let first = json!([{"op": "add_task", "at": 0, "name": "note", "task": {"call": "add_note", "with": {
        "entity": "lead", "id": "${ $workflow.input[0].data.lead_id }", "text": "Came in online"}}}]);
    replies.extend([script::calls(&[edit(2, &first)], 400), script::text("A note comes first now.")]);
    let script = Script::new(replies).await;
    let app = with_model(&script).await;
    let mut conversation = Conversation::begin(&app).await;
    let id = conversation.draft().await["id"].as_str().unwrap().to_owned();
    let sam = app.token("sam@lakeside.example").await;
    let urgent =
        json!({"base_revision": 1, "operations": [{"op": "set", "pointer": "ping/with/urgency", "value": "high"}]});
    assert_eq!(app.send("POST", &format!("/v1/drafts/{id}/edits"), Some(&sam), Some(urgent)).await.status, 201);
    conversation.say("add a note to the lead before that", &[]).await;
    let draft = app.send("GET", &format!("/v1/drafts/{id}"), Some(&sam), None).await.json();
    assert_eq!(draft["revision"], 3, "{draft}");
    let of = |pointer: &str| draft["provenance"][pointer].clone();
    let wait = of("/do/4/pause/wait");
    assert_eq!(
        (&wait["source"], &wait["quote"], &wait["since"]),
        (&json!("stated"), &json!("wait 10 minutes"), &json!(1))
    );
    assert_eq!(of("/do/5/ping/with/urgency")["source"], "stated", "what was written by hand stays so");
    assert_eq!(of("/do/0/note/with/entity")["source"], "inferred");
}

#[tokio::test]
async fn where_did_this_5_come_from() {
    let mut replies = begun();
    let wait = json!([{"op": "set", "pointer": "pause/wait", "value": "PT5M"}]);
    let stated = json!([{"pointer": "/do/3/pause/wait", "source": "stated", "quote": "5 minutes"}]);
    let changed = json!({"base_revision": 1, "operations": wait, "provenance": stated});
    replies.extend([script::call("edit_workflow", changed), script::text("It waits five minutes.")]);
    let asked = json!({"value": "5 minutes"});
    replies.extend([script::call("explain_value", asked), script::text("You said so in your second message.")]);
    let script = Script::new(replies).await;
    let app = with_model(&script).await;
    let mut conversation = Conversation::begin(&app).await;
    conversation.say("make it 5 minutes instead", &[]).await;
    let id = conversation.draft().await["id"].as_str().unwrap().to_owned();
    let maria = app.token("maria@lakeside.example").await;
    let source = async |pointer: &str| {
        let path = format!("/v1/drafts/{id}/source?pointer={}", pointer.replace('/', "%2F"));
        app.send("GET", &path, Some(&maria), None).await
    };

    let found = source("/do/3/pause/wait").await.json();
    let shown = conversation.shown().await;
    let said =
        shown["messages"].as_array().unwrap().iter().find(|m| m["content"] == "make it 5 minutes instead").unwrap();
    assert_eq!(
        (&found["source"], &found["quote"], &found["value"]),
        (&json!("stated"), &json!("5 minutes"), &json!("PT5M"))
    );
    assert_eq!(found["message"], said["id"], "the message that says so");
    let steps = found["history"].as_array().unwrap();
    let told = |at: usize| {
        [&steps[at]["words"], &steps[at]["words_es"], &steps[at]["quote"], &steps[at]["revision"]].map(Clone::clone)
    };
    assert_eq!(told(0), [json!("5 minutes"), json!("5 minutos"), json!("5 minutes"), json!(2)]);
    assert_eq!(told(1), [json!("10 minutes"), json!("10 minutos"), json!("wait 10 minutes"), json!(1)]);
    assert_eq!((steps.len(), steps[0]["author"].as_str().unwrap().starts_with("Sam")), (2, true), "{found}");

    // every value has an answer, and what is none has none
    let draft = app.send("GET", &format!("/v1/drafts/{id}"), Some(&maria), None).await.json();
    for pointer in draft["provenance"].as_object().unwrap().keys() {
        let answer = source(pointer).await;
        assert_eq!(answer.status, 200, "{pointer}: {}", answer.text);
        assert!(!answer.json()["history"].as_array().unwrap().is_empty(), "{pointer}");
    }
    assert_eq!(source("/do/3/pause").await.status, 404);

    // and in the conversation
    let frames = conversation.say("where did this 5 come from?", &[]).await;
    let answer = frames.iter().find(|frame| frame.kind() == "TOOL_CALL_RESULT").unwrap();
    let answer: Value = serde_json::from_str(answer.event["content"].as_str().unwrap()).unwrap();
    assert_eq!(
        answer["values"][0]["sentence"],
        "“5 minutes”: you said “5 minutes” (revision 2); before that it was “10 minutes”"
    );
    assert_eq!(state(&frames)["draft"]["revision"], 2, "a question changes nothing");
    script.assert_content();
}

#[tokio::test]
async fn the_built_in_planner_tells_where_a_value_comes_from_in_both_languages() {
    let app = crate::support::TestApp::demo().await;
    let mut conversation = Conversation::begin(&app).await;
    conversation.say("make the wait 5 minutes instead", &[]).await;
    let asked = conversation.say("where did this 5 come from?", &[]).await;
    assert!(said(&asked).contains("“5 minutes”: you said “"), "{}", said(&asked));
    assert!(said(&asked).contains("before that it was “10 minutes”"), "{}", said(&asked));
    let spanish = conversation.say("¿de dónde sale ese 5?", &[]).await;
    assert!(said(&spanish).contains("“5 minutos”: usted dijo “"), "{}", said(&spanish));
    assert_eq!(state(&spanish)["draft"]["revision"], 2, "questions change nothing");
}
