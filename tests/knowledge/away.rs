//! A Qdrant server that is away, late, or comes back: clear answers, a metric, and no conversation that ends on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use serde_json::json;

use crate::edge_behind_grpc::Server;
use crate::support::TestApp;

/// Adds up what failed.
#[derive(Default)]
struct Failures(Arc<Sum>);

#[derive(Default)]
struct Sum(AtomicU64);

impl CounterFn for Sum {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::SeqCst);
    }

    fn absolute(&self, value: u64) {
        self.0.store(value, Ordering::SeqCst);
    }
}

impl Recorder for Failures {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let failures = key.name() == "auterity_knowledge_failures_total";
        let engine = key.labels().any(|label| label.key() == "engine" && label.value() == "qdrant");
        if failures && engine { Counter::from_arc(Arc::clone(&self.0)) } else { Counter::noop() }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

async fn search(app: &TestApp) -> crate::support::Answer {
    let token = app.token("sam@lakeside.example").await;
    app.send("GET", "/v1/knowledge/search?q=quiet+hours", Some(&token), None).await
}

#[tokio::test]
async fn a_server_gives_the_answers_of_the_embedded_engine() {
    let server = Server::start().await;
    let url = server.url.clone();
    let there = TestApp::demo_with(|config| config.knowledge.qdrant_url = url).await;
    let here = TestApp::demo().await;
    // on a busy machine the first search would not wait until everything is indexed
    tokio::join!(there.app.state.knowledge.open(), here.app.state.knowledge.open());
    let (there, here) = (search(&there).await, search(&here).await);
    assert_eq!(there.status, StatusCode::OK, "{}", there.text);
    let order = |answer: &crate::support::Answer| {
        let hits = answer.json()["hits"].as_array().unwrap().clone();
        hits.into_iter().map(|hit| (hit["document"].clone(), hit["heading"].clone())).collect::<Vec<_>>()
    };
    assert!(!order(&here).is_empty());
    assert_eq!(order(&there), order(&here));
    assert_eq!(server.collections().len(), 3);
}

#[tokio::test]
async fn while_the_server_is_away_the_conversation_goes_on_and_it_is_counted() {
    let server = Server::start().await;
    let url = server.url.clone();
    let app = TestApp::demo_with(|config| {
        config.knowledge.qdrant_url = url;
        config.knowledge.qdrant_timeout_s = 1;
    })
    .await;
    app.app.state.knowledge.open().await;
    assert_eq!(search(&app).await.status, StatusCode::OK);
    drop(server);
    let failures = Failures::default();
    let sum = Arc::clone(&failures.0);
    let _counted = metrics::set_default_local_recorder(&failures);
    let answer = search(&app).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::SERVICE_UNAVAILABLE, "knowledge_unavailable".to_owned()));
    assert!(sum.0.load(Ordering::SeqCst) >= 1, "it is counted");
    let token = app.token("sam@lakeside.example").await;
    let say = json!({"threadId": "t", "runId": "r", "messages": [{"id": "1", "role": "user",
        "content": "when a new internet lead comes in text them right away"}]});
    let turn = app.send("POST", "/v1/agent", Some(&token), Some(say)).await;
    assert!(turn.text.contains("RUN_FINISHED") && !turn.text.contains("RUN_ERROR"), "{}", turn.text);
    let drafts = app.send("GET", "/v1/drafts", Some(&token), None).await.json();
    assert_eq!(drafts["items"].as_array().unwrap().len(), 1, "the draft was written all the same");
}

#[tokio::test]
async fn what_comes_in_while_the_server_is_away_is_found_when_it_is_back() {
    let app = TestApp::demo_with(|config| {
        config.knowledge.qdrant_url = "http://127.0.0.1:1".to_owned();
        config.knowledge.qdrant_timeout_s = 1;
    })
    .await;
    let token = app.token("maria@lakeside.example").await;
    let request = http::Request::put("/v1/knowledge/files/a.md")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::from("The walrus key opens the gate."));
    let answer = app.raw(request.unwrap()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let index = app.send("GET", "/v1/knowledge/index", Some(&token), None).await.json();
    assert_eq!(index, json!({"engine": "qdrant", "standing": "away", "documents": 1, "passages": 1}));
    let server = Server::start().await;
    let state = &app.app.state;
    let other = auterity::knowledge::Service::new(auterity::knowledge::Parts {
        kept: auterity::knowledge::Kept::Server(crate::contract::settings(&server.url, "test")),
        db: state.db.clone(),
        clock: state.clock.clone(),
        tasks: state.tasks.clone(),
        max_file_bytes: 1000,
        embedder: None,
    });
    let tenant = app.principal("maria@lakeside.example").await.tenant;
    assert!(other.search_knowledge(&tenant, "walrus", 3).await.unwrap()[0].own);
}

#[tokio::test]
async fn a_workflow_like_the_one_wished_for_is_found_from_its_approval_on() {
    let app = TestApp::demo().await;
    let (sam, maria) = (app.token("sam@lakeside.example").await, app.token("maria@lakeside.example").await);
    let knowledge = &app.app.state.knowledge;
    let tenant = app.principal("sam@lakeside.example").await.tenant;
    let wish = "text internet leads right away when they come in";
    assert_eq!(knowledge.similar_workflows(&tenant, wish, 3).await.unwrap(), []);
    let definition = json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "answer-leads", "version": "0.1.0",
            "title": "Answer internet leads", "metadata": {"stores": ["lakeside-main"]}, "tags": {"department": "sales"},
        },
        "schedule": {"on": {"one": {"with": {"type": "lead.created", "data": "${ .lead_type == \"internet\" }"}}}},
        "do": [{"textCustomer": {"call": "send_sms", "with": {
            "customer_id": "${ $workflow.input[0].data.customer_id }", "purpose": "informational",
            "body": "Hi {{customer.first_name}}, this is {{store.name}}. Reply STOP to opt out.",
        }}}],
    });
    let draft = app.send("POST", "/v1/drafts", Some(&sam), Some(json!({"definition": definition}))).await.json();
    let id = draft["id"].as_str().unwrap();
    let body = json!({"revision": draft["revision"], "digest": draft["digest"]});
    let request = app.send("POST", &format!("/v1/drafts/{id}/submit"), Some(&sam), Some(body)).await.json();
    let path = format!("/v1/approvals/{}/decision", request["id"].as_str().unwrap());
    let body = json!({"decision": "approved", "digest": draft["digest"]});
    let decided = app.send("POST", &path, Some(&maria), Some(body)).await;
    assert!(decided.status.is_success(), "{}", decided.text);

    let found = knowledge.similar_workflows(&tenant, wish, 3).await.unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0].title.as_str(), found[0].heading.as_str()), ("Answer internet leads", "sales"));
    assert!(found[0].own && found[0].text.contains("lead"), "{found:#?}");
    let spanish = knowledge.similar_workflows(&tenant, "mensaje de texto a un prospecto nuevo", 3).await.unwrap();
    assert_eq!(spanish.len(), 1, "it is found in Spanish too");
    let neighbour = app.app.state.db.find_tenant_by_slug("rival-motors").await.unwrap().unwrap().id;
    assert_eq!(knowledge.similar_workflows(&neighbour, wish, 3).await.unwrap(), []);

    let path = format!("/v1/workflows/{}/retire", found[0].document);
    let retired = app.send("POST", &path, Some(&maria), Some(json!({}))).await;
    assert!(retired.status.is_success(), "{}", retired.text);
    assert_eq!(knowledge.similar_workflows(&tenant, wish, 3).await.unwrap(), []);
}
