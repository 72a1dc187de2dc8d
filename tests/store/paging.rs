//! Every list of the interface has pages: bounded, with cursors that lead on, and nothing made up is accepted.

use std::collections::BTreeSet;

use auterity::model::PageRequest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::{recorder, volume};

const ALEX: &str = "alex@lakeside.example";

/// Lists of what is built in: they have no rows that could grow.
const BUILT_IN: [&str; 1] = ["/v1/job-roles"];

/// A route that gives a page.
#[derive(Debug, Clone)]
pub struct List {
    pub path: String,
    parameters: Vec<Value>,
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Every list route of the OpenAPI document, its path parameters filled in.
pub async fn lists(app: &TestApp) -> Vec<List> {
    let document: Value = serde_json::from_str(&auterity::http::openapi::document_json().unwrap()).unwrap();
    let definition = json!({
        "document": { "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "w", "version": "0.1.0", "title": "W" },
        "do": [{ "one": { "set": { "a": 1 } } }],
    });
    let token = app.token(ALEX).await;
    let made = app.send("POST", "/v1/drafts", Some(&token), Some(json!({ "definition": definition }))).await.json();
    let draft = made["id"].as_str().unwrap_or_else(|| panic!("{made}"));
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let get = &methods["get"];
        let schema = resolve(&document, &get["responses"]["200"]["content"]["application/json"]["schema"]);
        if !BUILT_IN.contains(&path.as_str()) {
            assert_ne!(schema["type"], "array", "{path} answers with a list that has no pages");
        }
        if schema["properties"]["items"]["type"] == "array" {
            let path = path.replace("{entity}", "customer").replace("drafts/{id}", &format!("drafts/{draft}"));
            assert!(!path.contains('{'), "teach this test to fill in {path}");
            found.push(List { path, parameters: get["parameters"].as_array().unwrap().clone() });
        }
    }
    assert!(found.len() >= 11, "only {} lists were found", found.len());
    found
}

#[tokio::test]
async fn every_list_bounds_its_pages_and_refuses_what_is_made_up() {
    let app = TestApp::demo().await;
    let token = app.token(ALEX).await;
    let foreign = URL_SAFE_NO_PAD.encode("apikey_1");
    let nul = URL_SAFE_NO_PAD.encode("a\u{0}");
    let cases = [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "201"),
        ("limit", "99999999999999999999"),
        ("limit", "ten"),
        ("after", ""),
        ("after", "garbage!"),
        ("after", "ZHJhZnQ"),
        ("after", "%27%20or%201%3D1"),
        ("after", foreign.as_str()),
        ("after", nul.as_str()),
    ];
    let mut checked = 0;
    for list in lists(&app).await {
        let parameter = |name: &str| list.parameters.iter().find(|parameter| parameter["name"] == name).cloned();
        let limit = parameter("limit").unwrap_or_else(|| panic!("{list:?}"));
        assert_eq!((&limit["schema"]["minimum"], &limit["schema"]["maximum"]), (&json!(1), &json!(200)), "{list:?}");
        assert!(parameter("after").is_some(), "{list:?}");
        for (name, value) in cases {
            // records and stores have ids that somebody chose, so nearly any text is a key there
            let chosen = list.path.contains("/records/") || list.path.ends_with("/stores");
            if chosen && (value == "ZHJhZnQ" || value == foreign) {
                continue;
            }
            let answer = app.send("GET", &format!("{}?{name}={value}", list.path), Some(&token), None).await;
            assert_eq!(answer.status, 400, "{} {name}={value}: {}", list.path, answer.text);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            let pointer = &answer.json()["errors"][0]["pointer"];
            assert_eq!(*pointer, json!(format!("?{name}")), "{} {name}={value}: {}", list.path, answer.text);
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

fn keys(page: &Value) -> Vec<String> {
    let key = |row: &Value| ["id", "seq", "revision"].into_iter().find_map(|name| row.get(name)).unwrap().to_string();
    page["items"].as_array().unwrap().iter().map(key).collect()
}

/// The pages of a list in order, `limit` rows each.
async fn walk(app: &TestApp, token: &str, path: &str, limit: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = String::new();
    loop {
        let page = app.send("GET", &format!("{path}?limit={limit}{next}"), Some(token), None).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let page = page.json();
        pages.push(keys(&page));
        match page["next"].as_str() {
            Some(cursor) => next = format!("&after={cursor}"),
            None => return pages,
        }
        assert!(pages.len() < 1000, "{path} never ends");
    }
}

#[tokio::test]
async fn small_pages_hold_what_one_large_page_holds() {
    let app = TestApp::demo().await;
    let lists = lists(&app).await;
    let alex = app.principal(ALEX).await;
    volume::fill(&app.app.state.db, &alex.tenant, &alex.user, 60).await;
    let token = app.token(ALEX).await;
    for list in lists {
        let whole = walk(&app, &token, &list.path, 200).await.concat();
        let pages = walk(&app, &token, &list.path, 7).await;
        let (last, full) = pages.split_last().unwrap();
        assert!(full.iter().all(|page| page.len() == 7) && last.len() <= 7, "{}", list.path);
        let distinct: BTreeSet<&String> = pages.iter().flatten().collect();
        assert_eq!(distinct.len(), whole.len(), "{}: each row once", list.path);
        // the queue puts what the caller may decide first on each page
        if !list.path.ends_with("/approvals") {
            assert_eq!(pages.concat(), whole, "{}: in the same order", list.path);
        }
    }
}

#[tokio::test]
async fn a_page_goes_on_at_its_place_while_the_list_changes() {
    let app = TestApp::demo().await;
    let sam = app.principal("sam@lakeside.example").await;
    let token = app.token("sam@lakeside.example").await;
    volume::fill(&app.app.state.db, &sam.tenant, &sam.user, 10).await;
    let first = app.send("GET", "/v1/conversations?limit=4", Some(&token), None).await.json();
    // somebody speaks in the conversation at which the first page ended: it moves to the top
    let last = first["items"][3]["id"].as_str().unwrap();
    let touch = format!("update conversations set updated_at = '2027-01-01T00:00:00+00:00' where id = '{last}'");
    volume::run(&app.app.state.db, &touch).await;
    let path = format!("/v1/conversations?limit=200&after={}", first["next"].as_str().unwrap());
    let rest = keys(&app.send("GET", &path, Some(&token), None).await.json());
    assert_eq!(rest.len(), 6, "the six after it, nothing twice");
    assert!(keys(&first).iter().all(|key| !rest.contains(key)));
}

/// Statements a list sends, by route, with this many rows of everything.
async fn statements(count: usize) -> Vec<(String, usize)> {
    let app = TestApp::demo().await;
    let lists = lists(&app).await;
    let alex = app.principal(ALEX).await;
    volume::fill(&app.app.state.db, &alex.tenant, &alex.user, count).await;
    let token = app.token(ALEX).await;
    recorder::start();
    let mut sent = Vec::new();
    let routes = lists.into_iter().map(|list| format!("{}?", list.path));
    for route in routes.chain(["/v1/approvals?mine=true&".to_owned()]) {
        let path = format!("{route}limit=200");
        // whatever else the process does meanwhile is recorded too, most of it while it starts: the least of many tries
        // is the list's own
        let mut least = usize::MAX;
        for _ in 0..12 {
            drop(recorder::take());
            let answer = app.send("GET", &path, Some(&token), None).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            least = least.min(recorder::take().len());
        }
        let route = if route.ends_with("/revisions?") { "revisions".to_owned() } else { route };
        sent.push((route, least));
    }
    sent
}

#[tokio::test]
async fn a_list_sends_as_many_statements_for_many_rows_as_for_one() {
    let (few, many) = (statements(1).await, statements(50).await);
    assert_eq!(few, many);
    // the queue also asks who everybody is, and for the authors, hand-overs and decisions of all its requests
    let most = |route: &str| if route.starts_with("/v1/approvals") { 9 } else { 8 };
    assert!(few.iter().all(|(route, sent)| (1..=most(route)).contains(sent)), "{few:?}");
    assert_eq!(PageRequest::MAX, 200);
}
