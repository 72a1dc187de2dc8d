//! Requests with an `Idempotency-Key`: carried out once, whichever process they reach, whatever happens on the way.

use std::sync::Arc;

use auterity::app::App;
use auterity::http::layers::idempotency::{BY_THEMSELVES, takes_key};
use auterity::model::Clock;
use auterity::model::draft::RevisionOrigin;
use auterity::store::idempotency::{KeyClaim, KeyRequest, KeyScope};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Answer, TestApp};

const SAM: &str = "sam@lakeside.example";

fn definition(title: &str) -> Value {
    json!({ "definition": {
        "document": { "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "keyed", "version": "0.1.0", "title": title },
        "do": [{ "note": { "set": { "done": true } } }],
    }})
}

fn post(path: &str, token: &str, key: &str, body: &Value) -> Request<Body> {
    Request::builder()
        .method("POST")
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotency-replayed").is_some_and(|value| value == "true")
}

async fn drafts(app: &TestApp, token: &str) -> usize {
    app.send("GET", "/v1/drafts", Some(token), None).await.json()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let first = app.raw(post("/v1/drafts", &sam, "\"k-1\"", &definition("A"))).await;
    assert_eq!((first.status.as_u16(), replayed(&first)), (201, false), "{}", first.text);
    // quoted as the standard writes it, or bare: the same key
    let again = app.raw(post("/v1/drafts", &sam, "k-1", &definition("A"))).await;
    assert_eq!((again.status.as_u16(), replayed(&again)), (201, true));
    assert_eq!(again.text, first.text);
    assert_eq!(again.headers[header::CONTENT_TYPE], first.headers[header::CONTENT_TYPE]);
    assert_eq!(drafts(&app, &sam).await, 1);

    let other = app.raw(post("/v1/drafts", &sam, "k-1", &definition("B"))).await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency_key_reused"));
    // somebody else's key, and the key on another route, are other keys
    let maria = app.token("maria@lakeside.example").await;
    assert_eq!(app.raw(post("/v1/drafts", &maria, "k-1", &definition("A"))).await.status, 201);
    let elsewhere = app.raw(post("/v1/conversations", &sam, "k-1", &json!({}))).await;
    assert_eq!((elsewhere.status.as_u16(), replayed(&elsewhere)), (201, false));
    assert_eq!(drafts(&app, &sam).await, 2);

    // a day later the key is forgotten
    app.clock.advance(TimeDelta::hours(24));
    let sam = app.token(SAM).await;
    let late = app.raw(post("/v1/drafts", &sam, "k-1", &definition("B"))).await;
    assert_eq!((late.status.as_u16(), replayed(&late)), (201, false));
}

#[tokio::test]
async fn a_refusal_is_an_answer_too_but_not_one_that_says_nothing_about_the_request() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let bad = json!({ "definition": 7 });
    for expected in [false, true] {
        let refused = app.raw(post("/v1/drafts", &sam, "k-2", &bad)).await;
        assert_eq!((refused.status.as_u16(), replayed(&refused)), (422, expected));
    }
    // not signed in, or not allowed: nothing is kept
    for expected in [401, 401] {
        let refused = app.raw(post("/v1/drafts", "nonsense", "k-3", &definition("A"))).await;
        assert_eq!((refused.status.as_u16(), replayed(&refused)), (expected, false));
    }
    for _ in 0..2 {
        let refused = app.raw(post("/v1/users", &sam, "k-4", &json!({}))).await;
        assert_eq!((refused.status.as_u16(), replayed(&refused)), (403, false));
    }
    for key in ["", "\"open", &"k".repeat(256), "\"\""] {
        let refused = app.raw(post("/v1/drafts", &sam, key, &definition("A"))).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (400, "idempotency_key_malformed"), "{key}");
    }
    assert_eq!(drafts(&app, &sam).await, 0);
}

