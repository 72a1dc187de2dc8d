//! `edit_workflow`: changes on named targets; everything else stays as it is, byte for byte.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::alike::{Alike, NEAR_DUPLICATE};
use super::drafting::{Content, Drafting, no_draft};
use super::error::ToolError;
use super::session::{Session, Warning};
use super::tool::Tool;
use crate::approvals::DraftError;
use crate::knowledge::Service;
use crate::model::draft::DraftWarning;
use crate::workflow::edit::{self, EditOperation};
use crate::workflow::provenance::{Provenance, ProvenanceEntry};

/// Operations on a revision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditWorkflowArguments {
    /// The revision the operations were made for.
    base_revision: i64,
    /// One or more operations, applied in order, all or none.
    #[schemars(length(min = 1, max = 50))]
    operations: Vec<EditOperation>,
    /// Where the new values come from.
    #[serde(default)]
    provenance: Vec<ProvenanceEntry>,
    /// Rules the author should know; those of the draft stay.
    #[serde(default)]
    warnings: Vec<Warning>,
}

/// Edits the draft.
#[derive(Debug)]
pub struct EditWorkflow {
    /// Writes it.
    pub drafting: Drafting,
    /// Knows the workflows that there are.
    pub knowledge: Service,
}

#[async_trait]
impl Tool for EditWorkflow {
    const NAME: &'static str = "edit_workflow";
    const WRITES: bool = true;
    const DESCRIPTION: &'static str = "Changes the draft by operations that name their targets. Everything not named \
        stays exactly as it is. Answers with the new revision and the real difference.";
    type Arguments = EditWorkflowArguments;

    async fn call(&self, session: &mut Session, arguments: EditWorkflowArguments) -> Result<Value, ToolError> {
        let Some(view) = &session.desk.draft else { return Err(no_draft()) };
        let (draft, current) = (view.draft.id.clone(), view.draft.revision);
        if arguments.base_revision != current {
            return Err(self.drafting.drafts.stale(&view.draft, arguments.base_revision).await.into());
        }
        if !(1..=50).contains(&arguments.operations.len()) {
            return Err(
                ToolError::respond("operations_count", "Send 1 to 50 operations.", "Send them again.").repairable()
            );
        }
        let old = &view.revision.definition;
        let new = edit::apply(old, &arguments.operations).map_err(DraftError::Edit)?;
        if new == *old {
            return Err(DraftError::Unchanged(current).into());
        }
        let claimed = Provenance::from_entries(arguments.provenance);
        let mut warnings: Vec<DraftWarning> = arguments.warnings.into_iter().map(DraftWarning::from).collect();
        for kept in view.revision.warnings.iter().filter(|kept| kept.code != NEAR_DUPLICATE) {
            if !warnings.iter().any(|warning| warning.code == kept.code) {
                warnings.push(kept.clone());
            }
        }
        let alike = Alike::to(&self.knowledge, session, &new).await;
        warnings.extend(alike.warnings(session.language));
        let content = Content { definition: new, provenance: claimed, warnings };
        Ok(alike.noted(self.drafting.write(session, Some((draft, current)), content).await?))
    }
}
