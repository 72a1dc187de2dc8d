//! A tour through the product: what people, other systems and the engine do, so that every statement is sent once.

use std::time::Duration;

use auterity::model::Clock;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;

const SAM: &str = "sam@lakeside.example";
const MARIA: &str = "maria@lakeside.example";
const ALEX: &str = "alex@lakeside.example";

struct Person<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Person<'a> {
    async fn of(app: &'a TestApp, email: &str) -> Self {
        Self { app, token: app.token(email).await }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.app.send("GET", path, Some(&self.token), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.app.send("POST", path, Some(&self.token), Some(body)).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
        answer.json()
    }
}

fn definition() -> Value {
    let customer = "${ $workflow.input[0].data.customer_id }";
    json!({
        "document": {
            "dsl": "1.0.3", "namespace": "lakeside-toyota", "name": "greet", "version": "0.1.0", "title": "Greet",
            "tags": { "department": "sales" }, "metadata": { "stores": ["lakeside-main"] },
        },
        "schedule": { "on": { "one": { "with": { "type": "lead.created" } } } },
        "do": [
            { "text": { "call": "send_sms", "with": {
                "customer_id": customer, "purpose": "informational",
                "body": "Hi {{customer.first_name}}, {{store.name}} here. Reply STOP to opt out.",
            } } },
            { "reply": { "try": [{ "wait": {
                "listen": { "to": { "one": { "with": { "type": "customer.message.received" },
                    "correlate": { "customer": { "from": "${ .data.customer_id }", "expect": customer } } } } },
                "timeout": { "after": "PT10M" },
            } }], "catch": {
                "errors": { "with": { "type": "https://serverlessworkflow.io/spec/1.0.0/errors/timeout" } },
                "do": [{ "tell": { "call": "notify_user", "with": { "to": "role:sales_manager", "message": "No answer" } } }],
            } } },
        ],
    })
}

/// Everything, once.
pub async fn take(app: &TestApp) {
    let (sam, maria, alex) = (Person::of(app, SAM).await, Person::of(app, MARIA).await, Person::of(app, ALEX).await);
    sign_in_and_out(app, &alex).await;
    let stop = CancellationToken::new();
    let engine = tokio::runtime::Handle::current().spawn(app.app.engine(app.app.connector()).run(stop.clone()));
    talk(&sam).await;
    let workflow = approve(&sam, &maria).await;
    execute(app, &sam, &maria, &workflow).await;
    add_knowledge(&alex).await;
    look_at_everything(&alex, &workflow).await;
    stop.cancel();
    engine.await.unwrap();
    auterity::cli::audit::verify(&app.app.state.db).await.unwrap();
}

async fn sign_in_and_out(app: &TestApp, alex: &Person<'_>) {
    for password in ["wrong", "demo"] {
        let body = json!({ "email": SAM, "password": password });
        let answer = app.send("POST", "/v1/auth/login", None, Some(body)).await;
        if let Some(secret) = answer.json()["refresh_token"].as_str() {
            let body = json!({ "refresh_token": secret });
            let next = app.send("POST", "/v1/auth/refresh", None, Some(body.clone())).await.json();
            app.send("POST", "/v1/auth/refresh", None, Some(body)).await;
            let body = json!({ "refresh_token": next["refresh_token"] });
            app.send("POST", "/v1/auth/logout", None, Some(body)).await;
        }
    }
    let new = json!({ "email": "new@lakeside.example", "name": "New", "password": "a long password", "role": "user" });
    let made = alex.post("/v1/users", new).await;
    let path = format!("/v1/users/{}", made["id"].as_str().unwrap());
    app.send("PATCH", &path, Some(&alex.token), Some(json!({ "password": "another password" }))).await;
    app.app.state.auth.prepare().await.unwrap();
}

