//! What the assistant answers from: passages that are close, with where they hold and since when; else it does not know.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::documents::{MARIA, SAM, upload};
use crate::support::TestApp;

/// One turn of a conversation.
struct Turn {
    /// What the assistant said.
    said: String,
    /// What its tools answered, by their names.
    results: Vec<Value>,
    /// The shared state as it was last told.
    events: Vec<Value>,
}

async fn say(app: &TestApp, who: &str, thread: &str, run: &str, words: &str) -> Turn {
    let token = app.token(who).await;
    let message = json!({"id": format!("m-{run}"), "role": "user", "content": words});
    let body = json!({"threadId": thread, "runId": run, "messages": [message]});
    let answer = app.send("POST", "/v1/agent", Some(&token), Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let events: Vec<Value> = answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data.trim()).ok())
        .collect();
    let of = |kind: &str| events.iter().filter(move |event| event["type"] == kind).cloned().collect::<Vec<_>>();
    let said = of("TEXT_MESSAGE_CONTENT").iter().filter_map(|event| event["delta"].as_str()).collect();
    let results = of("TOOL_CALL_RESULT");
    let results = results.iter().filter_map(|event| serde_json::from_str(event["content"].as_str()?).ok()).collect();
    Turn { said, results, events }
}

#[tokio::test]
async fn an_answer_names_its_passage_where_it_holds_and_when_it_was_checked() {
    let app = TestApp::demo().await;
    let turn = say(&app, SAM, "t1", "r1", "how late can we text someone in florida?").await;
    for part in ["When we may call or text", "[quiet-hours]", "Where it applies: US.", "Last checked on 2026-06-30."] {
        assert!(turn.said.contains(part), "{part:?} in {:?}", turn.said);
    }
    let hits = turn.results.iter().find_map(|result| result["hits"].as_array()).unwrap();
    assert_eq!((hits[0].get("close"), &hits[0]["jurisdictions"]), (None, &json!(["US"])), "{hits:?}");
    let spanish = say(&app, SAM, "t2", "r2", "¿hasta qué hora podemos mandar mensajes de texto?").await;
    assert!(spanish.said.contains("Revisado por última vez el 2026-06-30"), "{:?}", spanish.said);
}

#[tokio::test]
async fn where_no_passage_answers_nothing_is_claimed() {
    let app = TestApp::demo().await;
    let turn = say(&app, SAM, "t1", "r1", "who won the game last night?").await;
    assert!(turn.said.starts_with("I found nothing on that") && turn.said.contains("manager"), "{:?}", turn.said);
    let found = turn.results.iter().find(|result| result.get("hits").is_some()).unwrap();
    assert!(found["note"].as_str().unwrap().contains("do not know"), "a model is told so too: {found}");
}

#[tokio::test]
async fn the_dealerships_own_document_answers_and_its_place_is_said() {
    let app = TestApp::demo().await;
    let own = "---\njurisdictions: [TX]\nreviewed: 2026-02-01\n---\n# Walrus bay\n\nThe walrus bay opens at 7 in the \
        morning, and only the walrus foreman has its key.\n";
    assert_eq!(upload(&app, MARIA, "bay.md", own.as_bytes()).await.status, StatusCode::CREATED);
    let turn = say(&app, SAM, "t1", "r1", "who has the key of the walrus bay?").await;
    for part in ["From “Walrus bay”", "walrus foreman", "Where it applies: TX. Last checked on 2026-02-01."] {
        assert!(turn.said.contains(part), "{part:?} in {:?}", turn.said);
    }
}

#[tokio::test]
async fn while_the_search_is_away_the_assistant_says_that_it_could_not_look() {
    let app = TestApp::demo_with(|config| {
        config.knowledge.qdrant_url = "http://127.0.0.1:1".to_owned();
        config.knowledge.qdrant_timeout_s = 1;
    })
    .await;
    let turn = say(&app, SAM, "t1", "r1", "how late can we text someone in florida?").await;
    assert!(turn.said.contains("cannot be searched at the moment"), "{:?}", turn.said);
}

