//! What our relay adds to a model's stream: `cargo bench --bench relay`, or with another profile
//! `RELAY_SERVER=target/demo/auterity cargo run --profile demo --bench relay`. Linux only: it reads `/proc`.
//!
//! One run starts a model server that says what its question asks for ([`mock`]), the release binary with demo data,
//! and asks both by turns ([`client`]): the difference is ours, with sign-in checked, the turn stored and its frames
//! coalesced as always. The server has a core of its own when there are two. A peer is measured beside us when
//! `RELAY_PEER` names a command that listens on `$PORT` and relays from `$UPSTREAM` (see `peer_fastapi.py`).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, reads its own switches, and may stop at the first surprise"
)]

mod client;
mod mock;
mod process;

use std::time::Duration;

use client::{Load, Target};
use process::{Process, Server};

const ROUNDS: usize = 5;

fn main() {
    if std::env::args().any(|argument| argument == "mock") {
        return runtime().block_on(mock::serve());
    }
    process::many_files();
    let mock = Process::mock();
    let server = Server::start(&mock.url);
    let peer = process::peer(&mock.url);
    runtime().block_on(measure(&mock, &server, peer.as_ref()));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

async fn measure(mock: &Process, server: &Server, peer: Option<&Process>) {
    let direct = Target::completions(&mock.url);
    let ours = Target::turns(&server.process.url, &client::sign_in(&server.process.url).await);
    let theirs = peer.map(|peer| (Target::completions(&peer.url), peer));
    // everything that is made once is made now
    for shape in ["n5 d0 i0", "n5 d1 i0"] {
        client::run(&ours, &Load { streams: 32, at_once: 16, shape, spread: Duration::ZERO }).await;
    }

    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let part = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if part("first") {
        println!("time to the first piece, direct → relayed; {ROUNDS} rounds by turns");
        for (at_once, streams, pieces) in [(1, 10, "n10"), (16, 64, "n50")] {
            for wait in ["i200", "i20", "i0"] {
                let shape = format!("{pieces} d20 {wait}");
                let load = Load { streams, at_once, shape: &shape, spread: Duration::from_millis(400) };
                first_pieces(&direct, &ours, server, &load).await;
            }
        }
    }
    if part("draft") {
        println!("a turn that writes a draft in three answers of the model, each at once; {ROUNDS} rounds by turns");
        for (at_once, streams) in [(1, 40), (16, 160)] {
            drafts(&direct, &ours, at_once, streams).await;
        }
    }
    if part("cpu") {
        println!("CPU of a stream of 50 pieces, 16 at once");
        for shape in ["n50 d20 i20", "n50 d0 i0"] {
            let load = Load { streams: 320, at_once: 16, shape, spread: Duration::from_millis(400) };
            let own = cpu_per_stream(&ours, &server.process, &load).await;
            match &theirs {
                Some((target, process)) => {
                    let other = cpu_per_stream(target, process, &load).await;
                    println!("  {shape:<14} {own:.3} ms; the peer {other:.3} ms, {:.1}×", other / own);
                }
                None => println!("  {shape:<14} {own:.3} ms"),
            }
        }
    }
    if part("many") {
        println!("many streams at once, a piece every 20 ms: gaps between two pieces");
        for at_once in [100, 250, 500] {
            many(&direct, &ours, server, at_once).await;
        }
    }
    if part("memory") {
        let rest = server.process.rss_kib();
        let load = Load { streams: 500, at_once: 500, shape: "n12 d500 i20", spread: Duration::from_millis(500) };
        let (most, _) = tokio::join!(server.process.most_rss_kib(Duration::from_secs(7)), client::run(&ours, &load));
        println!("memory of an open stream {:.1} KiB ({rest:.0} → {most:.0} KiB with 500)", (most - rest) / 500.0);
    }
    println!("memory afterwards {:.1} MiB", server.process.rss_kib() / 1024.0);
}

async fn drafts(direct: &Target, ours: &Target, at_once: usize, streams: usize) {
    let (mut alone, mut relayed) = (client::Seen::default(), client::Seen::default());
    let load = |shape, streams| Load { streams, at_once, shape, spread: Duration::ZERO };
    for _ in 0..ROUNDS {
        alone.add(client::run(direct, &load("n30 d0 i0", streams)).await);
        relayed.add(client::run(ours, &load(client::DRAFT, streams)).await);
    }
    let bare = |part| 3.0 * alone.whole(part);
    println!(
        "  {at_once:>2} at once  three answers p50 {:.2} p99 {:.2} → turn p50 {:.2} p99 {:.2}: +{:.2} / +{:.2} ms",
        bare(0.5),
        bare(0.99),
        relayed.whole(0.5),
        relayed.whole(0.99),
        relayed.whole(0.5) - bare(0.5),
        relayed.whole(0.99) - bare(0.5),
    );
}

async fn many(direct: &Target, ours: &Target, server: &Server, at_once: usize) {
    let load = Load { streams: at_once, at_once, shape: "n250 d20 i20", spread: Duration::from_millis(1000) };
    let alone = client::run(direct, &load).await;
    let before = server.process.cpu();
    let seen = client::run(ours, &load).await;
    let busy = (server.process.cpu() - before) / seen.wall.as_secs_f64();
    println!(
        "  {at_once:>4} gap p50 {:.1} p99 {:.1} max {:.1} ms, {} of {} above 40 ms (direct: max {:.1} ms, {} above); {busy:.2} cores",
        seen.gap(0.5),
        seen.gap(0.99),
        seen.gap(1.0),
        seen.gaps_above(40.0),
        seen.gaps.len(),
        alone.gap(1.0),
        alone.gaps_above(40.0)
    );
}

async fn first_pieces(direct: &Target, ours: &Target, server: &Server, load: &Load<'_>) {
    let (mut alone, mut relayed) = (client::Seen::default(), client::Seen::default());
    let before = server.process.cpu();
    for round in 0..ROUNDS {
        for target in if round % 2 == 0 { [direct, ours] } else { [ours, direct] } {
            let seen = client::run(target, load).await;
            if std::ptr::eq(target, direct) { alone.add(seen) } else { relayed.add(seen) }
        }
    }
    let cpu = (server.process.cpu() - before) * 1000.0 / relayed.firsts.len() as f64;
    println!(
        "  {:>2} at once, {:<13} p50 {:.2} → {:.2} (+{:.2})  p99 {:.2} → {:.2} (+{:.2}) ms; {cpu:.2} ms CPU each",
        load.at_once,
        load.shape,
        alone.first(0.5),
        relayed.first(0.5),
        relayed.first(0.5) - alone.first(0.5),
        alone.first(0.99),
        relayed.first(0.99),
        relayed.first(0.99) - alone.first(0.99),
    );
}

/// Milliseconds of a process's CPU for one stream.
async fn cpu_per_stream(target: &Target, process: &Process, load: &Load<'_>) -> f64 {
    let before = process.cpu();
    let seen = client::run(target, load).await;
    (process.cpu() - before) * 1000.0 / seen.firsts.len() as f64
}
