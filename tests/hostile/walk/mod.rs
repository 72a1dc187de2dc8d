//! Every route of the interface, walked with another dealership's ids.
//!
//! The routes come from the OpenAPI document, so a new one is walked without anybody thinking of it; one the walk cannot
//! fill fails it, with a word about what to teach (`fill.rs` for the shape of requests, `neighbours.rs` for things that
//! exist).

mod fill;
mod neighbours;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures::StreamExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::support::TestApp;
use fill::{Filled, Operation};
use neighbours::{Neighbours, Things};

/// Open to everybody on purpose; every other route refuses a caller without a token.
const OPEN: &[&str] = &["health", "live", "ready", "jwks", "info", "login", "refresh", "logout"];

/// Not a dealership's: these answer with the same thing to everybody, or move the one clock of a demonstration.
const SHARED: &[&str] = &["read_clock", "skip_clock"];

pub struct Reply {
    pub status: StatusCode,
    pub text: String,
}

/// Sends a filled request; of a stream, what comes within a moment.
pub async fn send(app: &TestApp, filled: &Filled, token: Option<&str>) -> Reply {
    let mut request = Request::builder().method(filled.method.as_str()).uri(&filled.path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some((kind, _)) = &filled.body {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let body = filled.body.as_ref().map_or_else(Body::empty, |(_, text)| Body::from(text.clone()));
    let response = app.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let mut text = Vec::new();
    let mut stream = response.into_body().into_data_stream();
    while let Ok(Some(Ok(part))) = tokio::time::timeout(Duration::from_millis(300), stream.next()).await {
        text.extend_from_slice(&part);
    }
    Reply { status, text: String::from_utf8_lossy(&text).into_owned() }
}

/// The walk, and what it counted.
struct Walk {
    app: TestApp,
    operations: Vec<Operation>,
    near: Neighbours,
    requests: usize,
}

impl Walk {
    async fn begin() -> Self {
        let app = TestApp::demo_with(|config| config.limits.enabled = false).await;
        let near = neighbours::settle(&app).await;
        let document = app.send("GET", "/openapi.json", None, None).await.json();
        Self { operations: fill::operations(&document), app, near, requests: 0 }
    }

    /// Every request of every operation, filled with these things.
    fn filled(&self, things: &Things) -> Vec<(Operation, Filled)> {
        let fill = |operation: &Operation| {
            operation.fill(things).into_iter().map(|filled| (operation.clone(), filled)).collect::<Vec<_>>()
        };
        self.operations.iter().flat_map(fill).collect()
    }

    async fn send(&mut self, filled: &Filled, token: Option<&str>) -> Reply {
        self.requests += 1;
        send(&self.app, filled, token).await
    }

    /// Everything these people see by reading: one text an operation and person.
    async fn seen_by(&mut self, people: &[String], things: &Things) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        for (operation, filled) in self.filled(things) {
            if filled.method != "GET" || SHARED.contains(&operation.id.as_str()) || operation.id == "updates" {
                continue;
            }
            for token in people {
                let reply = self.send(&filled, Some(token)).await;
                seen.push((
                    format!("{} {} {}", operation.id, filled.path, reply.status),
                    without_request_id(&reply.text),
                ));
            }
        }
        seen
    }
}

/// Problem documents carry the id of their request.
fn without_request_id(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut object)) => {
            object.remove("request_id");
            Value::Object(object).to_string()
        }
        Ok(_) | Err(_) => text.to_owned(),
    }
}

/// Ids and sentences in what was seen.
fn telling(seen: &[(String, String)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, text) in seen {
        let frames =
            text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)).ok());
        for value in frames {
            collect(&value, &mut found);
        }
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let id = text.rsplit_once('_').is_some_and(|(_, body)| body.len() == 32);
            let sentence = text.len() >= 14 && text.contains(' ');
            if id || sentence || text.contains('@') {
                found.insert(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test]
async fn no_route_shows_or_changes_anything_of_another_dealership() {
    let mut walk = Walk::begin().await;
    let (theirs, own) = (walk.near.theirs.clone(), walk.near.own.clone());
    let (owners, strangers) = (walk.near.owners.clone(), walk.near.strangers.clone());
    let roles: Vec<String> = strangers.iter().map(|(_, token)| token.clone()).collect();
    let before = walk.seen_by(&owners, &theirs).await;
    // What strangers see at home, with their own ids, is no secret of the neighbours'.
    let home = telling(&walk.seen_by(&roles, &own).await);
    let secrets: Vec<String> = telling(&before).into_iter().filter(|text| !home.contains(text)).collect();
    assert!(secrets.len() > 100, "only {} things to leak", secrets.len());

    let mut walked = BTreeSet::new();
    for (operation, filled) in walk.filled(&theirs) {
        if SHARED.contains(&operation.id.as_str()) {
            continue;
        }
        walked.insert(operation.id.clone());
        let nobody = walk.send(&filled, None).await;
        if !OPEN.contains(&operation.id.as_str()) {
            assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "nobody: {} {}", filled.method, filled.path);
        }
        for (role, token) in &strangers {
            let what = format!("{role}: {} {}", filled.method, filled.path);
            let reply = walk.send(&filled, Some(token)).await;
            let status = reply.status.as_u16();
            assert!(status < 500, "{what}: {}", reply.text);
            if filled.names_owned_by_path {
                assert!(status == 404 || status == 403, "{what}: {status} {}", reply.text);
            } else if filled.names_owned && filled.method != "GET" {
                assert!((400..500).contains(&status), "{what}: {status} {}", reply.text);
            }
            let sent = format!("{} {}", filled.path, filled.body.as_ref().map_or("", |(_, text)| text));
            let leaked = secrets.iter().find(|secret| reply.text.contains(*secret) && !sent.contains(*secret));
            assert_eq!(leaked, None, "{what}: {}", reply.text);
        }
    }
    let after = walk.seen_by(&owners, &theirs).await;
    for ((place, was), (_, is)) in before.iter().zip(&after) {
        assert_eq!(was, is, "{place} changed");
    }
    // The walk could have found something: the same requests reach their things when an owner sends them.
    let mut reached = 0;
    let mut filled = walk.filled(&theirs);
    // what ends a thing comes after what asks for it as it runs
    filled.sort_by_key(|(operation, _)| {
        ["retire_workflow", "revoke_event_sender", "remove_document"].contains(&operation.id.as_str())
    });
    for (operation, filled) in filled {
        let nobodys = OPEN.contains(&operation.id.as_str()) || SHARED.contains(&operation.id.as_str());
        if nobodys || operation.id == "updates" {
            continue;
        }
        let mut answers = Vec::new();
        for token in &owners {
            let reply = walk.send(&filled, Some(token)).await;
            let shape = ["invalid_body", "bad_request", "malformed_json"].iter().any(|code| reply.text.contains(code));
            answers.push((reply.status.as_u16(), shape, reply.text));
        }
        let good = answers.iter().any(|(status, shape, _)| !matches!(status, 401 | 403 | 404) && !shape);
        assert!(good, "teach the walk to fill {} {}: {answers:?}", filled.method, filled.path);
        reached += 1;
    }
    println!(
        "{} operations, {} requests, {reached} reached by owners, {} secrets",
        walked.len(),
        walk.requests,
        secrets.len()
    );
    assert!(walked.len() >= 50, "{} operations", walked.len());
}
