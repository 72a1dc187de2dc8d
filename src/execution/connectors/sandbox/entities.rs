//! Records as the catalog wants them: complete and valid.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::refused;
use crate::execution::connectors::CallError;
use crate::workflow::Catalog;
use crate::workflow::fields::FieldType;

static VALIDATORS: LazyLock<HashMap<String, Validator>> = LazyLock::new(|| {
    let entities = Catalog::embedded().entities();
    entities.filter_map(|e| Some((e.name.clone(), jsonschema::validator_for(&e.schema()).ok()?))).collect()
});

/// Refuses data that is not valid under the entity's schema.
pub(in crate::execution::connectors) fn check(entity: &str, data: &Value) -> Result<(), CallError> {
    let validator = VALIDATORS.get(entity).ok_or_else(|| refused(404, "Unknown entity", entity))?;
    match validator.iter_errors(data).next() {
        None => Ok(()),
        // the message may quote personal data: only the place is told
        Some(error) => Err(refused(
            422,
            "Record not valid",
            format!("{entity}{} does not have the expected shape", error.instance_path()),
        )),
    }
}

/// `fields` with everything else of the entity at its empty value.
pub(in crate::execution::connectors) fn complete(entity: &str, id: &str, fields: Value) -> Result<Value, CallError> {
    let known = Catalog::embedded().entity(entity).ok_or_else(|| refused(404, "Unknown entity", entity))?;
    let mut data = Map::new();
    for (name, field) in known.fields.iter() {
        data.insert(name.to_owned(), if field.nullable { Value::Null } else { empty(&field.ty) });
    }
    data.insert("id".to_owned(), json!(id));
    if let Value::Object(fields) = fields {
        data.extend(fields);
    }
    let data = Value::Object(data);
    check(entity, &data)?;
    Ok(data)
}

fn empty(ty: &FieldType) -> Value {
    match ty {
        FieldType::Array => json!([]),
        FieldType::Boolean => json!(false),
        FieldType::Int | FieldType::Number => json!(0),
        FieldType::Object | FieldType::Filter => json!({}),
        FieldType::String
        | FieldType::Date
        | FieldType::DateTime
        | FieldType::Duration
        | FieldType::Enum
        | FieldType::Id
        | FieldType::Recipient => json!(""),
    }
}

/// A vehicle somebody wrote, with everything it lacks.
pub(in crate::execution::connectors) fn vehicle_from(written: Option<&Value>) -> Value {
    let mut vehicle = json!({
        "description": "", "year": 0, "make": "", "model": "", "trim": null, "vin": null, "stock": null, "body": null,
        "fuel": null, "odometer": null, "price": null,
    });
    if let (Some(vehicle), Some(written)) = (vehicle.as_object_mut(), written.and_then(Value::as_object)) {
        vehicle.extend(written.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    if vehicle["description"] == "" {
        let words = ["year", "make", "model", "trim"].map(|name| match &vehicle[name] {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.as_i64() != Some(0) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => String::new(),
        });
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        vehicle["description"] = json!(words.join(" "));
    }
    vehicle
}
