//! What we say to a model and what it says back, in our own words: no provider's type leaves this room.

use std::sync::Arc;

use futures::stream::BoxStream;
use serde_json::Value;

use super::LlmError;
use crate::model::conversation::{Role, ToolCall};

/// One message of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatMessage {
    /// Who said it.
    pub role: ChatRole,
    /// What was said; a tool's answer is JSON text. Shared: instructions are the same in many requests.
    pub content: Arc<str>,
    /// Calls, for the assistant.
    pub tool_calls: Vec<ToolCall>,
    /// The call answered, for a tool.
    pub tool_call_id: Option<String>,
}

/// Who speaks in a request. The system never speaks in a stored conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatRole {
    /// The instructions.
    System,
    /// Somebody of the conversation.
    Speaker(Role),
}

impl ChatRole {
    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Speaker(role) => role.as_str(),
        }
    }
}

impl ChatMessage {
    /// The instructions.
    #[must_use]
    pub fn system(text: impl Into<Arc<str>>) -> Self {
        Self { role: ChatRole::System, content: text.into(), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// Something the user said.
    #[must_use]
    pub fn user(text: impl Into<Arc<str>>) -> Self {
        Self { role: ChatRole::Speaker(Role::User), content: text.into(), tool_calls: Vec::new(), tool_call_id: None }
    }

    /// Something the assistant said or called.
    #[must_use]
    pub fn assistant(text: impl Into<Arc<str>>, tool_calls: Vec<ToolCall>) -> Self {
        Self { role: ChatRole::Speaker(Role::Assistant), content: text.into(), tool_calls, tool_call_id: None }
    }

    /// What a tool answered.
    #[must_use]
    pub fn tool(call_id: impl Into<String>, content: impl Into<Arc<str>>) -> Self {
        Self {
            role: ChatRole::Speaker(Role::Tool),
            content: content.into(),
            tool_calls: Vec::new(),
            tool_call_id: Some(call_id.into()),
        }
    }
}

/// A tool as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: &'static str,
    /// When to use it.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
}

/// What is known about the place a draft is written for; the offline planner reads it, providers never see it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setting {
    /// `document.namespace` of the tenant's definitions.
    pub namespace: String,
    /// Slugs of the stores the author works in.
    pub stores: Vec<String>,
    /// Who the author is at the dealership.
    pub job_roles: Vec<String>,
    /// The draft under work with its revision.
    pub draft: Option<(i64, Value)>,
}

/// One request to a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatRequest {
    /// Instructions, then the conversation.
    pub messages: Vec<ChatMessage>,
    /// Tools on offer.
    pub tools: Arc<[ToolSpec]>,
    /// Longest answer, in tokens.
    pub max_tokens: usize,
    /// See [`Setting`].
    pub setting: Setting,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// It said what it had to say.
    Stop,
    /// It waits for its tools.
    ToolCalls,
    /// The answer reached its length limit.
    Length,
    /// The provider withheld the answer.
    ContentFilter,
}

/// What one answer took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens sent.
    pub input_tokens: i64,
    /// The part of `input_tokens` that the provider had in its prompt cache.
    pub cached_tokens: i64,
    /// Tokens received, those of hidden reasoning included.
    pub output_tokens: i64,
    /// Millionths of a dollar by the provider's price table; 0 without one.
    pub cost_microdollars: i64,
    /// The provider did not count, so we did: four bytes a token.
    pub estimated: bool,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.input_tokens += more.input_tokens;
        self.cached_tokens += more.cached_tokens;
        self.output_tokens += more.output_tokens;
        self.cost_microdollars += more.cost_microdollars;
        self.estimated |= more.estimated;
    }
}

/// A piece of an answer, in order. Tool calls come whole-headed: a start with id and name before any argument text.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// Who answers. The first piece of every answer.
    Answering {
        /// The provider, as the settings name it.
        provider: Arc<str>,
        /// Its model.
        model: Arc<str>,
    },
    /// Some text.
    Text(String),
    /// Some text in which the model says that it will not do this.
    Refusal(String),
    /// A call begins.
    ToolCallStart {
        /// Which call of this answer, from 0.
        index: usize,
        /// The provider's id; empty when it gave none.
        id: String,
        /// Which tool.
        name: String,
    },
    /// Some argument text of a call that began.
    ToolCallArguments {
        /// Which call of this answer.
        index: usize,
        /// JSON text, cut anywhere.
        delta: String,
    },
    /// What the answer took, with what was tried in vain before it: once, right before [`Delta::Finish`], or before the
    /// error that ends it.
    Usage(Usage),
    /// The answer is complete; nothing follows.
    Finish(FinishReason),
}

/// An answer as it arrives. It ends after [`Delta::Finish`] or with its first error. Where nobody answered and some
/// took tokens all the same, it is [`Delta::Usage`] and the error, and nothing else.
pub type ChatStream = BoxStream<'static, Result<Delta, LlmError>>;
