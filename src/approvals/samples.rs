//! The texts of a definition, filled in for a sample customer of the dealership: what people would read.
//!
//! What is known only at run time (results of earlier steps, loop variables) stays as the merge field it is.

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::TenantId;
use crate::model::tenant::Store;
use crate::store::{Database, StoreError};
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::describe::expression_in_words;
use crate::workflow::document::Schedule;
use crate::workflow::expression::is_expression;
use crate::workflow::fields::{Field, FieldMap, FieldType};
use crate::workflow::provenance::PROSE_FIELDS;
use crate::workflow::text::{Language, MergeRoots, MergeText};
use crate::workflow::{Definition, TaskKind};

/// One text that somebody would get.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Message {
    /// Where it stands in the definition.
    pub pointer: String,
    /// The task that sends it.
    pub task: String,
    /// The action.
    pub action: String,
    /// Whether a customer or the public gets it, or only staff.
    pub to_customer: bool,
    /// `body`, `subject` …
    pub field: String,
    /// As it is written.
    pub text: String,
    /// Filled in for a sample customer.
    pub rendered: String,
}

/// Sample values of the merge roots.
#[derive(Debug)]
pub struct Samples {
    roots: MergeRoots,
    zone: Tz,
}

impl Samples {
    /// A customer, an employee and a store of the tenant, and a made-up event of the trigger's type.
    ///
    /// # Errors
    /// As any statement.
    pub async fn load(db: &Database, tenant: &TenantId, definition: &Definition) -> Result<Self, StoreError> {
        let stores = db.list_stores(tenant).await?;
        let wanted = definition.stores();
        let store = stores.iter().find(|store| wanted.contains(&store.id.as_str())).or(stores.first());
        let slug = store.map(|store| store.id.as_str());
        let mut roots = Map::new();
        for (root, entity) in [("customer", "customer"), ("owner", "employee")] {
            if let Some(record) = db.list_records(tenant, entity, slug, "", 1).await?.into_iter().next() {
                roots.insert(root.to_owned(), record.data);
            }
        }
        let lead = db.list_records(tenant, "lead", slug, "", 1).await?.into_iter().next();
        let event = trigger_fields(definition).map(|fields| sample_event(fields, lead.map(|record| record.data)));
        roots.insert("event".to_owned(), event.unwrap_or(Value::Null));
        let zone = store.map_or(Tz::UTC, |store| store.timezone);
        if let Some(store) = store {
            roots.insert("store".to_owned(), sample_store(store));
            let link = |name: &str| (name.to_owned(), json!(format!("{}/{name}/…", store.website)));
            let names = ["booking", "documents", "estimate", "listing", "payment", "portal"];
            roots.insert("link".to_owned(), Value::Object(names.into_iter().map(link).collect()));
        }
        Ok(Self { roots: MergeRoots(roots), zone })
    }

    /// The texts of a definition in document order.
    #[must_use]
    pub fn messages(&self, definition: &Definition) -> Vec<Message> {
        let catalog = Catalog::embedded();
        let mut found = Vec::new();
        for task in definition.all_tasks() {
            let TaskKind::Call { action, with: Some(with) } = task.kind() else { continue };
            let Some(known) = catalog.action(action) else { continue };
            let texts = with.as_object().into_iter().flatten();
            for (field, text) in texts.filter(|(field, _)| PROSE_FIELDS.contains(&field.as_str())) {
                let Some(text) = text.as_str() else { continue };
                // a text made at run time: where it comes from, in words
                let rendered = if is_expression(text) {
                    format!("[{}]", expression_in_words(definition, catalog, Language::En, text))
                } else {
                    self.fill(text)
                };
                found.push(Message {
                    pointer: format!("{}/with/{field}", task.pointer),
                    task: task.name.to_owned(),
                    action: action.to_owned(),
                    to_customer: known.risk >= RiskClass::CustomerFacing,
                    field: field.clone(),
                    text: text.to_owned(),
                    rendered,
                });
            }
        }
        found
    }

    /// Fills in what is known, field by field.
    fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            filled.push_str(&rest[..open]);
            rest = &rest[open..];
            let end = rest.find("}}").map_or(rest.len(), |close| close + 2);
            let field = &rest[..end];
            let value = MergeText::parse(field).ok();
            let value = value.and_then(|field| field.render(&self.roots, Language::En, self.zone).ok());
            filled.push_str(value.as_deref().unwrap_or(field));
            rest = &rest[end..];
        }
        filled.push_str(rest);
        filled
    }
}

fn trigger_fields(definition: &Definition) -> Option<&'static FieldMap> {
    let Schedule::On(strategy) = definition.schedule() else { return None };
    let name = strategy.filters.first()?.event_type()?;
    Catalog::embedded().event(name).map(|event| &event.data)
}

/// Values for the fields of an event: from a lead where it has them, made up by type elsewhere.
fn sample_event(fields: &FieldMap, lead: Option<Value>) -> Value {
    let known = lead.unwrap_or(Value::Null);
    let value = |(name, field): (&str, &Field)| {
        let value = known.get(name).filter(|value| !value.is_null()).cloned();
        (name.to_owned(), value.unwrap_or_else(|| sample_value(name, field)))
    };
    Value::Object(fields.iter().map(value).collect())
}

fn sample_value(name: &str, field: &Field) -> Value {
    match field.ty {
        FieldType::Object => sample_event(&field.fields, None),
        FieldType::Enum => field.values.first().cloned().unwrap_or(Value::Null),
        FieldType::Int | FieldType::Number => json!(42),
        FieldType::Boolean => json!(true),
        FieldType::Array => json!([]),
        FieldType::String | FieldType::Id => json!(format!("({})", name.replace('_', " "))),
        FieldType::Date | FieldType::DateTime | FieldType::Duration | FieldType::Recipient | FieldType::Filter => {
            Value::Null
        }
    }
}

fn sample_store(store: &Store) -> Value {
    json!({
        "id": store.id, "name": store.name, "phone": store.phone, "address": store.address,
        "website": store.website, "timezone": store.timezone.name(), "price_disclosure": store.price_disclosure,
    })
}
