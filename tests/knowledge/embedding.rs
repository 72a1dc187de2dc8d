//! Found by meaning: an OpenAI-compatible endpoint that is slow, wrong, away or another one than the index was made with.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auterity::knowledge::embed::{EmbedError, Embedder, EmbedderSettings};
use auterity::knowledge::vector::VectorError;
use auterity::knowledge::{Kept, Parts, Service};
use auterity::model::knowledge::Origin;
use auterity::model::{SystemClock, TenantId};
use auterity::store::Database;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::support::TestApp;

/// A model of four meanings, that can be told to misbehave.
#[derive(Default)]
struct Model {
    /// The texts of each request.
    asked: Mutex<Vec<Vec<String>>>,
    /// Requests still to be refused.
    refusals: AtomicUsize,
    /// What it answers instead.
    instead: Mutex<Option<Value>>,
}

/// Words that mean the same to the model.
const MEANINGS: [&[&str]; 3] =
    [&["walrusy", "narwhalic"], &["tyre", "tire", "wheel"], &["holiday", "closed", "vacation"]];

fn vector(text: &str) -> Vec<f32> {
    let text = text.to_lowercase();
    let means = |words: &&[&str]| f32::from(u8::from(words.iter().any(|word| text.contains(word))));
    let mut vector: Vec<f32> = MEANINGS.iter().map(means).collect();
    vector.push(0.1);
    vector
}

async fn embeddings(State(model): State<Arc<Model>>, Json(asked): Json<Value>) -> (StatusCode, Json<Value>) {
    let texts: Vec<String> = serde_json::from_value(asked["input"].clone()).unwrap();
    model.asked.lock().unwrap().push(texts.clone());
    let less = |left: usize| left.checked_sub(1);
    if model.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": "busy"})));
    }
    if let Some(instead) = model.instead.lock().unwrap().clone() {
        return (StatusCode::OK, Json(instead));
    }
    // in another order than they were asked, as it is allowed to
    let data = texts.iter().enumerate().rev().map(|(index, text)| json!({"index": index, "embedding": vector(text)}));
    (StatusCode::OK, Json(json!({"object": "list", "model": asked["model"], "data": data.collect::<Vec<_>>()})))
}

async fn start() -> (Arc<Model>, String) {
    let model = Arc::new(Model::default());
    let routes = Router::new().route("/v1/embeddings", post(embeddings)).with_state(Arc::clone(&model));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::runtime::Handle::current().spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (model, url)
}

fn embedder(name: &str, url: &str) -> Embedder {
    let settings = EmbedderSettings {
        model: name.to_owned(),
        base_url: url.to_owned(),
        api_key: "key".to_owned().into(),
        timeout: Duration::from_secs(2),
        batch: 16,
    };
    Embedder::new(settings).unwrap()
}

fn service(folder: &Path, db: &Database, embedder: Option<Embedder>) -> Service {
    Service::new(Parts {
        kept: Kept::Folder(folder.join("vectors")),
        db: db.clone(),
        clock: Arc::new(SystemClock),
        tasks: TaskTracker::new(),
        max_file_bytes: 10_000,
        embedder,
    })
}

/// Rows with a dealership in them; the application is kept, and its database with it.
async fn database() -> (TestApp, Database, TenantId) {
    let app = TestApp::demo().await;
    let (db, tenant) = (app.app.state.db.clone(), app.principal("maria@lakeside.example").await.tenant);
    (app, db, tenant)
}

async fn add(service: &Service, tenant: &TenantId, text: &str) {
    let file = auterity::knowledge::library::NewFile {
        origin: Origin::Upload,
        name: "cars.md".to_owned(),
        bytes: text.as_bytes().to_vec(),
        about: auterity::knowledge::library::About::default(),
        by: None,
    };
    service.add(tenant, file).await.unwrap();
}

#[tokio::test]
async fn what_has_none_of_the_words_is_found_by_its_meaning_and_nothing_is_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (model, url) = start().await;
    let (_app, db, tenant) = database().await;
    let first = service(folder.path(), &db, Some(embedder("tiny", &url)));
    add(&first, &tenant, "# Zebra hatchback\n\nOur walrusy zebra is handed out at the desk.").await;
    let found = first.search_knowledge(&tenant, "what is narwhalic", 3).await.unwrap();
    let hit = found.iter().find(|hit| hit.own).unwrap();
    assert!(hit.why.by_words.is_none() && hit.why.by_meaning.is_some_and(|place| place.score > 0.9), "{hit:?}");
    assert!(hit.close, "{hit:?}");
    let state = first.index_state(&tenant).await.unwrap();
    assert_eq!(state.model.as_deref(), Some("tiny (4 numbers a vector)"));

    let asked = std::mem::take(&mut *model.asked.lock().unwrap());
    assert!(asked.iter().all(|batch| (1..=16).contains(&batch.len())) && asked.iter().any(|batch| batch.len() == 16));
    let mut texts: Vec<String> = asked.concat();
    let sent = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), sent, "no text was sent twice");

    drop(first);
    let second = service(folder.path(), &db, Some(embedder("tiny", &url)));
    assert!(second.search_knowledge(&tenant, "what is narwhalic", 3).await.unwrap().iter().any(|hit| hit.own));
    assert_eq!(model.asked.lock().unwrap().concat(), ["what is narwhalic"], "what the index has is not sent again");
}