/// A second process on the same database.
async fn second(app: &TestApp) -> Router {
    let config = auterity::config::Config::clone(&app.app.state.config);
    let clock = app.clock.clone() as Arc<dyn Clock>;
    auterity::http::router(App::build_with_clock(config, true, clock).await.unwrap().state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_over_two_processes_one_is_carried_out() {
    let app = TestApp::demo().await;
    let sam = app.token(SAM).await;
    let routers = [app.router.clone(), second(&app).await];
    let body = definition("A");
    let all = (0..12).map(|n| send(&routers[n % 2], post("/v1/drafts", &sam, "k-5", &body)));
    let answers = futures::future::join_all(all).await;
    let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.iter().filter(|answer| !replayed(answer)).count(), 1);
    for answer in &answers {
        match answer.status.as_u16() {
            201 => assert_eq!(answer.text, made[0].text),
            409 => {
                assert_eq!(answer.code(), "idempotency_in_progress");
                assert_eq!(answer.headers[header::RETRY_AFTER], "1");
            }
            other => panic!("{other}: {}", answer.text),
        }
    }
    assert_eq!(drafts(&app, &sam).await, 1);
    let later = send(&routers[1], post("/v1/drafts", &sam, "k-5", &body)).await;
    assert_eq!((later.status.as_u16(), replayed(&later)), (201, true));
}

#[tokio::test]
async fn a_key_whose_process_died_is_free_after_a_while_and_makes_the_same() {
    let app = TestApp::demo().await;
    let (sam, state) = (app.token(SAM).await, &app.app.state);
    let principal = app.principal(SAM).await;
    let body = definition("A");
    // what the first process did before it died: it took the key, and made the draft
    let seed = auterity::http::ids::NewId::seed();
    let fingerprint = fingerprint("/v1/drafts", &body);
    let scope = KeyScope {
        tenant: principal.tenant.clone(),
        user: principal.user.clone(),
        route: "POST /v1/drafts".to_owned(),
        key: "k-6".to_owned(),
    };
    let now = app.clock.now();
    let locked_until = now + TimeDelta::seconds(30);
    let expires_at = now + TimeDelta::hours(24);
    let asked = KeyRequest { scope, fingerprint, seed: seed.clone(), locked_until, expires_at, most: 10 };
    assert_eq!(state.db.claim_idempotency_key(&asked, now).await.unwrap(), KeyClaim::Yours(seed.clone()));
    let id = auterity::http::ids::NewId::from_seed(&seed).draft();
    let new = auterity::approvals::NewRevision {
        definition: auterity::workflow::Definition::from_value(body["definition"].clone()).unwrap(),
        provenance: auterity::workflow::provenance::Provenance::default(),
        warnings: Vec::new(),
        origin: RevisionOrigin::Api,
    };
    state.drafts.create(&principal, id.clone(), None, new).await.unwrap();

    let early = app.raw(post("/v1/drafts", &sam, "k-6", &body)).await;
    assert_eq!((early.status.as_u16(), early.code().as_str()), (409, "idempotency_in_progress"));
    app.clock.advance(TimeDelta::seconds(31));
    let retried = app.raw(post("/v1/drafts", &sam, "k-6", &body)).await;
    assert_eq!((retried.status.as_u16(), retried.json()["id"].as_str()), (201, Some(id.as_str())), "{}", retried.text);
    assert_eq!(drafts(&app, &sam).await, 1);
}

/// As the layer takes it: method, address, media type and body, each with its length.
fn fingerprint(path: &str, body: &Value) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in ["POST", path, "application/json", &body.to_string()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

#[tokio::test]
async fn nobody_fills_the_store_with_keys() {
    let app = TestApp::demo().await;
    let principal = app.principal(SAM).await;
    let now = app.clock.now();
    let claim = async |key: &str| {
        let scope = KeyScope {
            tenant: principal.tenant.clone(),
            user: principal.user.clone(),
            route: "POST /v1/drafts".to_owned(),
            key: key.to_owned(),
        };
        let (locked_until, expires_at) = (now, now + TimeDelta::hours(24));
        let (fingerprint, seed) = (String::new(), String::new());
        let asked = KeyRequest { scope, fingerprint, seed, locked_until, expires_at, most: 2 };
        app.app.state.db.claim_idempotency_key(&asked, now).await.unwrap()
    };
    assert_eq!(claim("a").await, KeyClaim::Yours(String::new()));
    assert_eq!(claim("b").await, KeyClaim::Yours(String::new()));
    assert_eq!(claim("c").await, KeyClaim::TooMany);
}

#[test]
fn every_post_takes_a_key_or_is_idempotent_by_itself() {
    let document: Value = serde_json::from_str(&auterity::http::openapi::document_json().unwrap()).unwrap();
    let (mut taking, mut without) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(post) = item.get("post") else { continue };
        let parameters = post["parameters"].as_array().cloned().unwrap_or_default();
        let documented = parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(documented, takes_key(path), "{path}");
        if documented {
            taking += 1;
        } else {
            without.push(path.as_str());
        }
    }
    without.sort_unstable();
    let mut listed = BY_THEMSELVES;
    listed.sort_unstable();
    assert_eq!(without, listed);
    assert!(taking >= 14, "only {taking} routes take a key");
}
