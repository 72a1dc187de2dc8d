//! Every point a story passes, times every time it passes it: a case each, generated from a run that only watches.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::seed::{Place, Seed};
use crate::server::Server;

/// Cases worked on at the same time.
const AT_ONCE: usize = 3;
/// Times the same point is tried within one story: the first so many.
const MOST_HITS: usize = 4;

/// What a case is about.
#[derive(Debug, Clone)]
pub struct Case {
    pub point: String,
    pub hit: usize,
}

/// Runs `story` once to see which points it passes, then once a case with a server that dies there. Prints the table.
pub async fn run<F, S>(name: &str, story: F)
where
    F: Fn(Arc<Seed>, Server) -> S + Copy + Send + 'static,
    S: Future<Output = Server> + Send + 'static,
{
    run_on(name, Seed::make().await, story).await;
}

/// The same on data of the story's own.
pub async fn run_on<F, S>(name: &str, seed: Seed, story: F)
where
    F: Fn(Arc<Seed>, Server) -> S + Copy + Send + 'static,
    S: Future<Output = Server> + Send + 'static,
{
    let begun = std::time::Instant::now();
    let seed = Arc::new(seed);
    let watched = Server::hooked(seed.copy().await, None).await;
    let watched = story(Arc::clone(&seed), watched).await;
    let points = passed(&watched.place);
    assert!(!watched.died);
    drop(watched);
    let cases = points
        .iter()
        .flat_map(|(point, hits)| (1..=(*hits).min(MOST_HITS)).map(|hit| Case { point: point.clone(), hit }));
    let mut results: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let mut failures = Vec::new();
    let mut running = JoinSet::new();
    let mut waiting = cases.collect::<Vec<_>>().into_iter();
    loop {
        while running.len() < AT_ONCE
            && let Some(case) = waiting.next()
        {
            let seed = Arc::clone(&seed);
            running.spawn(async move {
                let mut inner = JoinSet::new();
                let at = format!("{}@{}", case.hit, case.point);
                inner.spawn(async move {
                    let server = Server::hooked(seed.copy().await, Some(&at)).await;
                    story(seed, server).await.died
                });
                let ended = inner.join_next().await.unwrap();
                (case, ended.map_err(panic_text))
            });
        }
        let Some(ended) = running.join_next().await else { break };
        let (case, ended) = ended.unwrap();
        let result = match ended {
            Ok(true) => "recovered",
            Ok(false) => "not reached",
            Err(text) => {
                failures.push(format!("{} (time {}): {text}", case.point, case.hit));
                "FAILED"
            }
        };
        results.entry(case.point).or_default().push(result);
    }
    print_table(name, &points, &results, begun.elapsed().as_secs());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let recovered = results.values().flatten().filter(|result| **result == "recovered").count();
    assert!(recovered >= points.len(), "only {recovered} cases died where they should");
}

/// The points in a server's log, with how often each was passed.
fn passed(place: &Place) -> BTreeMap<String, usize> {
    let mut points = BTreeMap::new();
    for line in std::fs::read_to_string(place.file("points")).unwrap().lines() {
        *points.entry(line.to_owned()).or_default() += 1;
    }
    points
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}

fn print_table(
    name: &str,
    points: &BTreeMap<String, usize>,
    results: &BTreeMap<String, Vec<&'static str>>,
    seconds: u64,
) {
    let count = |wanted: &str| results.values().flatten().filter(|result| **result == wanted).count();
    println!("{name}: point | passed | recovered | not reached | failed");
    for (point, results) in results {
        let count = |wanted: &str| results.iter().filter(|result| **result == wanted).count();
        let (recovered, missed, failed) = (count("recovered"), count("not reached"), count("FAILED"));
        println!("{point} | {} | {recovered} | {missed} | {failed}", points[point]);
    }
    println!(
        "{name}: {} points, {} cases: {} recovered, {} not reached, {} failed; {seconds} s",
        results.len(),
        results.values().map(Vec::len).sum::<usize>(),
        count("recovered"),
        count("not reached"),
        count("FAILED")
    );
}
