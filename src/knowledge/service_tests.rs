use super::super::content;
use super::*;

async fn open(folder: &std::path::Path) -> Service {
    let service = with_database(Kept::Folder(folder.to_owned())).await;
    service.open().await;
    service
}

/// A service with a database of its own, in memory.
pub(in crate::knowledge) async fn with_database(kept: Kept) -> Service {
    let sqlite = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    let db = Database::Sqlite(sqlite);
    db.migrate().await.unwrap();
    let clock = Arc::new(crate::model::ManualClock::new("2026-03-10T15:00:00Z".parse().unwrap()));
    Service::new(Parts { kept, db, clock, tasks: TaskTracker::new(), max_file_bytes: 1024 * 1024, embedder: None })
}

/// A dealer group without anything of its own.
fn nobody() -> TenantId {
    TenantId::derive("nobody")
}

#[tokio::test]
async fn the_right_article_is_found_by_ordinary_words() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path()).await;
    assert!(service.ready());
    for (words, document) in [
        ("can i text a customer in texas on sunday morning", "quiet-hours"),
        ("customer replied stop, what now", "tcpa-revocation"),
        ("do we need written consent for an offer by text", "tcpa-consent"),
        ("how many days do we have to send the adverse action notice", "adverse-action"),
        ("how fast should we answer an internet lead", "speed-to-lead"),
        ("who has to approve a workflow that gives a credit", "automation-policy"),
        ("quien aprueba una automatizacion", "automation-policy"),
    ] {
        let hits = service.search_knowledge(&nobody(), words, 3).await.unwrap();
        assert_eq!(hits.first().map(|h| h.document.as_str()), Some(document), "{words}: {hits:#?}");
        assert!(hits.len() <= 3 && hits.windows(2).all(|w| w[0].score >= w[1].score));
    }
}

#[tokio::test]
async fn templates_are_found_in_english_and_spanish() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path()).await;
    for (words, document) in [
        ("remind people of their appointment the day before", "T05"),
        ("text new internet leads and escalate when nobody answers", "T01"),
        ("tell shoppers when the price of a car goes down", "T41"),
        ("recordatorio de cita", "T05"),
        ("reseñas negativas", "T48"),
        ("resenas negativas", "T48"),
    ] {
        let hits = service.search_templates(&nobody(), words, 3).await.unwrap();
        assert!(hits.iter().any(|h| h.document == document), "{words}: {hits:#?}");
    }
}

/// One wish each, in words other than the search text's: the template is among the first three.
#[tokio::test]
async fn each_template_is_found_by_what_staff_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path()).await;
    let wishes = include_str!("../../evals/retrieval/templates.tsv");
    let (mut asked, mut first, mut missed) = (0, 0, Vec::new());
    let mut wanted = std::collections::BTreeSet::new();
    for (document, words) in wishes.lines().filter_map(|line| line.split_once('\t')) {
        wanted.insert(document);
        let hits = service.search_templates(&nobody(), words, 3).await.unwrap();
        let found: Vec<&str> = hits.iter().map(|hit| hit.document.as_str()).collect();
        asked += 1;
        first += usize::from(found.first() == Some(&document));
        if !found.contains(&document) {
            missed.push(format!("{document} “{words}”: {found:?}"));
        }
    }
    assert_eq!(wanted.len(), 60, "every template is asked for");
    assert!(missed.is_empty(), "{} of {asked} missed ({first} first): {missed:#?}", missed.len());
    assert!(first * 10 >= asked * 8, "{first} of {asked} first");
}

#[tokio::test]
async fn a_second_start_finds_the_same_and_what_no_longer_ships_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    let found = first.search_knowledge(&nobody(), "quiet hours", 5).await.unwrap();
    assert!(found.len() >= 2 && found.iter().all(|hit| !hit.own && hit.reviewed.as_str() >= "2026"), "{found:#?}");
    drop(first);
    let second = open(folder.path()).await;
    assert_eq!(second.search_knowledge(&nobody(), "quiet hours", 5).await.unwrap(), found);
    let index = second.door.opened().unwrap().index;
    let again = index.ship(content::shipped()).await.unwrap();
    assert_eq!((again.indexed, again.removed), (0, 0), "{again:?}");
    assert_eq!(again.unchanged, 100);
    assert_eq!(index.ship(Vec::new()).await.unwrap().removed, 100);
    assert_eq!(second.search_knowledge(&nobody(), "quiet hours", 5).await.unwrap(), []);
}

#[tokio::test]
async fn every_hit_says_how_it_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path()).await;
    let hits = service.search_knowledge(&nobody(), "May we text a customer in Texas on Sunday?", 3).await.unwrap();
    let Why { words, by_words, by_meaning, .. } = &hits[0].why;
    assert!(words.contains(&"texas".to_owned()) && words.contains(&"sunday".to_owned()), "{words:?}");
    assert!(!words.contains(&"we".to_owned()), "a word that says nothing is no reason: {words:?}");
    let place = by_words.unwrap();
    assert_eq!((place.rank, place.score, *by_meaning), (1, hits[0].score, None));
    let long = "hours ".repeat(20_000);
    assert!(!service.search_knowledge(&nobody(), &long, 3).await.unwrap().is_empty(), "a query of 100 kB is cut");
    assert_eq!(service.search_knowledge(&nobody(), "¿…?", 3).await.unwrap(), [], "nothing was asked");
}

#[tokio::test]
async fn filters_narrow_what_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let service = open(folder.path()).await;
    let documents = async |filter: Filter| {
        let within = if filter.department.is_some() { Collection::Templates } else { Collection::Knowledge };
        let ask = Ask { within, query: "privacy rights of a customer, reminder of the appointment", limit: 20, filter };
        let hits = service.search(&ask).await.unwrap();
        hits.into_iter().map(|hit| hit.document).collect::<std::collections::BTreeSet<_>>()
    };
    let everywhere = documents(Filter::default()).await;
    assert!(everywhere.contains("privacy-rights") && everywhere.contains("glba-privacy"), "{everywhere:?}");
    let europe = documents(Filter { jurisdiction: Some("EU".into()), ..Filter::default() }).await;
    assert!(europe.contains("privacy-rights") && !europe.contains("glba-privacy"), "{europe:?}");
    let service_lane = documents(Filter { department: Some("service".into()), ..Filter::default() }).await;
    assert!(service_lane.contains("T25") && !service_lane.contains("T05"), "{service_lane:?}");
}

#[tokio::test]
async fn an_index_somebody_else_has_open_is_a_plain_answer_and_is_opened_when_it_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    let second = open(folder.path()).await;
    assert!(first.ready() && !second.ready());
    let error = second.search_knowledge(&nobody(), "anything", 3).await.unwrap_err();
    assert!(matches!(error, KnowledgeError::Unavailable));
    drop(first);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert!(!second.search_knowledge(&nobody(), "quiet hours", 3).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_index_that_a_crash_left_half_written_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let found = open(folder.path()).await.search_knowledge(&nobody(), "quiet hours", 3).await.unwrap();
    let generation = folder.path().join("bm25-0-1/knowledge");
    for (broken, content) in [("edge_config.json", &b"{"[..]), ("edge_config.json", b""), ("segments", b"")] {
        let path = generation.join(broken);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        }
        std::fs::write(&path, content).unwrap();
        let again = open(folder.path()).await;
        assert!(again.ready(), "{broken}");
        assert_eq!(again.search_knowledge(&nobody(), "quiet hours", 3).await.unwrap(), found, "{broken}");
    }
}
