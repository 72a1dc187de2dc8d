//! What retrieval costs in process: what ships into an empty index, 10,000 passages into Qdrant Edge, and searches over
//! them by words alone and by words and meaning. `cargo bench --bench knowledge`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints and may stop at the first surprise")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use auterity::knowledge::index::Index;
use auterity::knowledge::shipped;
use auterity::knowledge::vector::{
    Collection, EdgeEngine, Engine, Filter, Generation, Model, Owner, Passage, Point, Query, Words,
};
use auterity::model::TenantId;

const PASSAGES: usize = 10_000;
/// Passages of one document.
const PARTS: usize = 20;
const DIMENSION: usize = 384;
const SEARCHES: usize = 500;

/// The same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    #[expect(clippy::cast_precision_loss, reason = "24 bits")]
    fn vector(&mut self) -> Vec<f32> {
        (0..DIMENSION).map(|_| (self.next() >> 40) as f32 / (1_u64 << 24) as f32 - 0.5).collect()
    }
}

fn middle(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::Edge(Arc::new(EdgeEngine::new(folder.path()).unwrap()));
    let words = Arc::new(Words::new().unwrap());

    let begun = Instant::now();
    let store = engine.open(&Generation::first(None)).await.unwrap();
    let report = Index::new(store, Arc::clone(&words), None).ship(shipped()).await.unwrap();
    println!("what ships, cold: {} documents in {:?}", report.indexed, begun.elapsed());

    let store = engine.open(&Generation::first(None).next(Some(Model::new("bench", DIMENSION)))).await.unwrap();
    let tenants: Vec<TenantId> = (0..10).map(|_| TenantId::generate()).collect();
    let vocabulary: Vec<String> = (0..5000).map(|n| format!("w{n}ord")).collect();
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let text = |length: usize, numbers: &mut Numbers| {
        // few words are frequent, as in any language
        let word = |numbers: &mut Numbers| {
            let end = 1 + numbers.below(vocabulary.len());
            vocabulary[numbers.below(end)].as_str()
        };
        (0..length).map(|_| word(numbers)).collect::<Vec<_>>().join(" ")
    };
    let documents: Vec<Vec<(Passage, Vec<f32>)>> = (0..PASSAGES / PARTS)
        .map(|document| {
            let owner = Owner::Tenant(tenants[document % tenants.len()].clone());
            let passage = |place: usize| {
                let passage = Passage {
                    owner: owner.as_str().to_owned(),
                    document: format!("doc{document}"),
                    title: format!("Document {document}"),
                    text: text(120, &mut numbers),
                    departments: vec!["all".into()],
                    jurisdictions: vec!["US".into()],
                    languages: vec!["en".into()],
                    hash: "h".into(),
                    place,
                    parts: PARTS,
                    ..Passage::default()
                };
                (passage, numbers.vector())
            };
            (0..PARTS).map(passage).collect()
        })
        .collect();

    let begun = Instant::now();
    for document in documents {
        let point = |(passage, meaning): (Passage, Vec<f32>)| Point {
            words: words.document(&passage.indexed()),
            meaning: Some(meaning),
            passage,
        };
        store.replace(Collection::Knowledge, document.into_iter().map(point).collect()).await.unwrap();
    }
    store.flush().await.unwrap();
    let took = begun.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
    let rate = PASSAGES as f64 / took.as_secs_f64();
    println!("{PASSAGES} passages of 120 words and {DIMENSION} numbers into Edge: {took:?}, {rate:.0} a second");

    for both in [false, true] {
        let mut times = Vec::new();
        for n in 0..SEARCHES {
            let asked = text(6, &mut numbers);
            let meaning = both.then(|| numbers.vector());
            let begun = Instant::now();
            let filter = Filter { tenant: Some(tenants[n % tenants.len()].clone()), ..Filter::default() };
            let query = Query { words: words.query(&asked), meaning, filter, limit: 60 };
            let found = store.search(Collection::Knowledge, query).await.unwrap();
            assert!(!found.words.is_empty());
            times.push(begun.elapsed());
        }
        let (p50, p99) = middle(times);
        let how = if both { "by words and meaning" } else { "by words" };
        println!("search {how} over {PASSAGES} passages, one tenant's of ten: p50 {p50:?}, p99 {p99:?}");
    }
}
