//! What the planner is given and what it answers: the same as any model with tools.

use serde_json::Value;

use crate::workflow::Definition;

/// Where the author works; names a draft may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// `document.namespace`: the tenant's slug.
    pub namespace: String,
    /// Slugs of the author's stores; the first one is written into `metadata.stores`.
    pub stores: Vec<String>,
    /// The author's job roles, such as `sales_manager`.
    pub job_roles: Vec<String>,
    /// The language the author's profile asks for (`en`, `es`); `None`: the language of the message.
    pub language: Option<String>,
}

/// Who wrote a message of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A member of staff.
    Staff,
    /// The assistant.
    Assistant,
}

/// One message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub text: String,
}

/// What a tool call of this turn returned.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// The tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
    /// Its result, or `{"error": …}`.
    pub result: Value,
}

/// One request to the planner. It is called again with the results of its calls until it makes no more calls.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// Where the author works.
    pub setting: &'a Setting,
    /// The conversation, oldest first; the last message of staff is the one to answer.
    pub messages: &'a [Utterance],
    /// The draft as it stands.
    pub draft: Option<&'a Definition>,
    /// Its revision; 0 when there is none.
    pub revision: i64,
    /// Tool results of this turn, in order.
    pub results: &'a [ToolOutcome],
    /// Names of the tools offered.
    pub tools: &'a [&'a str],
}

/// A tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCallOut {
    /// The tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reply {
    /// What is said.
    pub text: String,
    /// Tool calls; empty when the turn is over.
    pub calls: Vec<ToolCallOut>,
}