#[tokio::test]
async fn a_model_that_is_busy_is_asked_again_and_one_that_is_away_leaves_the_words() {
    let folder = tempfile::tempdir().unwrap();
    let (model, url) = start().await;
    let (_app, db, tenant) = database().await;
    let service = service(folder.path(), &db, Some(embedder("tiny", &url)));
    model.refusals.store(2, Ordering::SeqCst);
    service.open().await;
    assert!(service.ready(), "two refusals are lived through");
    model.refusals.store(usize::MAX, Ordering::SeqCst);
    let found = service.search_knowledge(&tenant, "quiet hours in texas", 3).await.unwrap();
    assert_eq!(found[0].document, "quiet-hours");
    assert!(found[0].why.by_meaning.is_none() && found[0].close, "{:?}", found[0]);
}

#[tokio::test]
async fn another_model_is_refused_with_what_mends_it_and_mending_switches_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_model, url) = start().await;
    let (_app, db, tenant) = database().await;
    let words = service(folder.path(), &db, None);
    add(&words, &tenant, "# Zebra hatchback\n\nOur walrusy zebra is handed out at the desk.").await;
    assert!(words.ready() && words.check_model().is_ok());
    drop(words);

    let dense = service(folder.path(), &db, Some(embedder("tiny", &url)));
    let refused = dense.check_model().unwrap_err();
    assert!(matches!(refused, VectorError::OtherModel { .. }));
    for part in ["no embedding model", "tiny", "`auterity ingest --reembed`"] {
        assert!(refused.to_string().contains(part), "{part} in {refused}");
    }
    dense.open().await;
    assert!(!dense.ready(), "it is not opened either");

    let made = dense.reembed().await.unwrap();
    assert_eq!((made.number, made.dimension()), (2, Some(4)));
    dense.check_model().unwrap();
    let names: Vec<String> = std::fs::read_dir(folder.path().join("vectors"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains('-'))
        .collect();
    assert_eq!(names, [made.to_string()], "the one of before is gone");
    drop(dense);
    let dense = service(folder.path(), &db, Some(embedder("tiny", &url)));
    assert!(dense.search_knowledge(&tenant, "what is narwhalic", 3).await.unwrap().iter().any(|hit| hit.own));
    drop(dense);
    assert!(service(folder.path(), &db, Some(embedder("other", &url))).check_model().is_err());
    assert!(service(folder.path(), &db, None).check_model().is_err());
}

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    let (model, url) = start().await;
    let embedder = embedder("tiny", &url);
    let one = |embedding: Value| json!({"data": [{"index": 0, "embedding": embedding}]});
    let wrong = [
        json!({"data": []}),
        json!({"data": [{"index": 1, "embedding": [1.0]}]}),
        one(json!([])),
        one(json!([0.0, 0.0])),
        one(json!([1e39, 1.0])),
        one(json!(["a"])),
        one(json!(vec![0.5; 9000])),
        one(json!("x".repeat(400_000))),
        json!("nothing"),
    ];
    for answer in wrong {
        *model.instead.lock().unwrap() = Some(answer.clone());
        let refused = embedder.embed(&["text"]).await;
        assert!(matches!(refused, Err(EmbedError::Wrong(_))), "{refused:?} for {}", answer.to_string().len());
    }
    *model.instead.lock().unwrap() = None;
    let vectors = embedder.embed(&["a tyre", "a holiday", "a tyre"]).await.unwrap();
    assert_eq!((vectors.len(), &vectors[0]), (3, &vectors[2]), "the wrong ones were not remembered");
    assert!(vectors.iter().all(|vector| (vector.iter().map(|n| n * n).sum::<f32>() - 1.0).abs() < 1e-5));
    let gone = Embedder::new(EmbedderSettings {
        model: "tiny".to_owned(),
        base_url: "http://127.0.0.1:1".to_owned(),
        api_key: String::new().into(),
        timeout: Duration::from_secs(1),
        batch: 16,
    });
    assert!(matches!(gone.unwrap().embed(&["text"]).await, Err(EmbedError::Unreachable(_))));
}
