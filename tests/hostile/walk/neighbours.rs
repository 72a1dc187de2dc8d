//! Two dealerships. One has everything there is to have; the other has people of every role.

use std::collections::HashMap;
use std::time::Duration;

use auterity::auth::NewUser;
use auterity::model::user::SystemRole;
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;

/// What exists, by kind; a thing may go by several names.
#[derive(Debug, Clone)]
pub struct Things {
    names: HashMap<&'static str, Vec<String>>,
    /// A definition to send.
    pub definition: Value,
    pub revision: i64,
}

/// Kinds that no dealership owns.
const SHARED: &[&str] = &["entity", "name", "revision"];

impl Things {
    /// Every name of the thing of this kind; none when the kind is not known.
    pub fn all(&self, kind: &str) -> Vec<String> {
        // a path says `drafts`, a field says `draft_id`
        let singular = kind.strip_suffix('s').unwrap_or(kind);
        self.names.get(kind).or_else(|| self.names.get(singular)).cloned().unwrap_or_default()
    }

    /// Its first name.
    pub fn one(&self, kind: &str) -> String {
        self.all(kind).into_iter().next().unwrap_or_default()
    }

    pub fn is_shared(&self, kind: &str) -> bool {
        SHARED.contains(&kind)
    }
}

pub struct Neighbours {
    /// Things of the dealership that has everything.
    pub theirs: Things,
    /// Tokens of its people, who together may do everything.
    pub owners: Vec<String>,
    /// The same kinds at the other dealership, where most of them are nothing.
    pub own: Things,
    /// Role and token of its people.
    pub strangers: Vec<(&'static str, String)>,
}

fn definition() -> Value {
    json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "walk-the-routes", "version": "0.1.0",
            "title": "Answer what the walk asks", "metadata": {"stores": ["lakeside-main"]},
            "tags": {"department": "sales"},
        },
        "schedule": {"on": {"one": {"with": {"type": "lead.created", "data": "${ .lead_type == \"internet\" }"}}}},
        "do": [
            {"textCustomer": {"call": "send_sms", "with": {
                "customer_id": "${ $workflow.input[0].data.customer_id }", "purpose": "informational",
                "body": "Hi {{customer.first_name}}, this is {{store.name}}. When would you like to see it? Reply STOP to opt out.",
            }}},
            {"holdOn": {"wait": {"minutes": 10}}},
        ],
    })
}

