//! Requests out of the OpenAPI document: every id in a path, a query or a body is taken from the things given.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::neighbours::Things;

/// Properties that are not ids, by name, with a value that passes the shape.
fn plain(name: &str, things: &Things) -> Option<Value> {
    Some(match name {
        "definition" => things.definition.clone(),
        "digest" => things.one("digest").into(),
        "revision" | "base_revision" => things.revision.into(),
        "operations" => json!([{"op": "set_header", "field": "title", "value": "Renamed by the walk"}]),
        "messages" => json!([{"id": "m1", "role": "user", "content": "hello"}]),
        "email" => "walk@nowhere.example".into(),
        "by" => "PT1M".into(),
        "reason" | "comment" => "Because the walk asks".into(),
        "source" => "/walk".into(),
        _ => return None,
    })
}

/// Whole bodies of operations whose schema says nothing of their inside.
fn whole(operation: &str, things: &Things) -> Option<Value> {
    Some(match operation {
        "ingest_event" => json!({
            "specversion": "1.0", "id": format!("walk-{}", things.one("customer")), "source": "/walk",
            "type": "customer.message.received",
            "data": {
                "dealer_id": things.one("dealer"), "store_id": things.one("store"), "occurred_at": "2026-03-10T15:00:00Z",
                "customer_id": things.one("customer"), "channel": "sms", "text": "STOP", "language": "en",
                "intent": "stop", "thread_id": "th-1", "lead_id": null, "ro_id": null, "deal_id": null, "media_count": 0,
            },
        }),
        "receive_adf" => Value::String(
            "<adf><prospect><customer><contact><name>Walk In</name><email>walk.in@example.com</email></contact></customer>\
             </prospect></adf>"
                .to_owned(),
        ),
        // an empty file: what a file does to those who find it is for other tests
        "upload_file" => Value::String(String::new()),
        _ => return None,
    })
}

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    pub id: String,
    method: String,
    path: String,
    parameters: Vec<Value>,
    body: Option<(String, Value)>,
    schemas: Value,
}

/// A request ready to be sent.
#[derive(Debug, Clone)]
pub struct Filled {
    pub method: String,
    pub path: String,
    pub body: Option<(String, String)>,
    /// An id of a dealership's own thing stands in the path.
    pub names_owned_by_path: bool,
    /// … or anywhere.
    pub names_owned: bool,
}

/// Every operation of the document.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = operation["requestBody"]["content"].as_object().map(|kinds| {
                assert_eq!(kinds.len(), 1, "teach the walk about {path}, which takes several kinds of bodies");
                let (kind, content) = kinds.iter().next().unwrap();
                (kind.clone(), content["schema"].clone())
            });
            found.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: operation["parameters"].as_array().cloned().unwrap_or_default(),
                body,
                schemas: document["components"]["schemas"].clone(),
            });
        }
    }
    found
}

