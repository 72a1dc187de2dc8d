use super::*;

async fn open(folder: &std::path::Path) -> Service {
    let service = Service::new(folder.to_owned());
    let opening = service.clone();
    tokio::task::spawn_blocking(move || opening.open()).await.unwrap();
    service
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
        let hits = service.search_articles(words, 3).await.unwrap();
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
        let hits = service.search_templates(words, 3).await.unwrap();
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
        let hits = service.search_templates(words, 3).await.unwrap();
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
async fn a_second_start_indexes_nothing_and_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await.search_articles("quiet hours", 5).await.unwrap();
    let store = VectorStore::open_edge(folder.path()).unwrap();
    let report = ingest::ingest(&store, folder.path(), &content::shipped()).unwrap();
    assert_eq!((report.indexed, report.removed), (0, 0), "{report:?}");
    assert!(report.unchanged >= 8);
    let gone = ingest::ingest(&store, folder.path(), &[]).unwrap();
    assert_eq!(gone.removed, report.unchanged);
    assert!(store.search(Collection::Articles, "quiet hours", 5).unwrap().is_empty());
    drop(store);
    assert_eq!(open(folder.path()).await.search_articles("quiet hours", 5).await.unwrap(), first);
}

#[tokio::test]
async fn a_store_somebody_else_has_open_is_a_plain_answer_not_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    let second = open(folder.path()).await;
    assert!(first.ready() && !second.ready());
    let error = second.search_articles("anything", 3).await.unwrap_err();
    assert!(matches!(error, KnowledgeError::Unavailable));
}
