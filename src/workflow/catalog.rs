//! What an automation can be made of: events, actions, entities, job roles, teams and merge roots, read from
//! `knowledge/catalog/` (embedded in the binary).

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fields::{Field, FieldMap};

#[derive(RustEmbed)]
#[folder = "knowledge/catalog"]
struct Files;

/// Why a catalog does not load.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file is missing or not UTF-8.
    #[error("catalog file {0} is missing or not text")]
    Unreadable(String),
    /// A file is not what it should be.
    #[error("catalog file {0} is not valid")]
    Invalid(String, #[source] Box<serde_saphyr::Error>),
    /// `object: name` names nothing.
    #[error("the vocabulary has no object {0}")]
    UnknownObject(String),
}

/// How much harm an action can do; the order is the order of harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub enum RiskClass {
    /// Looks something up.
    #[serde(rename = "read-only")]
    ReadOnly,
    /// Reaches staff only.
    #[serde(rename = "internal")]
    Internal,
    /// Changes records.
    #[serde(rename = "data write")]
    DataWrite,
    /// Reaches a customer or the public.
    #[serde(rename = "customer-facing message")]
    CustomerFacing,
    /// Moves money or prices.
    #[serde(rename = "money")]
    Money,
}

impl RiskClass {
    /// The word of the catalog.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Internal => "internal",
            Self::DataWrite => "data write",
            Self::CustomerFacing => "customer-facing message",
            Self::Money => "money",
        }
    }
}

/// An event that can start a workflow or be listened for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventType {
    /// `lead.created`.
    pub name: String,
    /// Whose it is.
    pub department: String,
    /// What happened.
    pub meaning: String,
    /// Its payload, common fields included.
    pub data: FieldMap,
}

impl EventType {
    /// JSON Schema of the payload.
    #[must_use]
    pub fn schema(&self) -> Value {
        self.data.schema(true)
    }
}

/// Something a workflow can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// `send_sms`.
    pub name: String,
    /// `messaging`, `internal` …
    pub family: String,
    /// How much harm it can do.
    pub risk: RiskClass,
    /// What it is for.
    pub purpose: String,
    /// What to know when using it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// What it takes; `once` included where it is allowed.
    pub inputs: FieldMap,
    /// Exactly one input of each group must be written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<Vec<String>>,
    /// What it gives.
    pub output: FieldMap,
}

impl Action {
    /// JSON Schema of the inputs once expressions are resolved.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        let mut schema = self.inputs.schema(false);
        let groups: Vec<Value> = self
            .one_of
            .iter()
            .map(|group| json!({"oneOf": group.iter().map(|name| json!({"required": [name]})).collect::<Vec<_>>()}))
            .collect();
        if !groups.is_empty() {
            schema["allOf"] = json!(groups);
        }
        schema
    }

    /// JSON Schema of the output.
    #[must_use]
    pub fn output_schema(&self) -> Value {
        self.output.schema(true)
    }
}

/// A kind of record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// `lead`.
    pub name: String,
    /// What a record holds.
    pub fields: FieldMap,
}

impl Entity {
    /// JSON Schema of a record.
    #[must_use]
    pub fn schema(&self) -> Value {
        self.fields.schema(true)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vocabulary {
    common_event_fields: FieldMap,
    once: FieldMap,
    objects: BTreeMap<String, FieldMap>,
    merge_roots: BTreeMap<String, MergeRoot>,
    recipient_pattern: String,
    roles: Vec<String>,
    teams: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MergeRoot {
    Entity(String),
    Fields(FieldMap),
}

/// The embedded catalog, or one made for a test.
#[derive(Debug)]
pub struct Catalog {
    events: Vec<EventType>,
    actions: Vec<Action>,
    entities: Vec<Entity>,
    event_index: HashMap<String, usize>,
    action_index: HashMap<String, usize>,
    entity_index: HashMap<String, usize>,
    merge_roots: BTreeMap<String, FieldMap>,
    recipient_pattern: String,
    roles: Vec<String>,
    teams: Vec<String>,
}

static EMBEDDED: LazyLock<Catalog> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the files are part of the binary; a test loads every one of them")]
    Catalog::load().expect("the embedded catalog loads")
});

impl Catalog {
    /// The catalog in the binary.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Reads the embedded files.
    ///
    /// # Errors
    /// [`CatalogError`] naming the file.
    pub fn load() -> Result<Self, CatalogError> {
        let vocabulary: Vocabulary = read("vocabulary.yaml")?;
        let mut events: Vec<EventType> = read_folder("events/")?;
        for event in &mut events {
            for (name, field) in &vocabulary.common_event_fields.0 {
                event.data.insert(name.clone(), field.clone());
            }
            put_objects(&mut event.data, &vocabulary.objects)?;
        }
        let mut actions: Vec<Action> = read_folder("actions/")?;
        for action in &mut actions {
            put_objects(&mut action.inputs, &vocabulary.objects)?;
            put_objects(&mut action.output, &vocabulary.objects)?;
            if action.risk != RiskClass::ReadOnly {
                action.inputs.insert("once", Field::object(vocabulary.once.clone()));
            }
        }
        let mut entities: Vec<Entity> = read_folder("entities/")?;
        for entity in &mut entities {
            put_objects(&mut entity.fields, &vocabulary.objects)?;
        }
        let merge_roots = merge_roots(vocabulary.merge_roots, &entities);
        Ok(Self {
            event_index: index(events.iter().map(|event| &event.name)),
            action_index: index(actions.iter().map(|action| &action.name)),
            entity_index: index(entities.iter().map(|entity| &entity.name)),
            events,
            actions,
            entities,
            merge_roots,
            recipient_pattern: vocabulary.recipient_pattern,
            roles: vocabulary.roles,
            teams: vocabulary.teams,
        })
    }

