//! An execution from the lead that starts it to its end: a text that is held overnight, two branches, an answer that is
//! delivered, a timer, a ping.

use std::collections::BTreeMap;
use std::sync::Arc;

use auterity::store::Database;
use auterity::store::executions::ExecutionFilter;
use serde_json::{Value, json};

use crate::matrix;
use crate::seed::Seed;
use crate::server::Server;

const LEAD: &str = include_str!("../fixtures/leads/internet.xml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_execution_survives_a_crash_at_every_boundary() {
    matrix::run("execution", story).await;
}

async fn story(seed: Arc<Seed>, mut server: Server) -> Server {
    let (maria, lead) = (&seed.maria, Value::String(LEAD.to_owned()));
    let received = server.send("POST", "/v1/leads/adf?store_id=lakeside-main", maria, Some(&lead)).await;
    assert_eq!(received.status, 202, "{}", received.text);
    let customer = received.json()[0]["customer_id"].as_str().unwrap().to_owned();

    // at night the text is held, and shown
    let held = until(&mut server, maria, "/v1/outbox", |outbox| !items(outbox).is_empty()).await;
    assert_eq!((&held["items"][0]["status"], items(&held).len()), (&json!("held"), 1), "{held}");
    assert_eq!(held["items"][0]["reason"], "quiet_hours");
    skip(&mut server, maria, "held_message").await;

    // in the morning it goes out; both branches end; the wait for an answer begins
    doing(&mut server, maria, "listening").await;
    let answer = server.send("POST", "/v1/events", maria, Some(&reply(&customer))).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    doing(&mut server, maria, "waiting").await;
    skip(&mut server, maria, "timer").await;
    let listed = until(&mut server, maria, "/v1/executions", |list| list["items"][0]["status"] == "completed").await;
    assert_eq!(items(&listed).len(), 1, "one execution: {listed}");
    server.check().await;

    let outbox = server.get("/v1/outbox", maria).await;
    let row = |row: &Value| (text(row, "channel").to_owned(), text(row, "status").to_owned());
    let mut put_out: Vec<(String, String)> = items(&outbox).iter().map(row).collect();
    put_out.sort_unstable();
    let sent = |channel: &str| (channel.to_owned(), "sent".to_owned());
    assert_eq!(put_out, ["note", "sms", "staff_app", "task"].map(sent), "{outbox}");
    let story = server.get(&format!("/v1/executions/{}", text(&listed["items"][0], "id")), maria).await;
    assert_eq!(story["status"], "completed");
    applied_once(&server.place.open().await).await;
    server
}

/// What the database says: every effect, event and line of the journal is there once.
async fn applied_once(db: &Database) {
    let tenant = db.find_tenant_by_slug("lakeside-toyota").await.unwrap().unwrap().id;
    for (action, calls) in [("send_sms", 1), ("add_note", 1), ("create_task", 1), ("notify_user", 1)] {
        assert_eq!(db.count_calls(&tenant, action).await.unwrap(), calls, "{action}");
    }
    for event in ["lead.created", "customer.message.received"] {
        assert_eq!(db.list_events_after(&tenant, event, 0, 10).await.unwrap().len(), 1, "{event}");
    }
    let page = auterity::model::PageRequest::largest();
    let executions = db.list_executions(&tenant, &ExecutionFilter::default(), &page).await.unwrap();
    let journal = db.list_journal(&tenant, &executions.items[0].id).await.unwrap();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &journal {
        *kinds.entry(entry.kind.as_str()).or_default() += 1;
    }
    // the text was put off once, the wait had one timer, the answer was taken once
    let expected =
        [("again", 1), ("event", 1), ("fired", 2), ("limit", 1), ("listening", 1), ("step", 4), ("timer", 1)];
    assert_eq!(kinds, BTreeMap::from(expected), "{journal:#?}");
    let mut numbers: Vec<i64> = journal.iter().map(|entry| entry.seq).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), journal.len(), "no number twice");
}

fn reply(customer: &str) -> Value {
    json!({
        "specversion": "1.0", "id": "answer-1", "source": "/dealers/lakeside-toyota/stores/lakeside-main/sms",
        "type": "customer.message.received", "time": "2026-03-10T15:00:00Z",
        "data": {
            "dealer_id": "lakeside-toyota", "store_id": "lakeside-main", "occurred_at": "2026-03-10T15:00:00Z",
            "customer_id": customer, "channel": "sms", "text": "Tomorrow at five", "language": "en",
            "intent": "question", "thread_id": "th-1", "lead_id": null, "ro_id": null, "deal_id": null,
            "media_count": 0,
        },
    })
}

async fn doing(server: &mut Server, token: &str, what: &str) {
    let there = |list: &Value| {
        let execution = &list["items"][0];
        execution["status"] == "waiting" && execution["progress"]["doing"] == what
    };
    until(server, token, "/v1/executions", there).await;
}

/// Skips to what is due next. A server that dies after it moved the clock is asked again, with the same key, and moves it
/// no further.
async fn skip(server: &mut Server, token: &str, expected: &str) {
    let moved = server.send("POST", "/v1/engine/clock/skip", token, Some(&json!({ "to": "next" }))).await;
    assert_eq!((moved.status, &moved.json()["went_to"]["kind"]), (200, &json!(expected)), "{}", moved.text);
}

/// Reads until what is read is as wanted.
async fn until(server: &mut Server, token: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut found = Value::Null;
    for _ in 0..1500 {
        server.check().await;
        found = server.get(path, token).await;
        if wanted(&found) {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{path} stays {found}");
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
