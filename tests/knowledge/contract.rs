//! What a vector store has to do, asked of each: Edge in process, the Edge engine behind Qdrant's protocol, and a real
//! Qdrant server where `TEST_QDRANT_URL` names one. The last test asks all of them the same and compares the answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use auterity::knowledge::vector::{
    Collection, EdgeEngine, Engine, Filter, Found, Generation, Model, Owner, Passage, Point, QdrantEngine,
    QdrantSettings, Query, VectorError, VectorStore, Words,
};
use auterity::model::TenantId;

use crate::edge_behind_grpc::Server;

/// An engine, with what it lives on.
pub struct Kept {
    pub name: &'static str,
    pub engine: Engine,
    server: Option<Server>,
    _folder: tempfile::TempDir,
}

pub fn settings(url: &str, prefix: &str) -> QdrantSettings {
    QdrantSettings {
        url: url.to_owned(),
        api_key: String::new().into(),
        prefix: prefix.to_owned(),
        timeout: Duration::from_secs(5),
    }
}

#[expect(clippy::disallowed_methods, reason = "tests read their own switch and name collections of their own")]
pub async fn engines() -> Vec<Kept> {
    let folder = || tempfile::tempdir().unwrap();
    let edge = folder();
    let mut engines = vec![Kept {
        name: "edge",
        engine: Engine::Edge(Arc::new(EdgeEngine::new(edge.path()).unwrap())),
        server: None,
        _folder: edge,
    }];
    let server = Server::start().await;
    let engine = Engine::Qdrant(QdrantEngine::new(&settings(&server.url, "test")).unwrap());
    engines.push(Kept { name: "edge behind gRPC", engine, server: Some(server), _folder: folder() });
    if let Ok(url) = std::env::var("TEST_QDRANT_URL") {
        let prefix = format!("test_{}", uuid::Uuid::now_v7().simple());
        let engine = Engine::Qdrant(QdrantEngine::new(&settings(&url, &prefix)).unwrap());
        engines.push(Kept { name: "qdrant", engine, server: None, _folder: folder() });
    }
    engines
}

fn words() -> Words {
    Words::new().unwrap()
}

fn passage(owner: &Owner, document: &str, text: &str) -> Passage {
    Passage {
        owner: owner.as_str().to_owned(),
        document: document.to_owned(),
        title: format!("About {document}"),
        heading: "First".to_owned(),
        text: text.to_owned(),
        departments: vec!["all".to_owned()],
        jurisdictions: vec!["US".to_owned()],
        languages: vec!["en".to_owned()],
        reviewed: "2026-06-30".to_owned(),
        hash: format!("hash of {text}"),
        parts: 1,
        ..Passage::default()
    }
}

fn point(passage: Passage, meaning: Option<Vec<f32>>) -> Point {
    Point { words: words().document(&passage.indexed()), meaning, passage }
}

fn by_words(text: &str) -> Query {
    Query { words: words().query(text), limit: 10, ..Query::default() }
}

fn documents(found: &Found) -> Vec<&str> {
    found.words.iter().map(|scored| scored.passage.document.as_str()).collect()
}

async fn opened(kept: &Kept) -> VectorStore {
    kept.engine.open(&Generation::first(None)).await.unwrap()
}

async fn put(store: &VectorStore, passage: Passage) {
    store.replace(Collection::Knowledge, vec![point(passage, None)]).await.unwrap();
}

#[tokio::test]
async fn what_was_put_in_comes_back_whole() {
    for kept in engines().await {
        let store = opened(&kept).await;
        let wanted =
            Passage { keywords: "tow hook".into(), place: 0, ..passage(&Owner::Shared, "towing", "Ólé «tows»") };
        put(&store, wanted.clone()).await;
        let found = store.search(Collection::Knowledge, by_words("hook")).await.unwrap();
        assert_eq!(found.words.len(), 1, "{}", kept.name);
        assert_eq!(found.words[0].passage, wanted, "{}", kept.name);
        assert!(found.words[0].score > 0.0 && found.meaning.is_empty(), "{}", kept.name);
        assert_eq!(store.search(Collection::Templates, by_words("hook")).await.unwrap(), Found::default());
    }
}

