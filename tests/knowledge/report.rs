//! How well what ships is found, on each engine, by words, by meaning and by both. By words is asserted; the others are
//! measured where `EMBEDDING_MODEL` and `EMBEDDING_BASE_URL` name a model.
//! `cargo nextest run --test knowledge -E 'test(retrieval_table)' --no-capture` prints the table of `evals/retrieval/report.md`.

use std::sync::Arc;
use std::time::Duration;

use auterity::knowledge::embed::{Embedder, EmbedderSettings};
use auterity::knowledge::index::Index;
use auterity::knowledge::vector::{Collection, Filter, Found, Generation, Query, Words};
use auterity::knowledge::{fuse, shipped};
use serde::Deserialize;

use crate::contract::engines;

const QUERIES: &str = include_str!("../../evals/datasets/retrieval.jsonl");

#[derive(Deserialize)]
struct Labelled {
    query: String,
    expected: Vec<String>,
    kind: String,
}

/// Ranks of the first right document, from 1.
#[derive(Default, Clone, PartialEq, Debug)]
struct Ranks(Vec<Option<usize>>);

impl Ranks {
    fn add(&mut self, found: impl Iterator<Item = String>, expected: &[String]) {
        let mut documents: Vec<String> = Vec::new();
        for document in found {
            if !documents.contains(&document) {
                documents.push(document);
            }
        }
        let rank = documents.iter().take(10).position(|document| expected.contains(document));
        self.0.push(rank.map(|at| at + 1));
    }

    #[expect(clippy::cast_precision_loss, reason = "hundreds of queries, ten ranks")]
    fn mean(&self, score: impl Fn(usize) -> f64) -> f64 {
        self.0.iter().flatten().map(|&rank| score(rank)).sum::<f64>() / self.0.len().max(1) as f64
    }

    fn recall(&self, k: usize) -> f64 {
        self.mean(|rank| f64::from(u8::from(rank <= k)))
    }

    #[expect(clippy::cast_precision_loss, reason = "ten ranks")]
    fn row(&self, engine: &str, how: &str, what: &str) -> String {
        let (mrr, ndcg) = (self.mean(|rank| 1.0 / rank as f64), self.mean(|rank| 1.0 / (rank as f64 + 1.0).log2()));
        let [one, three, ten] = [1, 3, 10].map(|k| self.recall(k));
        format!(
            "| {engine} | {how} | {what} | {} | {one:.3} | {three:.3} | {ten:.3} | {mrr:.3} | {ndcg:.3} |",
            self.0.len()
        )
    }
}

#[expect(clippy::disallowed_methods, reason = "the switch of a measurement")]
fn embedder() -> Option<Embedder> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let settings = EmbedderSettings {
        model: set("EMBEDDING_MODEL")?,
        base_url: set("EMBEDDING_BASE_URL")?,
        api_key: set("EMBEDDING_API_KEY").unwrap_or_default().into(),
        timeout: Duration::from_secs(60),
        batch: 64,
    };
    Some(Embedder::new(settings).unwrap())
}

#[tokio::test]
async fn the_retrieval_table() {
    let embedder = embedder();
    let model = match &embedder {
        Some(embedder) => Some(embedder.model().await.unwrap()),
        None => None,
    };
    let queries: Vec<Labelled> = QUERIES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    println!("| engine | ranking | labelled queries for | n | recall@1 | recall@3 | recall@10 | MRR | nDCG@10 |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut by_words: Vec<Ranks> = Vec::new();
    for kept in engines().await {
        let store = kept.engine.open(&Generation::first(model.clone())).await.unwrap();
        let index = Index::new(store, Arc::new(Words::new().unwrap()), embedder.clone());
        index.ship(shipped()).await.unwrap();
        for (kind, collection) in [("article", Collection::Knowledge), ("template", Collection::Templates)] {
            let (mut words, mut meaning, mut both) = (Ranks::default(), Ranks::default(), Ranks::default());
            for labelled in queries.iter().filter(|query| query.kind == kind) {
                let query = Query {
                    words: index.words().query(&labelled.query),
                    meaning: index.meaning(&labelled.query).await.unwrap(),
                    filter: Filter::default(),
                    limit: 60,
                };
                let found: Found = index.store.search(collection, query).await.unwrap();
                words.add(found.words.iter().map(|scored| scored.passage.document.clone()), &labelled.expected);
                meaning.add(found.meaning.iter().map(|scored| scored.passage.document.clone()), &labelled.expected);
                both.add(fuse(found).into_iter().map(|fused| fused.passage.document), &labelled.expected);
            }
            println!("{}", words.row(kept.name, "BM25", kind));
            if model.is_some() {
                println!("{}", meaning.row(kept.name, "dense", kind));
                println!("{}", both.row(kept.name, "hybrid (RRF)", kind));
            }
            assert!(words.recall(3) >= 0.90, "{}: {kind}: {}", kept.name, words.recall(3));
            by_words.push(words);
        }
    }
    for (at, ranks) in by_words.iter().enumerate() {
        assert_eq!(*ranks, by_words[at % 2], "every engine finds the same");
    }
}
