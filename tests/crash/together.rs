//! Two tabs, two authors, one button pressed twice.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

const SAM: &str = "sam@lakeside.example";
const REQUEST: &str =
    "when a new internet lead comes in text them right away and if they dont answer in ten min ping the sales mgr";

async fn say(app: &TestApp, token: &str, thread: &str, run: &str, text: &str) -> Answer {
    let body = json!({
        "threadId": thread, "runId": run, "messages": [{ "id": format!("m-{run}"), "role": "user", "content": text }],
    });
    app.send("POST", "/v1/agent", Some(token), Some(body)).await
}

/// What the user said, as the conversation keeps it.
async fn said(app: &TestApp, token: &str, thread: &str) -> Vec<String> {
    let shown = app.send("GET", &format!("/v1/conversations/{thread}"), Some(token), None).await.json();
    let messages = shown["messages"].as_array().unwrap().clone();
    let of_user = messages.iter().filter(|message| message["role"] == "user");
    of_user.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_tabs_that_speak_at_once_one_waits_and_loses_nothing() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let texts = ["what can you do?", "which events are there?", "who may approve?", "what is a draft?"];
    let runs = ["r0", "r1", "r2", "r3"];
    let answers = join_all((0..4).map(|n| say(&app, &sam, "t", runs[n], texts[n]))).await;
    let mut kept: Vec<String> = Vec::new();
    for (n, answer) in answers.iter().enumerate() {
        match answer.status.as_u16() {
            200 => {
                assert!(answer.text.contains("RUN_FINISHED"), "{}", answer.text);
                kept.push(texts[n].to_owned());
            }
            409 => assert_eq!(answer.code(), "run_in_progress"),
            other => panic!("{other}: {}", answer.text),
        }
    }
    assert!(!kept.is_empty());
    let mut found = said(&app, &sam, "t").await;
    found.sort();
    kept.sort();
    assert_eq!(found, kept, "what was taken is kept, what was refused is not there");
    // the refused ones are sent again, and come through
    for n in 0..4 {
        assert_eq!(say(&app, &sam, "t", runs[n], texts[n]).await.status, 200);
    }
    assert_eq!(said(&app, &sam, "t").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_sent_twice_at_the_same_moment_is_one_turn() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    for round in 0..5 {
        let thread = format!("t{round}");
        let run = format!("r{round}");
        let answers = join_all((0..4).map(|_| say(&app, &sam, &thread, &run, REQUEST))).await;
        for answer in &answers {
            assert_eq!(answer.status, 200, "{}", answer.text);
            assert_eq!(answer.text, answers[0].text, "all follow the same turn");
        }
        assert_eq!(said(&app, &sam, &thread).await, [REQUEST]);
    }
    let drafts = app.send("GET", "/v1/drafts", Some(&sam), None).await.json();
    assert_eq!(drafts["items"].as_array().unwrap().len(), 5, "one draft a conversation");
    let other = say(&app, &sam, "t0", "r0", "something else").await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (409, "run_taken"));
}

#[tokio::test]
async fn the_second_of_two_authors_is_told_what_the_first_changed() {
    let app = TestApp::demo().await;
    let (sam, maria) = (app.token(SAM).await, app.token("maria@lakeside.example").await);
    say(&app, &sam, "t", "r1", REQUEST).await;
    let drafts = app.send("GET", "/v1/drafts", Some(&sam), None).await.json();
    let id = drafts["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/drafts/{id}");
    let seen = app.send("GET", &path, Some(&maria), None).await.json();

    // sam goes on talking while maria looks at the first revision
    say(&app, &sam, "t", "r2", "make it 5 minutes instead").await;
    let body = json!({ "base_revision": seen["revision"], "operations": [{ "op": "set_header", "field": "title", "value": "Mine" }] });
    let refusals = [
        app.send("POST", &format!("{path}/edits"), Some(&maria), Some(body)).await,
        app.send("POST", &format!("{path}/undo"), Some(&maria), Some(json!({ "base_revision": 1 }))).await,
        app.send(
            "POST",
            &format!("{path}/revisions"),
            Some(&maria),
            Some(json!({ "base_revision": 1, "content": { "definition": seen["definition"] } })),
        )
        .await,
    ];
    for refused in refusals {
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "stale_revision"), "{}", refused.text);
        let changes = refused.json()["errors"].as_array().unwrap().clone();
        assert!(!changes.is_empty(), "{}", refused.text);
        assert!(changes.iter().all(|change| change["code"] == "changed"), "{changes:?}");
        let words: Vec<&str> = changes.iter().map(|change| change["message"].as_str().unwrap()).collect();
        assert!(words.join(" ").contains('5'), "it says what changed: {words:?}");
    }
    let now = app.send("GET", &path, Some(&maria), None).await.json();
    assert_eq!((&now["revision"], &now["title"]), (&json!(2), &seen["title"]), "nothing was overwritten");

    // on what stands now her change goes through, and sam's next message is made for that
    let body = json!({ "base_revision": 2, "operations": [{ "op": "set_header", "field": "title", "value": "Ours" }] });
    let changed = app.send("POST", &format!("{path}/edits"), Some(&maria), Some(body)).await;
    assert_eq!(changed.status, 201, "{}", changed.text);
    say(&app, &sam, "t", "r3", "make it 7 minutes instead").await;
    let end: Value = app.send("GET", &path, Some(&sam), None).await.json();
    assert_eq!((&end["revision"], &end["title"]), (&json!(4), &json!("Ours")));
}