async fn talk(sam: &Person<'_>) {
    for (run, text) in
        [("r1", "When a new lead comes in, tell the sales manager"), ("r2", "make it the general manager")]
    {
        let body = json!({
            "threadId": "t", "runId": run, "state": {}, "tools": [], "context": [{ "description": "Lead notes", "value": "Called twice." }], "forwardedProps": {},
            "messages": [{ "id": run, "role": "user", "content": text }],
        });
        let answer = sam.app.send("POST", "/v1/agent", Some(&sam.token), Some(body)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let cancelled = sam.app.send("POST", &format!("/v1/runs/{run}/cancel"), Some(&sam.token), None).await;
        assert_eq!(cancelled.status, StatusCode::ACCEPTED);
        sam.app.send("GET", &format!("/v1/runs/{run}/events"), Some(&sam.token), None).await;
    }
    let chat = &sam.app.app.state.chat;
    assert_eq!(chat.end_dead_runs(sam.app.clock.now()).await.unwrap(), 0);
}

async fn approve(sam: &Person<'_>, maria: &Person<'_>) -> String {
    let draft = sam.post("/v1/drafts", json!({ "definition": definition() })).await;
    let id = draft["id"].as_str().unwrap();
    let submit = async |draft: &Value| {
        let body = json!({ "revision": draft["revision"], "digest": draft["digest"] });
        sam.post(&format!("/v1/drafts/{id}/submit"), body).await
    };
    submit(&draft).await;
    sam.post(&format!("/v1/drafts/{id}/withdraw"), json!({})).await;
    let request = submit(&draft).await;
    let approval = request["id"].as_str().unwrap();
    maria.get(&format!("/v1/approvals/{approval}")).await;
    let decision = json!({ "decision": "approved", "digest": draft["digest"] });
    maria.post(&format!("/v1/approvals/{approval}/decision"), decision).await;
    let workflow = maria.get(&format!("/v1/drafts/{id}")).await["workflow_id"].as_str().unwrap().to_owned();
    for verb in ["pause", "resume"] {
        maria.post(&format!("/v1/workflows/{workflow}/{verb}"), json!({})).await;
    }
    workflow
}

async fn execute(app: &TestApp, sam: &Person<'_>, maria: &Person<'_>, workflow: &str) {
    for _ in 0..2 {
        sam.post("/v1/demo/lead", json!({ "store_id": "lakeside-main" })).await;
    }
    let started = wait_for(sam, "/v1/executions", "waiting", 2).await;
    let customer = sam.get("/v1/outbox").await["items"][0]["customer_id"].clone();
    let message = json!({
        "specversion": "1.0", "id": "m1", "source": "/dealers/lakeside-toyota/stores/lakeside-main/sms",
        "type": "customer.message.received", "time": "2026-03-10T15:00:00Z",
        "data": {
            "dealer_id": "lakeside-toyota", "store_id": "lakeside-main", "occurred_at": "2026-03-10T15:00:00Z",
            "customer_id": customer, "channel": "sms", "text": "Yes please", "language": "en", "intent": "question",
            "thread_id": "th-1", "lead_id": null, "ro_id": null, "deal_id": null, "media_count": 0,
        },
    });
    maria.post("/v1/events", message).await;
    wait_for(sam, "/v1/executions", "completed", 1).await;
    app.app.state.execution.skip(&app.principal(SAM).await.tenant, TimeDelta::minutes(11)).await.unwrap();
    wait_for(sam, "/v1/executions", "completed", 2).await;
    for id in started {
        sam.get(&format!("/v1/executions/{id}")).await;
    }
    sam.post("/v1/demo/lead", json!({})).await;
    let open = wait_for(sam, &format!("/v1/executions?workflow_id={workflow}"), "waiting", 1).await;
    maria.post(&format!("/v1/executions/{}/cancel", open[0]), json!({})).await;
    maria.post(&format!("/v1/workflows/{workflow}/retire?executions=cancel"), json!({})).await;
}

/// Ids of the executions in this state, once there are enough.
async fn wait_for(person: &Person<'_>, path: &str, status: &str, count: usize) -> Vec<String> {
    for _ in 0..1000 {
        let separator = if path.contains('?') { '&' } else { '?' };
        let found = person.get(&format!("{path}{separator}status={status}")).await;
        let ids: Vec<String> =
            found["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        if ids.len() >= count {
            return ids;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no {count} executions become {status}: {}", person.get("/v1/executions").await);
}

/// A document twice, another once and removed, and a folder.
async fn add_knowledge(alex: &Person<'_>) {
    let mut last = String::new();
    for (name, content) in [("a.md", "Consent first."), ("a.md", "Consent in writing."), ("b.md", "Opening hours.")] {
        let request = Request::put(format!("/v1/knowledge/files/{name}"));
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", alex.token));
        let answer = alex.app.raw(request.body(Body::from(content)).unwrap()).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        last = answer.json()["document"]["id"].as_str().unwrap().to_owned();
    }
    alex.get(&format!("/v1/knowledge/documents/{last}")).await;
    let path = format!("/v1/knowledge/documents/{last}");
    let answer = alex.app.send("DELETE", &path, Some(&alex.token), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let (folder, tenant) = (tempfile::tempdir().unwrap(), alex.app.principal(ALEX).await.tenant);
    std::fs::write(folder.path().join("c.md"), "Towing.").unwrap();
    alex.app.app.state.knowledge.ingest_folder(&tenant, folder.path(), false, |_, _, _| ()).await.unwrap();
}

async fn look_at_everything(alex: &Person<'_>, workflow: &str) {
    let execution = alex.get("/v1/executions?limit=1").await["items"][0]["id"].as_str().unwrap().to_owned();
    for path in [
        "/v1/me".to_owned(),
        "/v1/stores".to_owned(),
        "/v1/users".to_owned(),
        "/v1/audit".to_owned(),
        "/v1/conversations".to_owned(),
        "/v1/drafts".to_owned(),
        "/v1/drafts?status=open".to_owned(),
        "/v1/approvals".to_owned(),
        "/v1/approvals?status=approved".to_owned(),
        "/v1/approvals?subject=draft".to_owned(),
        "/v1/approvals?subject=draft&status=approved&limit=1".to_owned(),
        "/v1/workflows".to_owned(),
        "/v1/workflows?status=active".to_owned(),
        format!("/v1/workflows/{workflow}"),
        "/v1/executions".to_owned(),
        format!("/v1/executions?workflow_id={workflow}"),
        format!("/v1/executions?workflow_id={workflow}&status=completed"),
        "/v1/outbox".to_owned(),
        format!("/v1/outbox?execution={execution}"),
        "/v1/records/customer".to_owned(),
        "/v1/records/customer?store=lakeside-main".to_owned(),
        "/v1/engine/clock".to_owned(),
        "/v1/knowledge/documents".to_owned(),
        "/v1/knowledge/index".to_owned(),
        "/v1/knowledge/search?q=consent".to_owned(),
    ] {
        alex.get(&path).await;
    }
    let drafts = alex.get("/v1/drafts").await;
    let draft = drafts["items"][0]["id"].as_str().unwrap();
    alex.get(&format!("/v1/drafts/{draft}/revisions")).await;
    alex.get(&format!("/v1/drafts/{draft}/revisions/1")).await;
}
