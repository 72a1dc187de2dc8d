//! What the sandbox does and refuses.

use std::sync::atomic::Ordering;

use auterity::execution::connectors::{CallError, Contact, InboundLead, record_inbound_lead, record_inbound_message};
use auterity::workflow::Catalog;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::harness::{Bench, text_to};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn consent_decides_what_goes_out() {
    let bench = Bench::new().await;
    for (customer, purpose, status, reason) in [
        ("cust-dana-whitfield", "informational", "sent", None),
        ("cust-dana-whitfield", "marketing", "blocked", Some("written_consent_missing")),
        ("cust-luis-herrera", "marketing", "sent", None),
        ("cust-omar-farouk", "transactional", "blocked", Some("opted_out")),
        ("cust-nina-okafor", "informational", "blocked", Some("no_address")),
        ("cust-ruth-bennett", "marketing", "blocked", Some("marketing_opted_out")),
    ] {
        let output = bench.act("send_sms", text_to(customer, purpose)).await;
        assert_eq!(output["status"], status, "{customer} {purpose}");
        assert_eq!(output["reason"].as_str(), reason, "{customer} {purpose}");
        let row = &bench.outbox().await[0];
        assert_eq!((row.status.as_str(), row.reason.as_deref()), (status, reason));
        assert_eq!(row.id.as_str(), output["message_id"].as_str().unwrap());
    }
}

#[tokio::test]
async fn a_text_at_night_waits_for_the_morning_and_then_goes_once() {
    let bench = Bench::new().await;
    let mut call = bench.call("send_sms", text_to("cust-dana-whitfield", "informational"));
    call.now = at("2026-03-11T04:00:00Z");
    let (until, reason) = bench.deferred(&call).await;
    assert_eq!((until, reason.as_str()), (at("2026-03-11T14:00:00Z"), "quiet_hours"));
    // shown at once, with its words and the moment it may go out; asked again, still once
    bench.deferred(&call).await;
    let held = bench.outbox().await;
    assert_eq!(held.len(), 1);
    let (status, reason) = (held[0].status.as_str(), held[0].reason.as_deref());
    assert_eq!((status, reason, held[0].held_until), ("held", Some("quiet_hours"), Some(until)));
    assert!(!held[0].body.contains("{{"), "{}", held[0].body);
    call.now = until;
    let done = bench.done(&call).await;
    assert_eq!(done["status"], "sent");
    call.now = until + chrono::TimeDelta::hours(1);
    bench.done(&call).await;
    let sent = bench.outbox().await;
    assert_eq!(sent.len(), 1, "the text takes the place of the held one");
    assert_eq!((sent[0].status.as_str(), sent[0].held_until), ("sent", None));
    assert_eq!(done["message_id"], sent[0].id.as_str());
    assert_eq!(sent[0].id, held[0].id, "who looked at it while it waited finds it again");
    assert_eq!(sent[0].created_at, until, "it counts from when it was sent");
}

#[tokio::test]
async fn a_marketing_text_is_capped_over_all_workflows() {
    let bench = Bench::new().await;
    assert_eq!(bench.act("send_sms", text_to("cust-luis-herrera", "marketing")).await["status"], "sent");
    let mut second = bench.call("send_sms", text_to("cust-luis-herrera", "marketing"));
    second.idempotency_key.push_str("#other workflow");
    let output = bench.done(&second).await;
    assert_eq!(output["reason"], "marketing_weekly_cap");
}

#[tokio::test]
async fn once_answers_as_the_first_call_did() {
    let bench = Bench::new().await;
    let input = json!({"to": "role:gm", "message": "Stuck", "once": {"key": "ro-1", "within": "P1D"}});
    let mut call = bench.call("notify_user", input);
    let first = bench.done(&call).await;
    call.idempotency_key = "another execution#/do/0".to_owned();
    assert_eq!(bench.done(&call).await, first);
    assert_eq!(bench.outbox().await.len(), 1);
    call.idempotency_key = "the next day#/do/0".to_owned();
    call.now = at("2026-03-11T15:00:01Z");
    assert_ne!(bench.done(&call).await, first);
    assert_eq!(bench.outbox().await.len(), 2);
}

