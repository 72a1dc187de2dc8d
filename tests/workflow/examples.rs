//! The worked examples and the templates: valid, and nothing is lost on the way through text.

use std::path::Path;

use auterity::workflow::{Definition, Severity};
use serde_json::{Map, Value};

use crate::{assert_shape, check, errors, examples, yaml_files};

fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(reversed).collect()),
        other => other.clone(),
    }
}

#[test]
fn every_example_is_valid() {
    for (name, text) in examples() {
        let definition = Definition::from_yaml(&text).unwrap();
        assert_shape(&name, &definition);
        let found = check(&definition);
        assert!(errors(&found).is_empty(), "{name}: {:#?}", errors(&found));
        let warnings: Vec<_> = found.iter().filter(|one| one.severity == Severity::Warning).collect();
        assert!(warnings.is_empty(), "{name}: {warnings:#?}");
    }
}

#[test]
fn nothing_is_lost_on_the_way_through_text() {
    for (name, text) in examples() {
        let definition = Definition::from_yaml(&text).unwrap();
        let json = serde_json::to_string(definition.raw()).unwrap();
        let again = Definition::from_json_text(&json).unwrap();
        assert_eq!(serde_json::to_string(again.raw()).unwrap(), json, "{name}");
        assert_eq!(Definition::from_yaml(&json).unwrap(), definition, "{name}: JSON is YAML");
        assert_eq!(definition.digest().unwrap(), again.digest().unwrap());
    }
}

#[test]
fn the_digest_is_of_the_content() {
    for (name, text) in examples() {
        let definition = Definition::from_yaml(&text).unwrap();
        let other_order = Definition::from_value(reversed(definition.raw())).unwrap();
        assert_eq!(definition.digest().unwrap(), other_order.digest().unwrap(), "{name}: key order is not content");
        let mut raw = definition.raw().clone();
        raw["document"]["metadata"]["stores"] = serde_json::json!(["lakeside-coast"]);
        assert_ne!(definition.digest().unwrap(), Definition::from_value(raw).unwrap().digest().unwrap(), "{name}");
    }
}

#[test]
fn every_template_is_valid() {
    let templates = yaml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/templates"));
    assert_eq!(templates.len(), 60);
    let mut warned = Vec::new();
    for (name, text) in templates {
        let raw: Value = serde_saphyr::from_str(&text).unwrap();
        let definition = Definition::from_value(raw.get("definition").cloned().unwrap_or(raw)).unwrap();
        assert_shape(&name, &definition);
        let found = check(&definition);
        let real: Vec<_> = errors(&found).into_iter().filter(|one| one.code != "policy.namespace").collect();
        assert!(real.is_empty(), "{name}: {real:#?}");
        let warnings = found.iter().filter(|one| one.severity == Severity::Warning);
        warned.extend(warnings.map(|one| format!("{} {} {}", &name[..3], one.code, one.pointer)));
    }
    warned.sort();
    assert_eq!(warned, MEANT);
}

/// Warnings of templates that are meant.
const MEANT: [&str; 6] = [
    // a question or a thank-you back does not end the check-ins with a buyer
    "t09 policy.brake_incomplete /do/0/checkInOrStop/fork/branches/0/checkIn/do/1/thankYou",
    "t09 policy.brake_incomplete /do/0/checkInOrStop/fork/branches/0/checkIn/do/3/checkInText",
    // a link to pay an amount on record moves no money
    "t24 policy.money_without_approval /do/1/linkByText",
    "t24 policy.money_without_approval /do/2/linkByEmail",
    // the survey is about the visit, whatever came after it
    "t31 policy.no_brake /do/1/sendSurvey",
    // who asks something still has to give the car back
    "t46 policy.brake_incomplete /do/0/journeyOrStop/fork/branches/0/journey/do/4/leasePacket",
];