    /// The event with this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<&EventType> {
        self.events.get(*self.event_index.get(name)?)
    }

    /// The action with this name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.get(*self.action_index.get(name)?)
    }

    /// The entity with this name.
    #[must_use]
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.get(*self.entity_index.get(name)?)
    }

    /// All events, by name.
    pub fn events(&self) -> impl ExactSizeIterator<Item = &EventType> {
        self.events.iter()
    }

    /// All actions, by name.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = &Action> {
        self.actions.iter()
    }

    /// All entities, by name.
    pub fn entities(&self) -> impl ExactSizeIterator<Item = &Entity> {
        self.entities.iter()
    }

    /// The job roles.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// The teams.
    #[must_use]
    pub fn teams(&self) -> &[String] {
        &self.teams
    }

    /// The fields under a merge root that does not depend on the workflow: `customer`, `owner`, `store`, `link`.
    #[must_use]
    pub fn merge_root(&self, root: &str) -> Option<&FieldMap> {
        self.merge_roots.get(root)
    }

    /// What a recipient must look like.
    #[must_use]
    pub fn recipient_pattern(&self) -> &str {
        &self.recipient_pattern
    }
}

fn read<T: for<'de> Deserialize<'de>>(path: &str) -> Result<T, CatalogError> {
    let unreadable = || CatalogError::Unreadable(path.to_owned());
    let file = Files::get(path).ok_or_else(unreadable)?;
    let text = std::str::from_utf8(&file.data).map_err(|_| unreadable())?;
    serde_saphyr::from_str(text).map_err(|e| CatalogError::Invalid(path.to_owned(), Box::new(e)))
}

fn read_folder<T: for<'de> Deserialize<'de>>(folder: &str) -> Result<Vec<T>, CatalogError> {
    let mut paths: Vec<_> = Files::iter().filter(|path| path.starts_with(folder)).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn index<'a>(names: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    names.enumerate().map(|(at, name)| (name.clone(), at)).collect()
}

fn merge_roots(roots: BTreeMap<String, MergeRoot>, entities: &[Entity]) -> BTreeMap<String, FieldMap> {
    let fields_of = |name: &str| {
        entities.iter().find(|entity| entity.name == name).map(|entity| entity.fields.clone()).unwrap_or_default()
    };
    roots
        .into_iter()
        .map(|(root, means)| match means {
            MergeRoot::Entity(entity) => (root, fields_of(&entity)),
            MergeRoot::Fields(fields) => (root, fields),
        })
        .collect()
}

fn put_objects(fields: &mut FieldMap, objects: &BTreeMap<String, FieldMap>) -> Result<(), CatalogError> {
    for (_, field) in &mut fields.0 {
        put_object(field, objects)?;
    }
    Ok(())
}

fn put_object(field: &mut Field, objects: &BTreeMap<String, FieldMap>) -> Result<(), CatalogError> {
    if let Some(name) = field.object.take() {
        field.fields = objects.get(&name).cloned().ok_or(CatalogError::UnknownObject(name))?;
    }
    if let Some(items) = &mut field.items {
        put_object(items, objects)?;
    }
    put_objects(&mut field.fields, objects)
}
