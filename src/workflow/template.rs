//! Templates: complete definitions with a few values to choose, embedded from `knowledge/templates/*.yaml`.

use std::sync::LazyLock;

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::document::Definition;
use super::duration::IsoDuration;
use super::parse::ParseError;

#[derive(RustEmbed)]
#[folder = "knowledge/templates"]
struct Files;

static EMBEDDED: LazyLock<Vec<Template>> = LazyLock::new(|| load().unwrap_or_default());

/// A definition to start from.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Template {
    /// Short id, such as `T01`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The department it is for.
    pub department: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// What English speaking staff say when they mean it.
    pub search_en: Vec<String>,
    /// What Spanish speaking staff say when they mean it.
    pub search_es: Vec<String>,
    /// The definition, with its parameters still listed in its metadata.
    #[schema(value_type = Object)]
    pub definition: Definition,
    /// The values to choose.
    pub parameters: Vec<Parameter>,
}

/// A value of a template that may be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it means, for people.
    pub label: String,
    /// `duration`, `int`, `number`, `boolean`, `recipient`, `team`, `cron` or `string`.
    #[serde(rename = "type")]
    pub ty: String,
    /// The value it has unless another is chosen.
    pub default: Value,
    /// Pointers of the places it is written to.
    pub at: Vec<String>,
}

/// Why the embedded templates do not load.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file is not UTF-8.
    #[error("template file {0} is not text")]
    Unreadable(String),
    /// The file is not what a template looks like.
    #[error("template file {0} is not valid")]
    Invalid(String, #[source] Box<serde_saphyr::Error>),
    /// The definition is not a document, or its parameters are not a list of parameters.
    #[error("the definition of template {0} is not valid")]
    Definition(String, #[source] Box<ParseError>),
    /// The list of parameters is not one.
    #[error("the parameters of template {0} are not valid")]
    Parameters(String, #[source] serde_json::Error),
    /// A parameter points at nothing.
    #[error("parameter {parameter} of template {template} points at nothing: {pointer}")]
    DanglingParameter {
        /// The template.
        template: String,
        /// The parameter.
        parameter: String,
        /// Where it points.
        pointer: String,
    },
}

/// Why a template cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InstantiateError {
    /// The template has no parameter of this name.
    #[error("template {template} has no parameter {name}; it has: {known}")]
    UnknownParameter {
        /// The template.
        template: String,
        /// What was given.
        name: String,
        /// What it has.
        known: String,
    },
    /// The value is not of the parameter's type.
    #[error("parameter {name} takes a {ty}, not {value}")]
    WrongType {
        /// The parameter.
        name: String,
        /// Its type.
        ty: String,
        /// What was given, as JSON.
        value: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    name: String,
    department: String,
    description: String,
    search: Search,
    definition: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    en: Vec<String>,
    es: Vec<String>,
}

/// The templates in the binary, by id.
#[must_use]
pub fn embedded() -> &'static [Template] {
    &EMBEDDED
}

/// Reads the embedded files.
///
/// # Errors
/// [`TemplateError`] naming the file or the template.
pub fn load() -> Result<Vec<Template>, TemplateError> {
    let mut templates = Files::iter().map(|path| read(&path)).collect::<Result<Vec<_>, _>>()?;
    templates.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(templates)
}

fn read(path: &str) -> Result<Template, TemplateError> {
    let unreadable = || TemplateError::Unreadable(path.to_owned());
    let file = Files::get(path).ok_or_else(unreadable)?;
    let text = std::str::from_utf8(&file.data).map_err(|_| unreadable())?;
    let file: File =
        serde_saphyr::from_str(text).map_err(|error| TemplateError::Invalid(path.to_owned(), Box::new(error)))?;
    let definition = Definition::from_value(file.definition)
        .map_err(|error| TemplateError::Definition(file.id.clone(), Box::new(error)))?;
    let parameters = match definition.raw().pointer("/document/metadata/parameters") {
        Some(list) => Vec::deserialize(list).map_err(|error| TemplateError::Parameters(file.id.clone(), error))?,
        None => Vec::new(),
    };
    let template = Template {
        id: file.id,
        name: file.name,
        department: file.department,
        description: file.description,
        search_en: file.search.en,
        search_es: file.search.es,
        definition,
        parameters,
    };
    template.check_pointers()?;
    Ok(template)
}

impl Template {
    /// The definition with these values (defaults for the others) and without the list of parameters.
    ///
    /// # Errors
    /// [`InstantiateError`] for a value that has no place or does not fit.
    pub fn instantiate(&self, values: &Map<String, Value>) -> Result<Definition, InstantiateError> {
        if let Some(name) = values.keys().find(|name| !self.parameters.iter().any(|known| known.name == **name)) {
            let known: Vec<&str> = self.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            return Err(InstantiateError::UnknownParameter {
                template: self.id.clone(),
                name: name.clone(),
                known: known.join(", "),
            });
        }
        let mut raw = self.definition.raw().clone();
        for parameter in &self.parameters {
            let value = values.get(&parameter.name).unwrap_or(&parameter.default);
            if !parameter.takes(value) {
                return Err(InstantiateError::WrongType {
                    name: parameter.name.clone(),
                    ty: parameter.ty.clone(),
                    value: value.to_string(),
                });
            }
            for pointer in &parameter.at {
                if let Some(place) = raw.pointer_mut(pointer) {
                    *place = value.clone();
                }
            }
        }
        if let Some(Value::Object(metadata)) = raw.pointer_mut("/document/metadata") {
            metadata.shift_remove("parameters");
        }
        Ok(Definition::new_unchecked(raw))
    }

    fn check_pointers(&self) -> Result<(), TemplateError> {
        for parameter in &self.parameters {
            if let Some(pointer) = parameter.at.iter().find(|at| self.definition.raw().pointer(at).is_none()) {
                return Err(TemplateError::DanglingParameter {
                    template: self.id.clone(),
                    parameter: parameter.name.clone(),
                    pointer: pointer.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Parameter {
    /// Whether the value is of the parameter's type.
    fn takes(&self, value: &Value) -> bool {
        match self.ty.as_str() {
            "duration" => IsoDuration::from_value(value).is_ok(),
            "int" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "cron" => value.as_str().is_some_and(|text| text.split_whitespace().count() == 5),
            _ => value.as_str().is_some_and(|text| !text.trim().is_empty()),
        }
    }
}