/// What the draft's author is warned of.
fn warned(turn: &Turn) -> Vec<String> {
    let text = serde_json::to_string(&turn.events).unwrap();
    let found: Vec<&str> = text.split("\"code\":\"near_duplicate\"").skip(1).collect();
    found.iter().map(|rest| rest.chars().take(160).collect()).collect()
}

#[tokio::test]
async fn a_draft_nearly_equal_to_an_approved_workflow_says_so_until_it_is_another() {
    let app = TestApp::demo().await;
    let wish =
        "when a new internet lead comes in text them right away and if they dont answer in ten min ping the sales mgr";
    let first = say(&app, SAM, "t1", "r1", wish).await;
    assert!(warned(&first).is_empty() && !first.said.contains("already have one"), "{:?}", first.said);
    let (sam, maria) = (app.token(SAM).await, app.token(MARIA).await);
    let drafts = app.send("GET", "/v1/drafts", Some(&sam), None).await.json();
    let id = drafts["items"][0]["id"].as_str().unwrap();
    let draft = app.send("GET", &format!("/v1/drafts/{id}"), Some(&sam), None).await.json();
    let body = json!({"revision": draft["revision"], "digest": draft["digest"]});
    let request = app.send("POST", &format!("/v1/drafts/{id}/submit"), Some(&sam), Some(body)).await.json();
    let path = format!("/v1/approvals/{}/decision", request["id"].as_str().unwrap());
    let body = json!({"decision": "approved", "digest": draft["digest"]});
    assert!(app.send("POST", &path, Some(&maria), Some(body)).await.status.is_success());

    let again = say(&app, SAM, "t2", "r2", wish).await;
    assert!(again.said.starts_with("You already have one nearly like this: “"), "{:?}", again.said);
    assert_eq!(warned(&again).len(), 1, "{:?}", again.events);
    let own = again.results.iter().find_map(|result| result.get("approved_here")).unwrap();
    assert_eq!(own[0]["title"], json!(draft["title"]), "it is shown before anything is drafted");
    let quicker = say(&app, SAM, "t2", "r3", "make it 5 minutes instead").await;
    assert_eq!(warned(&quicker).len(), 1, "another number does nearly the same: {:?}", quicker.said);

    let other =
        say(&app, SAM, "t3", "r4", "when a repair order is closed text the customer that the car is ready").await;
    assert!(warned(&other).is_empty() && !other.said.contains("already have one"), "{:?}", other.said);
}

#[tokio::test]
async fn questions_out_of_bounds_are_plain_answers() {
    let app = TestApp::demo().await;
    let token = app.token(SAM).await;
    let long = |words: usize| format!("/v1/knowledge/search?q=quiet+hours{}", "+walrus".repeat(words));
    assert_eq!(app.send("GET", &long(8000), Some(&token), None).await.status, StatusCode::URI_TOO_LONG);
    let answer = app.send("GET", &long(500), Some(&token), None).await;
    assert_eq!(answer.status, StatusCode::OK, "the first 2,000 characters count");
    assert_eq!(answer.json()["hits"][0]["document"], "quiet-hours");
    let tenant = app.principal(SAM).await.tenant;
    let longer = format!("quiet hours{}", " walrus".repeat(15_000));
    let found = app.app.state.knowledge.search_knowledge(&tenant, &longer, 3).await.unwrap();
    assert_eq!(found[0].document, "quiet-hours", "100 kB, as a model may send");
    for (query, pointer) in [
        ("q=x&colour=red", "?colour"),
        ("q=x&within=everything", "?within"),
        ("q=x&jurisdiction=texas", "?jurisdiction"),
        ("q=x&language=fr", "?language"),
        ("q=x&limit=21", "?limit"),
    ] {
        let answer = app.send("GET", &format!("/v1/knowledge/search?{query}"), Some(&token), None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}: {}", answer.text);
    }
    for nothing in ["q=", "q=%F0%9F%9A%97", "q=the+of+and"] {
        let answer = app.send("GET", &format!("/v1/knowledge/search?{nothing}"), Some(&token), None).await;
        assert_eq!((answer.status, answer.json()["hits"].clone()), (StatusCode::OK, json!([])), "{nothing}");
    }
}
