//! Fields: what an event carries, an action takes and gives, a record holds. One shape for all of them, read from
//! `knowledge/catalog/`, written out as JSON Schema (2020-12) for models, forms and records.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

/// The type of a [`Field`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldType {
    /// Text.
    String,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `2026-03-15`.
    Date,
    /// RFC 3339.
    DateTime,
    /// ISO 8601 duration.
    Duration,
    /// One of [`Field::values`].
    Enum,
    /// An id, see [`Field::of`].
    Id,
    /// A list of [`Field::items`].
    Array,
    /// An object of [`Field::fields`]; without fields any object.
    Object,
    /// `record_owner`, `requester`, `role:x`, `team:x`, `manager_of:x`, `user:x`.
    Recipient,
    /// A map of conditions for `find_records`.
    Filter,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its type.
    #[serde(rename = "type")]
    pub ty: FieldType,
    /// Must be written (action inputs only; elsewhere every field is always present).
    pub required: bool,
    /// May be null.
    pub nullable: bool,
    /// What an enum allows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
    /// The entity an id points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The type of the elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Box<Field>>,
    /// The fields of an object.
    #[serde(skip_serializing_if = "FieldMap::is_empty")]
    pub fields: FieldMap,
    /// Smallest number, or shortest text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// Largest number, or longest text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// An object of the entity the call names in its input `entity` (`find_records`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub entity_of_input: bool,
    /// The entry of the vocabulary's `objects` still to be put in place (empty once loaded).
    #[serde(skip)]
    pub(super) object: Option<String>,
}

impl Field {
    /// A field of this type and nothing more.
    #[must_use]
    pub const fn plain(ty: FieldType) -> Self {
        Self {
            ty,
            required: false,
            nullable: false,
            values: Vec::new(),
            of: None,
            items: None,
            fields: FieldMap(Vec::new()),
            min: None,
            max: None,
            entity_of_input: false,
            object: None,
        }
    }

    /// An object with these fields.
    #[must_use]
    pub fn object(fields: FieldMap) -> Self {
        Self { fields, ..Self::plain(FieldType::Object) }
    }

    /// JSON Schema (2020-12) of a value; `all_present` makes every field of an object required (records, payloads).
    #[must_use]
    pub fn schema(&self, all_present: bool) -> Value {
        let mut schema = self.bare_schema(all_present);
        if self.nullable {
            if let Some(ty) = schema.get("type").cloned() {
                schema["type"] = json!([ty, "null"]);
            }
            if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                values.push(Value::Null);
            }
        }
        schema
    }

    fn bare_schema(&self, all_present: bool) -> Value {
        match self.ty {
            FieldType::String => self.bounded(json!({"type": "string"}), "minLength", "maxLength"),
            FieldType::Id => match &self.of {
                Some(entity) => json!({"type": "string", "description": format!("id of a {entity}")}),
                None => json!({"type": "string", "description": "id"}),
            },
            FieldType::Int => self.bounded(json!({"type": "integer"}), "minimum", "maximum"),
            FieldType::Number => self.bounded(json!({"type": "number"}), "minimum", "maximum"),
            FieldType::Boolean => json!({"type": "boolean"}),
            FieldType::Date => json!({"type": "string", "format": "date"}),
            FieldType::DateTime => json!({"type": "string", "format": "date-time"}),
            FieldType::Duration => json!({"type": "string", "format": "duration"}),
            FieldType::Enum => json!({"enum": self.values}),
            FieldType::Array => {
                let items = self.items.as_ref().map_or_else(|| json!({}), |items| items.schema(all_present));
                json!({"type": "array", "items": items})
            }
            FieldType::Object if self.fields.is_empty() => json!({"type": "object"}),
            FieldType::Object => self.fields.schema(all_present),
            FieldType::Recipient => json!({
                "type": "string",
                "description": "record_owner, requester, role:<job role>, team:<team>, manager_of:<employee id> or user:<id>"
            }),
            FieldType::Filter => json!({
                "type": "object",
                "description": "field -> value, or {in|not|gt|gte|lt|lte|between|contains|exists: ...}; all conditions hold"
            }),
        }
    }

    fn bounded(&self, mut schema: Value, low: &str, high: &str) -> Value {
        if let Some(min) = self.min {
            schema[low] = json!(min);
        }
        if let Some(max) = self.max {
            schema[high] = json!(max);
        }
        schema
    }
}

/// Name → field, in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FieldMap(pub(super) Vec<(String, Field)>);

impl FieldMap {
    /// The field with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find_map(|(key, field)| (key == name).then_some(field))
    }

    /// Name and field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.0.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The field at `path` (dots; numbers and array elements step into lists), such as `vehicle.model`.
    #[must_use]
    pub fn at_path(&self, path: &str) -> Option<&Field> {
        let mut parts = path.split('.');
        let mut field = self.get(parts.next()?)?;
        for part in parts {
            while let Some(items) = field.items.as_deref().filter(|_| part.parse::<usize>().is_err()) {
                field = items;
            }
            field = match &field.items {
                Some(items) => items,
                None => field.fields.get(part)?,
            };
        }
        Some(field)
    }

    /// Adds a field, or replaces the one of this name.
    pub fn insert(&mut self, name: impl Into<String>, field: Field) {
        let name = name.into();
        match self.0.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = field,
            None => self.0.push((name, field)),
        }
    }

    /// JSON Schema of an object with these fields and no others.
    #[must_use]
    pub fn schema(&self, all_present: bool) -> Value {
        let properties: Map<String, Value> =
            self.iter().map(|(name, field)| (name.to_owned(), field.schema(all_present))).collect();
        let required: Vec<&str> =
            self.iter().filter(|(_, field)| all_present || field.required).map(|(name, _)| name).collect();
        let mut schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }
}

impl Serialize for FieldMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = FieldMap;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of fields")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldMap, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = map.next_entry::<String, Field>()? {
                    fields.push(entry);
                }
                Ok(FieldMap(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    #[serde(rename = "type")]
    ty: FieldType,
    #[serde(default)]
    format: Option<RawFormat>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    nullable: bool,
    #[serde(default)]
    values: Vec<Value>,
    #[serde(default)]
    of: Option<String>,
    #[serde(default)]
    object: Option<String>,
    #[serde(default)]
    entity: Option<RawEntity>,
    #[serde(default)]
    items: Option<Box<Field>>,
    #[serde(default)]
    fields: FieldMap,
    #[serde(default)]
    min: Option<i64>,
    #[serde(default)]
    max: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawFormat {
    Recipient,
    Filter,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawEntity {
    Input,
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawField::deserialize(deserializer)?;
        let ty = match raw.format {
            Some(RawFormat::Recipient) => FieldType::Recipient,
            Some(RawFormat::Filter) => FieldType::Filter,
            None => raw.ty,
        };
        Ok(Self {
            ty,
            required: raw.required,
            nullable: raw.nullable,
            values: raw.values,
            of: raw.of,
            items: raw.items,
            fields: raw.fields,
            min: raw.min,
            max: raw.max,
            entity_of_input: matches!(raw.entity, Some(RawEntity::Input)),
            object: raw.object,
        })
    }
}
