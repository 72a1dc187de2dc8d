//! The embedded catalog.

use auterity::workflow::{Catalog, RiskClass};
use serde_json::json;

#[test]
fn every_file_loads() {
    let catalog = Catalog::load().unwrap();
    assert_eq!((catalog.events().len(), catalog.actions().len(), catalog.entities().len()), (47, 40, 14));
    assert_eq!((catalog.roles().len(), catalog.teams().len()), (24, 20));
}

#[test]
fn shared_parts_are_in_their_places() {
    let catalog = Catalog::embedded();
    let lead = catalog.event("lead.created").unwrap();
    assert!(lead.data.get("occurred_at").is_some(), "common fields belong to every event");
    assert!(lead.data.at_path("vehicle.model").is_some(), "shared objects are written out");
    assert!(catalog.entity("customer").unwrap().fields.at_path("vehicles.tires").is_some());
    assert!(catalog.action("send_sms").unwrap().inputs.get("once").is_some());
    assert!(catalog.action("find_records").unwrap().inputs.get("once").is_none());
    assert!(catalog.merge_root("owner").unwrap().get("first_name").is_some());
    assert!(RiskClass::Money > RiskClass::CustomerFacing && RiskClass::Internal > RiskClass::ReadOnly);
}

#[test]
fn schemas_accept_and_refuse() {
    let catalog = Catalog::embedded();
    let sms = jsonschema::validator_for(&catalog.action("send_sms").unwrap().input_schema()).unwrap();
    let good = json!({"customer_id": "c1", "body": "Hi", "purpose": "informational"});
    assert!(sms.is_valid(&good));
    assert!(!sms.is_valid(&json!({"customer_id": "c1", "body": "Hi"})));
    assert!(!sms.is_valid(&json!({"customer_id": "c1", "body": "Hi", "purpose": "informational", "colour": 1})));
    let email = jsonschema::validator_for(&catalog.action("send_email").unwrap().input_schema()).unwrap();
    let mut mail = json!({"subject": "S", "body": "B", "purpose": "marketing"});
    assert!(!email.is_valid(&mail), "somebody must be addressed");
    mail["to"] = json!("a@b.example");
    assert!(email.is_valid(&mail));
    mail["customer_id"] = json!("c1");
    assert!(!email.is_valid(&mail), "exactly one way to address");
    for schema in catalog.events().map(|e| e.schema()).chain(catalog.entities().map(|e| e.schema())) {
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::validator_for(&schema).unwrap();
    }
}
