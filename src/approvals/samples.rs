//! The texts of a definition, filled in for a sample customer of the dealership: what people would read.
//!
//! What only a run can know is shown as words in brackets ("[free time]"), never as the field it is written with.

use chrono_tz::Tz;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::TenantId;
use crate::model::tenant::Store;
use crate::store::{Database, StoreError};
use crate::workflow::catalog::{Catalog, RiskClass};
use crate::workflow::describe::expression_in_words;
use crate::workflow::document::Schedule;
use crate::workflow::expression::{Expression, is_expression};
use crate::workflow::fields::{Field, FieldMap, FieldType};
use crate::workflow::provenance::PROSE_FIELDS;
use crate::workflow::text::{Language, MergeRoots, MergeText};
use crate::workflow::{Definition, Task, TaskKind};

/// Stands for a text that a step writes at run time.
const WRITTEN_LATER: &str = "[text written at run time]";

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
    /// Filled in for a sample customer; what only a run can know stands in brackets, in words.
    pub rendered: String,
    /// The same with the words in brackets in Spanish.
    pub rendered_es: String,
}

/// Sample values of everything a text may speak of.
#[derive(Debug)]
pub struct Samples {
    roots: MergeRoots,
    zone: Tz,
}

impl Samples {
    /// A customer, an employee and a store of the tenant, a made-up event of the trigger's type, and made-up results of
    /// the steps.
    ///
    /// # Errors
    /// As any statement.
    pub async fn load(db: &Database, tenant: &TenantId, definition: &Definition) -> Result<Self, StoreError> {
        let stores = db.list_stores(tenant).await?;
        let wanted = definition.stores();
        let store = stores.iter().find(|store| wanted.contains(&store.id.as_str())).or(stores.first()).cloned();
        let slug = store.as_ref().map(|store| store.id.as_str());
        let first = async |entity: &str| {
            let found = db.list_records(tenant, entity, slug, "", 1).await?;
            Ok::<_, StoreError>(found.into_iter().next().map(|record| record.data))
        };
        let mut roots = Map::new();
        for (root, entity) in [("customer", "customer"), ("owner", "employee")] {
            roots.extend(first(entity).await?.map(|data| (root.to_owned(), data)));
        }
        let lead = first("lead").await?;
        let event = trigger_fields(definition).map(|fields| sample_event(fields, lead)).unwrap_or_default();
        let mut context = Map::new();
        let mut found = Vec::new();
        let tasks = definition.all_tasks();
        for task in &tasks {
            let (result, entity) = match entity_searched(task) {
                Some(entity) => {
                    let items: Vec<Value> = first(entity).await?.into_iter().collect();
                    (json!({ "count": items.len(), "items": items }), Some(entity))
                }
                None => (sample_result(task), None),
            };
            for name in kept_names(task) {
                found.extend(entity.map(|entity| (name.clone(), entity)));
                context.insert(name, result.clone());
            }
        }
        let mut locals = Map::new();
        for task in &tasks {
            let TaskKind::For { each, items, .. } = task.kind() else { continue };
            let items = items.as_str().unwrap_or_default();
            let entity = found.iter().find(|(name, _)| items.contains(&format!("$context.{name}.")));
            if let Some((_, entity)) = entity {
                locals.extend(first(entity).await?.map(|data| (each.to_owned(), data)));
            }
        }
        if let Some(store) = &store {
            roots.insert("store".to_owned(), sample_store(store));
            let link = |name: &str| (name.to_owned(), json!(format!("{}/{name}/…", store.website)));
            let names = ["booking", "documents", "estimate", "listing", "payment", "portal"];
            roots.insert("link".to_owned(), Value::Object(names.into_iter().map(link).collect()));
        }
        roots.insert("event".to_owned(), event);
        roots.insert("context".to_owned(), Value::Object(context));
        roots.extend(locals);
        let zone = store.map_or(Tz::UTC, |store| store.timezone);
        Ok(Self { roots: MergeRoots(roots), zone })
    }

    /// Name of the customer the texts are filled in for.
    #[must_use]
    pub fn person(&self) -> Option<String> {
        self.roots.0.get("customer")?.get("name")?.as_str().map(ToOwned::to_owned)
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
                let rendered = |language| match is_expression(text) {
                    true => format!("[{}]", expression_in_words(definition, catalog, language, text)),
                    false => self.fill(text, language),
                };
                found.push(Message {
                    pointer: format!("{}/with/{field}", task.pointer),
                    task: task.name.to_owned(),
                    action: action.to_owned(),
                    to_customer: known.risk >= RiskClass::CustomerFacing,
                    field: field.clone(),
                    text: text.to_owned(),
                    rendered: rendered(Language::En),
                    rendered_es: rendered(Language::Es),
                });
            }
        }
        found
    }

    /// Fills in the merge fields, one by one; `language` is that of the words in brackets.
    fn fill(&self, text: &str, language: Language) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("{{") {
            filled.push_str(before);
            let (field, after) = from.split_once("}}").unwrap_or((from, ""));
            let parsed = MergeText::parse(&format!("{{{{{field}}}}}")).ok();
            let value = parsed.and_then(|field| field.render(&self.roots, Language::En, self.zone).ok());
            let written = value.unwrap_or_else(|| in_words(field));
            filled.push_str(match language {
                Language::Es if written == WRITTEN_LATER => "[texto que se escribe al ejecutarse]",
                Language::En | Language::Es => &written,
            });
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// `context.free.slots.0.starts_at | datetime` → `[free slots starts at]`.
fn in_words(field: &str) -> String {
    let path = field.split('|').next().unwrap_or_default().trim();
    let parts = path.split('.').filter(|part| *part != "context" && part.parse::<u64>().is_err());
    bracketed(&parts.collect::<Vec<_>>().join(" ").replace('_', " "))
}

fn bracketed(words: &str) -> String {
    format!("[{}]", words.trim())
}

/// The entity a search looks through.
fn entity_searched<'a>(task: &Task<'a>) -> Option<&'a str> {
    match task.kind() {
        TaskKind::Call { action: "find_records", with } => with?.get("entity").and_then(Value::as_str),
        _ => None,
    }
}

/// A made-up result of a step: a call's output, the event a `listen` gets.
fn sample_result(task: &Task<'_>) -> Value {
    match task.kind() {
        TaskKind::Call { action: "draft_text", .. } => json!({ "text": WRITTEN_LATER }),
        TaskKind::Call { action, .. } => {
            Catalog::embedded().action(action).map(|action| sample_event(&action.output, None)).unwrap_or_default()
        }
        TaskKind::Listen(listen) => {
            let name = listen.to.filters.first().and_then(|filter| filter.event_type()).unwrap_or_default();
            Catalog::embedded().event(name).map(|event| sample_event(&event.data, None)).unwrap_or_default()
        }
        TaskKind::Do(_)
        | TaskKind::Emit(_)
        | TaskKind::For { .. }
        | TaskKind::Fork { .. }
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Switch(_)
        | TaskKind::Try { .. }
        | TaskKind::Wait(_)
        | TaskKind::Unknown => Value::Null,
    }
}

/// Names a task keeps its result under: `$context + { reply: . }`.
fn kept_names(task: &Task<'_>) -> Vec<String> {
    let export = task.export_as().and_then(Value::as_str).and_then(|text| Expression::compile(text).ok());
    let kept = export.as_ref().and_then(|export| export.kept()).unwrap_or_default();
    kept.iter().map(|(name, _)| name.clone()).collect()
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
        FieldType::String | FieldType::Id => json!(bracketed(&name.replace('_', " "))),
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
