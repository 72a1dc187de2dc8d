//! Who an inquiry is from, and which of a customer's numbers is used.

use auterity::execution::connectors::{InboundLead, RecordedLead, record_inbound_lead, record_inbound_message};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::harness::{Bench, text_to};
use crate::sandbox::inquiry;

const DANA: &str = "cust-dana-whitfield";
const NEW: &str = "+15125550199";

fn now() -> DateTime<Utc> {
    crate::support::TUESDAY_10_AM.parse().unwrap()
}

async fn receive(bench: &Bench, lead: &InboundLead) -> RecordedLead {
    record_inbound_lead(bench.db(), &bench.tenant, &bench.store, lead, now()).await.unwrap()
}

/// An inquiry by this person.
fn from(key: &str, name: (&str, &str), email: Option<&str>, phone: Option<&str>) -> InboundLead {
    let mut lead = inquiry(key, "", "");
    lead.contact.first_name = name.0.to_owned();
    lead.contact.last_name = Some(name.1.to_owned());
    lead.contact.email = email.map(str::to_owned);
    lead.contact.phone = phone.map(str::to_owned);
    lead.contact.textable = phone.is_some();
    lead
}

/// A text as a workflow started by this lead would send it.
async fn text_about(bench: &Bench, lead: &RecordedLead) -> Value {
    let mut call = bench.call("send_sms", text_to(lead.data["customer_id"].as_str().unwrap(), "informational"));
    call.event = lead.data.clone();
    call.idempotency_key.push_str(lead.data["lead_id"].as_str().unwrap());
    bench.done(&call).await
}

async fn notes(bench: &Bench) -> Vec<String> {
    let tasks = bench.records("task").await;
    tasks.iter().filter(|t| t.id.len() > 30).map(|t| t.text("notes").to_owned()).collect()
}

#[tokio::test]
async fn a_lead_with_a_new_number_is_texted_there_and_a_person_is_asked() {
    let bench = Bench::new().await;
    let dana = bench.record("customer", DANA).await;
    let (email, old) = (dana.text("email").to_owned(), dana.text("mobile").to_owned());
    let lead = receive(&bench, &from("form:1", ("Dana", "Whitfield"), Some(&email), Some(NEW))).await;
    assert_eq!(lead.data["customer_id"], DANA);
    assert_eq!(bench.record("customer", DANA).await.text("mobile"), old, "what is on file stays");

    assert_eq!(text_about(&bench, &lead).await["status"], "sent");
    assert_eq!(bench.outbox().await[0].recipient, NEW);
    bench.act("send_sms", text_to(DANA, "informational")).await;
    assert_eq!(bench.outbox().await[0].recipient, old, "other matters use the number on file");
    let notes = notes(&bench).await;
    assert!(notes.len() == 1 && notes[0].contains(NEW) && notes[0].contains(&old), "{notes:?}");

    // the next inquiry with that number alone is hers
    let again = receive(&bench, &from("form:2", ("Dana", "Whitfield"), None, Some(NEW))).await;
    assert_eq!(again.data["customer_id"], DANA);
}

#[tokio::test]
async fn the_same_details_ask_nobody() {
    let bench = Bench::new().await;
    let dana = bench.record("customer", DANA).await;
    let lead = from("form:1", ("Dana", "Whitfield"), Some(dana.text("email")), Some(dana.text("mobile")));
    receive(&bench, &lead).await;
    assert_eq!(notes(&bench).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_opted_out_number_stays_opted_out_whoever_gives_it() {
    let bench = Bench::new().await;
    let omar = bench.record("customer", "cust-omar-farouk").await;
    let number = omar.text("mobile").to_owned();
    // somebody new with his number
    let lead = receive(&bench, &from("form:1", ("Lena", "Marsh"), Some("lena@example.com"), Some(&number))).await;
    assert_ne!(lead.data["customer_id"], omar.id.as_str(), "two people are not made one");
    let output = text_about(&bench, &lead).await;
    assert_eq!((output["status"].as_str(), output["reason"].as_str()), (Some("blocked"), Some("opted_out")));
    let notes = notes(&bench).await;
    assert!(notes.iter().any(|note| note.contains("Lena Marsh") && note.contains(omar.text("name"))), "{notes:?}");
}

#[tokio::test]
async fn stop_on_one_number_leaves_one_given_later() {
    let bench = Bench::new().await;
    let dana = bench.record("customer", DANA).await;
    let (email, old) = (dana.text("email").to_owned(), dana.text("mobile").to_owned());
    let stop = json!({"customer_id": DANA, "channel": "sms", "text": "STOP", "occurred_at": "2026-03-10T14:00:00Z",
                      "thread_id": "thread-1"});
    record_inbound_message(bench.db(), &bench.tenant, &bench.store, &stop, now()).await.unwrap();
    let lead = receive(&bench, &from("form:1", ("Dana", "Whitfield"), Some(&email), Some(NEW))).await;
    assert_eq!(text_about(&bench, &lead).await["status"], "sent");
    assert_eq!(bench.outbox().await[0].recipient, NEW);
    let marketing = bench.act("send_sms", text_to(DANA, "marketing")).await;
    assert_eq!(marketing["reason"], "opted_out");
    let same = receive(&bench, &from("form:2", ("Dana", "Whitfield"), Some(&email), Some(&old))).await;
    assert_eq!(text_about(&bench, &same).await["reason"], "opted_out", "a new inquiry lifts no STOP");
}

#[tokio::test]
async fn a_number_that_opted_out_falls_back_to_the_one_on_file() {
    let bench = Bench::new().await;
    let omar = bench.record("customer", "cust-omar-farouk").await;
    let luis = bench.record("customer", "cust-luis-herrera").await;
    let lead =
        receive(&bench, &from("form:1", ("Luis", "Herrera"), Some(luis.text("email")), Some(omar.text("mobile"))))
            .await;
    assert_eq!(lead.data["customer_id"], luis.id.as_str());
    assert_eq!(text_about(&bench, &lead).await["status"], "sent");
    assert_eq!(bench.outbox().await[0].recipient, luis.text("mobile"), "a number of somebody else is not used");
    assert!(notes(&bench).await.iter().any(|note| note.contains(omar.text("name"))));
}

#[tokio::test]
async fn a_name_decides_between_people_who_share_a_number() {
    let bench = Bench::new().await;
    let mobile = bench.record("customer", DANA).await.text("mobile").to_owned();
    for (key, first, last, hers) in [
        ("form:1", "Dana", "Whitfield", true),
        ("form:2", "D", "Whitfield", true),
        ("form:3", "Dána", "WHITFIELD", true),
        ("form:4", "Paul", "Whitfield", false),
        ("form:5", "Dana", "Brooks", false),
    ] {
        let lead = receive(&bench, &from(key, (first, last), None, Some(&mobile))).await;
        assert_eq!(lead.data["customer_id"] == DANA, hers, "{first} {last}");
    }
}

#[tokio::test]
async fn a_blocked_message_is_shown_as_it_would_have_been_read() {
    let bench = Bench::new().await;
    let input = json!({"customer_id": "cust-omar-farouk", "purpose": "transactional",
                       "body": "Hi {{customer.first_name}}, about {{event.vehicle.trim}}."});
    let mut call = bench.call("send_sms", input);
    call.event = json!({"vehicle": {"trim": null}});
    let output = bench.done(&call).await;
    assert_eq!(output["reason"], "opted_out");
    assert_eq!(bench.outbox().await[0].body, "Hi Omar, about –.");
}
