//! What the model can do: one file a tool, one registry. Reading tools change nothing; writing tools go through the
//! validator and through drafts; none of them submits, approves or runs anything.

mod alike;
pub mod ask;
pub mod best;
pub mod boundary;
pub mod decline;
pub mod drafting;
pub mod edit_workflow;
pub mod error;
pub mod explain_value;
pub mod find_actions;
mod holes;
pub mod search;
pub mod session;
pub mod submit_for_approval;
pub mod tool;
pub mod undo_edit;
pub mod write_workflow;

use crate::knowledge;

pub use drafting::Drafting;
pub use error::ToolError;
pub use holes::asked as with_questions;
pub use session::{Citation, Desk, Session, Warning};
pub use tool::{Registry, Tool, ToolReply};

/// Every tool of the conversation.
#[must_use]
pub fn registry(knowledge: &knowledge::Service, drafting: &Drafting) -> Registry {
    Registry::default()
        .with(search::SearchTemplates(knowledge.clone()))
        .with(search::SearchKnowledge(knowledge.clone()))
        .with(find_actions::FindActions)
        .with(write_workflow::WriteWorkflow { drafting: drafting.clone(), knowledge: knowledge.clone() })
        .with(edit_workflow::EditWorkflow { drafting: drafting.clone(), knowledge: knowledge.clone() })
        .with(undo_edit::UndoEdit(drafting.clone()))
        .with(explain_value::ExplainValue(drafting.clone()))
        .with(ask::Ask)
        .with(decline::Decline)
        .with(submit_for_approval::SubmitForApproval)
}