impl Operation {
    /// The requests that name these things: one for each name a thing goes by.
    pub fn fill(&self, things: &Things) -> Vec<Filled> {
        let mut paths = vec![(String::new(), false)];
        let mut before = "";
        for segment in self.path.split('/').skip(1) {
            let choices = match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => {
                    let kind = if name == "id" { before } else { name };
                    let owned = !things.is_shared(kind);
                    self.known(things, kind, "path").into_iter().map(|value| (value, owned)).collect()
                }
                None => {
                    before = segment;
                    vec![(segment.to_owned(), false)]
                }
            };
            paths = paths
                .iter()
                .flat_map(|(path, owned)| {
                    choices.iter().map(move |(value, also)| (format!("{path}/{value}"), *owned || *also))
                })
                .collect();
        }
        let (query, in_query) = self.query(things);
        let (body, in_body) = self.content(things);
        let whole = |(path, owned): (String, bool)| Filled {
            method: self.method.clone(),
            path: format!("{path}{query}"),
            body: body.clone(),
            names_owned_by_path: owned,
            names_owned: owned || in_query || in_body,
        };
        paths.into_iter().map(whole).collect()
    }

    fn known(&self, things: &Things, kind: &str, place: &str) -> Vec<String> {
        let values = things.all(kind);
        assert!(!values.is_empty(), "teach the walk about `{kind}` in the {place} of {} {}", self.method, self.path);
        values
    }

    fn query(&self, things: &Things) -> (String, bool) {
        let (mut parts, mut owned) = (Vec::new(), false);
        for parameter in self.parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            if is_id(name, &parameter["schema"]) {
                parts.push(format!("{name}={}", self.known(things, kind_of(name), "query")[0]));
                owned = true;
            } else if parameter["required"] == true {
                let known = [("q", "consent"), ("pointer", "/schedule/on/one/with/type")]
                    .into_iter()
                    .find(|(known, _)| *known == name);
                assert!(
                    known.is_some(),
                    "teach the walk about the parameter `{name}` of {} {}",
                    self.method,
                    self.path
                );
                parts.extend(known.map(|(name, value)| format!("{name}={value}")));
            }
        }
        (if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }, owned)
    }

    fn content(&self, things: &Things) -> (Option<(String, String)>, bool) {
        let Some((kind, schema)) = &self.body else { return (None, false) };
        if let Some(value) = whole(&self.id, things) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            return (Some((kind.clone(), text)), self.id == "ingest_event");
        }
        let mut owned = BTreeSet::new();
        let value = self.instance("", schema, things, &mut owned);
        assert!(value.is_object(), "teach the walk about the body of {} {}", self.method, self.path);
        // a number of a revision or a digest alone says nothing of whose it is
        (Some((kind.clone(), value.to_string())), !owned.is_empty())
    }

    fn instance(&self, name: &str, schema: &Value, things: &Things, owned: &mut BTreeSet<String>) -> Value {
        if let Some(value) = plain(name, things) {
            return value;
        }
        if is_id(name, schema) {
            owned.insert(name.to_owned());
            return Value::String(self.known(things, kind_of(name), "body")[0].clone());
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = &self.schemas[reference.rsplit('/').next().unwrap()];
            return self.instance(name, target, things, owned);
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            if let Some(options) = schema[choice].as_array() {
                let option = options.iter().find(|option| option["type"] != "null").unwrap();
                return self.instance(name, option, things, owned);
            }
        }
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
        match kind {
            "object" => {
                let required: Vec<&str> =
                    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let mut object = Map::new();
                for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
                    if required.contains(&field.as_str()) || is_id(field, inner) || is_ids(field) || field == "digest" {
                        object.insert(field.clone(), self.instance(field, inner, things, owned));
                    }
                }
                Value::Object(object)
            }
            "array" if is_ids(name) => {
                owned.insert(name.to_owned());
                json!([self.known(things, kind_of(name), "body")[0]])
            }
            "array" => json!([self.instance("", &schema["items"], things, owned)]),
            "integer" | "number" => schema["minimum"].as_i64().unwrap_or(1).into(),
            "boolean" => true.into(),
            _ => {
                let length = schema["minLength"].as_u64().unwrap_or(1).max(1);
                Value::String("w".repeat(usize::try_from(length).unwrap()))
            }
        }
    }
}

/// Whether a property or parameter names a thing of a dealership.
fn is_id(name: &str, schema: &Value) -> bool {
    let of_type = |schema: &Value| schema["$ref"].as_str().is_some_and(|reference| reference.ends_with("Id"));
    let named = name.ends_with("_id")
        || name.ends_with("Id")
        || matches!(name, "id" | "store" | "execution" | "workflow" | "conversation");
    let optional = schema["oneOf"].as_array().is_some_and(|options| options.iter().any(of_type));
    named || of_type(schema) || optional
}

/// A list of such names.
fn is_ids(name: &str) -> bool {
    name == "stores" || name.ends_with("_ids")
}

/// `draft_id` → `draft`, `threadId` → `thread`, `stores` → `store`.
fn kind_of(name: &str) -> &str {
    let name = name.strip_suffix("_ids").or_else(|| name.strip_suffix("_id")).unwrap_or(name);
    match name.strip_suffix("Id").unwrap_or(name) {
        "stores" => "store",
        // whom a request is handed to
        "to" => "user",
        name => name,
    }
}
