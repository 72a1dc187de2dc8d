//! How well staff find what they need: our own labelled queries against what ships, by words alone.
//! The table: `cargo nextest run --lib -E 'test(labelled_queries)' --no-capture`.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Kept, Service, content};
use crate::model::TenantId;
use crate::workflow::template;

const QUERIES: &str = include_str!("../../evals/datasets/retrieval.jsonl");

/// One labelled query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    id: String,
    query: String,
    language: String,
    /// Any of these documents answers it; none where nothing that ships does.
    expected: Vec<String>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Article,
    Template,
    None,
}

/// Where the first right document stood, from 1.
type Rank = Option<usize>;

/// A row of the table. One right document is enough: recall at k is the share of queries that have one among the first
/// k documents, and nDCG is that of the first right one.
#[derive(Debug)]
struct Measured {
    queries: usize,
    recall: [f64; 3],
    reciprocal_rank: f64,
    ndcg: f64,
}

impl Measured {
    fn of(ranks: &[Rank]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "hundreds of queries")]
        let mean = |score: &dyn Fn(usize) -> f64| {
            ranks.iter().flatten().map(|&rank| score(rank)).sum::<f64>() / ranks.len().max(1) as f64
        };
        let within = |k: usize| mean(&move |rank| f64::from(u8::from(rank <= k)));
        #[expect(clippy::cast_precision_loss, reason = "ten ranks")]
        Self {
            queries: ranks.len(),
            recall: [within(1), within(3), within(10)],
            reciprocal_rank: mean(&|rank| 1.0 / rank as f64),
            ndcg: mean(&|rank| 1.0 / (rank as f64 + 1.0).log2()),
        }
    }
}

fn labelled() -> Vec<Labelled> {
    QUERIES.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"))).collect()
}

/// A dealer group without anything of its own.
fn nobody() -> TenantId {
    TenantId::derive("nobody")
}

/// The documents in the order in which their best passages were found, ten at most.
async fn found(service: &Service, kind: Kind, query: &str) -> Vec<String> {
    let hits = match kind {
        Kind::Template => service.search_templates(&nobody(), query, 10).await,
        Kind::Article | Kind::None => service.search_knowledge(&nobody(), query, 20).await,
    };
    let mut documents: Vec<String> = Vec::new();
    for hit in hits.unwrap() {
        if !documents.contains(&hit.document) {
            documents.push(hit.document);
        }
    }
    documents.truncate(10);
    documents
}

#[test]
fn every_labelled_query_names_documents_that_exist() {
    let queries = labelled();
    assert!(queries.len() >= 150);
    let ids: BTreeSet<&str> = queries.iter().map(|q| q.id.as_str()).collect();
    let words: BTreeSet<String> = queries.iter().map(|q| q.query.to_lowercase()).collect();
    assert!(ids.len() == queries.len() && words.len() == queries.len(), "an id or a query stands twice");
    let spanish = queries.iter().filter(|q| q.language == "es").count();
    assert!((0.15..0.25).contains(&(f64::from(u32::try_from(spanish).unwrap()) / queries.len() as f64)), "{spanish}");
    for query in &queries {
        let right = |id: &String| match query.kind {
            Kind::Article => content::article(id).is_some(),
            // Not every template of the catalogue ships yet.
            Kind::Template => {
                id.strip_prefix('T').and_then(|n| n.parse().ok()).is_some_and(|n: u8| (1..=60).contains(&n))
            }
            Kind::None => false,
        };
        assert!(query.expected.iter().all(right), "{query:?}");
        assert_eq!(query.expected.is_empty(), query.kind == Kind::None, "{query:?}");
        assert!(["en", "es"].contains(&query.language.as_str()), "{query:?}");
    }
}

#[tokio::test]
async fn labelled_queries_find_their_documents() {
    let folder = tempfile::tempdir().unwrap();
    let service = super::service::tests::with_database(Kept::Folder(folder.path().to_owned())).await;
    service.open().await;
    let shipped: BTreeSet<&str> = template::embedded().iter().map(|t| t.id.as_str()).collect();
    let mut ranked: Vec<(Labelled, Rank, Vec<String>)> = Vec::new();
    for query in labelled() {
        let ships = query.kind != Kind::Template || query.expected.iter().any(|id| shipped.contains(id.as_str()));
        if query.kind == Kind::None || !ships {
            continue;
        }
        let documents = found(&service, query.kind, &query.query).await;
        let rank = documents.iter().position(|d| query.expected.contains(d)).map(|at| at + 1);
        ranked.push((query, rank, documents));
    }
    let row = |keep: &dyn Fn(&Labelled) -> bool| {
        Measured::of(&ranked.iter().filter(|(q, ..)| keep(q)).map(|(_, rank, _)| *rank).collect::<Vec<_>>())
    };
    let articles = row(&|q| q.kind == Kind::Article);
    let templates = row(&|q| q.kind == Kind::Template);
    for (name, measured) in [
        ("all", &row(&|_| true)),
        ("articles", &articles),
        ("articles, English", &row(&|q| q.kind == Kind::Article && q.language == "en")),
        ("articles, Spanish", &row(&|q| q.kind == Kind::Article && q.language == "es")),
        ("templates", &templates),
    ] {
        let Measured { queries, recall: [one, three, ten], reciprocal_rank, ndcg } = measured;
        println!(
            "{name:<20} n {queries:>3}  recall@1 {one:.3} @3 {three:.3} @10 {ten:.3}  MRR {reciprocal_rank:.3}  nDCG@10 {ndcg:.3}"
        );
    }
    ranked.sort_by_key(|(_, rank, _)| std::cmp::Reverse(rank.unwrap_or(usize::MAX)));
    for (query, rank, documents) in ranked.iter().take(20) {
        let first = &documents[..documents.len().min(3)];
        println!("{rank:?} {} {:?} wants {:?}, got {first:?}", query.id, query.query, query.expected);
    }
    assert!(articles.recall[1] >= 0.90, "{articles:?}");
    assert!(templates.recall[1] >= 0.90, "{templates:?}");
}

/// What tells a question that is answered from one that nothing answers: the table behind `service::CLOSE_BY_WORDS`.
#[tokio::test]
async fn what_nothing_answers_is_told_from_what_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let service = super::service::tests::with_database(Kept::Folder(folder.path().to_owned())).await;
    service.open().await;
    let (mut close, mut asked) = ([0_usize; 2], [0_usize; 2]);
    for query in labelled().into_iter().filter(|query| query.kind != Kind::Template) {
        let hits = service.search_knowledge(&nobody(), &query.query, 3).await.unwrap();
        let answered = usize::from(query.kind == Kind::Article);
        asked[answered] += 1;
        let first = hits.first();
        close[answered] += usize::from(first.is_some_and(|hit| hit.close));
        let (score, words) = first.map_or((0.0, 0), |hit| (hit.score, hit.why.words.len()));
        println!("{:?} {score:.2} {words} of {} {:?}", query.kind, first.map_or(0, |hit| hit.why.asked), query.query);
    }
    println!("close: {} of {} answered, {} of {} that nothing answers", close[1], asked[1], close[0], asked[0]);
    assert!(close[1] * 100 >= asked[1] * 95, "{} of {} answers would be held back", asked[1] - close[1], asked[1]);
    assert!(close[0] * 2 <= asked[0], "{} of {} questions that nothing answers pass", close[0], asked[0]);
}
