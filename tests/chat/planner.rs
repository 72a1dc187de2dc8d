//! The whole path with the built-in planner, and recordings of it for the reference client.

use serde_json::{Value, json};

use crate::client::{Client, Frame, called, kinds, record, said, state};
use crate::support::TestApp;

const CREATE: &str = "When a new internet lead comes in, text the customer right away. If they have not answered after \
    ten minutes, notify the BDC manager.";

#[tokio::test]
async fn create_ask_and_edit_without_any_key() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let created = client.say("t", "r1", CREATE).await;
    assert_eq!(created.last().unwrap().event["outcome"], json!({"type": "success"}));
    let first = state(&created);
    assert_eq!(first["model"]["offline"], true, "users are told that the built-in planner answers");
    assert_eq!(first["draft"]["revision"], 1, "{}", said(&created));
    assert_eq!(first["draft"]["definition"]["schedule"]["on"]["one"]["with"]["type"], "lead.created");
    assert!(called(&created).contains(&"write_workflow"));
    assert!(!said(&created).trim().is_empty());

    let asked = client.say("t", "r2", "How long does it wait for an answer?").await;
    assert_eq!(state(&asked)["draft"]["digest"], first["draft"]["digest"]);
    assert!(!kinds(&asked).contains(&"STATE_DELTA"));

    let edited = client.say("t", "r3", "make it 5 minutes instead").await;
    let second = state(&edited);
    assert_eq!(second["draft"]["revision"], 2, "{}", said(&edited));
    assert!(second["draft"]["definition"].to_string().contains("PT5M"));
    assert!(!second["draft"]["changes"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn too_little_is_asked_about_and_other_things_are_declined() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let vague = client.say("t1", "r1", "automate the usual for those customers").await;
    assert!(called(&vague).contains(&"ask"), "{:?} {}", called(&vague), said(&vague));
    assert_eq!(state(&vague)["draft"], Value::Null);
    assert!(!state(&vague)["questions"].as_array().unwrap().is_empty());

    let other = client.say("t2", "r2", "write me a poem about the sea").await;
    assert!(called(&other).contains(&"decline"), "{:?} {}", called(&other), said(&other));
    assert_eq!(state(&other)["draft"], Value::Null);
}

/// Recordings in `target/agui`, which `golden.mjs` reads with the reference client.
#[tokio::test]
async fn record_conversations_for_the_reference_client() {
    let app = TestApp::demo().await;
    let client = Client::of(&app, "maria@lakeside.example").await;
    let turns = [
        ("create", CREATE),
        ("question", "How long does it wait for an answer?"),
        ("edit", "make it 5 minutes instead"),
        ("undo", "undo that"),
    ];
    for (name, text) in turns {
        let answer = client.post("recorded", &format!("run-{name}"), text).await;
        let frames: Vec<Frame> = crate::client::frames(&answer.text);
        assert!(frames.last().unwrap().kind().starts_with("RUN_"), "{name}");
        record(name, &answer.text);
    }
}