#[tokio::test]
async fn a_document_is_replaced_with_all_its_passages() {
    for kept in engines().await {
        let store = opened(&kept).await;
        let part = |place: usize, parts: usize, hash: &str| Passage {
            hash: hash.to_owned(),
            place,
            parts,
            ..passage(&Owner::Shared, "towing", &format!("passage {place} of {hash}"))
        };
        let long = (0..300).map(|place| point(part(place, 300, "old"), None)).collect();
        store.replace(Collection::Knowledge, long).await.unwrap();
        put(&store, passage(&Owner::Shared, "other", "a passage that stays")).await;
        let held = store.held(Collection::Knowledge, &Owner::Shared).await.unwrap();
        assert!(held["towing"].is("old") && held["towing"].points == 300, "{}: {held:?}", kept.name);

        let short = (0..2).map(|place| point(part(place, 2, "new"), None)).collect();
        store.replace(Collection::Knowledge, short).await.unwrap();
        let held = store.held(Collection::Knowledge, &Owner::Shared).await.unwrap();
        assert!(held["towing"].is("new") && !held["towing"].is("old"), "{}: {held:?}", kept.name);
        let found = store.search(Collection::Knowledge, by_words("old passage")).await.unwrap();
        assert!(found.words.iter().all(|scored| scored.passage.hash != "old"), "{}", kept.name);
        assert_eq!(found.words.len(), 3, "{}", kept.name);

        store.remove(Collection::Knowledge, &Owner::Shared, "towing").await.unwrap();
        let held = store.held(Collection::Knowledge, &Owner::Shared).await.unwrap();
        assert_eq!(held.keys().collect::<Vec<_>>(), ["other"], "{}", kept.name);
    }
}

#[tokio::test]
async fn what_was_left_unfinished_is_seen() {
    for kept in engines().await {
        let store = opened(&kept).await;
        let one_of_two = Passage { parts: 2, ..passage(&Owner::Shared, "half", "half") };
        put(&store, one_of_two.clone()).await;
        let held = store.held(Collection::Knowledge, &Owner::Shared).await.unwrap();
        assert!(!held["half"].is(&one_of_two.hash), "{}: {held:?}", kept.name);
    }
}

#[tokio::test]
async fn nobody_finds_removes_or_lists_what_is_another_dealer_groups() {
    for kept in engines().await {
        let store = opened(&kept).await;
        let (ours, theirs) = (TenantId::generate(), TenantId::generate());
        for owner in [Owner::Shared, Owner::Tenant(ours.clone()), Owner::Tenant(theirs.clone())] {
            let passage = passage(&owner, "holiday", &format!("Holiday hours of {}", owner.as_str()));
            put(&store, passage).await;
        }
        let ask = async |tenant: Option<TenantId>| {
            let query = Query { filter: Filter { tenant, ..Filter::default() }, ..by_words("holiday hours") };
            let found = store.search(Collection::Knowledge, query).await.unwrap().words;
            found.into_iter().map(|scored| scored.passage.owner).collect::<std::collections::BTreeSet<_>>()
        };
        let shared = "shared".to_owned();
        assert_eq!(ask(Some(ours.clone())).await, [shared.clone(), ours.to_string()].into(), "{}", kept.name);
        assert_eq!(ask(None).await, [shared.clone()].into(), "{}", kept.name);
        store.remove(Collection::Knowledge, &Owner::Tenant(ours.clone()), "holiday").await.unwrap();
        assert_eq!(ask(Some(ours.clone())).await, [shared].into(), "{}", kept.name);
        assert_eq!(ask(Some(theirs.clone())).await.len(), 2, "{}: theirs stays", kept.name);
        let held = store.held(Collection::Knowledge, &Owner::Tenant(ours)).await.unwrap();
        assert_eq!(held, BTreeMap::new(), "{}", kept.name);
    }
}

