//! `write_workflow`: the whole definition, new or anew.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::alike::Alike;
use super::drafting::{Content, Drafting};
use super::error::ToolError;
use super::session::{Session, Warning};
use super::tool::Tool;
use crate::knowledge::Service;
use crate::model::draft::DraftWarning;
use crate::workflow::Definition;
use crate::workflow::provenance::{Provenance, ProvenanceEntry};

/// A definition with its sources.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteWorkflowArguments {
    /// Short title.
    title: String,
    /// One or two sentences: what it does, for whom.
    summary: String,
    /// The Serverless Workflow document.
    definition: Map<String, Value>,
    /// Where each value comes from.
    #[serde(default)]
    provenance: Vec<ProvenanceEntry>,
    /// Rules the author should know.
    #[serde(default)]
    warnings: Vec<Warning>,
    /// Documents used, by id, as the searches returned them.
    #[serde(default)]
    citations: Vec<String>,
}

/// Writes a definition.
#[derive(Debug)]
pub struct WriteWorkflow {
    /// Writes it.
    pub drafting: Drafting,
    /// Knows the workflows that there are.
    pub knowledge: Service,
}

#[async_trait]
impl Tool for WriteWorkflow {
    const NAME: &'static str = "write_workflow";
    const WRITES: bool = true;
    const DESCRIPTION: &'static str = "Writes a whole workflow as the draft. For a new automation; to change an existing \
        draft use edit_workflow. Answers with the new revision and what the validator says.";
    type Arguments = WriteWorkflowArguments;

    async fn call(&self, session: &mut Session, arguments: WriteWorkflowArguments) -> Result<Value, ToolError> {
        let definition = Definition::from_value(headed(arguments.definition, &arguments.title, &arguments.summary));
        let definition = definition.map_err(|error| {
            ToolError::respond("definition_unreadable", error.to_string(), "Send a Serverless Workflow document.")
                .repairable()
        })?;
        session.desk.cite(&arguments.citations);
        let base = session.desk.draft.as_ref().map(|view| (view.draft.id.clone(), view.draft.revision));
        let alike = Alike::to(&self.knowledge, session, &definition).await;
        let warnings = arguments.warnings.into_iter().map(DraftWarning::from).chain(alike.warnings(session.language));
        let content = Content {
            definition,
            provenance: Provenance::from_entries(arguments.provenance),
            warnings: warnings.collect(),
        };
        Ok(alike.noted(self.drafting.write(session, base, content).await?))
    }
}

/// Title and summary stand in the document, where the digest covers them.
fn headed(mut definition: Map<String, Value>, title: &str, summary: &str) -> Value {
    if let Some(document) = definition.get_mut("document").and_then(Value::as_object_mut) {
        for (key, value) in [("title", title), ("summary", summary)] {
            if !document.contains_key(key) && !value.is_empty() {
                document.insert(key.to_owned(), Value::from(value));
            }
        }
    }
    Value::Object(definition)
}
