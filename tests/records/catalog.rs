//! Each action of the catalog answers as the catalog says.

use std::collections::BTreeSet;

use auterity::execution::connectors::{Connector, Outcome};
use auterity::workflow::Catalog;
use serde_json::{Value, json};

use crate::harness::Bench;

const VIN: &str = "1HGCM82633A004352";

/// One sensible input of every action.
fn inputs() -> Vec<(&'static str, Value)> {
    let dana = "cust-dana-whitfield";
    let luis = "cust-luis-herrera";
    vec![
        ("send_sms", json!({"customer_id": dana, "purpose": "informational", "body": "Hi {{customer.first_name}}"})),
        (
            "send_email",
            json!({"customer_id": dana, "purpose": "marketing", "subject": "News", "body": "Hi {{customer.name}}"}),
        ),
        ("connect_call", json!({"caller": "role:salesperson", "customer_id": dana, "whisper": "{{customer.name}}"})),
        ("send_survey", json!({"customer_id": dana, "survey_id": "csi", "channel": "email"})),
        ("request_review", json!({"customer_id": luis, "platform": "google", "channel": "sms"})),
        ("reply_review", json!({"review_id": "rev-902", "body": "Thank you for telling us."})),
        ("send_document", json!({"customer_id": dana, "document_type": "estimate", "delivery": "email_link"})),
        (
            "send_payment_link",
            json!({"customer_id": dana, "amount": 389.0, "reason": "Invoice 20428", "channel": "email"}),
        ),
        ("issue_credit", json!({"customer_id": dana, "kind": "service_credit", "amount": 50, "reason": "Late"})),
        ("notify_user", json!({"to": "role:sales_manager", "message": "Look at this", "urgency": "high"})),
        (
            "create_task",
            json!({"assignee": "role:sales_manager", "title": "Call", "due_in": "PT5M",
                   "related_to": {"entity": "lead", "id": "lead-1001"}}),
        ),
        ("request_approval", json!({"approver": "role:gm", "subject": "May I?", "expires_in": "P1D"})),
        ("add_note", json!({"entity": "lead", "id": "lead-1001", "text": "Prefers mornings"})),
        ("generate_report", json!({"report": "lead response", "period": "month"})),
        (
            "find_records",
            json!({"entity": "lead", "filter": {"status": {"in": ["new", "contacted"]}}, "sort": "created_at desc",
                   "exclude_opted_out": true, "limit": 5}),
        ),
        ("check_consent", json!({"customer_id": dana, "channel": "sms", "purpose": "informational"})),
        (
            "set_consent",
            json!({"customer_id": dana, "channel": "sms", "purpose": "marketing", "status": "granted",
                   "method": "form", "evidence": "ev-1"}),
        ),
        ("log_compliance_event", json!({"kind": "adverse_action", "entity": "customer", "id": dana})),
        (
            "create_lead",
            json!({"customer": {"first_name": "Nia", "last_name": "Cole", "phone": "512-555-0199"}, "source": "event"}),
        ),
        ("update_lead", json!({"lead_id": "lead-1001", "status": "contacted"})),
        ("assign_lead", json!({"lead_id": "lead-1001", "strategy": "round_robin", "pool": "internet_sales"})),
        ("update_customer", json!({"customer_id": dana, "fields": {"city": "Waco"}})),
        ("tag_customer", json!({"customer_id": dana, "add": ["vip"], "remove": ["loyal"]})),
        ("add_to_campaign", json!({"customer_id": luis, "campaign_id": "spring"})),
        ("remove_from_campaign", json!({"customer_id": luis, "campaign_id": "all"})),
        ("find_open_slots", json!({"kind": "service", "from": "2026-03-11T00:00:00Z", "to": "2026-03-13T00:00:00Z"})),
        (
            "create_appointment",
            json!({"customer_id": dana, "kind": "test_drive", "starts_at": "2026-03-12T16:00:00Z",
                   "assigned_to": "user:sam", "vehicle": {"year": 2021, "make": "Toyota", "model": "RAV4"}}),
        ),
        ("update_appointment", json!({"appointment_id": "appt-3010", "status": "cancelled"})),
        ("update_deal", json!({"deal_id": "deal-7008", "status": "delivered"})),
        ("update_repair_order", json!({"ro_id": "ro-20400", "status": "closed", "note": "Done"})),
        ("order_part", json!({"part_number": "90915-YZZF2", "quantity": 3, "max_cost": 100})),
        ("update_inventory", json!({"stock": "N4400", "status": "detail", "tags": ["hot"]})),
        ("change_price", json!({"stock": "U4435", "adjust_percent": -2, "floor": 5000, "reason": "aging"})),
        ("update_listing", json!({"stock": "U4435", "platforms": ["website", "cars_com"], "action": "refresh"})),
        ("decode_vin", json!({"vin": VIN})),
        ("check_recalls", json!({"vin": VIN})),
        ("get_vehicle_value", json!({"vin": VIN, "odometer": 161_000, "condition": "fair"})),
        ("classify_text", json!({"text": "Can I book an appointment?", "labels": ["book", "cancel"]})),
        ("draft_text", json!({"instruction": "Reply to the review", "language": "es", "max_chars": 80})),
        ("update_user_access", json!({"user_id": "emp-tom-becker", "change": "revoke", "systems": ["crm"]})),
    ]
}

#[tokio::test]
async fn every_action_answers_under_its_output_schema_once() {
    let bench = Bench::new().await;
    let inputs = inputs();
    let named: BTreeSet<&str> = inputs.iter().map(|(action, _)| *action).collect();
    let known: BTreeSet<&str> = Catalog::embedded().actions().map(|action| action.name.as_str()).collect();
    assert_eq!(named, known);
    for (name, input) in inputs {
        let action = Catalog::embedded().action(name).unwrap();
        let accepted = jsonschema::validator_for(&action.input_schema()).unwrap();
        accepted.validate(&input).unwrap_or_else(|error| panic!("{name} input: {error}"));
        let call = bench.call(name, input);
        let output = bench.done(&call).await;
        let promised = jsonschema::validator_for(&action.output_schema()).unwrap();
        promised.validate(&output).unwrap_or_else(|error| panic!("{name} output {output}: {error}"));
        let (rows, events) = (bench.outbox().await.len(), bench.events().await.len());
        assert_eq!(bench.sandbox.call(&call).await, Ok(Outcome::Done(output)), "{name}: the same key, the same answer");
        assert_eq!((bench.outbox().await.len(), bench.events().await.len()), (rows, events), "{name} acted twice");
    }
    for (name, data) in bench.events().await {
        let schema = Catalog::embedded().event(&name).unwrap_or_else(|| panic!("no event {name}")).schema();
        let promised = jsonschema::validator_for(&schema).unwrap();
        promised.validate(&data).unwrap_or_else(|error| panic!("{name} {data}: {error}"));
    }
    let expected: BTreeSet<&str> = [
        "appointment.booked",
        "appointment.cancelled",
        "customer.consent_granted",
        "deal.delivered",
        "deal.status_changed",
        "inventory.vehicle.price_changed",
        "inventory.vehicle.status_changed",
        "lead.assigned",
        "lead.created",
        "lead.status_changed",
        "repair_order.closed",
        "repair_order.status_changed",
    ]
    .into();
    let types = bench.event_types().await;
    assert_eq!(types.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    for entity in Catalog::embedded().entities() {
        let valid = jsonschema::validator_for(&entity.schema()).unwrap();
        for record in bench.records(&entity.name).await {
            valid.validate(&record.data).unwrap_or_else(|error| panic!("{} {}: {error}", entity.name, record.id));
        }
    }
}