#[tokio::test]
async fn filters_hold_for_words_and_meaning_alike() {
    for kept in engines().await {
        let generation = Generation::first(Some(Model::new("tiny", 2)));
        let store = kept.engine.open(&generation).await.unwrap();
        let shapes = [
            ("federal", &["US"][..], &["all"][..], &["en"][..]),
            ("california", &["US", "CA"], &["sales"], &["en"]),
            ("texas", &["TX"], &["service"], &["en", "es"]),
            ("everywhere", &["all"], &["all"], &["es"]),
            ("europe", &["EU"], &["sales"], &["en"]),
        ];
        let list = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
        for (document, jurisdictions, departments, languages) in shapes {
            let passage = Passage {
                jurisdictions: list(jurisdictions),
                departments: list(departments),
                languages: list(languages),
                ..passage(&Owner::Shared, document, "the same words")
            };
            store.replace(Collection::Knowledge, vec![point(passage, Some(vec![1.0, 0.5]))]).await.unwrap();
        }
        let some = |value: &str| Some(value.to_owned());
        let cases = [
            (Filter::default(), &["california", "europe", "everywhere", "federal", "texas"][..]),
            (Filter { jurisdiction: some("CA"), ..Filter::default() }, &["california", "everywhere", "federal"]),
            (Filter { jurisdiction: some("NV"), ..Filter::default() }, &["california", "everywhere", "federal"]),
            (Filter { jurisdiction: some("EU"), ..Filter::default() }, &["europe", "everywhere"]),
            (Filter { department: some("service"), ..Filter::default() }, &["everywhere", "federal", "texas"]),
            (Filter { language: some("es"), ..Filter::default() }, &["everywhere", "texas"]),
            (Filter { department: some("service"), language: some("en"), ..Filter::default() }, &["federal", "texas"]),
            (Filter { language: some("fr"), ..Filter::default() }, &[]),
        ];
        for (filter, expected) in cases {
            let query = Query { meaning: Some(vec![1.0, 0.5]), filter: filter.clone(), ..by_words("words") };
            let found = store.search(Collection::Knowledge, query).await.unwrap();
            for leg in [&found.words, &found.meaning] {
                let documents: Vec<&str> = leg.iter().map(|scored| scored.passage.document.as_str()).collect();
                assert_eq!(documents, expected, "{}: {filter:?}; equal scores stand by their ids", kept.name);
            }
        }
    }
}

#[tokio::test]
async fn a_vector_of_another_dimension_is_refused_and_nothing_is_lost() {
    for kept in engines().await {
        let store = kept.engine.open(&Generation::first(Some(Model::new("tiny", 2)))).await.unwrap();
        let right = point(passage(&Owner::Shared, "right", "words"), Some(vec![0.6, 0.8]));
        store.replace(Collection::Knowledge, vec![right]).await.unwrap();
        let wrong = point(passage(&Owner::Shared, "wrong", "words"), Some(vec![0.1, 0.2, 0.3]));
        let refused = store.replace(Collection::Knowledge, vec![wrong]).await;
        assert!(matches!(refused, Err(VectorError::Engine(_))), "{}: {refused:?}", kept.name);
        let query = Query { meaning: Some(vec![1.0, 0.0, 0.0]), ..by_words("words") };
        let refused = store.search(Collection::Knowledge, query).await;
        assert!(matches!(refused, Err(VectorError::Engine(_))), "{}: {refused:?}", kept.name);
        let query = Query { meaning: Some(vec![0.6, 0.8]), ..by_words("words") };
        let found = store.search(Collection::Knowledge, query).await.unwrap();
        assert_eq!(documents(&found), ["right"], "{}", kept.name);
        assert!((found.meaning[0].score - 1.0).abs() < 1e-5, "{}: {found:?}", kept.name);
    }
}

#[tokio::test]
async fn a_new_index_is_made_beside_the_old_one_and_switched_to_at_once() {
    for kept in engines().await {
        let (old, new) = (Generation::first(None), Generation::first(None).next(Some(Model::new("tiny", 2))));
        assert_eq!(kept.engine.current().await.unwrap(), None, "{}", kept.name);
        let before = kept.engine.open(&old).await.unwrap();
        kept.engine.switch(&old).await.unwrap();
        put(&before, passage(&Owner::Shared, "towing", "old words")).await;

        let after = kept.engine.open(&new).await.unwrap();
        let dense = point(passage(&Owner::Shared, "towing", "new words"), Some(vec![0.0, 1.0]));
        after.replace(Collection::Knowledge, vec![dense]).await.unwrap();
        assert_eq!(kept.engine.current().await.unwrap(), Some(old), "{}: not yet", kept.name);
        let found = before.search(Collection::Knowledge, by_words("words")).await.unwrap();
        assert_eq!(found.words[0].passage.text, "old words", "{}", kept.name);

        kept.engine.switch(&new).await.unwrap();
        assert_eq!(kept.engine.current().await.unwrap(), Some(new.clone()), "{}", kept.name);
        kept.engine.remove_others(&new).await.unwrap();
        let found = after.search(Collection::Knowledge, by_words("words")).await.unwrap();
        assert_eq!(found.words[0].passage.text, "new words", "{}", kept.name);
        if let Some(server) = &kept.server {
            let names = ["knowledge", "templates", "workflows"].map(|name| format!("test-{name}.{new}"));
            assert_eq!(server.collections(), names);
        }
    }
}