#[tokio::test]
async fn a_once_key_is_the_records_own() {
    let bench = Bench::new().await;
    let nudge = |ro: Value, run: &str| {
        let once = json!({"key": "stuck:{{event.ro_id}}", "within": "P1D"});
        let mut call = bench.call("notify_user", json!({"to": "role:gm", "message": "Stuck", "once": once}));
        call.event = json!({ "ro_id": ro });
        call.idempotency_key = format!("{run}#/do/0");
        call
    };
    let first = bench.done(&nudge(json!("ro-20400"), "one")).await;
    let other = bench.done(&nudge(json!("ro-20401"), "two")).await;
    assert_ne!(first, other, "another order is not held back");
    assert_eq!(bench.done(&nudge(json!("ro-20400"), "three")).await, first);
    assert_eq!(bench.outbox().await.len(), 2);
    // a key that names nothing would be the same for every order
    let refused = bench.run(&nudge(Value::Null, "four")).await;
    assert!(matches!(refused, Err(CallError::Terminal { status: 422, .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_written_down_has_its_fields_filled_in() {
    let bench = Bench::new().await;
    let stock = bench.record("vehicle", "veh-n4400").await.text("stock").to_owned();
    for (action, input) in [
        ("log_compliance_event", json!({"kind": "recall", "details": "Held: {{event.units | list}}"})),
        ("update_inventory", json!({"stock": stock, "notes": "Held: {{event.units | list}}"})),
        ("update_repair_order", json!({"ro_id": "ro-20400", "note": "Held: {{event.units | list}}"})),
    ] {
        let mut call = bench.call(action, input);
        call.event = json!({"units": ["A1", "A2"]});
        bench.done(&call).await;
        assert_eq!(bench.outbox().await[0].body, "Held: A1 and A2", "{action}");
    }
}

#[tokio::test]
async fn a_lead_off_the_service_drive_is_no_internet_lead() {
    let bench = Bench::new().await;
    for (name, source, lead_type) in [("Ida", "service_drive", "service_drive"), ("Ola", "Website", "internet")] {
        let customer = json!({"first_name": name, "email": format!("{name}@example.com")});
        let input = json!({"customer": customer, "source": source, "notes": "Range {{context.value | money}}"});
        let mut call = bench.call("create_lead", input);
        call.context = json!({"value": 18500});
        bench.done(&call).await;
        let (event, data) = bench.events().await.pop().unwrap();
        assert_eq!((event.as_str(), data["lead_type"].as_str()), ("lead.created", Some(lead_type)));
        assert_eq!((data["source"].as_str(), data["comments"].as_str()), (Some(source), Some("Range $18,500")));
    }
}

#[tokio::test]
async fn texts_speak_the_customers_language_and_an_empty_field_stops_them() {
    let bench = Bench::new().await;
    let mut call = bench.call(
        "send_sms",
        json!({"customer_id": "cust-luis-herrera", "purpose": "transactional",
               "body": "{{store.name}}: {{event.starts_at | datetime}} STOP"}),
    );
    call.event = json!({"starts_at": "2026-03-12T16:00:00Z"});
    bench.done(&call).await;
    let body = bench.outbox().await[0].body.clone();
    assert!(body.contains("marzo") || body.contains("mar"), "{body}");

    let mut call = bench.call(
        "send_sms",
        json!({"customer_id": "cust-dana-whitfield", "purpose": "informational", "body": "About {{event.vehicle.trim}}"}),
    );
    call.event = json!({"vehicle": {"trim": null}, "lead_id": "lead-1001"});
    let output = bench.done(&call).await;
    assert_eq!((output["status"].as_str(), output["reason"].as_str()), (Some("blocked"), Some("merge_field_empty")));
    let tasks = bench.records("task").await;
    assert!(tasks.iter().any(|t| t.text("title").contains("event.vehicle.trim")));
}

#[tokio::test]
async fn the_first_text_names_the_store_and_the_way_out() {
    let bench = Bench::new().await;
    let input = json!({"customer_id": "cust-dana-whitfield", "purpose": "informational", "body": "Any questions?"});
    bench.act("send_sms", input).await;
    let body = bench.outbox().await[0].body.clone();
    assert_eq!(body, "Lakeside Toyota: Any questions? Reply STOP to opt out.");
}

#[tokio::test]
async fn recipients_are_people_on_shift_and_never_nobody() {
    let bench = Bench::new().await;
    let to = |recipient: &str, event: Value| {
        let mut call = bench.call("notify_user", json!({"to": recipient, "message": "Hello"}));
        call.event = event;
        call.idempotency_key = format!("{recipient}#{}", call.event);
        call
    };
    for (recipient, event, expected) in [
        ("role:sales_manager", Value::Null, vec!["emp-maria-lopez"]),
        // off shift: his manager
        ("role:desk_manager", Value::Null, vec!["emp-maria-lopez"]),
        ("user:sam", Value::Null, vec!["emp-sam-carter"]),
        ("user:emp-sam-carter", Value::Null, vec!["emp-sam-carter"]),
        ("manager_of:emp-sam-carter", Value::Null, vec!["emp-maria-lopez"]),
        ("requester", Value::Null, vec!["emp-sam-carter"]),
        ("manager_of:requester", Value::Null, vec!["emp-maria-lopez"]),
        ("record_owner", json!({"ro_id": "ro-0", "advisor_id": "emp-ben-archer"}), vec!["emp-ben-archer"]),
        ("record_owner", json!({"lead_id": "none", "assignee_id": null}), vec!["emp-maria-lopez"]),
        ("record_owner", json!({"assignee_id": "emp-tom-becker"}), vec!["emp-maria-lopez"]),
        ("record_owner", Value::Null, vec!["emp-grace-kim"]),
        ("team:title_office", Value::Null, vec!["emp-olive-barnes", "emp-tina-cole"]),
    ] {
        let before = bench.outbox().await.len();
        bench.done(&to(recipient, event.clone())).await;
        let rows = bench.outbox().await;
        let mut got: Vec<&str> = rows[..rows.len() - before].iter().map(|row| row.recipient.as_str()).collect();
        got.sort_unstable();
        assert_eq!(got, expected, "{recipient} {event}");
    }
    assert_eq!(bench.refused("notify_user", json!({"to": "team:nonsense", "message": "x"})).await, 422);
}

#[tokio::test]
async fn the_owner_is_the_one_the_lead_has_now() {
    let bench = Bench::new().await;
    bench.act("assign_lead", json!({"lead_id": "lead-1001", "assignee": "user:priya"})).await;
    let mut call = bench.call("notify_user", json!({"to": "record_owner", "message": "{{customer.name}} waits"}));
    call.event = json!({"lead_id": "lead-1001", "customer_id": "cust-dana-whitfield"});
    bench.done(&call).await;
    let row = &bench.outbox().await[0];
    assert_eq!((row.recipient.as_str(), row.body.as_str()), ("emp-priya-nair", "Dana Whitfield waits"));
}

#[tokio::test]
async fn round_robin_goes_round() {
    let bench = Bench::new().await;
    let mut owners = Vec::new();
    for lead in ["lead-1002", "lead-1003", "lead-1004", "lead-1005"] {
        let input =
            json!({"lead_id": lead, "strategy": "round_robin", "pool": "internet_sales", "only_on_shift": true});
        owners.push(bench.act("assign_lead", input).await["assignee_id"].clone());
    }
    assert_eq!(owners.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{owners:?}");
}

#[tokio::test]
async fn automations_keep_their_hands_off() {
    let bench = Bench::new().await;
    let dana = "cust-dana-whitfield";
    let granted =
        json!({"customer_id": dana, "channel": "sms", "purpose": "marketing", "status": "granted", "method": "x"});
    for (action, input, status) in [
        ("set_consent", granted, 422),
        ("update_deal", json!({"deal_id": "deal-7001", "fields": {"amount": 1}}), 403),
        ("update_customer", json!({"customer_id": dana, "fields": {"sms_marketing_consent": true}}), 403),
        ("update_customer", json!({"customer_id": dana, "fields": {"nonsense": true}}), 422),
        ("order_part", json!({"part_number": "31500-SB2", "quantity": 2, "max_cost": 100}), 409),
        ("send_sms", json!({"customer_id": "nobody", "purpose": "informational", "body": "x"}), 404),
        ("update_repair_order", json!({"ro_id": "ro-20400", "approve_lines": ["warp_drive"]}), 422),
    ] {
        assert_eq!(bench.refused(action, input).await, status, "{action}");
    }
}

#[tokio::test]
async fn a_price_never_falls_below_its_floor() {
    let bench = Bench::new().await;
    let vehicles = bench.records("vehicle").await;
    let vehicle = vehicles.iter().find(|v| v.store_id == "lakeside-main" && v.data["price"].is_number()).unwrap();
    let old = vehicle.data["price"].as_f64().unwrap();
    let input = json!({"stock": vehicle.text("stock"), "adjust_by": -5000, "floor": old - 1000.0, "reason": "aging"});
    let output = bench.act("change_price", input).await;
    assert_eq!(output["new_price"].as_f64(), Some(old - 1000.0));
    assert_eq!(bench.record("vehicle", &vehicle.id).await.data["price"].as_f64(), Some(old - 1000.0));
}

#[tokio::test]
async fn slots_lie_in_opening_hours() {
    let bench = Bench::new().await;
    // Saturday to Monday: service is open 8 to 16 on Saturday and closed on Sunday
    let input = json!({"kind": "service", "from": "2026-03-14T05:00:00Z", "to": "2026-03-16T05:00:00Z"});
    let output = bench.act("find_open_slots", input).await;
    let slots = output["slots"].as_array().unwrap();
    assert!(!slots.is_empty());
    for slot in slots {
        let start = at(slot["starts_at"].as_str().unwrap());
        assert!(start >= at("2026-03-14T13:00:00Z") && start <= at("2026-03-14T20:15:00Z"), "{start}");
    }
}

#[tokio::test]
async fn a_question_goes_to_the_queue_once() {
    let bench = Bench::new().await;
    let call = bench.call("request_approval", json!({"approver": "role:gm", "subject": "Send {{context.n}}?"}));
    let first = bench.done(&call).await;
    assert_eq!(bench.done(&call).await, first);
    assert_eq!(bench.desk.0.load(Ordering::SeqCst), 1);
}

pub fn inquiry(key: &str, email: &str, phone: &str) -> InboundLead {
    InboundLead {
        key: key.to_owned(),
        contact: Contact {
            first_name: "Nia".into(),
            last_name: Some("Cole".into()),
            email: Some(email.into()),
            phone: Some(phone.into()),
            textable: true,
        },
        lead_type: "internet".into(),
        source: "Lakeside website".into(),
        provider: None,
        interest: "buy".into(),
        vehicle_status: "used".into(),
        vehicle: json!({"year": 2021, "make": "Toyota", "model": "RAV4"}),
        trade_in: None,
        customer_type: "individual".into(),
        comments: Some("Is it still available?".into()),
        preferred_contact: json!({"channel": "sms", "time": "evening"}),
        timeframe: Value::Null,
        language: "en".into(),
        evidence: "form-1".into(),
    }
}

#[tokio::test]
async fn an_inquiry_becomes_customer_lead_and_consent_once() {
    let bench = Bench::new().await;
    let now = at("2026-03-10T15:00:00Z");
    let first = inquiry("form:1", "nia@example.com", "+15125550188");
    let recorded = record_inbound_lead(bench.db(), &bench.tenant, &bench.store, &first, now).await.unwrap();
    assert!(recorded.new);
    let schema = Catalog::embedded().event("lead.created").unwrap().schema();
    jsonschema::validator_for(&schema).unwrap().validate(&recorded.data).unwrap();
    assert_eq!(recorded.data["duplicate_of"], Value::Null);
    let again = record_inbound_lead(bench.db(), &bench.tenant, &bench.store, &first, now).await.unwrap();
    assert_eq!((again.new, &again.data), (false, &recorded.data));
    // the same person with another address, the same number: the same customer, a duplicate lead
    let second = inquiry("form:2", "nia.cole@example.com", "+15125550188");
    let second = record_inbound_lead(bench.db(), &bench.tenant, &bench.store, &second, now).await.unwrap();
    assert_eq!(second.data["customer_id"], recorded.data["customer_id"]);
    assert_eq!(second.data["duplicate_of"], recorded.data["lead_id"]);
    // and she may be texted, because she gave the number
    let customer = recorded.data["customer_id"].as_str().unwrap();
    assert_eq!(bench.act("send_sms", text_to(customer, "informational")).await["status"], "sent");
}

#[tokio::test]
async fn stop_ends_texts_at_once_and_is_confirmed_once() {
    let bench = Bench::new().await;
    let now = at("2026-03-10T15:00:00Z");
    let message = |text: &str| {
        json!({"customer_id": "cust-dana-whitfield", "channel": "sms", "text": text,
        "occurred_at": "2026-03-10T15:00:00Z", "thread_id": "thread-1"})
    };
    let hear = async |text: &str| {
        record_inbound_message(bench.db(), &bench.tenant, &bench.store, &message(text), now).await.unwrap()
    };
    assert_eq!(hear("When can I come?").await, None);
    assert!(hear("No more texts please").await.is_some());
    hear("No more texts please").await;
    assert_eq!(bench.event_types().await, ["customer.opted_out"]);
    let confirmations = bench.outbox().await;
    assert_eq!(confirmations.len(), 1);
    let after = bench.act("send_sms", text_to("cust-dana-whitfield", "transactional")).await;
    assert_eq!(after["reason"], "opted_out");
    for (name, data) in bench.events().await {
        let schema = Catalog::embedded().event(&name).unwrap().schema();
        jsonschema::validator_for(&schema).unwrap().validate(&data).unwrap();
    }
}
