//! `submit_for_approval`: asks the UI to let the author confirm. It submits nothing.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::drafting::{no_draft, open_questions};
use super::error::ToolError;
use super::session::Session;
use super::tool::Tool;
use crate::workflow::Severity;

/// Nothing to fill in.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitArguments {}

/// Asks for the author's confirmation.
#[derive(Debug)]
pub struct SubmitForApproval;

#[async_trait]
impl Tool for SubmitForApproval {
    const NAME: &'static str = "submit_for_approval";
    const DESCRIPTION: &'static str = "Call it when the author says the draft is ready. The author then confirms in the \
        interface; you cannot submit yourself.";
    type Arguments = SubmitArguments;

    async fn call(&self, session: &mut Session, _: SubmitArguments) -> Result<Value, ToolError> {
        let Some(view) = &session.desk.draft else { return Err(no_draft()) };
        let missing = view.revision.provenance.missing();
        if !missing.is_empty() {
            let questions = open_questions(view, session.language);
            return Err(ToolError::respond(
                "values_missing",
                format!("The draft still has open values: {}.", missing.join(", ")),
                "Ask the author for them first; `diagnostics` has the questions.",
            )
            .with_details(json!(questions)));
        }
        if session.desk.diagnostics.iter().any(|found| found.severity == Severity::Error) {
            return Err(ToolError::respond(
                "draft_invalid",
                "The validator still finds errors in the draft.",
                "Correct them first, or tell the author what is open.",
            ));
        }
        let (revision, digest) = (view.draft.revision, view.revision.digest.clone());
        session.desk.submission_asked = true;
        Ok(json!({"requires_confirmation": true, "revision": revision, "digest": digest}))
    }
}