/// Some hundred passages of ordinary words, so that scores have many different parts.
fn corpus() -> Vec<Passage> {
    let words: Vec<&str> =
        "lead text call appointment service repair order parts warranty price trade lease finance credit \
        consent quiet hours texas california florida manager approval recall vehicle key test drive invoice tire oil"
            .split_whitespace()
            .collect();
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut text = |length: usize| (0..length).map(|_| words[next(words.len())]).collect::<Vec<_>>().join(" ");
    (0..300).map(|n| passage(&Owner::Shared, &format!("d{n:03}"), &text(5 + n % 60))).collect()
}

#[tokio::test]
async fn every_engine_gives_the_same_answers_with_the_same_scores() {
    let generation = Generation::first(Some(Model::new("tiny", 3)));
    let mut answers: Vec<(&str, Vec<Found>)> = Vec::new();
    let engines = engines().await;
    for kept in &engines {
        let store = kept.engine.open(&generation).await.unwrap();
        for (n, passage) in corpus().into_iter().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let angle = n as f32 / 300.0;
            let meaning = vec![angle.cos(), angle.sin(), 0.1];
            store.replace(Collection::Knowledge, vec![point(passage, Some(meaning))]).await.unwrap();
        }
        let mut found = Vec::new();
        for asked in ["texas consent", "trade lease price manager", "oil", "recall vehicle key test drive", "nothing"] {
            let query = Query { meaning: Some(vec![0.9, 0.3, 0.1]), limit: 60, ..by_words(asked) };
            found.push(store.search(Collection::Knowledge, query).await.unwrap());
        }
        answers.push((kept.name, found));
    }
    let (_, first) = &answers[0];
    assert!(first[0].words.len() > 20 && first[4].words.is_empty(), "the queries find something");
    for (name, other) in &answers[1..] {
        for (a, b) in first.iter().zip(other) {
            for (a, b) in [(&a.words, &b.words), (&a.meaning, &b.meaning)] {
                assert_eq!(a.len(), b.len(), "{name}");
                for (a, b) in a.iter().zip(b) {
                    assert!((a.score - b.score).abs() < 1e-4, "{name}: {a:?} {b:?}");
                }
                let order = |leg: &[auterity::knowledge::vector::Scored]| {
                    leg.iter().map(|scored| scored.passage.document.clone()).collect::<Vec<_>>()
                };
                // beyond the limit, ties are cut by each engine as it likes
                assert_eq!(order(&a[..a.len().min(10)]), order(&b[..b.len().min(10)]), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_is_starting_is_asked_again_and_one_that_is_away_is_said_to_be() {
    let server = Server::start().await;
    let engine = Engine::Qdrant(QdrantEngine::new(&settings(&server.url, "test")).unwrap());
    let store = engine.open(&Generation::first(None)).await.unwrap();
    put(&store, passage(&Owner::Shared, "towing", "words")).await;
    server.refuse(2);
    let asked = server.asked();
    assert_eq!(documents(&store.search(Collection::Knowledge, by_words("words")).await.unwrap()), ["towing"]);
    assert_eq!(server.asked() - asked, 3, "two refusals and an answer");

    let url = server.url.clone();
    drop(server);
    let gone = store.search(Collection::Knowledge, by_words("words")).await;
    assert!(matches!(gone, Err(VectorError::Unavailable(_))), "{gone:?}");
    let nobody = QdrantEngine::new(&settings(&url, "test")).unwrap();
    let gone = Engine::Qdrant(nobody).current().await;
    assert!(matches!(gone, Err(VectorError::Unavailable(_))), "{gone:?}");
}

#[tokio::test]
async fn one_process_has_a_folder_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = EdgeEngine::new(folder.path()).unwrap();
    assert!(matches!(EdgeEngine::new(folder.path()), Err(VectorError::Elsewhere(_))));
    drop(first);
    EdgeEngine::new(folder.path()).unwrap();
}
