//! Edits of a definition: a short list of operations, each with a named target.
//!
//! Operations work on the raw JSON, so that whatever is not named stays byte-identical, the order of keys included.
//! The list is all or nothing: one operation that cannot be done refuses the whole list.
//!
//! A target is a task's name (`awaitReply`), a JSON pointer (`/do/1/awaitReply/try/0/reply/timeout/after`), or a path
//! that starts at a task (`reply/timeout/after`), which stays true when steps are added before it.

mod error;
mod locate;
mod operations;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use error::EditError;
use error::Refusal;
use operations::Editor;

use super::document::Definition;
use super::parse::{MAX_BYTES, MAX_DEPTH, ParseError};

/// Most operations in one list.
pub const MAX_OPERATIONS: usize = 50;

/// One change with a named target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum EditOperation {
    /// Writes one value: replaces it, or adds it when its parent exists.
    Set {
        /// JSON pointer, or a path that starts with a task's name: `reply/timeout/after`.
        pointer: String,
        /// The new value.
        value: Value,
    },
    /// Takes one value out.
    Remove {
        /// JSON pointer, or a path that starts with a task's name.
        pointer: String,
    },
    /// Adds a task to a list: after a named task, at an index, or at the end.
    AddTask {
        /// The list: `/do`, `/do/3/awaitReply/catch/do`, `awaitReply/catch/do`. Absent: the list `after` is in, else `/do`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<String>,
        /// Name of the task it comes after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// Index it takes; 0 is the front.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<usize>,
        /// Its name: lowerCamelCase, not taken.
        name: String,
        /// Its body, such as `{"call": "notify_user", "with": {…}}`.
        task: Value,
    },
    /// Gives a task a new body; name and place stay.
    ReplaceTask {
        /// Name or pointer of the task.
        task: String,
        /// The new body.
        body: Value,
    },
    /// Takes a task out, with everything inside it.
    RemoveTask {
        /// Name or pointer of the task.
        task: String,
    },
    /// Moves a task, within its list or to another.
    MoveTask {
        /// Name or pointer of the task.
        task: String,
        /// The list it goes to; absent: the list `after` is in, else its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        list: Option<String>,
        /// Name of the task it comes after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
        /// Index it has afterwards; 0 is the front.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<usize>,
    },
    /// Gives a task a new name and corrects every `then` of its list that named it.
    RenameTask {
        /// Name or pointer of the task.
        task: String,
        /// The new name.
        name: String,
    },
    /// Replaces what starts the workflow.
    SetTrigger {
        /// `{"on": …}`, `{"cron": "0 9 * * 1"}` or `{"every": "PT1H"}`.
        schedule: Value,
    },
    /// Writes a field of the header.
    SetHeader {
        /// `title`, `summary`, `name`, `version`, `tags`, `metadata`, or one field of these: `metadata.stores`.
        field: String,
        /// The new value.
        value: Value,
    },
}

impl EditOperation {
    /// The word of its `op` field.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::Remove { .. } => "remove",
            Self::AddTask { .. } => "add_task",
            Self::ReplaceTask { .. } => "replace_task",
            Self::RemoveTask { .. } => "remove_task",
            Self::MoveTask { .. } => "move_task",
            Self::RenameTask { .. } => "rename_task",
            Self::SetTrigger { .. } => "set_trigger",
            Self::SetHeader { .. } => "set_header",
        }
    }
}

/// The definition with the operations done in order.
///
/// # Errors
/// [`EditError`] with the index of the operation that cannot be done; nothing is changed then.
pub fn apply(definition: &Definition, operations: &[EditOperation]) -> Result<Definition, EditError> {
    if operations.len() > MAX_OPERATIONS {
        return Err(Refusal::too_many(operations.len()).at(MAX_OPERATIONS));
    }
    let mut editor = Editor::new(definition.clone());
    for (index, operation) in operations.iter().enumerate() {
        editor.run(operation).map_err(|refusal| refusal.at(index))?;
    }
    bounded(editor.into_definition()).map_err(|refusal| refusal.at(operations.len().saturating_sub(1)))
}

fn bounded(definition: Definition) -> Result<Definition, Refusal> {
    let bytes = serde_json::to_string(definition.raw()).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_BYTES {
        return Err(Refusal::too_large(format!(
            "the document would have {bytes} bytes; at most {MAX_BYTES} are accepted"
        )));
    }
    Definition::from_value(definition.into_raw()).map_err(|error| match error {
        ParseError::TooDeep => {
            Refusal::too_large(format!("the document would be nested deeper than {MAX_DEPTH} levels"))
        }
        ParseError::NulCharacter => Refusal::bad_text(error.to_string()),
        ParseError::TooLarge(_) | ParseError::Json(_) | ParseError::Yaml(_) | ParseError::NotAnObject => {
            Refusal::too_large(error.to_string())
        }
    })
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
