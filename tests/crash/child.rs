//! The server that ends itself: the application of the product in a process of this test binary, with one thing added,
//! a listener on the effect boundaries ([`auterity::telemetry::boundary`]) that aborts the process at a chosen one.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use auterity::app::App;
use auterity::config::Config;
use auterity::telemetry::boundary;
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Where to end: `<n>@<point>`, the n-th time that point is reached. Unset: nowhere.
pub const AT: &str = "CRASH_AT";
/// File to which every point reached is written, one a line.
pub const LOG: &str = "CRASH_LOG";

struct Hook {
    at: Option<(usize, String)>,
    hits: AtomicUsize,
    log: Mutex<File>,
}

impl<S: tracing::Subscriber> Layer<S> for Hook {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut point = Point(String::new());
        event.record(&mut point);
        writeln!(self.log.lock().unwrap(), "{}", point.0).unwrap();
        if let Some((hit, wanted)) = &self.at
            && *wanted == point.0
            && self.hits.fetch_add(1, Ordering::SeqCst) + 1 == *hit
        {
            std::process::abort(); // no destructor runs, nothing is flushed
        }
    }
}

struct Point(String);

impl Visit for Point {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "point" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

#[expect(clippy::disallowed_methods, reason = "the parent tells its child what to do")]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
#[ignore = "not a test: the server that the tests start, and that ends itself"]
fn serves() {
    let log = OpenOptions::new().create(true).append(true).open(told(LOG).unwrap()).unwrap();
    let at =
        told(AT).map(|at| at.split_once('@').map(|(hit, point)| (hit.parse().unwrap(), point.to_owned())).unwrap());
    let hook = Hook { at, hits: AtomicUsize::new(0), log: Mutex::new(log) };
    let hook = hook.with_filter(filter_fn(|metadata| metadata.target() == boundary::TARGET));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(hook)).unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let app = App::build(Config::load(None).unwrap(), true).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("\nAuterity is at http://{}", listener.local_addr().unwrap());
        app.serve(listener, std::future::pending()).await.unwrap();
    });
}