async fn ok(app: &TestApp, method: &str, path: &str, token: &str, body: Option<Value>) -> Value {
    let answer = app.send(method, path, Some(token), body).await;
    assert!(answer.status.is_success(), "{method} {path}: {}", answer.text);
    answer.json()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Makes both.
pub async fn settle(app: &TestApp) -> Neighbours {
    let people = ["sam", "maria", "alex"];
    let mut owners = Vec::new();
    for person in people {
        owners.push(app.token(&format!("{person}@lakeside.example")).await);
    }
    let theirs = furnish(app, &owners).await;
    let strangers = strangers(app).await;
    let mut own = theirs.clone();
    own.names.insert("dealer", vec!["rival-motors".to_owned()]);
    for kind in theirs.names.keys().filter(|kind| !SHARED.contains(kind)) {
        own.names.insert(kind, vec![format!("no-{kind}")]);
    }
    Neighbours { theirs, owners, own, strangers }
}

/// A conversation, a draft under review, an approved workflow with an execution that texted somebody, a sender.
async fn furnish(app: &TestApp, owners: &[String]) -> Things {
    let (sam, maria, alex) = (&owners[0], &owners[1], &owners[2]);
    let say = json!({"threadId": "walk-thread", "runId": "walk-run", "messages": [{"id": "1", "role": "user",
        "content": "when a new internet lead comes in text them right away"}]});
    let turn = app.send("POST", "/v1/agent", Some(sam), Some(say)).await;
    assert_eq!(turn.status.as_u16(), 200, "{}", turn.text);
    let conversations = ok(app, "GET", "/v1/conversations", sam, None).await;
    let conversation = text(&conversations["items"][0]["id"]);

    let definition = definition();
    let draft = ok(app, "POST", "/v1/drafts", sam, Some(json!({"definition": definition}))).await;
    let running = approve(app, sam, Some(maria), &draft).await;
    let mut second = definition.clone();
    second["document"]["title"] = "A second thing the walk asks".into();
    second["document"]["name"] = "walk-again".into();
    let draft = ok(app, "POST", "/v1/drafts", sam, Some(json!({"definition": second}))).await;
    let waiting = approve(app, sam, None, &draft).await;
    drop(running);
    let workflow = text(&ok(app, "GET", "/v1/workflows", sam, None).await["items"][0]["id"]);
    let lead = ok(app, "POST", "/v1/demo/lead", sam, Some(json!({"store_id": "lakeside-main"}))).await;
    let execution = run_until_it_waits(app, sam).await;
    let outbox = ok(app, "GET", "/v1/outbox", sam, None).await;
    assert!(!outbox["items"].as_array().unwrap().is_empty(), "somebody was texted");
    let sender = json!({"name": "The sender of the walk", "source": "/walk"});
    let sender = ok(app, "POST", "/v1/events/senders", alex, Some(sender)).await;
    let user = app.principal("sam@lakeside.example").await.user.to_string();
    let document = upload(app, maria, "What the walk says about written consent, in a file of its own.").await;

    let customer = text(&lead["customer_id"]);
    let names = HashMap::from([
        ("approval", vec![text(&waiting["id"])]),
        ("conversation", vec![conversation.clone(), "walk-thread".to_owned()]),
        ("customer", vec![customer.clone()]),
        ("dealer", vec!["lakeside-toyota".to_owned()]),
        ("digest", vec![text(&draft["digest"])]),
        ("documents", vec![document]),
        ("draft", vec![text(&draft["id"])]),
        ("employee", vec!["emp-walk".to_owned()]),
        ("entity", vec!["customer".to_owned()]),
        ("execution", vec![execution]),
        ("name", vec!["walk.md".to_owned()]),
        ("record", vec![customer]),
        ("outbox", vec![text(&outbox["items"][0]["id"])]),
        ("revision", vec!["1".to_owned()]),
        ("run", vec!["walk-run".to_owned()]),
        ("sender", vec![text(&sender["sender"]["id"])]),
        ("store", vec!["lakeside-main".to_owned()]),
        ("thread", vec![conversation]),
        ("user", vec![user]),
        ("workflow", vec![workflow]),
    ]);
    // What is sent must not be what is kept: an answer may repeat what it was sent.
    let sent = json!({
        "document": {"dsl": "1.0.3", "namespace": "any", "name": "rest", "version": "0.1.0", "title": "Rest"},
        "schedule": {"every": {"hours": 7}}, "do": [{"rest": {"wait": {"minutes": 7}}}],
    });
    Things { names, definition: sent, revision: 1 }
}

/// Adds a document to what the dealership finds.
async fn upload(app: &TestApp, manager: &str, content: &str) -> String {
    let request =
        Request::put("/v1/knowledge/files/consent.md").header(header::AUTHORIZATION, format!("Bearer {manager}"));
    let answer = app.raw(request.body(Body::from(content.to_owned())).unwrap()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    text(&answer.json()["document"]["id"])
}

/// Submits a draft, and has it approved when there is somebody to do it.
async fn approve(app: &TestApp, author: &str, manager: Option<&String>, draft: &Value) -> Value {
    let path = format!("/v1/drafts/{}/submit", text(&draft["id"]));
    let body = json!({"revision": draft["revision"], "digest": draft["digest"]});
    let request = ok(app, "POST", &path, author, Some(body)).await;
    if let Some(manager) = manager {
        let path = format!("/v1/approvals/{}/decision", text(&request["id"]));
        let body = json!({"decision": "approved", "digest": draft["digest"]});
        ok(app, "POST", &path, manager, Some(body)).await;
    }
    request
}

async fn run_until_it_waits(app: &TestApp, token: &str) -> String {
    let stop = CancellationToken::new();
    let engine = tokio::runtime::Handle::current().spawn(app.app.engine(app.app.connector()).run(stop.clone()));
    let mut found = Value::Null;
    for _ in 0..1000 {
        found = ok(app, "GET", "/v1/executions", token, None).await["items"][0].clone();
        if found["status"] == "waiting" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(found["status"], "waiting", "{found}");
    stop.cancel();
    engine.await.unwrap();
    text(&found["id"])
}

/// One person of every role at the other dealership.
async fn strangers(app: &TestApp) -> Vec<(&'static str, String)> {
    let state = &app.app.state;
    let tenant = state.db.find_tenant_by_slug("rival-motors").await.unwrap().unwrap().id;
    let roles = [
        ("user", SystemRole::User),
        ("manager", SystemRole::Manager),
        ("dealership_admin", SystemRole::DealershipAdmin),
        ("super_admin", SystemRole::SuperAdmin),
    ];
    let mut made = Vec::new();
    for (name, role) in roles {
        let new = NewUser {
            email: format!("{name}@rival.example"),
            name: format!("Stranger {name}"),
            password: "demo".into(),
            role,
            job_roles: vec!["general_manager".into()],
            teams: Vec::new(),
            stores: Vec::new(),
            employee_id: None,
        };
        let user = state.auth.add_user(&tenant, new).await.unwrap();
        made.push((name, state.auth.issue_for(&user).await.unwrap()));
    }
    made
}
