use serde_json::Value;

use crate::support::TestApp;

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.push(reference.clone());
            }
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The types of the page are generated from the document; a reference that leads nowhere breaks that.
#[tokio::test]
async fn every_reference_of_the_document_leads_somewhere() {
    let app = TestApp::empty().await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50, "the walk saw {} references", found.len());
    found.retain(|reference| document.pointer(reference.trim_start_matches('#')).is_none());
    assert_eq!(found, Vec::<String>::new());
}

/// Clients name what they call by it; two routes with one name would be one function.
#[tokio::test]
async fn operation_names_are_unique() {
    let app = TestApp::empty().await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    let mut names: Vec<&str> = Vec::new();
    for methods in document["paths"].as_object().unwrap().values() {
        names.extend(methods.as_object().unwrap().values().filter_map(|operation| operation["operationId"].as_str()));
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

fn enum_values(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Array(values)) = fields.get("enum") {
                found.extend(values.iter().filter_map(Value::as_str).map(ToOwned::to_owned));
            }
            fields.values().for_each(|value| enum_values(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| enum_values(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The wire says `changes_requested`; a document that says `ChangesRequested` gives clients wrong types.
#[tokio::test]
async fn enums_are_documented_as_they_are_sent() {
    let app = TestApp::empty().await;
    let document = app.send("GET", "/openapi.json", None, None).await.json();
    let mut found = Vec::new();
    enum_values(&document, &mut found);
    assert!(found.iter().any(|value| value == "changes_requested"), "{found:?}");
    found.retain(|value| value.chars().any(char::is_uppercase));
    assert_eq!(found, Vec::<String>::new());
}
