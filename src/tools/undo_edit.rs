//! `undo_edit`: one step back, or forward again, as a new revision.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::drafting::Drafting;
use super::error::ToolError;
use super::session::Session;
use super::tool::Tool;

/// Which way.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoArguments {
    /// True to take the last undo back.
    #[serde(default)]
    redo: bool,
}

/// Takes back the last change.
#[derive(Debug)]
pub struct UndoEdit(pub Drafting);

#[async_trait]
impl Tool for UndoEdit {
    const NAME: &'static str = "undo_edit";
    const WRITES: bool = true;
    const DESCRIPTION: &'static str = "Takes back the last change of the draft; called again, goes further back. With `redo`, \
        brings back what the last undo took away.";
    type Arguments = UndoArguments;

    async fn call(&self, session: &mut Session, arguments: UndoArguments) -> Result<Value, ToolError> {
        self.0.undo(session, arguments.redo).await
    }
}
