//! Shipped templates at work on the real engine and the sandbox.

use auterity::model::{ExecutionStatus, PageRequest};
use auterity::store::OutboxEntry;
use auterity::store::executions::ExecutionFilter;
use auterity::store::outbox::OutboxFilter;
use auterity::workflow::template::{Template, embedded};
use serde_json::{Map, json};

use crate::lab::{Lab, Script};

async fn outbox(lab: &Lab) -> Vec<OutboxEntry> {
    let state = &lab.app.app.state;
    let mut page = PageRequest::largest();
    let mut all = Vec::new();
    loop {
        let found = state.db.list_outbox(&lab.tenant, &OutboxFilter::default(), &page).await.unwrap();
        all.extend(found.items);
        let Some(next) = found.next else { return all };
        page.after = Some(next);
    }
}

/// Puts a template in force in the main store.
async fn in_force(lab: &Lab, template: &Template) {
    let mut definition = template.instantiate(&Map::new()).unwrap().into_raw();
    definition["document"]["namespace"] = json!("lakeside-toyota");
    definition["document"]["metadata"]["stores"] = json!(["lakeside-main"]);
    definition["document"]["tags"] = json!({ "department": "sales" });
    let (sam, maria) = (lab.app.token("sam@lakeside.example").await, lab.app.token("maria@lakeside.example").await);
    let draft = lab.app.send("POST", "/v1/drafts", Some(&sam), Some(json!({ "definition": definition }))).await.json();
    let path = format!("/v1/drafts/{}/submit", draft["id"].as_str().unwrap());
    let body = json!({ "revision": draft["revision"], "digest": draft["digest"] });
    let request = lab.app.send("POST", &path, Some(&sam), Some(body)).await;
    assert_eq!(request.status, 201, "{}", request.text);
    let path = format!("/v1/approvals/{}/decision", request.json()["id"].as_str().unwrap());
    let body = json!({ "decision": "approved", "digest": draft["digest"] });
    let decided = lab.app.send("POST", &path, Some(&maria), Some(body)).await;
    assert!(decided.status.is_success(), "{}", decided.text);
}

/// Revoking consent is itself an opt-out: the template must not answer its own echo for ever.
#[tokio::test]
async fn an_opt_out_is_enforced_once_and_not_in_a_circle() {
    let lab = Lab::new(Script::new()).await;
    let template = embedded().iter().find(|template| template.id == "T58").unwrap();
    in_force(&lab, template).await;
    let _engine = lab.sandbox_engine();
    let data = json!({ "dealer_id": "lakeside-toyota", "store_id": "lakeside-main",
                       "occurred_at": "2026-03-10T15:00:00Z", "customer_id": "cust-luis-herrera", "channel": "email",
                       "scope": "marketing", "method": "unsubscribe link", "raw_text": null });
    lab.event("unsubscribe-1", "customer.opted_out", data).await;
    let db = &lab.app.app.state.db;
    let runs = async || {
        let page = PageRequest::largest();
        db.list_executions(&lab.tenant, &ExecutionFilter::default(), &page).await.unwrap().items
    };
    for _ in 0..600 {
        let found = runs().await;
        if found.len() >= 2 && found.iter().all(|run| run.status.is_over()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let found = runs().await;
    assert_eq!(found.len(), 2, "the opt-out and its echo");
    assert!(found.iter().all(|run| run.status == ExecutionStatus::Completed), "{found:?}");
    let notes = outbox(&lab).await.into_iter().filter(|row| row.body.starts_with("Opt-out from email")).count();
    assert_eq!(notes, 2, "one note on the customer, one entry in the log");
    let consents = db.list_records(&lab.tenant, "consent", None, "", 1000).await.unwrap();
    let revoked: Vec<_> = consents.iter().filter(|row| row.text("method") == "unsubscribe link").collect();
    assert_eq!(revoked.len(), 1, "{revoked:?}");
    assert_eq!((revoked[0].text("channel"), revoked[0].text("purpose")), ("email", "marketing"), "no wider than said");
}
